"""Operations that change shapes and the order of axes and no entry; most are views of the same memory."""

import math
from operator import index

import numpy as np

from ..errors import RangeError, ShapeError
from ..operation import TABLE, operation
from ..recording import record
from ..value import Value


def lengths(x):
    """The shape of a Value, an array or a number as a plain tuple, in a fraction of np.shape's time."""
    data = x._data if x.__class__ is Value else x
    return data.shape if data.__class__ is np.ndarray else np.shape(data)


def run(op, x, **parameters):
    """A row with one input, without the sorting of arguments that a call begins with."""
    return record(op, (x,), parameters) if x.__class__ is Value else op.evaluate((x,), parameters)


def _to(x, *, dtype):
    return np.asarray(x).astype(dtype)


to = operation(
    "to", _to, (lambda g, y, x, dtype: g,),  # the engine gives every gradient its input's dtype
    symbol="→dtype", text="x as another dtype", latex="x", slopes=("1",), derivatives=("1",), family="shape",
)  # fmt: skip

def _stretched(x, shape):
    """`np.broadcast_to` in a fraction of its time: every sum and mean needs it on its way back."""
    x = x if x.__class__ is np.ndarray else np.asarray(x)
    own, new = x.shape, len(shape) - x.ndim
    if not own and new:
        return np.ndarray(shape, x.dtype, x.tobytes(), 0, (0,) * new)  # cannot be written to, as one may not
    if new < 0 or not x.flags.c_contiguous:
        return np.broadcast_to(x, shape)
    strides = [0] * new
    for size, wanted, step in zip(own, shape[new:], x.strides):
        if size != wanted and size != 1:
            return np.broadcast_to(x, shape)  # which says what is wrong
        strides.append(step if size == wanted else 0)
    stretched = np.ndarray(shape, x.dtype, x, 0, strides)
    stretched.flags.writeable = False
    return stretched


broadcast_to = operation(
    "broadcast_to", lambda x, *, shape: _stretched(x, shape),
    (lambda g, y, x, shape: run(TABLE["sum_to"], g, shape=lengths(x)),),
    symbol="stretch", text="x stretched to its new shape", latex="x", slopes=("g summed over the stretched axes",),
    derivatives=(r"\sum \bar y",), shape="(n)->(m)", view=True, family="shape",
)  # fmt: skip


def _reshape(x, *, shape):
    result = x.reshape(shape) if x.__class__ is np.ndarray else np.reshape(x, shape)
    return result if result.shape == shape else _with_one_unknown(result, shape)


def _with_one_unknown(result, shape):
    """An array in a shape in which -1 stands for the length that is left; NumPy takes any negative number for it."""
    if shape.__class__ is tuple and min(shape, default=0) < -1:
        raise ShapeError(f"a shape has lengths of 0 or more, or -1 for what is left, not {min(shape)}")
    return result


reshape = operation(
    "reshape", _reshape, (lambda g, y, x, shape: run(reshape, g, shape=lengths(x)),),
    text="x in another shape", latex="x", slopes=("g in the shape of x",), derivatives=(r"\bar y",),
    shape="(n)->(m)", view=True, family="shape",
)  # fmt: skip


def _view(x, *, shape):
    try:
        result = np.asarray(x).reshape(shape, copy=False)
    except ValueError as error:
        if "copy" not in str(error):
            raise
        raise ShapeError(
            f"view: the entries of shape {np.shape(x)} do not lie in memory in the order that {shape} needs; "
            "reshape() copies them"
        ) from error
    return result if result.shape == shape else _with_one_unknown(result, shape)


view = operation(
    "view", _view, (lambda g, y, x, shape: run(reshape, g, shape=lengths(x)),),
    text="x in another shape", latex="x", slopes=("g in the shape of x",), derivatives=(r"\bar y",),
    shape="(n)->(m)", view=True, family="shape",
)  # fmt: skip

transpose_row = operation(
    "transpose", lambda x, *, dim0, dim1: np.asarray(x).swapaxes(dim0, dim1),
    (lambda g, y, x, dim0, dim1: run(transpose_row, g, dim0=dim0, dim1=dim1),),
    symbol="ᵀ", text="xᵀ", latex=r"x^{\mathsf T}", slopes=("gᵀ",), derivatives=(r"\bar y^{\mathsf T}",),
    shape="(n,m)->(m,n)", view=True, family="shape",
)  # fmt: skip



def _back(dims):
    """The order of axes that undoes another."""
    back = [0] * len(dims)
    for place, dim in enumerate(dims):
        back[dim] = place
    return tuple(back)


