"""Kernels of elementwise rows with one input: one loop forward, one backward, around the bodies of the row.

In the loops `body` is the row's, `scalar` the format of the numbers: both are filled in when they are compiled.
"""

import numpy as np

from .kernel import Kernel, Loop
from .threads import PART, made


def _forward(x, y):
    whole_registers()
    for i in range(x.size):
        y[i] = body(x[i])


def _forward_1(x, y, a):
    whole_registers()
    a = scalar(a)
    for i in range(x.size):
        y[i] = body(x[i], a)


def _forward_2(x, y, a, b):
    whole_registers()
    a, b = scalar(a), scalar(b)
    for i in range(x.size):
        y[i] = body(x[i], a, b)


def _backward(g, x, part):
    whole_registers()
    for i in range(x.size):
        part[i] = body(g[i], x[i])


def _backward_1(g, x, part, a):
    whole_registers()
    a = scalar(a)
    for i in range(x.size):
        part[i] = body(g[i], x[i], a)


def _backward_2(g, x, part, a, b):
    whole_registers()
    a, b = scalar(a), scalar(b)
    for i in range(x.size):
        part[i] = body(g[i], x[i], a, b)


FORWARD, BACKWARD = (_forward, _forward_1, _forward_2), (_backward, _backward_1, _backward_2)


class Pointwise(Kernel):
    """The kernel of an elementwise row y = f(x, parameters...).

    forward, backward   bodies; None leaves that direction to NumPy, where it is faster
    part                entries that are worth a thread's while
    parameters          names and defaults, in the order in which the bodies take them
    """

    def __init__(self, forward, backward=None, above=Kernel.above, part=PART, **parameters):
        self.bodies, self.defaults, self.above, self.part = (forward, backward), parameters, above, part
        settings = " float" * len(parameters)
        self.forward_loop, self.backward_loop = (
            body and Loop(templates[len(parameters)], words + settings, label=body.__name__, body=body)
            for body, templates, words in ((forward, FORWARD, "in new"), (backward, BACKWARD, "in in new"))
        )
        self.rules = (self.backward if backward is not None else None,)

    def forward(self, x, **parameters):
        """f(x) as a new array, or NotImplemented where NumPy must do it."""
        loop = self.forward_loop[x.dtype] if self.forward_loop is not None else None
        if loop is None:
            return NotImplemented
        return made(loop, (x,), self._settings(parameters), self.part)

    def backward(self, g, y, x, **parameters):
        """g · f'(x) as a new array, or NotImplemented."""
        loop = self.backward_loop[x.dtype]
        if loop is None or g.__class__ is not np.ndarray:
            return NotImplemented
        if not g.flags.c_contiguous:  # the gradient of a sum is a stretched number
            g = g.copy()
        return made(loop, (g, x), self._settings(parameters), self.part)

    def _settings(self, given):
        if not self.defaults:
            return ()
        return [given.get(name, default) for name, default in self.defaults.items()]
