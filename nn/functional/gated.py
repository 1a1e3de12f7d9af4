"""Activations that multiply x by a gate between 0 and 1, and those that cut a band out around 0."""

import math

import numpy as np

from autograd.arrays import RAW
from autograd.errors import ArgumentError
from autograd.kernels.double import LOWER, LOWEST, between_normals, cubic, lowered, normal_share, one_and, raised
from autograd.operation import Kink, pointwise
from autograd.ops.comparison import trunc
from autograd.ops.exponential import exp, expm1
from autograd.ops.piecewise import abs, choose, clamp
from autograd.ops.rounded import in_double, only_in_double
from autograd.ops.special import erfc, exp_of_square, near_and_away, product, quotient, sigmoid, wide
from autograd.ops.trigonometric import tanh

from .rectifiers import hardsigmoid
from .smooth import softplus

_ROOT_HALF, _ROOT_TWO_OVER_PI, _DENSITY = math.sqrt(0.5), math.sqrt(2.0 / math.pi), 1.0 / math.sqrt(2.0 * math.pi)

_sigmoid = sigmoid.forward
_SMALL = "Elfwing, Uchibe, Doya, Sigmoid-weighted linear units, Neural Networks 107, 2018"
_GELU = "Hendrycks, Gimpel, Gaussian error linear units (GELUs), 2016"


# Powers of e come in two parts, power·(1 + more), and 2^64 times too large or too small, as in the kernels: what they
# are multiplied by or added to is rounded but once, and a result may be normal where the power is not.


def _gated(x, whole, rest):
    """x·σ(u) as x/(1 + e^−u), from whole + rest = u, two raw numbers."""
    whole = clamp(-whole, -40.0, -LOWEST)
    below = one_and(*lowered(whole, -rest, whole - rest))
    return choose(x > 1e3, x, clamp(x, LOWEST, 1e3) / below * LOWER)


def _raised(whole, rest):
    """(power, more) with 2^64·e^−(whole + rest) = power·(1 + more), for raw numbers, whole ≥ 0."""
    far, whole = whole > -LOWEST, clamp(whole, None, -LOWEST)
    power, more = raised(-whole, -rest, -whole - rest)
    return choose(far, 0.0, power), more


def _gated_slope(power, more, line, curve, x):
    """Its slope σ(u)·(1 + x·u′·σ(−u)), from 2^64·e^−|u| and x·u′ = line + curve.

    Over one denominator, so that nothing but 1 − line − curve can cancel; right of 0 it is 1 less that of −x.
    """
    small = (power + power * more) * LOWER
    scaled = ((1.0 - curve) + small - line) * power
    below = (scaled + scaled * more) / (1.0 + small * (2.0 + small)) * LOWER
    return choose(x < 0.0, below, 1.0 - below)


def _silu(x):
    return _gated(x, x, 0.0)


def _silu_of_float(x):
    return x / (1.0 + math.exp(-x)) if x > -700.0 else _silu(x)


def _silu_rule(g, y, x):
    if x.__class__ is float and -700.0 < x < 700.0:
        small = math.exp(-math.fabs(x))
        below = small * ((1.0 + small) - math.fabs(x)) / (1.0 + small * (2.0 + small))
        return g * (below if x < 0.0 else 1.0 - below)
    if x.__class__ in RAW:
        z = clamp(abs(wide(x)), None, 1e4)
        return g * _gated_slope(*_raised(z, 0.0), z, 0.0, x)
    x = clamp(x, -1e4, 1e4)
    return g * (sigmoid(x) * (1.0 + x * sigmoid(-x)))  # sigmoid(-x) is 1 - sigmoid(x) with all its digits


silu = pointwise(
    "silu", only_in_double(_silu), _silu_rule,
    text="x * sigmoid(x)", latex=r"x\,\sigma(x)", slopes=("sigmoid(x) * (1 + x * (1 - sigmoid(x)))",),
    derivatives=(r"\sigma(x)\,(1 + x\,(1 - \sigma(x)))",),
    scalar=_silu_of_float, composite=lambda x: x * sigmoid(x), family="activation", source=_SMALL,
)  # fmt: skip


