"""Optimizer updates: one pass over a parameter, its gradient and its state, in place."""

import functools
import math

import numpy as np

from .blas import axpy
from .kernel import Kernel, looping, vectors
from .threads import LIGHT, PART, run


@looping("out in float -> done")
def _sgd(p, g, lr):
    lr = scalar(lr)
    for i in range(p.size):
        p[i] -= lr * g[i]


@looping("out in out float float float -> done")
def _momentum(p, g, v, lr, momentum, share):
    lr, momentum, share = scalar(lr), scalar(momentum), scalar(share)
    for i in range(p.size):
        v[i] = momentum * v[i] + share * g[i]
        p[i] -= lr * v[i]


@looping("out in out float float float -> done")
def _nesterov(p, g, v, lr, momentum, share):
    lr, momentum, share = scalar(lr), scalar(momentum), scalar(share)
    for i in range(p.size):
        v[i] = momentum * v[i] + share * g[i]
        p[i] -= lr * (momentum * v[i] + g[i])


@looping("out in out out float float float float float -> done")
def _adam(p, g, m, v, share1, keep2, share2, rate, eps):
    share1, keep2, share2 = scalar(share1), scalar(keep2), scalar(share2)
    rate, eps = scalar(rate), scalar(eps)
    for i in range(p.size):
        m[i] += (g[i] - m[i]) * share1
        v[i] = v[i] * keep2 + g[i] * g[i] * share2
        p[i] -= rate * (m[i] / (np.sqrt(v[i]) + eps))


@looping("out in out float float float float -> done")
def _rmsprop(p, g, v, lr, keep, share, eps):
    lr, keep, share, eps = scalar(lr), scalar(keep), scalar(share), scalar(eps)
    for i in range(p.size):
        v[i] = v[i] * keep + g[i] * g[i] * share
        p[i] -= lr * (g[i] / (np.sqrt(v[i]) + eps))


class Updates(Kernel):
    """Updates of arrays in place; each says whether it did it (NumPy must, where it did not)."""

    above = 4

    def over(self, loops, arrays, *settings, part=PART):
        """The loop over the arrays: the parameter, its gradient, its state."""
        p = arrays[0]
        loop = loops[p.dtype]
        if loop is None:
            return False
        if p.size < 2 * part:
            return loop(*arrays, *settings)
        for a in arrays:
            if not vectors(a) or a.dtype != p.dtype or a.shape != p.shape:
                return False
        run(loop, arrays, settings, part)
        return True

    def sgd(self, p, g, lr):
        return _by_blas(p, g, lr) or self.over(_sgd, (p, g), lr, part=LIGHT)

    def momentum(self, p, g, v, lr, momentum, dampening, nesterov):
        return self.over(_nesterov if nesterov else _momentum, (p, g, v), lr, momentum, 1 - dampening, part=LIGHT)

    def adam(self, p, g, m, v, largest, step, lr, beta1, beta2, eps):
        if largest is not None:
            return False
        correction = math.sqrt(1 - beta2**step)
        rate, eps = lr * correction / (1 - beta1**step), eps * correction
        return self.over(_adam, (p, g, m, v), 1 - beta1, beta2, 1 - beta2, rate, eps)

    def rmsprop(self, p, g, v, mean, velocity, lr, alpha, eps, momentum):
        if mean is not None or velocity is not None:
            return False
        return self.over(_rmsprop, (p, g, v), lr, alpha, 1 - alpha, eps)


def _by_blas(p, g, lr):
    """p −= lr·g by the BLAS: its threads are awake from the product that made g, and each has its part of g at hand.

    A rate of 0 is left to the loop, where inf and NaN of a gradient are seen all the same.
    """
    if not BY_BLAS <= p.size < LIGHT or not lr:
        return False
    fit = vectors(p) and vectors(g) and p.dtype == g.dtype and p.shape == g.shape
    if not fit or (add := axpy(p.dtype)) is None:
        return False
    add(p.size, -float(lr), g.ctypes.data, 1, p.ctypes.data, 1)
    return True


UPDATES = Updates()
BY_BLAS = 40_000  # entries from which on the BLAS is faster in a training step; before, its call takes longer


def in_one_pass(update):
    """Decorator of an optimizer's NumPy update, `name_update(parameter, gradient, ...)`: the kernel goes first."""
    fast = getattr(UPDATES, update.__name__.removesuffix("_update"))

    @functools.wraps(update)
    def run(parameter, *rest):
        if parameter.size < UPDATES.above or not fast(parameter, *rest):
            update(parameter, *rest)

    return run
