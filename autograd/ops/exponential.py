"""Exponentials, logarithms and roots."""

import math

import numpy as np

from ..operation import NONNEGATIVE, POSITIVE, REAL, Domain, Kink, pointwise
from . import rounded
from .piecewise import choose

_LN2, _LN10 = math.log(2.0), math.log(10.0)
_LOG2_E, _LOG10_E = 1.0 / _LN2, 1.0 / _LN10

exp = pointwise(
    "exp", rounded.exp, lambda g, y, x: g * y,
    text="exp(x)", latex="e^x", slopes=("exp(x) = y",), derivatives=("e^x = y",),
    scalar=math.exp, family="exponential", ufuncs=("exp",),
)  # fmt: skip

exp2 = pointwise(
    "exp2", np.exp2, lambda g, y, x: g * (y * _LN2),
    symbol="2ˣ", text="2 ** x", latex="2^x", slopes=("2 ** x * ln(2)",), derivatives=(r"2^x \ln 2",),
    scalar=math.exp2, family="exponential", ufuncs=("exp2",),
)  # fmt: skip

expm1 = pointwise(
    "expm1", rounded.expm1, lambda g, y, x: g * exp(x),
    symbol="exp−1", text="exp(x) - 1", latex="e^x - 1", slopes=("exp(x)",), derivatives=("e^x",),
    scalar=math.expm1, family="exponential", ufuncs=("expm1",),
)  # fmt: skip

log = pointwise(
    "log", rounded.log, lambda g, y, x: g / x,
    symbol="ln", text="ln(x)", latex=r"\ln x", slopes=("1 / x",), derivatives=(r"\frac{1}{x}",),
    scalar=math.log, domain=(POSITIVE,), family="exponential", ufuncs=("log",),
)  # fmt: skip

log2 = pointwise(
    "log2", rounded.log2, lambda g, y, x: g * _LOG2_E / x,
    text="log2(x)", latex=r"\log_2 x", slopes=("1 / (x * ln(2))",), derivatives=(r"\frac{1}{x \ln 2}",),
    scalar=math.log2, domain=(POSITIVE,), family="exponential", ufuncs=("log2",),
)  # fmt: skip

log10 = pointwise(
    "log10", rounded.log10, lambda g, y, x: g * _LOG10_E / x,
    text="log10(x)", latex=r"\log_{10} x", slopes=("1 / (x * ln(10))",), derivatives=(r"\frac{1}{x \ln 10}",),
    scalar=math.log10, domain=(POSITIVE,), family="exponential", ufuncs=("log10",),
)  # fmt: skip

log1p = pointwise(
    "log1p", np.log1p, lambda g, y, x: g / (1.0 + x),
    symbol="ln(1+x)", text="ln(1 + x)", latex=r"\ln(1 + x)", slopes=("1 / (1 + x)",),
    derivatives=(r"\frac{1}{1 + x}",),
    scalar=math.log1p, domain=(Domain(-1.0),), family="exponential", ufuncs=("log1p",),
)  # fmt: skip

sqrt = pointwise(
    "sqrt", np.sqrt, lambda g, y, x: g * 0.5 / y,
    symbol="√", text="sqrt(x)", latex=r"\sqrt{x}", slopes=("1 / (2 * sqrt(x))",), derivatives=(r"\frac{1}{2\sqrt{x}}",),
    scalar=math.sqrt, domain=(NONNEGATIVE,), kinks=(Kink(0.0, "inf"),), family="exponential", ufuncs=("sqrt",),
)  # fmt: skip

rsqrt = pointwise(
    "rsqrt", lambda x: 1.0 / np.sqrt(x), lambda g, y, x: g * (-0.5 * y / x),
    symbol="1/√", text="1 / sqrt(x)", latex=r"\frac{1}{\sqrt{x}}", slopes=("-1 / (2 * x * sqrt(x))",),
    derivatives=(r"-\frac{1}{2}\,x^{-3/2}",),
    scalar=lambda x: 1.0 / math.sqrt(x), domain=(POSITIVE,), family="exponential",
)  # fmt: skip


def _cbrt_rule(g, y, x):
    """g·y/(3x), which has one rounding error of y where 1/(3y²) has two."""
    zero = x == 0.0
    return g * choose(zero, math.inf, y / choose(zero, 1.0, x) / 3.0)


cbrt = pointwise(
    "cbrt", rounded.cbrt, _cbrt_rule,
    symbol="∛", text="cbrt(x)", latex=r"\sqrt[3]{x}", slopes=("1 / (3 * cbrt(x) ** 2)",),
    derivatives=(r"\frac{1}{3\sqrt[3]{x}^2}",),
    kinks=(Kink(0.0, "inf"),), family="exponential", ufuncs=("cbrt",),
)  # fmt: skip


def _xlogy(a, b):
    a, b = np.asarray(a), np.asarray(b)
    nothing = (a == 0) & ~np.isnan(b)
    return np.where(nothing, 0, a * np.log(np.where(nothing, 1, b)))


def _xlogy_by_factor(g, y, a, b):
    """g·ln b; 0 where the product was 0 by convention."""
    nothing = (a == 0.0) & (b <= 0.0)
    return choose(nothing, 0.0, g) * log(choose(nothing, 1.0, b))


def _xlogy_by_argument(g, y, a, b):
    nothing = (a == 0.0) & (b == 0.0)
    return choose(nothing, 0.0, g) * (a / choose(nothing, 1.0, b))


xlogy = pointwise(
    "xlogy", _xlogy, _xlogy_by_factor, _xlogy_by_argument,
    symbol="a ln b", text="a * ln(b), 0 where a = 0", latex=r"a \ln b", slopes=("ln(b)", "a / b"),
    derivatives=(r"\ln b", r"\frac{a}{b}"),
    domain=(REAL, POSITIVE), kinks=(Kink("a = 0 and b <= 0", 0.0),), family="exponential",
)  # fmt: skip
