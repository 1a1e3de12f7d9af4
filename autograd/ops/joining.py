"""Several arrays made into one, and copies of one along its axes; what splits them again is slices."""

import math
from itertools import accumulate, pairwise
from operator import index

import numpy as np

from ..errors import ArgumentError, ShapeError
from ..operation import TABLE, EachInput, operation
from .indexing import getitem
from .selecting import index_select, narrow, part
from .shapes import axis_of, expand, lengths, listed, reshape, transpose, unsqueeze


def _cat(*xs, dim=0):
    shapes = [lengths(x) for x in xs]
    if (0,) in shapes and len(max(shapes, key=len)) > 1:  # PyTorch lets an empty vector pass with anything
        xs = [x for x, shape in zip(xs, shapes) if shape != (0,)]
    return np.concatenate(xs, axis=dim)


def _cat_rule(position, g, y, *xs, dim=0):
    """The slice of g that came from this input."""
    ndim = len(lengths(y))
    sizes = [shape[dim] if len(shape) == ndim else 0 for shape in map(lengths, xs[: position + 1])]
    if len(lengths(xs[position])) != ndim:
        return 0.0  # an empty vector that was passed over
    end = sum(sizes)
    return part(g, dim % ndim, slice(end - sizes[-1], end))


cat_row = operation(
    "cat", _cat, EachInput(_cat_rule),
    text="the xs one after another", latex=r"[X_1 \mid X_2 \mid \dots]", slopes=("its slice of g",),
    derivatives=(r"\bar y_{[i]}",), shape="(n_i)->(sum n_i)", family="shape", variadic=True,
)  # fmt: skip


def _stack(*xs, dim=0):
    """`np.stack` in half its time."""
    first = lengths(xs[0])
    count = len(first) + 1
    if not -count <= dim < count or any(lengths(x) != first for x in xs):
        return np.stack(xs, axis=dim)  # which says what is wrong
    place = dim % count
    shape = (*first[:place], 1, *first[place:])
    return np.concatenate([np.asarray(x).reshape(shape) for x in xs], axis=dim)


stack_row = operation(
    "stack", _stack,
    EachInput(lambda position, g, y, *xs, dim=0: part(g, dim % len(lengths(y)), position)),
    text="the xs along a new axis", latex=r"[x_1, x_2, \dots]", slopes=("its slice of g",),
    derivatives=(r"\bar y_i",), shape="(n)->(k,n)", family="shape", variadic=True,
)  # fmt: skip


def _some(tensors, what):
    tensors = tuple(tensors)
    if not tensors:
        raise ShapeError(f"{what}: there is nothing to join; give at least one array")
    return tensors


def cat(tensors, dim=0):
    """The arrays one after another along the axis `dim` that is there; the other axes have the same lengths."""
    tensors = _some(tensors, "cat")
    return cat_row.of(tensors, {"dim": axis_of(dim, max([len(lengths(x)) for x in tensors]), "cat")})


concat = concatenate = cat


def stack(tensors, dim=0):
    """Arrays of one shape along a new axis at place `dim`."""
    tensors = _some(tensors, "stack")
    return stack_row.of(tensors, {"dim": axis_of(dim, len(lengths(tensors[0])) + 1, "stack")})


def hstack(tensors):
    """The arrays side by side: along the second axis, vectors along their only one."""
    tensors = [x if np.ndim(x) else reshape(x, shape=(1,)) for x in _some(tensors, "hstack")]
    return cat(tensors, 0 if np.ndim(tensors[0]) == 1 else 1)


def vstack(tensors):
    """The arrays one below the other; a vector is a row."""
    return cat([x if np.ndim(x) > 1 else reshape(x, shape=(1, -1)) for x in _some(tensors, "vstack")], 0)


row_stack = vstack


def column_stack(tensors):
    """The arrays side by side; a vector is a column."""
    return cat([x if np.ndim(x) > 1 else reshape(x, shape=(-1, 1)) for x in _some(tensors, "column_stack")], 1)


def dstack(tensors):
    """The arrays along the third axis."""
    rows = [x if np.ndim(x) > 1 else reshape(x, shape=(1, -1)) for x in _some(tensors, "dstack")]
    return cat([x if np.ndim(x) > 2 else unsqueeze(x, -1) for x in rows], 2)


