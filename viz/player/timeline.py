"""A walk laid over a drawing: for each step what is said, what lights up, and which numbers appear."""

import numpy as np

from autograd.arrays import Absent, shape_of
from autograd.walk import graph_root

from ..numbers import full, told
from ..verdicts import leaves_pay, verdict_of
from ..words import few, pattern, sentence
from . import folds
from .frame import Frame
from .own_sums import OwnSums

MOST_ENTRIES = 36  # of an array that is sent to the page in full


def frames(walk, drawing, words, check=True, root=None, sums=None):
    """The frames of a walk on a drawing of the same graph; of what is folded one step forward and one backward.

    root   name of what is differentiated, if that is not the last gate of the drawing
    sums   writes the sum behind each entry of small matrices (`OwnSums`)
    """
    place, sums, root_is_here = _Places(drawing), sums or OwnSums(), root is None
    check_leaves = check and root_is_here and leaves_pay(walk)
    root = root or walk.names[graph_root(walk.graph).id]
    shown = []
    for step in walk:
        fold = place.fold(step.node.value)
        if fold is None or step.kind == "start":
            shown.append(_frame(step, walk, place, root, words, check, sums))
            if step.kind == "leaf" and check_leaves:
                shown[-1].verdict = verdict_of(step, walk, words, root)
        elif step.kind == "leaf":
            shown.append(Frame("leaf", fold.id, sentence(step, walk, root, words), [fold.id]))
        else:
            shown += place.passing(fold, step, words, drawing, root)
    return shown


def _frame(step, walk, place, root, words, check, sums):
    value = step.node.value
    frame = Frame(step.kind, place.box(value), sentence(step, walk, root, words), badge=pattern(step, words))
    frame.result = shown_number(step.result, sums.of_result(value) if step.kind == "forward" else None)
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
        frame.has_arrived(list(map(shown_number, few(step.arrived))), len(step.arrived), step.expected)
    elif step.kind == "backward":
        _fill_backward(frame, step, place, sums)
        frame.verdict = verdict_of(step, walk, words, root) if check else ""
    else:
        frame.lit = place.wire_into_copy(value) or place.carrying(value)
    frame.lit = [id for id in dict.fromkeys(frame.lit) if id]
    return frame


def _fill_backward(frame, step, place, sums):
    wire = place.wire(step.node.value, step.edge.position)
    frame.lit = [place.box(step.node.value), wire]
    frame.shown = [f"{wire}-gradient"] if wire else []
    frame.formula, frame.numbers = step.formula, step.numbers
    frame.factors = [
        shown_number(step.upstream), shown_number(step.local), shown_number(step.downstream, sums.of_gradient(step)),
    ]  # fmt: skip
    if step.expected > 1:
        frame.has_arrived(list(map(shown_number, few(step.arrived))), len(step.arrived), step.expected)


def shown_number(x, sums=None):
    """A number or array for the page: [text, all digits] or [text, rows of [text, all digits]]; None stays None.

    sums   a text an entry, flat: stands third, where there is one
    """
    if x is None:
        return None
    if isinstance(x, Absent) or (shape_of(x) != () and np.size(x) > MOST_ENTRIES):
        return [told(x), ""]
    if shape_of(x) == ():
        return [told(x), full(x), *(sums or ())]
    rows = np.atleast_2d(x)
    if rows.ndim > 2:
        return [told(x), ""]
    text = iter(sums or [""] * rows.size)
    entries = [[[told(entry), full(entry), next(text)] for entry in row] for row in rows]
    return [told(x), [[entry if entry[2] else entry[:2] for entry in row] for row in entries]]


class _Places:
    """Where Values stand in a drawing: ids of their boxes and wires."""

    def __init__(self, drawing):
        self._box, self._copy, self._wire, self._carrying, self._into_copy, self._outputs = {}, {}, {}, {}, {}, {}
        self._folds, self._ends, self._told = {}, {}, set()  # of a fold its first and last gate
        self._into, self._out_of = folds.wires_by_box(drawing)
        for box in drawing.boxes:
            places = self._copy if box.kind == "copy" else self._box
            places[id(box.node.value)] = box.id
            for value in getattr(box.node, "values", ()):
                self._folds[id(value)] = box
        for wire in drawing.wires:
            self._add(wire)

    def _add(self, wire):
        edge = wire.edge
        if edge is None:
            self._outputs.setdefault(id(wire.root), []).append(wire.id)
            self._carrying.setdefault(id(wire.root), []).append(wire.id)
            return
        self._carrying.setdefault(id(edge.value), []).append(wire.id)
        if wire.target is not None and wire.target.kind == "copy":
            self._into_copy.setdefault(id(edge.value), []).append(wire.id)
            return
        for consumer, position in getattr(edge, "uses", None) or [(edge.target.value, edge.position)]:
            self._wire[id(consumer), position] = wire.id
            self._box.setdefault(id(consumer), wire.target.id)

    def fold(self, value):
        """The folded box that holds a value, or None."""
        return self._folds.get(id(value))

    def passing(self, fold, step, words, drawing, root):
        """The frame of a fold, at its last step forward and its last one backward; nothing at the others."""
        if fold.id not in self._ends:
            gates = [value for value in fold.node.values if value.op is not None]
            self._ends[fold.id] = (gates[0], gates[-1]) if gates else (None, None)
        first, last = self._ends[fold.id]
        if step.kind == "forward" and step.node.value is last:
            return [folds.forward(fold, self._out_of.get(fold.id, []), words)]
        wires = [wire for wire in self._into.get(fold.id, ()) if wire.gradient is not None]
        if step.kind == "backward" and wires and step.node.value is first and fold.id not in self._told:
            self._told.add(fold.id)
            return [folds.backward(fold, wires, words, drawing, root)]
        return []

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
