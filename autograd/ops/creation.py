"""New tensors, in PyTorch's names: from data, filled, counted. All are leaves; none is tracked unless asked."""

import math

import numpy as np

from ..arrays import admit, dtype_of, plain
from ..errors import ShapeError
from ..value import Value, constant
from .dtypes import check_device, dtype_named, get_default_dtype
from .shapes import new_shape


def leaf(numbers, requires_grad=False):
    """A new leaf around numbers that nobody else holds."""
    value = constant(plain(numbers))
    return value.requires_grad_() if requires_grad else value


def _innermost(data):
    """The first entry of nested sequences."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return data


def tensor(data, dtype=None, requires_grad=False, device=None):
    """A leaf from numbers, nested lists, an array or a Value; its data is copied.

    Python's floats become the default dtype (float32), integers int64; arrays keep theirs.

    Raises ShapeError for lists of uneven lengths, DtypeError for what is no real number.
    """
    check_device(device)
    try:
        array = np.array(data)
    except ValueError as error:
        raise ShapeError(f"tensor: the nested lists have uneven lengths ({error})") from error
    own = isinstance(_innermost(data), (np.ndarray, np.generic, Value)) or array.dtype.kind != "f"
    dtype = dtype_named(dtype, None if not own else array.dtype) if dtype is not None or not own else None
    return leaf(admit(array, dtype), requires_grad)


def as_tensor(data, dtype=None, device=None):
    """`data` as a Value: itself if it is one, sharing the memory of an array, where the dtype is right; else a copy."""
    check_device(device)
    if data.__class__ is Value:
        return data if dtype is None or data.dtype == dtype_named(dtype) else data.to(dtype_named(dtype))
    if not isinstance(data, np.ndarray):
        return tensor(data, dtype)
    return constant(admit(data, None if dtype is None else dtype_named(dtype), copy=False))


asarray = as_tensor


def from_numpy(array):
    """A Value around a NumPy array; both share the memory."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy takes a NumPy array, not {type(array).__name__}; tensor() takes numbers and lists")
    return constant(admit(array, copy=False))


# -- filled ---------------------------------------------------------------------------------------------------------


def full(size, fill_value, *, dtype=None, requires_grad=False, device=None):
    """`size` entries of one number; its kind gives the dtype: bool, int64 or the default dtype."""
    check_device(device)
    number = fill_value.item() if hasattr(fill_value, "item") else fill_value
    own = {bool: np.bool_, int: np.int64}.get(type(number))
    return leaf(np.full(new_shape((size,)), number, dtype_named(dtype, own)), requires_grad)


def zeros(*size, dtype=None, requires_grad=False, device=None):
    """Zeros: zeros(2, 3) or zeros((2, 3))."""
    check_device(device)
    return leaf(np.zeros(new_shape(size), dtype_named(dtype)), requires_grad)


def ones(*size, dtype=None, requires_grad=False, device=None):
    """Ones: ones(2, 3) or ones((2, 3))."""
    check_device(device)
    return leaf(np.ones(new_shape(size), dtype_named(dtype)), requires_grad)


def empty(*size, dtype=None, requires_grad=False, device=None):
    """Room for numbers to be written into. Here it holds zeros, so that two runs do the same."""
    return zeros(*size, dtype=dtype, requires_grad=requires_grad, device=device)


def like(x, dtype):
    """Shape and dtype of something new in the form of `x`."""
    return np.shape(x), dtype_named(dtype, _kind_of_number(x))


def _kind_of_number(x):
    dtype = dtype_of(x) if hasattr(x, "dtype") else np.asarray(x).dtype
    if dtype.kind not in "fiub":
        raise TypeError(f"numbers, arrays and Values have a shape and a dtype here, not {type(x).__name__}")
    return dtype


def zeros_like(input, *, dtype=None, requires_grad=False, device=None):
    """Zeros in the shape and dtype of `input`."""
    check_device(device)
    return leaf(np.zeros(*like(input, dtype)), requires_grad)


def ones_like(input, *, dtype=None, requires_grad=False, device=None):
    """Ones in the shape and dtype of `input`."""
    check_device(device)
    return leaf(np.ones(*like(input, dtype)), requires_grad)


def full_like(input, fill_value, *, dtype=None, requires_grad=False, device=None):
    """One number in the shape and dtype of `input`."""
    check_device(device)
    shape, dtype = like(input, dtype)
    return leaf(np.full(shape, fill_value, dtype), requires_grad)


