"""What is inside a box: a fused gate traced as its composite, a fold run again gate by gate, on the same numbers.

The gradients that leave a box must be the same closed and open; the largest difference is measured and told.
"""

from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from autograd import Value, enable_grad, scope, walk
from autograd.arrays import Absent, quiet
from autograd.errors import AutogradError
from autograd.memory import scope_of
from autograd.value import parameters_of

from ..gradients import Computed

MOST_OPENED = 12  # boxes of one page, each of which costs a layout
MOST_GATES = 150  # in a fold that can be opened


@dataclass
class Inside:
    """A box opened: `value` is the result of a graph of its own, `upstream` the gradient that arrives there.

    difference   the largest one between the gradients that leave the box, closed and open
    """

    box: str
    title: str
    value: Value
    upstream: object
    difference: float


def insides(graph, drawing, gradient, names):
    """The boxes of a drawing that can be opened, the first twelve.

    gradient   upstream gradient of the root, or None
    names      {id(Value): name} for the sentences
    """
    boxes = [box for box in drawing.boxes if _is_small_fold(box) or _is_fused(box)]
    if not boxes:
        return []
    gradients, outputs = Computed(graph, gradient), None
    found = []
    for box in boxes:
        if box.kind == "fold":
            outputs = outputs or _Outputs(graph)
            opened = _open_fold(box, outputs.of(box.node.values), gradients, names)
        else:
            opened = _open_gate(box, gradients, names)
        found += [opened] if opened is not None else []
        if len(found) == MOST_OPENED:
            break
    return found


def _is_small_fold(box):
    return box.kind == "fold" and 1 < len(box.node.values) <= MOST_GATES


def _is_fused(box):
    return box.kind == "gate" and box.node.op.composite is not None and not box.node.op.variadic


class _Outputs:
    """Which values are used by which gates."""

    def __init__(self, graph):
        self.roots = {id(root) for root in graph.roots}
        self.users = {}
        for value in graph.values:
            for x in value.inputs:
                self.users.setdefault(id(x), []).append(id(value))

    def of(self, values):
        """Those of `values` that are used outside of them."""
        inside = {id(value) for value in values}
        return [
            value
            for value in values
            if value.op is not None
            and (id(value) in self.roots or any(user not in inside for user in self.users.get(id(value), ())))
        ]


def _open_gate(box, gradients, names):
    gate = box.node.value
    inputs = _Inputs(names)

    def run():
        operands = [inputs.of(x, gate) for x in gate.inputs]
        return gate.op.composite(*operands, **parameters_of(gate))

    parts = {}
    for position, x in enumerate(gate.inputs):
        _add(parts, x, gradients.part(gate, position))
    return _opened(box, gate.op.name, gate, run, inputs, parts, gradients.total(gate), names)


def _open_fold(box, outputs, gradients, names):
    """None for a fold with several results: no single walk goes through it."""
    if len(outputs) != 1:
        return None
    values, depth = box.node.values, len(box.node.scope) + 1
    inside = {id(value) for value in values if value.op is not None}
    inputs = _Inputs(names)

    def run():
        again = {}
        for gate in values:
            if gate.op is None:
                continue
            operands = [again[id(x)] if id(x) in again else inputs.of(x, gate) for x in gate.inputs]
            around = scope_of(gate)[depth:]
            with ExitStack() as stack:
                for name in around:
                    stack.enter_context(scope(name))
                made = (
                    gate.op(operands, **parameters_of(gate))
                    if gate.op.variadic
                    else gate.op(*operands, **parameters_of(gate))
                )
            again[id(gate)] = made.named(names[id(gate)]) if names.get(id(gate)) and gate.extra else made
        return again[id(outputs[0])]

    parts = {}
    for gate in values:
        for position, x in enumerate(gate.inputs):
            if id(x) not in inside:
                _add(parts, x, gradients.part(gate, position))
    return _opened(box, box.symbol, outputs[0], run, inputs, parts, gradients.total(outputs[0]), names)


def _add(parts, x, part):
    if part is not None:
        parts[id(x)] = part if id(x) not in parts else parts[id(x)] + part


def _opened(box, title, result, run, inputs, parts, upstream, names):
    """The box opened, if running it again gives the same number; else None: its numbers are gone or drawn at random."""
    try:
        with enable_grad(), quiet():
            made = run()
        if not isinstance(made, Value) or made.op is None or upstream is None or made.op is box.node.op:
            return None
        if not np.allclose(made.data, result.data, rtol=1e-5, atol=1e-8, equal_nan=True):
            return None
        made.named(names.get(id(result)) or title)
        leaving = {step.node.value.index: step.result for step in walk(made, upstream) if step.kind == "leaf"}
    except AutogradError:
        return None
    gaps = [
        np.max(np.abs(np.asarray(leaving.get(fresh.index, 0.0)) - parts[key]), initial=0.0)
        for key, fresh in inputs.fresh.items()
        if key in parts
    ]
    return Inside(box.id, title, made, upstream, float(max(gaps, default=0.0)))


class _Inputs:
    """What comes into a box from outside: leaves of the same numbers and names."""

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
