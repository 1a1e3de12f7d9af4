"""Datasets, loaders and transforms: the same batches by every way, PyTorch's splits and shapes, what is refused."""

import threading
import time
import warnings
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.errors import ShapeError
from nn.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    default_collate,
    random_split,
)
from nn.data.transforms import Compose, Normalize, ToTensor

Pair = namedtuple("Pair", "image label")


class Slow(Dataset):
    """Any dataset, item by item."""

    def __init__(self, inner):
        self.inner = inner

    def __getitem__(self, index):
        return self.inner[index]

    def __len__(self):
        return len(self.inner)


def squares(n=10):
    return TensorDataset(np.arange(n, dtype=np.float32)[:, None], np.arange(n) ** 2)


def numbers(batches):
    return [[np.asarray(part).tolist() for part in batch] for batch in batches]


def same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        for x, y in zip(one, other, strict=True):
            assert (x.dtype, x.shape, x.requires_grad) == (y.dtype, y.shape, False)
            np.testing.assert_array_equal(x.data, y.data)


# -- datasets ----------------------------------------------------------------------------------------------------------


def test_items_and_lengths():
    data = squares()
    x, y = data[3]
    assert (x.tolist(), y.item(), x.dtype, y.dtype) == ([3.0], 9, np.float32, np.int64)
    assert len(data) == 10
    some = Subset(data, [7, 1])
    assert [item[1].item() for item in (some[0], some[1])] == [49, 1]
    both = data + some
    assert isinstance(both, ConcatDataset)
    assert [both[i][1].item() for i in (0, 9, 10, 11, -1)] == [0, 81, 49, 1, 1]
    with pytest.raises(IndexError):
        both[12]


def test_values_that_are_tracked_give_items_without_a_graph():
    data = TensorDataset(Value([[1.0], [2.0]]))
    assert not data[0][0].requires_grad
    assert not next(iter(DataLoader(data)))[0].requires_grad


def test_datasets_that_do_not_fit():
    with pytest.raises(ShapeError, match=r"unequal lengths, \[3, 2\]"):
        TensorDataset(np.zeros(3), np.zeros(2))
    for tensors in ((), (Value(1.0),)):
        with pytest.raises(ShapeError, match="at least one"):
            TensorDataset(*tensors)
    with pytest.raises(ValueError, match="at least one"):
        ConcatDataset([])


