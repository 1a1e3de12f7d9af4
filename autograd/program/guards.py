"""What a function can reach besides its arguments, and whether it is still what it was.

A program has the plain numbers of its function in it: a step size in a global, a flag of a module, a list in a closure.
They are found from the function's closure, globals, defaults and the objects there with their classes, and compared
before each run; if one changed, the function is recorded anew. Values that require gradients may change: a program
reads them at each run, and while a function is recorded nobody can ask for their numbers. What cannot be watched:
files, clocks, random numbers of others (two recordings that differ are refused), and the insides of objects that keep
their attributes elsewhere than in `__dict__` and `__slots__`.
"""

import functools
import os
import sys
import types
from collections import deque
from pathlib import Path

import numpy as np

from ..errors import CompileError
from ..value import Value
from .tape import Hidden

INEXACT = (float, complex, np.inexact)  # 0.0 and -0.0 are not the same, NaN and NaN are
PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)
_FOREIGN = ("numpy", "math", "autograd", "nn", "builtins")
_INSTALLED = (str(Path(os.__file__).parent), "site-packages", "dist-packages")  # parts of paths
# of a class, what no call looks at
_NOT_CALLED = frozenset(
    {"__init__", "__dict__", "__weakref__", "__doc__", "__module__", "__qualname__", "__annotations__", "_rows"}
)
_OWN = tuple(str(Path(__file__).parents[2] / room) for room in ("autograd", "nn"))  # their globals do not change


