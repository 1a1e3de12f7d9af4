"""Tiny networks of the lectures (S1.3-S1.5): weights found by hand, drawn at random, learned by the engine."""

import itertools
import math

import numpy as np

from autograd import TABLE, Value, enable_grad
from nn.optim import Adam

# w1, b1, w2, b2, w3, b3, w4 of the lecture; sigmoid: the sliders' w2 = −0.31 (the printed 0.30 makes no parabola).
PARABOLA = {
    "sigmoid": (0.30, -3.45, -0.31, -3.45, 300.0, -11.5, 300.0),
    "tanh": (0.66, -0.90, -0.66, -0.90, 5.0, 7.0, 5.0),
    "relu": (1.40, -0.90, -1.40, -0.90, 1.8, 0.0, 1.8),
    "elu": (1.30, -1.90, -1.30, -1.90, 3.0, 5.11, 3.0),
    "leaky_relu": (0.80, -0.40, -0.80, -0.40, 3.5, 0.0, 3.5),
}
_BEND = math.pi / 2
# w1 … w3, b1 … b3, w4 … w6, b4. tanh bends three times; sigmoid is tanh, stretched; ReLU and leaky ReLU draw the three
# straight lines 0 → −1 → 1 → 0 between the sine's turning points, and ELU rounds them.
SINE = {
    "sigmoid": ((2, 2, 2), (4.4, 0.0, -4.4), (-1.4, 2.8, -1.4), 0.0),
    "tanh": ((1, 1, 1), (2.2, 0.0, -2.2), (-0.7, 1.4, -0.7), 0.0),
    "relu": ((1, 1, 1), (2 * _BEND, _BEND, -_BEND), (-1 / _BEND, 2 / _BEND, -2 / _BEND), 0.0),
    "elu": ((1.1, 1.4, 1.2), (3.2, 1.2, -2.5), (-0.8, 1.4, -1.6), -0.4),
    "leaky_relu": ((1, 1, 1), (2 * _BEND, _BEND, -_BEND), (-1 / _BEND, 2 / _BEND, -2 / _BEND), 0.0),
}
TARGETS = {"square": (np.square, -10.0, 10.0), "sin": (np.sin, -math.pi, math.pi)}


def parabola_by_hand(name):
    """The hand-tuned parabola of the lecture as layers [(weight, bias), …]."""
    w1, b1, w2, b2, w3, b3, w4 = PARABOLA[name]
    return [(np.array([[w1], [w2]]), np.array([b1, b2])), (np.array([[w3, w4]]), np.array([b3]))]


def sine_by_hand(name="tanh"):
    """Three neurons that each take one bend of the sine on [−π, π]."""
    w, b, out, last = (np.array(numbers, dtype=float) for numbers in SINE[name])
    return [(w.reshape(3, 1), b), (out.reshape(1, 3), last.reshape(1))]


def by_hand(hidden, target, activation):
    """The weights that were found by hand for such a network, or None."""
    known, make = {((2,), "square"): (PARABOLA, parabola_by_hand), ((3,), "sin"): (SINE, sine_by_hand)}.get(
        (tuple(hidden), target), ({}, None)
    )
    return make(activation) if activation in known else None


def random_layers(hidden, high, seed=0, inputs=1):
    """Layers from x, which enters `inputs` times, to one output; their neurons bend inside of [−high, high]."""
    random = np.random.default_rng(seed)
    widths = [inputs, *hidden, 1]
    layers = []
    for number, (before, after) in enumerate(itertools.pairwise(widths)):
        spread = 2.0 / high / math.sqrt(inputs) if number == 0 else 1.0
        layers.append((random.normal(0, spread, (after, before)), random.normal(0, 0.5, after)))
    return layers


def activate(name, x):
    """A(x) of the lectures' names, among which "linear" is x itself."""
    return x if name == "linear" else TABLE[name](x)


def learn(layers, activation, target, low, high, epochs, lr=0.1):
    """Fit the layers to `target` on [low, high] with Adam, from where they stand. Returns them and the error."""
    points = np.linspace(low, high, 201).reshape(1, -1)
    x = Value(np.repeat(points, np.shape(layers[0][0])[1], axis=0), requires_grad=False)
    y = Value(target(points), requires_grad=False)
    parameters = [Value(np.array(p, dtype=float)) for w, b in layers for p in (w, np.reshape(b, (-1, 1)))]
    optimizer = Adam(parameters, lr=lr)
    with enable_grad():
        for _ in range(epochs):
            optimizer.zero_grad()
            loss = ((_output(parameters, activation, x) - y) ** 2).mean()
            loss.backward()
            optimizer.step()
        error = ((_output(parameters, activation, x) - y) ** 2).mean().item()
    numbers = [p.data for p in parameters]
    return [(w, b.ravel()) for w, b in zip(numbers[::2], numbers[1::2])], error


def _output(parameters, activation, x):
    *hidden, weight, bias = parameters
    for w, b in zip(hidden[::2], hidden[1::2]):
        x = activate(activation, w @ x + b)
    return weight @ x + bias


def plain(layer):
    """A layer as lists, in five digits: what a slider shows is what the page computes with."""
    return [[[_five(w) for w in row] for row in layer[0].tolist()], [_five(b) for b in layer[1].tolist()]]


def _five(x):
    return float(f"{x:.5g}")
