"""Entries chosen along an axis or by a mask, in PyTorch's forms, and their counterparts that put entries back."""

import math
from operator import index as as_index

import numpy as np

from ..arrays import dtype_of
from ..errors import ArgumentError, CompileError, RangeError, ShapeError
from ..operation import operation, pointwise
from .indexing import Basic, getitem, normal, overwrite, place, way_to
from .matrices import diagonal as diagonal_row
from .piecewise import where
from .shapes import axis_of, broadcast_shapes, broadcast_tensors, broadcast_to, flatten, lengths, reshape, run


def _places(index, shape, dim, what):
    """The index along `dim` as a NumPy index: each other axis at its own place."""
    index = np.asarray(index)
    if index.dtype.kind not in "iu":
        raise RangeError(f"{what}: an index is made of integers, this is {index.dtype}; see .long()")
    if index.ndim != len(shape):
        raise ShapeError(f"{what}: the index has {index.ndim} axes, the array {len(shape)}; they must be as many")
    if any(n > size for axis, (n, size) in enumerate(zip(index.shape, shape)) if axis != dim):
        raise ShapeError(f"{what}: the index, {index.shape}, reaches beyond the array, {tuple(shape)}")
    if index.size and (index.min() < 0 or index.max() >= shape[dim]):
        wrong = int(index.min() if index.min() < 0 else index.max())
        raise RangeError(f"{what}: there is no entry {wrong} in an axis of length {shape[dim]}")
    places = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    places[dim] = index
    return tuple(places)


def _scatter(x, index, src, *, dim):
    x = np.array(x)
    x[_places(index, x.shape, dim, "scatter")] = src
    return x


def _scatter_add(x, index, src, *, dim):
    x = np.array(x, order="C")
    places = np.ravel_multi_index(_places(index, x.shape, dim, "scatter_add"), x.shape)
    np.add.at(x.reshape(-1), places.reshape(-1), np.broadcast_to(src, places.shape).reshape(-1))
    return x


gather_row = operation(
    "gather", lambda x, index, *, dim: np.asarray(x)[_places(index, np.shape(x), dim, "gather")],
    (
        lambda g, y, x, index, dim: scatter_add_row(np.zeros(np.shape(x), dtype_of(g)), index, g, dim=dim),
        lambda g, y, x, index, dim: 0.0,
    ),
    text="x at the places of index", latex="x_{i_j}", slopes=("g added up at the places", "0"),
    derivatives=(r"\textstyle\sum_{j : i_j = k} \bar y_j", "0"), shape="(n),(m)->(m)", family="shape",
)  # fmt: skip

scatter_row = operation(
    "scatter", _scatter,
    (
        lambda g, y, x, index, src, dim: scatter_row(g, index, 0.0, dim=dim),
        lambda g, y, x, index, src, dim: 0.0,
        lambda g, y, x, index, src, dim: gather_row(g, index, dim=dim),
    ),
    text="x with src at the places of index", latex="x_{i_j} := s_j", slopes=("g, with 0 at the places", "0", "g there"),
    derivatives=(r"\bar y", "0", r"\bar y_{i_j}"), shape="(n),(m),(m)->(n)", family="shape",
)  # fmt: skip

scatter_add_row = operation(
    "scatter_add", _scatter_add,
    (
        lambda g, y, x, index, src, dim: g,
        lambda g, y, x, index, src, dim: 0.0,
        lambda g, y, x, index, src, dim: gather_row(g, index, dim=dim),
    ),
    text="x with src added at the places of index", latex="x_{i_j} + s_j", slopes=("g", "0", "g at the places"),
    derivatives=(r"\bar y", "0", r"\bar y_{i_j}"), shape="(n),(m),(m)->(n)", family="shape",
)  # fmt: skip

masked_fill = pointwise(
    "masked_fill", lambda x, mask, value: _filled(x, mask, value),
    lambda g, y, x, mask, value: where(mask, 0.0, g),
    lambda g, y, x, mask, value: 0.0,
    lambda g, y, x, mask, value: where(mask, g, 0.0),
    text="value if mask else x", latex=r"\begin{cases} v & m \\ x & \text{else}\end{cases}",
    slopes=("0 if mask else 1", "0", "1 if mask else 0"), derivatives=("1 - [m]", "0", "[m]"), family="piecewise",
)  # fmt: skip


def _filled(x, mask, value):
    if dtype_of(mask).kind != "b":
        raise RangeError(f"masked_fill: a mask is made of booleans, not of {dtype_of(mask)}; see .bool()")
    return np.where(mask, np.asarray(value).astype(dtype_of(x)), x)


# -- in PyTorch's forms ---------------------------------------------------------------------------------------------


