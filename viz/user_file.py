"""Running a Python file of the user's and walking the graph behind one of its variables afterwards.

The file runs as `python file.py` would. Each backward pass in it is witnessed: of the last few the graph is remembered
as it was, so that it can be walked after `loss.backward(); optimizer.step()` has released and overwritten it.
"""

import ast
import contextlib
import sys
import traceback
import types
from collections import deque
from pathlib import Path

import numpy as np

from autograd import Value
from autograd.backward import witnesses

from .errors import ProgramError

REMEMBERED = 4  # backward passes


class Memory:
    """The last graphs that backward passes went through, with the numbers of that time."""

    def __init__(self):
        self.passes = deque(maxlen=REMEMBERED)

    def witness(self, graph):
        """Called before each pass."""
        values = list(graph.values)
        leaves = [value for value in values if value.op is None]
        numbers = [(leaf, _copy(leaf.data), leaf.index) for leaf in leaves]
        self.passes.append((values, [value.inputs for value in values], numbers))

    @contextlib.contextmanager
    def restored(self, value):
        """The graph of `value` as it was before its last backward pass, for as long as the block runs."""
        found = next((p for p in reversed(self.passes) if any(v is value for v in p[0])), None)
        if found is None:
            yield
            return
        values, inputs, numbers = found
        now = [value.inputs for value in values], [(leaf, leaf._data, leaf.index) for leaf, _, _ in numbers]
        _put(values, inputs, numbers)
        try:
            yield
        finally:
            _put(values, *now)


def _put(values, inputs, numbers):
    for value, operands in zip(values, inputs, strict=True):
        value.inputs = operands
    for leaf, data, index in numbers:
        leaf._data, leaf.index = data, index


def _copy(data):
    return data.copy() if isinstance(data, np.ndarray) else data


def run(path, arguments=()):
    """Run a Python file as the main program; gives its variables and the `Memory` of its backward passes.

    Raises ProgramError if there is no such file, or with the file's own traceback if it fails.
    """
    path = Path(path)
    try:
        source = path.read_bytes()
    except OSError as error:
        raise ProgramError(f"cannot read {path}: {error.strerror}") from error
    module = types.ModuleType("__main__")
    module.__file__ = str(path)
    memory = Memory()
    outside = sys.argv, sys.path[:], sys.modules.get("__main__")
    sys.argv, sys.path[0:0], sys.modules["__main__"] = [str(path), *arguments], [str(path.resolve().parent)], module
    witnesses.append(memory.witness)
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)
    except SystemExit as stop:
        if stop.code not in (None, 0):
            raise ProgramError(f"{path} ended with exit code {stop.code}") from stop
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise ProgramError(f"{path} failed:\n{_own_traceback(error, str(path))}") from error
    finally:
        witnesses.remove(memory.witness)
        sys.argv, sys.path[:], sys.modules["__main__"] = outside
    return module.__dict__, memory


def _own_traceback(error, path):
    """The traceback from the user's file on, without the frames that ran it."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != path:
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames)).rstrip()


def choose(variables, wanted=None):
    """The Value to look at and its name: the variable `wanted` (`loss`, `net.w`, `losses[-1]`), else the one that
    is called loss, else the last that was computed.

    Raises ProgramError, with what there is, if there is none.
    """
    if wanted is not None:
        value = _look_up(variables, wanted)
        if not isinstance(value, Value):
            raise ProgramError(f"{wanted} is of type {type(value).__name__}, not a Value{_offer(variables)}")
        return wanted, value
    results = _results(variables)
    if not results:
        raise ProgramError(
            "the file leaves no variable with a graph behind it: assign the result to a name at module level"
        )
    name = "loss" if "loss" in results else max(results, key=lambda name: results[name].index)
    return name, results[name]


def _results(variables):
    """Variables that were computed from tracked Values."""
    found = {name: x for name, x in variables.items() if isinstance(x, Value) and not name.startswith("_")}
    return {name: x for name, x in found.items() if x.op is not None}


def _offer(variables):
    results = sorted(_results(variables), key=lambda name: -variables[name].index)[:8]
    return f"; there are {', '.join(results)}" if results else ""


def _look_up(variables, wanted):
    """The thing behind a path like `net.w` or `losses[-1]`; nothing is run but attribute and item access."""
    try:
        node = ast.parse(wanted.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise ProgramError(f"--value takes a name like loss, net.w or losses[-1], not {wanted!r}") from None
    path = []
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        path.append(node)
        node = node.value
    if not isinstance(node, ast.Name):
        raise ProgramError(f"--value takes a name like loss, net.w or losses[-1], not {wanted!r}")
    if node.id not in variables:
        raise ProgramError(f"the file leaves no variable {node.id} at module level{_offer(variables)}")
    thing = variables[node.id]
    for step in reversed(path):
        try:
            thing = (
                getattr(thing, step.attr) if isinstance(step, ast.Attribute) else thing[ast.literal_eval(step.slice)]
            )
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise ProgramError(f"--value {wanted}: {error}") from error
    return thing
