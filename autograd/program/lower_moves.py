"""Numbers that go to other places as instructions: joined, picked and spread arrays, and what depends on indices."""

import math

import numpy as np

from ..errors import CompileError
from ..operation import TABLE
from .layout import WHOLE, View
from .lower_base import MOST_LOOPS, Base, start_of
from .vocabulary import BY_INDEX, CLASSES, GATHER, KEPT, MISSED, MOVE, TO_WHOLE

FAR = 2.0**40  # labels of places begin here: what is smaller in a labelled result is a constant


class Moves(Base):
    """Instructions for moves."""

    def joined(self, cell, views):
        """Arrays one after the other along an axis, or side by side along a new one."""
        axis = cell.parameters.get("dim", 0) % len(cell.shape)
        out, offset = self.result(cell.shape), 0
        for view in filter(lambda view: view.size, views):  # empty vectors may stand among arrays of more axes
            if cell.op.name == "stack":
                view = View(
                    view.buffer,
                    (*view.shape[:axis], 1, *view.shape[axis:]),
                    (*view.strides[:axis], 0, *view.strides[axis:]),
                    view.offset,
                )
            part = View(out.buffer, view.shape, out.strides, offset * out.strides[axis])
            self.copy(view, part)
            offset += view.shape[axis]
        return out

    def moved(self, cell, views):
        """Any rearrangement: the operation is run on labels instead of numbers to see where they go."""
        labels, begin = [], FAR
        for view in views:
            labels.append((np.arange(view.size) + begin).reshape(view.shape))
            begin += view.size
        found = np.asarray(cell.op.forward(*labels, **cell.parameters), np.float64).reshape(-1)
        if cell.shape != np.shape(cell.op.forward(*labels, **cell.parameters)):
            raise CompileError(f"programs have no instruction for {cell.op.name} with {cell.parameters}")
        out = self.result(cell.shape)
        for constant in np.unique(found[~(found >= FAR)]):
            here = np.isnan(found) if np.isnan(constant) else found == constant
            self._move(self.number(float(constant)), np.zeros(here.sum(), np.int64), out, np.flatnonzero(here))
        begin = FAR
        for view in views:
            here = (found >= begin) & (found < begin + view.size)
            self._move(self.packed(view), (found[here] - begin).astype(np.int64), out, np.flatnonzero(here))
            begin += view.size
        return out

    def placed(self, cell, view):
        """Zeros with an array added at an index, in which a place may stand twice."""
        shape = cell.shape
        labels = np.arange(math.prod(shape)).reshape(shape)
        places = np.asarray(TABLE["getitem"].forward(labels, index=cell.parameters["index"])).reshape(-1)
        out = self.elementwise("positive", [self.number(0.0)], shape)
        view = self.packed(view.stretched(np.shape(TABLE["getitem"].forward(labels, index=cell.parameters["index"]))))
        self._move(view, np.arange(len(places)), out, places, add=True)
        return out

    def _move(self, source, sources, out, targets, add=False):
        """out[targets[i]] = (or +=) source[sources[i]]."""
        if not len(targets):
            return
        targets, sources = self.indices(targets), self.indices(sources)
        words = [MOVE, start_of(out), targets.size, start_of(targets), start_of(sources), start_of(source), int(add)]
        reads = [source.buffer, targets.buffer, sources.buffer, out.buffer]
        self.emit(words, out.buffer, reads)

    # -- by indices that are known when the program runs ---------------------------------------------------------------

    def whole(self, view):
        """A view of whole numbers: itself, or real ones converted."""
        if view.buffer.whole:
            return view
        view = self.packed(view)
        out = self.result(view.shape, WHOLE)
        self.emit([TO_WHOLE, start_of(out), view.size, start_of(view)], out.buffer, [view.buffer])
        return out

    def by_index(self, cell, views):
        """Entries along an axis at given places (gather), or added to given places (scatter_add)."""
        x, index = views[0], self.packed(self.whole(views[1]))
        axis = cell.parameters["dim"] % max(len(x.shape), 1)
        if cell.op.name == "gather":
            other = out = self.result(cell.shape)
        else:
            x = out = self.elementwise("positive", [self.packed(x)], cell.shape)
            other = views[2].stretched(index.shape)
        step, rank = (x.strides[axis], len(index.shape)) if x.shape else (0, 0)
        if rank > MOST_LOOPS:
            raise CompileError(f"programs gather from arrays with at most {MOST_LOOPS} axes, this has {rank}")
        lead = [0] * (MOST_LOOPS - rank)
        words = [
            GATHER,
            BY_INDEX[cell.op.name],
            start_of(x),
            start_of(index),
            start_of(other),
            x.shape[axis] if rank else 1,
            step,
        ]
        words += [
            *(1 for _ in lead),
            *index.shape,
            *lead,
            *(0 if a == axis else s for a, s in enumerate(x.strides)),
            *lead,
            *other.strides,
        ]
        self.emit(words, out.buffer, [x.buffer, index.buffer, other.buffer])
        return out

    def by_class(self, cell, views):
        """Instructions that find numbers by class indices. Their words: see `loops`."""
        name, ignore = cell.op.name, cell.parameters["ignore"]
        if name == "kept":
            out, classes = self.result(()), self.packed(self.whole(views[0]))
            words = [KEPT, start_of(out), classes.size, start_of(classes), ignore]
            self.emit(words, out.buffer, [classes.buffer])
            return out
        if name == "missed":
            x, classes = self._as_rows(views[0]), self.packed(self.whole(views[1]))
            out = self.result(cell.shape)
            words = [MISSED, start_of(out), *x.shape, start_of(classes), ignore, start_of(x), *x.strides]
            self.emit(words, out.buffer, [x.buffer, classes.buffer])
            return out
        if name == "one_hot":
            classes, out = (
                self.packed(self.whole(views[0])),
                self.elementwise("positive", [self.number(0.0)], cell.shape),
            )
            g = self.number(-1.0)
        else:
            p, classes, g = views if len(cell.shape) == 2 else [self.packed(views[0]), *views[1:]]
            out = self.elementwise("mul", [p, View(g.buffer, (*g.shape, 1), (*g.strides, 0), g.offset)], cell.shape)
            classes, g = self.packed(self.whole(classes)), self.packed(g)
        rows = self._as_rows(out)
        words = [
            CLASSES[name],
            start_of(rows),
            *rows.shape,
            start_of(classes),
            ignore,
            *rows.strides,
            start_of(g),
            int(g.size > 1),
        ]
        self.emit(words, out.buffer, [out.buffer, classes.buffer, g.buffer])
        return out

    def _as_rows(self, view):
        """All axes but the last as one."""
        return view if len(view.shape) == 2 else self.rows(view)
