"""Kernels that bring vectors to mean 0 and variance 1, and those that scale and shift the result in the same loop.

Vectors are rows (layer normalization), columns or channels (batch normalization, `columns.py`, `channels.py`). The
variance is the mean square of the deviations, never a difference of squares. Gradients need the mean and the scale once
more; they are computed anew from the input, since a row is still in the nearest memory, and nothing has to be kept.
"""

import math

import numpy as np

from . import channels, columns
from .compiling import SUMMING
from .kernel import Kernel, looping, vectors

FIRST = (0,)  # the axis of a batch


@looping("in2 out2 float", SUMMING)
def _standardize(x, y, eps):
    rows, length = x.shape
    for i in range(rows):
        total = 0.0
        for j in range(length):
            total += x[i, j]
        mean, total = total / scalar(length), 0.0
        for j in range(length):
            total += (x[i, j] - mean) * (x[i, j] - mean)
        scale = 1.0 / np.sqrt(total / scalar(length) + scalar(eps))
        for j in range(length):
            y[i, j] = (x[i, j] - mean) * scale


@looping("in2 in2 in2 out2 float", SUMMING)
def _standardize_back(g, y, x, part, eps):
    rows, length = x.shape
    for i in range(rows):
        total, passed, along = 0.0, 0.0, 0.0
        for j in range(length):
            total += x[i, j]
            passed += g[i, j]
            along += g[i, j] * y[i, j]
        mean, total = total / scalar(length), 0.0
        for j in range(length):
            total += (x[i, j] - mean) * (x[i, j] - mean)
        scale = 1.0 / np.sqrt(total / scalar(length) + scalar(eps))
        passed, along = passed / scalar(length), along / scalar(length)
        for j in range(length):
            part[i, j] = scale * (g[i, j] - passed - y[i, j] * along)


class Standardize(Kernel):
    """(x - mean) / √(variance + eps) over the last axes (layer normalization) or the first (batch normalization)."""

    above = 32

    def __init__(self):
        self.rules = (self.backward,)

    def forward(self, x, *, dim, eps=1e-5):
        if dim == FIRST and x.ndim == 2:
            return columns.standardize(x, eps)
        length = _length_of_last(x, dim)
        loop = _standardize[x.dtype] if length else None
        if loop is None:
            return NotImplemented
        y = np.empty_like(x)
        loop(x.reshape(-1, length), y.reshape(-1, length), eps)
        return y

    def backward(self, g, y, x, dim, eps=1e-5):
        if g.__class__ is not np.ndarray or g.dtype != x.dtype:
            return NotImplemented
        if dim == FIRST and x.ndim == 2:
            return columns.standardize_back(g, y, x, eps)
        length = _length_of_last(x, dim)
        if not length:
            return NotImplemented
        loop = _standardize_back[x.dtype]
        if loop is None:
            return NotImplemented
        part = np.empty_like(x)
        loop(*(a.reshape(-1, length) for a in (np.ascontiguousarray(g), y, x, part)), eps)
        return part


def _length_of_last(x, dim):
    """Number of entries along the axes `dim`, or None unless they are the last ones of an array fit for loops."""
    axes = dim if dim.__class__ is tuple else (dim,)
    if not vectors(x) or axes != tuple(range(x.ndim - len(axes), x.ndim)):
        return None
    return math.prod(x.shape[-len(axes) :])


# -- with a scale and a shift of each entry ---------------------------------------------------------------------------


@looping("in2 in in out2 float", SUMMING)
def _standardize_affine(x, weight, bias, y, eps):
    rows, length = x.shape
    for i in range(rows):
        total = 0.0
        for j in range(length):
            total += x[i, j]
        mean, total = total / scalar(length), 0.0
        for j in range(length):
            total += (x[i, j] - mean) * (x[i, j] - mean)
        scale = 1.0 / np.sqrt(total / scalar(length) + scalar(eps))
        for j in range(length):
            y[i, j] = (x[i, j] - mean) * scale * weight[j] + bias[j]


@looping("in2 in2 in out2 out out float", SUMMING)
def _standardize_affine_back(g, x, weight, part, to_weight, to_bias, eps):
    rows, length = x.shape
    for j in range(length):
        to_weight[j], to_bias[j] = 0.0, 0.0
    for i in range(rows):
        total = 0.0
        for j in range(length):
            total += x[i, j]
        mean, total = total / scalar(length), 0.0
        for j in range(length):
            total += (x[i, j] - mean) * (x[i, j] - mean)
        scale = 1.0 / np.sqrt(total / scalar(length) + scalar(eps))
        passed, along = 0.0, 0.0
        for j in range(length):
            unit = (x[i, j] - mean) * scale
            passed += g[i, j] * weight[j]
            along += g[i, j] * weight[j] * unit
            to_weight[j] += g[i, j] * unit
            to_bias[j] += g[i, j]
        passed, along = passed / scalar(length), along / scalar(length)
        for j in range(length):
            part[i, j] = scale * (g[i, j] * weight[j] - passed - (x[i, j] - mean) * scale * along)


class StandardizeAffine(Kernel):
    """The same, times a weight and plus a bias for each entry of a row (or for each column); all gradients at once."""

    above = 32

    def forward(self, x, weight, bias, *, dim, eps=1e-5):
        if not _fit(x, weight, bias, dim):
            return NotImplemented
        if dim[0] != x.ndim - len(dim):
            return (columns if x.ndim == 2 else channels).standardize_affine(x, weight, bias, eps)
        loop = _standardize_affine[x.dtype]
        if loop is None:
            return NotImplemented
        y, length = np.empty_like(x), weight.size
        loop(x.reshape(-1, length), weight, bias, y.reshape(-1, length), eps)
        return y

    def together(self, wanted, g, y, x, weight, bias, dim, eps=1e-5):
        """The gradients of x, weight and bias, or NotImplemented."""
        found = self._gradients(g, x, weight, bias, dim, eps)
        return NotImplemented if found is NotImplemented else [(position, found[position]) for position in wanted]

    def _gradients(self, g, x, weight, bias, dim, eps):
        if g.__class__ is not np.ndarray or g.dtype is not x.dtype or not _fit(x, weight, bias, dim):
            return NotImplemented
        if dim[0] != x.ndim - len(dim):
            return (columns if x.ndim == 2 else channels).standardize_affine_back(g, x, weight, eps)
        loop = _standardize_affine_back[x.dtype]
        if loop is None:
            return NotImplemented
        part, to_weight, to_bias, length = np.empty_like(x), np.empty_like(weight), np.empty_like(bias), weight.size
        rows = [a.reshape(-1, length) for a in (np.ascontiguousarray(g), x)]
        loop(*rows, weight, part.reshape(-1, length), to_weight, to_bias, eps)
        return part, to_weight, to_bias


def _fit(x, weight, bias, dim):
    """Whether there is a weight and a bias for each entry of a row (for each column), in arrays fit for loops."""
    if dim.__class__ is not tuple or not dim or not all(map(vectors, (x, weight, bias))) or not x.size:
        return False
    if weight.dtype is not x.dtype or bias.dtype is not x.dtype or weight.shape != bias.shape:
        return False
    first = x.ndim - len(dim)
    if dim == tuple(range(first, x.ndim)):
        return weight.shape == x.shape[first:]
    return dim == (0, *range(2, x.ndim)) and weight.shape == (x.shape[1], *(1,) * (x.ndim - 2))
