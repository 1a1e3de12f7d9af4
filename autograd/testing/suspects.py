"""Why a gradient check failed: a message that names the place, the numbers and what is suspected."""

import numpy as np

from ..errors import AutogradError
from ..graph import trace
from ..text import label
from .gates import check_gates
from .jacobians import rerun
from .numeric import look_at_both_sides, unit


def describe(mismatch, probe, outputs, step, mode="backward"):
    """The message of a failed check, and whether it failed at a kink where the gradient is a valid choice."""
    m, x = mismatch, probe.moving[mismatch.input]
    larger = max(abs(m.analytic), abs(m.numeric)) or 1.0
    causes, at_kink = suspects(m, probe, outputs, step)
    lines = [
        f"the derivative of output {m.output}{_index(m.of)} with respect to input {m.input}{_named(x)}{_index(m.at)} "
        "is wrong:",
        f"    {f'{mode} mode says':<20}{m.analytic!r}",
        f"    {'differences say':<20}{m.numeric!r}   (step {step:g})",
        f"    {'they differ by':<20}{m.difference:.6g}, {100 * m.difference / larger:.3g} % of the larger; "
        f"{m.allowed:.3g} is allowed",
        f"    it is the worst of {m.wrong} wrong entries, of {m.total}",
        *(f"suspected: {cause}" for cause in causes),
    ]
    return "\n".join(lines), at_kink


def suspects(m, probe, outputs, step):
    """Likely causes in words, most telling first, and whether the point is a kink with a valid choice of slope."""
    x, output = probe.moving[m.input], outputs[m.output]
    single = [number for number, value in enumerate(probe.moving) if value.dtype == np.float32]
    causes = [f"input {number} is float32: {_FLOAT32}" for number in single]
    entry = int(np.ravel_multi_index(m.at, x.shape)) if x.ndim else 0
    row = int(np.ravel_multi_index(m.of, output.shape)) if output.ndim else 0
    sides = look_at_both_sides(probe, x, unit(x, entry), m.output, row, step)
    gates = trace(output).values if output.requires_grad else []
    if not (np.isfinite(m.analytic) and np.isfinite(m.numeric)):
        return [_not_finite(gates)], False
    rounding = next((gate for gate in gates if gate.op is not None and gate.dtype == np.float32), None)
    if rounding is not None and not single:
        causes.append(f"`{rounding.op.name}` computes in float32: {_FLOAT32}")
    if all(value is not x for value in gates) and not sides.jump:
        causes.append(
            f"input {m.input} does not reach output {m.output} through the graph: detach(), .data, float(), no_grad() "
            "or NumPy stands between them"
        )
    verdicts = check_gates(output) if gates else []
    causes += [str(verdict) for verdict in verdicts if verdict.state == "wrong"]
    allowed = sides.allow(m.analytic, m.allowed)
    at_kink = (sides.kink or sides.jump) and allowed and not causes
    if sides.jump:
        causes.append("a jump: what is differentiated is not continuous here")
    elif sides.kink and rounding is None:
        choice = ", and the gradient is a choice between them" if allowed else ""
        causes.append(f"a kink: the slope is {sides.left:.6g} to the left and {sides.right:.6g} to the right{choice}")
    elif rounding is None:
        causes += _of_the_point(m, probe, x, entry, row, step)
    causes += [str(verdict) for verdict in verdicts if verdict.state == "kink" and rounding is None]
    return causes or [_beside_the_graph(m, x, entry, row, output, step)], at_kink


def _not_finite(gates):
    """Which gate was the first to give inf or nan of finite numbers."""
    finite = lambda x: np.all(np.isfinite(np.asarray(getattr(x, "_data", x))))
    for gate in gates:
        if gate.op is not None and not finite(gate) and all(map(finite, gate.inputs)):
            return f"not finite: `{gate.op.name}` gives inf or nan here, outside of its domain or at its end"
    return "not finite: inf or nan appears in the backward pass or next to this point, as at the end of a domain"


_FLOAT32 = "differences of float32 numbers are good to two digits at best; check with float64"


def _of_the_point(m, probe, x, entry, row, step):
    """Whether it is the place and not the rule: a bend within the step, or values too large for differences."""
    nearer = probe.central(x, unit(x, entry), step / 64)[m.output][row]
    if abs(nearer - m.analytic) <= m.allowed:
        return [f"a kink or a strong bend within the step: with step {step / 64:.2g} differences say {nearer:.6g}"]
    noise = abs(probe.numbers()[m.output][row]) * np.finfo(x.dtype).eps / step
    if noise > m.allowed:
        return [f"rounding: a result this large leaves differences uncertain by {noise:.2g}; pass a larger eps or atol"]
    return []


def _beside_the_graph(m, x, entry, row, output, step):
    """Whether the recorded gates, run again, move as the gradient says: the rest of the change then passes by them."""
    try:
        ahead, behind = (np.ravel(rerun(output, x, unit(x, entry) * h))[row] for h in (step, -step))
    except AutogradError:
        ahead = behind = np.nan
    if abs((ahead - behind) / (2 * step) - m.analytic) <= m.allowed:
        return (
            f"part of what input {m.input} does passes by the graph: detach(), .data, float(), no_grad() or NumPy, or "
            "numbers kept from an earlier call"
        )
    return "no single gate: each agrees with differences of itself; look for numbers that are changed in place"


def _index(index):
    return f" at [{', '.join(map(str, index))}]" if index else ""


def _named(x):
    return f" ({label(x)})" if x.name else ""
