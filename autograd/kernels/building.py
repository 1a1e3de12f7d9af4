"""Numba at work: a loop, the bodies that it calls and its entrance become one library, and that machine code.

A body is never called but from loops: it is optimised there, and only there, which halves the time of compiling.
Imported when something is to be compiled.
"""

import numpy as np
from numba import from_dtype, types
from numba.core import compiler
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target
from numba.core.typing.templates import AbstractTemplate

from . import words
from .entrance import Entrance

# What is compiled here is called by its entrance alone, and has no references to count.
_ALONE = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "no_rewrites": True, "_nrt": False, "nopython": True}


def argument(word, dtype):
    """Numba's type for a word."""
    if word in words.NUMBERS:
        return types.float64 if word == "float" else types.intp
    dtype = np.int64 if word == "indices" else dtype
    return types.Array(from_dtype(np.dtype(dtype)), words.axes(word), "C", readonly=not words.is_written(word))


@global_compiler_lock
def library(loop, said, dtype, options):
    """A loop and its entrance as a library of Numba."""
    known, answer = words.split(said)
    kinds, result = [argument(word, dtype) for word in known], types.float64 if answer == "float" else types.none
    context = cpu_target.target_context
    cpu_target.typing_context.refresh()
    context.refresh()
    whole = _Library(context.codegen(), loop.__name__)
    described = _compiled(loop, kinds, result, options, whole).fndesc
    module = whole.create_ir_module(loop.__name__)
    Entrance(context, module, loop.__name__).write(known, kinds, answer, described)
    whole.add_ir_module(module)
    alone = whole.get_function(described.llvm_func_name)
    alone.linkage = "internal"
    alone.add_function_attribute("noinline")  # it keeps its attributes (registers), and is there once
    whole.finalize()
    return whole


def object_code(loop, said, dtype, options):
    """Machine code of a loop and its entrance; `said` are its words."""
    return library(loop, said, dtype, options).machine_code()


def _compiled(function, arguments, result, options, place):
    flags = compiler.Flags()
    cpu_target.options.parse_as_flags(flags, {**options, **_ALONE})
    flags.no_compile = True  # but for what `place` does with it
    contexts = cpu_target.typing_context, cpu_target.target_context
    return compiler.compile_extra(*contexts, function, tuple(arguments), result, flags, {}, library=place)


class _Library(JITCodeLibrary):
    """Code that is not loaded into this process: it is on its way into another library, or to the disk."""

    def _optimize_functions(self, ll_module):
        ll_module.data_layout = self._codegen._data_layout  # and nothing else: the whole is optimised in the end

    def _optimize_final_module(self):
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)

    def _finalize_final_module(self):
        self._finalized = True

    def machine_code(self):
        """The whole library as an object file."""
        needed = [f.name for f in self._final_module.functions if f.is_declaration]
        if unknown := [name for name in needed if name.startswith(("NRT_", "numba_"))]:
            raise NotImplementedError(f"it needs {', '.join(unknown)} of Numba, which is not there when it runs")
        return self._codegen._tm.emit_object(self._final_module)


class _PartOfLibrary(_Library):
    """A body: what calls it optimises it."""

    def _optimize_final_module(self):
        pass


class Body:
    """A scalar function that loops and other bodies can call. It is compiled for the types that it is called with."""

    def __init__(self, function, options):
        self.function, self.options = function, {**options, "forceinline": True}
        self.known = {}
        typed = {"key": self, "generic": lambda template, arguments, keywords: self.signature(arguments)}
        self._numba_type_ = types.Function(type(function.__name__, (AbstractTemplate,), typed))

    def signature(self, arguments):
        """What Numba must know to call it with arguments of these types."""
        if arguments not in self.known:
            context = cpu_target.target_context
            place = _PartOfLibrary(context.codegen(), self.function.__name__)
            compiled = _compiled(self.function, arguments, None, self.options, place)
            context.insert_user_function(self, compiled.fndesc, [place])
            self.known[arguments] = compiled.signature
        return self.known[arguments]