permute = operation(
    "permute", lambda x, *, dims: x.transpose(dims) if x.__class__ is np.ndarray else np.transpose(x, dims),
    (lambda g, y, x, dims: run(permute, g, dims=_back(dims)),),
    text="x with its axes in another order", latex="x", slopes=("g with its axes in the order of x",),
    derivatives=(r"\bar y",), shape="(n,m)->(m,n)", view=True, family="shape",
)  # fmt: skip

flip_row = operation(
    "flip", lambda x, *, dims: np.flip(x, dims).copy() if np.ndim(x) else np.array(x), (lambda g, y, x, dims: flip_row(g, dims=dims),),
    text="x backward", latex="x_{n-i}", slopes=("g backward",), derivatives=(r"\bar y_{n-i}",),
    shape="(n)->(n)", family="shape",
)  # fmt: skip


def _negative(shifts):
    return tuple(-shift for shift in shifts) if isinstance(shifts, (tuple, list)) else -shifts


def _roll(x, *, shifts, dims=None):
    if dims is not None and np.size(shifts) != np.size(dims):
        raise ShapeError(f"roll: {np.size(shifts)} shifts for {np.size(dims)} axes; give one an axis")
    return np.roll(x, listed((shifts,)), dims if dims is None else listed((dims,)))


roll = operation(
    "roll", _roll,
    (lambda g, y, x, shifts, dims=None: roll(g, _negative(shifts), dims),),
    text="x rolled around", latex="x_{i-s}", slopes=("g rolled back",), derivatives=(r"\bar y_{i+s}",),
    shape="(n)->(n)", family="shape",
)  # fmt: skip


def expand_reduced(g, x, dim, keepdim):
    """A gradient of a reduction over `dim`, stretched back over the shape of `x`."""
    shape = lengths(x)
    if dim is not None and not keepdim and shape:
        kept = list(shape)
        for axis in dim if isinstance(dim, (tuple, list)) else (dim,):
            kept[axis] = 1
        g = run(reshape, g, shape=tuple(kept))
    return run(broadcast_to, g, shape=shape)


# -- in PyTorch's forms ---------------------------------------------------------------------------------------------


def axis_of(dim, ndim, what):
    """An axis counted from either end as one counted from the front; a single number counts as one axis."""
    room = ndim or 1
    if not -room <= index(dim) < room:
        raise RangeError(f"{what}: there is no axis {dim} in an array with {ndim} axes")
    return dim % room


def listed(sizes):
    """Sizes or axes given one by one or as one sequence, as a tuple of ints."""
    if len(sizes) == 1 and not hasattr(sizes[0], "__index__"):
        sizes = tuple(sizes[0])
    return tuple(map(index, sizes))


def new_shape(sizes):
    """The same as the shape of something new: no length is negative."""
    shape = listed(sizes)
    if min(shape, default=0) < 0:
        raise ShapeError(f"{shape} is no shape: a length is 0 or more")
    return shape


def transpose(x, dim0=None, dim1=None):
    """`x` with axes `dim0` and `dim1` exchanged. As in NumPy, no axes reverse all, and a sequence is an order of axes."""
    if dim1 is None:
        if hasattr(dim0, "__index__") and np.ndim(x) != 1:
            raise TypeError("transpose() takes two axes, or an order of all")
        return run(permute, x, dims=tuple(range(np.ndim(x)))[::-1] if dim0 is None else listed((dim0,)))
    ndim = len(lengths(x))
    dim0, dim1 = axis_of(dim0, ndim, "transpose"), axis_of(dim1, ndim, "transpose")
    return run(transpose_row, x, dim0=dim0, dim1=dim1) if ndim else run(reshape, x, shape=())


swapaxes = swapdims = transpose


def t(x):
    """A matrix transposed; a vector or number as it is."""
    ndim = len(lengths(x))
    if ndim > 2:
        raise ShapeError(f"t() is for at most 2 axes, this has {ndim}; .mT transposes the last two")
    if x.__class__ is not Value and (x.dtype if hasattr(x, "dtype") else np.asarray(x).dtype).kind not in "fiub":
        raise TypeError(f"t() takes numbers, arrays and Values, not {type(x).__name__}")
    return run(transpose_row, x, dim0=0, dim1=1) if ndim == 2 else x


def movedim(x, source, destination):
    """`x` with the axes `source` (one or several) at the places `destination`; the others keep their order."""
    ndim = len(lengths(x))
    source, destination = ([axis_of(dim, ndim, "movedim") for dim in listed((dims,))] for dims in (source, destination))
    if len(source) != len(destination) or len({*source}) != len(source) or len({*destination}) != len(destination):
        raise ShapeError(f"movedim: {source} to {destination}: as many places as axes, each of them once")
    order = [axis for axis in range(ndim) if axis not in source]
    for place, axis in sorted(zip(destination, source)):
        order.insert(place, axis)
    return run(permute, x, dims=tuple(order) if ndim else ())


