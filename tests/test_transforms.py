"""Transforms of items, and the digits that need no download."""

import numpy as np
import pytest
from test_data import Slow, same

import nn.data as torchvision
from autograd import Value
from autograd.errors import DtypeError, ShapeError
from nn.data import (
    DataLoader,
    Digits,
    Subset,
)
from nn.data.transforms import Compose, Lambda, Normalize, OneHot, ToTensor

# -- transforms --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 5), (4, 4, 3), (2, 6, 1), (0, 3)])
def test_images_become_channels_first_between_0_and_1(shape):
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    tensor = ToTensor()(image)
    expected = np.atleast_3d(image).transpose(2, 0, 1) / 255
    assert (tensor.dtype, tensor.shape) == (np.float32, expected.shape)
    np.testing.assert_allclose(tensor.data, expected, rtol=1e-6)
    np.testing.assert_array_equal(ToTensor()(Value(image)).data, tensor.data)


def test_pictures_of_pillow():
    image = pytest.importorskip("PIL.Image")
    for mode, channels in [("L", 1), ("RGB", 3), ("1", 1)]:
        picture = image.new(mode, (4, 3), color=1 if mode == "1" else 255 if mode == "L" else (255, 255, 255))
        tensor = ToTensor()(picture)
        assert (tensor.shape, tensor.dtype) == ((channels, 3, 4), np.float32)
        np.testing.assert_array_equal(tensor.data, 1.0)


def test_other_numbers_keep_their_size():
    assert ToTensor()(np.full((2, 2), 7.5)).tolist() == [[[7.5, 7.5], [7.5, 7.5]]]
    with pytest.raises(ShapeError, match=r"\(H, W\)"):
        ToTensor()(np.zeros(3))


@pytest.mark.parametrize(("mean", "std"), [(0.5, 0.5), ((0.1307,), (0.3081,)), ([0.1, 0.2, 0.3], [1.0, 2.0, 4.0])])
def test_normalized_by_channel_as_by_the_formula(mean, std):
    channels = np.size(mean) if np.size(mean) > 1 else 1
    image = np.random.default_rng(1).random((channels, 4, 5)).astype(np.float32)
    before = image.copy()
    result = Normalize(mean, std)(image)
    shaped = [np.reshape(np.float32(n), (-1, 1, 1)) for n in (mean, std)]
    np.testing.assert_array_equal(result.data, (before - shaped[0]) / shaped[1])
    np.testing.assert_array_equal(image, before)
    assert result.dtype == np.float32


def test_normalize_refuses():
    with pytest.raises(ValueError, match="divide by"):
        Normalize(0.5, 0.0)
    with pytest.raises(DtypeError, match="ToTensor"):
        Normalize(0.5, 0.5)(np.zeros((1, 2, 2), np.uint8))
    with pytest.raises(ShapeError, match="2 numbers"):
        Normalize((0.5, 0.5), 1.0)(np.zeros((3, 2, 2)))


def test_one_hot_labels():
    assert OneHot(4)(2).tolist() == [0.0, 0.0, 1.0, 0.0]
    assert OneHot(4)(2).dtype == np.float32
    assert OneHot(3).of_batch(np.array([2, 0])).tolist() == [[0, 0, 1], [1, 0, 0]]
    for wrong in (4, -1, 1.5):
        with pytest.raises(ValueError, match="whole numbers from 0 to 3"):
            OneHot(4)(wrong)


def test_lambda_and_text():
    assert Lambda(lambda x: x + 1)(2) == 3
    with pytest.raises(TypeError, match="function"):
        Lambda(3)
    text = repr(Compose([ToTensor(), Normalize(0.5, 0.5), Lambda(abs)]))
    assert text == "Compose([ToTensor(), Normalize(mean=0.5, std=0.5), Lambda(abs)])"


# -- digits ------------------------------------------------------------------------------------------------------------

sklearn = pytest.importorskip("sklearn.datasets")


