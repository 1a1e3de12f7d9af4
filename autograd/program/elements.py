"""What an elementwise instruction does to its numbers: one line an instruction, keyed by the name of the row.

A line is read while machine code is written: `m` offers the mathematics of `autograd.kernels` for lanes, the arguments
are lanes, and so is the result. The code works for one number, and for as many side by side as the machine can take.
"""

import inspect
import math

import numpy as np

from ..kernels import bodies, double, single
from .lanes import Place, lifted
from .roots import by_root
from .vocabulary import BODIES

_LN2, _LN10 = math.log(2.0), math.log(10.0)


class Mathematics:
    """Functions for lanes at a place: the lifted ones of `autograd.kernels`, choices, and calls of the C library."""

    def __init__(self, place: Place):
        self.place, self.choose, self.number_of = place, place.choose, place.number_of
        functions = lifted(single if place.number.bitwidth == 32 else double, place)
        self.__dict__ |= functions
        self.bodies = functions | lifted(bodies, place, functions)

    def llvm(self, name, *lanes):
        """An intrinsic of LLVM that the machine has an instruction for."""
        return self.place.call(name, *lanes)

    def alone(self, name, *lanes):
        """An intrinsic of LLVM that is a function of the C library, for one lane after the other."""
        return self.place.one_by_one(lambda single, *numbers: single.call(name, *numbers), *lanes)

    def library(self, function, *lanes):
        """A function of Python's `math`, for one lane after the other."""
        return self.place.one_by_one(lambda single, *numbers: single.library(function, *numbers), *lanes)

    def quotient_left(self, a, b):
        """What is left of a after b was taken out as often as it goes in, with the sign of a."""
        return a._real("frem", b)


def _maximum(m, a, b):
    return m.choose((a >= b) | (a != a), a, b)


def _minimum(m, a, b):
    return m.choose((a <= b) | (a != a), a, b)


def _sign(m, x):
    return m.choose(x > 0.0, 1.0, m.choose(x < 0.0, -1.0, x * 0.0))


def _remainder(m, a, b):
    left = m.quotient_left(a, b)
    other_side = (left != 0.0) & (((left < 0.0) & (b > 0.0)) | ((left > 0.0) & (b < 0.0)))
    return m.choose(other_side, left + b, m.choose(left == 0.0, m.llvm("copysign", left, b), left))


def _floor_divide(m, a, b):
    """As NumPy and Python: from what is left, since a / b may be rounded up to a whole number."""
    left = m.quotient_left(a, b)
    whole = (a - left) / b
    other_side = (left != 0.0) & (((left < 0.0) & (b > 0.0)) | ((left > 0.0) & (b < 0.0)))
    whole = m.choose(other_side, whole - 1.0, whole)
    lower = m.llvm("floor", whole)
    lower = m.choose(whole - lower > 0.5, lower + 1.0, lower)
    return m.choose(b == 0.0, a / b, m.choose(whole == 0.0, m.llvm("copysign", whole * 0.0, a / b), lower))


def _hypot(m, a, b):
    a, b = abs(a), abs(b)
    large, small = _maximum(m, a, b), _minimum(m, a, b)
    ratio = small / m.choose(large == 0.0, 1.0, large)
    infinite = (a == math.inf) | (b == math.inf)
    return m.choose(infinite, math.inf, large * m.llvm("sqrt", ratio * ratio + 1.0))


def _cbrt(m, x):
    """The root of |x| by a power, then a step of Newton's method, which makes good what the power lost."""
    size = abs(x)
    guess = m.alone("pow", size, m.choose(x == x, 1.0 / 3.0, 1.0 / 3.0))
    better = guess - (guess * guess * guess - size) / (guess * guess * 3.0)
    plain = (size == 0.0) | (size == math.inf) | (x != x)
    return m.choose(plain, x, m.llvm("copysign", better, x))


def _heaviside(m, a, b):
    return m.choose(a > 0.0, 1.0, m.choose(a < 0.0, 0.0, m.choose(a == 0.0, b, a)))


def _xlogy(m, a, b):
    return m.choose((a == 0.0) & (b == b), 0.0, a * m.log(b))


def _true(x):
    return x != 0.0


def _settled(m, x):
    """A running mean, which is 0 once it is subnormal: it would never get there, and be slow to compute with."""
    return m.choose(abs(x) < np.finfo(m.place.number.name).tiny, 0.0, x)


