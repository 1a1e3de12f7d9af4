"""Kernels do what their rows do, faster; and where they cannot, NumPy does it without a word."""

import numpy as np
import pytest

from autograd import TABLE, Value, grad
from autograd.arrays import quiet
from autograd.kernels import KERNELS, SUMS, compiling, updates, without_kernels
from autograd.kernels.pointwise import Pointwise
from autograd.kernels.products import SMALL
from nn import optim

needs_numba = pytest.mark.skipif(compiling.numba() is None, reason="Numba is not there")
POINTWISE = [name for name, kernel in KERNELS.items() if isinstance(kernel, Pointwise)]
REQUIRED = {"threshold": {"threshold": 0.1, "value": 20.0}}
OTHER = {
    "leaky_relu": {"negative_slope": 0.3}, "threshold": {"threshold": -1.0, "value": 0.5},
    "hardtanh": {"min_val": -2.0, "max_val": 0.5}, "softshrink": {"lambd": 1.0}, "hardshrink": {"lambd": 0.0},
    "softplus": {"beta": 2.0, "threshold": 3.0}, "elu": {"alpha": 0.5}, "celu": {"alpha": 2.0},
}  # fmt: skip
NUMBERS = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    3.0,
    -3.0,
    6.0,
    0.5,
    -0.5,
    0.1,
    20.0,
    20.5,
    -20.0,
    90.0,
    -90.0,
    1e-30,
    -1e-30,
    1e30,
    -1e30,
]
ODD = [np.nan, np.inf, -np.inf]
FORMATS = [np.dtype(np.float32), np.dtype(np.float64)]


def sample(dtype, odd=True):
    random = np.random.default_rng(3)
    return np.concatenate([NUMBERS, ODD if odd else [], random.standard_normal(101) * 4]).astype(dtype)


def close(fast, slow, dtype, size=1.0):
    """Equal up to rounding, relative to the result or to the numbers that it was computed from."""
    assert fast is not NotImplemented
    assert fast.dtype == np.asarray(slow).dtype == dtype
    tolerance = 64 * np.finfo(dtype).eps
    np.testing.assert_allclose(fast, slow, rtol=tolerance, atol=tolerance * size)


# -- rows -------------------------------------------------------------------------------------------------------------


def test_every_kernel_belongs_to_a_row_with_the_same_parameters():
    assert set(KERNELS) <= set(TABLE)
    for name in POINTWISE:
        kernel, row = KERNELS[name], TABLE[name]
        assert row.kernel is kernel
        assert len(row.inputs) == len(kernel.rules) == 1
        assert list(kernel.defaults) == list(row.parameters)
        given_defaults = {n: d for n, d in row.parameters.items() if n not in REQUIRED.get(name, ())}
        assert {n: kernel.defaults[n] for n in given_defaults} == given_defaults


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("name", POINTWISE)
def test_pointwise_kernels_are_their_rows(name, dtype):
    kernel, row = KERNELS[name], TABLE[name]
    x = sample(dtype)
    g = np.random.default_rng(5).standard_normal(x.shape).astype(dtype)
    for parameters in [REQUIRED.get(name, {}), OTHER.get(name, {})] if name in OTHER else [{}]:
        with quiet():
            y = row.forward(x, **parameters).astype(dtype)
            part = np.asarray(row.rules[0](g, y, x, **parameters), dtype)
        if kernel.bodies[0] is not None:
            close(kernel.forward(x, **parameters), y, dtype)
        regular = np.isfinite(x)  # at ±inf a rule written in another order may meet 0·inf
        close(kernel.backward(g, y, x, **parameters)[regular], part[regular], dtype)


