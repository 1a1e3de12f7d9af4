"""Checks of lines of docs/differences-from-pytorch.md: infinities and nan, kinks, and how exact numbers are."""

import math
import warnings

import numpy as np
import pytest
from differences import TF, both, difference, slopes, torch

import autograd
import nn.functional as F
from autograd import Value

# -- corners ----------------------------------------------------------------------------------------------------------


@difference("`logsumexp` of infinities")
def infinities():
    for x, shares in (([math.inf, math.inf, 1.0], [0.5, 0.5, 0.0]), ([-math.inf] * 2, [0.5, 0.5])):
        (mine,), (theirs,) = slopes(lambda m, x: m.logsumexp(x, 0), x)
        assert mine.tolist() == shares
        assert np.isnan(theirs[:2]).all()


@difference("`hypot` at the origin")
def origin():
    mine, theirs = slopes(lambda m, a, b: m.hypot(a, b), [0.0], [0.0])
    assert mine == [0.0, 0.0]
    assert np.isnan(theirs).all()


@difference("`xlogy` at (0, 0)")
def nothing_times_log():
    mine, theirs = slopes(lambda m, a, b: m.xlogy(a, b), [0.0], [0.0])
    assert mine == [0.0, 0.0]
    assert np.isnan(theirs[1]).all()


@difference("`a ** b` at b = 0, mixed second derivative")
def power_zero():
    a, b = Value(0.5), Value(0.0)
    (a**b).backward(create_graph=True)
    slope, b.grad = a.grad, None
    slope.backward()
    assert float(b.grad) == 2.0
    a, b = (torch.tensor(x, requires_grad=True) for x in (0.5, 0.0))
    (slope,) = torch.autograd.grad(a**b, a, create_graph=True)
    assert torch.autograd.grad(slope, b)[0] == 0.0


@difference("`floor`, `ceil`, `round`, `trunc`, `sign`: tracked")
def steps():
    for name in ("floor", "ceil", "round", "trunc", "sign"):
        assert not getattr(autograd, name)(Value([0.5])).requires_grad
        assert getattr(torch, name)(torch.tensor([0.5], requires_grad=True)).requires_grad


@difference("`amax` and `amin` of nan, slopes")
def largest_of_unknowns():
    for name in ("amax", "amin"):
        (mine,), (theirs,) = slopes(lambda T, x, name=name: getattr(T, name)(x), [1.0, math.nan, math.nan])
        assert mine.tolist() == [0.0, 0.5, 0.5]
        assert np.isnan(theirs).all()


@difference("`median` of tied entries, slope")
def tied_median():
    (mine,), (theirs,) = slopes(lambda T, x: T.median(x), [2.0, 2.0, 2.0, 5.0])
    assert sorted(mine.tolist()) == [0.0, 0.0, 0.0, 1.0]
    assert theirs.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0.0])


@difference("slopes of `gelu`, `silu`, `mish`, `softsign` at ±inf")
def limits_of_slopes():
    for name, limit in (("gelu", 1.0), ("silu", 1.0), ("mish", 1.0), ("softsign", 0.0)):
        (mine,), (theirs,) = slopes(lambda T, x, name=name: getattr(TF if T is torch else F, name)(x), [math.inf])
        assert mine == pytest.approx(limit, rel=1e-15)
        assert np.isnan(theirs).all()


@difference("`gelu`, `silu`, `mish` at −inf, and their second derivatives at ±inf")
def gates_at_infinity():
    for name in ("gelu", "silu", "mish"):
        mine, theirs = (getattr(module, name) for module in (F, torch.nn.functional))
        ends = np.array([-np.inf, np.inf])
        x, t = Value(ends), torch.tensor(ends, requires_grad=True)
        y, z = mine(x), theirs(t)
        assert y.data[0] == 0.0
        assert torch.isnan(z[0])
        (slope,) = autograd.grad(y, x, np.ones(2), create_graph=True)
        assert slope.data.tolist() == [0.0, 1.0]
        assert autograd.grad(slope, x, np.ones(2))[0].data.tolist() == [0.0, 0.0]
        (slope,) = torch.autograd.grad(z, t, torch.ones_like(t), create_graph=True)
        assert torch.isnan(torch.autograd.grad(slope, t, torch.ones_like(t))[0]).all()


@difference("slopes of `prod` and `cumprod` beside a nan")
def products_with_an_unknown():
    for function in (lambda T, x: T.prod(x), lambda T, x: T.cumprod(x, 0)[-1:]):
        (mine,), (theirs,) = slopes(function, [math.nan, 2.0, 3.0])
        assert mine[0] == 6.0
        assert np.isnan(theirs).all()


@difference("slopes of `abs`, `l1_loss`, `norm` at nan")
def slopes_at_unknowns():
    for function in (lambda T, x: T.abs(x), lambda T, x: T.norm(x, p=1)):
        (mine,), (theirs,) = slopes(function, [math.nan])
        assert np.isnan(mine).all()
        assert not theirs.any()
    mine, theirs = both(lambda f, x: f.l1_loss(x, 0.0 * x.detach() if f is F else torch.tensor(0.0).double()), math.nan)
    assert math.isnan(mine[1])
    assert theirs[1] == 0.0


@difference("`sign(nan)`")
def sign_of_nan():
    assert math.isnan(autograd.sign(math.nan))
    assert np.isnan(autograd.sign(np.array([math.nan]))).all()
    assert torch.sign(torch.tensor(math.nan)) == 0.0


