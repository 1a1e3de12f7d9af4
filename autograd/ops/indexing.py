"""Entries by their place: `x[...]` in all its forms, its transpose, and writing into a place.

An index is what NumPy takes: integers, slices, None, `...`, arrays of integers, masks, and Values as any of them. Where an
integer stands beside arrays it is taken first, as in PyTorch: x[0, :, [1, 2]] is x[0][:, [1, 2]].
"""

import numpy as np

from ..arrays import plain
from ..errors import RangeError
from ..memory import look, put
from ..operation import operation
from .shapes import lengths, run

_WHOLE = slice(None)
_PLAIN = (int, type(None))


class Basic(tuple):
    """An index of integers, slices, None and one Ellipsis: what it shows is a view, also of a single entry."""

    __slots__ = ()


def normal(index):
    """An index as it was written, as a tuple of integers, slices, None, Ellipsis and arrays of one's own."""
    if index.__class__ is int:
        return Basic((index, Ellipsis))
    items = tuple(map(_item, index)) if index.__class__ is tuple else (_item(index),)
    complete = False
    for item in items:
        if item.__class__ is np.ndarray:
            return items
        complete = complete or item is Ellipsis
    return Basic(items if complete else (*items, Ellipsis))


def _item(item):
    kind = item.__class__
    if kind is int or item is None or item is Ellipsis:
        return item
    if kind is slice:
        if item.start.__class__ in _PLAIN and item.stop.__class__ in _PLAIN and item.step.__class__ in _PLAIN:
            return item
        return slice(*(bound if bound is None else bound.__index__() for bound in (item.start, item.stop, item.step)))
    array = np.array(item)  # a copy: an index that changes later must not change what was recorded
    if not array.size and array.dtype.kind == "f":
        array = array.astype(int)  # x[[]]
    if array.dtype.kind not in "iub" or array.dtype == np.uint8:
        remedy = "; say .bool() for a mask or .long() for positions" if array.dtype == np.uint8 else ""
        raise RangeError(
            f"an index is made of integers, slices, None, '...', masks and arrays of integers, not of {array.dtype}{remedy}"
        )
    return int(array) if not array.ndim and array.dtype.kind != "b" else array


def _parted(index):
    """An index in two steps: integers and slices, which give a view, then arrays and masks (None without any)."""
    if index.__class__ is not Basic and not any(item.__class__ is np.ndarray for item in index):
        index = normal(index)
    if index.__class__ is Basic:
        return index, None
    basic, arrays = [], []
    for item in index:
        if item.__class__ is np.ndarray:
            basic += [_WHOLE] * (item.ndim if item.dtype == bool else 1)
            arrays.append(item)
        else:
            basic.append(item)
            if item.__class__ is not int:
                arrays.append(item if item is Ellipsis else _WHOLE)
    return tuple(basic), tuple(arrays)


def _getitem(x, *, index):
    if index.__class__ is Basic and x.__class__ is np.ndarray:
        return x[index]
    if len(index) == 1 and x.__class__ is index[0].__class__ is np.ndarray:  # rows of a table
        return x[index]
    basic, arrays = _parted(index)
    part = np.asarray(x)[basic]
    return part if arrays is None else part[arrays]


def _assign(array, index, numbers):
    """array[index] = numbers."""
    basic, arrays = _parted(index)
    array[basic][... if arrays is None else arrays] = numbers


def _add(array, index, numbers):
    """array[index] += numbers, where a place that stands twice in the index is added to twice."""
    basic, arrays = _parted(index)
    part = array[basic]
    if arrays is None:
        part += numbers
    elif all(item.__class__ is not np.ndarray or item.dtype == bool for item in arrays):
        part[arrays] += numbers
    elif part.flags.c_contiguous:  # NumPy is quick where there is one axis
        places = np.arange(part.size).reshape(part.shape)[arrays]
        np.add.at(part.reshape(-1), places.reshape(-1), np.broadcast_to(numbers, places.shape).reshape(-1))
    else:
        np.add.at(part, arrays, numbers)


getitem = operation(
    "getitem", _getitem, (lambda g, y, x, index: run(place, g, shape=lengths(x), index=index),),
    symbol="[ ]", text="x[index]", latex="x_{[i]}", slopes=("g at the index, 0 elsewhere",),
    derivatives=(r"\bar y \text{ at } i",), shape="(n)->(m)", view=True, family="shape",
)  # fmt: skip


def _place(x, *, shape, index):
    x = np.asarray(x)
    zeros = np.zeros(shape, x.dtype)
    if index.__class__ is Basic:
        zeros[index] = x
    else:
        _add(zeros, index, x)
    return zeros


place = operation(
    "place", _place, (lambda g, y, x, shape, index: run(getitem, g, index=index),),
    text="zeros with x added at an index", latex="x \\text{ at } i", slopes=("g[index]",),
    derivatives=(r"\bar y_{[i]}",), shape="(m)->(n)", family="shape",
)  # fmt: skip


# -- writing into a part -----------------------------------------------------------------------------------------


def overwrite_at(data, way, numbers):
    """`data` with `numbers` written into the part that the views of `way` show; the last of them may be any index."""
    array = np.asarray(data)
    if way and way[-1][0] is getitem:
        part = look(array, way[:-1])
        if part is array or np.may_share_memory(part, array):
            _assign(part, way[-1][1]["index"], numbers)
            return plain(array)
    return put(array, way, numbers)


def _follow(g, way):
    """The part of g that the views of `way` show, in operations."""
    for op, parameters in way:
        g = op(g, **parameters)
    return g


overwrite = operation(
    "overwrite", lambda x, new, *, way: overwrite_at(np.array(x), way, new),
    (lambda g, y, x, new, way: overwrite(g, 0.0, way=way), lambda g, y, x, new, way: _follow(g, way)),
    symbol="[ ]=", text="x with new numbers in one place", latex="x_{[i]} := v",
    slopes=("g, with 0 in that place", "g in that place"),
    derivatives=(r"\bar y \text{ outside } i", r"\bar y_{[i]}"), shape="(n),(m)->(n)", family="shape",
)  # fmt: skip


def way_to(index):
    """The last step to x[index], as `overwrite` takes it."""
    return ((getitem, {"index": normal(index)}),)
