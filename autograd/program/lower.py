"""From cells to instructions for arrays, before it is decided where in memory the arrays lie."""

import numpy as np

from ..errors import CompileError
from .layout import WHOLE
from .lower_moves import Moves
from .lower_products import Products
from .lower_reductions import Reductions
from .vocabulary import BY_INDEX, CLASSES, ELEMENTWISE, JOINED, MOVED, PLACES, REDUCTIONS, RUNNINGS, VIEWS

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


def dtypes_of_program(cells):
    """The floating dtypes of a program's arrays. Single float64 numbers may stand beside float32 arrays."""
    return {cell.dtype for cell in cells if cell.dtype.kind == "f" and not _is_plain(cell)} or {FLOAT64}


def _is_plain(cell):
    return cell.data.__class__ is float


class Lowering(Moves, Products, Reductions):
    """Instructions for cells, in their order. `views`: the view of each cell, by cell number.

    With arrays of one dtype everything is computed in that one. With both, each operation is computed in its own: that
    of its result, or, if it has truth values or whole numbers as its result, that of its operands.
    """

    def __init__(self, dtypes, blas):
        super().__init__(max(dtypes, key=lambda dtype: dtype.itemsize))
        self.main, self.mixed, self.blas, self.views = self.dtype, len(dtypes) > 1, blas, {}

    def leaf(self, cell):
        """Memory for numbers that are given."""
        whole = cell.dtype.kind in "iu" and not (cell.kind == "constant" and cell.shape == ())
        view = self.views[cell.number] = self.result(cell.shape, WHOLE if whole else self._dtype_for(cell))
        if cell.kind == "constant":
            self.fixed.append((view, cell.data))
        return view

    def _dtype_for(self, cell):
        """In which dtype a cell is computed."""
        if not self.mixed or _is_plain(cell):
            return self.main
        if cell.dtype.kind == "f":
            return cell.dtype
        kinds = {x.dtype for x in cell.inputs if x.dtype.kind == "f" and not _is_plain(x)}
        return FLOAT32 if kinds == {FLOAT32} else FLOAT64

    def gate(self, cell):
        """Instructions for one operation."""
        views = [self.views[x.number] for x in cell.inputs]
        self.dtype = self._dtype_for(cell)
        self.views[cell.number] = self._gate(cell, cell.op.name, views)
        self.dtype = self.main

    def _gate(self, cell, name, views):
        if name in CLASSES:
            return self.by_class(cell, [view if view.buffer.whole else self.real(view) for view in views])
        if name in BY_INDEX:
            return self.by_index(cell, [self.real(views[0]), views[1], *map(self.real, views[2:])])
        if name in VIEWS or (name in MOVED and cell.op.view):
            seen = self._seen(cell, views[0])
            if seen is not None:
                return seen
        views = list(map(self.real, views))
        if name in MOVED:
            return self.moved(cell, views)
        if name in JOINED:
            return self.joined(cell, views)
        if name in REDUCTIONS:
            return self.reduce(name, views[0], cell)
        if name in RUNNINGS:
            return self.running(cell, views[0])
        if name in PLACES:
            return self.place_of(cell, views[0])
        if name in OTHERS:
            return OTHERS[name](self, cell, views)
        if name in ELEMENTWISE:
            return self.elementwise(name, views, cell.shape)
        raise CompileError(f"programs have no instruction for {name} on arrays")

    def _seen(self, cell, view):
        if cell.op.name == "broadcast_to":
            return view.stretched(cell.shape)

        def look(array):
            return cell.op.forward(array, **cell.parameters)

        seen = view.seen(look)
        if seen is None and cell.op.name in VIEWS:
            seen = self.packed(view).seen(look)
        return seen

    def _total(self, cell, views):
        result = views[0]
        for view in views[1:]:
            result = self.elementwise("add", [result, view], cell.shape)
        return result

    def _linear(self, cell, views):
        x, weight, bias = views
        return self.matmul(x, weight.permuted((1, 0)), cell.shape, bias)

    def _product_add(self, cell, views):
        a, b, factor, added = views
        return self.matmul(a, b, cell.shape, added, factor=factor)

    def _relaid(self, cell, views):
        columns = self.result(cell.shape[::-1])
        self.copy(views[0].permuted((1, 0)), columns)
        return columns.permuted((1, 0))

    def _converted(self, cell, views):
        """Truth values are 0 and 1, whole numbers are real ones without a fraction."""
        source, target = cell.inputs[0].dtype.kind, cell.dtype.kind
        if target == "b" and source != "b":
            return self.elementwise("ne", [views[0], self.number(0.0)], cell.shape)
        if target in "iu" and source == "f":
            return self.elementwise("trunc", views, cell.shape)
        return views[0]


OTHERS = {
    "total": Lowering._total,
    "matmul": lambda self, cell, views: self.matmul(*views, cell.shape),
    "linear": Lowering._linear,
    "product_add": Lowering._product_add,
    "relaid": Lowering._relaid,
    "place": lambda self, cell, views: self.placed(cell, views[0]),
    "to": Lowering._converted,
}
