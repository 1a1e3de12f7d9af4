"""Is this derivative right? Each wire of a gate checked against finite differences of that gate alone."""

from dataclasses import dataclass

import numpy as np

from autograd import Value
from autograd.arrays import Absent, dtype_of, quiet
from autograd.value import parameters_of

STEP = 1e-6  # relative; with central differences the error is about 1e-10 where the gate is smooth
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Verdict:
    """Outcome of a check: `kind` "agrees", "differs" or "kink"; what differences gave, what the rule gave."""

    kind: str
    differences: float
    rule: float

    @property
    def sign(self):
        """✓, ✗ or ∧."""
        return {"agrees": "✓", "differs": "✗", "kink": "∧"}[self.kind]


def check_wire(step):
    """Check one backward step of a walk: ⟨upstream, gate(x + h·d) − gate(x − h·d)⟩ / 2h against ⟨downstream, d⟩.

    The direction d is 1 for a number; for an array it is a fixed pattern of signs. Returns None where the gate cannot
    be tried (its numbers were released, or its input is not floating-point).
    """
    node, position = step.node.value, step.edge.position
    data = [x.data if isinstance(x, Value) else x for x in node.inputs]
    if any(isinstance(x, Absent) for x in data) or dtype_of(data[position]).kind != "f":
        return None
    data = [np.asarray(x, dtype=np.float64) if dtype_of(x).kind == "f" else x for x in data]
    x = data[position]
    direction = np.where(np.arange(x.size) % 3 == 2, -1.0, 1.0).reshape(x.shape)
    h = STEP * max(1.0, float(np.abs(x).max(initial=0.0)))

    def gate(shift):
        moved = [*data[:position], x + shift * direction, *data[position + 1 :]]
        return np.sum(step.upstream * np.asarray(node.op.forward(*moved, **parameters_of(node)), dtype=np.float64))

    with quiet():
        before, here, after = gate(-h), gate(0.0), gate(h)
        left, right, central = (here - before) / h, (after - here) / h, (after - before) / (2 * h)
        rule = float(np.sum(np.asarray(step.downstream, dtype=np.float64) * direction))
    scale = max(abs(central), abs(rule), 1e-8)
    if abs(left - right) > 1e-3 * max(abs(left), abs(right), 1e-8) and abs(left - right) > 1e-6:
        return Verdict("kink", float(central), rule)
    loose = TOLERANCE if dtype_of(node.data) == np.float64 else 1e-3
    return Verdict("agrees" if abs(central - rule) <= loose * scale + 1e-9 else "differs", float(central), rule)
