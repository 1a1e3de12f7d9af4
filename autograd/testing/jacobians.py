"""The Jacobian of a function in four ways, by rules and by numbers, and where two of them disagree.

A Jacobian is blocks[output][input], each a matrix: entries of the output × entries of the input.
"""

from dataclasses import dataclass

import numpy as np

from ..arrays import plain
from ..errors import AutogradError
from ..functional.arguments import pull
from ..functional.forward import push
from ..functional.matrices import units
from ..graph import trace
from ..value import parameters_of
from .numeric import unit


def by_rules(outputs, inputs):
    """By backward passes, one a row."""
    blocks = []
    for output in outputs:
        rows = [pull((output,), inputs, (direction,), retain_graph=True) for direction in units(output)]
        blocks.append([_stack([row[k] for row in rows], x) for k, x in enumerate(inputs)])
    return blocks


def by_tangents(outputs, inputs):
    """By forward passes of tangents, one a column."""
    columns = [[push(outputs, (x,), (direction,)) for direction in units(x)] for x in inputs]
    return [
        [_stack([column[number] for column in of_input], output).T for of_input in columns]
        for number, output in enumerate(outputs)
    ]


def by_differences(probe, outputs, step):
    """By central differences, one a column."""
    columns = [[probe.central(x, unit(x, flat), step) for flat in range(x.numel())] for x in probe.moving]
    return [
        [np.array([c[number] for c in of_input]).reshape(len(of_input), output.numel()).T for of_input in columns]
        for number, output in enumerate(outputs)
    ]


def by_complex_step(outputs, inputs):
    """By Im f(x + ih) / h: exact to rounding where every gate is analytic, for nothing is subtracted.

    The recorded gates are run again on complex numbers. Raises AutogradError for a gate that has no complex forward.
    """
    step = 1e-100
    blocks = [[np.zeros((output.numel(), x.numel())) for x in inputs] for output in outputs]
    tracked = [output for output in outputs if output.requires_grad]
    values = trace(*tracked).values if tracked else []
    for k, x in enumerate(inputs):
        for flat in range(x.numel()):
            start = np.array(x._data, np.complex128)
            start.flat[flat] += 1j * step
            numbers = _rerun(values, {id(x): start[()]}, complex_only=True)
            for row, output in zip(blocks, outputs, strict=True):
                if id(output) in numbers:
                    row[k][:, flat] = np.imag(numbers[id(output)]).ravel() / step
    return blocks


def rerun(output, x, change):
    """The numbers of `output` when the recorded gates behind it are run again with `x` changed."""
    numbers = _rerun(trace(output).values, {id(x): plain(np.asarray(x._data) + change)})
    return numbers.get(id(output), output._data)


def _rerun(values, numbers, complex_only=False):
    """Run recorded gates again where their inputs have other numbers."""
    for value in values:
        if id(value) in numbers or not any(id(x) in numbers for x in value.inputs):
            continue
        operands = [numbers.get(id(x), getattr(x, "_data", x)) for x in value.inputs]
        result = _forward(value, operands, complex_only)
        if complex_only and not np.iscomplexobj(result):
            raise AutogradError(
                f"complex_step needs gates that are analytic, and {value.op.name} has no forward for complex numbers; "
                "check without complex_step"
            )
        numbers[id(value)] = result
    return numbers


def _forward(value, operands, complex_only):
    """A gate's forward; for complex numbers its composite, which has no absolute values to keep large numbers away."""
    op, parameters = value.op, parameters_of(value)
    try:
        if complex_only and op.composite is not None:
            return op.composite(*operands, **parameters)
        return op.evaluate(operands, parameters)
    except TypeError:  # a forward that knows no complex numbers
        return None


def _stack(parts, like):
    """Gradients as the rows of a matrix; None is zero."""
    rows = [np.zeros(like.shape) if part is None else np.asarray(part, np.float64) for part in parts]
    return np.array(rows).reshape(len(parts), like.numel())


def _index(flat, value):
    return tuple(map(int, np.unravel_index(flat, value.shape)))


@dataclass(frozen=True)
class Mismatch:
    """The worst disagreement between what a rule and what differences say.

    output, of         which result, and the index of the entry in it
    input, at          which of the tracked arguments, and the index of the entry in it
    analytic, numeric  the two numbers
    allowed            by how much they might have differed
    wrong, total       how many entries disagree, of how many
    """

    output: int
    of: tuple
    input: int
    at: tuple
    analytic: float
    numeric: float
    allowed: float
    wrong: int
    total: int

    @property
    def difference(self):
        """|analytic - numeric|."""
        return abs(self.analytic - self.numeric)


def worst(analytic, numeric, outputs, inputs, atol, rtol):
    """The entry where two Jacobians disagree most beyond |a - n| ≤ atol + rtol·|n|, or None."""
    found, largest, wrong, total = None, -1.0, 0, 0
    for o, output in enumerate(outputs):
        for i, x in enumerate(inputs):
            a, n = analytic[o][i], numeric[o][i]
            with np.errstate(all="ignore"):
                allowed = atol + rtol * np.abs(n)
                excess = np.where(a == n, -np.inf, np.abs(a - n) - allowed)
            excess = np.where(np.isnan(excess), np.inf, excess)
            total, wrong = total + excess.size, wrong + int(np.sum(excess > 0))
            if excess.size and excess.max() > max(largest, 0.0):
                largest, place = excess.max(), np.unravel_index(excess.argmax(), excess.shape)
                numbers = (float(number[place]) for number in (a, n, allowed))
                found = (o, _index(place[0], output), i, _index(place[1], x), *numbers)
    return None if found is None else Mismatch(*found, wrong, total)