@needs_numba
@pytest.mark.parametrize("name", ["gelu", "softplus", "relu"])
def test_shapes_strides_and_dtypes(name):
    kernel, row = KERNELS[name], TABLE[name]
    x = sample(np.float32, odd=False)[:60]
    y = kernel.forward(x)
    assert kernel.forward(x.reshape(3, 4, 5)).shape == (3, 4, 5)
    np.testing.assert_array_equal(kernel.forward(x.reshape(3, 4, 5)).reshape(-1), y)
    assert kernel.forward(x[:0]).shape == (0,)
    for unfit in (
        x[::2],
        x.reshape(6, 10).T,
        np.arange(5),
        np.ones(5, np.float16),
        x.astype(">f4"),
    ):
        assert kernel.forward(unfit) is NotImplemented
    with quiet():
        np.testing.assert_allclose(row(x[::2]), row.forward(x[::2]))  # the row itself goes on with NumPy
    stretched = np.broadcast_to(np.float32(2.0), x.shape)
    np.testing.assert_array_equal(kernel.backward(stretched, y, x), kernel.backward(stretched.copy(), y, x))
    frozen = x.copy()
    frozen.flags.writeable = False
    np.testing.assert_array_equal(kernel.forward(frozen), y)
    np.testing.assert_array_equal(x, sample(np.float32, odd=False)[:60])


@needs_numba
def test_from_a_certain_size_on_the_row_runs_its_kernel(monkeypatch):
    calls = []
    kernel, row = KERNELS["silu"], TABLE["silu"]
    forward, backward = kernel.forward, kernel.backward
    monkeypatch.setattr(kernel, "forward", lambda *a, **p: calls.append("forward") or forward(*a, **p))
    monkeypatch.setattr(kernel, "rules", (lambda *a, **p: calls.append("rule") or backward(*a, **p),))
    for size, expected in ((kernel.above - 1, []), (kernel.above, ["forward", "rule"])):
        calls.clear()
        x = Value(np.linspace(-1, 1, size))
        row(x).sum().backward()
        assert calls == expected
        assert x.grad.shape == (size,)
    calls.clear()
    with without_kernels():
        row(x).sum().backward()
    assert calls == []


@needs_numba
def test_second_derivatives_do_not_go_through_kernels():
    x = Value(np.linspace(-2, 2, KERNELS["gelu"].above))
    (slope,) = grad(TABLE["gelu"](x).sum(), x, create_graph=True)
    (fast,) = grad(slope.sum(), x)
    with without_kernels():
        (first,) = grad(TABLE["gelu"](x).sum(), x, create_graph=True)
        (plain,) = grad(first.sum(), x)
    np.testing.assert_allclose(fast.data, plain.data, rtol=1e-12, atol=1e-14)


ROWWISE = {"softmax": {"dim": -1}, "log_softmax": {"dim": 1}, "standardize": {"dim": (1,), "eps": 1e-3}}


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("shape", [(5, 1), (3, 7), (4, 33), (0, 4)], ids=str)
@pytest.mark.parametrize("name", ROWWISE)
def test_rowwise_kernels_are_their_rows(name, shape, dtype):
    kernel, row, parameters = KERNELS[name], TABLE[name], ROWWISE[name]
    random = np.random.default_rng(1)
    x, g = (random.standard_normal(shape).astype(dtype) * 3 for _ in range(2))
    y = row.forward(x, **parameters)
    close(kernel.forward(x, **parameters), y, dtype)
    close(kernel.rules[0](g, y, x, **parameters), row.rules[0](g, y, x, **parameters), dtype, size=10)


@needs_numba
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_of_extremes(name):
    rows = [[1e30, 0, -1e30], [-np.inf, 0, 1], [np.inf, 0, 1], [np.nan, 0, 1], [-np.inf] * 3]
    rows += [[800.0, 800.0, -800.0], [0, 1e4, 1], [-1.0, -1e4, -3.0], [-1e4, -10001.0, -2e4]]
    x = np.array(rows)
    with quiet():
        expected = TABLE[name].forward(x, dim=1)
    np.testing.assert_allclose(KERNELS[name].forward(x, dim=1), expected, rtol=1e-14)


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_along_other_axes(name, dtype):
    kernel, row = KERNELS[name], TABLE[name]
    random = np.random.default_rng(1)
    for shape, dim in (((6, 7), 0), ((2, 3, 4), 0), ((2, 3, 4), 1), ((2, 3, 4), -2), ((2, 3, 4), -3), ((5,), 0)):
        x, g = (random.standard_normal(shape).astype(dtype) * 3 for _ in range(2))
        y = row.forward(x, dim=dim)
        close(kernel.forward(x, dim=dim), y, dtype)
        assert kernel.forward(x, dim=dim).flags.c_contiguous
        close(kernel.rules[0](g, y, x, dim=dim), row.rules[0](g, y, x, dim=dim), dtype, size=10)