moveaxis = movedim


def squeeze(x, dim=None):
    """`x` without its axes of length 1, or without those of them that are named by `dim` (an int or several)."""
    shape = lengths(x)
    if dim is None:
        return run(reshape, x, shape=tuple([size for size in shape if size != 1]))
    named = [axis_of(d, len(shape), "squeeze") for d in listed((dim,))]
    if len({*named}) != len(named):
        raise ShapeError(f"squeeze: an axis stands twice in {dim}")
    return run(reshape, x, shape=tuple([size for axis, size in enumerate(shape) if size != 1 or axis not in named]))


def unsqueeze(x, dim):
    """`x` with a new axis of length 1 at place `dim`."""
    shape = lengths(x)
    dim = axis_of(dim, len(shape) + 1, "unsqueeze")
    return run(reshape, x, shape=(*shape[:dim], 1, *shape[dim:]))


def flatten(x, start_dim=0, end_dim=-1):
    """`x` with its axes from `start_dim` to `end_dim` as one."""
    shape = lengths(x) or (1,)
    start, end = axis_of(start_dim, len(shape), "flatten"), axis_of(end_dim, len(shape), "flatten")
    if start > end:
        raise ShapeError(f"flatten: start_dim {start_dim} stands after end_dim {end_dim}")
    return run(reshape, x, shape=(*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def ravel(x):
    """All entries in one axis."""
    return flatten(x)


def unflatten(x, dim, sizes):
    """`x` with axis `dim` as several, of lengths `sizes`; one of them may be -1."""
    shape = lengths(x)
    dim, sizes = axis_of(dim, len(shape), "unflatten"), listed((sizes,))
    if sizes.count(-1) == 1:
        known = math.prod(size for size in sizes if size != -1)
        sizes = tuple(shape[dim] // known if size == -1 and known else size for size in sizes)
    if math.prod(sizes) != shape[dim]:
        raise ShapeError(f"unflatten: {sizes} do not multiply to the length {shape[dim]} of axis {dim}")
    return run(reshape, x, shape=(*shape[:dim], *sizes, *shape[dim + 1 :]))


def expand(x, *sizes):
    """`x` stretched along its axes of length 1 (and new ones in front); -1 keeps a length. No memory is copied."""
    sizes, shape = listed(sizes), lengths(x)
    new = len(sizes) - len(shape)
    if new < 0 or -1 in sizes[:new]:
        raise ShapeError(f"expand: {sizes} for a shape {tuple(shape)}: one size an axis, and no -1 for a new axis")
    if -1 in sizes:
        sizes = (*sizes[:new], *(old if size == -1 else size for size, old in zip(sizes[new:], shape, strict=True)))
    return run(broadcast_to, x, shape=sizes)


def expand_as(x, other):
    """`x` stretched to the shape of `other`."""
    return expand(x, np.shape(other))


def view_as(x, other):
    """`x` viewed in the shape of `other`."""
    return run(view, x, shape=tuple(np.shape(other)))


def reshape_as(x, other):
    """`x` in the shape of `other`."""
    return run(reshape, x, shape=tuple(np.shape(other)))


def broadcast_tensors(*tensors):
    """All inputs stretched to the shape that they have together."""
    shape = broadcast_shapes(*(np.shape(tensor) for tensor in tensors))
    return tuple(broadcast_to(tensor, shape=shape) for tensor in tensors)


def broadcast_shapes(*shapes):
    """The shape that arrays of these shapes have together."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError as error:
        raise ShapeError(f"the shapes {', '.join(str(tuple(s)) for s in shapes)} do not go together") from error


def flip(x, *dims):
    """`x` with the entries along `dims` in the opposite order (a copy)."""
    if not dims:
        raise TypeError("flip() misses its argument 'dims'")
    return run(flip_row, x, dims=tuple(axis_of(dim, np.ndim(x), "flip") for dim in listed(dims)))


def fliplr(x):
    """`x` with its columns in the opposite order."""
    return flip(x, 1)


def flipud(x):
    """`x` with its rows in the opposite order."""
    return flip(x, 0)


def rot90(x, k=1, dims=(0, 1)):
    """`x` turned by k·90° from the first of `dims` toward the second."""
    dims = listed((dims,))
    if len(dims) != 2 or axis_of(dims[0], np.ndim(x), "rot90") == axis_of(dims[1], np.ndim(x), "rot90"):
        raise ShapeError(f"rot90: dims are two different axes, not {dims}")
    first, second = dims
    turned = {0: lambda: x, 1: lambda: transpose(flip(x, second), first, second), 2: lambda: flip(x, first, second)}
    turned[3] = lambda: flip(transpose(x, first, second), second)
    return turned[index(k) % 4]()
