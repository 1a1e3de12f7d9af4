"""Kernels of elementwise rows of a prediction and its target, of one shape: losses before they are reduced."""

import numpy as np

from .bodies import log_one_plus_exp
from .double import sigmoid
from .kernel import Kernel, Loop, vectors
from .pointwise import BACKWARD as FORWARD  # loops over two arrays into a third
from .threads import LIGHT, PART, made


def squared_error(x, t):
    return (x - t) * (x - t)


def squared_error_back(g, x, t):
    return g * 2.0 * (x - t)


def absolute_error(x, t):
    return abs(x - t)


def _sign(x):
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x)


def absolute_error_back(g, x, t):
    return g * _sign(x - t)


def smooth_l1(x, t, beta):
    distance = abs(x - t)
    return 0.5 * distance * distance / beta if distance < beta else distance - 0.5 * beta


def smooth_l1_back(g, x, t, beta):
    error = x - t
    return g * (error / beta if abs(error) < beta else _sign(error))


def huber(x, t, delta):
    distance = abs(x - t)
    return 0.5 * distance * distance if distance < delta else delta * (distance - 0.5 * delta)


def huber_back(g, x, t, delta):
    error = x - t
    return g * (error if abs(error) < delta else delta * _sign(error))


def binary_with_logits(x, t):
    return (1.0 - t) * x + log_one_plus_exp(-x)


def binary_with_logits_back(g, x, t):
    return g * (sigmoid(x) - t)


def _backward(g, x, t, part):
    whole_registers()
    for i in range(x.size):
        part[i] = body(g[i], x[i], t[i])


def _backward_1(g, x, t, part, a):
    whole_registers()
    a = scalar(a)
    for i in range(x.size):
        part[i] = body(g[i], x[i], t[i], a)


class Pairwise(Kernel):
    """The kernel of an elementwise row y = f(x, t, parameter), with its rule for x; the target seldom wants a gradient.

    forward, backward   bodies
    unknown             a parameter that must be None: with it NumPy does the work
    parameter           name and default of the one that the bodies take
    """

    def __init__(self, forward, backward, above=Kernel.above, part=PART, unknown=None, **parameter):
        self.above, self.part, self.unknown, self.defaults = above, part, unknown, parameter
        templates, more = ((FORWARD[1], _backward_1), " float") if parameter else ((FORWARD[0], _backward), "")
        self.forward_loop, self.backward_loop = (
            Loop(template, words + more, label=body.__name__, body=body)
            for template, words, body in zip(templates, ("in in new", "in in in new"), (forward, backward), strict=True)
        )
        self.rules = (self.backward, None)

    def forward(self, x, t, **parameters):
        """f(x, t) as a new array, or NotImplemented where NumPy must do it."""
        return self._over(self.forward_loop, (x, t), parameters)

    def backward(self, g, y, x, t, **parameters):
        """g · ∂f/∂x as a new array, or NotImplemented."""
        if g.__class__ is not np.ndarray:
            return NotImplemented
        return self._over(self.backward_loop, (g if vectors(g) else g.copy(), x, t), parameters)

    def _over(self, loops, arrays, parameters):
        x = arrays[-2]
        for a in arrays:
            if a.__class__ is not np.ndarray or a.shape != x.shape:
                return NotImplemented
        loop = loops[x.dtype]
        if loop is None or (self.unknown is not None and parameters.get(self.unknown) is not None):
            return NotImplemented
        settings = [parameters.get(name, default) for name, default in self.defaults.items()]
        return made(loop, arrays, settings, self.part)


PAIRWISE = {
    "squared_error": Pairwise(squared_error, squared_error_back, above=8192, part=LIGHT),
    "absolute_error": Pairwise(absolute_error, absolute_error_back, above=8192, part=LIGHT),
    "smooth_l1": Pairwise(smooth_l1, smooth_l1_back, above=64, part=LIGHT, beta=1.0),
    "huber": Pairwise(huber, huber_back, above=64, part=LIGHT, delta=1.0),
    "binary_cross_entropy_with_logits": Pairwise(
        binary_with_logits, binary_with_logits_back, above=64, unknown="pos_weight"
    ),
}
