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

# (name, width of its integers): in NumPy's wheels, and in builds against a BLAS of the system
_NAMES = (("scipy_cblas_{}gemm64_", 64), ("cblas_{}gemm64_", 64), ("cblas_{}gemm", 32))
_ROW_MAJOR, _AS_IT_IS, _TURNED = 101, 111, 112


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
def gemm(typing, function, width, memory, c, c_step, a, a_step, a_turned, b, b_step, b_turned, m, n, k, alpha, beta):
    """C = alpha·A·B + beta·C; a matrix that is `turned` stands in memory as its transpose."""
    number = memory.dtype
    signature = types.void(types.int64, types.int64, memory, *[types.int64] * 11, number, number)

    def generate(context, builder, signature, arguments):
        function, width, memory_value, c, c_step, a, a_step, a_turned, b, b_step, b_turned, m, n, k, alpha, beta = (
            arguments
        )
        base = context.make_array(memory)(context, builder, memory_value).data
        long, short = builder.icmp_signed("==", width, ir.Constant(width.type, 64)), ir.IntType(32)
        order = ir.Constant(short, _ROW_MAJOR)

        def turn(flag):
            kind = builder.select(
                builder.trunc(flag, ir.IntType(1)), ir.Constant(short, _TURNED), ir.Constant(short, _AS_IT_IS)
            )
            return kind

        with builder.if_else(long) as (wide, narrow):
            for branch, whole in ((wide, ir.IntType(64)), (narrow, short)):
                with branch:
                    size = (lambda x: x) if whole.width == 64 else (lambda x: builder.trunc(x, short))
                    values = [
                        order, turn(a_turned), turn(b_turned), size(m), size(n), size(k),
                        alpha, builder.gep(base, [a]), size(a_step), builder.gep(base, [b]), size(b_step),
                        beta, builder.gep(base, [c]), size(c_step),
                    ]  # fmt: skip
                    kind = ir.FunctionType(ir.VoidType(), [value.type for value in values])
                    builder.call(builder.inttoptr(function, kind.as_pointer()), values)
        return context.get_dummy_value()

    return signature, generate
