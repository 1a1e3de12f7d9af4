"""The backward half of a program, recorded on the same tape: each row's own rules, run on traced Values.

There is no second table of derivatives. A graph of a million scalar gates has a few kinds of them, so a rule for
scalars is traced once for each kind, and the trace is laid down again with other cells.
"""

import numpy as np

from ..backward import grad
from ..mode import enable_grad, no_grad
from ..operation import TABLE
from ..value import Value
from .fused import RULES
from .internal import total
from .tape import Cell


class Reverse:
    """Gradients on a tape."""

    def __init__(self, tape):
        self.tape, self.templates = tape, {}

    def gradients(self, outputs, seeds, wanted):
        """Cells of the gradients of Σ seed·output for each cell in `wanted`; None where no way leads there."""
        needed = self._on_the_way(wanted, outputs)
        arrived = {}
        for output, seed in zip(outputs, seeds, strict=True):
            if output.number in needed:
                arrived.setdefault(output.number, []).append(seed)
        targets = {cell.number for cell in wanted}
        result = {}
        for number in sorted(needed, reverse=True):
            cell, parts = self.tape.cells[number], arrived.pop(number, None)
            if parts is None:
                if number in targets:  # rules gave plain zeros for it
                    result[number] = self.tape.add("constant", np.zeros(cell.shape, cell.dtype)[()])
                continue
            gradient = self._total(parts)
            if number in targets:
                result[number] = gradient
            if cell.op is not None:
                for position, part in self._pass_on(cell, gradient, needed):
                    arrived.setdefault(cell.inputs[position].number, []).append(part)
        return [result.get(cell.number) for cell in wanted]

    def _on_the_way(self, wanted, outputs):
        """Numbers of the cells that lie between `wanted` and `outputs` and let a gradient pass."""
        cells = self.tape.cells
        reached = {cell.number for cell in wanted}
        last = max((cell.number for cell in outputs), default=-1)
        for cell in cells[: last + 1]:
            if cell.tracked and cell.op is not None and any(x.number in reached for x in cell.inputs):
                reached.add(cell.number)
        useful = {cell.number for cell in outputs} & reached
        for cell in reversed(cells[: last + 1]):
            if cell.number in useful and cell.tracked:
                useful.update(x.number for x in cell.inputs if x.number in reached)
        return useful

    def _total(self, parts):
        if len(parts) == 1:
            return parts[0]
        return self._gate(total, tuple(parts), parts[0])

    def _gate(self, op, inputs, like):
        cell = Cell("gate", len(self.tape.cells), like.data, False, op, inputs)
        self.tape.cells.append(cell)
        return cell

    # -- one gate -----------------------------------------------------------------------------------------------------

    def _pass_on(self, cell, gradient, needed):
        wanted = [position for position, x in enumerate(cell.inputs) if x.number in needed]
        scalar = cell.data.__class__ is float and not cell.parameters
        if scalar and all(x.data.__class__ is float for x in cell.inputs):
            return self._from_template(cell, gradient, wanted)
        return self._trace(cell, gradient, wanted)

    def _trace(self, cell, gradient, wanted):
        """Run the rules on traced Values."""
        operands = [self._operand(x) for x in cell.inputs]
        g, y = self.tape.traced(gradient), self.tape.traced(cell)
        op = cell.op
        with no_grad():
            if op.name in RULES:
                rules = RULES[op.name]
            elif op.open:
                rules = op.rules
            else:
                return self._through_composite(cell, gradient, wanted)
            parts = [(position, rules[position](g, y, *operands, **cell.parameters)) for position in wanted]
            parts = [(position, self._fitted(part, cell.inputs[position])) for position, part in parts]
        return [(position, part) for position, part in parts if part is not None]

    def _operand(self, cell):
        """An input as a rule gets it: plain numbers stay plain."""
        plain = cell.kind == "constant" and cell.value is None
        return cell.data if plain else self.tape.traced(cell)

    def _fitted(self, part, x):
        """A rule's result in the shape and dtype of the input `x`; None for a plain 0."""
        if part.__class__ is not Value:
            if part.__class__ is float and part == 0.0:
                return None
            part = self.tape.traced(self.tape.cell_of(part))
            part = TABLE["broadcast_to"](part, shape=x.shape)
        if part.shape != x.shape:
            part = TABLE["sum_to"](part, shape=tuple(x.shape))
        if part.dtype != x.dtype:
            part = TABLE["to"](part, dtype=x.dtype)
        return self.tape.cell_of(part)

    def _through_composite(self, cell, gradient, wanted):
        """Gradients of a fused operation whose rules are not written in operations."""
        operands = [self._operand(x) for x in cell.inputs]
        for position in wanted:
            operands[position].requires_grad = True
        with enable_grad():
            result = cell.op.composite(*operands, **cell.parameters)
        leaves = [operands[position] for position in wanted]
        seed = self.tape.traced(gradient)
        parts = grad(result, leaves, seed, create_graph=True, allow_unused=True)
        return [(p, self.tape.cell_of(part)) for p, part in zip(wanted, parts, strict=True) if part is not None]

    # -- kinds of scalar gates -----------------------------------------------------------------------------------------

    def _from_template(self, cell, gradient, wanted):
        inputs = cell.inputs
        key = [cell.op.name, *wanted]
        for place, x in enumerate(inputs):  # x·x is another kind than x·y, and a power than its exponent
            first = inputs.index(x)
            key.append(first if first < place or not self._is_plain(x) else repr(x.data))
        key = (*key, inputs.index(gradient) if gradient in inputs else -1)
        template = self.templates.get(key)
        if template is None:
            first = len(self.tape.cells)
            parts = self._trace(cell, gradient, wanted)
            self.templates[key] = self._template(cell, gradient, first, parts)
            return parts
        lines, ends = template
        cells = [gradient, cell, *cell.inputs]
        for op, places, parameters, number in lines:
            if op is None:
                cells.append(self.tape.add("constant", number))
            else:
                made = Cell(
                    "gate", len(self.tape.cells), 1.0, False, op, tuple(map(cells.__getitem__, places)), parameters
                )
                self.tape.cells.append(made)
                cells.append(made)
        return [(position, cells[place]) for position, place in ends]

    @staticmethod
    def _is_plain(cell):
        return cell.kind == "constant" and cell.value is None

    def _template(self, cell, gradient, first, parts):
        """The cells from `first` on, with places instead of cells: upstream, result, inputs, then what was made."""
        places = {}
        for place, known in enumerate([gradient, cell, *cell.inputs]):
            places.setdefault(known.number, place)
        lines = []
        base = 2 + len(cell.inputs)
        for place, made in enumerate(self.tape.cells[first:], base):
            places[made.number] = place
            if made.op is None:
                lines.append((None, (), None, made.data))
            else:
                lines.append((made.op, tuple(places[x.number] for x in made.inputs), made.parameters, None))
        return lines, [(position, places[part.number]) for position, part in parts]
