"""Activations made of exponentials: softplus and its kin, and the exponential linear units."""

import math

import numpy as np

from autograd.arrays import RAW, dtype_of
from autograd.kernels.double import gap_to_tanh
from autograd.operation import Kink, pointwise
from autograd.ops import rounded
from autograd.ops.exponential import exp, expm1, log1p
from autograd.ops.piecewise import choose, clamp
from autograd.ops.special import cut, exp_of_sum, product, sigmoid, wide
from autograd.ops.trigonometric import tanh
from autograd.value import Value


def stopped(x):
    """The numbers of `x`, outside the graph."""
    return x.detach() if x.__class__ is Value else x


def log_one_plus_exp(x):
    """ln(1 + eˣ) with the larger term taken out: no overflow, and no kink to differentiate."""
    larger = stopped(choose(x > 0, x, 0.0))
    return larger + log1p(expm1(-larger) + exp(x - larger))


def _softplus(x, *, beta=1.0, threshold=20.0):
    return np.where(beta * x > threshold, x, np.logaddexp(0.0, beta * x) / beta)


def _softplus_by_definition(x, beta=1.0, threshold=20.0):
    return choose(beta * x > threshold, x, log_one_plus_exp(beta * x) / beta)


softplus = pointwise(
    "softplus", _softplus,
    lambda g, y, x, beta=1.0, threshold=20.0: choose(beta * x > threshold, g, g * sigmoid(beta * x)),
    symbol="softplus", text="ln(1 + exp(beta * x)) / beta", latex=r"\tfrac{1}{\beta} \ln(1 + e^{\beta x})",
    slopes=("sigmoid(beta * x)",), derivatives=(r"\sigma(\beta x)",), composite=_softplus_by_definition,
    family="activation", source="Dugas et al., Incorporating second-order functional knowledge, NeurIPS 2000",
)  # fmt: skip


def _logsigmoid_of_float(x):
    return -math.log1p(math.exp(-x)) if x >= 0.0 else x - math.log1p(math.exp(x))


logsigmoid = pointwise(
    "logsigmoid", lambda x: -np.logaddexp(0.0, -x), lambda g, y, x: g * sigmoid(-x),
    symbol="ln σ", text="ln(sigmoid(x)) = -ln(1 + exp(-x))", latex=r"\ln \sigma(x)",
    slopes=("1 - sigmoid(x) = sigmoid(-x)",), derivatives=(r"1 - \sigma(x)",),
    scalar=_logsigmoid_of_float, composite=lambda x: -log_one_plus_exp(-x), family="activation",
)  # fmt: skip

softsign = pointwise(
    "softsign", lambda x: x / (1.0 + np.abs(x)), lambda g, y, x: g / ((1.0 + abs(x)) * (1.0 + abs(x))),
    text="x / (1 + |x|)", latex=r"\frac{x}{1 + |x|}", slopes=("1 / (1 + |x|)²",), derivatives=(r"\frac{1}{(1 + |x|)^2}",),
    kinks=(Kink("x = 0", "1, the same from both sides; only the second derivative jumps, and is 0 there"),),
    scalar=lambda x: x / (1.0 + abs(x)), composite=lambda x: x / (1.0 + abs(x)), family="activation",
    source="Turian, Bergstra, Bengio, Quadratic features and deep architectures for chunking, NAACL 2009",
)  # fmt: skip


def _gap_to_tanh(x):
    """x − tanh x for raw |x| < 1."""
    return gap_to_tanh(x, cut(x, 36))


@rounded.in_double
def _tanhshrink(x):
    inside, size = np.abs(x) < 1.0, np.abs(x)
    far = np.copysign((size - 1.0) + 2.0 / (np.exp(2.0 * size) + 1.0), x)
    return np.where(inside, _gap_to_tanh(np.where(inside, x, 0.0)), far)


def _tanhshrink_of_float(x):
    if -1.0 < x < 1.0:
        return _gap_to_tanh(x)
    size = math.fabs(x)
    return math.copysign((size - 1.0) + 2.0 / (math.exp(min(2.0 * size, 80.0)) + 1.0), x)


