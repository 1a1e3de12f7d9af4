"""What a kernel is to the engine, and the loops that it compiles when they are first needed."""

import numpy as np

from .compiling import OPTIONS, argument, compiled, numba

FORMATS = (np.dtype(np.float32), np.dtype(np.float64))


class Kernel:
    """A faster way to run a row: the engine asks it first, and does without where the answer is NotImplemented.

    forward(*operands, **parameters)            the row's forward, on arrays
    rules[i](g, y, *operands, **parameters)     the row's rule for input i; None where there is no faster way
    above    number of entries of the first operand from which on the kernel is the faster way

    A kernel takes over for contiguous float32 and float64 arrays, with the parameters that it knows.
    """

    above = 1024
    rules = ()

    def __init__(self):
        self.loops = {}

    def forward(self, *operands, **parameters):
        return NotImplemented

    def loop(self, template, words, dtype, options=OPTIONS, label=None, **names):
        """The compiled `template` for arrays of `dtype`, or None: from `words` its signature is made (`argument`)."""
        key = template, dtype
        try:
            return self.loops[key]
        except KeyError:
            loop = None
            if dtype in FORMATS and numba() is not None:
                signature = tuple(argument(word, dtype) for word in words.split())
                label = f"{label or template.__name__.strip('_')}_{dtype}"
                loop = compiled(template, signature, label, dtype, options, **names)
            self.loops[key] = loop
            return loop


def vectors(x):
    """Whether `x` is an array that a loop can run along."""
    return x.__class__ is np.ndarray and x.flags.c_contiguous
