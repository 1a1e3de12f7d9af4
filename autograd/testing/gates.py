"""A verdict on each gate of a recorded graph: does its rule agree with differences of that gate alone?"""

from dataclasses import dataclass

import numpy as np

from ..arrays import Absent, fit, plain, quiet, shape_of
from ..errors import AutogradError
from ..graph import trace
from ..operation import Operation
from ..sweep import operands_of
from ..value import Value, parameters_of

STEP = 6e-6  # near the cube root of float64's rounding error: best for central differences


@dataclass(frozen=True)
class Verdict:
    """What differences say of the rule for one input of one gate.

    state      "right", "wrong", "kink" (no derivative here; the rule's answer lies between the slopes of both sides) or
               "unknown" (numbers released, or differences not finite here)
    value      the gate's result; `op` its operation
    position   which input, `name` its name in the operation
    at         index of the entry where the two differ most
    analytic   what the rule says there, for a random upstream gradient
    numeric    what differences say
    left, right  slopes on both sides, of a kink
    """

    state: str
    value: Value
    op: Operation
    position: int
    name: str
    at: tuple = ()
    analytic: float = np.nan
    numeric: float = np.nan
    left: float = np.nan
    right: float = np.nan

    def __str__(self):
        rule = f"the rule of `{self.op.name}` for its input {self.name}"
        if self.state == "wrong":
            return f"{rule}: {self.analytic:.10g} where differences of that gate alone say {self.numeric:.10g}"
        if self.state == "kink":
            return f"{rule} is at a kink: slope {self.left + 0.0:.6g} to the left, {self.right + 0.0:.6g} to the right"
        return f"{rule} is {self.state}"


def check_gates(value, entries=32, seed=0):
    """A `Verdict` on every tracked input of every gate behind `value`, in the order of the forward pass.

    entries   how many entries of a large array are looked at (the same ones each time, by `seed`)

    Nothing is computed again but the gates themselves; no gradient changes. Works on a graph that a backward pass has
    released as far as its numbers are still there.
    """
    random = np.random.default_rng(seed)
    return [
        verdict for gate in trace(value).values if gate.op is not None for verdict in check_gate(gate, entries, random)
    ]


def check_gate(gate, entries=32, random=None):
    """The verdicts on one gate, one a tracked input."""
    random = random or np.random.default_rng(0)
    op, data = gate.op, operands_of(gate)
    positions = [p for p, x in enumerate(gate.inputs) if isinstance(x, Value) and x.requires_grad]
    names = [op.inputs[p] if p < len(op.inputs) and not op.variadic else f"{p}" for p in range(len(data))]
    if any(isinstance(x, Absent) for x in (*data, gate._data)):
        return [Verdict("unknown", gate, op, position, names[position]) for position in positions]
    upstream = np.asarray(random.uniform(0.5, 1.5, shape_of(gate._data)))
    return [_verdict(gate, data, position, names[position], upstream, entries, random) for position in positions]


def _verdict(gate, data, position, name, upstream, entries, random):
    op, x = gate.op, np.asarray(data[position], np.float64)
    try:
        with quiet():
            gradient = _rule(gate, data, position, upstream)
            chosen = range(x.size) if x.size <= entries else random.choice(x.size, entries, replace=False)
            found = [_look(gate, data, position, upstream, int(flat), gradient.flat[flat]) for flat in chosen]
    except AutogradError:
        found = [("unknown", 0, np.nan, np.nan, np.nan, np.nan)]
    order = {"right": 0, "unknown": 1, "kink": 2, "wrong": 3}
    state, flat, *numbers = max(
        found, key=lambda look: (order[look[0]], abs(look[2] - look[3])), default=("right", 0, *[np.nan] * 4)
    )
    at = tuple(map(int, np.unravel_index(flat, x.shape))) if x.size else ()
    return Verdict(state, gate, op, position, name, at, *map(float, numbers))


def _rule(gate, data, position, upstream):
    """What the rule gives for one input, as an array in its shape."""
    wide = [np.float64(x) if x.__class__ is float else x for x in data]
    y = np.float64(gate._data) if gate._data.__class__ is float else gate._data
    g = upstream.astype(gate.dtype)
    part = gate.op.rules[position](plain(g) if g.ndim else g[()], y, *wide, **parameters_of(gate))
    return np.asarray(fit(plain(np.asarray(part)), np.asarray(data[position])), np.float64)


def _look(gate, data, position, upstream, flat, analytic):
    """State, entry, the rule's number, that of differences, and the slopes on both sides."""
    x = np.asarray(data[position], np.float64)
    step = STEP * max(1.0, abs(x.flat[flat]))

    def at(distance):
        moved = x.copy()
        moved.flat[flat] += distance
        operands = [np.float64(d) if np.asarray(d).dtype.kind == "f" and np.ndim(d) == 0 else _double(d) for d in data]
        operands[position] = moved[()] if moved.ndim == 0 else moved
        result = gate.op.evaluate(operands, parameters_of(gate))
        return float(np.sum(np.asarray(result, np.float64) * upstream))

    def slope(h):
        return (at(h) - at(-h)) / (2 * h)

    coarse, fine = slope(step), slope(step / 2)
    numeric = (4 * fine - coarse) / 3
    if not np.isfinite(numeric):
        return "unknown", flat, analytic, numeric, np.nan, np.nan
    single = np.asarray(data[position]).dtype == np.float32 or gate.dtype == np.float32
    allowed = (1e-3 if single else 1e-6) * (1 + abs(numeric)) + 4 * abs(fine - coarse)
    here = at(0.0)
    sides = [[(at(h) - here) / h for h in (signed, signed / 16)] for signed in (step, -step)]
    (right, near_right), (left, near_left) = sides
    gap, gap_near = abs(right - left), abs(near_right - near_left)
    if gap_near > 1e-4 * (1 + abs(numeric)) and gap_near > gap / 4:
        low, high = min(near_left, near_right), max(near_left, near_right)
        state = "kink" if low - allowed <= analytic <= high + allowed else "wrong"
        return state, flat, analytic, numeric, near_left, near_right
    state = "right" if abs(analytic - numeric) <= allowed else "wrong"
    return state, flat, analytic, numeric, near_left, near_right


def _double(data):
    """Numbers in float64, so that differences lose no more than they must."""
    return data.astype(np.float64) if isinstance(data, np.ndarray) and data.dtype.kind == "f" else data
