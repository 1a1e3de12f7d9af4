"""Training steps as programs: forward, backward and update in one, and the loop over batches around them.

The parameters and the state of the optimizer stand in memory from step to step, in front of everything else, at the
same places for every size of batch.
"""

import math
from functools import cached_property

import numpy as np

from .ahead import bring_ahead
from .assemble import Assembly
from .expand import Expansion
from .layout import Buffer, View
from .lower import Lowering, dtypes_of_program
from .machines import Runner, address_of
from .order import early
from .plan import plan
from .simplify import simplified
from .tensors import Port, failure
from .vocabulary import COPIED, COPY, JOB, LARGE_PRODUCT, ONCE_A_STEP, READ_THERE, TASKS

MOST_DRAWN = 1 << 20  # random numbers at once


class StepCode:
    """The program of one step for one size of batch.

    inputs     cells of the batch
    drawn      cells of random numbers, drawn anew for each step
    lasting    pairs of cells: what stands from step to step, and what becomes of it (None: it stays)
    settings   cells of plain numbers given at each step
    loss       cell of the loss
    """

    def __init__(self, cells, inputs, drawn, lasting, settings, loss):
        wide = Expansion(cells)
        changed = [after for _, after in lasting if after is not None]
        known = [*inputs, *drawn, *(before for before, _ in lasting), *settings, loss, *changed]
        left, ends = simplified(wide.cells, [wide.new[cell.number] for cell in known])
        take = iter(ends)
        inputs, drawn = ([next(take) for _ in part] for part in (inputs, drawn))
        before = [next(take) for _ in lasting]
        settings = [next(take) for _ in settings]
        loss = next(take)
        after = [None if pair[1] is None else next(take) for pair in lasting]
        self.runner, self.jobs = Runner(), {}
        self._lower(left, inputs, drawn, before, after, settings, loss)

    def _lower(self, cells, inputs, drawn, before, after, settings, loss):
        lowering = Lowering(dtypes_of_program(cells), self.runner.blas)
        self.dtype = lowering.main
        for cell in [*before, *(cell for cell in cells if cell.op is None and cell not in before)]:
            lowering.leaf(cell)
        for cell in cells:
            if cell.op is not None:
                lowering.gate(cell)
        lasting = [lowering.views[cell.number] for cell in before]
        self._settle(lowering, lasting, [None if new is None else lowering.views[new.number] for new in after])
        self.inputs = [Port(lowering.views[cell.number], cell) for cell in inputs]
        self.drawn = [Port(lowering.views[cell.number], cell) for cell in drawn]
        self.lasting = [Port(view, cell) for view, cell in zip(lasting, before, strict=True)]
        self.settings = [Port(lowering.views[cell.number], cell) for cell in settings]
        self.loss = Port(lowering.views[loss.number], loss)
        self.fixed, lines = lowering.fixed, early(lowering.lines)
        given = [(port.view.buffer, -1) for port in (*self.inputs, *self.drawn)] + [(self.loss.view.buffer, len(lines))]
        given += [(port.view.buffer, len(lines)) for port in self.inputs]  # never overwritten: may be the user's array
        kept = [view.buffer for view in lasting]
        kept += [port.view.buffer for port in self.settings] + [view.buffer for view, _ in self.fixed]
        self.room = plan(lines, kept, given)
        assembly = Assembly(lines, shared=True)
        self.program, self.readers = assembly.table, assembly.readers_of([port.view.buffer for port in self.inputs])
        self.reader_words, self.reader_places = tuple(self.readers.T[:2]), self.readers[:, 3].copy()
        sizes = [port.view.size * port.view.buffer.dtype.itemsize for port in self.inputs]
        self.ahead = bring_ahead(self.program, sizes, self.runner.tiles_of)
        self.places = np.array([_word(port) for port in self.settings], np.int64)
        self.runner.link(self.program)
        self.sources, self.seeds, self.outputs, self.gradients = (
            [*self.inputs, *self.drawn, *self.lasting, *self.settings],
            [],
            [self.loss],
            [],
        )

    def _settle(self, lowering, lasting, results):
        """New numbers of what lasts, written over the old: at once where nobody needs the old ones later."""
        moves = []
        for old, new in zip(lasting, results, strict=True):
            if new is None or new.buffer is old.buffer:
                continue
            if new.buffer.dtype != old.buffer.dtype:
                lowering.dtype = lowering.main if old.buffer.whole else old.buffer.dtype
                new = lowering.whole(new) if old.buffer.whole else lowering.real(new)
            if not _written_in_place(lowering.lines, old, new):
                moves.append((new, old))
        stays = {id(view.buffer) for view in lasting}
        moves = [(_apart(lowering, new) if id(new.buffer) in stays else new, old) for new, old in moves]
        for new, old in moves:
            lowering.copy(new, old)

    def run(self, memory):
        """One step on what stands in memory. Returns the loss."""
        self.check(self.runner(memory, self.program, 0, len(self.program)))
        return memory.read(self.outputs, memory.outputs)[0]

    def train(self, memory, team, items, rows, batch, settings, losses, taken):
        """As many steps as `losses` has room for. Returns the instruction that failed, or -1.

        team      the words that helpers look at, see `helpers`
        items     arrays of all items, one for each input, and arrays of what is drawn, a step a row
        rows      which of them make up the batches, one batch after the other
        settings  numbers of `dtype` for `self.settings`, a row for each step or one for all
        losses    an array of one column, of the dtype `loss_dtype`
        taken     an array of one number: how many steps were taken, also if they are interrupted
        """
        job, loads = self._job(memory)
        for load, array in zip(loads, items, strict=True):
            load[3] = address_of(array)
            load[4] = load[3] + array.nbytes
        changing = {
            "team": address_of(team), "helped": len(team) > 0, "rows": address_of(rows), "batch": batch,
            "settings": address_of(settings), "setting_count": len(settings),
            "losses": address_of(losses), "steps": len(losses), "taken": address_of(taken),
        }  # fmt: skip
        for name, word in changing.items():
            job[JOB[name]] = word
        try:
            return self.runner.train(job)
        finally:
            self.program[self.reader_words] = self.reader_places

    def _job(self, memory):
        """What the machine's `train` is told, as far as it stays the same, and the part of it about inputs."""
        if self.jobs.get("of") is not memory:
            loads = []
            for k, port in enumerate((*self.inputs, *self.drawn)):
                width = port.view.buffer.dtype.itemsize
                kind = ONCE_A_STEP if k >= len(self.inputs) else COPIED if port.view.buffer.whole else READ_THERE
                item = math.prod(port.view.shape[1:]) if k < len(self.inputs) else port.view.size
                loads.append((kind, memory.address(port.view), item * width, 0, 0, width))
            loads, unit = np.array(loads, np.int64).reshape(-1, 6), self.dtype.itemsize // 4
            job = {"program": address_of(self.program), "lines": len(self.program), "unit": unit}
            job |= {"real": memory.words_at, "whole": memory.whole_at, "loss": _word(self.loss)}
            job["loss_words"] = self.loss_dtype.itemsize // 4
            tables = {"place": self.places, "reader": self.readers, "ahead": self.ahead, "load": loads}
            for name, table in tables.items():
                job[name if name == "ahead" else f"{name}s"], job[f"{name}_count"] = address_of(table), len(table)
            self.jobs = {"of": memory, "job": np.array([job.get(name, 0) for name in JOB], np.int64), "loads": loads}
        return self.jobs["job"], self.jobs["loads"]

    def items(self, arrays):
        """Arrays of items as `train` reads them."""
        kinds = [port.view.buffer.dtype for port in self.inputs]
        return [np.ascontiguousarray(array, kind) for array, kind in zip(arrays, kinds, strict=True)]

    @cached_property
    def has_tasks(self):
        """Whether there is something for helpers to do. The BLAS has threads of its own, which want the same cores."""
        codes = set(self.program[:, 0].tolist())
        return TASKS in codes and LARGE_PRODUCT not in codes

    @property
    def loss_dtype(self):
        """Of losses."""
        return self.loss.view.buffer.dtype

    @property
    def most_draws(self):
        """For so many steps random numbers may be drawn at once."""
        return max(1, MOST_DRAWN // max(1, sum(port.view.size for port in self.drawn)))

    def drawn_for(self, steps, draws):
        """Random numbers for steps, in the order in which they are drawn step by step."""
        arrays = [np.empty((steps, *port.view.shape), port.view.buffer.dtype) for port in self.drawn]
        for step in range(steps if draws else 0):
            for array, draw in zip(arrays, draws, strict=True):
                array[step] = draw()
        return arrays

    def check(self, failed):
        """Raise if an instruction failed."""
        if failed >= 0:
            raise failure(self.program[failed])


def _word(port):
    """The word of memory at which a number stands."""
    return (port.view.buffer.place + port.view.offset) * port.view.buffer.unit


def _apart(lowering, view):
    out = View(Buffer(view.size, view.buffer.dtype), view.shape)
    lowering.copy(view, out)
    return out


def _written_in_place(lines, old, new):
    """Let the instruction that makes `new` write over `old`, if nothing that follows reads `old`."""
    makers = [line for line in lines if line.writes is new.buffer]
    if (
        not (makers and new.is_packed and old.is_packed)
        or new.buffer.home is not None
        or new.buffer.size != old.buffer.size
        or new.buffer.dtype != old.buffer.dtype
    ):
        return False
    copied = len(makers) == 2 and makers[0].words[0] == COPY and makers[0].reads == [old.buffer]  # then added to
    if len(makers) != 1 and not copied:
        return False
    first = lines.index(makers[0])
    if any(old.buffer in line.reads for line in lines[first + 1 :]) or any(line.writes is old.buffer for line in lines):
        return False
    if copied:
        lines.remove(makers[0])
    elif old.buffer in makers[0].reads and old.buffer not in makers[0].over:
        return False
    new.buffer.home = old.buffer
    return True
