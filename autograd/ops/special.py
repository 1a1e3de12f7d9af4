"""The logistic function, sums of exponentials, the error function."""

import math

import numpy as np

from ..arrays import dtype_of
from ..kernels import double
from ..operation import Domain, pointwise
from . import rounded
from .comparison import isinf, trunc
from .exponential import exp, expm1
from .piecewise import choose
from .shapes import to

_LN2 = math.log(2.0)


def _sigmoid(x):
    """1/(1 + e⁻ˣ), from e^−|x| so that nothing overflows and the tail keeps its digits."""
    small = rounded.exp(-np.abs(x))
    return np.where(x < 0, small, 1) / (1 + small)


def _sigmoid_of_float(x):
    return 1.0 / (1.0 + math.exp(-x)) if x > -700.0 else math.exp(x)


def _sigmoid_rule(g, y, x):
    """g·y·(1 − y), with 1 − y = σ(−x), which keeps its digits where y is near 1."""
    if x.__class__ is np.ndarray and g.__class__ is np.ndarray:  # the same in fewer passes, from s = e^−|x|
        small = rounded.exp(-np.abs(x))
        return g * (small / (1.0 + small * (2.0 + small)))
    return g * (y * (_sigmoid_of_float(-x) if x.__class__ is float else sigmoid(-x)))


sigmoid = pointwise(
    "sigmoid", _sigmoid, _sigmoid_rule,
    symbol="σ", text="1 / (1 + exp(-x))", latex=r"\sigma(x) = \frac{1}{1 + e^{-x}}", slopes=("y * (1 - y)",),
    derivatives=(r"\sigma(x)\,(1 - \sigma(x))",),
    scalar=_sigmoid_of_float, composite=lambda x: 1.0 / (1.0 + exp(-x)), family="activation",
)  # fmt: skip
expit = sigmoid


@rounded.in_double
def _logit(x):
    """ln(x/(1 − x)); near 1/2, where the quotient is near 1, from its distance to 1."""
    distance = (2 * x - 1) / (1 - x)
    return np.where(np.abs(x - 0.5) < 1 / 6, np.log1p(np.where(x < 0.8, distance, 0)), np.log(x / (1 - x)))


logit = pointwise(
    "logit", _logit, lambda g, y, x: g / (x * (1.0 - x)),
    text="ln(x / (1 - x))", latex=r"\ln \frac{x}{1 - x}", slopes=("1 / (x * (1 - x))",),
    derivatives=(r"\frac{1}{x (1 - x)}",),
    domain=(Domain(0.0, 1.0),), family="exponential",
)  # fmt: skip


def _gap(a, b):
    """a − b, where two equal infinities lie 0 apart."""
    return choose((a == b) & isinf(a), 0.0, a - b)


logaddexp = pointwise(
    "logaddexp", np.logaddexp,
    lambda g, y, a, b: g * sigmoid(_gap(a, b)), lambda g, y, a, b: g * sigmoid(_gap(b, a)),
    text="ln(exp(a) + exp(b))", latex=r"\ln(e^a + e^b)", slopes=("exp(a - y)", "exp(b - y)"),
    derivatives=("e^{a - y}", "e^{b - y}"),
    family="exponential", ufuncs=("logaddexp",),
)  # fmt: skip

logaddexp2 = pointwise(
    "logaddexp2", np.logaddexp2,
    lambda g, y, a, b: g * sigmoid(_gap(a, b) * _LN2), lambda g, y, a, b: g * sigmoid(_gap(b, a) * _LN2),
    text="log2(2 ** a + 2 ** b)", latex=r"\log_2(2^a + 2^b)", slopes=("2 ** (a - y)", "2 ** (b - y)"),
    derivatives=("2^{a - y}", "2^{b - y}"),
    family="exponential", ufuncs=("logaddexp2",),
)  # fmt: skip


# -- the error function ------------------------------------------------------------------------------------------------

_BLOCK = 8192  # entries at a time: forty passes over an array are quick as long as it stays in the cache


