"""Products of matrices as instructions: small ones for the machine's own tiles, large ones for the BLAS."""

import numpy as np

from .layout import LANES, Buffer, View, packed_strides
from .lower_base import Base, start_of
from .vocabulary import LARGE_PRODUCT, PRODUCT

PANELS = 8192  # numbers of a matrix that is copied in panels of a few columns
PANEL_TASKS = 4


def _columns(view, first, count):
    count = min(count, view.shape[1] - first)
    return View(view.buffer, (view.shape[0], count), view.strides, view.offset + first * view.strides[1])


class Products(Base):
    """Instructions for products.

    blas   by dtype: the address of its function for products, the width of that function's integers, and the number of
           multiplications from which on a product is left to it
    """

    def matmul(self, a, b, shape, added=None, target=None, factor=None):
        """C = added + factor·A·B for vectors, matrices and batches of them.

        target   memory for C, which may be that of `added`
        """
        a_matrix = a if len(a.shape) > 1 else View(a.buffer, (1, *a.shape), (0, *a.strides), a.offset)
        b_matrix = b if len(b.shape) > 1 else View(b.buffer, (*b.shape, 1), (*b.strides, 0), b.offset)
        if len(b_matrix.shape) == 2 and len(a_matrix.shape) > 2:  # one large product instead of many small ones
            rows = self.rows(a_matrix)
            out = self._product_of_matrices(rows, b_matrix, added)
            return View(out.buffer, shape)
        if len(a_matrix.shape) == 2 and len(b_matrix.shape) == 2:
            out = self._product_of_matrices(a_matrix, b_matrix, added, target, factor)
            return View(out.buffer, shape)
        return self._batch(a_matrix, b_matrix, shape)

    def _batch(self, a, b, shape):
        lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = a.stretched((*lead, *a.shape[-2:])), b.stretched((*lead, *b.shape[-2:]))
        out = self.result((*lead, a.shape[-2], b.shape[-1]))
        for index in np.ndindex(*lead):
            parts = [
                View(v.buffer, v.shape[-2:], v.strides[-2:], v.offset + int(np.dot(index, v.strides[: len(lead)])))
                for v in (a, b, out)
            ]
            self._product_of_matrices(*parts[:2], target=parts[2])
        return View(out.buffer, shape)

    def _product_of_matrices(self, a, b, added=None, target=None, factor=None):
        m, k, n = *a.shape, b.shape[1]
        c = target or self.result((m, n))
        if c.size == 0:
            return c
        function, _, large = self.blas[self.dtype]
        if function and m * n * k >= large:
            self._large_product(a, b, c, added, factor)
        else:
            self._small_product(a, b, c, added, factor)
        return c

    def _small_product(self, a, b, c, added, factor):
        """Columns of C side by side need rows of B without gaps; Cᵀ = BᵀAᵀ needs those of Aᵀ."""
        m, k, n = *a.shape, b.shape[1]
        lanes = LANES if self.dtype == np.float32 else LANES // 2
        d = None if added is None else added.stretched(c.shape)
        same_place = d is not None and d.strides == c.strides and d.offset == c.offset
        over = [d.buffer] if same_place and d.buffer is not a.buffer and d.buffer is not b.buffer else []
        straight = -(-n // lanes) * m * k + (0 if b.strides[1] == 1 or n == 1 else 2 * n * k)
        turned = -(-m // lanes) * n * k + (0 if a.strides[0] == 1 or m == 1 else 2 * m * k) + 2 * m * n
        if turned < straight:
            a, b, c, d = (None if view is None else view.permuted((1, 0)) for view in (b, a, c, d))
        factor, apart = factor or self.number(1.0), b.strides[1] != 1 and b.shape[1] > 1
        if not (apart and not over and b.size >= PANELS):
            self._emit_product(a, self.packed(b) if apart else b, c, d, factor, over)
            return
        panels = range(0, b.shape[1], 2 * lanes)  # as many columns as a tile has at once lie in one piece
        rooms = [Buffer(b.shape[0] * 2 * lanes, self.dtype) for _ in panels[:PANEL_TASKS]]
        for number, first in enumerate(panels):
            task, before = number * len(rooms) // len(panels), len(self.lines)
            b_part, c_part, d_part = (None if v is None else _columns(v, first, 2 * lanes) for v in (b, c, d))
            panel = View(rooms[task], b_part.shape)
            self.copy(b_part, panel)
            self._emit_product(a, panel, c_part, d_part, factor)
            for line in self.lines[before:]:
                line.task = c.buffer, task

    def _emit_product(self, a, b, c, d, factor, over=()):
        words = [PRODUCT, start_of(c), *c.strides, start_of(a), *a.strides, start_of(b), b.strides[0]]
        words += [a.shape[0], b.shape[1], a.shape[1]]
        words += [-1, 0, c.strides[1]] if d is None else [start_of(d), *d.strides]
        words += [start_of(factor)]
        reads = [view.buffer for view in (a, b, d, factor) if view is not None]
        self.emit(words, c.buffer, reads, over)

    def _large_product(self, a, b, c, added, factor):
        if added is not None and added.buffer is not c.buffer:
            self.copy(added.stretched(c.shape), c)
        a, a_turned, a_step = self._for_blas(a)
        b, b_turned, b_step = self._for_blas(b)
        words = [LARGE_PRODUCT, start_of(c), c.strides[0], start_of(a), a_step, a_turned, start_of(b), b_step, b_turned]
        factor, kept = factor or self.number(1.0), self.number(0.0 if added is None else 1.0)
        words += [*c.shape, a.shape[1], start_of(factor), start_of(kept), *self.blas[self.dtype][:2]]
        reads = [view.buffer for view in (a, b, factor, kept)] + ([c.buffer] if added is not None else [])
        self.emit(words, c.buffer, reads)

    def _for_blas(self, view):
        """A matrix as the BLAS takes it: rows or columns without gaps, and the step between them."""
        (m, n), (row, column) = view.shape, view.strides
        if column == 1 and row >= n:
            return view, 0, row
        if row == 1 and column >= m:
            return view, 1, column
        view = self.packed(view)
        return view, 0, packed_strides(view.shape)[0]
