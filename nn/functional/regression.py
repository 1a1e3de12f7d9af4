"""Losses for numbers: how far a prediction is from its target."""

import math

import numpy as np

from autograd.errors import ArgumentError, ShapeError
from autograd.operation import POSITIVE, REAL, Kink, pointwise
from autograd.ops.arithmetic import square
from autograd.ops.exponential import exp, log
from autograd.ops.piecewise import choose, sign
from autograd.ops.reductions import sum
from autograd.ops.trigonometric import tanh
from autograd.program.tape import is_traced

from .reducing import check_same_shape, reduced, weighted

squared_error = pointwise(
    "squared_error", lambda input, target: np.square(input - target),
    lambda g, y, input, target: g * 2.0 * (input - target), lambda g, y, input, target: g * 2.0 * (target - input),
    symbol="(a−b)²", text="(input - target)²", latex=r"(\hat y - y)^2",
    slopes=("2 * (input - target)", "2 * (target - input)"), derivatives=(r"2(\hat y - y)", r"2(y - \hat y)"),
    scalar=lambda input, target: (input - target) * (input - target),
    composite=lambda input, target: square(input - target), family="loss",
)  # fmt: skip

absolute_error = pointwise(
    "absolute_error", lambda input, target: np.abs(input - target),
    lambda g, y, input, target: g * sign(input - target), lambda g, y, input, target: g * sign(target - input),
    symbol="|a−b|", text="|input - target|", latex=r"|\hat y - y|",
    slopes=("sign(input - target)", "sign(target - input)"),
    derivatives=(r"\operatorname{sign}(\hat y - y)", r"\operatorname{sign}(y - \hat y)"),
    kinks=(Kink("input = target", 0.0),), scalar=lambda input, target: abs(input - target),
    composite=lambda input, target: abs(input - target), family="loss",
)  # fmt: skip


def _smooth_l1(input, target, *, beta=1.0):
    distance = np.abs(input - target)
    return np.where(distance < beta, 0.5 * distance * distance / beta, distance - 0.5 * beta)


def _smooth_l1_slope(error, beta):
    return choose(abs(error) < beta, error / beta, sign(error))


def _smooth_l1_composite(input, target, beta=1.0):
    distance = abs(input - target)
    return choose(distance < beta, 0.5 * square(input - target) / beta, distance - 0.5 * beta)


smooth_l1 = pointwise(
    "smooth_l1", _smooth_l1,
    lambda g, y, input, target, beta=1.0: g * _smooth_l1_slope(input - target, beta),
    lambda g, y, input, target, beta=1.0: g * _smooth_l1_slope(target - input, beta),
    symbol="smooth L1", text="d² / (2 * beta) if d < beta else d - beta / 2, d = |input - target|",
    latex=r"\begin{cases} d^2 / 2\beta & d < \beta \\ d - \beta / 2 & d \ge \beta \end{cases},\quad d = |\hat y - y|",
    slopes=("(input - target) / beta if d < beta else sign(input - target)", "minus that"),
    derivatives=(r"\max(-1, \min(1, (\hat y - y) / \beta))", r"-\max(-1, \min(1, (\hat y - y) / \beta))"),
    kinks=(Kink("|input - target| = beta", "the sign of the error; only the second derivative jumps, and is 0 there"),),
    composite=_smooth_l1_composite, family="loss", source="Girshick, Fast R-CNN, ICCV 2015",
)  # fmt: skip


def _huber(input, target, *, delta=1.0):
    distance = np.abs(input - target)
    return np.where(distance < delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))


def _huber_slope(error, delta):
    return choose(abs(error) < delta, error, delta * sign(error))


def _huber_composite(input, target, delta=1.0):
    distance = abs(input - target)
    return choose(distance < delta, 0.5 * square(input - target), delta * (distance - 0.5 * delta))


