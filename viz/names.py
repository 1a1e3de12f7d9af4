"""Names of Values, found where their owner wrote them: in the variables of the code that asks for a picture.

Frames are read from the innermost outwards: first plain variables (`w0`), then what lists, tuples, dictionaries and
objects in variables hold (`w[0]`, `self.w`, `net.fc1.weight`). Names that begin with an underscore are left out.
"""

import sys
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

from autograd import Value

MOST_LOOKS = 20_000  # objects looked into in one frame, so that a large program costs no time
LONGEST = 1_000  # a container with more entries is passed over
DEEPEST = 4  # net.block.fc1.weight
NEAR = 3  # frames whose lists and objects are looked into; of those farther out only the variables themselves
_REGISTRIES = ("_parameters", "_buffers", "_modules")  # where modules keep what looks like attributes
_NOTEBOOK = {"In", "Out", "exit", "quit", "get_ipython"}
_HOLD_NOTHING = (ModuleType, type, FunctionType, BuiltinFunctionType, MethodType, str, bytes, int, float, complex)


def caller_names(wanted, given=None):
    """{id(Value): name} for the Values in `wanted` that variables of the calling code hold.

    Values are told by their time, since a stand-in takes the place of a large array whose graph was released.

    given   a mapping {name: Value} that goes first (for example `locals()`), or False: look at no variables
    """
    found, missing = {}, {value.index for value in wanted}
    if given:
        _look(list(given.items()), missing, found, DEEPEST)
    frame, count = sys._getframe(1) if given is not False else None, 0
    while frame is not None and missing:
        if not _is_ours(frame):
            count += 1
            depth = DEEPEST if count <= NEAR or frame.f_globals.get("__name__") == "__main__" else 1
            for variables in (frame.f_locals, frame.f_globals):
                named = [(name, thing) for name, thing in list(variables.items()) if _is_public(name)]
                _look(named, missing, found, depth)
        frame = frame.f_back
    return {id(value): found[value.index] for value in wanted if value.index in found}


def _is_ours(frame):
    module = frame.f_globals.get("__name__") or ""
    return module.partition(".")[0] in (__name__.partition(".")[0], "runpy")


def _look(level, missing, found, depth):
    """Breadth first, so that a short path wins over a long one, and the first variable over a later one."""
    seen = set()
    for remaining in reversed(range(depth)):
        holders = []
        for name, thing in level:
            if isinstance(thing, Value):
                if thing.index in missing:
                    missing.discard(thing.index)
                    found[thing.index] = name
            elif (
                remaining and not isinstance(thing, _HOLD_NOTHING) and len(seen) < MOST_LOOKS and id(thing) not in seen
            ):
                seen.add(id(thing))
                holders.append((name, thing))
        if not missing:
            return
        level = [entry for name, thing in holders for entry in _entries(name, thing)]


def _is_public(name):
    return isinstance(name, str) and name.isidentifier() and not name.startswith("_") and name not in _NOTEBOOK


def _entries(name, thing):
    """What a container or an object holds, with the path that leads there."""
    if isinstance(thing, (list, tuple)):
        if len(thing) <= LONGEST:
            yield from ((f"{name}[{i}]", x) for i, x in enumerate(thing))
    elif isinstance(thing, dict):
        if len(thing) <= LONGEST:
            yield from ((f"{name}[{key!r}]", x) for key, x in thing.items() if isinstance(key, (str, int)))
    else:
        attributes = getattr(thing, "__dict__", None)
        if isinstance(attributes, dict) and len(attributes) <= LONGEST:
            yield from ((f"{name}.{key}", x) for key, x in list(attributes.items()) if _is_public(key))
            for registry in _REGISTRIES:
                held = attributes.get(registry)
                if isinstance(held, dict) and len(held) <= LONGEST:
                    yield from ((f"{name}.{key}", x) for key, x in held.items())
