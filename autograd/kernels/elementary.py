"""Kernels of functions that NumPy computes fast, and in float64 exactly, but in float32 with errors of two units."""

import numpy as np

from .kernel import Kernel, Loop
from .pointwise import FORWARD
from .threads import made


class Elementary(Kernel):
    """The kernel of y = f(x) for float32; float64 is NumPy's."""

    def __init__(self, body):
        self.loop = Loop(FORWARD[0], "in new", label=f"{body.__name__}_alone", body=body)
        self.rules = (None,)

    def forward(self, x):
        """f(x) as a new array, or NotImplemented where NumPy must do it."""
        loop = self.loop[x.dtype] if x.dtype == np.float32 else None
        return NotImplemented if loop is None else made(loop, (x,))
