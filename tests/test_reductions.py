"""Reductions, softmax and order: extremes, ties, zeros, arguments; what the laws over all rows do not ask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd as ag
from autograd import Value, grad
from autograd.ops import cumulative, reductions, softmax, sorting

INF, NAN = np.inf, np.nan
FEW = st.sampled_from([-2.0, -1.0, 0.0, 0.0, 1.0, 3.0])
ARRAYS = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=FEW)


def gradient(function, x):
    x = Value(x)
    (g,) = grad(function(x), x)
    return np.asarray(g.data)


# -- infinities -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "shares"),
    [
        ([INF, 0.0], INF, [1, 0]),
        ([INF, INF, 5.0], INF, [0.5, 0.5, 0]),
        ([-INF, -INF], -INF, [0.5, 0.5]),
        ([-INF, 0.0], 0.0, [0, 1]),
        ([1e308, 1e308], 1e308, [0.5, 0.5]),
        ([-800.0, -800.0], -800 + np.log(2), [0.5, 0.5]),
    ],
)
def test_logsumexp_at_extremes(x, y, shares):
    assert softmax.logsumexp(np.array(x)) == y
    assert gradient(softmax.logsumexp, x).tolist() == shares
    if len(x) == 2:
        assert softmax.logsumexp(np.array(x)) == pytest.approx(np.logaddexp(*x))
        a, b = Value(x[0]), Value(x[1])
        assert [g.item() for g in grad(ag.logaddexp(a, b), [a, b])] == shares


def test_logsumexp_of_nothing_is_minus_infinity_and_of_nan_is_nan():
    assert softmax.logsumexp(np.zeros(0)) == -INF
    assert np.isnan(softmax.logsumexp(np.array([1.0, NAN])))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_at_extremes(dtype):
    x = np.array([1e4, 0.0, -1e4, -INF], dtype)
    assert softmax.softmax(x, dim=0).tolist() == [1, 0, 0, 0]
    assert softmax.log_softmax(x, dim=0).tolist() == [0, -1e4, -2e4, -INF]
    loss = lambda v: -softmax.log_softmax(v, dim=0)[1]
    assert gradient(loss, x).tolist() == [1, -1, 0, 0]
    assert softmax.softmax(np.array([1, 2]), dim=0, dtype=np.float32).dtype == np.float32


# -- norms, means, variances ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.5, 1, 1.5, 2, 3, 7, INF])
@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1.0, 1e160, 1e300])
def test_norms_neither_overflow_nor_underflow(p, scale):
    x = np.array([3.0, -4.0, 0.0])
    assert reductions.norm(x * scale, p=p) == pytest.approx(float(reductions.norm(x, p=p)) * scale, rel=1e-12)
    norm = lambda v: reductions.norm(v, p=p)
    assert gradient(norm, x * scale) == pytest.approx(gradient(norm, x), rel=1e-12)


def test_norm_is_exact_where_numpy_is():
    x = np.random.default_rng(0).normal(size=(50, 7))
    assert np.allclose(reductions.norm(x, dim=1), np.linalg.norm(x, axis=1), rtol=3e-16, atol=0)
    assert reductions.norm(np.array([3.0, 4.0])) == 5.0


def test_norm_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="'fro', not 'nuc'"):
        reductions.norm(np.eye(2), p="nuc")


@pytest.mark.parametrize("number", [0.1, 0.37, 1e300, -7.7e-200, 1 / 3])
@pytest.mark.parametrize("count", [2, 3, 7, 100])
def test_equal_entries_have_no_deviation(number, count):
    """Although their mean may be rounded."""
    x = np.full(count, number)
    assert reductions.std(x) == 0.0
    assert not gradient(reductions.std, x).any()


def test_variance_far_from_zero_keeps_its_digits():
    x = np.array([1e9 + 1, 1e9 + 2, 1e9 + 4])
    assert reductions.var(x) == pytest.approx(7 / 3, rel=1e-14)


def test_means_of_nothing_are_nan_without_a_warning():
    assert np.isnan(reductions.mean(np.zeros(0)))
    assert np.isnan(reductions.var(np.ones(1)))
    assert gradient(reductions.mean, np.zeros(0)).shape == (0,)
    assert np.isnan(gradient(reductions.var, [1.0])).all()


# -- products -------------------------------------------------------------------------------------------------------


@given(x=ARRAYS)
def test_products_with_zeros(x):
    """Each entry's slope is the product of the others, whichever are 0."""
    others = [np.prod(np.delete(x.ravel(), i)) for i in range(x.size)]
    assert gradient(reductions.prod, x).ravel() == pytest.approx(np.array(others))


@given(x=hnp.arrays(np.float64, st.integers(2, 6), elements=FEW))
def test_second_derivatives_of_products_with_zeros(x):
    v = Value(x)
    (g,) = grad(reductions.prod(v), v, create_graph=True)
    for i in range(x.size):
        row = gradient_of_entry(g, i, v)
        expected = [0.0 if i == j else np.prod(np.delete(x, [i, j])) for j in range(x.size)]
        assert row == pytest.approx(np.array(expected))


def gradient_of_entry(g, i, v):
    (row,) = grad(g[i], v, retain_graph=True, allow_unused=True, materialize_grads=True)
    return np.asarray(row.data)


