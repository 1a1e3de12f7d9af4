"""What a gradient promises, held against what happens: move a leaf a little, compute the root anew."""

from dataclasses import dataclass

import numpy as np

from autograd import Value, grad, trace
from autograd.arrays import Absent, shape_of
from autograd.errors import FreedGraphError, GradientError
from autograd.value import parameters_of


@dataclass(frozen=True)
class Probe:
    """Outcome of moving a leaf by `delta`: the change that the gradient predicts, and the real one."""

    delta: float
    predicted: float
    real: float

    def __str__(self):
        return f"moved by {self.delta:+g}: predicted change {self.predicted:+.6g}, real change {self.real:+.6g}"


def probe(value, leaf, delta=0.1):
    """Move `leaf` by `delta` (a number, or an array of its shape) and compare Δvalue with ⟨∂value/∂leaf, delta⟩.

    The graph is computed anew from the moved leaf, operation by operation; nothing of it changes.

    Raises GradientError where `leaf` does not take part, FreedGraphError where numbers were released.
    """
    graph = trace(value)
    if all(v is not leaf for v in graph.values):
        raise GradientError("probe(): this Value was not used to compute the root")
    (slope,) = grad(value, leaf, retain_graph=True)
    moved = replay(graph, {leaf: leaf.data + delta})
    return Probe(float(np.sum(delta)), float(np.sum(slope.data * delta)), float(np.sum(moved - value.data)))


def replay(graph, changed):
    """The root's number, computed anew with other numbers for some leaves: {leaf: number}."""
    now = {id(leaf): data for leaf, data in changed.items()}
    for value in graph.values:
        if value.op is None or id(value) in now:
            now.setdefault(id(value), value.data)
            continue
        operands = [_operand(x, now) for x in value.inputs]
        now[id(value)] = value.op.evaluate(operands, parameters_of(value))
    (root,) = graph.roots
    return now[id(root)]


def _operand(x, now):
    data = now.get(id(x), x.data if isinstance(x, Value) else x)
    if isinstance(data, Absent):
        raise FreedGraphError(f"{data.message}: numbers of shape {shape_of(data)} are needed; compute the root again")
    return data
