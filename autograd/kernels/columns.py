"""Kernels along the first axis of a matrix: columns brought to mean 0 and variance 1, then scaled and shifted.

The loops go row by row all the same, as memory lies, with a running number for each column.
"""

import numpy as np

from .compiling import SUMMING
from .kernel import Kernel, looping, vectors


@looping("in2 out out", SUMMING)
def _moments(x, mean, variance):
    rows, columns = x.shape
    for j in range(columns):
        mean[j], variance[j] = 0.0, 0.0
    for i in range(rows):
        for j in range(columns):
            mean[j] += x[i, j]
    for j in range(columns):
        mean[j] /= scalar(rows)
    for i in range(rows):
        for j in range(columns):
            variance[j] += (x[i, j] - mean[j]) * (x[i, j] - mean[j])
    for j in range(columns):
        variance[j] /= scalar(rows)


@looping("in2 in in out2")
def _scaled(x, mean, scale, y):
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = (x[i, j] - mean[j]) * scale[j]


@looping("in2 out", SUMMING)
def sum_of_rows(g, total):
    """The sum of each column."""
    for j in range(g.shape[1]):
        total[j] = 0.0
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            total[j] += g[i, j]


@looping("in2 in2 out", SUMMING)
def _sum_of_products(g, x, total):
    for j in range(g.shape[1]):
        total[j] = 0.0
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            total[j] += g[i, j] * x[i, j]


@looping("in2 in2 out out", SUMMING)
def _sums(g, y, passed, along):
    for j in range(g.shape[1]):
        passed[j], along[j] = 0.0, 0.0
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            passed[j] += g[i, j]
            along[j] += g[i, j] * y[i, j]


@looping("in2 in2 in in in out2")
def _slopes(g, y, scale, passed, along, part):
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            part[i, j] = scale[j] * (g[i, j] - passed[j] - y[i, j] * along[j])


@looping("in2 in in out2")
def _affine(x, weight, bias, y):
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = x[i, j] * weight[j] + bias[j]


@looping("in2 in in out2 out out float", SUMMING)
def _columns(x, weight, bias, y, mean, scale, eps):
    rows, columns = x.shape
    for j in range(columns):
        mean[j], scale[j] = 0.0, 0.0
    for i in range(rows):
        for j in range(columns):
            mean[j] += x[i, j]
    for j in range(columns):
        mean[j] /= scalar(rows)
    for i in range(rows):
        for j in range(columns):
            scale[j] += (x[i, j] - mean[j]) * (x[i, j] - mean[j])
    for j in range(columns):
        scale[j] = 1.0 / np.sqrt(scale[j] / scalar(rows) + scalar(eps))
    for i in range(rows):
        for j in range(columns):
            y[i, j] = (x[i, j] - mean[j]) * scale[j] * weight[j] + bias[j]


@looping("in2 in2 in out2 out out out out float", SUMMING)
def _columns_back(g, x, weight, part, to_weight, to_bias, mean, scale, eps):
    rows, columns = x.shape
    for j in range(columns):
        mean[j], scale[j], to_weight[j], to_bias[j] = 0.0, 0.0, 0.0, 0.0
    for i in range(rows):
        for j in range(columns):
            mean[j] += x[i, j]
    for j in range(columns):
        mean[j] /= scalar(rows)
    for i in range(rows):
        for j in range(columns):
            scale[j] += (x[i, j] - mean[j]) * (x[i, j] - mean[j])
            to_weight[j] += g[i, j] * (x[i, j] - mean[j])
            to_bias[j] += g[i, j]
    for j in range(columns):
        scale[j] = 1.0 / np.sqrt(scale[j] / scalar(rows) + scalar(eps))
        to_weight[j] *= scale[j]
    for i in range(rows):
        for j in range(columns):
            along = (x[i, j] - mean[j]) * scale[j] * (to_weight[j] / scalar(rows))
            part[i, j] = scale[j] * weight[j] * (g[i, j] - to_bias[j] / scalar(rows) - along)