# -- and apart ------------------------------------------------------------------------------------------------------


def split(x, split_size_or_sections, dim=0):
    """Slices of `x` along `dim`: of one length (the last may be shorter), or of the lengths given. Views."""
    shape, sizes = lengths(x), split_size_or_sections
    axis = axis_of(dim, len(shape), "split")
    length = shape[axis]
    if hasattr(sizes, "__index__"):
        if sizes <= 0 and length:
            raise ShapeError(f"split: a length of {sizes}; it has to be at least 1")
        return _cut(x, axis, [*range(0, length, int(sizes)), length] if length else [0, 0])
    sizes = listed((sizes,))
    if sum(sizes) != length or min(sizes) < 0:
        raise ShapeError(f"split: {list(sizes)} do not add up to the length {length} of axis {dim}")
    return _cut(x, axis, [0, *accumulate(sizes)])


def _cut(x, axis, edges):
    """The slices of `x` between places of an axis."""
    return tuple([part(x, axis, slice(start, max(start, end))) for start, end in pairwise(edges)])


def chunk(x, chunks, dim=0):
    """At most `chunks` slices of `x` along `dim`, all of one length but the last. Views."""
    if index(chunks) < 1:
        raise ShapeError(f"chunk: {chunks} pieces; it has to be at least 1")
    shape = lengths(x)
    length = shape[axis_of(dim, len(shape), "chunk")]
    return split(x, max(1, math.ceil(length / chunks)), dim) if length else (narrow(x, dim, 0, 0),) * chunks


