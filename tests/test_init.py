"""First values: the spread that the papers ask for, exact constructions, PyTorch's defaults of layers, seeds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Generator, Value, manual_seed
from autograd.errors import ShapeError
from nn import init


def drawn(fill, shape=(300, 200), dtype=np.float64):
    manual_seed(0)
    tensor = nn.Parameter(np.full(shape, np.nan, dtype))
    assert fill(tensor) is tensor
    assert tensor.dtype == dtype
    assert tensor.is_leaf
    assert tensor.requires_grad
    return tensor.data


def is_uniform(numbers, low, high):
    assert low <= numbers.min() < low + 0.01 * (high - low)
    assert high - 0.01 * (high - low) < numbers.max() <= high
    assert numbers.mean() == pytest.approx((low + high) / 2, abs=0.01 * (high - low))
    assert numbers.std() == pytest.approx((high - low) / math.sqrt(12), rel=0.01)


def is_normal(numbers, mean, std):
    assert numbers.mean() == pytest.approx(mean, abs=0.02 * std)
    assert numbers.std() == pytest.approx(std, rel=0.02)
    assert np.mean(np.abs(numbers - mean) < std) == pytest.approx(0.6827, abs=0.01)


def test_constants():
    assert np.all(drawn(lambda t: init.constant_(t, 2.5)) == 2.5)
    assert np.all(drawn(init.zeros_) == 0)
    assert np.all(drawn(init.ones_, dtype=np.float32) == 1)
    assert np.array_equal(drawn(init.eye_, (3, 5)), np.eye(3, 5))


def test_plain_draws():
    is_uniform(drawn(init.uniform_), 0, 1)
    is_uniform(drawn(lambda t: init.uniform_(t, -3, 2)), -3, 2)
    is_normal(drawn(init.normal_), 0, 1)
    is_normal(drawn(lambda t: init.normal_(t, 5, 0.1)), 5, 0.1)


def test_xavier():
    bound = math.sqrt(6 / 500)
    is_uniform(drawn(init.xavier_uniform_), -bound, bound)
    gain = init.calculate_gain("tanh")
    is_normal(drawn(lambda t: init.xavier_normal_(t, gain)), 0, gain * math.sqrt(2 / 500))


def test_kaiming():
    bound = math.sqrt(2) * math.sqrt(3 / 200)
    is_uniform(drawn(init.kaiming_uniform_), -bound, bound)
    is_normal(drawn(lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="relu")), 0, math.sqrt(2 / 300))
    is_normal(drawn(lambda t: init.kaiming_normal_(t, a=math.sqrt(5)), (50, 20, 9)), 0, math.sqrt(2 / 6 / 180))


@pytest.mark.parametrize(("a", "b"), [(-2, 2), (-0.1, 0.2), (1.5, 9), (4, 6), (-9, -5)])
def test_truncated_normal(a, b):
    stats = pytest.importorskip("scipy.stats")
    numbers = drawn(lambda t: init.trunc_normal_(t, 0.5, 2.0, a, b)).ravel()
    assert a <= numbers.min()
    assert numbers.max() <= b
    exact = stats.truncnorm((a - 0.5) / 2, (b - 0.5) / 2, 0.5, 2.0)
    assert stats.kstest(numbers[:5000], exact.cdf).pvalue > 1e-3


@given(shape=st.sampled_from([(4, 4), (3, 7), (7, 3), (2, 3, 2), (1, 5), (5, 1)]), gain=st.sampled_from([1.0, 2.5]))
def test_orthogonal(shape, gain):
    numbers = drawn(lambda t: init.orthogonal_(t, gain), shape).reshape(shape[0], -1)
    square = numbers @ numbers.T if shape[0] <= numbers.shape[1] else numbers.T @ numbers
    assert np.allclose(square, gain**2 * np.eye(len(square)), atol=1e-12)


def test_sparse():
    numbers = drawn(lambda t: init.sparse_(t, 0.25, std=2.0), (10, 4000))
    assert np.all((numbers == 0).sum(0) == 3)
    assert numbers[numbers != 0].std() == pytest.approx(2.0, rel=0.02)


@pytest.mark.parametrize(
    "arguments",
    [("linear",), ("sigmoid",), ("tanh",), ("relu",), ("selu",), ("leaky_relu",), ("leaky_relu", 0.3), ("conv2d",)],
)
def test_gains_and_fans_are_pytorchs(arguments):
    torch = pytest.importorskip("torch")
    assert init.calculate_gain(*arguments) == torch.nn.init.calculate_gain(*arguments)
    for shape in [(3, 4), (3, 4, 5), (2, 3, 4, 5)]:
        assert init.fans(Value(np.zeros(shape))) == torch.nn.init._calculate_fan_in_and_fan_out(torch.zeros(shape))


def test_same_seed_same_numbers():
    def numbers(generator=None):
        return init.normal_(Value(np.zeros(5)), generator=generator).tolist()

    manual_seed(3)
    first, second = numbers(), numbers()
    assert first != second
    manual_seed(3)
    assert numbers() == first
    assert numbers(Generator().manual_seed(9)) == numbers(Generator().manual_seed(9))
    assert numbers() == second
    manual_seed(3)
    one = nn.Linear(4, 3)
    manual_seed(3)
    assert np.array_equal(nn.Linear(4, 3).weight.data, one.weight.data)


def test_layers_start_as_pytorchs_do():
    manual_seed(0)
    linear = nn.Linear(100, 400)
    is_uniform(linear.weight.data, -0.1, 0.1)
    assert np.abs(linear.bias.data).max() <= 0.1
    assert linear.bias.data.std() == pytest.approx(0.2 / math.sqrt(12), rel=0.1)
    is_uniform(nn.Bilinear(25, 30, 40).weight.data, -0.2, 0.2)
    table = nn.Embedding(300, 100, padding_idx=2)
    assert not table.weight.data[2].any()
    is_normal(np.delete(table.weight.data, 2, 0), 0, 1)
    for layer in (nn.LayerNorm(4), nn.BatchNorm1d(4)):
        assert np.all(layer.weight.data == 1)
        assert np.all(layer.bias.data == 0)
    assert nn.PReLU(3).weight.tolist() == [0.25] * 3
    assert nn.Linear(0, 3).bias.tolist() == [0.0] * 3
    linear.reset_parameters()


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="no gain is known for 'relu7'"):
        init.calculate_gain("relu7")
    with pytest.raises(ValueError, match="fan_in"):
        init.kaiming_normal_(Value(np.zeros((2, 2))), mode="fan")
    with pytest.raises(ShapeError, match="at least 2 axes"):
        init.xavier_uniform_(Value(np.zeros(3)))
    with pytest.raises(ShapeError, match="2 axes"):
        init.eye_(Value(np.zeros((2, 2, 2))))
    with pytest.raises(TypeError, match="ndarray"):
        init.orthogonal_(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="below"):
        init.trunc_normal_(Value(np.zeros(3)), a=2, b=1)
    for mean, std in (
        (math.nan, 1.0),
        (math.inf, 1.0),
        (0.0, 0.0),
        (0.0, math.nan),
    ):  # nothing would be accepted
        with pytest.raises(ValueError, match="no numbers have mean"):
            init.trunc_normal_(Value(np.zeros(3)), mean, std)
    with pytest.raises(ValueError, match="slope"):
        init.calculate_gain("leaky_relu", "steep")
