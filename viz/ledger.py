"""Who added what to a leaf's gradient: every backward pass, entry by entry, and whether zero_grad was forgotten."""

import sys
from dataclasses import dataclass

import numpy as np

from autograd import Value

_OURS = {"autograd", "nn", "viz"}


@dataclass(frozen=True)
class Entry:
    """One addition to a leaf's `.grad`.

    leaf      its name
    number    how many passes have reached this leaf, this one included
    added     what this pass brought; `before` and `after`: the root mean square of `.grad` around it
    line      the line that called backward()
    stale     whether the leaf was changed by a step while the gradient from before that step was still there
    """

    leaf: str
    number: int
    added: object
    before: float
    after: float
    line: str
    stale: bool


class ledger:
    """Context that keeps a book of gradients: `with viz.ledger(model.parameters()) as book:`; then `print(book)`.

    leaves   the Values to watch, or a dictionary or pairs of names and Values
    most     entries kept for each leaf; older ones are dropped
    """

    def __init__(self, leaves, most=100):
        pairs = leaves.items() if isinstance(leaves, dict) else leaves
        self.leaves = [pair if isinstance(pair, tuple) else (None, pair) for pair in pairs]
        self.leaves = [(name or leaf.name or f"leaf {i}", leaf) for i, (name, leaf) in enumerate(self.leaves)]
        self.most, self.entries, self._hooks, self._seen = most, {name: [] for name, _ in self.leaves}, [], {}

    def __enter__(self):
        for name, leaf in self.leaves:
            if not isinstance(leaf, Value):
                raise TypeError(f"ledger() watches Values, not {type(leaf).__name__}")
            self._hooks.append(leaf.register_hook(self._note(name, leaf)))
        return self

    def __exit__(self, *_):
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def _note(self, name, leaf):
        def hook(gradient):
            added = gradient.data
            before = 0.0 if leaf.grad is None else leaf.grad.data
            number, age = self._seen.get(name, (0, leaf.index))
            stale = bool(np.any(before)) and leaf.index != age
            entry = Entry(name, number + 1, added, _size(before), _size(before + added), _line(), stale)
            self.entries[name] = [*self.entries[name][1 - self.most :], entry] if self.most > 1 else [entry]
            self._seen[name] = number + 1, leaf.index

        return hook

    @property
    def forgotten(self):
        """Names of the leaves whose gradient from before a step was still there in the next pass."""
        return [name for name, entries in self.entries.items() if any(entry.stale for entry in entries)]

    def __str__(self):
        lines = []
        for name, entries in self.entries.items():
            lines.append(f"{name}:")
            for entry in entries:
                note = "  ← the weights had changed since: zero_grad() forgotten?" if entry.stale else ""
                lines.append(
                    f"  pass {entry.number}: added {_told(entry.added)}, |grad| {entry.before:.4g} → {entry.after:.4g}"
                    f"  {entry.line}{note}"
                )
            if not entries:
                lines.append("  no pass has reached it")
        return "\n".join(lines)

    __repr__ = __str__


def _size(x):
    array = np.asarray(x, dtype=float)
    return float(np.sqrt(np.mean(array * array))) if array.size else 0.0


def _told(x):
    return f"{float(x):.6g}" if np.shape(x) == () else f"an array of shape {np.shape(x)}"


def _line():
    """The user's line that called backward()."""
    frame = sys._getframe(2)
    while frame is not None and (frame.f_globals.get("__name__") or "").partition(".")[0] in _OURS:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""
