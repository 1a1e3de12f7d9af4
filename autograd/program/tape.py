"""Recording: a function runs once on Values without numbers, and every operation leaves a cell on the tape.

A traced Value holds `Hidden` in place of its numbers: shape and dtype are there, and whoever asks for the numbers
(`float(x)`, `if x > 0`, `x.data + 1`) is told that a program cannot depend on them. The tape itself knows the numbers
of the call that is recorded, and runs each operation on them to learn the shape and dtype of its result.
"""

from contextlib import contextmanager

import numpy as np

from ..arrays import Absent, dtype_of, plain, shape_of
from ..errors import CompileError
from ..memory import NO_PARAMETERS, new, tick
from ..mode import here, mode
from ..operation import TABLE
from ..text import label
from ..tree import flatten
from ..value import Value
from .internal import by_hand

FLOAT64 = np.dtype(np.float64)


class Cell:
    """One place of a recorded graph.

    kind        "input" (an argument of the function), "captured" (a Value or array that the function found outside),
                "constant" (a number made while recording) or "gate" (the result of an operation)
    op, inputs, parameters   of a gate: the row, the cells it takes, its keyword arguments
    data        the numbers: of a constant, and of any cell as long as recording lasts
    tracked     whether a gradient may pass here
    value       the captured Value, or array
    """

    __slots__ = ("data", "dtype", "inputs", "kind", "number", "op", "parameters", "shape", "tracked", "value")

    def __init__(self, kind, number, data, tracked=False, op=None, inputs=(), parameters=NO_PARAMETERS, value=None):
        self.kind, self.number, self.data, self.tracked, self.value = kind, number, data, tracked, value
        self.op, self.inputs, self.parameters = op, inputs, parameters
        if data.__class__ is float:
            self.shape, self.dtype = (), FLOAT64
        else:
            self.shape, self.dtype = shape_of(data), dtype_of(data)

    def __repr__(self):
        what = f"{self.op.name} of {[cell.number for cell in self.inputs]}" if self.op else self.kind
        return f"<cell {self.number}: {what}, {self.dtype}{list(self.shape)}>"


class Hidden(Absent):
    """Stands for the numbers of a traced Value."""

    __slots__ = ("cell",)
    error = CompileError
    message = (
        "a function that is being recorded asked for the numbers of a Value: by float(), item(), bool() or numpy(), by "
        "an if or a loop that depends on them, by .data, by a change in place, or by backward() without create_graph. "
        "A program has no numbers while it is made: write where(condition, a, b) for a choice, gather(x, dim, i) for "
        "a computed index, y = y + 1 for a change in place, leave the rest outside, or pass fallback=True to run such "
        "a function uncompiled"
    )

    def __init__(self, cell):
        self.cell, self.shape, self.dtype = cell, cell.shape, cell.dtype

    nbytes = property(lambda self: self.size * self.dtype.itemsize)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    def _refuse(self, *_, **__):
        raise CompileError(self.message)

    def __len__(self):
        return self.shape[0]

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __setitem__ = __int__ = __index__ = _refuse
    __floordiv__ = __mod__ = __and__ = __or__ = __xor__ = __invert__ = _refuse


def tape_of_program():
    """The tape of the program that is being recorded; None outside."""
    return here.tape if isinstance(here.tape, Tape) else None


def drawn(draw):
    """Random numbers of `draw()`, or in a program what stands for them."""
    tape = tape_of_program()
    return draw() if tape is None else tape.drawn(draw)


def refuse_hooks(values):
    """Raise CompileError if one of the Values has a hook."""
    for value in values:
        if value.extra is not None and value.extra.hooks:
            raise CompileError(
                f"{label(value)} has a hook, a Python function of its gradient; gradients inside a program meet no "
                "Python: remove the hook, or do in the program what it does"
            )


def is_traced(x):
    """Whether `x` is a Value that is being recorded and has no numbers yet."""
    return x.__class__ is Value and x._data.__class__ is Hidden


