"""Which items of which arrays make up the batches of a compiled loop."""

import itertools

import numpy as np

from autograd.errors import RangeError, ShapeError
from autograd.value import Value

from .data import DataLoader, Subset, TensorDataset

MOST_ROWS = 1 << 20  # so many items of batches are listed at once


def array_of(part):
    """The numbers of a Value, or of anything that NumPy makes an array of."""
    return part._data if part.__class__ is Value else np.asarray(part)


def batches_of(data, epochs, batch_size, order):
    """Pairs: arrays of all items, and tables of items, a batch a row; or None, and the batches as they come."""
    if isinstance(data, (tuple, list)) and all(isinstance(part, (Value, np.ndarray)) for part in data):
        yield from _of_arrays([array_of(part) for part in data], epochs, batch_size, order)
        return
    if batch_size is not None or order is not None:
        raise TypeError("run(): batch_size and order are for arrays; a DataLoader has its own")
    for _ in range(epochs):
        arrays, places = _arrays_of(data.dataset) if isinstance(data, DataLoader) else (None, None)
        if arrays is None or data.collate_fn is not None or data.batch_sampler is None:
            yield None, iter(data)
        else:
            batches = [_checked(rows, len(arrays[0])) for rows in _stacked(list(data.batch_sampler))]
            yield arrays, batches if places is None else [places[rows] for rows in batches]


def _of_arrays(arrays, epochs, batch_size, order):
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) != 1:
        raise ShapeError(f"run(): arrays of unequal lengths, {lengths}")
    rows = np.arange(lengths[0]) if order is None else _checked(order, lengths[0])
    rows = np.broadcast_to(rows, (epochs, lengths[0]))
    size = batch_size or lengths[0]
    whole = lengths[0] // size * size if size else 0
    if whole == lengths[0]:  # many epochs are one loop
        at_once = max(1, MOST_ROWS // max(whole, 1))
        for first in range(0, epochs, at_once):
            yield arrays, [rows[first : first + at_once].reshape(-1, size)] if size else []
        return
    for own in rows:
        parts = [own[:whole].reshape(-1, size), own[whole:].reshape(1, -1)]
        yield arrays, [part for part in parts if part.size]


def _checked(rows, items):
    """Indices of items, if there are such."""
    rows = np.asarray(rows)
    if rows.dtype.kind not in "iu" and rows.size:
        raise TypeError(f"run(): items are chosen by whole numbers, not by {rows.dtype}")
    if rows.size and not (rows.min() >= 0 and rows.max() < items):
        raise RangeError(f"run(): item {rows.max() if rows.min() >= 0 else rows.min()} of {items}, counted from 0")
    return rows


def _arrays_of(dataset):
    """The arrays of a dataset's items, and where in them its items are; None if it is not made of arrays."""
    if isinstance(dataset, Subset):
        arrays, places = _arrays_of(dataset.dataset)
        own = np.asarray(dataset.indices, np.int64)
        return arrays, own if places is None else places[own]
    return ([array_of(part) for part in dataset.tensors] if type(dataset) is TensorDataset else None), None


def _stacked(batches):
    """Lists of items, neighbours of the same length together."""
    return [np.array(list(group)) for _, group in itertools.groupby(batches, key=len)]
