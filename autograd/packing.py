"""Several results in one flat Value: a node of the graph has one result, what a user writes may have more."""

import math

import numpy as np

from .arrays import dtype_of, shape_of
from .operation import TABLE


class Packing:
    """How arrays of various shapes and dtypes lie one after the other in a flat one; one alone stays as it is."""

    def __init__(self, arrays):
        self.shapes = [shape_of(array) for array in arrays]
        self.dtypes = [dtype_of(array) for array in arrays]
        self.ends = np.cumsum([math.prod(shape) for shape in self.shapes]).tolist()

    def pack(self, arrays):
        """Arrays, flat."""
        if len(arrays) == 1:
            return arrays[0]
        return np.concatenate([np.ravel(array) for array in arrays]).astype(np.result_type(*self.dtypes), copy=False)

    def pack_values(self, values):
        """Values, flat, by operations."""
        if len(values) == 1:
            return values[0]
        return TABLE["cat"]([TABLE["reshape"](value, shape=(-1,)) for value in values], dim=0)

    def unpack(self, flat):
        """The parts of a flat Value, by operations."""
        if len(self.shapes) == 1:
            return (flat,)
        starts = [0, *self.ends][:-1]
        pieces = [flat[start:end] for start, end in zip(starts, self.ends, strict=True)]
        return tuple(
            _as(TABLE["reshape"](piece, shape=shape), dtype)
            for piece, shape, dtype in zip(pieces, self.shapes, self.dtypes, strict=True)
        )


def _as(value, dtype):
    return value if value.dtype == dtype else TABLE["to"](value, dtype=dtype)