class Covered(Hidden):
    """The same for a Value from outside, as long as a function is recorded: its numbers are under the cover."""

    __slots__ = ("data", "owner")

    def __init__(self, owner):
        self.owner, self.data = owner, owner._data
        self.shape, self.dtype = shape_of(self.data), dtype_of(self.data)


@contextmanager
def covered(values):
    """A block in which nobody can ask for the numbers of `values`. Raises if one of them was overwritten."""
    covers = [Covered(value) for value in values]
    times = [value.index for value in values]
    for value, cover in zip(values, covers, strict=True):
        value._data = cover
    changed = None
    try:
        yield
    finally:
        for value, cover, time in zip(values, covers, times, strict=True):
            if value._data is not cover or value.index != time:
                changed = value
            value._data = cover.data
    if changed is not None:
        raise CompileError(
            f"the function overwrites {label(changed)}, a Value that it found outside itself; a program changes "
            "nothing outside: return the new numbers and assign them after the call"
        )


class Handwritten:
    """A use of a user's Function: its row and parameters. Two that look the same are the same to a recording."""

    def __init__(self, op, parameters):
        self.op, self.parameters = op, parameters

    def __repr__(self):
        return f"{self.op.function!r} with {self.parameters['context']._others}"


class Tape:
    """The cells of a function in the order in which it made them; a context in which operations are recorded here."""

    def __init__(self):
        self.cells = []
        self.start = tick()
        self.outside = {}  # id -> cell of a captured Value or array, which the cell keeps alive
        self.before = None
        self.values = []  # those that gradients may pass, until they were looked at for hooks
        self.detached = {}  # number of a cell -> the same without a gradient
        # what is not the same at each run: random numbers (cell, function), and where that is possible Values outside
        # that are changed (by id: the Value, and what it becomes), and those that count runs
        self.draws, self.changes, self.counts = [], None, None

    def __enter__(self):
        mode.count(+1)
        self.before, here.tape = here.tape, self
        return self

    def __exit__(self, *_):
        here.tape = self.before
        mode.count(-1)

    # -- cells --------------------------------------------------------------------------------------------------------

    def add(self, kind, data, **columns):
        """A new cell."""
        cell = Cell(kind, len(self.cells), data, **columns)
        self.cells.append(cell)
        return cell

    def traced(self, cell, requires_grad=False):
        """A Value that stands for a cell."""
        value = new(Value)
        value._data, value.op, value.inputs, value.parameters = Hidden(cell), None, (), NO_PARAMETERS
        value.index, value.uses, value._grad, value.extra = tick(), 0, None, None
        value.requires_grad = requires_grad
        return value

    def input(self, data, requires_grad=False):
        """A Value that stands for an argument with these numbers."""
        value = self.traced(self.add("input", data, tracked=requires_grad), requires_grad)
        self.values.append(value)
        return value

    def drawn(self, draw):
        """What stands for random numbers, which a program draws anew for each run."""
        cell = self.add("input", plain(draw()))
        self.draws.append((cell, draw))
        return self.traced(cell)

    def now(self, value):
        """A Value outside, or what it has become."""
        return self.changes[id(value)][1] if self.changes and id(value) in self.changes else value

    def become(self, value, new):
        """Change a Value outside at each run."""
        self._may_change(value)
        self.changes[id(value)] = value, new

    def count(self, value):
        """Add 1 to a Value outside at each run."""
        self._may_change(value)
        self.counts.append(value)

    def _may_change(self, value):
        if self.changes is None:
            raise CompileError(
                f"the function changes {label(value)}, which it found outside itself, and a program of compile() "
                "changes nothing: switch a normalization by eval(), or train it with nn.compile_step"
            )

    def cell_of(self, operand):
        """The cell of an operand: where it was made, or a new one for what comes from outside."""
        if operand.__class__ is Value:
            data = operand._data
            if data.__class__ is Hidden:
                return self._own(data.cell)
            if data.__class__ is Covered:
                owner = data.owner
                return self.seen_by(operand, self._outside(owner, "captured", data.data, owner.requires_grad))
            if operand.index > self.start:
                return self._outside(operand, "constant", data, operand.requires_grad)
            return self._outside(operand, "captured", data, operand.requires_grad)
        if operand.__class__ is Hidden:
            return self._own(operand.cell)
        if operand.__class__ is np.ndarray:
            return self._outside(operand, "constant", operand, False)
        return self.add("constant", operand)

    def seen_by(self, value, cell):
        """The cell as a Value sees it that stands for it: without a gradient, if the Value is detached."""
        if value.requires_grad or not cell.tracked:
            return cell
        if cell.number not in self.detached:
            copy = Cell("gate", len(self.cells), cell.data, False, TABLE["positive"], (cell,))
            self.cells.append(copy)
            self.detached[cell.number] = copy
        return self.detached[cell.number]

    def _own(self, cell):
        if cell.number >= len(self.cells) or self.cells[cell.number] is not cell:
            raise CompileError(
                "a Value of an earlier recording was kept and used again; return it from the function instead"
            )
        return cell

    def _outside(self, thing, kind, data, tracked):
        cell = self.outside.get(id(thing))
        if cell is None:
            cell = self.outside[id(thing)] = self.add(kind, data, tracked=tracked, value=thing)
        return cell

    # -- operations ----------------------------------------------------------------------------------------------------

    def record(self, op, operands, parameters=NO_PARAMETERS):
        """What `recording.record` does, on cells: the result is a traced Value."""
        if hasattr(op, "on_values"):
            return self._by_hand(Handwritten(op, parameters), operands)
        inputs, passes = [], False
        for operand in operands:
            if operand.__class__ is Value:
                passes = passes or operand.requires_grad
                data = operand._data
                cell = self._own(data.cell) if data.__class__ is Hidden else self.cell_of(operand)
                inputs.append(self.seen_by(operand, cell) if here.recording else cell)
            else:
                inputs.append(self.cell_of(operand))
        if parameters:
            parameters = self._settled(op, parameters)
        data = op.evaluate([cell.data for cell in inputs], parameters)
        passes = passes and here.recording and op.rules is not None
        cell = Cell("gate", len(self.cells), data, passes, op, inputs, parameters)
        self.cells.append(cell)
        value = self.traced(cell, passes)
        if passes:
            value.op, value.inputs, value.parameters = op, operands, parameters
            self.values.append(value)
        return value

    def _by_hand(self, function, operands):
        """A user's Function: its forward in operations, and a gate that passes gradients by its backward."""
        try:
            result = function.op.on_values(operands, function.parameters)
        except CompileError as error:
            raise CompileError(
                f"{function.op.name}.forward computes with raw numbers, which a program does not have while it is "
                "made: write it in operations on Values, without numpy(), .data, item() or an if on a number, or pass "
                "fallback=True to run the compiled function as it is"
            ) from error
        value = self.record(by_hand, (result, *operands), {"function": function})
        if value.requires_grad:
            value.op, value.inputs, value.parameters = function.op, operands, function.parameters
        return value

    def check_hooks(self):
        """Refuse hooks that the function has put on its Values."""
        values, self.values = self.values, []
        refuse_hooks(values)

    def _settled(self, op, parameters):
        """Parameters are part of the program: they may hold no traced numbers."""
        for name, given in parameters.items():
            for part in flatten(given):
                data = part._data if part.__class__ is Value else part
                if isinstance(data, Hidden):
                    raise CompileError(
                        f"{op.name}: the parameter {name!r} is computed inside the function that is being recorded; a "
                        "program takes computed numbers as operands only. Compute it outside and pass it as an array, "
                        "or pass fallback=True"
                    )
        return parameters
