"""Numbers below the engine: what data may be, its shape and dtype, and gradients brought back to a shape."""

from contextlib import contextmanager, nullcontext
from functools import partial
from math import prod

import numpy as np

from .errors import DtypeError
from .kernels.columns import SUMS

# IEEE 754 without warnings (1/0 is inf), as in PyTorch: `token = silence()`, then `finally: restore(token)`.
try:  # One prepared error state: np.errstate builds one at each use, which takes longer than a small operation.
    from numpy._core.umath import _extobj_contextvar, _make_extobj

    silence = partial(_extobj_contextvar.set, _make_extobj(all="ignore"))
    restore = _extobj_contextvar.reset

except ImportError:  # pragma: no cover - a NumPy whose internals moved

    def silence():
        """Switch NumPy's warnings off; returns what `restore` needs to switch them back."""
        return np.seterr(all="ignore")

    def restore(token):
        """Switch NumPy's warnings back to what they were."""
        np.seterr(**token)



@contextmanager
def quiet():
    """A block without NumPy's warnings, where speed does not matter."""
    token = silence()
    try:
        yield
    finally:
        restore(token)


nothing = nullcontext()
ARITHMETIC = (ArithmeticError, ValueError)  # what Python's float functions raise where IEEE 754 has inf or nan
RAW = frozenset(
    {float, int, bool, np.ndarray, np.float64, np.float32, np.bool_}
    | {np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.longdouble}
)


def plain(result):
    """`result` as it is kept: an ndarray with at least one axis, or a scalar; a float64 scalar is Python's float."""
    kind = result.__class__
    if kind is np.ndarray:
        return result if result.ndim else plain(result[()])
    return float(result) if kind is np.float64 else result


def shape_of(data):
    """Shape of an array or of any scalar, without making an array of it."""
    kind = data.__class__
    return () if kind is float or kind is int or kind is bool else data.shape


def dtype_of(data):
    """NumPy dtype of an array or of any scalar."""
    kind = data.__class__
    if kind is float:
        return np.dtype(np.float64)
    return data.dtype if hasattr(data, "dtype") else np.dtype(kind)


def is_floating(data):
    """Whether the numbers are floating-point: only those can have gradients."""
    return data.__class__ is float or dtype_of(data).kind == "f"


def admit(data, dtype=None, copy=True):
    """`data` as an array or scalar that a Value can hold; refuses what it cannot differentiate."""
    if data.__class__ is float and dtype is None:
        return data
    array = np.array(data, dtype=dtype, copy=True if copy else None)
    if array.dtype == np.float16 or array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        raise DtypeError(
            f"a Value holds float32, float64, integers or booleans, not {array.dtype} ({_short(data)}); "
            f"convert it first, for example with dtype=float"
        )
    return plain(array)


def _short(data):
    text = repr(data).replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "..."


def broadcast_axes(small, large):
    """The axes of shape `large` along which an array of shape `small` was stretched to reach it."""
    lead = len(large) - len(small)
    stretched = [axis for axis, size in enumerate(large[lead:], lead) if small[axis - lead] == 1 and size != 1]
    return tuple(range(lead)) + tuple(stretched)


def sum_to(array, shape):
    """Sum `array` over the axes along which `shape` was stretched: the adjoint of broadcasting."""
    lead = array.ndim - len(shape)
    if array.shape[lead:] == shape:  # a bias of a batch: nothing to be put back into shape
        if array.size >= SUMS.above and (total := SUMS.forward(array, shape)) is not NotImplemented:
            return total
        return np.add.reduce(array, axis=tuple(range(lead)) if lead != 1 else 0)
    axes = broadcast_axes(shape, array.shape)
    return array.sum(axis=axes, keepdims=True).reshape(shape) if axes else array.reshape(shape)


def fit(gradient, data):
    """A gradient in the shape and dtype of the `data` it belongs to."""
    if data.__class__ is float:
        return float(gradient.sum()) if gradient.__class__ is np.ndarray else float(gradient)
    shape, dtype = data.shape, data.dtype
    if gradient.__class__ is not np.ndarray:
        return np.full(shape, gradient, dtype) if shape else dtype.type(gradient)
    if gradient.shape != shape:
        gradient = sum_to(gradient, shape)
    if gradient.dtype != dtype:
        gradient = gradient.astype(dtype)
    return gradient if shape else gradient[()]


class Absent:
    """Stands where an array's numbers are gone, and knows why; its shape and dtype are still there to read.

    Rules that need only a shape run on it; a rule that touches the numbers gets the error that explains.
    `why` is the explanation, or a function of this that gives it.
    """

    __slots__ = ("dtype", "error", "shape", "why")

    def __init__(self, data, error, why):
        self.shape, self.dtype = shape_of(data), dtype_of(data)
        self.error, self.why = error, why

    message = property(lambda self: self.why if self.why.__class__ is str else self.why(self))

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: prod(self.shape))

    def _refuse(self, *_, **__):
        raise self.error(self.message)

    def __getattr__(self, name):
        if name.startswith("__"):  # Python and NumPy ask what an object can do; that is no look at the numbers
            raise AttributeError(name)
        self._refuse()

    __array__ = __float__ = __bool__ = __iter__ = __getitem__ = __array_ufunc__ = __neg__ = __abs__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _refuse
    __hash__ = None
