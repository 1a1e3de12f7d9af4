"""From recorded cells to code that a machine runs."""

from .expand import Expansion
from .scalars import ScalarCode, fits
from .simplify import simplified
from .tensors import TensorCode


def build(cells, sources, outputs, seeds, gradients):
    """Code for a graph.

    sources     cells whose numbers are given at each run
    outputs     cells of the results, after the forward half
    seeds       cells of the upstream gradients, given before the backward half
    gradients   cells of the gradients, after it; None where no way leads there
    """
    wanted = [cell for cell in gradients if cell is not None]
    wide = Expansion(cells)
    ends = [wide.new[cell.number] for cell in (*sources, *seeds, *outputs, *wanted)]
    left, ends = simplified(wide.cells, ends)
    take = iter(ends)
    sources, seeds, outputs = ([next(take) for _ in part] for part in (sources, seeds, outputs))
    gradients = [None if cell is None else next(take) for cell in gradients]
    if fits(left):
        return ScalarCode(left, sources, outputs, seeds, gradients)
    return TensorCode(left, sources, outputs, seeds, gradients)