@given(st.integers(1, 60), st.lists(st.floats(0.01, 1), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_fractions_are_split_into_pytorchs_lengths(total, weights):
    torch = pytest.importorskip("torch")
    fractions = [w / sum(weights) for w in weights]
    if sum(fractions) > 1:
        fractions[-1] -= sum(fractions) - 1
    parts = random_split(range(total), fractions, generator=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's warns of empty parts
        expected = [len(part) for part in torch.utils.data.random_split(range(total), fractions)]
    assert [len(part) for part in parts] == expected
    assert sorted(part[i] for part in parts for i in range(len(part))) == list(range(total))


def test_splits_are_repeatable_and_checked():
    first, again, other = (random_split(squares(), [7, 3], generator=seed) for seed in (1, 1, 2))
    assert [p.indices for p in first] == [p.indices for p in again] != [p.indices for p in other]
    assert [len(p) for p in random_split(range(1), [1, 0])] == [1, 0]
    assert [len(p) for p in random_split(range(1), [0.5, 0.5])] == [1, 0]
    for lengths, message in [([7, 4], "add up to 11"), ([0.5, 0.4], "fractions"), ([11, -1], "negative")]:
        with pytest.raises(ValueError, match=message):
            random_split(squares(), lengths)


# -- loaders -----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 25), st.integers(1, 9), st.booleans(), st.booleans(), st.sampled_from([0, 2]))
@settings(max_examples=60, deadline=None)
def test_every_way_gives_the_same_batches(total, size, shuffle, drop_last, workers):
    data = squares(total)
    options = {"batch_size": size, "shuffle": shuffle, "drop_last": drop_last, "seed": 3}
    at_once = DataLoader(data, **options)
    one_by_one = DataLoader(Slow(data), num_workers=workers, **options)
    by_hand = DataLoader(data, num_workers=workers, collate_fn=default_collate, **options)
    a, b, c = list(at_once), list(one_by_one), list(by_hand)
    same(a, b)
    same(a, c)
    assert len(a) == len(at_once) == len(one_by_one)
    seen = [number for batch in a for number in batch[1].tolist()]
    assert len(seen) == (total - total % size if drop_last else total)
    if not shuffle:
        assert seen == [k * k for k in range(len(seen))]


def test_orders_are_those_of_the_seed_and_change_by_epoch():
    def orders(**options):
        loader = DataLoader(squares(30), batch_size=30, shuffle=True, **options)
        return [loader_batch[1].tolist() for _ in range(2) for loader_batch in loader]

    assert orders(seed=5) == orders(seed=5)
    assert orders(seed=5) != orders(seed=6)
    first, second = orders(seed=5)
    assert first != second
    assert sorted(first) == sorted(second)


def test_the_order_is_drawn_when_the_epoch_begins():
    loader = DataLoader(squares(30), batch_size=30, shuffle=True, seed=1)
    early, late = iter(loader), iter(loader)
    second = next(late)[1].tolist()
    first = next(early)[1].tolist()
    loader = DataLoader(squares(30), batch_size=30, shuffle=True, seed=1)
    assert [next(iter(loader))[1].tolist() for _ in range(2)] == [first, second]


def test_samplers():
    data = squares()
    assert numbers(DataLoader(data, sampler=[3, 1], batch_size=2)) == [[[[3.0], [1.0]], [9, 1]]]
    assert len(DataLoader(data, sampler=[3, 1])) == 2
    batches = DataLoader(data, batch_sampler=[[1], [2, 3]])
    assert [batch[1].tolist() for batch in batches] == [[1], [4, 9]]
    assert len(batches) == 2
    assert list(BatchSampler(SequentialSampler(data), 4, drop_last=True)) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    drawn = list(RandomSampler(data, replacement=True, num_samples=50, generator=0))
    assert len(drawn) == 50
    assert set(drawn) <= set(range(10))
    assert len(set(list(RandomSampler(data, num_samples=15, generator=0))[:10])) == 10
    with pytest.raises(ValueError, match="nothing to draw"):
        RandomSampler([], num_samples=3)
    with pytest.raises(ValueError, match="at least 1"):
        RandomSampler(data, num_samples=0)


def test_items_without_batches_and_streams():
    single = list(DataLoader(squares(3), batch_size=None))
    assert [x.shape for x, _ in single] == [(1,)] * 3

    class Stream(IterableDataset):
        def __iter__(self):
            return iter(range(5))

    for workers in (0, 1):
        assert [b.tolist() for b in DataLoader(Stream(), batch_size=2, num_workers=workers)] == [[0, 1], [2, 3], [4]]
    assert [b.tolist() for b in DataLoader(Stream(), batch_size=2, drop_last=True)] == [[0, 1], [2, 3]]
    assert list(DataLoader(Stream(), batch_size=None)) == list(range(5))
    with pytest.raises(TypeError):
        len(DataLoader(Stream()))
    with pytest.raises(ValueError, match="own order"):
        DataLoader(Stream(), shuffle=True)


def test_a_list_of_pairs_is_a_dataset():
    batch = next(iter(DataLoader([(1.5, 0), (2.5, 1)], batch_size=2)))
    assert [(part.tolist(), part.dtype) for part in batch] == [([1.5, 2.5], np.float64), ([0, 1], np.int64)]


def test_a_new_way_for_items_is_not_passed_by():
    class Doubled(TensorDataset):
        def __getitem__(self, index):
            return tuple(2 * np.asarray(t) for t in super().__getitem__(index))

    assert next(iter(DataLoader(Doubled(np.ones(3)), batch_size=3)))[0].tolist() == [2.0, 2.0, 2.0]

    class Brighter(Normalize):
        def __call__(self, item):
            return np.asarray(item) + 1

    assert Compose([ToTensor(), Brighter(0, 1)]).of_batch is None


def test_threads_end_with_the_iteration():
    def alive():
        return [t for t in threading.enumerate() if t.name == "DataLoader"]

    loader = DataLoader(Slow(squares(100)), batch_size=1, num_workers=2)
    next(iter(loader))
    assert not alive()
    for number, _ in enumerate(loader):
        if number == 3:
            assert alive()
            break
    list(loader)
    deadline = time.monotonic() + 5
    while alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive()


def test_an_error_in_the_thread_comes_to_the_loop():
    class Broken(Slow):
        def __getitem__(self, index):
            if index == 5:
                raise FileNotFoundError("picture 5 is gone")
            return super().__getitem__(index)

    batches = iter(DataLoader(Broken(squares()), batch_size=2, num_workers=1))
    assert [next(batches)[1].tolist() for _ in range(2)] == [[0, 1], [4, 9]]
    with pytest.raises(FileNotFoundError, match="picture 5"):
        next(batches)


def test_arguments_that_exclude_each_other():
    data = squares()
    for options, message in [
        ({"batch_size": 0}, "at least 1"),
        ({"batch_size": 1.5}, "at least 1"),
        ({"num_workers": -1}, "negative"),
        ({"generator": 1, "seed": 1}, "not both"),
        ({"sampler": [1], "shuffle": True}, "leave out shuffle"),
        ({"batch_sampler": [[1]], "shuffle": True}, "decides it all"),
        ({"batch_size": None, "drop_last": True}, "single items"),
    ]:
        with pytest.raises(ValueError, match=message):
            DataLoader(data, **options)


# -- collating ---------------------------------------------------------------------------------------------------------


def test_items_of_every_kind_are_collated():
    items = [
        {"x": Value([1.0, 2.0]), "y": (np.float32(1), True), "name": "a", "pair": Pair(np.zeros((2, 2), np.uint8), 3)},
        {"x": Value([3.0, 4.0]), "y": (np.float32(2), False), "name": "b", "pair": Pair(np.ones((2, 2), np.uint8), 4)},
    ]
    batch = default_collate(items)
    assert batch["x"].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert [(part.dtype, part.tolist()) for part in batch["y"]] == [(np.float32, [1.0, 2.0]), (np.bool_, [True, False])]
    assert batch["name"] == ["a", "b"]
    assert type(batch["pair"]) is Pair
    assert (batch["pair"].image.shape, batch["pair"].image.dtype) == ((2, 2, 2), np.uint8)
    assert batch["pair"].label.tolist() == [3, 4]


def test_a_scalar_value_and_a_batch_of_one():
    assert default_collate([Value(2.0)]).tolist() == [2.0]
    assert default_collate([(1, 2)])[1].tolist() == [2]


def test_what_cannot_be_collated():
    with pytest.raises(ShapeError, match=r"\(2,\), \(3,\)"):
        default_collate([np.zeros(2), np.zeros(3)])
    with pytest.raises(ShapeError, match=r"unequal lengths, \[1, 2\]"):
        default_collate([(1,), (1, 2)])
    with pytest.raises(TypeError, match="ToTensor"):
        default_collate([object()])
