"""The linear layer: BLAS for the products, loops for what stands around them."""

import numpy as np

from .columns import sum_of_rows
from .compiling import SUMMING
from .kernel import Kernel, looping

SMALL = 1024  # multiplications: below, calling BLAS takes longer than they do


@looping("in2 in2 in out2", SUMMING)
def _small_linear(x, weight, bias, y):
    for i in range(y.shape[0]):
        for o in range(y.shape[1]):
            total = bias[o]
            for k in range(x.shape[1]):
                total += x[i, k] * weight[o, k]
            y[i, o] = total


@looping("in out2")
def _add_to_rows(bias, y):
    for i in range(y.shape[0]):
        for o in range(y.shape[1]):
            y[i, o] += bias[o]


class Linear(Kernel):
    """x Wᵀ + b for matrices. No array is transposed in memory: BLAS reads it the other way round.

    `np.dot` goes to BLAS at once, where `@` finds out first what else the shapes could mean: half the time if they are
    small.
    """

    above = 1

    def __init__(self):
        self.rules = (self.to_input, self.to_weight, self.to_bias)

    def forward(self, x, weight, bias):
        if not _matrix(x, weight) or bias.__class__ is not np.ndarray or bias.dtype is not x.dtype:
            return NotImplemented
        outputs, inputs = weight.shape
        if x.shape[1] != inputs or bias.shape != (outputs,) or not bias.flags.c_contiguous:
            return NotImplemented
        if len(x) * weight.size <= SMALL and x.flags.c_contiguous and weight.flags.c_contiguous:
            loop = _small_linear[x.dtype]
            if loop is not None:
                y = np.empty((len(x), outputs), x.dtype)
                loop(x, weight, bias, y)
                return y
        y = x.dot(weight.T)
        loop = _add_to_rows[x.dtype]
        if loop is None:
            y += bias
        else:
            loop(bias, y)
        return y

    def to_input(self, g, y, x, weight, bias):
        return g.dot(weight) if _matrix(g, weight) else NotImplemented

    def to_weight(self, g, y, x, weight, bias):
        return g.T.dot(x) if _matrix(g, x) else NotImplemented

    def to_bias(self, g, y, x, weight, bias):
        if g.ndim != 2 or not g.flags.c_contiguous or bias.__class__ is not np.ndarray or bias.shape != g.shape[1:]:
            return NotImplemented
        loop = sum_of_rows[g.dtype]
        if loop is None:
            return NotImplemented
        total = np.empty(g.shape[1], g.dtype)
        loop(g, total)
        return total


def _matrix(a, b):
    """Whether both are matrices of one floating format."""
    return (
        a.__class__ is np.ndarray and b.__class__ is np.ndarray
        and a.ndim == 2 == b.ndim and a.dtype is b.dtype and a.dtype.kind == "f"
    )  # fmt: skip
