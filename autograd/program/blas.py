"""Matrix products of the BLAS that NumPy brings along, called without NumPy.

Its address is looked up in the library that NumPy has loaded, so that there is one BLAS with one set of threads. Where
it is not found, the machine's own products are used at every size.
"""

import ctypes
from functools import cache

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .lanes import BIT, INDEX

# (name, width of its integers): in NumPy's wheels, and in builds against a BLAS of the system
_NAMES = (("scipy_cblas_{}gemm64_", 64), ("cblas_{}gemm64_", 64), ("cblas_{}gemm", 32))
_ROW_MAJOR, _AS_IT_IS, _TURNED = 101, 111, 112
SHORT = ir.IntType(32)


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


@intrinsic
def gemm(typing, function, width, memory, program, at):
    """C = alpha·A·B + beta·C by the function at an address.

    Words: code, C and its step from row to row, A, its step, whether it stands in memory as its transpose, B likewise,
    numbers of rows and columns of C, length of the sums, places of alpha and beta.
    """

    def generate(context, builder, signature, arguments):
        function, width, *arrays, at = arguments
        base, words = (context.make_array(k)(context, builder, a).data for k, a in zip((memory, program), arrays))
        line = [builder.load(builder.gep(words, [builder.add(at, INDEX(k))])) for k in range(1, 14)]
        c, c_step, a, a_step, a_turned, b, b_step, b_turned, m, n, k, alpha, beta = line
        alpha, beta = (builder.load(builder.gep(base, [place])) for place in (alpha, beta))
        a, b, c = (builder.gep(base, [place]) for place in (a, b, c))
        turns = [builder.select(builder.trunc(x, BIT), SHORT(_TURNED), SHORT(_AS_IT_IS)) for x in (a_turned, b_turned)]
        with builder.if_else(builder.icmp_signed("==", width, INDEX(64))) as branches:
            for branch, kind in zip(branches, (INDEX, SHORT)):
                with branch:
                    whole = (lambda x: x) if kind is INDEX else (lambda x: builder.trunc(x, SHORT))
                    values = [SHORT(_ROW_MAJOR), *turns, whole(m), whole(n), whole(k), alpha, a, whole(a_step), b]
                    values += [whole(b_step), beta, c, whole(c_step)]
                    call = ir.FunctionType(ir.VoidType(), [value.type for value in values])
                    builder.call(builder.inttoptr(function, call.as_pointer()), values)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, memory, program, types.int64), generate
