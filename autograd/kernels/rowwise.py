"""Kernels of operations on the vectors along an axis: softmax and its logarithm."""

import numpy as np

from .compiling import SUMMING
from .double import exp, log, of_rank, rank
from .kernel import Kernel, looping, vectors


def largest(x, row):
    """The largest entry of a row; NaN, if one is."""
    top = rank(x[row, 0])
    for j in range(1, x.shape[1]):
        here = rank(x[row, j])
        top = here if here > top else top
    return of_rank(top)


@looping("in2 out2", SUMMING)
def _softmax(x, y):
    for i in range(x.shape[0]):
        top, total = largest(x, i), 0.0
        for j in range(x.shape[1]):
            y[i, j] = exp(x[i, j] - top)
            total += y[i, j]
        share = 1.0 / total
        for j in range(x.shape[1]):
            y[i, j] *= share


@looping("in2 in2 out2", SUMMING)
def _softmax_back(g, y, part):
    for i in range(y.shape[0]):
        total = 0.0
        for j in range(y.shape[1]):
            total += g[i, j] * y[i, j]
        for j in range(y.shape[1]):
            part[i, j] = y[i, j] * (g[i, j] - total)


@looping("in2 out2", SUMMING)
def _log_softmax(x, y):
    for i in range(x.shape[0]):
        top, total = largest(x, i), 0.0
        for j in range(x.shape[1]):
            total += exp(x[i, j] - top)
        shift = log(total)
        for j in range(x.shape[1]):
            y[i, j] = (x[i, j] - top) - shift


@looping("in2 in2 out2", SUMMING)
def _log_softmax_back(g, y, part):
    for i in range(y.shape[0]):
        total = 0.0
        for j in range(y.shape[1]):
            total += g[i, j]
        for j in range(y.shape[1]):
            part[i, j] = g[i, j] - exp(y[i, j]) * total


class Softmax(Kernel):
    """softmax along one axis; another than the last is put there and back."""

    above = 32
    loops = _softmax, _softmax_back

    def __init__(self):
        self.rules = (self.backward,)

    def forward(self, x, *, dim, dtype=None):
        loop = self.loops[0][x.dtype] if _along_one(x, dim, dtype) else None
        if loop is None:
            return NotImplemented
        if dim not in (-1, x.ndim - 1):
            return _with_axis_last(self.forward, dim, x)
        y = np.empty_like(x)
        loop(x.reshape(-1, x.shape[-1]), y.reshape(-1, x.shape[-1]))
        return y

    def backward(self, g, y, x, dim, dtype=None):
        loop = self.loops[1][y.dtype] if _along_one(y, dim, dtype) else None
        if loop is None or g.__class__ is not np.ndarray or g.dtype != y.dtype:
            return NotImplemented
        if dim not in (-1, y.ndim - 1):
            return _with_axis_last(lambda g, y, dim: self.backward(g, y, x, dim), dim, g, y)
        part, length = np.empty_like(y), y.shape[-1]
        loop(np.ascontiguousarray(g).reshape(-1, length), y.reshape(-1, length), part.reshape(-1, length))
        return part


def _along_one(x, dim, dtype):
    """Whether `dim` is an axis of an array fit for loops, and no other format is wanted."""
    return dtype is None and dim.__class__ is int and vectors(x) and -x.ndim <= dim < x.ndim


def _with_axis_last(function, dim, *arrays):
    """A function along the last axis, for arrays whose axis `dim` it is meant for."""
    turned = function(*(np.ascontiguousarray(a.swapaxes(dim, -1)) for a in arrays), dim=-1)
    return np.ascontiguousarray(turned.swapaxes(dim, -1))


class LogSoftmax(Softmax):
    """ln softmax along one axis."""

    loops = _log_softmax, _log_softmax_back