@given(x=hnp.arrays(np.float64, st.integers(1, 6), elements=FEW), reverse=st.booleans())
def test_running_products_with_zeros(x, reverse):
    upstream = np.arange(1.0, x.size + 1)
    ordered = x[::-1] if reverse else x
    jacobian = [
        [np.prod(np.delete(ordered[: k + 1], i)) if i <= k else 0.0 for i in range(x.size)] for k in range(x.size)
    ]
    expected = (upstream[::-1] if reverse else upstream) @ np.array(jacobian)
    v = Value(x)
    (g,) = grad(cumulative.cumprod(v, dim=0, reverse=reverse), v, upstream)
    assert g.data == pytest.approx(expected[::-1] if reverse else expected)


# -- order ----------------------------------------------------------------------------------------------------------


@given(x=ARRAYS, data=st.data())
def test_sorting(x, data):
    dim, descending = data.draw(st.integers(-x.ndim, x.ndim - 1)), data.draw(st.booleans())
    values, indices = sorting.sort(x, dim, descending)
    assert np.array_equal(values, -np.sort(-x, dim) if descending else np.sort(x, dim))
    assert np.array_equal(np.take_along_axis(x, indices, dim), values)
    stable = np.argsort(-x if descending else x, axis=dim, kind="stable")
    assert np.array_equal(indices, stable)


@given(x=ARRAYS, data=st.data())
def test_the_entries_that_are_chosen_get_the_gradient(x, data):
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    k = data.draw(st.integers(0, x.shape[dim]))
    choices = [
        lambda v: sorting.max(v, dim, keepdim=True),
        lambda v: sorting.min(v, dim, keepdim=True),
        lambda v: sorting.median(v, dim, keepdim=True),
        lambda v: sorting.sort(v, dim, descending=True),
        lambda v: sorting.topk(v, k, dim, largest=data.draw(st.booleans())),
    ]
    v = Value(x)
    values, indices = data.draw(st.sampled_from(choices))(v)
    upstream = np.arange(1.0, values.numel() + 1).reshape(values.shape)
    (g,) = grad(values, v, upstream)
    expected = np.zeros(x.shape)
    np.put_along_axis(expected, np.asarray(indices), upstream, dim)
    assert np.array_equal(g.data, expected)
    assert not indices.requires_grad


def test_max_in_its_three_forms():
    x = Value([[1.0, 5.0], [5.0, 2.0]], name="x")
    assert sorting.max(x).item() == 5.0
    assert gradient(sorting.max, [[1.0, 5.0], [5.0, 2.0]]).tolist() == [[0, 0.5], [0.5, 0]]
    values, indices = sorting.max(x, 1)
    assert values.tolist() == [5.0, 5.0]
    assert indices.tolist() == [1, 0]
    assert sorting.max(x, dim=0, keepdim=True).values.shape == (1, 2)
    assert sorting.max(x, 3 * x).tolist() == [[3.0, 15.0], [15.0, 6.0]]
    assert sorting.min(x, other=x - 1).tolist() == [[0.0, 4.0], [4.0, 1.0]]
    assert sorting.max(np.array([1.0, 2.0])) == 2.0
    with pytest.raises(TypeError, match="a dim or a second array"):
        sorting.max(x, 0, other=x)


def test_nan_counts_as_the_largest():
    x = np.array([1.0, NAN, INF])
    assert np.isnan(sorting.max(x))
    assert sorting.argmax(x) == 1
    assert np.isnan(sorting.median(x))
    assert sorting.sort(x).indices.tolist() == [0, 2, 1]
    assert sorting.sort(x, descending=True).indices.tolist() == [1, 2, 0]
    assert sorting.topk(x, 1).indices.tolist() == [1]


# -- arguments ------------------------------------------------------------------------------------------------------


REDUCTIONS = ["sum", "mean", "prod", "amax", "amin", "logsumexp", "var", "std"]


@pytest.mark.parametrize("name", [*REDUCTIONS, "norm", "any", "argmax"])
def test_axes_beyond_the_shape_are_told(name):
    with pytest.raises(IndexError, match=rf"{name}.*\(2, 3\).*axis 2 is out of bounds"):
        getattr(ag, name)(Value(np.ones((2, 3))), dim=2)


@pytest.mark.parametrize("name", REDUCTIONS)
@given(x=hnp.arrays(np.float64, (2, 3, 2), elements=st.floats(-3, 3)))
def test_numpys_and_pytorchs_arguments_mean_the_same(name, x):
    row = getattr(ag, name)
    v = Value(x)
    assert np.array_equal(row(v, axis=1, keepdims=True).data, row(v, dim=1, keepdim=True).data, equal_nan=True)
    assert np.array_equal(row(v, dim=[0, 2]).data, row(v, dim=(-1, -3)).data, equal_nan=True)
    if name not in ("var", "std"):  # whose second argument is `unbiased`
        assert np.array_equal(row(v, (0, 2), True).data, row(v, axis=(0, 2), keepdims=True).data)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "cumsum", "cumprod", "softmax", "log_softmax"])
def test_results_in_another_dtype(name):
    x = Value(np.array([1.0, 2.0], np.float32))
    y = getattr(ag, name)(x, dim=0, dtype=np.float64)
    assert y.dtype == np.float64
    (g,) = grad(y, x, np.ones(tuple(y.shape)))
    assert g.dtype == np.float32


def test_topk_beyond_the_axis_is_told():
    with pytest.raises(ValueError, match="k=4 of 3 entries along dim 1"):
        sorting.topk(Value(np.ones((2, 3))), 4, 1)


def test_clamp_says_what_it_cannot_do():
    with pytest.raises(ag.errors.ArgumentError, match=r"^clamp needs a bound"):
        ag.clamp(Value(1.0))
    with pytest.raises(ag.errors.GradientError, match=r"maximum\(x, low\)"):
        ag.clamp(Value(1.0), Value(0.0))
