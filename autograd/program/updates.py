"""The step of an optimizer, in a program: its own `update` is run on recorded arrays, whatever it computes.

An optimizer here is what has `state[parameter]`, a dictionary of arrays and of counts (of steps taken), and
`update(parameter, gradient, state, group)`, which changes arrays in place.
"""

import numpy as np

from ..errors import CompileError
from ..memory import replace, touch
from .numpy_tape import Counting, Recorded, Settings


class Update:
    """The optimizer's step of one parameter.

    lasting   pairs of cells, before and after: of the parameter, then of the arrays in its state
    leader    the first update of a group: those with the same count of steps have the same plain numbers
    """

    def __init__(self, optimizer, parameter, group, leaders):
        self.optimizer, self.parameter, self.group = optimizer, parameter, group
        self.state = optimizer.state[parameter]
        self.names = [name for name, entry in self.state.items() if not _is_count(entry)]
        self.known = self.known_for = None
        self.leader = leaders.setdefault(repr(self.counts()), self)

    def counts(self):
        """The part of the state that counts steps."""
        return {name: entry for name, entry in self.state.items() if _is_count(entry)}

    def record(self, tape, cell, gradient):
        """Run the optimizer's update on recorded arrays."""
        self.settings = Settings(tape, None if self.leader is self else self.leader.settings.cells)
        cells = [cell, *(tape.add("input", self.state[name]) for name in self.names)]
        arrays = [Recorded(tape.traced(before), self.settings) for before in cells]
        state = Watched({**self.counts(), **dict(zip(self.names, arrays[1:], strict=True))})
        self.optimizer.update(arrays[0], Recorded(tape.traced(gradient), self.settings), state, self.group)
        after = [arrays[0], *(state[name] for name in self.names)]
        self.lasting = []
        for before, array in zip(cells, after, strict=True):
            new = tape.cell_of(array.value)
            self.lasting.append((before, None if new is before else new))
        self.counts_are_read = state.counts_are_read

    def settings_of(self, steps):
        """The plain numbers of so many steps, counting them in the state."""
        rows = [self._settings() for _ in range(steps)]
        if any(len(row) != len(self.settings.made) for row in rows):
            raise CompileError(
                f"{type(self.optimizer).__name__}: its update has taken another form since it was recorded; make the "
                "compiled step anew"
            )
        return np.array(rows).reshape(steps, -1)

    def _settings(self):
        if not self.counts_are_read and self.known_for == self.group:
            return self.known
        settings = Settings()
        state = {**self.counts(), **{name: Counting(settings) for name in self.names}}
        self.optimizer.update(Counting(settings), Counting(settings), state, self.group)
        self.state.update((name, state[name]) for name in self.counts())
        if not self.counts_are_read:
            self.known, self.known_for = settings.numbers, dict(self.group)
        return settings.numbers

    def follow(self):
        """Count as the leader does."""
        if self.leader is not self:
            self.state.update(self.leader.counts())

    def numbers(self):
        """The parameter and the arrays of its state."""
        return [self.parameter._data, *(self.state[name] for name in self.names)]

    def take(self, windows):
        """Write new numbers, from as many windows, into the parameter and its state."""
        parameter = self.parameter
        if parameter._data.__class__ is np.ndarray:
            parameter._data[...] = next(windows)
        else:
            replace(parameter, _single(next(windows), parameter._data))
        parameter._grad = None
        touch(parameter)
        for name in self.names:
            entry = self.state[name]
            if entry.__class__ is np.ndarray:
                entry[...] = next(windows)
            else:
                self.state[name] = _single(next(windows), entry)


class Watched(dict):
    """A state that knows whether its counts (of steps) were asked for."""

    counts_are_read = False

    def __getitem__(self, name):
        return self._seen(super().__getitem__(name))

    def get(self, name, default=None):
        """As of any dictionary."""
        return self._seen(super().get(name, default))

    def _seen(self, entry):
        self.counts_are_read = self.counts_are_read or (_is_count(entry) and entry is not None)
        return entry


def _is_count(entry):
    """Whether an entry of an optimizer's state is no number of the parameter's own."""
    return entry is None or entry.__class__ in (int, bool, str)


def _single(window, like):
    return float(window) if like.__class__ is float else like.dtype.type(window)
