"""From an operation and its operands to a Value: the path that every operation takes.

`record` is the whole story. The operator makers below it are the same for floats, with everything taken out that a
float does not need: half of the time of a small graph is spent here.
"""

import numpy as np

from .arrays import ARITHMETIC, RAW, admit, plain
from .memory import NO_PARAMETERS, new, share, tick
from .mode import here, mode
from .value import Value


def record(op, operands, parameters=NO_PARAMETERS):
    """Run `op` on operands of which some are Values, and remember it if a gradient may be asked for."""
    if mode.special and here.tape is not None:
        return here.tape.record(op, operands, parameters)
    source = operands[0] if op.view and operands[0].__class__ is Value else None
    if source is not None:
        tracked, result = source.requires_grad, _part(op, source._data, parameters)
    else:
        data, tracked = [], False
        for operand in operands:
            if operand.__class__ is Value:
                data.append(operand._data)
                tracked = tracked or operand.requires_grad
            else:
                data.append(operand)
        result = op.evaluate(data, parameters)
    value = new(Value)
    value._data, value.index, value.uses, value.extra = result, tick(), 0, None
    if tracked and here.recording and op.rules is not None:
        value.op, value.inputs, value.parameters, value.requires_grad = op, operands, parameters, True
    else:
        value.op, value.inputs, value.parameters, value.requires_grad = None, (), NO_PARAMETERS, False
        value._grad = None
    if mode.special and here.scope:
        value.scope = here.scope
    if source is not None:
        share(value, source, (op, parameters))
    return value


def _part(op, data, parameters):
    """What a view shows of an array: nothing is computed, so nothing of what `evaluate` provides for is needed."""
    if data.__class__ is not np.ndarray:
        return op.evaluate((data,), parameters)
    try:
        result = op.forward(data, **parameters)
    except Exception:
        return op.evaluate((data,), parameters)  # which says what is wrong
    return result if result.ndim else plain(result)


def binary_operator(op):
    """`op` as an operator of Value; floats take the short way."""
    scalar = op.scalar

    def operator(self, other):
        x = self._data
        if other.__class__ is Value:
            y = other._data
            tracked = self.requires_grad or other.requires_grad
        else:
            y = other
            tracked = self.requires_grad
        if x.__class__ is float and tracked and (y.__class__ is float or y.__class__ is int) and not mode.special:
            try:
                result = scalar(x, y)
            except ARITHMETIC:
                result = op.evaluate((x, float(y)))
            value = new(Value)
            value._data, value.op, value.inputs = result, op, (self, other)
            value.index, value.uses, value.requires_grad, value.extra = tick(), 0, True, None
            return value
        if other.__class__ is not Value and (other := operand_of(other)) is NotImplemented:
            return NotImplemented
        return record(op, (self, other))

    return operator


def reflected_operator(op):
    """`op` as an operator with a plain number or array on the left: 2 - value."""
    scalar = op.scalar

    def operator(self, other):
        x = self._data
        floats = x.__class__ is float and (other.__class__ is float or other.__class__ is int)
        if floats and self.requires_grad and not mode.special:
            try:
                result = scalar(other, x)
            except ARITHMETIC:
                result = op.evaluate((float(other), x))
            value = new(Value)
            value._data, value.op, value.inputs = result, op, (other, self)
            value.index, value.uses, value.requires_grad, value.extra = tick(), 0, True, None
            return value
        if (other := operand_of(other)) is NotImplemented:
            return NotImplemented
        return record(op, (other, self))

    return operator


def unary_operator(op):
    """`op` as a method without arguments; floats take the short way."""
    scalar = op.scalar

    def operator(self):
        x = self._data
        if x.__class__ is float and self.requires_grad and not mode.special:
            try:
                result = scalar(x)
            except ARITHMETIC:
                result = op.evaluate((x,))
            value = new(Value)
            value._data, value.op, value.inputs = result, op, (self,)
            value.index, value.uses, value.requires_grad, value.extra = tick(), 0, True, None
            return value
        return record(op, (self,))

    return operator


def operand_of(other):
    """A raw operand as the engine keeps it; NotImplemented for what is no number."""
    if other.__class__ in RAW:
        return other
    if isinstance(other, (list, tuple, np.ndarray, np.generic)):
        return admit(other)
    return NotImplemented


Value.__record__ = staticmethod(record)  # the protocol by which an operation hands over to the engine
