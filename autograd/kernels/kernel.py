"""What a kernel is to the engine, and loops that are compiled when they are first needed."""

import numpy as np

from .compiling import OPTIONS, compiled

FORMATS = frozenset((np.dtype(np.float32), np.dtype(np.float64)))


class Kernel:
    """A faster way to run a row: the engine asks it first, and does without where the answer is NotImplemented.

    forward(*operands, **parameters)            the row's forward, on arrays
    rules[i](g, y, *operands, **parameters)     the row's rule for input i; None where there is no faster way
    together(wanted, g, y, *operands, **parameters)   the rules of all the inputs `wanted`, by position, in one go, as a
                                                list of (position, gradient); None if there is no such way
    above    number of entries of the first operand from which on the kernel is the faster way

    A kernel takes over for contiguous float32 and float64 arrays, with the parameters that it knows.
    """

    above = 256
    rules = ()
    together = None

    def forward(self, *operands, **parameters):
        return NotImplemented


class Loop(dict):
    """A loop over arrays in plain Python, compiled for a format at the first look: `loop[dtype]`, or None.

    template   the Python function. In it `scalar` is the format, `body` and other `names` are bodies to compile with it
    words      what it takes and what it answers, see `words.py`
    label      its name on disk, where one template makes several loops
    """

    def __init__(self, template, words, options=OPTIONS, label=None, **names):
        super().__init__()
        self.template, self.words, self.options, self.names = template, words, options, names
        self.label = label or template.__name__.strip("_")

    def __missing__(self, dtype):
        loop = None
        if dtype in FORMATS:
            names = {"scalar": dtype.type, **self.names}
            loop = compiled(self.template, self.words, f"{self.label}_{dtype}", dtype, self.options, **names)
        self[dtype] = loop
        return loop


def looping(words, options=OPTIONS):
    """Decorator: a function as a `Loop`."""
    return lambda template: Loop(template, words, options)


def vectors(x):
    """Whether `x` is an array that a loop can run along."""
    return x.__class__ is np.ndarray and x.flags.c_contiguous
