"""Matrix products of the BLAS that NumPy brings along, called without NumPy.

Its address is looked up in the library that NumPy has loaded, so that there is one BLAS with one set of threads. Where
it is not found, the machine's own products are used at every size.
"""

import ctypes
from functools import cache

import numpy as np

# (name, width of its integers): in NumPy's wheels, and in builds against a BLAS of the system
_NAMES = (("scipy_cblas_{}gemm64_", 64), ("cblas_{}gemm64_", 64), ("cblas_{}gemm", 32))
ROW_MAJOR, AS_IT_IS, TURNED = 101, 111, 112  # what it calls the order in memory


@cache
def address(dtype):
    """Where `gemm` for a dtype stands, and the width of its integers; 0 if there is none."""
    letter = "s" if np.dtype(dtype) == np.float32 else "d"
    try:
        library = ctypes.CDLL(np._core._multiarray_umath.__file__)
    except (AttributeError, OSError):
        return 0, 64
    for name, width in _NAMES:
        function = getattr(library, name.format(letter), None)
        if function is not None:
            return ctypes.cast(function, ctypes.c_void_p).value, width
    return 0, 64