ELEMENTS = {
    # arithmetic
    "add": lambda m, a, b: a + b,
    "sub": lambda m, a, b: a - b,
    "mul": lambda m, a, b: a * b,
    "div": lambda m, a, b: a / b,
    "neg": lambda m, x: -x,
    "positive": lambda m, x: x,
    "square": lambda m, x: x * x,
    "reciprocal": lambda m, x: 1.0 / x,
    "pow": lambda m, a, b: m.alone("pow", a, b),
    "multiply_add": lambda m, a, b, c: a * b + c,
    "minus_product": lambda m, a, b, c: c - a * b,
    "toward": lambda m, a, b, share: _settled(m, a + (b - a) * share),
    "add_square": lambda m, a, keep, x, share: _settled(m, a * keep + x * x * share),
    "less_by_root": lambda m, a, rate, b, square, eps: a - rate * by_root(m, b, square, eps),
    "abs": lambda m, x: abs(x),
    "sign": _sign,
    # exponentials and roots
    "exp": lambda m, x: m.exp(x),
    "exp2": lambda m, x: m.alone("exp2", x),
    "expm1": lambda m, x: m.expm1(x),
    "log": lambda m, x: m.log(x),
    "log2": lambda m, x: m.alone("log2", x),
    "log10": lambda m, x: m.alone("log10", x),
    "log1p": lambda m, x: m.log1p(x),
    "sqrt": lambda m, x: m.llvm("sqrt", x),
    "rsqrt": lambda m, x: 1.0 / m.llvm("sqrt", x),
    "cbrt": _cbrt,
    "xlogy": _xlogy,
    # trigonometry
    "sin": lambda m, x: m.alone("sin", x),
    "cos": lambda m, x: m.alone("cos", x),
    "tan": lambda m, x: m.library(math.tan, x),
    "asin": lambda m, x: m.library(math.asin, x),
    "acos": lambda m, x: m.library(math.acos, x),
    "atan": lambda m, x: m.library(math.atan, x),
    "sinh": lambda m, x: m.library(math.sinh, x),
    "cosh": lambda m, x: m.library(math.cosh, x),
    "tanh": lambda m, x: m.tanh(x),
    "asinh": lambda m, x: m.library(math.asinh, x),
    "acosh": lambda m, x: m.library(math.acosh, x),
    "atanh": lambda m, x: m.library(math.atanh, x),
    "atan2": lambda m, a, b: m.library(math.atan2, a, b),
    "hypot": _hypot,
    "deg2rad": lambda m, x: x * (math.pi / 180.0),
    "rad2deg": lambda m, x: x * (180.0 / math.pi),
    # special
    "sigmoid": lambda m, x: m.sigmoid(x),
    "erf": lambda m, x: m.erf(x),
    "erfc": lambda m, x: m.erfc(x),
    # choices
    "relu": lambda m, x: m.choose(x <= 0.0, 0.0, x),
    "maximum": _maximum,
    "minimum": _minimum,
    "where": lambda m, condition, a, b: m.choose(_true(condition), a, b),
    "heaviside": _heaviside,
    # truth values are 1.0 and 0.0
    "eq": lambda m, a, b: m.number_of(a == b),
    "ne": lambda m, a, b: m.number_of(a != b),
    "lt": lambda m, a, b: m.number_of(a < b),
    "le": lambda m, a, b: m.number_of(a <= b),
    "gt": lambda m, a, b: m.number_of(a > b),
    "ge": lambda m, a, b: m.number_of(a >= b),
    "isnan": lambda m, x: m.number_of(x != x),
    "isinf": lambda m, x: m.number_of(abs(x) == math.inf),
    "isfinite": lambda m, x: m.number_of(abs(x) < math.inf),
    "logical_and": lambda m, a, b: m.number_of(_true(a) & _true(b)),
    "logical_or": lambda m, a, b: m.number_of(_true(a) | _true(b)),
    "logical_xor": lambda m, a, b: m.number_of((_true(a) & ~_true(b)) | (_true(b) & ~_true(a))),
    "logical_not": lambda m, x: m.number_of(x == 0.0),
    # whole numbers
    "floor": lambda m, x: m.llvm("floor", x),
    "ceil": lambda m, x: m.llvm("ceil", x),
    "trunc": lambda m, x: m.llvm("trunc", x),
    "round": lambda m, x: m.llvm("rint", x),
    "frac": lambda m, x: x - m.llvm("trunc", x),
    "fmod": lambda m, a, b: m.quotient_left(a, b),
    "remainder": _remainder,
    "floor_divide": _floor_divide,
}


def _by_body(function, arity):
    def element(m, *lanes):
        return m.bodies[function.__name__](*lanes)

    element.arity = arity
    return element


ELEMENTS |= {name: _by_body(*body) for name, body in BODIES.items()}


def arity(name):
    """How many inputs an elementwise instruction has."""
    element = ELEMENTS[name]
    return getattr(element, "arity", None) or len(inspect.signature(element).parameters) - 1
