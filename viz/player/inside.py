"""What is inside a fused gate: its composite traced on the same numbers.

The gradients that leave the gate must be the same closed and open; the largest difference is measured and told.
"""

from dataclasses import dataclass

import numpy as np

from autograd import Value, enable_grad, walk
from autograd.arrays import Absent, quiet
from autograd.errors import AutogradError
from autograd.value import parameters_of


@dataclass
class Inside:
    """A gate opened: `value` is the result of a graph of its own, `upstream` the gradient that arrives there.

    walked       the walk through it
    difference   the largest one between the gradients that leave the gate, closed and open
    """

    value: Value
    upstream: object
    walked: list
    difference: float


def is_fused(box):
    """Whether a box is a gate that has simpler operations inside."""
    return box.kind == "gate" and box.node.op.composite is not None and not box.node.op.variadic


def open_gate(gate, gradients, names):
    """The `Inside` of a fused gate, or None: if its numbers are gone, or were drawn at random."""
    inputs, upstream = _Inputs(names), gradients.total(gate)
    try:
        with enable_grad(), quiet():
            made = gate.op.composite(*(inputs.of(x, gate) for x in gate.inputs), **parameters_of(gate))
        if not isinstance(made, Value) or made.op is None or upstream is None or made.op is gate.op:
            return None
        if not np.allclose(made.data, gate.data, rtol=1e-5, atol=1e-8, equal_nan=True):
            return None
        made.named(names.get(id(gate)) or gate.op.name)
        walked = walk(made, upstream)
    except AutogradError:
        return None
    leaving = {step.node.value.index: step.result for step in walked if step.kind == "leaf"}
    return Inside(made, upstream, walked, _difference(gate, gradients, inputs, leaving))


def _difference(gate, gradients, inputs, leaving):
    parts = {}
    for position, x in enumerate(gate.inputs):
        part = gradients.part(gate, position)
        if part is not None:
            parts[id(x)] = part if id(x) not in parts else parts[id(x)] + part
    gaps = [
        np.max(np.abs(np.asarray(leaving.get(fresh.index, 0.0)) - parts[key]), initial=0.0)
        for key, fresh in inputs.fresh.items()
        if key in parts
    ]
    return float(max(gaps, default=0.0))


class _Inputs:
    """What comes into a gate from outside: leaves of the same numbers and names."""

    def __init__(self, names):
        self.names, self.fresh = names, {}

    def of(self, x, gate):
        """The operand that stands for `x` inside."""
        if not isinstance(x, Value):
            return x
        data = x._data
        if isinstance(data, Absent) or x.index > gate.index:
            raise AutogradError("the numbers of that time are gone")
        if id(x) not in self.fresh:
            copy = data.copy() if isinstance(data, np.ndarray) else data
            self.fresh[id(x)] = Value(copy, requires_grad=x.requires_grad, name=self.names.get(id(x)))
        return self.fresh[id(x)]