@needs_numba
def test_rowwise_kernels_leave_the_rest_to_numpy():
    x = np.ones((2, 3, 4))
    for dim in ((1, 2), 3, -4, 1.0):
        assert KERNELS["softmax"].forward(x, dim=dim) is NotImplemented
    assert KERNELS["softmax"].forward(x.T, dim=1) is NotImplemented
    assert KERNELS["softmax"].forward(x, dim=2, dtype=np.float32) is NotImplemented
    assert KERNELS["standardize"].forward(x, dim=(0, 2)) is NotImplemented
    np.testing.assert_allclose(KERNELS["standardize"].forward(x, dim=(1, 2)), 0.0)
    np.testing.assert_allclose(KERNELS["standardize"].forward(x[0, 0], dim=(0,)), 0.0)


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("shape", [(1, 1), (2, 1), (1, 5), (17, 33), (300, 3)], ids=str)
def test_columns_brought_to_mean_0_and_variance_1(shape, dtype):
    kernel, row = KERNELS["standardize"], TABLE["standardize"]
    random = np.random.default_rng(3)
    x, g = (random.standard_normal(shape).astype(dtype) for _ in range(2))
    y = row.forward(x, dim=(0,))
    close(kernel.forward(x, dim=(0,)), y, dtype, shape[0])
    close(kernel.rules[0](g, y, x, dim=(0,)), row.rules[0](g, y, x, dim=(0,)), dtype, 300 * shape[0])
    stretched = np.broadcast_to(dtype.type(2), shape)
    close(kernel.rules[0](stretched, y, x, dim=(0,)), row.rules[0](stretched, y, x, dim=(0,)), dtype, 300 * shape[0])
    for unfit in (x.T.copy().T if min(shape) > 1 else x[None], x[:0], x[None]):
        assert kernel.forward(unfit, dim=(0,)) is NotImplemented


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize(("shape", "own"), [((7, 5), (5,)), ((3, 4, 5), (5,)), ((3, 4, 5), (4, 5)), ((1, 1), (1,))])
def test_affine(shape, own, dtype):
    kernel, row = KERNELS["affine"], TABLE["affine"]
    random = np.random.default_rng(4)
    x, g, weight, bias = (random.standard_normal(s).astype(dtype) for s in (shape, shape, own, own))
    close(kernel.forward(x, weight, bias), x * weight + bias, dtype)
    slow = [Value(a) for a in (x, weight, bias)]
    with without_kernels():
        row(*slow).backward(g)
    for position in (1, 2):
        close(kernel.rules[position](g, None, x, weight, bias), slow[position].grad.data, dtype, x.size)
    if x.size > 1:
        stretched = np.broadcast_to(dtype.type(2), shape)
        assert kernel.rules[2](stretched, None, x, weight, bias) is NotImplemented


NORMALIZED = [
    ((5, 7), (1,)), ((4, 33), (1,)), ((3, 1), (1,)), ((2, 3, 4), (1, 2)), ((2, 3, 4), (2,)), ((17,), (0,)),
    ((7, 5), (0,)), ((1, 5), (0,)), ((300, 3), (0,)),
    ((3, 4, 5), (0, 2)), ((1, 3, 2, 2), (0, 2, 3)), ((9, 1, 1), (0, 2)),
]  # fmt: skip


