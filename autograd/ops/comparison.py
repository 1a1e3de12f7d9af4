"""Comparisons, tests, logic and rounding: operations whose results are constants."""

import math
import operator

import numpy as np

from ..errors import ArgumentError
from ..operation import operation, pointwise
from ..recording import operand_of, record
from ..value import Value, constant


def _constant(name, ufunc, text, latex, scalar=None, symbol="", family="comparison"):
    return pointwise(
        name, ufunc, symbol=symbol, text=text, latex=latex, scalar=scalar, family=family, ufuncs=(ufunc.__name__,),
    )  # fmt: skip


eq = _constant("eq", np.equal, "a == b", "[a = b]", operator.eq, "==")
ne = _constant("ne", np.not_equal, "a != b", r"[a \ne b]", operator.ne, "!=")
lt = _constant("lt", np.less, "a < b", "[a < b]", operator.lt, "<")
le = _constant("le", np.less_equal, "a <= b", r"[a \le b]", operator.le, "<=")
gt = _constant("gt", np.greater, "a > b", "[a > b]", operator.gt, ">")
ge = _constant("ge", np.greater_equal, "a >= b", r"[a \ge b]", operator.ge, ">=")

isnan = _constant("isnan", np.isnan, "x is nan", r"[x \text{ is nan}]", math.isnan)
isinf = _constant("isinf", np.isinf, "x is inf or -inf", r"[|x| = \infty]", math.isinf)
isfinite = _constant("isfinite", np.isfinite, "x is neither inf, -inf nor nan", r"[|x| < \infty]", math.isfinite)

logical_and = _constant("logical_and", np.logical_and, "a and b", r"a \land b", symbol="and")
logical_or = _constant("logical_or", np.logical_or, "a or b", r"a \lor b", symbol="or")
logical_xor = _constant("logical_xor", np.logical_xor, "either a or b", r"a \oplus b", symbol="xor")
logical_not = _constant("logical_not", np.logical_not, "not x", r"\lnot x", symbol="not")

bitwise_and = _constant("bitwise_and", np.bitwise_and, "a & b", r"a \mathbin{\&} b", symbol="&")
bitwise_or = _constant("bitwise_or", np.bitwise_or, "a | b", r"a \mid b", symbol="|")
bitwise_xor = _constant("bitwise_xor", np.bitwise_xor, "a ^ b", r"a \oplus b", symbol="^")
bitwise_not = _constant("bitwise_not", np.invert, "~x", r"\lnot x", symbol="~")

floor = _constant("floor", np.floor, "floor(x)", r"\lfloor x \rfloor", family="rounding")
ceil = _constant("ceil", np.ceil, "ceil(x)", r"\lceil x \rceil", family="rounding")
trunc = _constant("trunc", np.trunc, "x without its fraction", r"\operatorname{trunc} x", family="rounding")
floor_divide = _constant(
    "floor_divide", np.floor_divide, "floor(a / b)", r"\lfloor a / b \rfloor", symbol="//", family="rounding"
)

round = operation(
    "round", lambda x, *, decimals=0: np.round(x, decimals),
    text="x to the nearest integer, halves to the even one", latex=r"\operatorname{round} x", family="rounding",
    ufuncs=("rint",),
)  # fmt: skip

def _isclose(a, b, rtol, atol, equal_nan):
    if not (rtol >= 0 and atol >= 0):
        raise ArgumentError(f"isclose: tolerances are 0 or more, not rtol={rtol}, atol={atol}")
    return np.isclose(a, b, rtol, atol, equal_nan)


isclose = operation(
    "isclose", lambda a, b, *, rtol=1e-5, atol=1e-8, equal_nan=False: _isclose(a, b, rtol, atol, equal_nan),
    symbol="≈", text="|a - b| <= atol + rtol * |b|", latex=r"[|a - b| \le \text{atol} + \text{rtol}\,|b|]",
    shape="(),()->()", family="comparison",
)  # fmt: skip

fix = trunc


def allclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether every entry of `a` is within atol + rtol·|b| of that of `b`, as a bool; shapes may broadcast."""
    return bool(np.all(np.asarray(isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan))))


def equal(a, b):
    """Whether `a` and `b` have the same shape and the same entries, as a bool."""
    a, b = np.asarray(a), np.asarray(b)
    if {a.dtype.kind, b.dtype.kind} & {"O", "U"}:
        raise TypeError("equal() takes numbers, arrays and Values")
    return np.array_equal(a, b)


# -- operators of Value -------------------------------------------------------------------------------------------


def _operator(op):
    """`op` as an operator of Value whose result is a constant; floats take the short way."""
    scalar = op.scalar

    def operator(self, other):
        x = self._data
        if scalar is not None and x.__class__ is float and (other.__class__ is float or other.__class__ is int):
            return constant(scalar(x, other))
        if other.__class__ is not Value and (other := operand_of(other)) is NotImplemented:
            return NotImplemented
        return record(op, (self, other))

    return operator


def _reflected(op):
    def operator(self, other):
        other = operand_of(other)
        return NotImplemented if other is NotImplemented else record(op, (other, self))

    return operator


for _name, _row in {"eq": eq, "ne": ne, "lt": lt, "le": le, "gt": gt, "ge": ge}.items():
    setattr(Value, f"__{_name}__", _operator(_row))
for _name, _row in {"and": bitwise_and, "or": bitwise_or, "xor": bitwise_xor, "floordiv": floor_divide}.items():
    setattr(Value, f"__{_name}__", _operator(_row))
    setattr(Value, f"__r{_name}__", _reflected(_row))
Value.__invert__ = lambda self: record(bitwise_not, (self,))
