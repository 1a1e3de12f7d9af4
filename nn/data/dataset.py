"""Datasets: collections of items, mostly pairs of an input and its target, that a DataLoader cuts into batches."""

import math
from bisect import bisect_right
from itertools import accumulate

import numpy as np

from autograd import Value
from autograd.arrays import admit, plain
from autograd.errors import ShapeError
from autograd.value import constant

from .collate import default_collate
from .sampler import permutation


class Dataset:
    """Base of datasets whose items have numbers: a subclass gives `__getitem__(index)` and `__len__()`.

    A subclass that can cut whole batches out of arrays also gives `collated(indices)`, equal to
    `default_collate([self[i] for i in indices])`, and says so by `at_once = True`.
    """

    at_once = False

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "__getitem__" in cls.__dict__ and "collated" not in cls.__dict__:
            cls.collated, cls.at_once = Dataset.collated, False  # the inherited short way would pass by the new items

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(index)")

    def collated(self, indices):
        """The batch of the items at `indices`."""
        return default_collate([self[index] for index in indices])

    def __add__(self, other):
        return ConcatDataset([self, other])


class IterableDataset:
    """Base of datasets that come as a stream: a subclass gives `__iter__()`. A DataLoader cannot shuffle them."""

    def __iter__(self):
        raise NotImplementedError(f"{type(self).__name__} must define __iter__()")


class TensorDataset(Dataset):
    """Item i is the tuple of the rows i of `tensors`, which are Values or arrays of one length; they are not copied.

    Raises ShapeError for unequal lengths or a single number.
    """

    at_once = True

    def __init__(self, *tensors):
        self.tensors = tuple(t if t.__class__ is Value else constant(admit(t, copy=False)) for t in tensors)
        if not self.tensors or any(t.ndim == 0 for t in self.tensors):
            raise ShapeError("TensorDataset needs at least one array, and every array at least one axis: its items")
        lengths = [len(t) for t in self.tensors]
        if len(set(lengths)) > 1:
            raise ShapeError(
                f"TensorDataset: the arrays have unequal lengths, {lengths}; the first axis counts the items"
            )

    def __getitem__(self, index):
        return tuple(constant(plain(t._data[index])) for t in self.tensors)

    def __len__(self):
        return len(self.tensors[0])

    def collated(self, indices):
        return [constant(t._data.take(indices, axis=0)) for t in self.tensors]


class Subset(Dataset):
    """The items of `dataset` at `indices`, in that order."""

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index):
        return self.dataset[self.indices[index]]

    def __len__(self):
        return len(self.indices)

    @property
    def at_once(self):
        return getattr(self.dataset, "at_once", False)

    def collated(self, indices):
        return collated_of(self.dataset)([self.indices[index] for index in indices])


class ConcatDataset(Dataset):
    """Several datasets, one after another; also written `a + b`. Raises ValueError for none."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset needs at least one dataset")
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __getitem__(self, index):
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"item {index} of {len(self)}")
        number = bisect_right(self.cumulative_sizes, position)
        return self.datasets[number][position - (self.cumulative_sizes[number - 1] if number else 0)]

    def __len__(self):
        return self.cumulative_sizes[-1]


def collated_of(dataset):
    """The function that gives a batch of `dataset`, which may be any object with `__getitem__`."""
    return getattr(dataset, "collated", None) or (lambda indices: default_collate([dataset[i] for i in indices]))


def random_split(dataset, lengths, generator=None):
    """Split a dataset at random into Subsets of the given lengths, or of fractions that add up to 1.

    With fractions the lengths are rounded down, and what is left goes to the first ones, one each.

    generator  a Generator, or a seed; default: the global one of `manual_seed`

    Raises ValueError if the lengths do not add up to that of the dataset.
    """
    lengths, total = list(lengths), len(dataset)
    if any(length < 0 for length in lengths):
        raise ValueError(f"random_split: lengths cannot be negative: {lengths}")
    whole = all(isinstance(length, (int, np.integer)) for length in lengths)
    if math.isclose(sum(lengths), 1) and not (whole and total == 1):
        lengths = [math.floor(total * fraction) for fraction in lengths]
        for number in range(total - sum(lengths)):
            lengths[number % len(lengths)] += 1
    if sum(lengths) != total:
        raise ValueError(
            f"random_split: the lengths add up to {sum(lengths)}, the dataset has {total} items; give whole numbers "
            f"that add up to {total}, or fractions that add up to 1"
        )
    order = permutation(total, generator).tolist()
    ends = list(accumulate(lengths))
    return [Subset(dataset, order[end - length : end]) for end, length in zip(ends, lengths, strict=True)]
