"""Sines and their kin: circular and hyperbolic functions, their inverses, angles and lengths."""

import math

import numpy as np

from ..kernels.double import tanh_less_one
from ..operation import Domain, Kink, operation, pointwise
from . import rounded
from .comparison import round
from .exponential import sqrt
from .piecewise import abs, choose, remainder
from .special import sigmoid, wide

_SYMMETRIC, _INSIDE, _FROM_ONE = Domain(-1.0, 1.0, open=False), Domain(-1.0, 1.0), Domain(1.0, open=False)


def _sine(x):
    """`sin` as a rule uses it: floats, which small graphs are made of, need not go through the table."""
    return math.sin(x) if x.__class__ is float else sin(x)


def _cosine(x):
    return math.cos(x) if x.__class__ is float else cos(x)


sin = pointwise(
    "sin", np.sin, lambda g, y, x: g * _cosine(x),
    text="sin(x)", latex=r"\sin x", slopes=("cos(x)",), derivatives=(r"\cos x",),
    scalar=math.sin, family="trigonometric", ufuncs=("sin",),
)  # fmt: skip

cos = pointwise(
    "cos", np.cos, lambda g, y, x: -(g * _sine(x)),
    text="cos(x)", latex=r"\cos x", slopes=("-sin(x)",), derivatives=(r"-\sin x",),
    scalar=math.cos, family="trigonometric", ufuncs=("cos",),
)  # fmt: skip

tan = pointwise(
    "tan", rounded.tan, lambda g, y, x: g * (1.0 + y * y),
    text="tan(x)", latex=r"\tan x", slopes=("1 + tan(x) ** 2",), derivatives=(r"1 + \tan^2 x",),
    scalar=math.tan, family="trigonometric", ufuncs=("tan",),
)  # fmt: skip

asin = pointwise(
    "asin", rounded.arcsin, lambda g, y, x: g / sqrt((1.0 - x) * (1.0 + x)),
    symbol="arcsin", text="arcsin(x)", latex=r"\arcsin x", slopes=("1 / sqrt(1 - x ** 2)",),
    derivatives=(r"\frac{1}{\sqrt{1 - x^2}}",), kinks=(Kink(-1.0, "inf"), Kink(1.0, "inf")),
    scalar=math.asin, domain=(_SYMMETRIC,), family="trigonometric", ufuncs=("arcsin",),
)  # fmt: skip

acos = pointwise(
    "acos", rounded.arccos, lambda g, y, x: -(g / sqrt((1.0 - x) * (1.0 + x))),
    symbol="arccos", text="arccos(x)", latex=r"\arccos x", slopes=("-1 / sqrt(1 - x ** 2)",),
    derivatives=(r"-\frac{1}{\sqrt{1 - x^2}}",), kinks=(Kink(-1.0, "-inf"), Kink(1.0, "-inf")),
    scalar=math.acos, domain=(_SYMMETRIC,), family="trigonometric", ufuncs=("arccos",),
)  # fmt: skip

atan = pointwise(
    "atan", np.arctan, lambda g, y, x: g / (1.0 + x * x),
    symbol="arctan", text="arctan(x)", latex=r"\arctan x", slopes=("1 / (1 + x ** 2)",),
    derivatives=(r"\frac{1}{1 + x^2}",),
    scalar=math.atan, family="trigonometric", ufuncs=("arctan",),
)  # fmt: skip

sinh = pointwise(
    "sinh", np.sinh, lambda g, y, x: g * cosh(x),
    text="sinh(x)", latex=r"\sinh x", slopes=("cosh(x)",), derivatives=(r"\cosh x",),
    scalar=math.sinh, family="trigonometric", ufuncs=("sinh",),
)  # fmt: skip

cosh = pointwise(
    "cosh", rounded.cosh, lambda g, y, x: g * sinh(x),
    text="cosh(x)", latex=r"\cosh x", slopes=("sinh(x)",), derivatives=(r"\sinh x",),
    scalar=math.cosh, family="trigonometric", ufuncs=("cosh",),
)  # fmt: skip


def _tanh_rule(g, y, x):
    """g·(1 − y²), without the difference where y² is so near 1 that it would lose its digits: it is also 4σ(2x)σ(−2x)."""
    if x.__class__ is float and y * y < 0.51:
        return g * (1.0 - y * y)
    if x.__class__ is np.ndarray and g.__class__ is np.ndarray:  # the same in few passes: 4s/(1 + s)² with s = e^−|2x|
        small = np.exp(-2.0 * np.abs(x))
        return g * (4.0 * small / (1.0 + small * (2.0 + small)))
    return g * choose(y * y < 0.51, 1.0 - y * y, 4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x))


