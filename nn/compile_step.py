"""compile_step: forward pass, backward pass and update of a training step as one program, and the loop around it."""

import threading
import time

import numpy as np

from autograd.arrays import dtype_of, shape_of
from autograd.errors import CompileError
from autograd.mode import no_grad
from autograd.ops.dtypes import get_default_dtype
from autograd.program.helpers import Choice, helping
from autograd.program.numpy_tape import NotYet
from autograd.program.record import record
from autograd.program.steps import StepCode
from autograd.program.tape import refuse_hooks
from autograd.program.tensors import Memory
from autograd.program.updates import Update
from autograd.value import Value, constant

from .parameter import overwrite
from .step_batches import array_of, batches_of

FIRST_STEPS = 64  # so many run before it is known how long they take
INTERRUPTIBLE = 0.2  # seconds: how long Ctrl-C may have to wait


def compile_step(model, loss, optimizer):
    """A training step of `model` as one program: what follows, without Python in between.

        optimizer.zero_grad(); l = loss(model(x), y); l.backward(); optimizer.step()

    model      a Module or any function of the inputs
    loss       a function or loss module of the model's result and the target, which gives one number
    optimizer  an optimizer over parameters of the model; any whose `update` computes entry by entry

        step = nn.compile_step(model, loss, optimizer)
        step(x, y)                                    one step; the loss, as a constant Value
        step.run((x, y), epochs=3, batch_size=64)     a loop inside the program; the losses, an array
        step.run(loader, epochs=3)                    the batches that the DataLoader would give, in its order

    The first step is taken without a program, so that the optimizer can begin. Parameters and the state of the
    optimizer are read before and written after each call, and `run` once for all its steps; `.grad` is left as None.
    Step sizes are read at each call: move a scheduler between calls. What else model and loss may do is said at
    `autograd.compile`.

    Dropout draws for each step what it would draw without a program, and BatchNorm keeps its running statistics.
    Arrays of items that come in order are read where they stand. Where a step is long and there is a second core, `run`
    tries whether a helping thread pays, and has it where it does: the numbers are the same. NUMBA_NUM_THREADS=1
    forbids it.

    Raises CompileError for what cannot be part of a program: other changes outside, hooks, choices that depend on
    numbers, optimizers that do more than arithmetic.
    """
    return CompiledStep(model, loss, optimizer)


class CompiledStep:
    """A training step with its programs, one for each size of batch. Made by `compile_step`."""

    def __init__(self, model, loss, optimizer):
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self.programs, self.begun = {}, False
        self.latest = None, None  # the kind of batch that came last, and its program

    def __repr__(self):
        return f"<compiled step of {type(self.model).__name__}, {len(self.programs)} programs>"

    def __reduce__(self):
        return CompiledStep, (self.model, self.loss, self.optimizer)  # a copy records its own programs

    def __call__(self, *batch):
        """One step on a batch (the inputs of the model, then the target). Returns the loss."""
        arrays = [array_of(part) for part in batch]
        program = self._program([(shape_of(array), dtype_of(array)) for array in arrays], lambda: arrays)
        if program is None:
            return self._eager_step(batch)
        return constant(program.step(arrays))

    def run(self, data, epochs=1, batch_size=None, order=None):
        """Many steps. Returns the loss of each, an array.

        data        a DataLoader; or a tuple of arrays or Values of one length: the inputs of the model, then the target
        epochs      how often to go through the data
        batch_size  items a batch, of arrays; default: all of them. A last batch that is smaller is taken too
        order       of arrays: the order of the items in each epoch, shape (epochs, items); default: as they stand
        """
        losses = []
        for arrays, batches in batches_of(data, epochs, batch_size, order):
            if arrays is None:
                losses += [[float(self(*batch))] for batch in batches]
            else:
                losses += [self._loop(arrays, rows) for rows in batches]
        return np.concatenate(losses) if losses else np.zeros(0)

    def _loop(self, arrays, rows):
        """Steps on the items `rows`, shape (steps, batch)."""
        first = lambda: [array.take(rows[0], axis=0) for array in arrays]
        program = self._program([((rows.shape[1], *array.shape[1:]), array.dtype) for array in arrays], first)
        if program is None:
            loss = float(self._eager_step(map(constant, first())))
            return np.concatenate([[loss], self._loop(arrays, rows[1:])]) if len(rows) > 1 else np.array([loss])
        return program.loop(arrays, rows)

    def _program(self, kinds, batch):
        """The program for batches of such shapes and dtypes; None if the first step must be taken without one.

        batch   gives one, should it be needed
        """
        kind = [_flags(group) for group in self.optimizer.param_groups], get_default_dtype(), kinds
        program = self.latest[1] if kind == self.latest[0] else self.programs.get(repr(kind))
        if program is None or not program.holds():
            try:
                self.programs[repr(kind)] = program = StepProgram(self, batch())
            except (KeyError, NotYet):  # no state yet, of one parameter at least
                if self.begun:
                    raise
                self.begun = True
                return None
        self.begun, self.latest = False, (kind, program)
        return program

    def _eager_step(self, batch):
        *inputs, target = (part if part.__class__ is Value else constant(array_of(part)) for part in batch)
        self.optimizer.zero_grad()
        loss = self.loss(self.model(*inputs), target)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss.detach()


