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
        self.count_names = [name for name in self.state if name not in self.names]
        self.known = self.known_for = None
        self.leader = leaders.setdefault(repr(self.counts()), self)

    def counts(self):
        """The part of the state that counts steps."""
        return {name: self.state[name] for name in self.count_names}

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
        """The plain numbers of so many steps, a row each, counting them in the state; one row if all are the same."""
        if self.counts_are_read:
            rows = self._at_once(steps) if steps > 2 else None
            rows = np.array([self._counted() for _ in range(steps)]) if rows is None else rows
        else:
            if self.known_for != self.group:
                self.known, self.known_for = np.array([self._counted()]), dict(self.group)
            rows = self.known
        if rows.size != len(rows) * len(self.settings.made):
            raise CompileError(
                f"{type(self.optimizer).__name__}: its update has taken another form since it was recorded; make the "
                "compiled step anew"
            )
        return rows.reshape(len(rows), len(self.settings.made))

    def _counted(self):
        """The plain numbers of the next step, which is counted."""
        numbers, counts = self._numbers(self.counts())
        self.state.update(counts)
        return numbers

    def _at_once(self, steps):
        """Those of many steps, by counts that are arrays; None if the update cannot take these.

        The first and the last step are computed by themselves too, to see that they come out the same.
        """
        counts = self.counts()
        first, following = self._numbers(counts)
        advance = {name: following[name] - n for name, n in counts.items() if type(n) is int}
        if any(following[name] != n for name, n in counts.items() if name not in advance):
            return None
        last, end = self._numbers({**counts, **{name: counts[name] + d * (steps - 1) for name, d in advance.items()}})
        many = {name: np.arange(steps) * d + counts[name] for name, d in advance.items() if d}
        try:
            numbers, _ = self._numbers({**counts, **many})
            columns = [np.broadcast_to(number, steps) for number in numbers]
        except (TypeError, ValueError, CompileError):
            return None
        rows = np.array(columns, np.float64).reshape(len(columns), steps).T
        if not (len(first) == len(last) == len(columns) and np.allclose(rows[[0, -1]], [first, last], 1e-12, 0.0)):
            return None
        self.state.update(end)
        return rows

    def _numbers(self, counts):
        """The plain numbers of a step with these counts before it, and the counts after it."""
        settings = Settings()
        state = {**counts, **{name: Counting(settings) for name in self.names}}
        self.optimizer.update(Counting(settings), Counting(settings), state, self.group)
        return settings.numbers, {name: state[name] for name in counts}

    def follow(self):
        """Count as the leader does."""
        if self.leader is not self:
            for name in self.count_names:
                self.state[name] = self.leader.state[name]

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
