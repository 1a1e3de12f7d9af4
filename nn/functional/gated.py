"""Activations that multiply x by a gate between 0 and 1, and those that cut a band out around 0."""

import math

import numpy as np

from autograd.arrays import dtype_of
from autograd.operation import Kink, pointwise
from autograd.ops.piecewise import choose, clamp
from autograd.ops.shapes import to
from autograd.ops.special import erfc, exp_of_square, sigmoid
from autograd.ops.trigonometric import tanh

from .rectifiers import hardsigmoid
from .smooth import softplus

_ROOT_HALF, _ROOT_TWO_OVER_PI, _DENSITY = math.sqrt(0.5), math.sqrt(2.0 / math.pi), 1.0 / math.sqrt(2.0 * math.pi)

_sigmoid = sigmoid.forward
_SMALL = "Elfwing, Uchibe, Doya, Sigmoid-weighted linear units, Neural Networks 107, 2018"
_GELU = "Hendrycks, Gimpel, Gaussian error linear units (GELUs), 2016"


def _wide(x):
    """`x`, if it is in float32, in float64: a rounding error of what stands in an exponential is multiplied by its size."""
    return to(x, dtype=np.float64) if dtype_of(x) == np.float32 else x


def _narrow(y, x):
    """Raw numbers `y` in the format of `x`."""
    return y.astype(np.float32) if dtype_of(x) == np.float32 else y


def _silu_rule(g, y, x):
    return g * (sigmoid(x) * (1.0 + x * sigmoid(-x)))  # sigmoid(-x) is 1 - sigmoid(x) with all its digits


silu = pointwise(
    "silu", lambda x: x * _sigmoid(x), _silu_rule,
    text="x * sigmoid(x)", latex=r"x\,\sigma(x)", slopes=("sigmoid(x) * (1 + x * (1 - sigmoid(x)))",),
    derivatives=(r"\sigma(x)\,(1 + x\,(1 - \sigma(x)))",),
    scalar=lambda x: x / (1.0 + math.exp(-x)), composite=lambda x: x * sigmoid(x), family="activation", source=_SMALL,
)  # fmt: skip


def _normal(x):
    """Φ(x), the standard normal distribution function, with its tail in full precision."""
    return 0.5 * erfc(-_ROOT_HALF * x)


# √½ in two parts whose products with such parts are exact, and what the number that stands for it lacks.
_SPLIT = 134217729.0
_ROOT_HIGH = _SPLIT * _ROOT_HALF - (_SPLIT * _ROOT_HALF - _ROOT_HALF)
_ROOT_LOW, _ROOT_REST = _ROOT_HALF - _ROOT_HIGH, -4.8336466567264567e-17


def _rounding(x):
    """The part of √½·x that is lost when it is rounded to a float64 (T. J. Dekker, Numerische Mathematik 18, 1971)."""
    high = _SPLIT * x - (_SPLIT * x - x)
    low = x - high
    product = _ROOT_HALF * x
    return ((high * _ROOT_HIGH - product) + high * _ROOT_LOW + low * _ROOT_HIGH) + low * _ROOT_LOW + x * _ROOT_REST


def _gelu(x):
    """x·Φ(x) in float64; one step along the tangent makes good that √½·x is rounded, which matters in the tail."""
    wide = _wide(x)
    inside = np.clip(wide, -40.0, 40.0)
    below = _normal(inside) + _rounding(inside) * (_ROOT_HALF * 2.0 * _DENSITY) * np.exp(-0.5 * (inside * inside))
    return _narrow(wide * below, x)


def _gelu_of_float(x):
    if x < -40.0:
        return x * 0.0
    slope = _rounding(x) * (_ROOT_HALF * 2.0 * _DENSITY) * math.exp(-0.5 * x * x) if x < 0.0 else 0.0
    return x * (0.5 * math.erfc(-_ROOT_HALF * x) + slope)


