"""Kernels that bring each channel of (N, C, L, ...) to mean 0 and variance 1, then scale and shift it.

The numbers are gone through as rows (N·C, L·...), as memory lies: the first C belong to the first sample.
"""

import numpy as np

from .compiling import SUMMING
from .kernel import looping


@looping("in2 in in out2 out out float", SUMMING)
def _channels(x, weight, bias, y, mean, scale, eps):
    (rows, length), channels = x.shape, mean.size
    count = rows // channels * length
    for c in range(channels):
        mean[c], scale[c] = 0.0, 0.0
    for first in range(0, rows, channels):
        for c in range(channels):
            total = 0.0
            for j in range(length):
                total += x[first + c, j]
            mean[c] += total / scalar(count)
    for first in range(0, rows, channels):
        for c in range(channels):
            total = 0.0
            for j in range(length):
                total += (x[first + c, j] - mean[c]) * (x[first + c, j] - mean[c])
            scale[c] += total / scalar(count)
    for c in range(channels):
        scale[c] = 1.0 / np.sqrt(scale[c] + scalar(eps))
    for first in range(0, rows, channels):
        for c in range(channels):
            for j in range(length):
                y[first + c, j] = (x[first + c, j] - mean[c]) * scale[c] * weight[c] + bias[c]


@looping("in2 in2 in out2 out out out out float", SUMMING)
def _channels_back(g, x, weight, part, to_weight, to_bias, mean, scale, eps):
    (rows, length), channels = x.shape, mean.size
    count = rows // channels * length
    for c in range(channels):
        mean[c], scale[c], to_weight[c], to_bias[c] = 0.0, 0.0, 0.0, 0.0
    for first in range(0, rows, channels):
        for c in range(channels):
            total = 0.0
            for j in range(length):
                total += x[first + c, j]
            mean[c] += total / scalar(count)
    for first in range(0, rows, channels):
        for c in range(channels):
            total, along, passed = 0.0, 0.0, 0.0
            for j in range(length):
                total += (x[first + c, j] - mean[c]) * (x[first + c, j] - mean[c])
                along += g[first + c, j] * (x[first + c, j] - mean[c])
                passed += g[first + c, j]
            scale[c] += total / scalar(count)
            to_weight[c] += along
            to_bias[c] += passed
    for c in range(channels):
        scale[c] = 1.0 / np.sqrt(scale[c] + scalar(eps))
        to_weight[c] *= scale[c]
    for first in range(0, rows, channels):
        for c in range(channels):
            along, passed = to_weight[c] / scalar(count) * scale[c], to_bias[c] / scalar(count)
            for j in range(length):
                deviation = x[first + c, j] - mean[c]
                part[first + c, j] = scale[c] * weight[c] * (g[first + c, j] - passed - deviation * along)


def standardize_affine(x, weight, bias, eps):
    """(x - mean) / √(variance + eps) of each channel, times its weight and plus its bias, or NotImplemented."""
    loop = _channels[x.dtype]
    if loop is None:
        return NotImplemented
    y, (mean, scale) = np.empty_like(x), np.empty((2, x.shape[1]), x.dtype)
    loop(_rows(x), weight, bias, _rows(y), mean, scale, eps)
    return y


def standardize_affine_back(g, x, weight, eps):
    """The gradients of `standardize_affine` for x, weight and bias, or NotImplemented."""
    loop = _channels_back[x.dtype]
    if loop is None:
        return NotImplemented
    part, to_weight, to_bias = np.empty_like(x), np.empty_like(weight), np.empty_like(weight)
    mean, scale = np.empty((2, x.shape[1]), x.dtype)
    loop(_rows(np.ascontiguousarray(g)), _rows(x), weight, _rows(part), to_weight, to_bias, mean, scale, eps)
    return part, to_weight, to_bias


def _rows(x):
    """A row for each sample and channel."""
    return x.reshape(x.shape[0] * x.shape[1], -1)
