"""From the items of a batch to the batch: numbers and arrays are stacked, collections entry by entry."""

from collections.abc import Mapping

import numpy as np

from autograd import Value
from autograd.arrays import plain
from autograd.errors import ShapeError
from autograd.value import constant

NUMBERS = {bool: np.bool_, int: np.int64, float: np.float64}


def default_collate(batch):
    """A list of items as one batch, as `torch.utils.data.default_collate`.

    Values and arrays of shape (…) become one Value of shape (N, …), of their own dtype; Python's ints become int64,
    floats float64. Tuples and lists become a list with one batch for each place, dictionaries one for each key; text
    stays a list. The batch has no graph behind it.

    Raises ShapeError for items of unequal shapes or lengths, TypeError for what cannot be stacked.
    """
    first = batch[0]
    kind = first.__class__
    if kind is Value:
        return constant(_stacked([item._data for item in batch]))
    if kind in NUMBERS:
        return constant(np.array(batch, dtype=NUMBERS[kind]))
    if isinstance(first, (np.ndarray, np.generic)):
        return constant(_stacked(batch))
    if isinstance(first, (str, bytes)):
        return list(batch)
    if isinstance(first, Mapping):
        return {key: default_collate([item[key] for item in batch]) for key in first}
    if isinstance(first, (tuple, list)):
        columns = [default_collate(column) for column in _columns(batch)]
        return kind(*columns) if hasattr(first, "_fields") else columns
    raise TypeError(
        f"items of type {kind.__name__} cannot be stacked into a batch: turn them into arrays or numbers (pictures "
        "with transform=ToTensor()), or pass a collate_fn"
    )


def _stacked(arrays):
    try:
        return np.stack(arrays)
    except ValueError as error:
        shapes = sorted({np.shape(array) for array in arrays})
        raise ShapeError(
            f"the items of one batch have unequal shapes, {', '.join(map(str, shapes))}: bring them to one shape in a "
            "transform, or pass a collate_fn that pads them"
        ) from error


def _columns(batch):
    lengths = {len(item) for item in batch}
    if len(lengths) > 1:
        raise ShapeError(f"the items of one batch have unequal lengths, {sorted(lengths)}: pass a collate_fn for them")
    return list(zip(*batch, strict=True))


def as_values(item):
    """An item outside any batch, its arrays and numpy numbers as Values."""
    if isinstance(item, (np.ndarray, np.generic)):
        return constant(plain(item))
    if isinstance(item, Mapping):
        return {key: as_values(entry) for key, entry in item.items()}
    if isinstance(item, (tuple, list)):
        entries = [as_values(entry) for entry in item]
        return type(item)(*entries) if hasattr(item, "_fields") else entries
    return item