def _tanh_of_float(x):
    """More exact than the C library's, whose error can be two units."""
    size = math.fabs(x)
    if size < 0.625:
        return x + x * tanh_less_one(x)
    return math.copysign(1.0 - 2.0 / (math.exp(2.0 * size) + 1.0) if size < 20.0 else 1.0, x) if x == x else x


tanh = pointwise(
    "tanh", np.tanh, _tanh_rule,
    text="tanh(x)", latex=r"\tanh x", slopes=("1 - y ** 2",), derivatives=(r"1 - \tanh^2 x",),
    scalar=_tanh_of_float, family="activation", ufuncs=("tanh",),
)  # fmt: skip

asinh = pointwise(
    "asinh", np.arcsinh, lambda g, y, x: g / hypot(x, 1.0),  # the square root of 1 + x² without overflow
    symbol="arsinh", text="arsinh(x)", latex=r"\operatorname{arsinh} x", slopes=("1 / sqrt(1 + x ** 2)",),
    derivatives=(r"\frac{1}{\sqrt{1 + x^2}}",),
    scalar=math.asinh, family="trigonometric", ufuncs=("arcsinh",),
)  # fmt: skip

acosh = pointwise(
    "acosh", np.arccosh, lambda g, y, x: g / (sqrt(x - 1.0) * sqrt(x + 1.0)),
    symbol="arcosh", text="arcosh(x)", latex=r"\operatorname{arcosh} x", slopes=("1 / sqrt(x ** 2 - 1)",),
    derivatives=(r"\frac{1}{\sqrt{x^2 - 1}}",), kinks=(Kink(1.0, "inf"),),
    scalar=math.acosh, domain=(_FROM_ONE,), family="trigonometric", ufuncs=("arccosh",),
)  # fmt: skip

atanh = pointwise(
    "atanh", np.arctanh, lambda g, y, x: g / ((1.0 - x) * (1.0 + x)),
    symbol="artanh", text="artanh(x)", latex=r"\operatorname{artanh} x", slopes=("1 / (1 - x ** 2)",),
    derivatives=(r"\frac{1}{1 - x^2}",),
    scalar=math.atanh, domain=(_INSIDE,), family="trigonometric", ufuncs=("arctanh",),
)  # fmt: skip


# -- two coordinates ------------------------------------------------------------------------------------------------


def _safe_length(a, b):
    """The length of (a, b), and 1 for the origin, where what is divided by it is 0."""
    length = hypot(a, b)
    return choose(length == 0.0, 1.0, length)


def _atan2_by_a(g, y, a, b):
    length = _safe_length(a, b)  # divided by twice, since its square may overflow
    return g * (b / length / length)


def _atan2_by_b(g, y, a, b):
    length = _safe_length(a, b)
    return -(g * (a / length / length))


atan2 = pointwise(
    "atan2", np.arctan2, _atan2_by_a, _atan2_by_b,
    text="angle of the point (b, a)", latex=r"\operatorname{atan2}(a, b)",
    slopes=("b / (a ** 2 + b ** 2)", "-a / (a ** 2 + b ** 2)"),
    derivatives=(r"\frac{b}{a^2 + b^2}", r"-\frac{a}{a^2 + b^2}"), kinks=(Kink("a = b = 0", 0.0),),
    scalar=math.atan2, family="trigonometric", ufuncs=("arctan2",),
)  # fmt: skip

hypot = pointwise(
    "hypot", np.hypot,
    lambda g, y, a, b: g * (a / choose(y == 0.0, 1.0, y)), lambda g, y, a, b: g * (b / choose(y == 0.0, 1.0, y)),
    text="sqrt(a ** 2 + b ** 2)", latex=r"\sqrt{a^2 + b^2}", slopes=("a / y", "b / y"),
    derivatives=(r"\frac{a}{y}", r"\frac{b}{y}"), kinks=(Kink("a = b = 0", 0.0),),
    scalar=math.hypot, family="trigonometric", ufuncs=("hypot",),
)  # fmt: skip

_DEGREE = math.pi / 180.0

deg2rad = pointwise(
    "deg2rad", np.deg2rad, lambda g, y, x: g * _DEGREE,
    symbol="°→rad", text="x * pi / 180", latex=r"\frac{\pi}{180} x", slopes=("pi / 180",), derivatives=(r"\frac{\pi}{180}",),
    scalar=math.radians, family="trigonometric", ufuncs=("deg2rad", "radians"),
)  # fmt: skip