def _normal(x):
    """Φ(x), the standard normal distribution function, with its tail in full precision."""
    return 0.5 * erfc(-_ROOT_HALF * x)


def _gelu(x):
    """max(x, 0) − |x|·Φ(−|x|), the latter from the numbers beside it whose squares are exact."""
    z = clamp(abs(x), None, 39.0)
    near, away = near_and_away(z)
    head, rest = quotient(*normal_share(near))  # near · head is exact
    power = exp(-0.5 * (near * near))
    tail, lost = product(power, near * head)
    rest = lost + power * (z * rest + (away * head - z * between_normals(near, away)))
    return choose(x < 0.0, 0.0, x) - tail - rest  # -0 stays -0


def _gelu_rule(g, y, x):
    if x.__class__ in RAW:
        x = wide(x)
        z = clamp(abs(x), 0.0, 60.0)
        near, away = near_and_away(z)
        head, rest = quotient(*normal_share(near))
        power, more = _raised(0.5 * (near * near), 0.0)
        density = _DENSITY * z
        rest = rest - between_normals(near, away) - density * expm1(-0.5 * away * (z + near))
        slope = (head - density) + rest
        below = (slope + slope * more) * power * LOWER
        return g * choose(x < 0.0, below, 1.0 - below)
    x = clamp(x, -40.0, 40.0)
    return g * (_normal(x) + x * (_DENSITY * exp_of_square(x, -0.5)))


gelu = pointwise(
    "gelu", in_double(_gelu), _gelu_rule,
    text="x * Φ(x), Φ the standard normal distribution", latex=r"x\,\Phi(x) = \tfrac{x}{2}\,(1 + \operatorname{erf}(x / \sqrt 2))",
    slopes=("Φ(x) + x * exp(-x² / 2) / sqrt(2π)",), derivatives=(r"\Phi(x) + x\,\varphi(x)",),
    scalar=_gelu, composite=lambda x: x * _normal(x), family="activation", source=_GELU,
)  # fmt: skip


def _gelu_tanh_inner(x):
    return _ROOT_TWO_OVER_PI * (x + 0.044715 * (x * x * x))


_CUBIC, _THRICE_CUBE = 1.5957691216057308, 0.21406444881780073  # 2√(2/π), and 3·0.044715 times it


def _gelu_tanh(x):
    return _gated(x, *cubic(clamp(x, -24.0, 24.0)))


def _gelu_tanh_rule(g, y, x):
    x = clamp(wide(x), -1e4, 1e4)  # far beyond where the slope is 0 or 1, and its cube is finite
    if x.__class__ in RAW:
        z = abs(x)
        power, more = _raised(*cubic(clamp(z, None, 24.0)))
        return g * _gated_slope(power, more, _CUBIC * z, _THRICE_CUBE * z * (z * z), x)
    double = 2.0 * _gelu_tanh_inner(x)
    gate = sigmoid(double)  # ½(1 + tanh u) = σ(2u), with its small values in full precision
    inner_slope = _ROOT_TWO_OVER_PI * (1.0 + 0.134145 * (x * x))
    return g * (gate + gate * sigmoid(-double) * (2.0 * x * inner_slope))


gelu_tanh = pointwise(
    "gelu_tanh", only_in_double(_gelu_tanh), _gelu_tanh_rule,
    symbol="gelu tanh", text="x / 2 * (1 + tanh(sqrt(2 / π) * (x + 0.044715 * x³)))",
    latex=r"\tfrac{x}{2}\,(1 + \tanh[\sqrt{2/\pi}\,(x + 0.044715\,x^3)])",
    slopes=("(1 + t) / 2 + x / 2 * (1 - t²) * sqrt(2 / π) * (1 + 0.134145 * x²), t the tanh",),
    derivatives=(r"\tfrac{1 + t}{2} + \tfrac{x}{2}\,(1 - t^2) \sqrt{2/\pi}\,(1 + 0.134145\,x^2)",),
    scalar=lambda x: float(_gelu_tanh(x)), composite=lambda x: 0.5 * x * (1.0 + tanh(_gelu_tanh_inner(x))), family="activation", source=_GELU,
)  # fmt: skip