@difference("`heaviside(nan, b)`")
def heaviside_of_nan():
    assert np.isnan(autograd.heaviside(np.array([math.nan]), 0.5)).all()
    assert torch.heaviside(torch.tensor(math.nan), torch.tensor(0.5)) == 0.0


@difference("slopes of `hardsigmoid` in float64")
def hardsigmoid_slope():
    mine, theirs = both(lambda f, x: f.hardsigmoid(x), 1.0)
    assert mine[1] == 1.0 / 6.0 != theirs[1]


@difference("slopes of `celu` in float64")
def celu_slope():
    mine, theirs = both(lambda f, x: f.celu(x, alpha=0.3), -1.0)
    assert mine[1] == pytest.approx(math.exp(-1.0 / 0.3), rel=1e-15)
    assert theirs[1] != pytest.approx(math.exp(-1.0 / 0.3), rel=1e-9)


@difference("`hardsigmoid` twice differentiated")
def hardsigmoid_twice():
    mine, theirs = both(lambda f, x: f.hardsigmoid(x), 1.0)
    assert not mine[2]
    assert math.isnan(theirs[2])  # RuntimeError, see `both`


@difference("`softplus` at its threshold, second derivative")
def softplus_threshold():
    mine, theirs = both(lambda f, x: f.softplus(x), 20.0)
    assert mine[2] == pytest.approx(math.exp(-20.0), rel=1e-8)
    assert theirs[2] == 0.0


@difference("`mish` far out, second derivative")
def mish_far_out():
    mine, theirs = both(lambda f, x: f.mish(x), 1e4)
    assert mine[2] == 0.0
    assert math.isnan(theirs[2])


# -- digits -----------------------------------------------------------------------------------------------------------


@difference('`gelu(approximate="tanh")` far out, slope')
def gelu_tanh_far_out():
    for x, slope in ((1e200, 1.0), (-1e200, 0.0)):
        mine, theirs = both(lambda f, x: f.gelu(x, approximate="tanh"), x)
        assert mine[1] == slope
        assert math.isnan(theirs[1])


@difference("`silu` and `mish` where eˣ is subnormal")
def gates_of_subnormal_powers():
    truth = -712.0 * math.exp(-600.0) * math.exp(-112.0)
    for name in ("silu", "mish"):
        mine, theirs = both(lambda f, x, name=name: getattr(f, name)(x), -712.0)
        assert mine[0] == pytest.approx(truth, rel=1e-15, abs=0)
        assert theirs[0] != pytest.approx(truth, rel=1e-15, abs=0)


@difference("`sinh` and `cosh` of arrays near their overflow")
def nearly_overflowing():
    x = np.full(64, 710.0)  # so many that PyTorch takes several at a time
    for name in ("sinh", "cosh"):
        mine = getattr(autograd, name)(Value(x))
        assert np.all(np.isfinite(mine.data))
        assert torch.isinf(getattr(torch, name)(torch.tensor(x))).any()


@difference("`hardswish` of huge numbers")
def hardswish_far_out():
    mine, theirs = both(lambda f, x: f.hardswish(x), 1e308)
    assert mine[0] == 1e308
    assert theirs[0] == math.inf


@difference("`gelu` of negative numbers")
def gelu_tail():
    mine, theirs = both(lambda f, x: f.gelu(x), -10.0)
    assert mine[0] == pytest.approx(-10.0 * 0.5 * math.erfc(10.0 / math.sqrt(2.0)), rel=1e-13)
    assert theirs[0] == 0.0


@difference("slope of `tanh`, saturated")
def tanh_saturated():
    mine, theirs = both(lambda f, x: x.tanh(), 20.0)
    assert mine[1] == pytest.approx(4.0 * math.exp(-40.0), rel=1e-15)
    assert theirs[1] == 0.0


@difference("slope of `expm1`, far left")
def expm1_far_left():
    mine, theirs = both(lambda f, x: x.expm1(), -40.0)
    assert mine[1] == math.exp(-40.0)
    assert theirs[1] == 0.0


@difference("slopes of `asinh` and `acosh`, far out")
def area_functions_far_out():
    for name in ("asinh", "acosh"):
        mine, theirs = both(lambda f, x, name=name: getattr(x, name)(), 1e200)
        assert mine[1] == pytest.approx(1e-200, rel=1e-15)
        assert theirs[1] == 0.0


@difference("`sinc` of large numbers")
def sinc_far_out():
    mine, theirs = both(lambda f, x: x.sinc(), 1e10)
    assert mine[0] == 0.0
    assert mine[1] == pytest.approx(1e-10, rel=1e-15)
    assert theirs[0] != 0.0


@difference("`tanhshrink` near 0")
def tanhshrink_near_zero():
    mine, theirs = both(lambda f, x: f.tanhshrink(x), 1e-9)
    assert mine[0] == pytest.approx(1e-27 / 3.0, rel=1e-15, abs=0)
    assert theirs[0] == 0.0


@difference("`logit` near 1/2")
def logit_near_half():
    x = 0.5 + 2.0**-40
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mine, theirs = float(autograd.logit(x)), torch.logit(torch.tensor(x, dtype=torch.float64)).item()
    truth = 4.0 * 2.0**-40  # and a term of the third order, far below the last digit
    assert mine == pytest.approx(truth, rel=1e-15, abs=0)
    assert theirs != pytest.approx(truth, rel=1e-15, abs=0)
