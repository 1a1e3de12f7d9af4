"""Several gates of a graph as one instruction, where nobody else needs what is between them.

c ± a·b, and c ± factor·A·B for matrices: a step of gradient descent is part of the product that makes the gradient.
Three more are what Adam, RMSprop and their kin do with each entry.
"""

from collections import Counter

from ..operation import TABLE
from .internal import add_square, less_by_root, minus_product, multiply_add, product_add, toward
from .tape import Cell


def fused(cells, outputs):
    """The cells with patterns in them replaced; what has become useless is still there."""
    uses = Counter(x.number for cell in cells for x in cell.inputs)
    uses.update(cell.number for cell in outputs)
    patterns = _Patterns(uses)
    for cell in cells:
        patterns.take(cell)
    return patterns.cells


class _Patterns:
    """The cells made so far. A cell that is `inner` is used nowhere but in the one that is looked at."""

    def __init__(self, uses):
        self.uses, self.cells, self.turned = uses, [], {}

    def take(self, cell):
        """The next cell, perhaps as another instruction."""
        name = "" if cell.op is None else cell.op.name
        if name in ("add", "total") and len(cell.inputs) == 2:
            self._product(cell, (cell.inputs, cell.inputs[::-1]), multiply_add)
        elif name == "sub":
            self._product(cell, (cell.inputs[::-1],), minus_product)
        if cell.op is multiply_add:
            self._matrices(cell) or self._toward(cell) or self._add_square(cell)
        elif cell.op is minus_product:
            self._matrices(cell) or self._less_by_root(cell)
        self.cells.append(cell)

    def _inner(self, cell, name, like):
        fits = cell.op is not None and cell.op.name == name and self.uses.get(cell.number) == 1
        return fits and cell.dtype == like.dtype

    @staticmethod
    def _become(cell, op, *inputs):
        cell.op, cell.inputs, cell.parameters = op, inputs, {}
        return True

    def _product(self, cell, candidates, op):
        """other ± a·b."""
        for product, other in candidates:
            if self._inner(product, "mul", cell) and product is not other:
                return self._become(cell, op, *product.inputs, other)
        return False

    def _matrices(self, cell):
        """added ± factor·(A @ B)."""
        *factors, added = cell.inputs
        for product, factor in (factors, factors[::-1]):
            matrices = self._inner(product, "matmul", cell) and all(len(x.shape) == 2 for x in product.inputs)
            if matrices and factor.shape == () and added.shape == product.shape == cell.shape:
                factor = self._minus(factor) if cell.op is minus_product else factor
                return self._become(cell, product_add, *product.inputs, factor, added)
        return False

    def _minus(self, factor):
        if factor.number not in self.turned:
            minus = Cell("gate", -1 - len(self.cells), factor.data, op=TABLE["neg"], inputs=(factor,))
            minus.shape, minus.dtype = factor.shape, factor.dtype
            self.turned[factor.number] = minus
            self.cells.append(minus)
        return self.turned[factor.number]

    def _toward(self, cell):
        """a + (b - a)·share."""
        *factors, a = cell.inputs
        for distance, share in (factors, factors[::-1]):
            if self._inner(distance, "sub", cell) and distance.inputs[1] is a:
                return self._become(cell, toward, a, distance.inputs[0], share)
        return False

    def _add_square(self, cell):
        """a·keep + x·x·share."""
        a, keep, more = cell.inputs
        if not self._inner(more, "mul", cell):
            return False
        for square, share in (more.inputs, more.inputs[::-1]):
            if self._inner(square, "square", cell) or (
                self._inner(square, "mul", cell) and square.inputs[0] is square.inputs[1]
            ):
                return self._become(cell, add_square, a, keep, square.inputs[0], share)
        return False

    def _less_by_root(self, cell):
        """a - rate·(b / (√square + eps))."""
        *factors, a = cell.inputs
        for ratio, rate in (factors, factors[::-1]):
            if not (self._inner(ratio, "div", cell) and self._inner(ratio.inputs[1], "add", cell)):
                continue
            for root, eps in (ratio.inputs[1].inputs, ratio.inputs[1].inputs[::-1]):
                if self._inner(root, "sqrt", cell):
                    return self._become(cell, less_by_root, a, rate, ratio.inputs[0], root.inputs[0], eps)
        return False