rad2deg = pointwise(
    "rad2deg", np.rad2deg, lambda g, y, x: g / _DEGREE,
    symbol="rad→°", text="x * 180 / pi", latex=r"\frac{180}{\pi} x", slopes=("180 / pi",), derivatives=(r"\frac{180}{\pi}",),
    scalar=math.degrees, family="trigonometric", ufuncs=("rad2deg", "degrees"),
)  # fmt: skip


# -- sin(x) / x -------------------------------------------------------------------------------------------------------


def _spherical_bessel(x, *, order):
    return rounded.in_double(lambda x: _bessel(np.asarray(x), order))(x)


def _bessel(x, order):
    """j_n(x), by its power series near 0, where the recurrence would lose all digits."""
    near = np.abs(x) < order + 0.5
    inner, outer = np.where(near, x, 0), np.where(near, 1, x)
    return np.where(near, bessel_series(inner, order), bessel_recurrence(outer, order))


def bessel_series(x, order):
    """xⁿ/(2n+1)!! · (1 − s/(2n+3) · (1 − s/(2(2n+5)) · (1 − s/(3(2n+7)) · …))) with s = x²/2, for |x| < n + ½."""
    half, inside = 0.5 * (x * x), 1.0
    for k in range(10 + 2 * order, 0, -1):
        inside = 1.0 - half * inside / (k * (2 * order + 2 * k + 1))
    return x**order * inside / math.prod(range(1, 2 * order + 2, 2))


def bessel_recurrence(x, order):
    """Upward from j₋₁ = cos(x)/x and j₀ = sin(x)/x: j_{n+1} = (2n+1) j_n / x − j_{n−1}."""
    before, here = np.cos(x) / x, np.sin(x) / x
    for n in range(order):
        before, here = here, (2 * n + 1) * here / x - before
    return here


def _spherical_bessel_rule(g, y, x, order):
    """Derivatives of every order are sums of neighbours again: no division by x."""
    above = spherical_bessel(x, order=order + 1)
    if order == 0:
        return -(g * above)
    below = spherical_bessel(x, order=order - 1)
    return g * ((order * below - (order + 1) * above) / (2 * order + 1))


spherical_bessel = operation(
    "spherical_bessel", _spherical_bessel, (_spherical_bessel_rule,),
    symbol="jₙ", text="spherical Bessel function of order n", latex="j_n(x)",
    slopes=("(n * j[n-1] - (n + 1) * j[n+1]) / (2 * n + 1)",),
    derivatives=(r"\frac{n\,j_{n-1}(x) - (n+1)\,j_{n+1}(x)}{2n + 1}",), shape="()->()", family="trigonometric",
    source="NIST Digital Library of Mathematical Functions, section 10.51 and 10.53",
)  # fmt: skip


def sine_of_half_turns(x):
    """sin(πx)/π for |x| ≤ ½: neither π nor πx is rounded."""
    s = x * x
    p = ((2.450176143004457e-07 * s - 6.972093076721073e-06) * s + 0.00014842784150954927) * s - 0.0023460808962727504
    p = ((p * s + 0.026147847805777176) * s - 0.19075182412152333) * s + 0.8117424252833408
    return x + x * s * (p * s - 1.6449340668482264)


@rounded.in_double
def _sinc(x):
    """sin(πx)/(πx), from x less the nearest whole number."""
    whole = np.rint(x)
    sine = sine_of_half_turns(x - whole) * (1 - 2 * np.remainder(whole, 2))
    return np.where(x == 0, 1, sine / np.where(x == 0, 1, x))


def _sinc_rule(g, y, x):
    """g·(cos πx − y)/x, and by a power series near 0, where that would lose its digits."""
    wider = wide(x)
    if wider is not x:
        x, y = wider, sinc(wider)
    near = abs(x) < 0.6
    inner, outer = choose(near, x, 0.0), choose(near, 1.0, x)
    whole = round(outer)
    cosine = cos(math.pi * (outer - whole)) * (1.0 - 2.0 * remainder(whole, 2.0))
    return g * choose(near, -math.pi * spherical_bessel(math.pi * inner, order=1), (cosine - y) / outer)


sinc = pointwise(
    "sinc", _sinc, _sinc_rule,
    text="sin(pi * x) / (pi * x)", latex=r"\frac{\sin \pi x}{\pi x}", slopes=("(cos(pi * x) - y) / x, 0 at x = 0",),
    derivatives=(r"\frac{\cos \pi x - \operatorname{sinc} x}{x}",), family="trigonometric",
)  # fmt: skip

arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
arcsinh, arccosh, arctanh = asinh, acosh, atanh
