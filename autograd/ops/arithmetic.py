"""Addition, multiplication and powers, and the operators of Value that mean them."""

import math
import operator

import numpy as np

from ..arrays import dtype_of
from ..operation import POSITIVE, REAL, pointwise
from ..recording import binary_operator, reflected_operator, unary_operator
from ..value import CARRY, Value
from .exponential import log
from .piecewise import where

add = pointwise(
    "add", np.add, lambda g, y, a, b: g, lambda g, y, a, b: g,
    symbol="+", text="a + b", latex="a + b", slopes=("1", "1"), derivatives=("1", "1"),
    scalar=operator.add, family="arithmetic", ufuncs=("add",),
)  # fmt: skip

sub = pointwise(
    "sub", np.subtract, lambda g, y, a, b: g, lambda g, y, a, b: -g,
    symbol="−", text="a - b", latex="a - b", slopes=("1", "-1"), derivatives=("1", "-1"),
    scalar=operator.sub, family="arithmetic", ufuncs=("subtract",),
)  # fmt: skip

mul = pointwise(
    "mul", np.multiply, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a,
    symbol="*", text="a * b", latex=r"a\,b", slopes=("b", "a"), derivatives=("b", "a"),
    scalar=operator.mul, family="arithmetic", ufuncs=("multiply",),
)  # fmt: skip

div = pointwise(
    "div", np.true_divide, lambda g, y, a, b: g / b, lambda g, y, a, b: -(g * (a / b / b)),
    symbol="/", text="a / b", latex=r"\frac{a}{b}", slopes=("1 / b", "-a / b²"),
    derivatives=(r"\frac{1}{b}", r"-\frac{a}{b^2}"),
    scalar=operator.truediv, family="arithmetic", ufuncs=("divide", "true_divide"),
)  # fmt: skip

neg = pointwise(
    "neg", np.negative, lambda g, y, x: -g,
    symbol="×(−1)", text="-x", latex="-x", slopes=("-1",), derivatives=("-1",),
    scalar=operator.neg, family="arithmetic", ufuncs=("negative",),
)  # fmt: skip

positive = pointwise(
    "positive", np.positive, lambda g, y, x: g,
    symbol="=", text="x", latex="x", slopes=("1",), derivatives=("1",),
    scalar=operator.pos, family="arithmetic", ufuncs=("positive",),
)  # fmt: skip
CARRY.append(positive)


def _power(a, b):
    return a**b if a.__class__ is np.ndarray else np.power(a, b)  # NumPy's operator is quick for 2, 0.5 and -1


def _power_by_base(g, y, a, b):
    """g·b·a^(b−1); where b is 0 and 1/a infinite, the power counts as the constant 1."""
    if b.__class__ is float or b.__class__ is int:
        if not b:
            return 0.0
        return g * (b * (math.pow(a, b - 1.0) if a.__class__ is float else pow(a, b - 1.0)))
    vanishing = (b == 0) * (1 - (abs(a) >= np.finfo(dtype_of(a)).tiny))  # also for nan
    return g * b * pow(where(vanishing, 1.0, a), b - 1.0)


def _power_by_exponent(g, y, a, b):
    """g·y·ln a; where the base is 0 and b ≥ 0 the limit, 0."""
    if a.__class__ is float and b.__class__ is float:
        return 0.0 if a == 0.0 and b >= 0.0 else g * y * math.log(a)
    return g * y * log(where((a == 0) * (b >= 0), 1.0, a))


pow = pointwise(
    "pow", _power, _power_by_base, _power_by_exponent,
    symbol="^", text="a ** b", latex="a^b", slopes=("b * a ** (b - 1)", "y * ln(a)"),
    derivatives=(r"b\,a^{b-1}", r"a^b \ln a"),
    scalar=math.pow, domain=(POSITIVE, REAL), family="arithmetic", ufuncs=("power", "float_power"),
)  # fmt: skip

square = pointwise(
    "square", np.square, lambda g, y, x: g * 2.0 * x,
    symbol="x²", text="x²", latex="x^2", slopes=("2 * x",), derivatives=("2x",),
    scalar=lambda x: x * x, family="arithmetic", ufuncs=("square",),
)  # fmt: skip

reciprocal = pointwise(
    "reciprocal", lambda x: np.true_divide(1.0, x), lambda g, y, x: -(g * y * y),
    symbol="1/x", text="1 / x", latex=r"\frac{1}{x}", slopes=("-1 / x²",), derivatives=(r"-\frac{1}{x^2}",),
    scalar=lambda x: 1.0 / x, family="arithmetic", ufuncs=("reciprocal",),
)  # fmt: skip

lerp = pointwise(
    "lerp", lambda input, end, weight: np.where(weight < 0.5, input + weight * (end - input), end - (end - input) * (1 - weight)),
    lambda g, y, input, end, weight: g * (1 - weight),
    lambda g, y, input, end, weight: g * weight,
    lambda g, y, input, end, weight: g * (end - input),
    text="input + weight * (end - input)", latex="a + w(b - a)", slopes=("1 - weight", "weight", "end - input"),
    derivatives=("1 - w", "w", "b - a"), family="arithmetic",
)  # fmt: skip

clone = pointwise(
    "clone", lambda x: np.array(x, order="C"), lambda g, y, x: g,
    symbol="=", text="x", latex="x", slopes=("1",), derivatives=("1",), family="arithmetic",
)  # fmt: skip

for _name, _row in {"add": add, "sub": sub, "mul": mul, "truediv": div, "pow": pow}.items():
    setattr(Value, f"__{_name}__", binary_operator(_row))
    setattr(Value, f"__r{_name}__", reflected_operator(_row))
for _name, _row in {"neg": neg, "pos": positive}.items():
    setattr(Value, f"__{_name}__", unary_operator(_row))