def empty_like(input, *, dtype=None, requires_grad=False, device=None):
    """Room (zeros) in the shape and dtype of `input`."""
    return zeros_like(input, dtype=dtype, requires_grad=requires_grad, device=device)


def eye(n, m=None, *, dtype=None, requires_grad=False, device=None):
    """The n×m matrix with ones on its diagonal."""
    check_device(device)
    n, m = new_shape((n, n if m is None else m))
    return leaf(np.eye(n, m, dtype=dtype_named(dtype)), requires_grad)


# -- counted --------------------------------------------------------------------------------------------------------


def _number(x):
    return x.item() if hasattr(x, "item") else x


def arange(start=0, end=None, step=1, *, dtype=None, requires_grad=False, device=None):
    """start, start + step, … below `end`; arange(n) counts from 0. int64 if all three are integers."""
    check_device(device)
    start, end, step = (0, _number(start), _number(step)) if end is None else map(_number, (start, end, step))
    if not step or (end - start) * step < 0:
        raise ShapeError(f"arange: from {start} no steps of {step} lead to {end}")
    whole = all(isinstance(n, int) for n in (start, end, step))
    return leaf(np.arange(start, end, step).astype(dtype_named(dtype, int if whole else None)), requires_grad)


def linspace(start, end, steps, *, dtype=None, requires_grad=False, device=None):
    """`steps` numbers at equal distances from `start` to `end`, both included."""
    check_device(device)
    numbers = np.linspace(_number(start), _number(end), *new_shape((steps,)))
    return leaf(numbers.astype(dtype_named(dtype)), requires_grad)


def logspace(start, end, steps, base=10.0, *, dtype=None, requires_grad=False, device=None):
    """`steps` numbers from base**start to base**end, each the same multiple of the one before."""
    check_device(device)
    numbers = np.logspace(_number(start), _number(end), *new_shape((steps,)), base=base)
    return leaf(numbers.astype(dtype_named(dtype)), requires_grad)


def tril_indices(row, col, offset=0, *, dtype=None, device=None):
    """Places in the lower triangle of a row×col matrix: two rows, of row and of column numbers."""
    check_device(device)
    row, col = new_shape((row, col))
    return leaf(np.stack(np.tril_indices(row, offset, col)).astype(dtype_named(dtype, int)))


def triu_indices(row, col, offset=0, *, dtype=None, device=None):
    """Places in the upper triangle of a row×col matrix: two rows, of row and of column numbers."""
    check_device(device)
    row, col = new_shape((row, col))
    return leaf(np.stack(np.triu_indices(row, offset, col)).astype(dtype_named(dtype, int)))


# -- Tensor ---------------------------------------------------------------------------------------------------------


class _Kind(type):
    """Makes `isinstance(value, Tensor)` true for Values (of the right dtype) and `Tensor(...)` give one."""

    def __instancecheck__(cls, thing):
        return thing.__class__ is Value and (cls.dtype is None or thing.dtype == cls.dtype)

    def __call__(cls, *data, device=None):
        check_device(device)
        dtype = cls.dtype or get_default_dtype()
        if len(data) == 1 and not hasattr(data[0], "__index__"):
            return tensor(data[0], dtype)
        return zeros(*data, dtype=dtype) if data else zeros(0, dtype=dtype)


class Tensor(metaclass=_Kind):
    """PyTorch's old name: Tensor([1, 2]) has the default dtype, Tensor(2, 3) is a shape; every Value is a Tensor."""

    dtype = None


class FloatTensor(Tensor):
    """float32 numbers."""

    dtype = dtype_named("float32")


class DoubleTensor(Tensor):
    """float64 numbers."""

    dtype = dtype_named("float64")


class LongTensor(Tensor):
    """int64 numbers."""

    dtype = dtype_named("int64")


class IntTensor(Tensor):
    """int32 numbers."""

    dtype = dtype_named("int32")


class ByteTensor(Tensor):
    """uint8 numbers."""

    dtype = dtype_named("uint8")


class BoolTensor(Tensor):
    """Booleans."""

    dtype = dtype_named("bool")


def is_tensor(thing):
    """Whether `thing` is a Value."""
    return thing.__class__ is Value


def is_floating_point(x):
    """Whether the numbers are floating-point."""
    return _kind_of_number(x).kind == "f"


def numel(x):
    """Number of entries."""
    _kind_of_number(x)
    return math.prod(np.shape(x))
