"""What a function can reach besides its arguments, and whether it is still what it was.

A program has the plain numbers of its function in it: a step size in a global, a flag of a module, a list in a closure.
They are found from the function's closure, globals, defaults and the objects there, and compared before each run; if
one changed, the function is recorded anew. Values that require gradients may change: a program reads them at each run,
and while a function is recorded nobody can ask for their numbers. What cannot be watched: files, clocks, random numbers
(two recordings that differ are refused), and the insides of objects that keep their attributes elsewhere than in
`__dict__`.
"""

import functools
import types
from pathlib import Path

import numpy as np

from ..errors import CompileError
from ..value import Value
from .tape import Hidden

PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)
_OWN = tuple(str(Path(__file__).parents[2] / room) for room in ("autograd", "nn"))  # their globals do not change
_FOREIGN = ("numpy", "math", "autograd", "nn", "builtins")


class Guards:
    """Watches over all that `things` (functions, methods, modules) can reach.

    parameters   the Values among it that require gradients
    """

    def __init__(self, *things):
        self.places, self.lengths, self.cells, self.arrays, self.parameters = [], [], [], [], []
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
        if isinstance(found, type) or type(found).__module__.partition(".")[0] in ("numpy", "builtins", "autograd"):
            return []
        called = [vars(type(found)).get(name) for name in ("__call__", "forward")]
        inside = getattr(found, "__dict__", {})
        return [*(x for x in called if isinstance(x, types.FunctionType)), inside]

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
    return now.__class__ is before.__class__ and isinstance(now, PLAIN) and bool(now == before)


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
