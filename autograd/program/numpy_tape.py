"""Arrays that are being recorded: NumPy code that computes with them, also in place, leaves cells on a tape.

Optimizers are written on plain arrays, `p -= lr * g`. Run on `Recorded` arrays, the same code says what a program has
to do. Plain numbers in it (step sizes, corrections that depend on the count of steps) are settings of the program: a
list in the order in which they are met, given anew at each step.
"""

import numpy as np

from ..errors import CompileError
from ..operation import UFUNCS


class Settings:
    """The plain numbers that recorded arrays met, in order; cells for them, if they are recorded."""

    def __init__(self, tape=None, known=None):
        self.tape, self.numbers, self.cells, self.known = tape, [], [], known

    @property
    def made(self):
        """The cells that stand for settings of its own."""
        return [] if self.known is not None else self.cells

    def take(self, number):
        """The next setting: what stands for it as an operand."""
        place = len(self.numbers)
        self.numbers.append(float(number))
        cell = self.known[place] if self.known is not None else self.tape.add("input", float(number))
        self.cells.append(cell)
        return self.tape.traced(cell)


class Recorded(np.lib.mixins.NDArrayOperatorsMixin):
    """An array whose operations are written down. `value` is the traced Value that it holds now."""

    size = 0  # nobody's fast path is meant for it
    __array_priority__ = 1000

    def __init__(self, value, settings):
        self.value, self.settings = value, settings

    shape = property(lambda self: tuple(self.value.shape))
    dtype = property(lambda self: self.value.dtype)
    ndim = property(lambda self: len(self.shape))

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        row = UFUNCS.get(ufunc.__name__)
        if method != "__call__" or row is None or options:
            raise CompileError(f"an optimizer that uses np.{ufunc.__name__}.{method} cannot be part of a program")
        result = row(*map(self._operand, inputs))
        if out is None:
            return Recorded(result, self.settings)
        (target,) = out
        target.value = result
        return target

    def _operand(self, x):
        if isinstance(x, Recorded):
            return x.value
        if np.ndim(x) == 0:
            return self.settings.take(x)
        raise CompileError("an optimizer that computes with arrays other than its state cannot be part of a program")

    def __array_function__(self, function, types, args, kwargs):
        if function in (np.zeros_like, np.ones_like, np.empty_like, np.full_like):
            fill = kwargs.get("fill_value", args[1] if len(args) > 1 else 0.0 if function is not np.ones_like else 1.0)
            return Recorded(self.value * 0.0 + float(fill), self.settings)
        raise CompileError(f"an optimizer that uses np.{function.__name__} cannot be part of a program")

    def __array__(self, *_, **__):
        raise NotYet("an optimizer's step makes plain arrays of what is recorded")

    def copy(self):
        """The same numbers, to be changed on their own."""
        return Recorded(self.value, self.settings)


class Counting:
    """Stands for any array of an update that is run only to learn its plain numbers."""

    size = 0
    shape = ()
    __array_priority__ = 1000

    def __init__(self, settings):
        self.settings = settings

    def _take(self, other):
        if other.__class__ is not Counting:
            self.settings.numbers.append(other)
        return self

    __add__ = __radd__ = __iadd__ = __sub__ = __rsub__ = __isub__ = __mul__ = __rmul__ = __imul__ = _take
    __truediv__ = __rtruediv__ = __itruediv__ = __pow__ = __rpow__ = __ipow__ = _take
    __lt__ = __le__ = __gt__ = __ge__ = _take

    def __neg__(self):
        return self

    __abs__ = __pos__ = copy = __neg__

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        for x in inputs:
            self._take(x)
        return self

    def __array_function__(self, function, types, args, kwargs):
        return self


class NotYet(CompileError):
    """The step cannot be recorded in this state of the optimizer; its first step may have to be taken first."""