def normalized_operands(shape, dims, dtype):
    random = np.random.default_rng(6)
    along = dims == tuple(range(len(shape) - len(dims), len(shape)))
    own = tuple(shape[axis] for axis in dims) if along else (shape[1], *(1,) * (len(shape) - 2))
    return tuple(random.standard_normal(s).astype(dtype) for s in (shape, own, own, shape))


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize(("shape", "dims"), NORMALIZED, ids=str)
def test_standardize_affine(shape, dims, dtype):
    kernel, row = KERNELS["standardize_affine"], TABLE["standardize_affine"]
    *operands, g = normalized_operands(shape, dims, dtype)
    fast = kernel.forward(*operands, dim=dims, eps=1e-3)
    close(fast, row.forward(*operands, dim=dims, eps=1e-3), dtype, operands[0].size)
    slow = [Value(a) for a in operands]
    with without_kernels():
        row(*slow, dim=dims, eps=1e-3).backward(g)
    for upstream in (g, np.asfortranarray(g)):
        for position, part in kernel.together([0, 1, 2], upstream, fast, *operands, dim=dims, eps=1e-3):
            close(part, slow[position].grad.data, dtype, 40 * g.size)


@needs_numba
@pytest.mark.parametrize("dims", [(0,), (1,)])
def test_standardize_affine_of_equal_and_of_large_numbers(dims):
    weight, bias = np.full(64, 2.0, np.float32), np.full(64, 0.5, np.float32)
    kernel = KERNELS["standardize_affine"]
    equal = np.full((64, 64), 4096.0, np.float32)
    np.testing.assert_array_equal(kernel.forward(equal, weight, bias, dim=dims), np.float32(0.5))
    found = kernel.together([0, 1, 2], np.ones_like(equal), None, equal, weight, bias, dim=dims)
    for (position, part), expected in zip(found, (0.0, 0.0, 64.0), strict=True):
        np.testing.assert_array_equal(part, expected, str(position))
    far = equal + np.random.default_rng(0).integers(-8, 9, equal.shape).astype(np.float32)
    wide = [a.astype(np.float64) for a in (far, weight, bias)]
    exact = TABLE["standardize_affine"].forward(*wide, dim=dims)
    np.testing.assert_allclose(kernel.forward(far, weight, bias, dim=dims), exact, rtol=2e-4, atol=2e-4)


@needs_numba
def test_standardize_affine_leaves_the_rest_to_numpy():
    kernel, x, row = KERNELS["standardize_affine"], np.ones((3, 4)), np.ones(4)
    for operands, dim in (
        ((x, row, 1.0), (1,)), ((x, row, row.astype(np.float32)), (1,)), ((x[:, ::2], row[:2], row[:2]), (1,)),
        ((x, row[:3], row[:3]), (1,)), ((x, row, row), 1), ((x[:0], row, row), (0,)), ((x, row, row[:1]), (1,)),
        ((x[None], row, row), (0,)), ((x[None], x[0], row), (1, 2)), ((x[None], row[:3], row[:3]), (1,)),
        ((x[None], row[:3], row[:3]), (0, 2)), ((np.float64(1), np.array(1.0), np.array(1.0)), ()),
    ):  # fmt: skip
        assert kernel.forward(*operands, dim=dim) is NotImplemented
        assert kernel.together([0, 1, 2], x, None, *operands, dim=dim) is NotImplemented
    assert kernel.together([0], x.astype(np.float32), None, x, row, row, dim=(1,)) is NotImplemented


@needs_numba
def test_one_function_for_all_gradients_gives_those_that_are_asked_for():
    *operands, g = normalized_operands((8, 16), (1,), np.float64)
    with without_kernels():
        slow = [Value(a) for a in operands]
        TABLE["standardize_affine"](*slow, dim=(1,)).backward(g)
    for wanted in ((0,), (1,), (2,), (0, 2), (0, 1, 2)):
        values = [Value(a, requires_grad=i in wanted) for i, a in enumerate(operands)]
        TABLE["standardize_affine"](*values, dim=(1,)).backward(g)
        for i, (value, expected) in enumerate(zip(values, slow, strict=True)):
            assert (value.grad is not None) == (i in wanted)
            if i in wanted:
                np.testing.assert_allclose(value.grad.data, expected.grad.data, rtol=1e-12, atol=1e-12)


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize(
    ("shape", "own"), [((70, 5), (5,)), ((3, 40, 5), (5,)), ((20, 4, 5), (4, 5)), ((300, 1), (1,))], ids=str
)
def test_gradients_of_a_bias_are_sums_of_columns(shape, own, dtype):
    random = np.random.default_rng(5)
    g, bias = random.standard_normal(shape).astype(dtype), Value(np.zeros(own, dtype))
    (Value(np.zeros(shape, dtype)) + bias).backward(g)
    expected = g.sum(axis=tuple(range(g.ndim - bias.ndim)), dtype=np.float64).astype(dtype)
    close(bias.grad.data, expected, dtype, g.size)
    for unfit in (g[:, ::-1] if own != (1,) else g[::-1], g[:0], g.astype(int)):
        assert SUMS.forward(unfit, unfit.shape[1:]) is NotImplemented
    assert SUMS.forward(g, ()) is NotImplemented