def _in_blocks(function):
    """`function` of a float64 vector as a function of any array, in float64 inside and the array's precision outside."""

    def forward(x):
        x = np.asarray(x)
        flat = x.reshape(-1)
        result = np.empty(flat.shape, x.dtype if x.dtype.kind == "f" else np.float64)
        for start in range(0, flat.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            result[block] = function(flat[block].astype(np.float64))
        return result.reshape(x.shape)

    return forward


def cut(x, bits):
    """The raw number nearest to x that has so many bits less than its format."""
    shifted = x * (2.0**bits + 1.0)
    return shifted - (shifted - x)


def near_and_away(z):
    """Raw z ≤ 64 as 2⁻²⁰ths, the square of which is exact, and what is left."""
    near = (z + double.GRID) - double.GRID
    return near, z - near


def product(a, b):
    """Raw a · b and what was lost in rounding it."""
    whole, head, top = a * b, cut(a, 27), cut(b, 27)
    low, rest = a - head, b - top
    return whole, ((head * top - whole) + (head * rest + low * top)) + low * rest


def quotient(p, above):
    """Raw p / above as a number of 24 bits and the rest, for an `above` of 29 bits at most: nothing is rounded."""
    share = p / above
    head = cut(share, 29)
    rest = share - head
    return head, rest + ((p - head * above) - rest * above) / above


def _tail(x):
    """erfc(x) for raw x >= 0."""
    near, away = near_and_away(choose(x > 27.5, 27.5, x))
    head, rest = quotient(*double.erfc_share(near))
    power = exp(-near * near)
    tail, lost = product(power, head)
    return tail + (power * (rest - double.between_erfcs(near, away)) + lost)


@_in_blocks
def _erf(x):
    inside = np.abs(x) < 1.0
    near, far = x[inside], x[~inside]
    result = np.empty_like(x)
    result[inside] = double.erf_near(near)
    result[~inside] = np.copysign(1.0 - _tail(np.abs(far)), far)
    return result


@_in_blocks
def _erfc(x):
    inside = np.abs(x) < 0.5
    near, far = x[inside], x[~inside]
    tail = _tail(np.abs(far))
    result = np.empty_like(x)
    result[inside] = 1.0 - double.erf_near(near)
    result[~inside] = np.where(far < 0.0, 2.0 - tail, tail)
    return result


def _erfc_of_float(x):
    if abs(x) < 0.5:
        return 1.0 - double.erf_near(x)
    return 2.0 - _tail(-x) if x < 0.0 else _tail(x)


_TWO_BY_ROOT_PI = 2.0 / math.sqrt(math.pi)


def exp_of_sum(whole, rest):
    """e^(whole + rest), where the rounding error of the sum would be one of the whole result."""
    first = exp(whole)
    return first + first * expm1(rest)


def exp_of_square(x, factor):
    """e^(factor·x²): the rounding error of x², which would be one of the whole result, is kept out.

    x² = n² + (x − n)(x + n), with n the 64ths of x, whose square is exact. As n is a constant, this may be differentiated.
    """
    x = choose(abs(x) > 40.0, 40.0, x)  # beyond, the result is 0
    near = trunc(64.0 * x) / 64.0
    return exp_of_sum(factor * (near * near), factor * ((x - near) * (x + near)))


erf = pointwise(
    "erf", _erf, lambda g, y, x: g * (_TWO_BY_ROOT_PI * exp_of_square(x, -1.0)),
    text="erf(x)", latex=r"\operatorname{erf} x = \frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt",
    slopes=("2 / sqrt(pi) * exp(-x ** 2)",), derivatives=(r"\frac{2}{\sqrt\pi} e^{-x^2}",),
    scalar=math.erf, family="special",
)  # fmt: skip

erfc = pointwise(
    "erfc", _erfc, lambda g, y, x: -(g * (_TWO_BY_ROOT_PI * exp_of_square(x, -1.0))),
    text="1 - erf(x)", latex=r"\operatorname{erfc} x = 1 - \operatorname{erf} x",
    slopes=("-2 / sqrt(pi) * exp(-x ** 2)",), derivatives=(r"-\frac{2}{\sqrt\pi} e^{-x^2}",),
    scalar=_erfc_of_float, family="special",
)  # fmt: skip


@_in_blocks
def _erfinv(y):
    """A first guess to three digits, then three steps of Halley's method, each of which triples the digits."""
    size = np.abs(y)
    rest = 1.0 - size
    log = np.log(rest * (1.0 + size))
    half = 2.0 / (math.pi * 0.147) + 0.5 * log
    x = np.sqrt(np.sqrt(half * half - log / 0.147) - half)
    for _ in range(3):
        # Where y is near 1 the distance to 1 has more digits than y itself.
        miss = np.where(size < 0.5, _erf(x) - size, rest - _erfc(x)) / (_TWO_BY_ROOT_PI * np.exp(-x * x))
        x = x - miss / (1.0 + x * miss)
    return np.copysign(np.where(size == 1.0, np.inf, x), y)


def wide(x):
    """`x`, if it is in float32, in float64: a rounding error of what stands in an exponential is multiplied by its size."""
    return to(x, dtype=np.float64) if dtype_of(x) == np.float32 else x


def _erfinv_rule(g, y, x):
    """g·√π/2·e^(y²), where the square of y, as it was rounded, is followed to that of the number meant."""
    x, y = wide(x), wide(y)
    slope = exp_of_square(y, 1.0) / _TWO_BY_ROOT_PI
    slope = slope + slope * _rounding_of_square(np.abs(np.asarray(y)), np.abs(np.asarray(x)))
    return g * choose(isinf(y), math.inf, slope)


def _rounding_of_square(y, x):
    """How much y² is too small for erf(y) = x, both from 0 on: 2·y times what a step of Newton's method adds to y."""
    with np.errstate(all="ignore"):
        miss = ((1.0 - x) - erfc.forward(y)) * np.exp(y * y)
        return np.where((x > 0.5) & (x < 1.0), -miss * y * (2.0 / _TWO_BY_ROOT_PI), 0.0).astype(y.dtype)


erfinv = pointwise(
    "erfinv", _erfinv, _erfinv_rule,
    symbol="erf⁻¹", text="the y with erf(y) = x", latex=r"\operatorname{erf}^{-1} x",
    slopes=("sqrt(pi) / 2 * exp(y ** 2)",), derivatives=(r"\frac{\sqrt\pi}{2} e^{y^2}",),
    domain=(Domain(-1.0, 1.0),), family="special",
    source="First guess: S. Winitzki, A handy approximation for the error function and its inverse, 2008",
)  # fmt: skip
