"""Parameter: a Value that a Module counts as its own, and how modules write into their Values in place."""

import numpy as np

from autograd.arrays import admit, plain
from autograd.errors import AutogradError, DtypeError
from autograd.memory import extra_of, replace, touch, write
from autograd.ops.dtypes import get_default_dtype
from autograd.value import Value, constant


class _Flagged(type):
    """Value is final, so being a Parameter is a flag that `isinstance` reads."""

    def __instancecheck__(cls, thing):
        return thing.__class__ is Value and thing.extra is not None and thing.extra.parameter


class Parameter(metaclass=_Flagged):
    """A leaf that a Module registers when it is assigned to an attribute: `self.weight = Parameter(data)`.

    Parameter(data, requires_grad=True) returns a Value; `isinstance(value, Parameter)` tells it from others.

    data   a Value or array (whose memory is shared, outside its graph), or Python numbers (float32 by default)

    Raises DtypeError for integers that are to require gradients.
    """

    def __new__(cls, data=(), requires_grad=True):
        if data.__class__ is Value:
            value = data.detach().named(data.name)
        elif isinstance(data, (np.ndarray, np.generic)):
            value = constant(admit(data, copy=False))
        else:
            value = constant(admit(data, dtype=get_default_dtype()))
        if requires_grad and value.dtype.kind != "f":
            raise DtypeError(
                f"a Parameter that requires gradients holds floats, not {value.dtype}; write 1. instead of 1"
            )
        value.requires_grad = bool(requires_grad)
        extra_of(value).parameter = True
        return value


class StateError(AutogradError, RuntimeError, ValueError):
    """A state (of a module, an optimizer ...) that does not belong to what it is loaded into."""


def overwrite(value, numbers):
    """Put `numbers` into `value` in place, outside the graph; its dtype stays. Returns `value`.

    Whoever shares its memory (a view, a state_dict) sees the new numbers.
    """
    if value.op is not None:
        raise AutogradError("only a leaf can be overwritten in place outside the graph; detach() it first")
    write(value, numbers)
    touch(value)
    return value


def recast(value, dtype):
    """Give the numbers and the gradient of a leaf another floating dtype, in place. Integers and booleans stay."""
    if value.dtype.kind != "f" or value.dtype == dtype:
        return value
    replace(value, plain(np.asarray(value._data).astype(dtype)))
    touch(value)
    if value.grad is not None:
        value.grad = recast(value.grad.detach(), dtype)
    return value


def numbers_of(thing):
    """`thing` as raw numbers: a Value, an array, nested lists, or another library's tensor."""
    if thing.__class__ is Value:
        return np.asarray(thing._data)
    for step in ("detach", "cpu"):  # a tensor of PyTorch hands out its memory after these
        if hasattr(thing, step):
            thing = getattr(thing, step)()
    return np.asarray(thing)
