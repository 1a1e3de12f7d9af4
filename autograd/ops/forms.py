"""PyTorch's argument forms of operations whose rows have fewer arguments, and its other names for them."""

from functools import wraps

import numpy as np

from ..arrays import dtype_of
from ..errors import ArgumentError, DtypeError
from . import arithmetic, comparison, piecewise, selecting, sorting
from .arithmetic import mul
from .piecewise import clamp
from .shapes import to

_SYNONYMS = {"axis": "dim", "keepdims": "keepdim"}


def numpy_names(function):
    """`function` with NumPy's names taken too: axis= for dim=, keepdims= for keepdim=, and an out=None that NumPy adds."""

    @wraps(function)
    def either(*arguments, **parameters):
        if parameters:
            if parameters.get("out", 0) is None:
                del parameters["out"]
            parameters = {_SYNONYMS.get(name, name): value for name, value in parameters.items()}
        return function(*arguments, **parameters)

    return either


def add(input, other, *, alpha=1):
    """input + alpha·other."""
    return arithmetic.add(input, _scaled(other, alpha))


def sub(input, other, *, alpha=1):
    """input - alpha·other."""
    return arithmetic.sub(input, _scaled(other, alpha))


def rsub(input, other, *, alpha=1):
    """other - alpha·input."""
    return arithmetic.sub(other, _scaled(input, alpha))


def _scaled(x, factor):
    return x if factor.__class__ is int and factor == 1 else mul(x, factor)


def div(input, other, *, rounding_mode=None):
    """input / other; rounding_mode="floor" rounds down, "trunc" toward 0 (no gradient flows then)."""
    if rounding_mode is None:
        return arithmetic.div(input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise ArgumentError(f"div: rounding_mode is None, 'floor' or 'trunc', not {rounding_mode!r}")
    if rounding_mode == "floor":
        return comparison.floor_divide(input, other)
    quotient = comparison.trunc(arithmetic.div(input, other))
    dtype = np.result_type(dtype_of(input), dtype_of(other))
    return quotient if dtype.kind == "f" else to(quotient, dtype=dtype)


def addcmul(input, tensor1, tensor2, *, value=1):
    """input + value·tensor1·tensor2."""
    return arithmetic.add(input, _scaled(mul(tensor1, tensor2), value))


def addcdiv(input, tensor1, tensor2, *, value=1):
    """input + value·tensor1 / tensor2."""
    return arithmetic.add(input, _scaled(arithmetic.div(tensor1, tensor2), value))


def clamp_min(input, min):
    """`input`, but at least `min`."""
    return clamp(input, min=min)


def clamp_max(input, max):
    """`input`, but at most `max`."""
    return clamp(input, max=max)


def where(condition, input=None, other=None):
    """`input` where the condition holds, else `other`; the condition alone gives the places where it holds."""
    if input is None and other is None:
        return selecting.nonzero(condition, as_tuple=True)
    return piecewise.where(condition, input, other)


def is_nonzero(input):
    """Whether the one number inside is not 0, as a bool."""
    if np.size(input) != 1:
        raise DtypeError(f"is_nonzero is for one number, not for shape {tuple(np.shape(input))}")
    return bool(np.asarray(input).item())


def contiguous(input):
    """`input` with its entries in order in memory: itself if they are, else a clone."""
    data = getattr(input, "_data", input)
    return input if np.ndim(data) == 0 or data.flags.c_contiguous else arithmetic.clone(input)


multiply, divide, true_divide, subtract, negative = mul, div, div, sub, arithmetic.neg
absolute = piecewise.abs
max, min, sort, topk, median = map(numpy_names, (sorting.max, sorting.min, sorting.sort, sorting.topk, sorting.median))
