"""The sum behind one entry of a small matrix, written out: 1·0.5 + 2·(−1) = −1.5.

An entry of a gradient is the sum of upstream · local over all entries of the result that it went into; the local ones
are read off the gate's own rule, which is asked with an upstream gradient of 1 at one entry and 0 at the others.
"""

import numpy as np

from autograd import Value
from autograd.arrays import Absent, fit, quiet, shape_of
from autograd.errors import AutogradError
from autograd.operation import substitute
from autograd.value import parameters_of

from ..numbers import short
from ..words import MOST_TERMS

MOST_ENTRIES = 36  # of the result and of the input
ROOM = 150_000  # characters of a page
LINEAR = {  # in each of their inputs
    "matmul",
    "mm",
    "mv",
    "bmm",
    "dot",
    "outer",
    "linear",
    "sum",
    "mean",
    "sum_to",
    "trace",
}  # in each of their inputs


class OwnSums:
    """Writes sums until the page has no room for more."""

    def __init__(self, room=ROOM):
        self.room = room

    def of_gradient(self, step):
        """A text an entry of what travels on at a backward step, flat; None where there is nothing to tell."""
        return self._written(_gradient, step.node.value, step.edge.position, step.upstream, step.downstream)

    def of_result(self, gate):
        """A text an entry of a gate's result, flat, or None."""
        return self._written(_pointwise if gate.op.pointwise else _result, gate)

    def _written(self, write, gate, *rest):
        sizes = [np.size(x) for x in (gate._data, *map(_data, gate.inputs)) if not isinstance(x, Absent)]
        if self.room <= 0 or max(sizes, default=0) > MOST_ENTRIES or max(sizes) < 2 or len(sizes) <= len(gate.inputs):
            return None
        try:
            with quiet():
                texts = write(gate, *rest)
        except (AutogradError, ValueError, TypeError):  # a rule that cannot be asked this way tells nothing
            return None
        self.room -= sum(map(len, texts or ()))
        return texts


def _data(x):
    return x._data if isinstance(x, Value) else x


def _gradient(gate, position, upstream, downstream):
    local = _local(gate, position)
    counts = _depends(gate, position, local)
    upstream = np.broadcast_to(upstream, gate.shape).ravel()
    return [
        _sum([(upstream[i], local[i, j]) for i in np.flatnonzero(counts[:, j])], total)
        for j, total in enumerate(np.ravel(downstream))
    ]


def _result(gate):
    """Sums of products with the first input, for operations that are such sums; what else is added comes last."""
    if gate.op.name not in LINEAR or not isinstance(gate.inputs[0], Value):
        return None
    local = _local(gate, 0)
    counts = _depends(gate, 0, local)
    x, y = np.ravel(_data(gate.inputs[0])), np.ravel(gate._data)
    rest = y - local @ x
    if np.abs(rest).max(initial=0.0) < 1e-6 * max(1.0, np.abs(y).max(initial=0.0)):
        rest = None
    return [
        _sum([(x[j], local[i, j]) for j in np.flatnonzero(counts[i])], total, None if rest is None else rest[i])
        for i, total in enumerate(y)
    ]


def _pointwise(gate):
    """The formula with the numbers of one entry."""
    op, y = gate.op, np.ravel(gate._data)
    columns = [np.ravel(np.broadcast_to(_data(x), gate.shape)) for x in gate.inputs]
    told = [{slot: _inside(x, slot, op.text) for slot, x in zip(op.inputs, entries)} for entries in zip(*columns)]
    return [f"{substitute(op.text, entry)} = {short(total)}" for entry, total in zip(told, y)]


def _inside(x, slot, text):
    told = short(x)
    alone = f"({slot})" in text or (text.startswith(f"{slot} ") and not text.startswith(f"{slot} **"))
    return f"({told})" if told.startswith("−") and not alone else told


def _local(gate, position, *, filled=False):
    """∂result/∂input as a table: a row an entry of the result. `filled`: as if no number were 0."""
    data = [np.asarray(_data(x)) for x in gate.inputs]
    x = data[position]
    if filled:
        data = [np.where(each == 0, 1, each) if each.dtype.kind == "f" else each for each in data]
    rows = np.eye(int(np.prod(gate.shape, dtype=int)))
    rule, y = gate.op.rules[position], np.asarray(gate._data)
    parameters = parameters_of(gate)
    asked = (np.asarray(fit(rule(row.reshape(gate.shape), y, *data, **parameters), x)) for row in rows)
    return np.array([part.ravel() for part in asked]).reshape(len(rows), x.size)


def _depends(gate, position, local):
    """Which entries of the result depend on which of the input, also where a factor happens to be 0."""
    x = _data(gate.inputs[position])
    if gate.op.pointwise:
        came_from = np.broadcast_to(np.arange(np.size(x)).reshape(shape_of(x)), gate.shape).ravel()
        return came_from[:, None] == np.arange(np.size(x))
    return _local(gate, position, filled=True) != 0 if gate.op.name in LINEAR else local != 0


def _sum(terms, total, rest=None):
    """a·b + c·d + rest = total; "" for an entry that is only handed on. Where every factor is 1, it is left out."""
    plain = all(b == 1 for _, b in terms)
    if not terms or (len(terms) == 1 and plain and rest is None):
        return ""
    shown = terms if len(terms) <= MOST_TERMS else [*terms[:3], terms[-1]]
    written = [short(a) if plain else f"{short(a)}·{_bracketed(short(b))}" for a, b in shown]
    written += [short(rest)] if rest is not None else []
    written = [written[0], *map(_bracketed, written[1:])]
    if len(terms) > MOST_TERMS:
        written.insert(3, f"… ({len(terms) - 4}) …")
    return f"{' + '.join(written)} = {short(total)}"


def _bracketed(term):
    """A term in which a minus sign would meet another sign."""
    first, dot, others = term.partition("·")
    return f"({first}){dot}{others}" if term.startswith("−") else term
