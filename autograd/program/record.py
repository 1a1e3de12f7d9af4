"""From a function and the arguments of one call to a recorded graph that holds for every call of the same kind.

The function runs twice. What differs between the two runs (random numbers, a clock, a counter) cannot be part of a
program and is refused; an array that is the same object in both is read at each run; equal numbers are constants.
"""

import threading

import numpy as np

from ..arrays import plain
from ..errors import CompileError
from ..mode import enable_grad, here, no_grad
from ..ops.random import get_rng_state, set_rng_state
from ..tree import flatten, rebuild
from ..value import Value
from .guards import Guards
from .reverse import Reverse
from .tape import Tape, covered


class Recording:
    """A function's graph.

    cells      all cells, oldest first
    inputs     a cell for each argument that is a Value or an array
    captured   cells of Values and arrays from outside, read at each run
    outputs    cells of the results
    returned   the structure in which they are returned, with numbers of cells in it, and plain things as they are
    """

    def __init__(self, function, arguments, tracked, parameters, changing=False):
        self.tape, self.inputs = Tape(), []
        if changing:
            self.tape.changes, self.tape.counts = {}, []
        leaves = []
        for leaf, requires_grad in zip(flatten(arguments), tracked, strict=True):
            if requires_grad is None:
                leaves.append(leaf)
            else:
                value = self.tape.input(leaf._data if leaf.__class__ is Value else leaf, requires_grad)
                self.inputs.append(value._data.cell)
                leaves.append(value)
        args, kwargs = rebuild(arguments, leaves)
        with covered(parameters), self.tape, enable_grad() if here.recording else no_grad():
            returned = function(*args, **kwargs)
            self.tape.check_hooks()
            self.outputs = []
            self.returned = rebuild(returned, [self._output(leaf) for leaf in flatten(returned)])

    def _output(self, leaf):
        if leaf.__class__ is not Value:
            return leaf
        self.outputs.append(self.tape.seen_by(leaf, self.tape.cell_of(leaf)))
        return Output(len(self.outputs) - 1)

    @property
    def cells(self):
        return self.tape.cells

    @property
    def captured(self):
        return [cell for cell in self.cells if cell.kind == "captured"]

    def differentiate(self, wanted, seeds=None):
        """Record the backward half: cells of the upstream gradients, and of the gradients of the cells `wanted`."""
        moving = [cell for cell in self.outputs if cell.tracked]
        with self.tape, no_grad():
            if seeds is None:
                seeds = [self.tape.add("input", plain(np.broadcast_to(c.dtype.type(1), c.shape))) for c in moving]
            return seeds, Reverse(self.tape).gradients(moving, seeds, wanted)

    def settle(self, other):
        """Compare with a second recording of the same function, and tell what is read anew from what is constant."""
        if len(self.cells) != len(other.cells) or _shape_of(self.returned) != _shape_of(other.returned):
            raise CompileError(
                "the function takes another way each time it runs: two recordings of it differ in length. A program "
                "always does the same; leave out of it what counts, draws or remembers"
            )
        for cell, again in zip(self.cells, other.cells, strict=True):
            if _structure(cell) != _structure(again) or not _equal(cell.parameters, again.parameters):
                raise CompileError(
                    f"the function takes another way each time it runs: where {cell!r} stood the second recording has "
                    f"{again!r}"
                )
            if cell.kind in ("constant", "captured"):
                self._settle_leaf(cell, again)

    def _settle_leaf(self, cell, again):
        if cell.value is not None and cell.value is again.value:
            cell.kind = "captured"
        elif not _equal(cell.data, again.data):
            users = [user.op.name for user in self.cells if cell in user.inputs]
            raise CompileError(
                f"an operand of {users[0] if users else 'the result'} changes from run to run ({_short(cell.data)}, "
                f"then {_short(again.data)}): random numbers, clocks and counters cannot be part of a program. Compute "
                "it outside and pass it as an argument"
            )


class Output:
    """The place of a result in what the function returned."""

    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return isinstance(other, Output) and other.number == self.number

    __hash__ = None


def record(function, arguments, tracked, *watched, changing=False):
    """Record a function. Returns the recording, and guards over what the function can reach.

    tracked   for each leaf of the arguments True or False, or None if it is no number
    watched   what else the function may reach: objects given as arguments
    changing  whether it may change Values outside, anew at each run; else that is refused
    """
    with _one_at_a_time:
        return _recorded(function, arguments, tracked, *watched, changing=changing)


_one_at_a_time = threading.RLock()  # what is covered for one recording is so for all threads


def _recorded(function, arguments, tracked, *watched, changing):
    stream = get_rng_state()
    try:
        first = Recording(function, arguments, tracked, Guards(function, *watched).parameters, changing)
        guards = Guards(function, *watched)  # anew: what the function prepares when it first runs is there now
        first.settle(Recording(function, arguments, tracked, guards.parameters, changing))
    finally:
        set_rng_state(stream)
    if changing:
        guards.forget([value for value, _ in first.tape.changes.values()] + first.tape.counts)
    change = guards.change()
    if change:
        raise CompileError(
            f"the function changes {change}, which it found outside itself, each time it runs; a program would not: "
            "return what is new, and assign it after the call"
        )
    return first, guards


def _structure(cell):
    leaf = "leaf" if cell.kind in ("constant", "captured") else cell.kind
    return leaf, cell.op, [x.number for x in cell.inputs], cell.shape, cell.dtype, cell.tracked


def _shape_of(tree):
    return repr(rebuild(tree, [None] * len(flatten(tree))))


def _equal(a, b):
    """Whether two things are the same to the last bit; NaN equals NaN."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return (
            a.shape == b.shape
            and a.dtype == b.dtype
            and np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes()
        )
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, Value):
        return _equal(a._data, b._data)
    return bool(a == b) or repr(a) == repr(b)


def _short(data):
    text = " ".join(repr(data).split())
    return text if len(text) <= 40 else text[:37] + "..."