gelu = pointwise(
    "gelu", _gelu,
    lambda g, y, x: g * (_normal(x) + x * (_DENSITY * exp_of_square(x, -0.5))),
    text="x * Φ(x), Φ the standard normal distribution", latex=r"x\,\Phi(x) = \tfrac{x}{2}\,(1 + \operatorname{erf}(x / \sqrt 2))",
    slopes=("Φ(x) + x * exp(-x² / 2) / sqrt(2π)",), derivatives=(r"\Phi(x) + x\,\varphi(x)",),
    scalar=_gelu_of_float, composite=lambda x: x * _normal(x), family="activation", source=_GELU,
)  # fmt: skip


def _gelu_tanh_inner(x):
    return _ROOT_TWO_OVER_PI * (x + 0.044715 * (x * x * x))


def _gelu_tanh_rule(g, y, x):
    x = clamp(_wide(x), -1e4, 1e4)  # far beyond where the slope is 0 or 1, and its cube is finite
    double = 2.0 * _gelu_tanh_inner(x)
    gate = sigmoid(double)  # ½(1 + tanh u) = σ(2u), with its small values in full precision
    inner_slope = _ROOT_TWO_OVER_PI * (1.0 + 0.134145 * (x * x))
    return g * (gate + gate * sigmoid(-double) * (2.0 * x * inner_slope))


def _gelu_tanh(x):
    wide = _wide(x)
    return _narrow(wide * _sigmoid(2.0 * _gelu_tanh_inner(wide)), x)


gelu_tanh = pointwise(
    "gelu_tanh", _gelu_tanh, _gelu_tanh_rule,
    symbol="gelu tanh", text="x / 2 * (1 + tanh(sqrt(2 / π) * (x + 0.044715 * x³)))",
    latex=r"\tfrac{x}{2}\,(1 + \tanh[\sqrt{2/\pi}\,(x + 0.044715\,x^3)])",
    slopes=("(1 + t) / 2 + x / 2 * (1 - t²) * sqrt(2 / π) * (1 + 0.134145 * x²), t the tanh",),
    derivatives=(r"\tfrac{1 + t}{2} + \tfrac{x}{2}\,(1 - t^2) \sqrt{2/\pi}\,(1 + 0.134145\,x^2)",),
    scalar=lambda x: x / (1.0 + math.exp(-2.0 * _gelu_tanh_inner(x))),
    composite=lambda x: 0.5 * x * (1.0 + tanh(_gelu_tanh_inner(x))), family="activation", source=_GELU,
)  # fmt: skip


def _gelu_sigmoid_rule(g, y, x):
    x = _wide(x)
    gate = sigmoid(1.702 * x)
    return g * (gate + gate * x * (1.702 * sigmoid(-1.702 * x)))  # in this order 1.702·x, which may overflow, does not occur


def _gelu_sigmoid(x):
    wide = _wide(x)
    return _narrow(wide * _sigmoid(1.702 * wide), x)


gelu_sigmoid = pointwise(
    "gelu_sigmoid", _gelu_sigmoid, _gelu_sigmoid_rule,
    symbol="gelu σ", text="x * sigmoid(1.702 * x)", latex=r"x\,\sigma(1.702\,x)",
    slopes=("s * (1 + 1.702 * x * (1 - s)), s = sigmoid(1.702 * x)",), derivatives=(r"s\,(1 + 1.702\,x\,(1 - s))",),
    scalar=lambda x: x / (1.0 + math.exp(-1.702 * x)), composite=lambda x: x * sigmoid(1.702 * x), family="activation", source=_GELU,
)  # fmt: skip


def _mish(x):
    return x * np.tanh(np.logaddexp(0.0, x))


def _mish_rule(g, y, x):
    x = _wide(x)
    gate = softplus(x)
    return g * (tanh(gate) + x * sigmoid(x) * (4.0 * sigmoid(2.0 * gate) * sigmoid(-2.0 * gate)))  # 4σ(2u)σ(−2u) = 1 − tanh² u


