"""Rosenblatt's perceptron and ADALINE: two ways to learn a straight border, before there was backpropagation.

The perceptron changes its weights by whole steps, and only when it is wrong. ADALINE goes down the slope of the squared
error of its sum. Both remember every state they went through, to be drawn as they learn.
"""

from dataclasses import dataclass

import numpy as np

from autograd import Value
from autograd.errors import ShapeError


@dataclass
class Learned:
    """How a training ended.

    converged    whether the last epoch was without a mistake
    epochs       passes through the examples
    corrections  changes of the weights in all
    cycle        (epoch, earlier epoch) with the same weights, after which everything repeats for ever; or None
    """

    converged: bool
    epochs: int
    corrections: int
    cycle: tuple | None = None

    def __str__(self):
        if self.converged:
            return f"learned in {self.epochs} epochs with {self.corrections} corrections"
        why = f"after {self.epochs} epochs there are still mistakes"
        if self.cycle:
            again, first = self.cycle
            why = f"the weights after epoch {again} are those after epoch {first}: it would go on for ever"
        return f"not learned: {why}"


@dataclass
class Step:
    """One change: of which example in which epoch, and the weights and bias after it."""

    epoch: int
    example: int | None
    weights: np.ndarray
    bias: float


class LinearUnit:
    """What both have: a weighted sum with a bias, and the history of its weights."""

    def __init__(self, inputs):
        self.weights, self.bias, self.history = np.zeros(inputs), 0.0, []
        self.remember(0, None)

    def sum(self, x):
        """Weighted sum w·x + b of each row of `x`."""
        return x @ self.weights + self.bias

    def remember(self, epoch, example):
        """Note the present weights as a Step."""
        self.history.append(Step(epoch, example, self.weights.copy(), float(self.bias)))


class Perceptron:
    """Elementary perceptron with S-, A- and R-elements, learning by error correction.

    S-elements are on (1) where an input exceeds `sensor_threshold`, else off (0). A-elements are on where the sum of
    the S-elements that they are wired to exceeds their threshold; their wires are fixed. The R-element answers +1 if
    Σ wᵢ·Aᵢ + b > 0, else −1. On a mistake, and only then, the weight of every A-element that is on changes by ±1
    towards the right answer, and so does b; so all weights are whole numbers.

    inputs                 number of S-elements
    associations           wires from S to A, a matrix (A-elements, inputs), for example of −1, 0 and 1; default: each
                           S-element has an A-element of its own, and the perceptron can learn what a line can separate
    association_thresholds one number for all A-elements, or one each
    sensor_threshold       of the S-elements

    `history` has a Step for the start and for each correction. Raises ShapeError for wires that do not fit.

    Source: Rosenblatt, “Principles of neurodynamics”, 1962.
    """

    def __init__(self, inputs, associations=None, association_thresholds=0.5, sensor_threshold=0.5):
        self.associations = np.eye(inputs) if associations is None else np.asarray(associations, dtype=float)
        if self.associations.ndim != 2 or self.associations.shape[1] != inputs:
            raise ShapeError(
                f"associations of shape {self.associations.shape} do not fit {inputs} inputs: a row for each "
                "A-element, a column for each input"
            )
        self.association_thresholds, self.sensor_threshold = np.asarray(association_thresholds), sensor_threshold
        self.response = LinearUnit(len(self.associations))

    weights = property(lambda self: self.response.weights, doc="Weights from the A-elements to the R-element.")
    bias = property(lambda self: self.response.bias, doc="Bias of the R-element: minus its threshold.")
    history = property(lambda self: self.response.history, doc="A Step for the start and for each correction.")

    def sensors(self, x):
        """S-elements: 0 or 1 for each input of each row."""
        return (_rows(x, self.associations.shape[1]) > self.sensor_threshold).astype(float)

    def associate(self, x):
        """A-elements: 0 or 1 for each row."""
        return (self.sensors(x) @ self.associations.T > self.association_thresholds).astype(float)

    def __call__(self, x):
        """The R-element's answer, +1 or −1, for each row."""
        return np.where(self.response.sum(self.associate(x)) > 0, 1, -1)

    def fit(self, x, targets, epochs=1000):
        """Learn from examples, in their order, until an epoch without a mistake. Returns a Learned.

        targets  +1 and −1, or 1 and 0, or booleans

        It also ends where the weights after an epoch are those after an earlier one: the same mistakes would follow for
        ever, so no line separates the examples.
        """
        active, wanted = self.associate(x), _signs(targets)
        _check_pairs(active, wanted)
        unit, corrections, seen = self.response, 0, {}
        for epoch in range(1, epochs + 1):
            mistakes = 0
            for example, (a, target) in enumerate(zip(active, wanted, strict=True)):
                if (unit.sum(a) > 0) != (target > 0):
                    unit.weights += target * a
                    unit.bias += target
                    unit.remember(epoch, example)
                    mistakes += 1
            corrections += mistakes
            if not mistakes:
                return Learned(True, epoch, corrections)
            state = (*unit.weights, unit.bias)
            if state in seen:
                return Learned(False, epoch, corrections, cycle=(epoch, seen[state]))
            seen[state] = epoch
        return Learned(False, epochs, corrections)