def _along(dim, ndim, item, what):
    """The index that takes `item` along one axis and everything along the others."""
    if item is None:
        raise TypeError(f"{what}: an index is made of integers, None is none")
    return (*(slice(None),) * axis_of(dim, ndim, what), item)


def part(x, axis, item):
    """The part of `x` that an integer or a slice shows of an axis counted from the front; nothing is checked. A view."""
    return run(getitem, x, index=Basic((*(slice(None),) * axis, item, Ellipsis)))


def gather(x, dim, index, *, sparse_grad=False):
    """y[i][j][k] = x[index[i][j][k]][j][k] for dim 0, and so on: entries of `x` along `dim`, for each place of its own."""
    dim = axis_of(dim, np.ndim(x), "gather")
    if not np.ndim(x) and not np.ndim(index):
        return reshape(gather_row(reshape(x, shape=(1,)), reshape(index, shape=(1,)), dim=0), shape=())
    return gather_row(x, index, dim=dim)


MOST_PICKED = 1 << 24  # entries whose places are exact among float32 numbers


def picked(x, index):
    """x[i, j, ...] with integers along the first axes, of which some are computed by the program that is being recorded.

    Raises CompileError for computed masks, and for computed integers beside slices.
    """
    items = list(index) if isinstance(index, tuple) else [index]
    while items and (items[-1] is Ellipsis or (items[-1].__class__ is slice and items[-1] == slice(None))):
        items.pop()
    items = [item if hasattr(item, "_data") else np.asarray(item) for item in items]
    count, shape = len(items), tuple(np.shape(x))
    total = math.prod(shape[:count])
    if any(item.dtype.kind not in "iu" for item in items) or count > len(shape) or total > MOST_PICKED:
        raise CompileError(
            f"an index of an array of shape {shape} is computed inside the function that is being recorded: a program "
            "can follow integers along the first axes, x[i] or x[i, j]; write x * mask or where for a mask, gather "
            "for another axis"
        )
    place, bad = 0, False
    for item, size in zip(items, shape, strict=False):
        item = where(item < 0, item + size, item)
        place, bad = place * size + item, bad | (item < 0) | (item >= size)
    place = reshape(where(bad, total, place), shape=(*np.shape(place), *(1,) * (len(shape) - count)))
    rows = reshape(x, shape=(total, *shape[count:]))
    flat = reshape(place, shape=(-1, *(1,) * (len(shape) - count)))
    entries = gather(rows, 0, broadcast_to(flat, shape=(np.shape(flat)[0], *shape[count:])))
    return reshape(entries, shape=(*np.shape(place)[: np.ndim(place) - len(shape) + count], *shape[count:]))



def _cut(src, index):
    """The part of `src` that an index of that shape uses; a number as it is."""
    shape = np.shape(index)
    if np.ndim(src) == 0 or np.shape(src) == shape:
        return src
    if np.ndim(src) != len(shape) or any(n > size for n, size in zip(shape, np.shape(src))):
        raise ShapeError(f"scatter: the source, {tuple(np.shape(src))}, does not cover the index, {tuple(shape)}")
    return getitem(src, tuple(slice(n) for n in shape))


def scatter(x, dim, index, src=None, *, value=None, reduce=None):
    """`x` with y[index[i][j]][j] = src[i][j] for dim 0, and so on; `src` may be one number. reduce="add" adds instead."""
    if src is None and value is None:
        raise TypeError("scatter() misses its argument 'src'")
    if reduce == "add":
        return scatter_add(x, dim, index, value if src is None else src)
    if reduce is not None:
        raise ArgumentError(f"scatter: reduce is None or 'add', not {reduce!r}")
    return scatter_row(x, index, _cut(value if src is None else src, index), dim=axis_of(dim, np.ndim(x), "scatter"))


def scatter_add(x, dim, index, src):
    """`x` with src[i][j] added to y[index[i][j]][j] for dim 0, and so on; a place may be added to many times."""
    return scatter_add_row(x, index, _cut(src, index), dim=axis_of(dim, np.ndim(x), "scatter_add"))


def take_along_dim(x, indices, dim=None):
    """Entries of `x` along `dim` as argsort or argmax(keepdim=True) give their places; other axes broadcast."""
    if dim is None:
        x, indices, dim = flatten(x), flatten(indices), 0
    dim = axis_of(dim, np.ndim(x), "take_along_dim")
    if np.ndim(x) != np.ndim(indices):
        raise ShapeError(f"take_along_dim: {np.ndim(x)} axes and indices with {np.ndim(indices)}; they must be as many")
    common = broadcast_shapes(
        *(tuple(1 if axis == dim else n for axis, n in enumerate(np.shape(a))) for a in (x, indices))
    )
    x, indices = (broadcast_to(a, shape=(*common[:dim], np.shape(a)[dim], *common[dim + 1 :])) for a in (x, indices))
    return gather_row(x, indices, dim=dim)


