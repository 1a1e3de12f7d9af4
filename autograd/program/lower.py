"""From cells to instructions for arrays, before it is decided where in memory the arrays lie."""

import math

import numpy as np

from ..errors import CompileError
from .layout import LANES, Buffer, View, loops, memory_order, packed_strides
from .vocabulary import CLASSES, CODES, COPY, ELEMENTWISE, KEPT, LARGE_PRODUCT, MISSED, PRODUCT, REDUCTIONS, VIEWS

MOST_LOOPS = 6  # of a copy
LARGE = 64 * 64 * 64  # multiplications from which on a product is left to the BLAS


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


class Lowering:
    """Instructions for cells, in their order.

    views     the view of each cell, by cell number
    lines     instructions; those before `middle` are the forward half
    fixed     (view, numbers) of constants
    """

    def __init__(self, dtype, has_blas):
        self.dtype, self.has_blas = np.dtype(dtype), has_blas
        self.views, self.lines, self.fixed, self._numbers, self.middle = {}, [], [], {}, 0

    # -- cells --------------------------------------------------------------------------------------------------------

    def leaf(self, cell):
        """Memory for numbers that are given."""
        view = self.views[cell.number] = View(Buffer(math.prod(cell.shape), cell.dtype.kind in "iu"), cell.shape)
        if cell.kind == "constant":
            if cell.dtype.kind in "iu" and cell.shape == ():  # a plain number next to real ones
                view = self.views[cell.number] = View(Buffer(1), ())
            self.fixed.append((view, cell.data))
        return view

    def gate(self, cell):
        """Instructions for one operation."""
        name = cell.op.name
        views = [self.views[x.number] for x in cell.inputs]
        if name in VIEWS:
            self.views[cell.number] = self._seen(cell, views[0])
        elif name == "total":
            self.views[cell.number] = self._total(views, cell.shape)
        elif name in ELEMENTWISE:
            self.views[cell.number] = self.elementwise(name, views, cell.shape)
        elif name in REDUCTIONS:
            self.views[cell.number] = self.reduce(name, views[0], cell)
        elif name == "matmul":
            self.views[cell.number] = self.matmul(*views, cell.shape)
        elif name == "product_add":
            a, b, factor, added = views
            self.views[cell.number] = self.matmul(a, b, cell.shape, added, factor=factor)
        elif name == "linear":
            x, weight, bias = views
            self.views[cell.number] = self.matmul(x, weight.permuted((1, 0)), cell.shape, bias)
        elif name in CLASSES:
            self.views[cell.number] = self._by_class(cell, views)
        elif name == "relaid":
            columns = self.result(cell.shape[::-1])
            self.copy(views[0].permuted((1, 0)), columns)
            self.views[cell.number] = columns.permuted((1, 0))
        elif name == "to":
            self.views[cell.number] = self._converted(cell, views[0])
        else:
            raise CompileError(f"programs have no instruction for {name} on arrays")

    def result(self, shape):
        """New memory."""
        return View(Buffer(math.prod(shape)), shape)

    def _seen(self, cell, view):
        def look(array):
            return cell.op.forward(array, **cell.parameters)

        return view.seen(look) or self.packed(view).seen(look)

    def _converted(self, cell, view):
        source, target = cell.inputs[0].dtype, cell.dtype
        if source.kind in "fb" and target.kind == "f":
            return view
        if source.kind == "f" and target.kind == "b":
            return self.elementwise("ne", [view, self.number(0.0)], cell.shape)
        raise CompileError(f"programs have no instruction that makes {target} of {source}: convert it outside the function")

    def number(self, number):
        """A plain number in memory."""
        view = self._numbers.get(number)
        if view is None:
            view = self._numbers[number] = View(Buffer(1), ())
            self.fixed.append((view, number))
        return view

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
                ordered[k] = (self.packed(core) if len(lengths) <= 3 else self.packed(ordered[k])).stretched(ordered[k].shape)
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
            places = [(view.buffer, view.offset, own[-1] if own else 0) for view, own in zip(views, strides, strict=True)]
            over = [b for b, offset, step in places if not offset and step and all(p == (b, 0, 1) for p in places if p[0] is b)]
        self.lines.append(Line(words, out, [view.buffer for view in views], over))

    def _total(self, views, shape):
        result = views[0]
        for view in views[1:]:
            result = self.elementwise("add", [result, view], shape)
        return result

    def _by_class(self, cell, views):
        """Instructions that find numbers by class indices: (out, its steps, classes, x, its steps, g, its step, ignored)."""
        name, ignore = cell.op.name, cell.parameters["ignore"]
        if name == "kept":
            out, classes = self.result(()), self.packed(views[0])
            words = [KEPT, start_of(out), classes.size, start_of(classes), ignore]
            self.lines.append(Line(words, out.buffer, [classes.buffer]))
            return out
        if name == "missed":
            x, classes = self._as_rows(views[0]), self.packed(views[1])
            out = self.result(cell.shape)
            words = [MISSED, start_of(out), *x.shape, start_of(classes), ignore, start_of(x), *x.strides]
            self.lines.append(Line(words, out.buffer, [x.buffer, classes.buffer]))
            return out
        if name == "one_hot":
            classes, out = self.packed(views[0]), self.elementwise("positive", [self.number(0.0)], cell.shape)
            g = self.number(-1.0)
        else:
            p, classes, g = views if len(cell.shape) == 2 else [self.packed(views[0]), *views[1:]]
            out = self.elementwise("mul", [p, View(g.buffer, (*g.shape, 1), (*g.strides, 0), g.offset)], cell.shape)
            classes, g = self.packed(classes), self.packed(g)
        rows = self._as_rows(out)
        words = [CLASSES[name], start_of(rows), *rows.shape, start_of(classes), ignore, *rows.strides, start_of(g), int(g.size > 1)]
        self.lines.append(Line(words, out.buffer, [out.buffer, classes.buffer, g.buffer]))
        return out

    def _as_rows(self, view):
        """All axes but the last as one."""
        return view if len(view.shape) == 2 else self._rows(view)

    # -- copies -------------------------------------------------------------------------------------------------------

    def packed(self, view):
        """The view's numbers without gaps: itself, or a copy."""
        if view.is_packed:
            return view
        out = self.result(view.shape)
        self.copy(view, out)
        return out

    def copy(self, source, target):
        """Instructions that copy a view onto another of the same shape."""
        lengths, (steps, target_steps) = loops([source, target])
        if source.size == 0:
            return
        if len(lengths) > MOST_LOOPS:
            raise CompileError(f"programs copy arrays with at most {MOST_LOOPS} axes that lie apart, this has {len(lengths)}")
        lead = MOST_LOOPS - len(lengths)
        words = [COPY, start_of(target), start_of(source)]
        words += [*[1] * lead, *lengths, *[0] * lead, *target_steps, *[0] * lead, *steps]
        self.lines.append(Line(words, target.buffer, [source.buffer]))

    # -- reductions -----------------------------------------------------------------------------------------------------

    def reduce(self, name, view, cell):
        """Sum, product, largest or smallest over axes."""
        options = cell.parameters
        dim, keepdim = options.get("dim"), options.get("keepdim", False)
        rank = len(view.shape)
        axes = range(rank) if dim is None else [a % rank for a in (dim if isinstance(dim, (list, tuple)) else (dim,))] if rank else []
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
            self.lines.append(Line(words, out.buffer, [view.buffer]))
            return
        packed = self.packed(view.permuted([*kept, *axes]))
        words = [code, Place(out.buffer), math.prod(shape[0]), math.prod(shape[1]), 1, start_of(packed), math.prod(shape[1]), 1]
        self.lines.append(Line(words, out.buffer, [packed.buffer]))

    # -- products -----------------------------------------------------------------------------------------------------

    def matmul(self, a, b, shape, added=None, target=None, factor=None):
        """C = added + factor·A·B for vectors, matrices and batches of them.

        target   memory for C, which may be that of `added`
        """
        a_matrix = a if len(a.shape) > 1 else View(a.buffer, (1, *a.shape), (0, *a.strides), a.offset)
        b_matrix = b if len(b.shape) > 1 else View(b.buffer, (*b.shape, 1), (*b.strides, 0), b.offset)
        if len(b_matrix.shape) == 2 and len(a_matrix.shape) > 2:  # one large product instead of many small ones
            rows = self._rows(a_matrix)
            out = self._product_of_matrices(rows, b_matrix, added)
            return View(out.buffer, shape)
        if len(a_matrix.shape) == 2 and len(b_matrix.shape) == 2:
            out = self._product_of_matrices(a_matrix, b_matrix, added, target, factor)
            return View(out.buffer, shape)
        return self._batch(a_matrix, b_matrix, shape)

    def _rows(self, view):
        rows = view.seen(lambda x: np.reshape(x, (-1, x.shape[-1])) if x.size else x.reshape(0, x.shape[-1]))
        return rows or View(self.packed(view).buffer, (math.prod(view.shape[:-1]), view.shape[-1]))

    def _batch(self, a, b, shape):
        lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = a.stretched((*lead, *a.shape[-2:])), b.stretched((*lead, *b.shape[-2:]))
        out = self.result((*lead, a.shape[-2], b.shape[-1]))
        for index in np.ndindex(*lead):
            parts = [View(v.buffer, v.shape[-2:], v.strides[-2:], v.offset + int(np.dot(index, v.strides[: len(lead)]))) for v in (a, b, out)]
            self._product_of_matrices(*parts[:2], target=parts[2])
        return View(out.buffer, shape)

    def _product_of_matrices(self, a, b, added=None, target=None, factor=None):
        m, k, n = *a.shape, b.shape[1]
        c = target or self.result((m, n))
        if c.size == 0:
            return c
        if self.has_blas and m * n * k >= LARGE:
            self._large_product(a, b, c, added, factor)
        else:
            self._small_product(a, b, c, added, factor)
        return c

    def _small_product(self, a, b, c, added, factor):
        """Columns of C side by side need rows of B without gaps; Cᵀ = BᵀAᵀ has the same numbers, and needs those of Aᵀ."""
        m, k, n = *a.shape, b.shape[1]
        lanes = LANES if self.dtype == np.float32 else LANES // 2
        d = None if added is None else added.stretched(c.shape)
        same_place = d is not None and d.strides == c.strides and d.offset == c.offset
        over = [d.buffer] if same_place and d.buffer is not a.buffer and d.buffer is not b.buffer else []
        straight = -(-n // lanes) * m * k + (0 if b.strides[1] == 1 or n == 1 else 2 * n * k)
        turned = -(-m // lanes) * n * k + (0 if a.strides[0] == 1 or m == 1 else 2 * m * k) + 2 * m * n
        if turned < straight:
            a, b, c, d = (None if view is None else view.permuted((1, 0)) for view in (b, a, c, d))
        if b.strides[1] != 1 and b.shape[1] > 1:
            b = self.packed(b)
        words = [PRODUCT, start_of(c), *c.strides, start_of(a), *a.strides, start_of(b), b.strides[0]]
        words += [a.shape[0], b.shape[1], a.shape[1]]
        words += [-1, 0, c.strides[1]] if d is None else [start_of(d), *d.strides]
        factor = factor or self.number(1.0)
        words += [start_of(factor)]
        reads = [view.buffer for view in (a, b, d, factor) if view is not None]
        self.lines.append(Line(words, c.buffer, reads, over))

    def _large_product(self, a, b, c, added, factor):
        if added is not None and added.buffer is not c.buffer:
            self.copy(added.stretched(c.shape), c)
        a, a_turned, a_step = self._for_blas(a)
        b, b_turned, b_step = self._for_blas(b)
        words = [LARGE_PRODUCT, start_of(c), c.strides[0], start_of(a), a_step, a_turned, start_of(b), b_step, b_turned]
        factor, kept = factor or self.number(1.0), self.number(0.0 if added is None else 1.0)
        words += [*c.shape, a.shape[1], start_of(factor), start_of(kept)]
        reads = [view.buffer for view in (a, b, factor, kept)] + ([c.buffer] if added is not None else [])
        self.lines.append(Line(words, c.buffer, reads))

    def _for_blas(self, view):
        """A matrix as the BLAS takes it: rows or columns without gaps, and the step between them."""
        (m, n), (row, column) = view.shape, view.strides
        if column == 1 and row >= n:
            return view, 0, row
        if row == 1 and column >= m:
            return view, 1, column
        view = self.packed(view)
        return view, 0, packed_strides(view.shape)[0]
