"""Graphs of arrays as programs: instructions, the memory they run in, and the way of numbers in and out."""

import numpy as np

from ..arrays import plain
from ..errors import RangeError
from .assemble import Assembly
from .lower import Lowering, dtypes_of_program
from .machines import Runner, address_of
from .plan import plan
from .scalars import behind
from .vocabulary import GATHER, TO_REAL

LINE = 16  # words of the processor's cache


class TensorCode:
    """A program over arrays, with the memory that it runs in."""

    def __init__(self, cells, sources, outputs, seeds, gradients):
        self.runner = Runner()
        self.idle = []
        lowering = Lowering(dtypes_of_program(cells), self.runner.blas)
        for cell in cells:
            if cell.op is None:
                lowering.leaf(cell)
        early, gates = behind(outputs), [cell for cell in cells if cell.op is not None]
        for cell in gates:
            if cell.number in early:
                lowering.gate(cell)
        self.middle = len(lowering.lines)
        for cell in gates:
            if cell.number not in early:
                lowering.gate(cell)
        self.sources, self.seeds, self.outputs = (_ports(lowering, part) for part in (sources, seeds, outputs))
        self.gradients = _ports(lowering, gradients)
        given = [(port.view.buffer, -1) for port in self.sources]
        given += [(port.view.buffer, self.middle - 1) for port in (*self.seeds, *self.outputs)]
        given += [(port.view.buffer, len(lowering.lines)) for port in self.gradients if port is not None]
        self.room = plan(lowering.lines, [view.buffer for view, _ in lowering.fixed], given)
        self.fixed = lowering.fixed
        assembly = Assembly(lowering.lines, self.middle)
        self.program, self.middle = assembly.table, assembly.middle
        self.runner.link(self.program)

    def memory(self):
        """Memory for one run."""
        return self.idle.pop() if self.idle else Memory(self)

    def give_back(self, memory):
        """Memory that nobody needs any more."""
        self.idle.append(memory)

    def forward(self, memory, numbers):
        """Results of the forward half, as a list."""
        memory.write(memory.sources, numbers)
        self._run(memory, 0, self.middle)
        return memory.read(self.outputs, memory.outputs)

    def backward(self, memory, seeds):
        """Gradients, as a list."""
        memory.write(memory.seeds, seeds)
        self._run(memory, self.middle, len(self.program))
        return memory.read(self.gradients, memory.gradients)

    def _run(self, memory, start, stop):
        failed = self.runner(memory, self.program, start, stop)
        if failed >= 0:
            raise failure(self.program[failed])


class Port:
    """Where numbers go in or out: a view of memory, and the dtype they have outside."""

    __slots__ = ("dtype", "python", "view")

    def __init__(self, view, cell):
        self.view, self.dtype = view, cell.dtype
        self.python = cell.data.__class__ is float


def _ports(lowering, cells):
    return [None if cell is None else Port(lowering.views[cell.number], cell) for cell in cells]


class Memory:
    """Real and whole numbers, with arrays that show where the inputs and results stand."""

    def __init__(self, code):
        words, wholes = code.room
        self.words, self.whole = _aligned(words), np.zeros(wholes, np.int64)
        self.words_at, self.whole_at = address_of(self.words), address_of(self.whole)
        for view, numbers in code.fixed:
            self.window(view)[...] = numbers
        self.sources, self.seeds, self.outputs, self.gradients = (
            [None if port is None else self.window(port.view) for port in ports]
            for ports in (code.sources, code.seeds, code.outputs, code.gradients)
        )

    def window(self, view):
        """The array that a view means."""
        dtype = view.buffer.dtype
        strides = [step * dtype.itemsize for step in view.strides]
        offset = (view.buffer.place + view.offset) * dtype.itemsize
        return np.ndarray(view.shape, dtype, self.whole if view.buffer.whole else self.words, offset, strides)

    def address(self, view):
        """Where a view begins."""
        begin = (view.buffer.place + view.offset) * view.buffer.dtype.itemsize
        return (self.whole_at if view.buffer.whole else self.words_at) + begin

    @staticmethod
    def write(windows, numbers):
        """Copy numbers in."""
        for window, given in zip(windows, numbers, strict=True):
            window[...] = given

    @staticmethod
    def read(ports, windows):
        """Copies of results."""
        results = []
        for port, window in zip(ports, windows, strict=True):
            if port is None:
                results.append(None)
            elif port.python:
                results.append(float(window))
            else:
                results.append(plain(window.astype(port.dtype)))
        return results


def _aligned(words):
    """Zeros that begin with a line of the cache, as buffers and groups of lanes in them then do."""
    room = np.zeros(words + LINE, np.int32)
    first = -room.ctypes.data // room.itemsize % LINE
    return room[first : first + words]


def failure(line):
    """The error of an instruction that failed."""
    if line[0] == GATHER:
        return RangeError(f"an index is out of range: there are {line[5]} entries along its axis, from 0 on")
    if line[0] == TO_REAL:
        return RangeError("a whole number is too large to be exact among the program's floats; convert it outside")
    return RangeError(f"a class index is out of range: there are {line[3]} classes, from 0 on")
