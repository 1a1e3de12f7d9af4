"""Instructions before it is decided where in memory arrays lie: elementwise ones, and copies."""

import math

import numpy as np

from ..errors import CompileError
from .layout import WHOLE, Buffer, View, loops, memory_order
from .vocabulary import CODES, COPY, NARROWED, TO_REAL, TURNED, WIDENED

MOST_LOOPS = 6  # of a copy
FEW_ROWS = 4  # for which it is not worth to turn whole blocks


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

    dtype           of its real numbers
    task            None, or a group of tasks that may be done at the same time, and which of them this is a part of
    reads, writes   buffers
    over            buffers that the result may overwrite, since each number is read before its place is written
    """

    __slots__ = ("dtype", "over", "reads", "task", "words", "writes")

    def __init__(self, dtype, words, writes, reads, over=()):
        self.dtype, self.words, self.writes, self.reads, self.over = dtype, words, writes, reads, over
        self.task = None


class Base:
    """Instructions in the order in which they will run.

    dtype     in which the operation that is at hand is computed
    lines     the instructions
    fixed     (view, numbers) of constants
    """

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)
        self.lines, self.fixed, self._numbers, self._converted = [], [], {}, {}

    def result(self, shape, dtype=None):
        """New memory."""
        return View(Buffer(math.prod(shape), dtype or self.dtype), shape)

    def number(self, number):
        """A plain number in memory."""
        key = repr(number), self.dtype
        view = self._numbers.get(key)
        if view is None:
            view = self._numbers[key] = self.result(())
            self.fixed.append((view, number))
        return view

    def indices(self, numbers):
        """A list of whole numbers in memory."""
        view = self.result((len(numbers),), WHOLE)
        self.fixed.append((view, numbers))
        return view

    def emit(self, words, writes, reads, over=()):
        """One more instruction."""
        self.lines.append(Line(_dtype_of_line(words, writes, reads), words, writes, reads, over))

    def real(self, view):
        """A view as real numbers of the dtype at hand: itself, or its numbers converted."""
        before = view.buffer.dtype
        if before == self.dtype:
            return view
        key = id(view.buffer), view.offset, view.shape, view.strides, self.dtype
        if key not in self._converted:
            core = self.packed(view.core())
            out = self.result(core.shape)
            code = TO_REAL if before == WHOLE else WIDENED if before.itemsize == 4 else NARROWED
            if out.size:
                self.emit([code, start_of(out), core.size, start_of(core)], out.buffer, [core.buffer])
            self._converted[key] = out, view  # which is kept, for its buffer's id
        return self._converted[key][0].stretched(view.shape)

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
        out = Buffer(math.prod(shape), self.dtype)
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
        out = self.result(view.shape, view.buffer.dtype)
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
        if not source.buffer.whole and _is_turned(lengths, steps, target_steps):
            words = [TURNED, start_of(target), target_steps[0], start_of(source), steps[1], *lengths]
            self.emit(words, target.buffer, [source.buffer])
            return
        lead = MOST_LOOPS - len(lengths)
        words = [COPY, start_of(target), start_of(source)]
        words += [*[1] * lead, *lengths, *[0] * lead, *target_steps, *[0] * lead, *steps, int(source.buffer.whole)]
        self.emit(words, target.buffer, [source.buffer])

    def rows(self, view):
        """All axes but the last as one."""
        shape = math.prod(view.shape[:-1]), view.shape[-1]
        return view.seen(lambda x: x.reshape(shape)) or View(self.packed(view).buffer, shape)


def _is_turned(lengths, steps, target_steps):
    """Whether a copy makes rows of columns, of a matrix that is not small."""
    return len(lengths) == 2 and min(lengths) >= FEW_ROWS and steps[0] == target_steps[1] == 1


def _dtype_of_line(words, writes, reads):
    """The dtype of the real numbers that an instruction is about; a conversion between two is in the wider one."""
    kinds = {buffer.dtype for buffer in (writes, *reads) if not buffer.whole}
    if len(kinds) > 1 and words[0] not in (WIDENED, NARROWED):
        raise AssertionError(f"instruction {words[0]} mixes {kinds}")
    return max(kinds, key=lambda dtype: dtype.itemsize, default=np.dtype(np.float64))
