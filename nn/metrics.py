"""How good predictions are: each metric as a function of one batch, and as a count that goes on over many.

    accuracy(prediction, target)          a float
    metric = Accuracy()
    metric.update(prediction, target)     for every batch
    metric.compute()                      of all batches together

Predictions and targets are Values or arrays.
"""

import numpy as np

from autograd import Value
from autograd.errors import ShapeError


class Metric:
    """Base of metrics that are the mean of a number an item: a subclass gives `per_item(prediction, target)`."""

    name = "metric"

    def __init__(self):
        self.reset()

    def reset(self):
        """Forget all batches."""
        self.total, self.items = 0.0, 0

    def update(self, prediction, target):
        """Take in one batch."""
        numbers = self.per_item(_array(prediction), _array(target))
        self.total += float(np.sum(numbers, dtype=np.float64))
        self.items += np.size(numbers)

    def per_item(self, prediction, target):
        """An array of the numbers whose mean is the metric."""
        raise NotImplementedError(f"{type(self).__name__} must define per_item(prediction, target)")

    def compute(self):
        """The metric over all batches; nan without any."""
        return self.total / self.items if self.items else float("nan")


class Accuracy(Metric):
    """Share of items whose class is predicted right.

    prediction  (N, C): a number for each class, the largest counts; or (N,), (N, 1): classes as integers, or floats
                that choose class 1 from `threshold` up, else class 0 (0.5 suits probabilities, 0 suits logits)
    target      (N,) or (N, 1) classes, or (N, C) one-hot
    """

    name = "accuracy"

    def __init__(self, threshold=0.5):
        super().__init__()
        self.threshold = threshold

    def per_item(self, prediction, target):
        predicted, wanted = classes_of(prediction, target, self.threshold)
        return predicted == wanted


class MeanAbsoluteError(Metric):
    """Mean of |prediction − target| over all entries."""

    name = "mae"

    def per_item(self, prediction, target):
        return np.abs(_difference(prediction, target))


class MeanSquaredError(Metric):
    """Mean of (prediction − target)² over all entries."""

    name = "mse"

    def per_item(self, prediction, target):
        return np.square(_difference(prediction, target))


class ConfusionMatrix(Metric):
    """How often which class was taken for which: row = true class, column = predicted class. Arguments as Accuracy's.

    classes  their number; default: as many as occur
    """

    name = "confusion_matrix"

    def __init__(self, classes=None, threshold=0.5):
        self.classes, self.threshold = classes, threshold
        super().__init__()

    def reset(self):
        self.counts = np.zeros((self.classes or 0,) * 2, dtype=np.int64)

    def update(self, prediction, target):
        prediction, target = _array(prediction), _array(target)
        predicted, wanted = classes_of(prediction, target, self.threshold)
        widths = [array.shape[1] for array in (prediction, target) if array.ndim == 2]
        highest = max([*widths, *(int(array.max()) + 1 for array in (predicted, wanted) if array.size), 0])
        if any((array < 0).any() for array in (predicted, wanted)):
            raise ShapeError("a ConfusionMatrix counts classes numbered from 0; it met a negative one")
        if self.classes is not None and highest > self.classes:
            raise ShapeError(f"a ConfusionMatrix of {self.classes} classes met class {highest - 1}; raise `classes`")
        if highest > len(self.counts):
            more = highest - len(self.counts)
            self.counts = np.pad(self.counts, ((0, more), (0, more)))
        np.add.at(self.counts, (wanted, predicted), 1)

    def compute(self):
        return self.counts.copy()


def accuracy(prediction, target, threshold=0.5):
    """Share of items whose class is predicted right, a float; see `Accuracy`."""
    return _once(Accuracy(threshold), prediction, target)


def mae(prediction, target):
    """Mean absolute error, a float."""
    return _once(MeanAbsoluteError(), prediction, target)


def mse(prediction, target):
    """Mean squared error, a float."""
    return _once(MeanSquaredError(), prediction, target)


def confusion_matrix(prediction, target, classes=None, threshold=0.5):
    """Counts (true class, predicted class), an integer array; see `ConfusionMatrix`."""
    return _once(ConfusionMatrix(classes, threshold), prediction, target)


class BatchMean(Metric):
    """A function (prediction, target) → number as a metric: its mean over the batches, weighted by their lengths."""

    def __init__(self, function, name=None):
        super().__init__()
        self.function, self.name = function, name or getattr(function, "__name__", type(function).__name__)

    def update(self, prediction, target):
        items = len(_array(target)) if np.ndim(_array(target)) else 1
        self.total += items * float(self.function(prediction, target))
        self.items += items


KNOWN = {
    "accuracy": Accuracy, accuracy: Accuracy, "mae": MeanAbsoluteError, mae: MeanAbsoluteError, "mse": MeanSquaredError,
    mse: MeanSquaredError,
}  # fmt: skip


def as_metric(given):
    """A metric from its name ("accuracy", "mae", "mse"), a Metric, its class, or a function of a batch.

    Raises ValueError for a name that is not known.
    """
    if given in KNOWN:
        return KNOWN[given]()
    if isinstance(given, str):
        names = ", ".join(name for name in KNOWN if isinstance(name, str))
        raise ValueError(f"there is no metric {given!r}; there are {names}, or pass a function (prediction, target)")
    if isinstance(given, type):
        return given()
    return given if hasattr(given, "compute") else BatchMean(given)


def classes_of(prediction, target, threshold=0.5):
    """Predicted and true class of each item, (N,) and (N,): see `Accuracy`."""
    predicted = _largest(prediction) if _has_columns(prediction) else _chosen(prediction, threshold)
    if _has_columns(target):
        wanted = _largest(target)
    else:  # beside a column a class, plain numbers are classes, even if they are floats
        wanted = target.reshape(-1).astype(np.int64) if _has_columns(prediction) else _chosen(target, 0.5)
    if predicted.shape != wanted.shape:
        raise ShapeError(f"there are {len(predicted)} predictions and {len(wanted)} targets")
    return predicted, wanted


def _has_columns(numbers):
    if numbers.ndim not in (1, 2):
        raise ShapeError(f"classes are read off shapes (N,), (N, 1) or (N, C), not {numbers.shape}")
    return numbers.ndim == 2 and numbers.shape[1] > 1


def _largest(numbers):
    return numbers.argmax(axis=1)


def _chosen(numbers, threshold):
    numbers = numbers.reshape(-1)
    return (numbers >= threshold if numbers.dtype.kind == "f" else numbers).astype(np.int64)


def _once(metric, prediction, target):
    metric.update(prediction, target)
    return metric.compute()


def _array(numbers):
    return np.asarray(numbers._data if numbers.__class__ is Value else numbers)


def _difference(prediction, target):
    if prediction.shape != target.shape:
        raise ShapeError(
            f"predictions of shape {prediction.shape} and targets of shape {target.shape} would be broadcast against "
            "each other: bring them to one shape, for example with target.reshape(-1, 1)"
        )
    return np.subtract(prediction, target, dtype=np.float64)