huber = pointwise(
    "huber", _huber,
    lambda g, y, input, target, delta=1.0: g * _huber_slope(input - target, delta),
    lambda g, y, input, target, delta=1.0: g * _huber_slope(target - input, delta),
    symbol="Huber", text="d² / 2 if d <= delta else delta * (d - delta / 2), d = |input - target|",
    latex=r"\begin{cases} d^2 / 2 & d \le \delta \\ \delta (d - \delta / 2) & d > \delta \end{cases},\quad d = |\hat y - y|",
    slopes=("input - target if d <= delta else delta * sign(input - target)", "minus that"),
    derivatives=(r"\max(-\delta, \min(\delta, \hat y - y))", r"-\max(-\delta, \min(\delta, \hat y - y))"),
    kinks=(Kink("|input - target| = delta", "delta times the sign of the error; only the second derivative jumps"),),
    composite=_huber_composite, family="loss", source="Huber, Robust estimation of a location parameter, 1964",
)  # fmt: skip

_LN2 = math.log(2.0)


def _log_cosh(input, target):
    distance = np.abs(input - target)
    small = np.minimum(distance, 1.0)  # cosh d = 1 + 2 sinh²(d/2): near 0 nothing cancels
    return np.where(
        distance < 1.0,
        np.log1p(2.0 * np.square(np.sinh(0.5 * small))),
        distance + np.log1p(np.exp(-2.0 * distance)) - _LN2,
    )


def _log_cosh_composite(input, target):
    error = input - target
    size = error * choose(error < 0, -1.0, 1.0)
    return size + log(0.5 + 0.5 * exp(-2.0 * size))


log_cosh = pointwise(
    "log_cosh", _log_cosh,
    lambda g, y, input, target: g * tanh(input - target), lambda g, y, input, target: g * tanh(target - input),
    symbol="ln cosh", text="ln(cosh(input - target))", latex=r"\ln \cosh(\hat y - y)",
    slopes=("tanh(input - target)", "tanh(target - input)"), derivatives=(r"\tanh(\hat y - y)", r"\tanh(y - \hat y)"),
    composite=_log_cosh_composite, family="loss",
)  # fmt: skip


def _poisson_rate(input, log_input, eps):
    """Logarithm of the expected count."""
    return input if log_input else log(input + eps)


def _poisson(input, target, *, log_input=True, eps=1e-8):
    if log_input:
        return np.exp(input) - target * input
    return input - target * np.log(input + eps)


poisson_nll = pointwise(
    "poisson_nll", _poisson,
    lambda g, y, input, target, log_input=True, eps=1e-8: g * (exp(input) - target if log_input else 1.0 - target / (input + eps)),
    lambda g, y, input, target, log_input=True, eps=1e-8: -(g * _poisson_rate(input, log_input, eps)),
    symbol="Poisson", text="exp(input) - target * input", latex=r"e^{\hat y} - y\,\hat y",
    slopes=("exp(input) - target", "-input"), derivatives=(r"e^{\hat y} - y", r"-\hat y"),
    composite=lambda input, target, log_input=True, eps=1e-8: (exp(input) if log_input else input)
    - target * _poisson_rate(input, log_input, eps), family="loss",
)  # fmt: skip


def _at_least(var, eps):
    """The variance, kept from 0; as in PyTorch its gradient passes also where it was raised."""
    return choose(var < eps, eps, var)


gaussian_nll = pointwise(
    "gaussian_nll", lambda input, target, var, *, eps=1e-6: 0.5 * (np.log(np.maximum(var, eps)) + np.square(input - target) / np.maximum(var, eps)),
    lambda g, y, input, target, var, eps=1e-6: g * (input - target) / _at_least(var, eps),
    lambda g, y, input, target, var, eps=1e-6: g * (target - input) / _at_least(var, eps),
    lambda g, y, input, target, var, eps=1e-6: g * 0.5 * (1.0 - square(input - target) / _at_least(var, eps)) / _at_least(var, eps),
    symbol="Gauss", text="(ln(var) + (input - target)² / var) / 2", latex=r"\tfrac12 (\ln v + \tfrac{(\hat y - y)^2}{v})",
    slopes=("(input - target) / var", "(target - input) / var", "(1 - (input - target)² / var) / (2 * var)"),
    derivatives=(r"\tfrac{\hat y - y}{v}", r"\tfrac{y - \hat y}{v}", r"\tfrac{1}{2v} (1 - \tfrac{(\hat y - y)^2}{v})"),
    composite=lambda input, target, var, eps=1e-6: 0.5 * (log(_at_least(var, eps)) + square(input - target) / _at_least(var, eps)),
    domain=(REAL, REAL, POSITIVE), family="loss", source="Nix, Weigend, Estimating the mean and variance of the target probability distribution, ICNN 1994",
)  # fmt: skip