@needs_numba
def test_affine_leaves_the_rest_to_numpy():
    kernel, x, row = KERNELS["affine"], np.ones((3, 4)), np.ones(4)
    for weight, bias in (
        (row, 1.0), (np.ones((3, 1)), row), (row, row.astype(np.float32)), (np.ones((1, 3, 4)), row), (row, row[:1]),
    ):  # fmt: skip
        assert kernel.forward(x, weight, bias) is NotImplemented
    assert kernel.forward(x[:0], row, row) is NotImplemented


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_cross_entropy(reduction, dtype):
    kernel, row = KERNELS["cross_entropy"], TABLE["cross_entropy"]
    random = np.random.default_rng(2)
    x = random.standard_normal((9, 5)).astype(dtype) * 5
    x[2:4, 1] = 1e4  # no exponential of this
    target = np.array([1, 1, 4, 0, -100, 1, 2, 3, 0])
    y = row.forward(x, target, reduction=reduction)
    fast = kernel.forward(x, target, reduction=reduction)
    assert fast.dtype == dtype
    np.testing.assert_allclose(fast, y, rtol=1e-5 if dtype == np.float32 else 1e-13)
    g = dtype.type(0.7)
    close(
        kernel.rules[0](g, y, x, target, reduction=reduction), row.rules[0](g, y, x, target, reduction=reduction), dtype
    )
    target[0] = 5
    assert kernel.forward(x, target) is NotImplemented
    assert kernel.forward(x, np.full(9, -100)) is NotImplemented


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
def test_rows_added_into_a_table(dtype):
    kernel, row = KERNELS["place"], TABLE["place"]
    random = np.random.default_rng(2)
    for index, shape in (([2, 0, 2, -1], (3, 5)), ([[1, 1], [0, -2]], (2, 3, 2)), ([0, 1, 0], (2,))):
        index = (np.array(index),)
        x = random.standard_normal((*index[0].shape, *shape[1:])).astype(dtype)
        close(kernel.forward(x, shape=shape, index=index), row.forward(x, shape=shape, index=index), dtype)
    x, rows = np.ones((2, 3), dtype), np.array([0, 1])
    for index in (
        (rows.astype(np.int32),), (np.array([True, False]),), (slice(None), rows), (np.array([0, 3]),), (rows[::-1],),
        (np.array([0, -4]),),
    ):  # fmt: skip
        assert kernel.forward(x, shape=(3, 3), index=index) is NotImplemented
    assert kernel.forward(x.T, shape=(3, 3), index=(np.arange(3),)) is NotImplemented
    assert kernel.forward(x[:, :0], shape=(3, 0), index=(rows,)) is NotImplemented


WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0, 3.0])
TARGETS = {(9, 5): np.array([1, 1, 4, 0, -100, 1, 2, 3, 0]), (2, 5, 3): np.array([[1, 0, -100], [4, 2, 3]])}


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("shape", TARGETS, ids=str)
@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_losses_of_class_indices(name, shape, dtype):
    kernel, row, target = KERNELS[name], TABLE[name], TARGETS[shape]
    random = np.random.default_rng(2)
    x = random.standard_normal(shape).astype(dtype) * 5
    smoothings = [{}] if name == "nll_loss" else [{}, {"label_smoothing": 0.1}, {"label_smoothing": 1.0}]
    for reduction in ("mean", "sum", "none"):
        for weight in (None, WEIGHTS):
            for smoothing in smoothings:
                parameters = {"reduction": reduction, "weight": weight, **smoothing}
                y = np.asarray(row.forward(x, target, **parameters))
                close(np.asarray(kernel.forward(x, target, **parameters)), y, dtype, 100)
                g = random.standard_normal(y.shape).astype(dtype)[()]
                slow = row.rules[0](g, y, x, target, **parameters)
                close(kernel.rules[0](g, y, x, target, **parameters), slow, dtype, 10)