def tensor_split(x, indices_or_sections, dim=0):
    """Slices of `x` along `dim`: so many, as equal as can be, or cut before each of the positions given. Views."""
    axis = axis_of(dim, np.ndim(x), "tensor_split")
    length = np.shape(x)[axis]
    if hasattr(indices_or_sections, "__index__"):
        count = int(indices_or_sections)
        if count < 1:
            raise ShapeError(f"tensor_split: {count} pieces; it has to be at least 1")
        cuts = [length // count * i + min(i, length % count) for i in range(1, count)]
    else:
        cuts = [range(length)[cut:].start if length else 0 for cut in map(int, indices_or_sections)]
    return _cut(x, axis, [0, *cuts, length])


def unbind(x, dim=0):
    """The slices of `x` along `dim`, without that axis. Views."""
    shape = lengths(x)
    axis = axis_of(dim, len(shape), "unbind")
    return tuple([part(x, axis, i) for i in range(shape[axis])])


# -- copies along axes ----------------------------------------------------------------------------------------------


def _tile_rule(g, y, x, dims):
    """g summed over the copies: each axis as (copy, place), and the sum over the first."""
    shape = (1,) * (len(dims) - np.ndim(x)) + tuple(np.shape(x))
    dims = (1,) * (len(shape) - len(dims)) + tuple(dims)
    pairs = tuple(size for pair in zip(dims, shape, strict=True) for size in pair)
    total = TABLE["sum"](reshape(g, shape=pairs), dim=tuple(range(0, len(pairs), 2)))
    return reshape(total, shape=np.shape(x))


tile_row = operation(
    "tile", lambda x, *, dims: np.tile(x, dims), (_tile_rule,),
    text="copies of x side by side", latex="[X, X, \\dots]", slopes=("g summed over the copies",),
    derivatives=(r"\sum \bar y",), shape="(n)->(k n)", family="shape",
)  # fmt: skip


def tile(x, *dims):
    """`x` laid side by side, so many times along each axis; missing axes count from the end."""
    if not dims:
        raise TypeError("tile() misses its argument 'dims'")
    return tile_row(x, dims=listed(dims))


def repeat(x, *sizes):
    """`x` laid side by side, so many times along each axis: one size an axis, more for new axes in front."""
    sizes = listed(sizes)
    if len(sizes) < np.ndim(x) or min(sizes, default=0) < 0:
        raise ShapeError(f"repeat: {sizes} for {np.ndim(x)} axes; give one size (0 or more) for each axis at least")
    return tile_row(x, dims=sizes)


def repeat_interleave(x, repeats, dim=None):
    """Each entry of `x` along `dim` (of all entries in a row without one) so many times, one after another."""
    if dim is None:
        x, dim = reshape(x, shape=(-1,)), 0
    dim = axis_of(dim, np.ndim(x), "repeat_interleave")
    try:
        places = np.repeat(np.arange(np.shape(x)[dim]), np.asarray(repeats))
    except ValueError as error:
        raise ShapeError(f"repeat_interleave: {repeats} for an axis of length {np.shape(x)[dim]}: {error}") from error
    return index_select(x, dim, places)


def meshgrid(*tensors, indexing="ij"):
    """Coordinates of the grid spanned by vectors, one array each; `indexing="xy"` exchanges the first two axes."""
    tensors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    if indexing not in ("ij", "xy"):
        raise ArgumentError(f"meshgrid: indexing is 'ij' or 'xy', not {indexing!r}")
    if any(np.ndim(x) > 1 for x in tensors):
        raise ShapeError("meshgrid takes vectors and numbers, one an axis of the grid")
    shape, grids = tuple(math.prod(np.shape(x)) for x in tensors), []
    for axis, x in enumerate(tensors):
        row = reshape(x, shape=(1,) * axis + (-1,) + (1,) * (len(shape) - axis - 1))
        grid = expand(row, shape)
        grids.append(transpose(grid, 0, 1) if indexing == "xy" and len(shape) > 1 else grid)
    return tuple(grids)


# -- a frame around -------------------------------------------------------------------------------------------------


def _inside(pads, shape):
    return tuple(slice(before, before + size) for (before, _), size in zip(pads, shape, strict=True))


def _pad(x, *, pads, value=0.0):
    x = np.asarray(x)
    framed = np.full([before + size + after for (before, after), size in zip(pads, x.shape)], value, x.dtype)
    framed[_inside(pads, x.shape)] = x
    return framed


pad_row = operation(
    "pad", _pad,
    (lambda g, y, x, pads, value=0.0: getitem(g, _inside(pads, np.shape(x))),),
    text="x in a frame", latex="X", slopes=("g inside the frame",), derivatives=(r"\bar y",), shape="(n)->(m)",
    family="shape",
)  # fmt: skip
_NUMPY_MODE = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def pad(input, pad, mode="constant", value=None):
    """`input` with a frame, as `torch.nn.functional.pad`.

    pad    lengths before and after the last axis, then the last but one, …; a negative length cuts off
    mode   "constant" fills with `value` (0), "reflect" mirrors without the edge, "replicate" repeats the edge,
           "circular" goes on at the other end
    """
    pad, ndim = listed((pad,)), np.ndim(input)
    if len(pad) % 2 or len(pad) > 2 * ndim:
        raise ShapeError(f"pad: {pad} for {ndim} axes; give two lengths for each axis, the last axis first")
    pairs = [(0, 0)] * (ndim - len(pad) // 2) + list(zip(pad[0::2], pad[1::2]))[::-1]
    if mode != "constant":
        return _continued(input, pairs, mode)
    cut = tuple(slice(max(0, -a), size - max(0, -b)) for (a, b), size in zip(pairs, np.shape(input), strict=True))
    if min(pad, default=0) < 0:
        input = getitem(input, cut)
    return pad_row(input, pads=tuple((max(0, a), max(0, b)) for a, b in pairs), value=0.0 if value is None else value)


def _continued(x, pairs, mode):
    """Padding with entries of `x` itself: along each axis, take the entries at the positions that continue it."""
    if mode not in _NUMPY_MODE:
        raise ArgumentError(f"pad: mode is 'constant', 'reflect', 'replicate' or 'circular', not {mode!r}")
    for axis, (before, after) in enumerate(pairs):
        length = np.shape(x)[axis]
        room = {"reflect": length - 1, "circular": length}.get(mode, math.inf)
        if min(before, after) < 0 or max(before, after) > room or not length:
            raise ShapeError(f"pad: {(before, after)} for an axis of length {length} with mode {mode!r}")
        if before or after:
            x = index_select(x, axis, np.pad(np.arange(length), (before, after), mode=_NUMPY_MODE[mode]))
    return x
