"""Machine code from bytes to a function of Python, without Numba, whose import takes longer than all the rest.

What was compiled is one function of the interpreter's own form (METH_FASTCALL), see `entrance.py`.
"""

import ctypes
from functools import cache
from threading import Lock

import numpy as np

from . import layout

ENTRANCE = "entrance"
_FASTCALL = 0x80  # METH_FASTCALL: it takes an array of pointers to its arguments
API = (
    "Py_IncRef", "PyErr_Occurred", "PyErr_SetString", "PyEval_RestoreThread", "PyEval_SaveThread",
    "PyFloat_AsDouble", "PyFloat_FromDouble", "PyNumber_AsSsize_t", "PyTuple_New", "PyTuple_SetItem",
)  # fmt: skip
NEW_ARRAY = "gradwalk_new_array"  # PyArray_New
PREFIX = "gradwalk_"  # of the names of things that code compares with, raises, or answers
THINGS = {
    "ndarray": np.ndarray, "TypeError": TypeError, "NotImplemented": NotImplemented, "None": None, "True": True,
    "False": False,
}  # fmt: skip

_lock, _engines = Lock(), []  # code stays in memory as long as the process


class _Definition(ctypes.Structure):
    """PyMethodDef."""

    _fields_ = (
        ("name", ctypes.c_char_p), ("function", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p),
    )  # fmt: skip


@cache
def _llvm():
    from llvmlite import binding  # a twentieth of a second

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    for name in API:
        binding.add_symbol(name, ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value)
    binding.add_symbol(NEW_ARRAY, layout.new_array())
    for name, thing in THINGS.items():
        binding.add_symbol(PREFIX + name, id(thing))
    return binding


@cache
def processor():
    """What code is compiled for: the processor's name, and what it can."""
    return _llvm().get_host_cpu_name(), _llvm().get_host_cpu_features().flatten()


def function(name, code):
    """Machine code as a function with that name."""
    with _lock:
        machine = _llvm().Target.from_default_triple().create_target_machine()
        engine = _llvm().create_mcjit_compiler(_llvm().parse_assembly(""), machine)
        engine.add_object_file(_llvm().ObjectFileRef.from_data(code))
        engine.finalize_object()
        definition = _Definition(name.encode(), engine.get_function_address(ENTRANCE), _FASTCALL, None)
        _engines.append((engine, definition))
        make = ctypes.pythonapi.PyCFunction_NewEx
        make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.py_object)
        return make(ctypes.addressof(definition), None, "autograd.kernels")
