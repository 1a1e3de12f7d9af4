"""Graphs of single float64 numbers as programs.

Every cell has a place of its own in one array of numbers. Gates that wait for nothing more than what is already there
are run together, a kind at a time: an instruction is (function, operands each, how many, first result, where their
operands stand).
"""

from collections import defaultdict

import numpy as np

from .machines import address_of, machine
from .tape import FLOAT64
from .vocabulary import CODES, INSTRUCTIONS, TOTAL


def fits(cells):
    """Whether all cells are single float64 numbers, or truth values made from them, with instructions for them."""
    for cell in cells:
        if cell.shape != () or not (cell.kind == "constant" or cell.dtype == FLOAT64 or cell.dtype == np.bool_):
            return False
        if cell.op is not None and (cell.op.name not in CODES or cell.parameters):
            return False
    return True


class ScalarCode:
    """A program over one array of numbers, with the memory that it runs in.

    places        where each cell's number stands, by cell number
    instructions  (n, 5) integers, see the machine; those before `middle` are the forward half
    operands      places, instruction by instruction
    """

    def __init__(self, cells, sources, outputs, seeds, gradients):
        self.machine = machine("scalar_machine")
        self.places, self.idle = {}, []
        numbers, instructions, operands = [], [], []
        given = [*sources, *seeds]
        for cell in [*given, *(cell for cell in cells if cell.op is None and cell not in given)]:
            self.places.setdefault(cell.number, len(numbers))
            numbers.append(float(cell.data) if cell.kind == "constant" else 0.0)
        early = behind(outputs)
        gates = [cell for cell in cells if cell.op is not None]
        for half in (True, False):
            self._schedule([cell for cell in gates if (cell.number in early) is half], numbers, instructions, operands)
            if half:
                self.middle = len(instructions)
        self.first = np.array(numbers)
        self.instructions = np.array(instructions, np.int64).reshape(-1, 5)
        self.operands = np.array(operands, np.int32)
        self.run = self.machine.compiled()
        self.instructions_at, self.operands_at = address_of(self.instructions), address_of(self.operands)
        self.given, self.upstream = len(sources), slice(len(sources), len(given))
        self.outputs = np.array([self.places[cell.number] for cell in outputs], np.intp)
        self.truths = [cell.dtype == np.bool_ for cell in outputs]
        self.unused = [position for position, cell in enumerate(gradients) if cell is None]
        self.gradients = np.array([0 if cell is None else self.places[cell.number] for cell in gradients], np.intp)

    def _schedule(self, gates, numbers, instructions, operands):
        """Instructions for gates: those of one kind that are ready at the same time together."""
        level, groups = {}, defaultdict(list)
        for cell in gates:
            ready = 1 + max((level.get(x.number, 0) for x in cell.inputs), default=0)
            level[cell.number] = ready
            groups[ready, CODES[cell.op.name], len(cell.inputs)].append(cell)
        for (_, code, arity), members in sorted(groups.items(), key=lambda group: group[0]):
            # first operands of all, then their second ones ...; a total may have any number of them
            address = 0 if code == TOTAL else self.machine.address_of(INSTRUCTIONS[code])
            instructions.append((address, arity, len(members), len(numbers), len(operands)))
            for position in range(arity):
                operands.extend(self.places[cell.inputs[position].number] for cell in members)
            for cell in members:
                self.places[cell.number] = len(numbers)
                numbers.append(0.0)

    def memory(self):
        """Memory for one run."""
        return self.idle.pop() if self.idle else self.first.copy()

    def give_back(self, memory):
        """Memory that nobody needs any more."""
        self.idle.append(memory)

    def forward(self, memory, numbers):
        """Results of the forward half, as a list."""
        memory[: self.given] = numbers
        self.run(self.instructions_at, 0, self.middle, self.operands_at, address_of(memory))
        results = memory[self.outputs].tolist()
        return [bool(x) if truth else x for x, truth in zip(results, self.truths, strict=True)]

    def backward(self, memory, seeds):
        """Gradients, as a list."""
        memory[self.upstream] = seeds
        stop = len(self.instructions)
        self.run(self.instructions_at, self.middle, stop, self.operands_at, address_of(memory))
        gradients = memory[self.gradients].tolist()
        for position in self.unused:
            gradients[position] = None
        return gradients


def behind(cells):
    """Numbers of all cells that `cells` are computed from, and of these."""
    found, waiting = set(), list(cells)
    while waiting:
        cell = waiting.pop()
        if cell.number not in found:
            found.add(cell.number)
            waiting.extend(cell.inputs)
    return found
