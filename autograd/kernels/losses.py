"""Losses of class indices: softmax, logarithm and loss in one loop, forward and backward."""

import functools

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


@looping("in2 indices int int float new2", SUMMING)
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


@looping("in2 indices in int float out out -> float", SUMMING)
def _weighted_cross_entropy(x, target, weight, ignored, smoothing, losses, own):
    """Each sample's loss, and the weight of its class; 1 if a target is no class, else 0."""
    classes = x.shape[1]
    keep, around = scalar(1.0 - smoothing), scalar(smoothing / classes)
    for i in range(x.shape[0]):
        t = target[i]
        losses[i], own[i] = 0.0, 0.0
        if t == ignored:
            continue
        if t < 0 or t >= classes:
            return 1.0
        own[i] = weight[t]
        top, total = largest(x, i), 0.0
        for j in range(classes):
            total += exp(x[i, j] - top)
        shift, loss = log(total), 0.0
        if around != 0.0:
            for j in range(classes):
                if weight[j] != 0.0:
                    loss += weight[j] * (shift - (x[i, j] - top))
            loss *= around
        if keep * weight[t] != 0.0:
            loss += keep * weight[t] * (shift - (x[i, t] - top))
        losses[i] = loss
    return 0.0


@looping("in in2 indices in int float int out2", SUMMING)
def _weighted_cross_entropy_back(g, x, target, weight, ignored, smoothing, mean, part):
    classes = x.shape[1]
    keep, around, all_weights, own = scalar(1.0 - smoothing), scalar(smoothing / classes), 0.0, np.float64(0.0)
    for j in range(classes):
        all_weights += weight[j]
    for i in range(x.shape[0]):
        if target[i] != ignored:
            own += weight[target[i]]
    for i in range(x.shape[0]):
        t = target[i]
        if t == ignored:
            for j in range(classes):
                part[i, j] = 0.0
            continue
        upstream = g[i]
        if mean:
            upstream = scalar(upstream / own) if own != 0.0 else 0.0 * upstream
        top, total = largest(x, i), 0.0
        for j in range(classes):
            part[i, j] = exp(x[i, j] - top)
            total += part[i, j]
        share = (keep * weight[t] + around * all_weights) / total
        for j in range(classes):
            part[i, j] = upstream * (part[i, j] * share - around * weight[j])
        part[i, t] -= upstream * keep * weight[t]


@looping("in2 indices in int float out out -> float")
def _likelihood(x, target, weight, ignored, smoothing, losses, own):
    """The same for log-probabilities, without smoothing."""
    for i in range(x.shape[0]):
        t = target[i]
        losses[i], own[i] = 0.0, 0.0
        if t == ignored:
            continue
        if t < 0 or t >= x.shape[1]:
            return 1.0
        own[i] = weight[t]
        if own[i] != 0.0:
            losses[i] = -own[i] * x[i, t]
    return 0.0


@looping("in in2 indices in int float int out2")
def _likelihood_back(g, x, target, weight, ignored, smoothing, mean, part):
    own = np.float64(0.0)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            part[i, j] = 0.0
        if target[i] != ignored:
            own += weight[target[i]]
    for i in range(x.shape[0]):
        if target[i] != ignored:
            upstream = g[i]
            if mean:
                upstream = scalar(upstream / own) if own != 0.0 else 0.0 * upstream
            part[i, target[i]] = -weight[target[i]] * upstream


class Likelihood(Kernel):
    """Losses of log-probabilities (N, C, ...) and indices (N, ...), weighted or not, reduced or not."""

    above = 1  # in NumPy they take a dozen small operations
    loops = _likelihood, _likelihood_back

    def __init__(self):
        self.rules = (self.backward, None)

    def forward(self, x, target, *, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        loop = self.loops[0][x.dtype] if _fit(x, target) else None
        if loop is None:
            return NotImplemented
        both = np.empty((2, target.size), x.dtype)
        losses, own = both
        settings = _weights(weight, x), ignore_index, float(label_smoothing)
        if loop(_rows(x), target.reshape(-1), *settings, losses, own):
            return NotImplemented  # an index out of range: the row knows what to say
        if reduction == "none":
            return losses.reshape(target.shape)
        loss, total = np.add.reduce(both, axis=1)
        if reduction == "sum":
            return loss
        return loss / total if total else NotImplemented

    def backward(self, g, y, x, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        loop = self.loops[1][x.dtype] if _fit(x, target) else None
        if loop is None:
            return NotImplemented
        upstream = np.empty(target.shape, x.dtype)
        upstream[...] = g
        rows = _rows(x)
        part = np.empty_like(rows)
        settings = _weights(weight, x), ignore_index, float(label_smoothing), reduction == "mean"
        loop(upstream, rows, target.reshape(-1), *settings, part)
        if x.ndim < 3:
            return part.reshape(x.shape)
        turned = part.reshape(len(x), -1, x.shape[1]).swapaxes(1, 2)
        return np.ascontiguousarray(turned).reshape(x.shape)


class CrossEntropy(Likelihood):
    """The same for logits, with label smoothing or without; a quicker way for (N, C) without weights, reduced."""

    loops = _weighted_cross_entropy, _weighted_cross_entropy_back

    def forward(self, x, target, *, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        if not _plain(x, target, weight, reduction, label_smoothing):
            return super().forward(
                x, target, weight=weight, ignore_index=ignore_index, reduction=reduction,
                label_smoothing=label_smoothing,
            )  # fmt: skip
        loop = _cross_entropy[x.dtype]
        if loop is None:
            return NotImplemented
        loss = loop(x, target, ignore_index, reduction == "mean")
        if loss is NotImplemented or loss == -1.0:  # the row knows what to say
            return NotImplemented
        return x.dtype.type(loss)

    def backward(self, g, y, x, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        if not _plain(x, target, weight, reduction, label_smoothing):
            return super().backward(g, y, x, target, weight, ignore_index, reduction, label_smoothing)
        loop = _cross_entropy_back[x.dtype]
        return NotImplemented if loop is None else loop(x, target, ignore_index, reduction == "mean", g, None)


def _fit(x, target):
    """Whether these are an array of numbers for classes and one of class indices, fit for loops."""
    if not vectors(x) or not vectors(target) or target.dtype != np.int64 or not x.size or not target.ndim:
        return False
    return x.shape[:1] + x.shape[2:] == target.shape


def _plain(x, target, weight, reduction, label_smoothing):
    return weight is None and not label_smoothing and reduction != "none" and x.ndim == 2 and _fit(x, target)


def _rows(x):
    """A matrix with a row for each sample and position, from (N, C, ...)."""
    return x if x.ndim == 2 else x.reshape(*x.shape[:2], -1).swapaxes(1, 2).reshape(-1, x.shape[1])


def _weights(weight, x):
    """The weight of each class, 1 where none are given."""
    return _ones(x.shape[1], x.dtype) if weight is None else np.ascontiguousarray(weight, x.dtype)


@functools.lru_cache(maxsize=16)
def _ones(count, dtype):
    ones = np.ones(count, dtype)
    ones.flags.writeable = False
    return ones
