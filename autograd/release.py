"""What a backward pass lets go of: large arrays that only the graph holds. The rest stays, to be drawn."""

import numpy as np

from .arrays import Absent
from .errors import FreedGraphError
from .memory import extra_of
from .text import label
from .value import FREED, Value, constant, parameters_of

RELEASE_ABOVE = 1024  # bytes


def release(node, ghosts):
    """Let go of the large arrays that only this graph holds; its structure stays, to be drawn."""
    heavy = False
    for x in node.inputs:
        if x.__class__ is Value and _heavy(x):
            heavy = True
    if heavy:
        node.inputs = tuple(_ghost(x, ghosts) if x.__class__ is Value and _heavy(x) else x for x in node.inputs)
        ghost = ghosts.get(node.index)
        if ghost is not None:
            ghost.inputs = node.inputs


def _heavy(x):
    data = x._data
    return data.__class__ is np.ndarray and data.nbytes > RELEASE_ABOVE and not (x.op is None and x.requires_grad)


def _ghost(x, ghosts):
    """A stand-in with the place of `x` in the graph but not its numbers. One for all that used `x`."""
    ghost = ghosts.get(x.index)
    if ghost is None:
        ghost = ghosts[x.index] = constant(
            Absent(x._data, FreedGraphError, f"the numbers of {label(x)} were released by backward()")
        )
        ghost.op, ghost.inputs, ghost.parameters, ghost.index = x.op, x.inputs, parameters_of(x), x.index
        ghost.requires_grad, ghost.uses = x.requires_grad, FREED if x.requires_grad else 0
        if x.extra is not None:
            extra_of(ghost).name, ghost.extra.scope = x.extra.name, x.extra.scope
    return ghost
