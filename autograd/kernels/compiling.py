"""From plain Python functions to machine code: lazily, for one format of numbers, kept on disk.

A kernel is a loop over arrays around bodies, which are scalar functions of plain arithmetic. Both are ordinary Python;
`compiled` and `specialised` hand them to Numba when a kernel is first needed and not on disk. Numba is imported for
that and for nothing else.
"""

import contextlib
import functools
import hashlib
import importlib
import importlib.util
import os
import sys
import types
from pathlib import Path

import numpy as np

from . import disk, double, interpreted, layout, loading, single


def _log():
    import logging  # here and below: a tenth of the import time of the whole package, for what rarely runs

    return logging.getLogger("autograd.kernels")


# No exception for x/0, so that no branch stands in the way of SIMD; a·b + c may be one instruction. NaN and infinities
# are respected.
OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}
SUMMING = {**OPTIONS, "fastmath": {"contract", "reassoc"}}  # for loops that add up: in any order

_bodies = {}


@functools.cache
def numba():
    """The package, or None where it cannot be imported: NumPy then does all the work."""
    try:
        import numba.extending
    except Exception as error:  # whatever a broken installation raises, gradients must still come out
        _log().info("kernels are off: Numba cannot be imported (%s)", error)
        return None
    return numba


def specialised(function, dtype):
    """A body as a compiled function for `dtype`: its literals, and the constants of its module, have that format.

    A float literal would make Numba compute in float64 otherwise. Functions from `double` are replaced by their twins
    in `single`.
    """
    if dtype == np.float32 and function.__module__ == double.__name__:
        function = getattr(single, function.__name__)
    key = function, np.dtype(dtype)
    if key not in _bodies:
        scalar = np.dtype(dtype).type
        twin = _with_names(function, {n: _name(function, n, dtype) for n in function.__code__.co_names}, scalar)
        _bodies[key] = twin if interpreted.wanted() else _building().Body(twin, OPTIONS)
    return _bodies[key]


def _name(function, name, dtype):
    """What a name in a body stands for once the body is specialised."""
    thing = function.__globals__.get(name)
    if isinstance(thing, types.FunctionType):
        return specialised(thing, dtype)
    return np.dtype(dtype).type(thing) if thing.__class__ is float else thing


def _with_names(function, names, scalar=None, label=None):
    """`function` with other globals, and with its float literals in the format `scalar`."""
    code = function.__code__
    if scalar is not None:
        code = code.replace(co_consts=_in_format(code.co_consts, scalar))
    known = {name: thing for name, thing in names.items() if thing is not None}
    twin = types.FunctionType(code, {"np": np, **known}, function.__name__, function.__defaults__)
    twin.__module__ = function.__module__
    if label:
        twin.__name__ = twin.__qualname__ = label
    return twin


def _in_format(literals, scalar):
    """Literals of a function, the floats among them in the format `scalar`, also those in tuples."""
    kinds = {float: scalar, tuple: lambda inner: _in_format(inner, scalar)}
    return tuple(kinds.get(c.__class__, lambda same: same)(c) for c in literals)


def compiled(loop, words, label, dtype, options=OPTIONS, **names):
    """A loop as a compiled function, or None where that fails (and a line in the log says why).

    words   what it takes and what it answers, see `words.py`
    label   its name on disk; unlike names, other functions
    names   globals of the loop: constants, and bodies, which are specialised for `dtype`
    """
    try:
        if interpreted.wanted():
            return interpreted.as_it_stands(_twin(loop, dtype, label, names), words, np.dtype(dtype))
        if not _possible():
            return None
        code = disk.read(label, _key())
        if code is None:
            code = _building().object_code(_twin(loop, dtype, label, names), words, dtype, options)
            if not disk.write(label, _key(), code):
                _log().info("the kernel %s cannot be kept on disk", label)
        return loading.function(label, code)
    except Exception as error:  # an unsupported machine, version or disk must not stop a training run
        _log().warning("NumPy computes %s, since its kernel cannot be compiled: %s", label, error)
        return None


def _twin(loop, dtype, label, names):
    """A loop with everything that it names in the format `dtype`."""
    bodies = {n: specialised(t, dtype) if isinstance(t, types.FunctionType) else t for n, t in names.items()}
    scope = {n: _name(loop, n, dtype) for n in loop.__code__.co_names}
    scope = {**scope, "whole_registers": _whole_registers(), **bodies}
    return _with_names(loop, scope, np.dtype(dtype).type, label)


@functools.cache
def _building():
    return importlib.import_module(f"{__package__}.building")  # imports Numba


@functools.cache
def _whole_registers():
    """A statement for loops: use 512-bit registers where the processor has them.

    LLVM halves them by default, as some processors slow down with whole ones; here they save a fifth of the time.
    """
    if interpreted.wanted():
        return lambda: None

    @numba().extending.intrinsic
    def whole_registers(typing_context):
        def generate(context, builder, signature, arguments):
            with contextlib.suppress(TypeError, AttributeError):  # only a wish
                set.add(builder.function.attributes, '"prefer-vector-width"="512"')
            return context.get_dummy_value()

        return numba().core.types.none(), generate

    return whole_registers


# -- for whom machine code is good ------------------------------------------------------------------------------------


@functools.cache
def _possible():
    """Whether there is a compiler, and arrays are laid out as machine code expects them."""
    if importlib.util.find_spec("numba") is None:
        _log().info("kernels are off: Numba is not installed")
        return False
    if not layout.known():
        _log().info("kernels are off: arrays do not stand in memory as machine code expects them")
        return False
    return True


@functools.cache
def _key():
    """What kept code is good for: these sources, this compiler, this processor."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    packages = [Path(importlib.util.find_spec(name).origin).parent for name in ("numba", "llvmlite")]
    texts = [file.read_bytes() for file in (*files, *(package / "_version.py" for package in packages))]
    wishes = [os.environ.get(f"NUMBA_{name}") for name in ("OPT", "CPU_NAME", "CPU_FEATURES", "ENABLE_AVX")]
    texts += [repr((sys.version, np.__version__, loading.processor(), wishes)).encode()]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]
