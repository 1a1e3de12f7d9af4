"""Where things stand in an array and in its dtype, in bytes: the layout that NumPy promises to compiled extensions."""

import ctypes
from functools import cache

import numpy as np

HEAD = object.__basicsize__  # of every object
TYPE = HEAD - 8
DATA, AXES, SHAPE, DTYPE, FLAGS = HEAD, HEAD + 8, HEAD + 16, HEAD + 40, HEAD + 48
BYTE_ORDER, NUMBER = HEAD + 10, HEAD + 12  # of a dtype
FITTING, WRITEABLE = 0x1 | 0x100, 0x400  # contiguous and aligned
_NEW = 93  # where PyArray_New stands in NumPy's table of functions for extensions


def new_array():
    """The address of PyArray_New(class, axes, sizes, number of dtype, strides, data, entry's size, flags, object)."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    table = pointer(np._core._multiarray_umath._ARRAY_API, None)
    return ctypes.c_void_p.from_address(table + _NEW * ctypes.sizeof(ctypes.c_void_p)).value


@cache
def known():
    """Whether arrays stand in memory as compiled code expects them: true of all NumPys so far, on 64 bits."""
    if HEAD != 16 or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    array = np.empty((2, 3), np.float32)
    at = lambda place, kind, thing: kind.from_address(id(thing) + place).value
    pointer, number = ctypes.c_ssize_t, ctypes.c_int
    shape = at(SHAPE, pointer, array)
    return (
        at(TYPE, pointer, array) == id(np.ndarray)
        and at(DATA, pointer, array) == array.ctypes.data
        and at(AXES, number, array) == 2
        and at(DTYPE, pointer, array) == id(array.dtype)
        and at(FLAGS, number, array) & (FITTING | WRITEABLE) == FITTING | WRITEABLE
        and [pointer.from_address(shape + 8 * i).value for i in range(2)] == [2, 3]
        and at(NUMBER, number, array.dtype) == array.dtype.num
        and at(BYTE_ORDER, ctypes.c_char, array.dtype) == b"="
        and _makes_arrays(array)
    )


def _makes_arrays(array):
    thing, number, pointer = ctypes.py_object, ctypes.c_int, ctypes.c_void_p
    kind = ctypes.PYFUNCTYPE(thing, thing, number, pointer, number, pointer, pointer, number, number, pointer)
    sizes = (ctypes.c_ssize_t * 2)(2, 3)
    made = kind(new_array())(np.ndarray, 2, ctypes.addressof(sizes), array.dtype.num, None, None, 0, 0, None)
    return made.__class__ is np.ndarray and made.shape == (2, 3) and made.dtype == array.dtype
