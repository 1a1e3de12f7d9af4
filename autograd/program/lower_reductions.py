"""Reductions over axes as instructions, running sums, and places of the largest."""

import math

from .layout import View, loops
from .lower_base import Base, Place, start_of
from .vocabulary import LARGEST, PLACES, REDUCTIONS, RUNNING, RUNNINGS


def _around(shape, dim):
    """Numbers of entries in front of an axis, along it and behind it; without an axis, all are along it."""
    if dim is None or not shape:
        return 1, math.prod(shape), 1
    axis = dim % len(shape)
    return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])


class Reductions(Base):
    """Instructions for reductions."""

    def reduce(self, name, view, cell):
        """Sum, product, largest or smallest over axes."""
        options = cell.parameters
        dim, keepdim = options.get("dim"), options.get("keepdim", False)
        rank = len(view.shape)
        axes = (
            range(rank)
            if dim is None
            else [a % rank for a in (dim if isinstance(dim, (list, tuple)) else (dim,))]
            if rank
            else []
        )
        kept = [axis for axis in range(rank) if axis not in axes]
        out = self.result([view.shape[axis] for axis in kept])
        if out.size:
            self._emit_reduction(REDUCTIONS[name], view, kept, list(axes), out)
        return View(out.buffer, cell.shape) if keepdim or not rank else out

    def _emit_reduction(self, code, view, kept, axes, out):
        shape = [view.shape[axis] for axis in kept], [view.shape[axis] for axis in axes]
        for inner in (0, 1):  # first with the last kept axis inside: whole rows are combined
            outside, inside = (kept, []) if inner else (kept[:-1], kept[-1:])
            parts = [loops([view.permuted(group)]) for group in (outside, axes, inside)]
            lengths, steps = [part[0] for part in parts], [part[1][0] for part in parts]
            if any(len(part) > 1 for part in lengths) or (inside and steps[2] and steps[2] != [1]):
                continue
            if inner and steps[1] and steps[1] != [1]:
                continue
            o, r, i = (part[0] if part else 1 for part in lengths)
            o_step, r_step = (part[0] if part else 0 for part in steps[:2])
            if not steps[1]:
                r_step = 1
            words = [code, Place(out.buffer), o, r, i, start_of(view), o_step, r_step]
            self.emit(words, out.buffer, [view.buffer])
            return
        packed = self.packed(view.permuted([*kept, *axes]))
        words = [
            code,
            Place(out.buffer),
            math.prod(shape[0]),
            math.prod(shape[1]),
            1,
            start_of(packed),
            math.prod(shape[1]),
            1,
        ]
        self.emit(words, out.buffer, [packed.buffer])

    def running(self, cell, view):
        """Sums or products up to each entry along an axis, or over all entries in order."""
        view = self.packed(view)
        out = self.result(view.shape)
        words = [RUNNING, start_of(out), *_around(view.shape, cell.parameters.get("dim")), start_of(view)]
        words += [RUNNINGS[cell.op.name], int(cell.parameters.get("reverse", False))]
        self.emit(words, out.buffer, [view.buffer])
        return View(out.buffer, cell.shape)

    def place_of(self, cell, view):
        """Index of the first largest or smallest entry."""
        view = self.packed(view)
        out = self.result(cell.shape)
        words = [LARGEST, start_of(out), *_around(view.shape, cell.parameters.get("dim")), start_of(view)]
        self.emit([*words, PLACES[cell.op.name]], out.buffer, [view.buffer])
        return out
