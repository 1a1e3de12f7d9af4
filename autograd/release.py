"""What a backward pass lets go of: large arrays that only the graph holds. The rest stays, to be drawn."""

from functools import partial

import numpy as np

from .arrays import Absent
from .errors import FreedGraphError
from .memory import extra_of, new, scope_of
from .text import described
from .value import FREED, Value, parameters_of

RELEASE_ABOVE = 1024  # bytes


def release(node, ghosts):
    """Let go of the large arrays that only this graph holds; its structure stays, to be drawn."""
    for x in node.inputs:  # most small graphs have nothing to let go of: to find out costs little
        if x.__class__ is Value and x._data.__class__ is np.ndarray and x._data.nbytes > RELEASE_ABOVE and _heavy(x):
            break
    else:
        return
    node.inputs = tuple([_ghost(x, ghosts) if x.__class__ is Value and _heavy(x) else x for x in node.inputs])
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
        ghost = ghosts[x.index] = new(Value)
        extra, op = x.extra, x.op
        name = None if extra is None else extra.name
        ghost._data = Absent(x._data, FreedGraphError, partial(_released, name, op))
        ghost.op, ghost.inputs, ghost.parameters, ghost.index = op, x.inputs, parameters_of(x), x.index
        ghost.requires_grad, ghost.scope, ghost.extra, ghost._grad = x.requires_grad, scope_of(x), None, None
        ghost.uses = FREED if x.requires_grad else 0
        if name is not None:
            extra_of(ghost).name = name
    return ghost


def _released(name, op, data):
    return f"the numbers of {described(data, name, op and op.name)} were released by backward()"