take_along_axis = take_along_dim


def take(x, index):
    """Entries of `x` as if it were one row, in the shape of `index`."""
    return getitem(flatten(x), normal(_along(0, 1, index, "take")))


def index_select(x, dim, index):
    """The slices of `x` along `dim` at the places of the vector `index`; one may be taken many times."""
    if np.ndim(index) > 1:
        raise RangeError(f"index_select: the index is a vector, not of shape {tuple(np.shape(index))}")
    index = np.asarray(index).reshape(-1)
    return getitem(x, normal(_along(dim, np.ndim(x), index, "index_select")))


def narrow(x, dim, start, length):
    """`length` slices of `x` along `dim`, from `start` on. A view."""
    shape = lengths(x)
    dim, start, length = axis_of(dim, len(shape), "narrow"), as_index(start), as_index(length)
    size = shape[dim] if shape else 0
    start += size if start < 0 else 0
    if length < 0 or start < 0 or start + length > size:
        raise RangeError(f"narrow: {length} from {start} on, of an axis of length {size}")
    return part(x, dim, slice(start, start + length))


def select(x, dim, index):
    """The slice of `x` at one place of `dim`, without that axis. A view."""
    return part(x, axis_of(dim, len(lengths(x)), "select"), as_index(index))


def masked_select(x, mask):
    """The entries of `x` where `mask` is true, in a row."""
    if dtype_of(getattr(mask, "_data", mask)).kind != "b":
        raise RangeError(f"masked_select: a mask is made of booleans, not of {dtype_of(mask)}; see .bool()")
    x, mask = broadcast_tensors(x, mask)
    x, mask = (x, mask) if np.ndim(x) else (flatten(x), flatten(mask))
    return getitem(x, normal(mask))


def index_put(x, indices, values, accumulate=False):
    """`x` with x[indices] = values, as a new array; with `accumulate` the values are added there."""
    if values is None:
        raise TypeError("numbers to be put into an array are a Value, an array or a number, not None")
    way = way_to(tuple(indices))
    if not accumulate:
        return overwrite(x, values, way=way)
    index = way[0][1]["index"]
    shape = np.shape(getitem(np.broadcast_to(0.0, np.shape(x)), index))
    return x + place(broadcast_to(values, shape=shape), np.shape(x), index)


def index_add(x, dim, index, source, *, alpha=1):
    """`x` with alpha·source added along `dim` at the places of the vector `index`."""
    return index_put(x, _along(dim, np.ndim(x), index, "index_add"), source * alpha, accumulate=True)


def index_copy(x, dim, index, source):
    """`x` with the slices of `source` along `dim` at the places of the vector `index`."""
    return index_put(x, _along(dim, np.ndim(x), index, "index_copy"), source)


def index_fill(x, dim, index, value):
    """`x` with one number in its slices along `dim` at the places of the vector `index`."""
    return index_put(x, _along(dim, np.ndim(x), index, "index_fill"), value)


def select_scatter(x, src, dim, index):
    """`x` with `src` as its slice at one place of `dim`."""
    return index_put(x, _along(dim, np.ndim(x), as_index(index), "select_scatter"), src)


def slice_scatter(x, src, dim=0, start=None, end=None, step=1):
    """`x` with `src` as its slices start:end:step along `dim`."""
    return index_put(x, _along(dim, np.ndim(x), slice(*map(_end, (start, end, step))), "slice_scatter"), src)


def _end(place):
    return None if place is None else as_index(place)


def diagonal_scatter(x, src, offset=0, dim1=0, dim2=1):
    """`x` with `src` on a diagonal."""
    if src is None:
        raise TypeError("diagonal_scatter: src is a Value, an array or a number, not None")
    return overwrite(x, src, way=((diagonal_row, {"offset": offset, "dim1": dim1, "dim2": dim2}),))


nonzero_row = operation(
    "nonzero", lambda x: np.argwhere(x), text="the places where x is not 0", latex=r"\{i : x_i \ne 0\}",
    shape="(n)->(k,d)", family="comparison",
)  # fmt: skip
argwhere = nonzero_row


def nonzero(x, *, as_tuple=False):
    """The places of the entries that are not 0: a row of coordinates for each or, `as_tuple`, an array for each axis."""
    places = nonzero_row(x)
    return tuple(select(places, 1, axis) for axis in range(np.ndim(x))) if as_tuple else places