class StepProgram:
    """The program of a step for one kind of batch, and the memory that it runs in."""

    def __init__(self, step, arrays):
        self.optimizer, self.updates = step.optimizer, []
        self.lock = threading.Lock()  # there is one memory
        self.choice, self.at_once = Choice(), FIRST_STEPS
        model, criterion = step.model, step.loss  # not `step` itself: guards would watch its programs
        function = lambda *batch: criterion(model(*batch[:-1]), batch[-1])
        recording, self.guards = record(function, (tuple(arrays), {}), [False] * len(arrays), changing=True)
        tape = recording.tape
        drawn, self.draws = [cell for cell, _ in tape.draws], [draw for _, draw in tape.draws]
        self.moved, self.counted = [value for value, _ in tape.changes.values()], tape.counts
        moves = [(tape.cell_of(value), tape.cell_of(new)) for value, new in tape.changes.values()]
        loss = _loss_of(recording)
        self.captured = recording.captured
        refuse_hooks(cell.value for cell in self.captured if cell.tracked)
        self._record_updates(recording, loss, {id(cell.value): cell for cell in self.captured if cell.tracked})
        lasting = [*(pair for update in self.updates for pair in update.lasting), *moves]
        changed = {id(before) for before, _ in lasting}
        self.rest = [cell for cell in self.captured if id(cell) not in changed]
        lasting += [(cell, None) for cell in self.rest]
        settings = [cell for update in self.updates for cell in update.settings.made]
        self.code = StepCode(recording.cells, recording.inputs, drawn, lasting, settings, loss)
        self.memory = Memory(self.code)
        windows = iter(self.memory.sources)
        self.inputs, self.drawn, self.lasting, self.settings = (
            [next(windows) for _ in part] for part in (arrays, drawn, lasting, settings)
        )

    def _record_updates(self, recording, loss, cells):
        """The optimizer's step for every parameter that gets a gradient."""
        groups = self.optimizer.param_groups
        wanted = [cells[id(p)] for group in groups for p in group["params"] if id(p) in cells]
        seed = recording.tape.add("constant", loss.dtype.type(1))
        _, gradients = recording.differentiate(wanted, [seed])
        found = {id(cell): gradient for cell, gradient in zip(wanted, gradients, strict=True) if gradient is not None}
        with recording.tape, no_grad():
            for group in groups:
                leaders = {}
                for p in group["params"]:
                    cell = cells.get(id(p))
                    if id(cell) in found:
                        update = Update(self.optimizer, p, group, leaders)
                        update.record(recording.tape, cell, found[id(cell)])
                        self.updates.append(update)

    def holds(self):
        """Whether model and loss are what they were. Raises CompileError for parameters with hooks."""
        refuse_hooks(cell.value for cell in self.captured if cell.tracked)
        states = self.optimizer.state
        if any(states.get(update.parameter) is not update.state for update in self.updates):
            return False
        return self.guards.hold() and all(
            shape_of(cell.value._data) == cell.shape and cell.value.requires_grad == cell.tracked
            for cell in self.captured
        )

    def step(self, arrays):
        """One step. Returns the loss."""
        with self.lock:
            self._fetch()
            self.memory.write(self.inputs, arrays)
            self.memory.write(self.drawn, [draw() for draw in self.draws])
            self.memory.write(self.settings, self._settings_of(1)[0])
            loss = self.code.run(self.memory)
            self._deliver()
            self._count(1)
        return loss

    def loop(self, arrays, rows):
        """Steps on batches of items. Returns their losses."""
        items, losses = self.code.items(arrays), np.empty((len(rows), 1), self.code.loss_dtype)
        rows = np.array(rows, np.int64)
        done = 0
        with self.lock:
            self._fetch()
            try:
                while done < len(rows):
                    part = slice(done, min(done + self.at_once, done + self.code.most_draws, len(rows)))
                    helpers = self.choice.helpers() if self.code.has_tasks else 0
                    begun = time.perf_counter()
                    with helping(helpers, self.code, self.memory) as team:
                        self._take_steps(team, items, rows[part], losses[part])
                    done, seconds = part.stop, max(time.perf_counter() - begun, 1e-9)
                    a_step = seconds / (part.stop - part.start)
                    self.choice.took(helpers > 0, a_step)
                    self.at_once = max(FIRST_STEPS, int(min(4 * self.at_once, INTERRUPTIBLE / a_step)))
            finally:
                self._deliver()
        return losses[:, 0]

    def _take_steps(self, team, items, rows, losses):
        counts, taken, failed = [update.counts() for update in self.updates], np.zeros(1, np.int64), -1
        settings = np.ascontiguousarray(self._settings_of(len(rows)), self.code.dtype)
        try:
            items = [*items, *self.code.drawn_for(len(rows), self.draws)]
            failed = self.code.train(self.memory, team, items, rows.reshape(-1), rows.shape[1], settings, losses, taken)
        finally:
            if taken[0] < len(rows):  # count the steps before the fault and no more
                for update, before in zip(self.updates, counts, strict=True):
                    update.state.update(before)
                self._settings_of(int(taken[0]))
            self._count(int(taken[0]))
        self.code.check(failed)

    def _fetch(self):
        numbers = [array for update in self.updates for array in update.numbers()]
        others = [*(value._data for value in self.moved), *(cell.value._data for cell in self.rest)]
        self.memory.write(self.lasting, [*numbers, *others])

    def _deliver(self):
        windows = iter(self.lasting)
        for update in self.updates:
            update.take(windows)
        for value in self.moved:
            overwrite(value, next(windows))

    def _count(self, steps):
        self.optimizer.steps_taken += steps
        for value in self.counted:
            overwrite(value, value._data + steps)

    def _settings_of(self, steps):
        """The plain numbers of the updates, a row for each step; one row if they stay the same."""
        leaders = [update for update in self.updates if update.leader is update]
        count = steps if any(update.counts_are_read for update in leaders) else min(steps, 1)
        columns = [leader.settings_of(count) for leader in leaders]
        for update in self.updates:
            update.follow()
        if not columns:
            return np.zeros((count, 0))
        return np.concatenate([rows if len(rows) == count else rows.repeat(count, 0) for rows in columns], axis=1)


def _flags(group):
    """What of a group decides which operations an update consists of: settings that are 0 are often left out."""
    return [(name, bool(x) if x.__class__ is float else x) for name, x in group.items() if name != "params"]


def _loss_of(recording):
    """The cell of the loss."""
    if len(recording.outputs) != 1 or recording.outputs[0].shape != () or not recording.outputs[0].tracked:
        raise CompileError(
            "compile_step: the loss must be one number that depends on parameters which require gradients; it is "
            f"{recording.outputs}"
        )
    return recording.outputs[0]
