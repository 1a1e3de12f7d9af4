"""The BLAS that NumPy brings along, called without NumPy.

Its functions are looked up in the library that NumPy has loaded, so that there is one BLAS with one set of threads.
Where one is not found, loops of this project do its work.
"""

import ctypes
from functools import cache

import numpy as np

# (name, width of its integers): in NumPy's wheels, and in builds against a BLAS of the system
_NAMES = (("scipy_cblas_{}{}64_", 64), ("cblas_{}{}64_", 64), ("cblas_{}{}", 32))
_POINTER = ctypes.c_void_p
ROW_MAJOR, AS_IT_IS, TURNED = 101, 111, 112  # what it calls the order in memory


@cache
def _found(name, dtype):
    """A function as it stands in the library, and the width of its integers; None if it is not there."""
    letter = "s" if np.dtype(dtype) == np.float32 else "d"
    try:
        library = ctypes.CDLL(np._core._multiarray_umath.__file__)
    except (AttributeError, OSError):
        return None, 64
    for pattern, width in _NAMES:
        function = getattr(library, pattern.format(letter, name), None)
        if function is not None:
            return function, width
    return None, 64


def address(name, dtype):
    """Where a function for a dtype stands, and the width of its integers; 0 if there is none."""
    function, width = _found(name, dtype)
    return ctypes.cast(function, _POINTER).value if function is not None else 0, width


@cache
def axpy(dtype):
    """axpy(n, a, x, 1, y, 1): y += a·x for n numbers at addresses x and y; None if there is none."""
    function, width = _found("axpy", dtype)
    if function is not None:
        whole, real = getattr(ctypes, f"c_int{width}"), np.ctypeslib.as_ctypes_type(dtype)
        function.argtypes, function.restype = (whole, real, _POINTER, whole, _POINTER, whole), None
    return function