def test_digits_are_scikit_learns_in_a_fixed_split():
    train, test = Digits(), Digits(train=False)
    assert (len(train), len(test)) == (1442, 355)
    images, labels = sklearn.load_digits(return_X_y=True)
    chosen = np.array([np.sum(labels[: i + 1] == labels[i]) % 5 == 0 for i in range(len(labels))])
    np.testing.assert_array_equal(test.targets.data, labels[chosen])
    np.testing.assert_allclose(train.data.data.reshape(-1, 64), images[~chosen] * 255 / 16, atol=0.5)
    assert (train.data.dtype, train.data.shape, train.targets.dtype) == (np.uint8, (1442, 8, 8), np.int64)
    image, label = train[3]
    assert (image.shape, image.dtype, type(label)) == ((8, 8), np.uint8, int)
    assert train.classes[label] == str(label)
    assert train.class_to_idx["7"] == 7
    counts = np.bincount(test.targets.data)
    assert (counts.min(), counts.max()) == (34, 36)


def test_enlarged_digits_keep_their_shape():
    small, large = Digits(train=False), Digits(train=False, size=28)
    assert large.data.shape == (355, 28, 28)
    back = Digits(train=False, size=8)
    np.testing.assert_array_equal(back.data.data, small.data.data)
    a = small.data.data.mean(axis=(1, 2))
    b = large.data.data.mean(axis=(1, 2))
    assert np.abs(a - b).max() < 6
    with pytest.raises(ValueError, match="at least 1"):
        Digits(size=0)


@pytest.mark.parametrize("new", [1, 3, 8, 20, 28])
def test_interpolation_is_exact_for_what_is_straight(new):
    from nn.data.datasets.digits import cubic_weights

    weights = cubic_weights(8, new)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(weights, weights[::-1, ::-1], atol=1e-12)
    places = (np.arange(new) + 0.5) * 8 / new - 0.5
    inner = (places >= 1) & (places <= 6) & (new >= 8)
    np.testing.assert_allclose((weights @ np.arange(8.0))[inner], places[inner])
    np.testing.assert_allclose((weights @ np.arange(8.0) ** 2)[inner], places[inner] ** 2, atol=1e-9)


def test_the_lectures_loader_cuts_the_same_batches_as_item_by_item():
    """S3.15: ToTensor, Normalize((0.5), (0.5)), batches of 64, shuffled, two workers."""
    transforms = torchvision.transforms
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5), (0.5))])
    data = Digits(transform=transform, target_transform=OneHot(10), size=28)
    loader = DataLoader(data, batch_size=64, shuffle=True, num_workers=2, seed=0)
    assert data.at_once
    images, labels = next(iter(loader))
    assert (images.shape, images.dtype) == ((64, 1, 28, 28), np.float32)
    assert labels.shape == (64, 10)
    assert images.data.min() == -1.0
    options = {"batch_size": 64, "shuffle": True, "seed": 0}
    same(list(DataLoader(data, **options))[:3], list(DataLoader(Slow(data), **options))[:3])
    by_function = Digits(transform=lambda image: transform(image), size=28)
    assert not by_function.at_once
    half = Subset(data, range(0, len(data), 2))
    assert half.at_once
    same(list(DataLoader(half, batch_size=100))[:2], list(DataLoader(Slow(half), batch_size=100))[:2])
    plain = next(iter(DataLoader(Digits(), batch_size=5)))
    assert (plain[0].dtype, plain[0].shape, plain[1].dtype) == (np.uint8, (5, 8, 8), np.int64)


def test_an_item_is_no_window_into_the_dataset():
    data = Digits()
    before = data.data.data.copy()
    data[0][0][:] = 99
    batch = next(iter(DataLoader(Digits(transform=ToTensor()), batch_size=4)))
    batch[0].data[:] = 5
    np.testing.assert_array_equal(data.data.data, before)


def test_without_scikit_learn(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        Digits()