class Adaline:
    """ADALINE, the adaptive linear neuron: w ← w + lr·(t − s)·x and b ← b + lr·(t − s), with the sum s = w·x + b.

    The delta rule, which is gradient descent on ½(t − s)², example by example. It answers sign(s).

    inputs  number of inputs
    lr      step size; too large, the weights grow without bound

    `history` has a Step for the start and for each example, `errors` the mean of (t − s)² of each epoch.

    Source: Widrow and Hoff, “Adaptive switching circuits”, 1960.
    """

    def __init__(self, inputs, lr=0.05):
        self.lr, self.errors = lr, []
        self.response = LinearUnit(inputs)

    weights = property(lambda self: self.response.weights, doc="Weights of the inputs.")
    bias = property(lambda self: self.response.bias, doc="Bias of the sum.")
    history = property(lambda self: self.response.history, doc="A Step for the start and for each example.")

    def sum(self, x):
        """The sum w·x + b of each row, before the sign."""
        return self.response.sum(_rows(x, len(self.weights)))

    def __call__(self, x):
        """The answer, +1 or −1, for each row."""
        return np.where(self.sum(x) > 0, 1, -1)

    def fit(self, x, targets, epochs=100, tolerance=1e-6):
        """Learn from examples, in their order, until the error of an epoch is that of the one before.

        targets    +1 and −1, or 1 and 0, or booleans
        tolerance  change of the mean squared error that counts as none

        Returns a Learned; `converged` says whether all examples are answered right.
        """
        rows, wanted = _rows(x, len(self.weights)), _signs(targets)
        _check_pairs(rows, wanted)
        unit, epoch = self.response, 0
        for epoch in range(1, epochs + 1):
            squares = 0.0
            for example, (row, target) in enumerate(zip(rows, wanted, strict=True)):
                error = target - unit.sum(row)
                unit.weights += self.lr * error * row
                unit.bias += self.lr * error
                unit.remember(epoch, example)
                squares += error**2
            self.errors.append(squares / len(rows))
            if len(self.errors) > 1 and abs(self.errors[-1] - self.errors[-2]) < tolerance:
                break
        return Learned(bool(np.all(self(x) == wanted)), epoch, epoch * len(rows))


def _rows(x, inputs):
    rows = np.atleast_2d(np.asarray(x._data if x.__class__ is Value else x, dtype=float))
    if rows.ndim != 2 or rows.shape[1] != inputs:
        raise ShapeError(f"examples of shape {rows.shape} do not fit {inputs} inputs: a row for each example")
    return rows


def _signs(targets):
    """Targets as +1 and −1."""
    array = np.asarray(targets._data if targets.__class__ is Value else targets, dtype=float).reshape(-1)
    if not np.isin(array, (-1.0, 0.0, 1.0)).all():
        raise ValueError(f"targets are +1 and −1, or 1 and 0, not {sorted(set(array.tolist()))[:5]}")
    return np.where(array > 0, 1.0, -1.0)


def _check_pairs(rows, wanted):
    if len(rows) != len(wanted):
        raise ShapeError(f"there are {len(rows)} examples and {len(wanted)} targets")