class Guards:
    """Watches over all that `things` (functions, methods, modules) can reach.

    parameters   the Values among it that require gradients
    """

    def __init__(self, *things):
        self.places, self.lengths, self.cells, self.arrays, self.parameters = [], [], [], [], []
        self.collections, self.slots = [], []
        self._seen, self._alive, waiting = set(), [], list(things)
        while waiting:
            found = waiting.pop()
            if id(found) in self._seen or isinstance(found, (*PLAIN, types.ModuleType)):
                continue
            self._seen.add(id(found))
            self._alive.append(found)
            waiting.extend(self._look_into(found))

    def hold(self):
        """Whether everything is as it was."""
        return not self.change()

    def change(self):
        """What is no longer as it was, in words; "" if nothing."""
        for container, key, before in self.places:
            try:
                now = container[key]
            except (KeyError, IndexError):
                return f"{key!r}, which is gone"
            if now is not before and not _same(now, before):
                return _named(f"entry {key}" if isinstance(key, int) else repr(key), before)
        for container, before in self.lengths:
            if len(container) != before:
                return "the length of a container"
        for collection, before in self.collections:
            now = list(collection)
            if len(now) != len(before) or not all(a is b or _same(a, b) for a, b in zip(now, before, strict=True)):
                return f"what is in a {type(collection).__name__}"
        for thing, name, before in self.slots:
            now = getattr(thing, name, None)
            if now is not before and not _same(now, before):
                return _named(repr(name), before)
        for cell, before in self.cells:
            try:
                now = cell.cell_contents
            except ValueError:
                return "a variable, which is gone"
            if now is not before and not _same(now, before):
                return _named("a variable", before)
        for array, before in self.arrays:
            if _digest(array) != before:
                return "the numbers of an array or constant Value"
        return ""

    def forget(self, values):
        """Let the numbers of Values change."""
        self.arrays = [(array, before) for array, before in self.arrays if not any(array is value for value in values)]

    def _watch(self, container, key, now):
        self.places.append((container, key, now))
        return now

    def _look_into(self, found):
        """What is inside, each part with a watch on its place."""
        if isinstance(found, types.MethodType):
            return [found.__self__, found.__func__]
        if isinstance(found, functools.partial):
            return [found.func, *found.args, *found.keywords.values()]
        if isinstance(found, types.FunctionType):
            return self._look_into_function(found)
        if isinstance(found, Value) and isinstance(found._data, Hidden):
            raise CompileError(
                "the function kept a Value of an earlier recording outside itself; return it from the function instead"
            )
        if isinstance(found, Value) and found.requires_grad:
            self.parameters.append(found)
            return []
        if isinstance(found, (np.ndarray, Value)):
            self.arrays.append((found, _digest(found)))
            return []
        if isinstance(found, dict):
            self.lengths.append((found, len(found)))
            return [self._watch(found, key, part) for key, part in found.items()]
        if isinstance(found, (list, tuple)):
            self.lengths.append((found, len(found)))
            return [self._watch(found, place, part) for place, part in enumerate(found)]
        if isinstance(found, (set, frozenset, deque)):
            self.collections.append((found, list(found)))
            return list(found)
        if isinstance(found, (staticmethod, classmethod)):
            return [found.__func__]
        if isinstance(found, property):
            return [found.fget]
        if isinstance(found, type):
            return self._look_into_class(found)
        if hasattr(found, "__wrapped__"):  # a compiled function inside another
            return [found.__wrapped__]
        if type(found).__module__.partition(".")[0] in ("numpy", "builtins", "autograd"):
            return []
        return [type(found), *self._slots_of(found), getattr(found, "__dict__", {})]

    def _look_into_class(self, found):
        """Methods and attributes of a class of the user's and of those it is derived from."""
        parts = []
        for base in found.__mro__:
            if _is_users(base):
                inside = vars(base)
                parts += [self._watch(inside, name, inside[name]) for name in list(inside) if name not in _NOT_CALLED]
        return parts

    def _slots_of(self, thing):
        names = [name for base in type(thing).__mro__ for name in _listed(vars(base).get("__slots__", ()))]
        found = [(name, getattr(thing, name)) for name in names if name[:2] != "__" and hasattr(thing, name)]
        self.slots += [(thing, name, part) for name, part in found]
        return [part for _, part in found]

    def _look_into_function(self, function):
        code = function.__code__
        found = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        for cell in function.__closure__ or ():
            try:
                self.cells.append((cell, cell.cell_contents))
            except ValueError:  # not filled yet
                continue
            found.append(cell.cell_contents)
        if code.co_filename.startswith(_OWN):
            return found
        names = function.__globals__
        for name in _names(code):
            if name in names:
                part = self._watch(names, name, names[name])
                found.append(part)
                if isinstance(part, types.ModuleType) and part.__name__.partition(".")[0] not in _FOREIGN:
                    found.extend(self._numbers_of(part, _names(code)))
        return found

    def _numbers_of(self, module, names):
        """Attributes of a module of the user's that the function may mean."""
        inside = vars(module)
        return [self._watch(inside, name, inside[name]) for name in names if name in inside]


def _same(now, before):
    if now.__class__ is not before.__class__ or not isinstance(now, PLAIN):
        return False
    return repr(now) == repr(before) if isinstance(now, INEXACT) else bool(now == before)


@functools.cache
def _is_users(kind):
    """Whether a class is part of the user's program, and neither ours nor installed."""
    name = kind.__module__
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    return name.partition(".")[0] not in _FOREIGN and not any(part in file for part in _INSTALLED)


def _listed(names):
    return (names,) if isinstance(names, str) else tuple(names)


def _named(place, before):
    return f"{place} (it was {before!r})" if isinstance(before, PLAIN) else place


def _names(code):
    """Names that a function's code, and the functions written inside it, look up."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found.update(_names(constant))
    return sorted(found)


def _digest(thing):
    array = np.asarray(thing)
    if array.dtype == object:
        return None
    return thing.__class__ is Value and thing.requires_grad, array.shape, array.dtype.str, _hash(array)


def _hash(array):
    if array.nbytes <= 64:
        return array.tobytes()
    import hashlib  # here: it loads OpenSSL, a tenth of the time that it takes to import this package

    return hashlib.blake2b(np.ascontiguousarray(array)).digest()
