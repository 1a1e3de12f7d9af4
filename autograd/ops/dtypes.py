"""Kinds of numbers under PyTorch's names, the default for Python's floats, and the one device there is."""

import numpy as np

from ..errors import DtypeError

float32 = float_ = np.dtype(np.float32)
float64 = double = np.dtype(np.float64)
int64 = long = np.dtype(np.int64)
int32 = int_ = np.dtype(np.int32)
int16 = short = np.dtype(np.int16)
int8 = np.dtype(np.int8)
uint8 = np.dtype(np.uint8)
bool_ = np.dtype(np.bool_)

_KINDS = frozenset({float32, float64, int64, int32, int16, int8, uint8, bool_})
_default = float32


def get_default_dtype():
    """What Python's floats become in `tensor(...)`, `zeros(...)`, `rand(...)`: float32 unless set otherwise."""
    return _default


def set_default_dtype(dtype):
    """Set what Python's floats become in `tensor(...)` and the like. `Value(...)` is always float64."""
    global _default
    dtype = dtype_named(dtype)
    if dtype.kind != "f":
        raise DtypeError(f"the default dtype is float32 or float64, not {dtype}")
    _default = dtype


def dtype_named(dtype, otherwise=None):
    """A `dtype=` argument as NumPy's dtype: one of the names above, a NumPy or Python type, a name in a string."""
    if dtype is None:
        return get_default_dtype() if otherwise is None else np.dtype(otherwise)
    inner = getattr(dtype, "dtype", None)  # of a FloatTensor; NumPy's own types have another thing there
    try:
        found = inner if isinstance(inner, np.dtype) else np.dtype(dtype)
    except TypeError as error:
        raise DtypeError(f"{dtype!r} is not a kind of number; use float32, float64, int64, bool and so on") from error
    if found not in _KINDS:
        raise DtypeError(f"{found} is not supported; use float32, float64, int8 to int64, uint8 or bool")
    return found


class device(str):
    """Where numbers live; there is one place, "cpu"."""

    __slots__ = ()
    type, index = "cpu", None

    def __new__(cls, device="cpu"):
        check_device(device)
        return super().__new__(cls, "cpu")

    def __repr__(self):
        return "device(type='cpu')"


def check_device(device):
    """Refuse a `device=` argument that is not the CPU."""
    if device is not None and str(device) not in ("cpu", "cpu:0"):
        raise DtypeError(
            f"everything runs on the CPU here, there is no device {str(device)!r}; leave it out or say 'cpu'"
        )


class cuda:
    """For programs that ask for a graphics card: there is none."""

    @staticmethod
    def is_available():
        """False."""
        return False

    @staticmethod
    def device_count():
        """0."""
        return 0


def finfo(dtype=None):
    """Limits of a floating dtype: `eps`, `max`, `min`, `tiny`."""
    return np.finfo(dtype_named(dtype))


def iinfo(dtype):
    """Limits of an integer dtype: `max`, `min`."""
    return np.iinfo(dtype_named(dtype))