tanhshrink = pointwise(
    "tanhshrink", _tanhshrink, lambda g, y, x: g * tanh(x) * tanh(x),
    symbol="x−tanh", text="x - tanh(x)", latex=r"x - \tanh x", slopes=("tanh(x)²",), derivatives=(r"\tanh^2 x",),
    scalar=_tanhshrink_of_float, composite=lambda x: x - tanh(x), family="activation",
)  # fmt: skip


def _below(x):
    """The part of `x` below zero: what an exponential linear unit may take the exponential of."""
    return choose(x < 0, x, 0.0)


def _not_above(x):
    """The same for the function itself, whose slope at 0 is the left one."""
    return choose(x > 0, 0.0, x)


elu = pointwise(
    "elu", lambda x, *, alpha=1.0: np.where(x > 0, x, alpha * rounded.expm1(np.where(x > 0, 0.0, x))),
    lambda g, y, x, alpha=1.0: choose(x > 0, g, g * alpha * exp(_below(x))),
    text="x if x > 0 else alpha * (exp(x) - 1)", latex=r"\begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
    slopes=("1 if x > 0 else alpha * exp(x)",), derivatives=(r"[x > 0] + \alpha e^x [x \le 0]",),
    kinks=(Kink("x = 0", "alpha"),), composite=lambda x, alpha=1.0: choose(x > 0, x, alpha * expm1(_not_above(x))),
    family="activation", source="Clevert, Unterthiner, Hochreiter, Fast and accurate deep network learning by ELUs, ICLR 2016",
)  # fmt: skip

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
_SELU_BOTH = 1.7580993408473768599402175208123  # their product, rounded once

selu = pointwise(
    "selu", lambda x: np.where(x > 0, SELU_SCALE * x, _SELU_BOTH * rounded.expm1(np.where(x > 0, 0.0, x))),
    lambda g, y, x: choose(x > 0, g * SELU_SCALE, g * (_SELU_BOTH * exp(_below(x)))),
    text="1.0507 * (x if x > 0 else 1.67326 * (exp(x) - 1))",
    latex=r"\lambda \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases},\quad \lambda = 1.0507,\ \alpha = 1.67326",
    slopes=("1.0507 if x > 0 else 1.75810 * exp(x)",), derivatives=(r"\lambda [x > 0] + \lambda\alpha e^x [x \le 0]",),
    scalar=lambda x: SELU_SCALE * x if x > 0.0 else _SELU_BOTH * math.expm1(x), kinks=(Kink(0.0, _SELU_BOTH),), composite=lambda x: SELU_SCALE * elu(x, alpha=SELU_ALPHA),
    family="activation", source="Klambauer, Unterthiner, Mayr, Hochreiter, Self-normalizing neural networks, NeurIPS 2017",
)  # fmt: skip

def _power_of_quotient(x, alpha):
    """e^(x/α); what the quotient of raw numbers lost in rounding, which would be many units of the power, is put back."""
    if x.__class__ not in RAW:
        return exp(x / alpha)
    if dtype_of(x) == np.float32:
        x, alpha = wide(x), float(np.float32(alpha))  # as the kernel, and PyTorch, have it
    x = clamp(x, -1e3 * math.fabs(alpha), 1e3 * math.fabs(alpha))
    whole, lost = product(x / alpha, alpha)
    return exp_of_sum(x / alpha, ((x - whole) - lost) / alpha)


celu = pointwise(
    "celu", lambda x, *, alpha=1.0: np.where(x > 0, x, alpha * rounded.expm1(np.where(x > 0, 0.0, x) / alpha)),
    lambda g, y, x, alpha=1.0: choose(x > 0, g, g * _power_of_quotient(_below(x), alpha)),
    text="x if x > 0 else alpha * (exp(x / alpha) - 1)",
    latex=r"\begin{cases} x & x > 0 \\ \alpha (e^{x/\alpha} - 1) & x \le 0 \end{cases}",
    slopes=("1 if x > 0 else exp(x / alpha)",), derivatives=(r"[x > 0] + e^{x/\alpha} [x \le 0]",),
    kinks=(Kink("x = 0", "1, the same from both sides; only the second derivative jumps, and is 0 there"),),
    composite=lambda x, alpha=1.0: choose(x > 0, x, alpha * expm1(_not_above(x) / alpha)),
    family="activation", source="Barron, Continuously differentiable exponential linear units, 2017",
)  # fmt: skip
