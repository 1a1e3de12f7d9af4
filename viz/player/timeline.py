"""A walk laid over a drawing: for each step what is said, what lights up, and which numbers appear."""

from dataclasses import dataclass, field

import numpy as np

from autograd.arrays import Absent, shape_of

from ..numbers import full
from ..step_table import told
from ..verdicts import check_wire
from .words import pattern, sentence

MOST_ENTRIES = 36  # of an array that is sent to the page in full


@dataclass
class Frame:
    """One step on the page: `lit` ids light up, `shown` numbers appear, `gate` is the unit of coarse steps."""

    kind: str
    gate: str
    say: str
    lit: list = field(default_factory=list)
    shown: list = field(default_factory=list)
    badge: str = ""
    verdict: str = ""
    formula: str = ""
    numbers: str = ""
    result: object = None
    factors: list = field(default_factory=list)
    arrived: list = field(default_factory=list)
    expected: int = 1

    def as_data(self):
        """For the page: short keys, nothing that is empty."""
        keys = {
            "k": self.kind, "g": self.gate, "lit": self.lit, "shown": self.shown, "badge": self.badge,
            "verdict": self.verdict, "f": self.formula, "n": self.numbers, "r": self.result,
            "factors": self.factors, "arrived": self.arrived, "of": self.expected if self.expected > 1 else 0,
        }  # fmt: skip
        return {key: value for key, value in keys.items() if value not in ("", [], 0, None)}


def frames(walk, drawing, words, check=True):
    """The frames of a walk on a drawing of the same graph."""
    place = _Places(drawing)
    root = drawing.title
    return [_frame(step, walk, place, root, words, check) for step in walk]


def _frame(step, walk, place, root, words, check):
    value = step.node.value
    frame = Frame(step.kind, place.box(value), sentence(step, walk, root, words), badge=pattern(step, words))
    frame.result = shown_number(step.result)
    if step.kind in ("input", "forward"):
        frame.formula, frame.numbers = (step.formula, step.numbers) if step.kind == "forward" else ("", "")
        wires = place.carrying(value)
        frame.lit = [place.box(value), *wires] if step.kind == "forward" else wires
        frame.shown = [f"{wire}-value" for wire in wires]
    elif step.kind == "start":
        frame.lit = place.outputs(value)
        frame.shown = [f"{wire}-gradient" for wire in frame.lit]
    elif step.kind == "copy":
        wire = place.wire_into_copy(value)
        frame.lit = [place.copy(value), *wire]
        frame.shown = [f"{w}-gradient" for w in wire]
        frame.arrived, frame.expected = [shown_number(part) for part in step.arrived], step.expected
    elif step.kind == "backward":
        _fill_backward(frame, step, place, words, check)
    else:
        frame.lit = place.wire_into_copy(value) or place.carrying(value)
    frame.lit = [id for id in dict.fromkeys(frame.lit) if id]
    return frame


def _fill_backward(frame, step, place, words, check):
    wire = place.wire(step.node.value, step.edge.position)
    frame.lit = [place.box(step.node.value), wire]
    frame.shown = [f"{wire}-gradient"] if wire else []
    frame.formula, frame.numbers = step.formula, step.numbers
    frame.factors = [shown_number(x) for x in (step.upstream, step.local, step.downstream)]
    if step.expected > 1:
        frame.arrived, frame.expected = [shown_number(part) for part in step.arrived], step.expected
    verdict = check_wire(step) if check else None
    if verdict is not None:
        frame.verdict = words[verdict.kind].format(f"{verdict.differences:.6g}")


def shown_number(x):
    """A number or array for the page: [text, all digits] or [text, rows of [text, all digits]]; None stays None."""
    if x is None:
        return None
    if isinstance(x, Absent) or (shape_of(x) != () and np.size(x) > MOST_ENTRIES):
        return [told(x), ""]
    if shape_of(x) == ():
        return [told(x), full(x)]
    rows = np.atleast_2d(x)
    if rows.ndim > 2:
        return [told(x), ""]
    return [told(x), [[[told(entry), full(entry)] for entry in row] for row in rows]]


class _Places:
    """Where Values stand in a drawing: ids of their boxes and wires."""

    def __init__(self, drawing):
        self._box, self._copy, self._wire, self._carrying, self._into_copy, self._outputs = {}, {}, {}, {}, {}, {}
        for box in drawing.boxes:
            places = self._copy if box.kind == "copy" else self._box
            places[id(box.node.value)] = box.id
        for wire in drawing.wires:
            self._add(wire)

    def _add(self, wire):
        edge = wire.edge
        if edge is None:
            value = wire.source.node.value if wire.source is not None else None
            self._outputs.setdefault(id(value), []).append(wire.id)
            self._carrying.setdefault(id(value), []).append(wire.id)
            return
        self._carrying.setdefault(id(edge.value), []).append(wire.id)
        if wire.target is not None and wire.target.kind == "copy":
            self._into_copy.setdefault(id(edge.value), []).append(wire.id)
        for consumer, position in getattr(edge, "uses", None) or [(edge.target.value, edge.position)]:
            self._wire[id(consumer), position] = wire.id
            self._box.setdefault(id(consumer), wire.target.id)

    def box(self, value):
        """Id of the gate (or of the fold that holds it)."""
        return self._box.get(id(value), "")

    def copy(self, value):
        return self._copy.get(id(value), "")

    def wire(self, consumer, position):
        return self._wire.get((id(consumer), position), "")

    def carrying(self, value):
        return self._carrying.get(id(value), [])

    def wire_into_copy(self, value):
        return self._into_copy.get(id(value), [])

    def outputs(self, value):
        return self._outputs.get(id(value), [])
