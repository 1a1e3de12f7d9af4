"""Instructions before it is decided where in memory arrays lie: elementwise ones, and copies."""

import math

import numpy as np

from ..errors import CompileError
from .layout import Buffer, View, loops, memory_order
from .vocabulary import CODES, COPY, TO_REAL

MOST_LOOPS = 6  # of a copy


class Place:
    """A place in memory that is known once buffers have theirs."""

    __slots__ = ("buffer", "offset")

    def __init__(self, buffer, offset=0):
        self.buffer, self.offset = buffer, offset


def start_of(view):
    """Where a view's numbers begin."""
    return Place(view.buffer, view.offset)


class Line:
    """One instruction: words that are numbers or places.

    reads, writes   buffers
    over            buffers that the result may overwrite, since each number is read before its place is written
    """

    __slots__ = ("over", "reads", "words", "writes")

    def __init__(self, words, writes, reads, over=()):
        self.words, self.writes, self.reads, self.over = words, writes, reads, over


class Base:
    """Instructions in the order in which they will run.

    lines     the instructions
    fixed     (view, numbers) of constants
    """

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)
        self.lines, self.fixed, self._numbers = [], [], {}

    def result(self, shape, whole=False):
        """New memory."""
        return View(Buffer(math.prod(shape), whole), shape)

    def number(self, number):
        """A plain number in memory."""
        view = self._numbers.get(repr(number))
        if view is None:
            view = self._numbers[repr(number)] = View(Buffer(1), ())
            self.fixed.append((view, number))
        return view

    def indices(self, numbers):
        """A list of whole numbers in memory."""
        view = View(Buffer(len(numbers), whole=True), (len(numbers),))
        self.fixed.append((view, numbers))
        return view

    def emit(self, words, writes, reads, over=()):
        """One more instruction."""
        self.lines.append(Line(words, writes, reads, over))

    def real(self, view):
        """A view of real numbers: itself, or whole numbers converted."""
        if not view.buffer.whole:
            return view
        view = self.packed(view)
        out = self.result(view.shape)
        self.emit([TO_REAL, start_of(out), view.size, start_of(view)], out.buffer, [view.buffer])
        return out

    # -- elementwise --------------------------------------------------------------------------------------------------

    def elementwise(self, name, views, shape):
        """An instruction on every number. The result lies in memory as its inputs do."""
        views = [view.stretched(shape) for view in views]
        order = memory_order(views, shape)
        ordered = [view.permuted(order) for view in views]
        lengths, strides = loops(ordered)
        awkward = [k for k, own in enumerate(strides) if own and own[-1] not in (0, 1)]
        if len(lengths) > 3 and not awkward:
            awkward = [k for k, view in enumerate(ordered) if not view.is_packed and any(view.strides)]
        if awkward:
            for k in awkward:
                core = ordered[k].core()
                ordered[k] = (self.packed(core) if len(lengths) <= 3 else self.packed(ordered[k])).stretched(
                    ordered[k].shape
                )
            lengths, strides = loops(ordered)
            if len(lengths) > 3:
                ordered = [view if view.is_packed else self.packed(view) for view in ordered]
                lengths, strides = loops(ordered)
        out = Buffer(math.prod(shape))
        self._emit_elementwise(name, out, ordered, lengths, strides)
        back = np.argsort(order)
        ordered_out = View(out, [shape[axis] for axis in order])
        return ordered_out.permuted(back) if len(shape) else ordered_out

    def _emit_elementwise(self, name, out, views, lengths, strides):
        if out.size == 0:
            return
        lengths = [1] * (3 - len(lengths)) + lengths
        words = [CODES[name], lengths[2], lengths[1], lengths[0], Place(out)]
        for view, own in zip(views, strides, strict=True):
            own = [0] * (3 - len(own)) + own
            words += [start_of(view), own[2], own[1], own[0]]
        flat = lengths[0] == lengths[1] == 1
        over = []
        if flat:
            places = [
                (view.buffer, view.offset, own[-1] if own else 0) for view, own in zip(views, strides, strict=True)
            ]
            over = [
                b
                for b, offset, step in places
                if not offset and step and all(p == (b, 0, 1) for p in places if p[0] is b)
            ]
        self.emit(words, out, [view.buffer for view in views], over)

    def _total(self, views, shape):
        result = views[0]
        for view in views[1:]:
            result = self.elementwise("add", [result, view], shape)
        return result

    # -- copies -------------------------------------------------------------------------------------------------------

    def packed(self, view):
        """The view's numbers without gaps: itself, or a copy."""
        if view.is_packed:
            return view
        out = self.result(view.shape, view.buffer.whole)
        self.copy(view, out)
        return out

    def copy(self, source, target):
        """Instructions that copy a view onto another of the same shape."""
        lengths, (steps, target_steps) = loops([source, target])
        if source.size == 0:
            return
        if len(lengths) > MOST_LOOPS:
            raise CompileError(
                f"programs copy arrays with at most {MOST_LOOPS} axes that lie apart, this has {len(lengths)}"
            )
        lead = MOST_LOOPS - len(lengths)
        words = [COPY, start_of(target), start_of(source)]
        words += [*[1] * lead, *lengths, *[0] * lead, *target_steps, *[0] * lead, *steps, int(source.buffer.whole)]
        self.emit(words, target.buffer, [source.buffer])

    def rows(self, view):
        """All axes but the last as one."""
        shape = math.prod(view.shape[:-1]), view.shape[-1]
        return view.seen(lambda x: x.reshape(shape)) or View(self.packed(view).buffer, shape)
