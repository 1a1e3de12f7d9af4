"""From plain Python functions to machine code: lazily, for one format of numbers, kept on disk.

A kernel is a loop over arrays around bodies, which are scalar functions of plain arithmetic. Both are ordinary Python;
`compiled` and `specialised` hand them to Numba when a kernel is first needed. Numba is imported here and nowhere else.
"""

import contextlib
import functools
import pathlib
import pickle
import types

import numpy as np

from . import double, single


def _log():
    import logging  # here and below: a tenth of the import time of the whole package, for what rarely runs

    return logging.getLogger("autograd.kernels")


# No exception for x/0, so that no branch stands in the way of SIMD; a·b + c may be one instruction. NaN and infinities
# are respected. The lock of the interpreter is released: other threads run meanwhile.
# Nobody calls a loop from C: without that entrance it compiles sooner.
OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}, "nogil": True, "no_cfunc_wrapper": True}
SUMMING = {**OPTIONS, "fastmath": {"contract", "reassoc"}}  # for loops that add up: in any order
# Bodies are called from loops alone: without an entrance for Python they compile in half the time.
INSIDE = {**OPTIONS, "forceinline": True, "no_cpython_wrapper": True}

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
        _bodies[key] = numba().njit(**INSIDE)(twin)
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


def compiled(loop, signature, label, dtype=None, options=OPTIONS, **names):
    """A loop as a compiled function of the one `signature`, or None where that fails (and a line in the log says why).

    names   globals of the loop: constants, and bodies, which are specialised for `dtype`
    label   its name on disk; unlike names, other functions
    """
    try:
        bodies = {n: specialised(t, dtype) if isinstance(t, types.FunctionType) else t for n, t in names.items()}
        scope = {n: _name(loop, n, dtype) for n in loop.__code__.co_names}
        scope = {**scope, "whole_registers": _whole_registers(), **bodies}
        twin = _with_names(loop, scope, dtype and np.dtype(dtype).type, label)
        if numba().config.DISABLE_JIT:
            return _as_it_stands(twin)
        function = numba().njit(**options)(twin)
        _keep_on_disk(function)
        function.compile(signature)
        function.disable_compile()
        return function
    except Exception as error:  # an unsupported machine, version or disk must not stop a training run
        _log().warning("NumPy computes %s, since its kernel cannot be compiled: %s", label, error)
        return None


def _as_it_stands(loop):
    """A loop as the Python that it is written in, and as quiet as machine code, for who sets NUMBA_DISABLE_JIT=1.

    Debuggers can step through it, coverage sees its lines, and tests/mutate.py plants mistakes in it.
    """

    @functools.wraps(loop)
    def run(*arguments):
        with np.errstate(all="ignore"):
            return loop(*arguments)

    return run


@functools.cache
def _whole_registers():
    """A statement for loops: use 512-bit registers where the processor has them.

    LLVM halves them by default, as some processors slow down with whole ones; here they save a fifth of the time.
    """
    if numba().config.DISABLE_JIT:
        return lambda: None

    @numba().extending.intrinsic
    def whole_registers(typing_context):
        def generate(context, builder, signature, arguments):
            with contextlib.suppress(TypeError, AttributeError):  # only a wish
                set.add(builder.function.attributes, '"prefer-vector-width"="512"')
            return context.get_dummy_value()

        return numba().core.types.none(), generate

    return whole_registers


# -- on disk ----------------------------------------------------------------------------------------------------------


@functools.cache
def _fingerprint():
    """Of the sources of all kernels: Numba itself would not notice that a body in another file has changed."""
    import hashlib

    files = sorted(pathlib.Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


@functools.cache
def _cache_class():
    """Numba's cache (beside the source, else in the user's cache directory), which a failing disk cannot stop."""
    from numba.core import caching
    from numba.core.runtime import rtsys

    def stamped(locator):
        return type(locator.__name__, (locator,), {"get_source_stamp": lambda self: _fingerprint()})

    class Files(caching.CompileResultCacheImpl):
        _locator_classes = tuple(map(stamped, caching.CompileResultCacheImpl._locator_classes))

    class Forgiving(caching.FunctionCache):
        _impl_class = Files

        def load_overload(self, signature, target):
            try:
                rtsys.initialize(target)  # Numba prepares for compiling here too, which takes half a second
                with self._guard_against_spurious_io_errors():
                    return self._load_overload(signature, target)
            except (OSError, EOFError, ValueError, KeyError, pickle.PickleError) as error:
                _log().info("a cached kernel cannot be read (%s); it is compiled anew", error)

        def save_overload(self, *arguments):
            try:
                super().save_overload(*arguments)
            except OSError as error:
                _log().info("a kernel cannot be kept on disk (%s)", error)

    return Forgiving


def _keep_on_disk(function):
    try:
        function._cache = _cache_class()(function.py_func)
    except (RuntimeError, OSError, ImportError, AttributeError) as error:  # no place to write, or another Numba inside
        _log().info("compiled kernels are not kept on disk: %s", error)


# -- types of arguments -----------------------------------------------------------------------------------------------


def argument(word, dtype=None):
    """Numba's type for a word.

    in, out          vectors of `dtype`, read or written; in2, out2: matrices
    indices          a vector of integers, read
    float, int       numbers
    """
    types = numba().types
    numbers = {"float": types.float64, "int": types.intp}
    if word in numbers:
        return numbers[word]
    if word == "indices":
        return types.Array(types.int64, 1, "C", readonly=True)
    axes = int(word[-1]) if word[-1].isdigit() else 1
    return types.Array(numba().from_dtype(np.dtype(dtype)), axes, "C", readonly=word.startswith("in"))
