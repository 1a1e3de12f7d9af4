"""Operations with kinks: absolute value, maxima, clamps, choices, remainders. At a tie the gradient is shared."""

import math
import operator

import numpy as np

from ..errors import ArgumentError, GradientError
from ..operation import Kink, operation, pointwise
from ..recording import binary_operator, reflected_operator, unary_operator
from ..value import Value
from .comparison import round

where = pointwise(
    "where", lambda condition, a, b: np.where(condition, a, b),
    lambda g, y, condition, a, b: 0.0,
    lambda g, y, condition, a, b: where(condition, g, 0.0),
    lambda g, y, condition, a, b: where(condition, 0.0, g),
    text="a if condition else b", latex=r"\begin{cases} a & c \\ b & \text{else}\end{cases}",
    slopes=("0", "1 if condition else 0", "0 if condition else 1"), derivatives=("0", "[c]", "1 - [c]"),
    family="piecewise",
)  # fmt: skip


def choose(condition, a, b):
    """`where` as rules use it: it leaves out what is not chosen, so that no 0·inf arises; a plain bool is quick."""
    if condition.__class__ is bool:
        return a if condition else b
    if condition.__class__ is np.ndarray and a.__class__ is not Value and b.__class__ is not Value:
        return np.where(condition, a, b)
    return where(condition, a, b)


sign = pointwise(
    "sign", np.sign,
    symbol="sgn", text="sign(x)", latex=r"\operatorname{sgn} x",
    scalar=lambda x: 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0 * x, family="piecewise", ufuncs=("sign",),
)  # fmt: skip


def _abs_rule(g, y, x):
    if x.__class__ is float:
        return g if x > 0.0 else -g if x < 0.0 else 0.0 * x
    return g * sign(x)


abs = pointwise(
    "abs", np.absolute, _abs_rule,
    symbol="|x|", text="|x|", latex="|x|", slopes=("sign(x)",), derivatives=(r"\operatorname{sgn} x",),
    kinks=(Kink(0.0, 0.0),), scalar=math.fabs, family="piecewise", ufuncs=("absolute", "fabs"),
)  # fmt: skip

relu = pointwise(
    "relu", lambda x: np.maximum(x, 0), lambda g, y, x: choose(y <= 0.0, 0.0, g),
    text="max(0, x)", latex=r"\max(0, x)", slopes=("1 if x > 0 else 0",), derivatives=("[x > 0]",),
    kinks=(Kink(0.0, 0.0),), scalar=lambda x: 0.0 if x <= 0.0 else x, family="activation",
    source="Nair & Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, ICML 2010",
)  # fmt: skip


def _to_larger(g, a, b):
    """g where a is the larger of the two, half of it at a tie; both get it where one is nan."""
    return choose(a == b, 0.5 * g, choose(a < b, 0.0, g))


maximum = pointwise(
    "maximum", np.maximum, lambda g, y, a, b: _to_larger(g, a, b), lambda g, y, a, b: _to_larger(g, b, a),
    symbol="max", text="max(a, b)", latex=r"\max(a, b)",
    slopes=("1 if a > b, 1/2 if a = b, else 0", "1 if b > a, 1/2 if a = b, else 0"),
    derivatives=(r"[a > b] + \tfrac{1}{2}[a = b]", r"[b > a] + \tfrac{1}{2}[a = b]"),
    kinks=(Kink("a = b", 0.5),), scalar=lambda a, b: a if a >= b or a != a else b,
    family="piecewise", ufuncs=("maximum",),
)  # fmt: skip

minimum = pointwise(
    "minimum", np.minimum, lambda g, y, a, b: _to_larger(g, b, a), lambda g, y, a, b: _to_larger(g, a, b),
    symbol="min", text="min(a, b)", latex=r"\min(a, b)",
    slopes=("1 if a < b, 1/2 if a = b, else 0", "1 if b < a, 1/2 if a = b, else 0"),
    derivatives=(r"[a < b] + \tfrac{1}{2}[a = b]", r"[b < a] + \tfrac{1}{2}[a = b]"),
    kinks=(Kink("a = b", 0.5),), scalar=lambda a, b: a if a <= b or a != a else b,
    family="piecewise", ufuncs=("minimum",),
)  # fmt: skip


def _clamp(x, *, min=None, max=None):
    if min is None and max is None:
        raise ArgumentError("clamp needs a bound: clamp(x, min=0), clamp(x, max=1) or clamp(x, 0, 1)")
    if min.__class__ is Value or max.__class__ is Value:
        raise GradientError(
            "clamp has no gradient for its bounds and takes plain numbers or arrays; for a bound that is a Value write "
            "maximum(x, low) or minimum(x, high)"
        )
    return np.clip(x, min, max)


def _clamp_rule(g, y, x, min=None, max=None):
    """g from bound to bound, both included, 0 beyond and at nan."""
    if min is not None:
        g = choose(x >= min, g, 0.0)
    if max is not None:
        g = choose(x <= max, g, 0.0)
    return g


clamp = operation(
    "clamp", _clamp, (_clamp_rule,),
    symbol="clamp", text="x, but at least min and at most max", latex=r"\min(\max(x, l), u)",
    slopes=("1 if min <= x <= max else 0",), derivatives=(r"[l \le x \le u]",),
    kinks=(Kink("x = min or x = max", 1.0),), shape="()->()", family="piecewise",
)  # fmt: skip
clip = clamp

frac = pointwise(
    "frac", lambda x: x - np.trunc(x), lambda g, y, x: g,
    text="x - trunc(x)", latex=r"x - \operatorname{trunc} x", slopes=("1",), derivatives=("1",),
    kinks=(Kink("x a whole number but 0", 1.0),), family="piecewise",
)  # fmt: skip


def _times_quotient(g, y, a, b):
    """-g times the whole number of times that b went into a; rounded, since a - y is not exact."""
    return -(g * round((a - y) / b))


fmod = pointwise(
    "fmod", np.fmod, lambda g, y, a, b: g, _times_quotient,
    symbol="fmod", text="a - b * trunc(a / b)", latex=r"a - b\,\operatorname{trunc}\tfrac{a}{b}",
    slopes=("1", "-trunc(a / b)"), derivatives=("1", r"-\operatorname{trunc}\tfrac{a}{b}"),
    kinks=(Kink("a / b a whole number but 0", "1 and -trunc(a / b)"),),
    scalar=math.fmod, family="piecewise", ufuncs=("fmod",),
)  # fmt: skip

remainder = pointwise(
    "remainder", np.remainder, lambda g, y, a, b: g, _times_quotient,
    symbol="mod", text="a - b * floor(a / b)", latex=r"a - b \lfloor a / b \rfloor",
    slopes=("1", "-floor(a / b)"), derivatives=("1", r"-\lfloor a / b \rfloor"),
    kinks=(Kink("a / b a whole number", "1 and -floor(a / b)"),),
    scalar=operator.mod, family="piecewise", ufuncs=("remainder",),
)  # fmt: skip

heaviside = pointwise(
    "heaviside", np.heaviside,
    symbol="H", text="0 if a < 0, b if a = 0, 1 if a > 0", latex="H(a)", family="piecewise", ufuncs=("heaviside",),
)  # fmt: skip

Value.__abs__ = unary_operator(abs)
Value.__mod__, Value.__rmod__ = binary_operator(remainder), reflected_operator(remainder)