@needs_numba
@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_losses_of_class_indices_leave_the_rest_to_numpy(name):
    kernel, x, target = KERNELS[name], np.zeros((4, 5)), np.array([0, 1, 2, 3])
    for unfit in (
        (x.T.copy().T, target), (x, target.astype(np.int32)), (x, target[:3]), (x[0], np.int64(1)), (x[:0], target[:0]),
        (x[0], np.array(1)), (x, np.array([0, 1, 2, 5])), (x, np.array([0, -1, 2, 3])), (x, np.full(4, -100)),
    ):  # fmt: skip
        assert kernel.forward(*unfit, weight=WEIGHTS) is NotImplemented
    nothing = kernel.rules[0](np.float64(1), None, x, np.full(4, -100), weight=WEIGHTS)
    np.testing.assert_array_equal(nothing, np.zeros((4, 5)))  # where all is ignored, nothing is to change


@needs_numba
def test_weights_of_nought_hide_infinite_losses():
    x = np.array([[-np.inf, -0.5, -0.5], [0.0, -np.inf, -np.inf]])
    target, weight = np.array([0, 0]), np.array([0.0, 1.0, 1.0])
    for reduction, expected in (("sum", 0.0), ("none", [0.0, 0.0])):
        np.testing.assert_array_equal(
            KERNELS["nll_loss"].forward(x, target, weight=weight, reduction=reduction), expected
        )
    weight = np.array([1.0, 0.0, 1.0])
    hidden = {"weight": weight, "label_smoothing": 0.5, "reduction": "none"}
    x, target = np.array([[0.0, -np.inf, 0.0]]), np.array([0])
    with quiet():
        expected = TABLE["cross_entropy"].forward(x, target, **hidden)
    np.testing.assert_allclose(KERNELS["cross_entropy"].forward(x, target, **hidden), expected)


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("shape", [(4, 2, 3), (1, 1, 1), (0, 3, 2), (3, 0, 2), (30, 17, 9), (64, 40, 30)], ids=str)
def test_linear(shape, dtype):
    kernel, row = KERNELS["linear"], TABLE["linear"]
    batch, inputs, outputs = shape
    random = np.random.default_rng(2)
    x, weight, bias, g = (
        random.standard_normal(s).astype(dtype)
        for s in ((batch, inputs), (outputs, inputs), (outputs,), (batch, outputs))
    )
    y = row.forward(x, weight, bias)
    size = 1 + inputs + batch
    close(kernel.forward(x, weight, bias), y, dtype, size)
    for upstream in (g, np.broadcast_to(dtype.type(2), g.shape)):
        close(kernel.rules[0](upstream, y, x, weight, bias), upstream @ weight, dtype, size)
        close(kernel.rules[1](upstream, y, x, weight, bias), upstream.T @ x, dtype, size)
    close(kernel.rules[2](g, y, x, weight, bias), g.sum(0), dtype, size)
    assert kernel.rules[2](np.broadcast_to(dtype.type(2), (2, outputs)), y, x, weight, bias) is NotImplemented
    np.testing.assert_allclose(kernel.forward(x.T.copy().T, weight, bias), y, rtol=1e-4, atol=1e-4)
    parts = g @ weight, g.T @ x, g.sum(0)
    for wanted in ([0, 1, 2], [1, 2]):
        found = kernel.together(wanted, g, y, x, weight, bias)
        assert (found is NotImplemented) == (batch * inputs * outputs > SMALL)
        if found is not NotImplemented:
            assert [position for position, _ in found] == wanted
            for position, part in found:
                close(part, parts[position], dtype, size)


