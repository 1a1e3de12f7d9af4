"""A recorded graph made smaller: constants are computed now, what is there twice is made once, the useless goes."""

import numpy as np

from ..operation import TABLE
from .patterns import fused
from .tape import Cell

SAME_NUMBERS = frozenset({"positive", "total"})  # with one input
IF_SAME_SHAPE = frozenset({"broadcast_to", "sum_to", "reshape", "view"})
POWERS = {2.0: "square", -1.0: "reciprocal", 0.5: "sqrt"}


def simplified(cells, outputs):
    """Cells that compute `outputs`, oldest first, and what the outputs have become."""
    made = _Making()
    for cell in cells:
        made.add(cell)
    outputs = [made.new[cell.number] for cell in outputs]
    cells = needed(made.cells, outputs)
    return needed(fused(cells, outputs), outputs), outputs


def is_fixed(cell):
    """Whether its numbers are known while the program is made."""
    return cell.kind == "constant"


class _Making:
    """New cells for old ones."""

    def __init__(self):
        self.cells, self.new, self.known = [], {}, {}

    def add(self, cell):
        """The place of an old cell among the new ones."""
        if cell.op is None:
            self.new[cell.number] = self._leaf(cell)
            return
        inputs = tuple(self.new[x.number] for x in cell.inputs)
        self.new[cell.number] = self._shortcut(cell, inputs) or self._gate(cell.op, inputs, cell.parameters, cell)

    def _leaf(self, cell):
        if is_fixed(cell) and np.ndim(cell.data) == 0:
            key = (cell.data.__class__, repr(cell.data))
            return self.known.get(key) or self._new(cell, key, data=cell.data, kind="constant")
        return self._new(cell, None, data=cell.data, kind=cell.kind, tracked=cell.tracked, value=cell.value)

    def _new(self, like, key, **columns):
        new = Cell(columns.pop("kind"), len(self.cells), columns.pop("data"), **columns)
        new.shape, new.dtype = like.shape, like.dtype
        self.cells.append(new)
        if key is not None:
            self.known[key] = new
        return new

    def _gate(self, op, inputs, parameters, like):
        if all(map(is_fixed, inputs)) and not getattr(op, "only_form", False):
            data = op.evaluate([x.data for x in inputs], parameters)
            return self._new(like, None, data=data, kind="constant")
        key = (op.name, *(x.number for x in inputs), _frozen(parameters)) if like.kind == "gate" else None
        found = self.known.get(key)
        if found is not None:
            return found
        return self._new(
            like, key, kind="gate", data=like.data, tracked=like.tracked, op=op, inputs=inputs, parameters=parameters
        )

    def _shortcut(self, cell, inputs):
        """A simpler way to the same numbers, or None."""
        name, first = cell.op.name, inputs[0]
        if (name in SAME_NUMBERS and len(inputs) == 1) or (name in IF_SAME_SHAPE and first.shape == cell.shape):
            return first
        if name == "to" and first.dtype == cell.dtype and first.data.__class__ is cell.data.__class__:
            return first
        if name == "mul":
            for one, other in (inputs, inputs[::-1]):
                if (
                    is_fixed(one)
                    and np.ndim(one.data) == 0
                    and one.data == 1
                    and other.dtype == cell.dtype
                    and other.shape == cell.shape
                ):
                    return other
        if name == "pow" and is_fixed(inputs[1]) and np.ndim(inputs[1].data) == 0:
            exponent = float(inputs[1].data)
            if exponent == 1.0 and first.dtype == cell.dtype:
                return first
            if exponent in POWERS and first.dtype == cell.dtype:
                return self._gate(TABLE[POWERS[exponent]], (first,), {}, cell)
        return None


def _frozen(parameters):
    if not parameters:
        return ()
    return tuple((name, _hashable(given)) for name, given in sorted(parameters.items()))


def _hashable(thing):
    if isinstance(thing, (list, tuple)):
        return (type(thing).__name__, *map(_hashable, thing))
    if isinstance(thing, np.ndarray):
        return (thing.dtype.str, thing.shape, thing.tobytes())
    if isinstance(thing, slice):
        return ("slice", thing.start, thing.stop, thing.step)
    if isinstance(thing, dict):
        return _frozen(thing)
    return (type(thing).__name__, repr(thing))


def needed(cells, outputs):
    """The cells that outputs are made of; inputs stay even if unused."""
    wanted = {cell.number for cell in outputs}
    kept = []
    for cell in reversed(cells):
        if cell.number in wanted or cell.kind == "input":
            kept.append(cell)
            wanted.update(x.number for x in cell.inputs)
    kept.reverse()
    return kept
