"""The explorer of a tiny network (S1.3-S1.5): weights by hand, learned, or moved with sliders."""

import itertools
import math

import numpy as np

from autograd import TABLE, Value, enable_grad
from nn.optim import Adam

from .explorer import Explorer
from .functions import LECTURE, check_activation
from .words import words_for

# w1, b1, w2, b2, w3, b3, w4 of the lecture; sigmoid: the sliders' w2 = −0.31 (the printed 0.30 makes no parabola).
PARABOLA = {
    "sigmoid": (0.30, -3.45, -0.31, -3.45, 300.0, -11.5, 300.0),
    "tanh": (0.66, -0.90, -0.66, -0.90, 5.0, 7.0, 5.0),
    "relu": (1.40, -0.90, -1.40, -0.90, 1.8, 0.0, 1.8),
    "elu": (1.30, -1.90, -1.30, -1.90, 3.0, 5.11, 3.0),
    "leaky_relu": (0.80, -0.40, -0.80, -0.40, 3.5, 0.0, 3.5),
}
TARGETS = {"square": (np.square, -10.0, 10.0), "sin": (np.sin, -math.pi, math.pi)}


def parabola_by_hand(name):
    """The hand-tuned parabola of the lecture as layers [(weight, bias), …]."""
    w1, b1, w2, b2, w3, b3, w4 = PARABOLA[name]
    return [(np.array([[w1], [w2]]), np.array([b1, b2])), (np.array([[w3, w4]]), np.array([b3]))]


def sine_by_hand():
    """Three tanh neurons that each take one bend of the sine on [−π, π]."""
    return [(np.ones((3, 1)), np.array([2.5, 0.0, -2.5])), (np.array([[-1.0, 2.0, -1.0]]), np.array([0.0]))]


def random_layers(hidden, high, seed=0):
    """Layers from one input to one output whose neurons bend inside of [−high, high]."""
    random = np.random.default_rng(seed)
    widths = [1, *hidden, 1]
    layers = []
    for number, (before, after) in enumerate(itertools.pairwise(widths)):
        spread = 2.0 / high if number == 0 else 1.0
        layers.append((random.normal(0, spread, (after, before)), random.normal(0, 0.5, after)))
    return layers


def learn(layers, activation, target, low, high, epochs, lr=0.1):
    """Fit the layers to `target` on [low, high] with Adam, from where they stand. Returns them and the error."""
    x = Value(np.linspace(low, high, 201).reshape(1, -1), requires_grad=False)
    y = Value(target(x.data), requires_grad=False)
    parameters = [Value(np.array(p, dtype=float)) for w, b in layers for p in (w, np.reshape(b, (-1, 1)))]
    optimizer = Adam(parameters, lr=lr)
    function = (lambda v: v) if activation == "linear" else TABLE[activation]
    with enable_grad():
        for _ in range(epochs):
            optimizer.zero_grad()
            loss = ((_output(parameters, function, x) - y) ** 2).mean()
            loss.backward()
            optimizer.step()
        error = ((_output(parameters, function, x) - y) ** 2).mean().item()
    numbers = [p.data for p in parameters]
    return [(w, b.ravel()) for w, b in zip(numbers[::2], numbers[1::2])], error


def _output(parameters, function, x):
    *hidden, weight, bias = parameters
    for w, b in zip(hidden[::2], hidden[1::2]):
        x = function(w @ x + b)
    return weight @ x + bias


def explore_tiny_net(hidden=(2,), target="square", epochs=500, activation=None, seed=0, lang="en", theme="lecture"):
    """A page with a network 1 → hidden … → 1 against x² or sin x: a slider a weight, in a tab a layer.

    hidden       neurons of each hidden layer: (2,), (3,), (3, 3)
    target       "square" on [−10, 10] or "sin" on [−π, π]
    epochs       steps of the engine's own training for the learned weights; 0: none are learned
    activation   what it opens with; default: sigmoid for x², tanh for sin x
    seed         of the random weights

    It opens with weights found by hand where the lecture has some, else with random ones; the learned start there too.
    Raises ValueError for an unknown target or activation, or a layer without neurons.
    """
    words = words_for(lang)
    if target not in TARGETS:
        raise ValueError(f"the target is one of {', '.join(TARGETS)}, not {target!r}")
    if not hidden or min(hidden) < 1:
        raise ValueError(f"hidden gives the neurons of each hidden layer, at least one: (2,) or (3, 3), not {hidden!r}")
    activation = activation or {"square": "sigmoid", "sin": "tanh"}[target]
    check_activation(activation)
    _, low, high = TARGETS[target]
    data = {
        "kind": "tiny", "low": low, "high": high, "target": target, "activation": activation,
        "names": LECTURE,
        "presets": {name: _presets(name, tuple(hidden), target, epochs, seed) for name in LECTURE},
    }  # fmt: skip
    title = f"{words['tiny_title']} 1 → {' → '.join(map(str, hidden))} → 1: {'x²' if target == 'square' else 'sin x'}"
    return Explorer(title, words["tiny_note"], data, lang, theme)


def _presets(activation, hidden, target, epochs, seed):
    """{"hand" or "random": layers, "learned": layers} as lists."""
    function, low, high = TARGETS[target]
    hand = None
    if hidden == (2,) and target == "square" and activation in PARABOLA:
        hand = parabola_by_hand(activation)
    elif hidden == (3,) and target == "sin" and activation == "tanh":
        hand = sine_by_hand()
    start = hand or random_layers(hidden, high, seed)
    presets = {"hand" if hand else "random": start}
    if epochs:
        presets["learned"], _ = learn(start, activation, function, low, high, epochs)
    return {name: [_plain(layer) for layer in layers] for name, layers in presets.items()}


def _plain(layer):
    """A layer as lists, in five digits: what a slider shows is what the page computes with."""
    return [[[_five(w) for w in row] for row in layer[0].tolist()], [_five(b) for b in layer[1].tolist()]]


def _five(x):
    return float(f"{x:.5g}")