mish = pointwise(
    "mish", _mish, _mish_rule,
    text="x * tanh(softplus(x))", latex=r"x \tanh(\ln(1 + e^x))",
    slopes=("t + x * sigmoid(x) * (1 - t²), t = tanh(softplus(x))",), derivatives=(r"t + x\,\sigma(x)\,(1 - t^2)",),
    scalar=lambda x: x * math.tanh(math.log1p(math.exp(x))), composite=lambda x: x * tanh(softplus(x)), family="activation", source="Misra, Mish: a self regularized activation, BMVC 2020",
)  # fmt: skip

hardswish = pointwise(
    "hardswish", lambda x: x * (np.clip(x + 3.0, 0.0, 6.0) / 6.0),
    lambda g, y, x: choose(x <= -3, 0.0, choose(x < 3, g * (x / 3.0 + 0.5), g)),
    text="x * min(max(x + 3, 0), 6) / 6", latex=r"\tfrac{x}{6} \min(\max(x + 3, 0), 6)",
    slopes=("0 if x <= -3 else x / 3 + 1/2 if x < 3 else 1",),
    derivatives=(r"\begin{cases} 0 & x \le -3 \\ \tfrac x3 + \tfrac12 & -3 < x < 3 \\ 1 & x \ge 3 \end{cases}",),
    scalar=lambda x: x * (min(max(x + 3.0, 0.0), 6.0) / 6.0), kinks=(Kink(-3.0, 0.0), Kink(3.0, 1.0)),
    composite=lambda x: x * hardsigmoid(x), family="activation", source="Howard et al., Searching for MobileNetV3, ICCV 2019",
)  # fmt: skip

glu = pointwise(
    "glu", lambda a, b: a * _sigmoid(b), lambda g, y, a, b: g * sigmoid(b), lambda g, y, a, b: g * a * (sigmoid(b) * sigmoid(-b)),
    text="a * sigmoid(b)", latex=r"a\,\sigma(b)", slopes=("sigmoid(b)", "a * sigmoid(b) * (1 - sigmoid(b))"),
    derivatives=(r"\sigma(b)", r"a\,\sigma(b)\,(1 - \sigma(b))"),
    composite=lambda a, b: a * sigmoid(b), family="activation",
    source="Dauphin, Fan, Auli, Grangier, Language modeling with gated convolutional networks, ICML 2017",
)  # fmt: skip

softshrink = pointwise(
    "softshrink", lambda x, *, lambd=0.5: np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, x * 0.0)),
    lambda g, y, x, lambd=0.5: choose(abs(x) <= lambd, 0.0, g),
    text="x - lambd if x > lambd else x + lambd if x < -lambd else 0",
    latex=r"\begin{cases} x - \lambda & x > \lambda \\ x + \lambda & x < -\lambda \\ 0 & \text{else} \end{cases}",
    slopes=("1 if |x| > lambd else 0",), derivatives=(r"[|x| > \lambda]",), kinks=(Kink("|x| = lambd", 0.0),),
    composite=lambda x, lambd=0.5: choose(x > lambd, x - lambd, choose(x < -lambd, x + lambd, 0.0)), family="activation",
)  # fmt: skip

hardshrink = pointwise(
    "hardshrink", lambda x, *, lambd=0.5: np.where((x >= -lambd) & (x <= lambd), 0.0, x),
    lambda g, y, x, lambd=0.5: choose(abs(x) <= lambd, 0.0, g),
    text="x if |x| > lambd else 0", latex=r"\begin{cases} x & |x| > \lambda \\ 0 & \text{else} \end{cases}",
    slopes=("1 if |x| > lambd else 0",), derivatives=(r"[|x| > \lambda]",),
    kinks=(Kink("|x| = lambd", "0; the function jumps"),),
    composite=lambda x, lambd=0.5: choose(abs(x) <= lambd, 0.0, x), family="activation",
)  # fmt: skip
