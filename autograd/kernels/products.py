"""The linear layer: BLAS for the products, loops for what stands around them."""

import numpy as np

from .columns import sum_of_rows
from .compiling import SUMMING
from .kernel import Kernel, looping

PARAMETERS = [1, 2]  # positions of weight and bias
SMALL = 1024  # multiplications: below, calling BLAS takes longer than they do


@looping("in2 in2 in new2:0,1", SUMMING)
def _small_linear(x, weight, bias, y):
    for i in range(y.shape[0]):
        for o in range(y.shape[1]):
            total = bias[o]
            for k in range(x.shape[1]):
                total += x[i, k] * weight[o, k]
            y[i, o] = total


@looping("in2 in2 in2 in new2:1 new2:2 new:3 int", SUMMING)
def _small_linear_back(g, x, weight, bias, to_x, to_weight, to_bias, wanted):
    """Gradients of the input, if it is wanted, of the weight and of the bias."""
    rows, outputs = g.shape
    inputs = x.shape[1]
    for o in range(outputs):
        to_bias[o] = 0.0
        for k in range(inputs):
            to_weight[o, k] = 0.0
    for i in range(rows):
        for o in range(outputs):
            to_bias[o] += g[i, o]
            for k in range(inputs):
                to_weight[o, k] += g[i, o] * x[i, k]
    if wanted:
        for i in range(rows):
            for k in range(inputs):
                to_x[i, k] = 0.0
            for o in range(outputs):
                for k in range(inputs):
                    to_x[i, k] += g[i, o] * weight[o, k]


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
        if weight.__class__ is not np.ndarray or x.ndim != 2 or weight.ndim != 2 or bias.__class__ is not np.ndarray:
            return NotImplemented
        outputs, inputs = weight.shape
        if x.shape[1] != inputs or bias.shape != (outputs,):
            return NotImplemented
        if len(x) * weight.size <= SMALL and (loop := _small_linear[x.dtype]) is not None:
            y = loop(x, weight, bias, None)
            if y is not NotImplemented:
                return y
        if x.dtype.kind != "f" or not x.dtype == weight.dtype == bias.dtype or not bias.flags.c_contiguous:
            return NotImplemented
        y = x.dot(weight.T)
        loop = _add_to_rows[x.dtype]
        if loop is None:
            y += bias
        else:
            loop(bias, y)
        return y

    def together(self, wanted, g, y, x, weight, bias):
        """All gradients of a small layer in one loop; a larger one, and one whose parameters rest, goes by `rules`."""
        if wanted[-2:] != PARAMETERS or bias.__class__ is not np.ndarray or bias.shape != g.shape[1:]:
            return NotImplemented
        if g.size * x.shape[-1] > SMALL:
            return NotImplemented
        loop = _small_linear_back[x.dtype]
        if loop is None:
            return NotImplemented
        found = loop(g, x, weight, bias, None, None, None, len(wanted) == 3)
        return NotImplemented if found is NotImplemented else [(position, found[position]) for position in wanted]

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