@needs_numba
def test_linear_gives_all_gradients_at_once_where_its_parameters_want_theirs():
    kernel, x, weight, g = KERNELS["linear"], np.ones((2, 3)), np.ones((4, 3)), np.ones((2, 4))
    bias = np.ones(4)
    for wanted in ([0], [1], [2], [0, 1], [0, 2]):
        assert kernel.together(wanted, g, None, x, weight, bias) is NotImplemented
    for operands in ((x, weight, 1.0), (x, weight, np.ones(1)), (x, weight, np.ones((2, 4))), (x[0], weight, bias)):
        assert kernel.together([0, 1, 2], g, None, *operands) is NotImplemented
    assert kernel.together([0, 1, 2], np.broadcast_to(1.0, (2, 4)), None, x, weight, bias) is NotImplemented


@needs_numba
def test_linear_leaves_the_rest_to_numpy():
    kernel = KERNELS["linear"]
    x, weight, bias = np.ones((2, 3)), np.ones((4, 3)), np.ones(4)
    unfit = [
        (x[0], weight, bias), (x[None], weight, bias), (x.astype(np.float32), weight, bias), (x, weight, 1.0),
        (x, weight, np.ones((1, 4))), (x, weight, np.ones(4, np.float32)), (np.ones((2, 5)), weight, bias),
        (np.ones((2, 3), int), weight, bias),
    ]  # fmt: skip
    for operands in unfit:
        assert kernel.forward(*operands) is NotImplemented


# -- optimizer updates ------------------------------------------------------------------------------------------------


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize(
    "make",
    [
        lambda p: optim.SGD(p, lr=0.1),
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.01),
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, maximize=True),
        lambda p: optim.Adam(p, lr=0.1, weight_decay=0.01),
        lambda p: optim.Adam(p, lr=0.1, amsgrad=True),
        lambda p: optim.AdamW(p, lr=0.1),
        lambda p: optim.RMSprop(p, lr=0.1),
        lambda p: optim.RMSprop(p, lr=0.1, centered=True, momentum=0.5),
    ],
)
def test_updates_in_one_pass_are_the_updates(make, dtype):
    shape = (40, 30)

    def train():
        random = np.random.default_rng(0)
        p = Value(random.standard_normal(shape).astype(dtype))
        optimizer = make([p])
        for _ in range(4):
            p.grad = Value(random.standard_normal(p.shape).astype(dtype), requires_grad=False)
            optimizer.step()
        return p.data

    fast = train()
    with without_kernels():
        slow = train()
    np.testing.assert_allclose(fast, slow, rtol=2e-5 if dtype == np.float32 else 1e-12, atol=1e-6)


LARGE = 50_001  # an SGD step of so many entries is left to the BLAS, if there is one


def sgd_step(parameter, gradient, lr):
    p = Value(parameter.copy())
    p.grad = Value(gradient, requires_grad=False)
    optim.SGD([p], lr=lr).step()
    return p.data


@needs_numba
@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("there", [True, False], ids=["with BLAS", "without"])
def test_a_large_sgd_step(dtype, there, monkeypatch):
    asked = []
    real = updates.axpy
    monkeypatch.setattr(updates, "axpy", lambda dtype: asked.append(dtype) or (real(dtype) if there else None))
    random = np.random.default_rng(3)
    p, g = random.standard_normal((2, 3, LARGE // 3)).astype(dtype)
    g[0, :4] = np.inf, -np.inf, np.nan, 1e30
    for lr in (0.1, np.float32(0.1), np.float64(0.1)):
        with quiet():
            step = dtype.type(lr) * g.astype(np.longdouble)
            error = np.abs(sgd_step(p, g, lr) - (p - step)) / (np.abs(p) + np.abs(step))
        assert np.nanmax(error) < 2 * np.finfo(dtype).eps
        np.testing.assert_array_equal(sgd_step(p, g, lr)[0, :3], [-np.inf, np.inf, np.nan])
    assert asked
    assert np.isnan(sgd_step(p, g, 0.0)[0, :3]).all()  # a BLAS would not look at them
    turned = np.asfortranarray(p)
    np.testing.assert_allclose(sgd_step(turned, np.asfortranarray(g), 0.1), sgd_step(p, g, 0.1), atol=1e-6)
