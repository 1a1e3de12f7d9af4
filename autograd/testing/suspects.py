"""Why a gradient check failed: a message that names the place, the numbers and what is suspected."""

import numpy as np

from ..errors import AutogradError
from ..graph import trace
from ..text import label
from .gates import check_gates
from .jacobians import rerun
from .numeric import look_at_both_sides, unit


def describe(mismatch, probe, outputs, step, mode="backward"):
    """The message of a failed check."""
    m, x = mismatch, probe.moving[mismatch.input]
    where = f"output {m.output}{_index(m.of)} with respect to input {m.input}{_named(x)}{_index(m.at)}"
    larger = max(abs(m.analytic), abs(m.numeric)) or 1.0
    lines = [
        f"the derivative of {where} is wrong:",
        f"    {f'{mode} mode says':<20}{m.analytic!r}",
        f"    {'differences say':<20}{m.numeric!r}   (step {step:g})",
        f"    {'they differ by':<20}{m.difference:.6g}, {100 * m.difference / larger:.3g} % of the larger; "
        f"{m.allowed:.3g} is allowed",
        f"    it is the worst of {m.wrong} wrong entries, of {m.total}",
    ]
    return "\n".join([*lines, *(f"suspected: {cause}" for cause in suspects(m, probe, outputs, step))])


def suspects(m, probe, outputs, step):
    """Likely causes, in words, most telling first."""
    x, output = probe.moving[m.input], outputs[m.output]
    causes = [
        f"input {k}{_named(v)} is float32: {_FLOAT32}" for k, v in enumerate(probe.moving) if v.dtype == np.float32
    ]
    gates = trace(output).values if output.requires_grad else []
    if all(value is not x for value in gates):
        causes.append(
            f"input {m.input} does not reach output {m.output} through the graph: detach(), .data, float(), no_grad() "
            "or NumPy stands between them"
        )
    verdicts = check_gates(output) if gates else []
    causes += [str(verdict) for verdict in verdicts if verdict.state == "wrong"]
    entry = int(np.ravel_multi_index(m.at, x.shape)) if x.ndim else 0
    row = int(np.ravel_multi_index(m.of, output.shape)) if output.ndim else 0
    causes += _of_the_point(m, probe, x, entry, row, step)
    causes += [str(verdict) for verdict in verdicts if verdict.state == "kink"]
    if not causes:
        causes.append(_beside_the_graph(m, x, entry, row, output, step))
    return causes


_FLOAT32 = "differences of float32 numbers are good to two digits at best; check with float64"


def _of_the_point(m, probe, x, entry, row, step):
    """Whether it is the place and not the rule: a kink, a strong bend, or values too large for differences."""
    direction = unit(x, entry)
    sides = look_at_both_sides(probe, x, direction, m.output, row, step)
    if sides.kink:
        choice = ", and the gradient is a choice between them" if sides.contain(m.analytic, m.allowed) else ""
        return [f"a kink: the slope is {sides.left:.6g} to the left and {sides.right:.6g} to the right{choice}"]
    nearer = probe.central(x, direction, step / 64)[m.output][row]
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