def moments(x):
    """Mean and variance (divided by the number of rows) of each column of a matrix; None where NumPy must do it."""
    loop = _moments[x.dtype] if vectors(x) and x.ndim == 2 and x.size else None
    if loop is None:
        return None
    mean, variance = np.empty((2, x.shape[1]), x.dtype)
    loop(x, mean, variance)
    return mean, variance


def standardize(x, eps):
    """(x - mean) / √(variance + eps) of each column, or NotImplemented."""
    found = moments(x)
    if found is None:
        return NotImplemented
    y = np.empty_like(x)
    _scaled[x.dtype](x, found[0], _scale(found[1], eps), y)
    return y


def standardize_back(g, y, x, eps):
    """The gradient of `standardize`: (g - ⟨g⟩ - y⟨g·y⟩) / √(variance + eps), or NotImplemented."""
    found = moments(x)
    if found is None:
        return NotImplemented
    g = np.ascontiguousarray(g)
    passed, along = np.empty((2, x.shape[1]), x.dtype)
    _sums[x.dtype](g, y, passed, along)
    passed /= len(x)
    along /= len(x)
    part = np.empty_like(x)
    _slopes[x.dtype](g, y, _scale(found[1], eps), passed, along, part)
    return part


def standardize_affine(x, weight, bias, eps):
    """(x - mean) / √(variance + eps) of each column, times its weight and plus its bias, or NotImplemented."""
    loop = _columns[x.dtype]
    if loop is None:
        return NotImplemented
    y = np.empty_like(x)
    mean, scale = np.empty((2, x.shape[1]), x.dtype)
    loop(x, weight, bias, y, mean, scale, eps)
    return y


def standardize_affine_back(g, x, weight, eps):
    """The gradients of `standardize_affine` for x, weight and bias, or NotImplemented."""
    loop = _columns_back[x.dtype]
    if loop is None:
        return NotImplemented
    part, to_weight, to_bias = np.empty_like(x), np.empty_like(weight), np.empty_like(weight)
    mean, scale = np.empty((2, x.shape[1]), x.dtype)
    loop(np.ascontiguousarray(g), x, weight, part, to_weight, to_bias, mean, scale, eps)
    return part, to_weight, to_bias


def _scale(variance, eps):
    return 1.0 / np.sqrt(variance + variance.dtype.type(eps))


class ColumnSums(Kernel):
    """Sums over leading axes: the gradient of a bias that was stretched over a batch."""

    def forward(self, x, shape):
        """The sum of `x` over the axes in front of `shape`, or NotImplemented."""
        loop = sum_of_rows[x.dtype] if vectors(x) and shape and x.size else None
        if loop is None:
            return NotImplemented
        total = np.empty(shape, x.dtype)
        loop(_rows(x, total), total)
        return total


SUMS = ColumnSums()


class Affine(Kernel):
    """x·weight + bias, a weight and a bias for each column; leading axes of x count as rows."""

    def __init__(self):
        self.rules = (None, self.to_weight, self.to_bias)

    def forward(self, x, weight, bias):
        loop = _affine[x.dtype] if _fits(x, weight) and _fits(x, bias) else None
        if loop is None:
            return NotImplemented
        y = np.empty_like(x)
        loop(_rows(x, weight), weight, bias, _rows(y, weight))
        return y

    def to_weight(self, g, y, x, weight, bias):
        return _summed(_sum_of_products, weight, g, x)

    def to_bias(self, g, y, x, weight, bias):
        return _summed(sum_of_rows, bias, g)


def _summed(loops, row, *arrays):
    """A sum for each column, in the shape of `row`."""
    if not all(_fits(a, row) for a in arrays) or (loop := loops[row.dtype]) is None:
        return NotImplemented
    total = np.empty_like(row)
    loop(*[_rows(a, row) for a in arrays], total)
    return total


def _fits(x, row):
    """Whether `row` has a number for each column of `x`, in the same format."""
    return (
        vectors(x) and vectors(row) and row.ndim and row.dtype is x.dtype and x.size
        and x.shape[x.ndim - row.ndim :] == row.shape
    )  # fmt: skip


def _rows(x, row):
    return x.reshape(-1, row.size)
