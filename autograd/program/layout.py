"""How numbers lie in memory: buffers, views of them, and loops over several views with as few levels as possible."""

import math

import numpy as np

LANES = 16  # buffers may be read and written a little behind their end: up to one group of lanes


WHOLE = np.dtype(np.int64)  # of class indices, places and the like


class Buffer:
    """A stretch of memory for `size` numbers, real or whole; where it begins is decided last (`plan`).

    place   where it begins, in numbers of its dtype: all real numbers share one memory
    home    a buffer that it is written over
    """

    __slots__ = ("dtype", "first", "home", "last", "place", "size")

    def __init__(self, size, dtype):
        self.size, self.dtype = size, dtype
        self.place = self.first = self.last = self.home = None

    @property
    def whole(self):
        return self.dtype == WHOLE

    @property
    def unit(self):
        """How many words a number takes up: a word is 32 bits of real numbers, or one whole number."""
        return 1 if self.whole else self.dtype.itemsize // 4

    @property
    def room(self):
        """Words that it takes up."""
        return -(-(self.size + LANES - 1) // LANES) * LANES * self.unit


class View:
    """Numbers of a buffer as an array: number (i, j, ...) stands at offset + Σ stride·index."""

    __slots__ = ("buffer", "offset", "shape", "strides")

    def __init__(self, buffer, shape, strides=None, offset=0):
        self.buffer, self.shape, self.offset = buffer, tuple(shape), offset
        self.strides = packed_strides(shape) if strides is None else tuple(strides)

    def __repr__(self):
        return f"<view {list(self.shape)} with steps {list(self.strides)}>"

    @property
    def size(self):
        return math.prod(self.shape)

    @property
    def is_packed(self):
        """Whether the numbers lie one after the other, in the order of the indices."""
        return all(
            n == 1 or s == p for n, s, p in zip(self.shape, self.strides, packed_strides(self.shape), strict=True)
        )

    def stretched(self, shape):
        """The view broadcast to a shape."""
        lead = len(shape) - len(self.shape)
        strides = [0] * lead + [
            s if n == m else 0 for n, m, s in zip(self.shape, shape[lead:], self.strides, strict=True)
        ]
        return View(self.buffer, shape, strides, self.offset)

    def permuted(self, axes):
        """The view with its axes in another order."""
        return View(self.buffer, [self.shape[a] for a in axes], [self.strides[a] for a in axes], self.offset)

    def core(self):
        """The view without the axes along which it is only stretched (they get length 1)."""
        shape = [1 if s == 0 else n for n, s in zip(self.shape, self.strides, strict=True)]
        return View(self.buffer, shape, self.strides, self.offset)

    def seen(self, operation):
        """The view after an operation on arrays that moves no numbers; None if it would have to move some."""
        room = np.empty(max(self.buffer.size, 1), np.int8)
        array = (
            np.ndarray(self.shape, np.int8, room, self.offset, self.strides)
            if self.size
            else room[:0].reshape(self.shape)
        )
        result = operation(array)
        if not result.size:
            return View(self.buffer, result.shape)
        if not np.may_share_memory(result, room):
            return None
        offset = result.__array_interface__["data"][0] - room.__array_interface__["data"][0]
        return View(self.buffer, result.shape, result.strides, offset)


def packed_strides(shape):
    """Strides of an array without gaps."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    return tuple(reversed(strides))


def memory_order(views, shape):
    """The order of axes in which the largest of the views lies in memory, the fastest last."""
    full = [view for view in views if all(s or n == 1 for s, n in zip(view.strides, shape, strict=True))]
    if not full:
        return list(range(len(shape)))
    model = full[0]
    return sorted(range(len(shape)), key=lambda axis: (-abs(model.strides[axis]), axis))


def loops(views):
    """The views' common shape and strides with neighbouring axes taken together where all views allow it.

    Returns lengths, outermost first, and for each view its strides.
    """
    lengths, strides = [], [[] for _ in views]
    for axis, n in enumerate(views[0].shape):
        steps = [view.strides[axis] for view in views]
        if n == 1:
            continue
        if lengths and all(own[-1] == step * n for own, step in zip(strides, steps, strict=True)):
            lengths[-1] *= n
            for own, step in zip(strides, steps, strict=True):
                own[-1] = step
        else:
            lengths.append(n)
            for own, step in zip(strides, steps, strict=True):
                own.append(step)
    return lengths, strides
