"""`record_training`: summaries of each backward pass of a run, the last ones kept."""

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from autograd.arrays import Absent, quiet, shape_of
from autograd.backward import witnesses

from ..drawing import describe
from ..errors import DrawingError
from ..gradients import compute
from ..numbers import Shown
from ..picture import Picture
from ..themes import theme_of
from ..view import view
from .page import page


@dataclass(frozen=True)
class Moment:
    """One backward pass in short: its number from 1, the loss, a gradient norm a wire, {box: (dead units, units)}."""

    number: int
    loss: float
    norms: dict
    dead: dict


@contextmanager
def record_training(steps=500, every=1, lang="en", theme="lecture"):
    """Record the backward passes inside of the block, and scrub through them afterwards.

        with viz.record_training() as record:
            fit(model, loss, optimizer, batches, epochs=20)
        record.save("training.html")

    steps   so many are kept, the last ones
    every   of the backward passes each so many is recorded, which takes about as long as the pass itself again
    lang    "en" or "ru"
    theme   colours, as in `viz.draw`

    A unit of an elementwise gate counts as dead in a step if a gradient arrived, and for no item of the batch went on.
    """
    if steps < 1 or every < 1:
        raise ValueError(f"steps and every are at least 1, not {steps} and {every}")
    record = Recording(steps, every, lang, theme_of(theme))
    witnesses.append(record.witness)
    try:
        yield record
    finally:
        witnesses.remove(record.witness)


class Recording:
    """A recorded run: `moments` are its steps, `html` the page, `picture` the graph of the first step.

    passes    backward passes seen
    others    recorded passes whose graph had another shape than the first, and were left out
    """

    def __init__(self, steps, every, lang, theme):
        self.moments, self.every, self.lang, self.theme = deque(maxlen=steps), every, lang, theme
        self.passes = self.others = 0
        self.picture, self._shape, self._watching = None, None, False

    def __repr__(self):
        return f"<recording of {len(self.moments)} steps; .save('training.html') writes the page>"

    def witness(self, graph):
        """Called before each backward pass."""
        if self._watching or len(graph.roots) != 1 or shape_of(graph.roots[0].data) != ():
            return
        self.passes += 1
        if (self.passes - 1) % self.every:
            return
        self._watching = True
        try:
            self._look(graph)
        finally:
            self._watching = False
            graph.mark()  # as the pass that follows expects it

    def _look(self, graph):
        graph.rest()
        gradients = compute(graph)
        shown = view(graph)
        shape = [(node.kind, getattr(node.op, "name", "")) for node in shown.nodes]
        if self.picture is None:
            self._shape = shape
            self.picture = Picture(_without_numbers(describe(shown, gradients, {}), shown.graph), self.theme)
        if shape != self._shape:
            self.others += 1
            return
        norms = {f"e{n}": _norm(_gradient(edge, gradients)) for n, edge in enumerate(shown.edges)}
        dead = {f"n{node.id}": _dead(node.value, gradients) for node in shown.nodes if node.kind == "gate"}
        self.moments.append(Moment(
            self.passes, float(graph.roots[0].data), {id: norm for id, norm in norms.items() if norm is not None},
            {id: counts for id, counts in dead.items() if counts is not None},
        ))  # fmt: skip

    @property
    def html(self):
        """The page."""
        return self._page().html

    def save(self, path):
        """Write the page, one HTML file that needs no network. Returns the path."""
        return self._page().save(path)

    def _page(self):
        if not self.moments:
            raise DrawingError("nothing was recorded: call backward() on a number inside of the block")
        return page(self.moments, self.picture, self.lang, self.theme)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self._page()._repr_mimebundle_() if self.moments else {"text/plain": repr(self)}


def _without_numbers(drawing, graph):
    """The drawing with shapes for values, and room for a norm where gradients stand."""
    for wire in drawing.wires:
        x = wire.edge.value if wire.edge is not None else graph.roots[0]
        shape = shape_of(getattr(x, "_data", x))
        wire.value = Shown(("×".join(map(str, shape)) or "1",))
        wire.aside = ""
        if wire.edge is None:
            wire.name, wire.gradient = getattr(x, "name", None) or "loss", None
        if wire.gradient is not None:
            wire.gradient = replace(Shown(("0.0000",)), hover="‖∂loss/∂wire‖")
    return drawing


def _gradient(edge, gradients):
    """The gradient on a wire; that of wires drawn as one is their sum."""
    if not getattr(edge.value, "requires_grad", False):
        return None
    if edge.target.kind == "copy":
        return gradients.total(edge.value)
    uses = getattr(edge, "uses", None) or [(edge.target.value, edge.position)]
    parts = [gradients.part(consumer, position) for consumer, position in uses]
    parts = [part for part in parts if part is not None]
    return sum(parts[1:], start=parts[0]) if parts and len({shape_of(part) for part in parts}) == 1 else None


def _norm(gradient):
    """Euclidean norm in four digits; None if there is no gradient."""
    if gradient is None or isinstance(gradient, Absent):
        return None
    with quiet():
        norm = float(np.linalg.norm(np.asarray(gradient, dtype=float)))
    return float(f"{norm:.4g}") if np.isfinite(norm) else str(norm)


def _dead(gate, gradients):
    """(dead units, units) of an elementwise gate with one input and a batch before it; None for other gates."""
    if not gate.op.pointwise or len(gate.inputs) != 1 or len(shape_of(gate._data)) < 2:
        return None
    arrived, went_on = gradients.total(gate), gradients.part(gate, 0)
    if arrived is None or went_on is None or shape_of(went_on) != shape_of(arrived):
        return None
    items = tuple(range(np.ndim(arrived) - 1))
    dead = np.any(arrived, axis=items) & ~np.any(went_on, axis=items)
    return int(dead.sum()), int(dead.size)
