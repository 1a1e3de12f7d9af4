"""Cross-entropy of logits and class indices: softmax, logarithm and loss in one loop, forward and backward."""

import numpy as np

from .compiling import SUMMING
from .double import exp, log
from .kernel import Kernel, looping, vectors
from .rowwise import largest


@looping("in2 indices int int -> float", SUMMING)
def _cross_entropy(x, target, ignored, mean):
    """Sum or mean of the losses; -1 if a target is no class, or none counts."""
    loss, kept = 0.0, 0
    for i in range(x.shape[0]):
        t = target[i]
        if t == ignored:
            continue
        if t < 0 or t >= x.shape[1]:
            return -1.0
        top, total = largest(x, i), 0.0
        for j in range(x.shape[1]):
            total += exp(x[i, j] - top)
        loss += log(total) - (x[i, t] - top)
        kept += 1
    if kept == 0:
        return -1.0
    return loss / kept if mean else np.float64(loss)


@looping("in2 indices int int float out2", SUMMING)
def _cross_entropy_back(x, target, ignored, mean, g, part):
    kept = 0
    for i in range(x.shape[0]):
        kept += target[i] != ignored
    g = scalar(g / kept if mean else g)
    for i in range(x.shape[0]):
        t = target[i]
        if t == ignored:
            for j in range(x.shape[1]):
                part[i, j] = 0.0
            continue
        top, total = largest(x, i), 0.0
        for j in range(x.shape[1]):
            part[i, j] = exp(x[i, j] - top)
            total += part[i, j]
        share = g / total
        for j in range(x.shape[1]):
            part[i, j] *= share
        part[i, t] -= g


class CrossEntropy(Kernel):
    """Cross-entropy of logits (N, C) and indices (N,), reduced; no weights, no smoothing."""

    above = 1  # in NumPy it takes a dozen small operations

    def __init__(self):
        self.rules = (self.backward, None)

    def forward(self, x, target, *, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        if not _known(x, target, weight, reduction, label_smoothing):
            return NotImplemented
        loop = _cross_entropy[x.dtype]
        if loop is None:
            return NotImplemented
        loss = loop(x, target, ignore_index, reduction == "mean")
        if loss == -1.0:  # the row knows what to say
            return NotImplemented
        return x.dtype.type(loss)

    def backward(self, g, y, x, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        if not _known(x, target, weight, reduction, label_smoothing):
            return NotImplemented
        loop = _cross_entropy_back[x.dtype]
        if loop is None:
            return NotImplemented
        part = np.empty_like(x)
        loop(x, target, ignore_index, reduction == "mean", g, part)
        return part


def _known(x, target, weight, reduction, label_smoothing):
    return (
        weight is None
        and not label_smoothing
        and reduction != "none"
        and vectors(x)
        and x.ndim == 2
        and vectors(target)
        and target.dtype == np.int64
        and target.shape == x.shape[:1]
    )