_GATE, _GATE_HIGH, _GATE_LOW = 1.702, 1.701999992132187, 7.867813110351563e-09  # in two parts; the first has 26 bits


def _gate(z):
    """1.702·z as a sum for raw z, with the rounding error of the product kept out."""
    z = clamp(z, -1e4, 1e4)
    near = trunc(65536.0 * z) / 65536.0
    return _GATE_HIGH * near, _GATE_LOW * near + _GATE * (z - near)


def _gelu_sigmoid(x):
    return _gated(x, *_gate(x))


def _gelu_sigmoid_rule(g, y, x):
    x = wide(x)
    if x.__class__ in RAW:
        z = clamp(abs(x), None, 1e4)
        return g * _gated_slope(*_raised(*_gate(z)), _GATE * z, 0.0, x)
    gate = sigmoid(_GATE * x)
    return g * (gate + gate * x * (_GATE * sigmoid(-_GATE * x)))  # in this order 1.702·x, which may overflow, does not occur


gelu_sigmoid = pointwise(
    "gelu_sigmoid", only_in_double(_gelu_sigmoid), _gelu_sigmoid_rule,
    symbol="gelu σ", text="x * sigmoid(1.702 * x)", latex=r"x\,\sigma(1.702\,x)",
    slopes=("s * (1 + 1.702 * x * (1 - s)), s = sigmoid(1.702 * x)",), derivatives=(r"s\,(1 + 1.702\,x\,(1 - s))",),
    scalar=lambda x: float(_gelu_sigmoid(x)), composite=lambda x: x * sigmoid(1.702 * x), family="activation", source=_GELU,
)  # fmt: skip


def _mish(x):
    """x·(1 − 2/d), or far left, where this cancels, x·e·(1 − e(1 + e)/d); e = eˣ, d = 2 + 2e + e² = 5 + m(4 + m)."""
    x = clamp(x, LOWEST, None)
    inner = clamp(x, None, 20.0)
    power, more = raised(inner, 0.0, inner)
    m, scaled = expm1(inner), inner * power
    below = 5.0 + m * (4.0 + m)
    rest = more - (1.0 + more) * ((1.0 + m) * (2.0 + m) / below)
    y = choose(x < -0.45, (scaled + scaled * rest) * LOWER, x - inner * (2.0 / below))
    return np.copysign(y, x)  # -0 stays -0


def _mish_rule(g, y, x):
    if x.__class__ in RAW:  # over one denominator, so that nothing but 4(1 + x) can cancel; from 0 on as 1 less the rest
        x = clamp(wide(x), LOWEST, 20.0)
        power, more = raised(x, 0.0, x)
        e = (power + power * more) * LOWER
        partly = e * e + 2.0 * e
        below = 4.0 + partly * (4.0 + partly)
        scaled = (4.0 * x + (4.0 + e * ((6.0 + 4.0 * x) + e * (4.0 + e)))) * power
        right = 1.0 - ((4.0 + 2.0 * partly) - 4.0 * x * (e * (1.0 + e))) / below
        return g * choose(x < 0.0, (scaled + scaled * more) / below * LOWER, right)
    x = clamp(x, -1e4, 1e4)
    gate = softplus(x)
    return g * (tanh(gate) + x * sigmoid(x) * (4.0 * sigmoid(2.0 * gate) * sigmoid(-2.0 * gate)))  # 4σ(2u)σ(−2u) = 1 − tanh² u


mish = pointwise(
    "mish", only_in_double(_mish), _mish_rule,
    text="x * tanh(softplus(x))", latex=r"x \tanh(\ln(1 + e^x))",
    slopes=("t + x * sigmoid(x) * (1 - t²), t = tanh(softplus(x))",), derivatives=(r"t + x\,\sigma(x)\,(1 - t^2)",),
    scalar=lambda x: float(_mish(x)), composite=lambda x: x * tanh(softplus(x)), family="activation", source="Misra, Mish: a self regularized activation, BMVC 2020",
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

def _softshrink(x, *, lambd=0.5):
    if not lambd >= 0:
        raise ArgumentError(f"softshrink: lambd is not negative, {lambd} was given")
    return np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, x * 0.0))


softshrink = pointwise(
    "softshrink", _softshrink,
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