def mse_loss(input, target, *, reduction="mean", weight=None):
    """Mean squared error, (input - target)².

    Shapes: input and target alike, any; the result is a number, or with reduction="none" of that shape.
    weight      one an entry; the mean is then the weighted mean, Σ w e / Σ w
    reduction   "mean", "sum" or "none"

    Raises ShapeError for shapes that would only broadcast, such as (N, 1) against (N,).
    """
    check_same_shape("mse_loss", input, target)
    return reduced(weighted(squared_error(input, target), weight), reduction, _total(weight))


def l1_loss(input, target, *, reduction="mean", weight=None):
    """Mean absolute error, |input - target|; its slope at equality is 0. Arguments as of `mse_loss`."""
    check_same_shape("l1_loss", input, target)
    return reduced(weighted(absolute_error(input, target), weight), reduction, _total(weight))


def smooth_l1_loss(input, target, *, reduction="mean", beta=1.0):
    """d²/(2·beta) where d = |input - target| < beta, else d - beta/2. With beta = 0 it is `l1_loss`."""
    check_same_shape("smooth_l1_loss", input, target)
    if not beta >= 0:
        raise ArgumentError(f"smooth_l1_loss: beta is not negative, {beta} was given")
    loss = smooth_l1(input, target, beta=beta) if beta else absolute_error(input, target)
    return reduced(loss, reduction)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """d²/2 where d = |input - target| ≤ delta, else delta·(d - delta/2). `weight`: a factor an entry."""
    check_same_shape("huber_loss", input, target)
    if not delta > 0:
        raise ArgumentError(f"huber_loss: delta is above 0, {delta} was given")
    return reduced(weighted(huber(input, target, delta=delta), weight), reduction)


def log_cosh_loss(input, target, *, reduction="mean"):
    """ln cosh(input - target): quadratic near 0, linear far away, smooth everywhere."""
    check_same_shape("log_cosh_loss", input, target)
    return reduced(log_cosh(input, target), reduction)


def poisson_nll_loss(input, target, log_input=True, full=False, *, eps=1e-8, reduction="mean"):
    """Negative log-likelihood of counts: exp(input) - target·input, without log_input: input - target·ln(input + eps).

    full   add Stirling's approximation of ln(target!) where target > 1
    """
    check_same_shape("poisson_nll_loss", input, target)
    loss = poisson_nll(input, target, log_input=log_input, eps=eps)
    return reduced(loss + _stirling(target) if full else loss, reduction)


def _stirling(count):
    large = choose(count > 1, count, 1.0)
    return choose(count > 1, large * log(large) - large + 0.5 * log(2.0 * math.pi * large), 0.0)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """Negative log-likelihood of a normal distribution: ½ (ln var + (input - target)²/var).

    var    the variance: of the input's shape, or with a last axis of length 1 or none
    full   add ½ ln 2π
    eps    least variance

    Raises ValueError for a negative variance, ShapeError for one that does not fit.
    """
    check_same_shape("gaussian_nll_loss", input, target)
    shape, own = tuple(np.shape(var)), tuple(np.shape(input))
    if not is_traced(var) and np.any(np.asarray(var) < 0):
        raise ArgumentError("gaussian_nll_loss: the variance has negative entries")
    if shape and shape == own[:-1] and shape != own:
        var = var.reshape((*shape, 1))
    elif shape not in ((), own, (*own[:-1], 1)):
        raise ShapeError(f"gaussian_nll_loss: a variance of shape {shape} does not fit predictions of shape {own}")
    loss = gaussian_nll(input, target, var, eps=eps)
    return reduced(loss + 0.5 * math.log(2.0 * math.pi) if full else loss, reduction)


def _total(weight):
    return None if weight is None else sum(weight)
