"""Kernels of losses, entry by entry: what their rows do, also where numbers are not finite, faster."""

import itertools

import numpy as np
import pytest

from autograd import TABLE, Value, grad
from autograd.arrays import quiet
from autograd.kernels import KERNELS, compiling, without_kernels
from autograd.kernels.pairwise import PAIRWISE
from nn import functional as F

pytestmark = pytest.mark.skipif(compiling.numba() is None, reason="Numba is not there")
FORMATS = [np.dtype(np.float32), np.dtype(np.float64)]
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 30.0, -30.0, 200.0, -200.0, 1e-30, 1e30, -1e30, np.inf, -np.inf, np.nan]
SETTINGS = {"smooth_l1": [{}, {"beta": 0.25}, {"beta": 3.0}], "huber": [{}, {"delta": 0.25}, {"delta": 3.0}]}
CASES = [(name, settings) for name in PAIRWISE for settings in SETTINGS.get(name, [{}])]


def pairs(dtype):
    """Every special number against every other, and many ordinary ones, ties among them."""
    x, t = np.array(list(itertools.product(SPECIAL, SPECIAL)), dtype).T
    random = np.random.default_rng(0)
    more, other = random.standard_normal((2, 300)).astype(dtype) * 2
    other[::7] = more[::7]
    return np.concatenate([x, more]), np.concatenate([t, other])


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize(("name", "settings"), CASES, ids=str)
def test_they_are_their_rows(name, settings, dtype):
    kernel, row = KERNELS[name], TABLE[name]
    assert row.kernel is kernel
    x, t = pairs(dtype)
    g = np.random.default_rng(1).standard_normal(x.shape).astype(dtype)
    with quiet():
        y = row.forward(x, t, **settings)
        part = np.asarray(row.rules[0](g, y, x, t, **settings), dtype)
    fast, fast_part = kernel.forward(x, t, **settings), kernel.backward(g, y, x, t, **settings)
    assert fast.dtype == fast_part.dtype == dtype
    tolerance = 8 * np.finfo(dtype).eps
    np.testing.assert_allclose(fast, y, rtol=tolerance, atol=tolerance)
    regular = np.isfinite(x) & np.isfinite(t)  # at ±inf a rule written in another order may meet 0·inf
    np.testing.assert_allclose(fast_part[regular], part[regular], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", PAIRWISE)
def test_what_does_not_fit_is_left_to_the_row(name):
    kernel = KERNELS[name]
    x, t = np.ones((2, 6, 40), np.float32)
    y = kernel.forward(x, t)
    assert y.shape == x.shape
    for a, b in [(x, t[:1]), (x, np.float32(1)), (x[:, ::2], t[:, ::2]), (x, t.astype(float)), (x.T, t.T), (1.0, t)]:
        assert kernel.forward(a, b) is NotImplemented
    stretched = np.broadcast_to(np.float32(2), x.shape)
    np.testing.assert_array_equal(kernel.backward(stretched, y, x, t), kernel.backward(stretched.copy(), y, x, t))
    assert kernel.backward(2.0, y, x, t) is NotImplemented
    assert kernel.forward(x[:0], t[:0]).shape == (0, 40)


def test_a_weight_of_positives_is_left_to_the_row():
    kernel = KERNELS["binary_cross_entropy_with_logits"]
    x = np.ones(300, np.float32)
    assert kernel.forward(x, x, pos_weight=2.0) is NotImplemented
    assert kernel.backward(x, x, x, x, pos_weight=2.0) is NotImplemented
    assert kernel.forward(x, x, pos_weight=None) is not NotImplemented


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize(
    "loss", [F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss, F.binary_cross_entropy_with_logits]
)
def test_whole_losses_and_targets_that_want_gradients(loss, dtype):
    random = np.random.default_rng(2)
    numbers = random.random((2, 100, 90)).astype(dtype)

    def answers():
        x, t = map(Value, numbers)
        y = loss(x, t)
        return [y, *grad(y, [x, t])]

    fast = answers()
    with without_kernels():
        slow = answers()
    for a, b in zip(fast, slow, strict=True):
        tolerance = 64 * np.finfo(dtype).eps
        np.testing.assert_allclose(a.data, b.data, rtol=tolerance, atol=tolerance * np.abs(b.data).max())
