"""Counting and differences along an axis."""

import numpy as np

from ..errors import ArgumentError, ShapeError
from ..value import Value, constant
from .selecting import narrow
from .shapes import axis_of


def _in_kind(array, x):
    """A constant in the kind of number that `x` is."""
    return constant(array) if x.__class__ is Value else array


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The different entries in order (different slices along `dim`); with them where each entry went, and how often it is.

    One result, or a tuple of those asked for: values, places of the entries among them, counts. No gradient.
    """
    data = np.asarray(input)
    if dim is not None:
        dim = axis_of(dim, data.ndim, "unique")
    values, inverse, counts = np.unique(data, return_inverse=True, return_counts=True, axis=dim)
    inverse = inverse.reshape(data.shape if dim is None else data.shape[dim])
    wanted = [values] + [inverse] * bool(return_inverse) + [counts] * bool(return_counts)
    answers = tuple(_in_kind(array, input) for array in wanted)
    return answers if len(answers) > 1 else answers[0]


def bincount(input, weights=None, minlength=0):
    """How often each of 0, 1, 2 … stands in a vector of integers, or the sum of the weights there. No gradient."""
    data = np.asarray(input)
    if data.ndim != 1 or data.dtype.kind not in "iu" or (data.size and data.min() < 0):
        raise ArgumentError("bincount takes a vector of integers, none of them negative")
    return _in_kind(np.bincount(data, None if weights is None else np.asarray(weights), minlength), input)


def diff(input, n=1, dim=-1):
    """Each entry along `dim` less the one before; `n` times."""
    if np.ndim(input) == 0:
        raise ShapeError("diff is for at least one axis")
    if n < 0:
        raise ArgumentError(f"diff: n is how often differences are taken, 0 or more, not {n}")
    for _ in range(n):
        rest = max(np.shape(input)[axis_of(dim, np.ndim(input), "diff")] - 1, 0)
        if not rest:
            return narrow(input, dim, 0, 0)
        input = narrow(input, dim, 1, rest) - narrow(input, dim, 0, rest)
    return input
