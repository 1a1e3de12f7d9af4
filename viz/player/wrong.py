"""A wrong engine as a player: a broken backward pass above the right one, the first wrong wire marked."""

from dataclasses import replace

import numpy as np

from autograd import trace, walk
from autograd.value import Value

from ..drawing import describe
from ..errors import DrawingError
from ..gradients import Gradients, compute
from ..names import caller_names
from ..numbers import told
from ..picture import Picture, picture_of
from ..themes import theme_of
from ..translation import translate
from ..view import view
from ..words import mistake_words, sentence, words_of
from ..wrong_engines import MISTAKES, run_wrong, same
from .frame import Frame
from .page import Beside, Scene, page
from .player import Player
from .timeline import frames, shown_number

MOST_GATES = 60  # a picture that two fit on a page


def play_wrong_engine(value, mistake="overwrites", names=None, lang="en", theme="lecture", start=None, title=None):
    """A player of a broken backward pass behind `value`, above the right one; where it goes wrong first is marked.

    mistake   "overwrites", "no order", "no reset", "set of inputs" or "no broadcast sum": see `viz.wrong_engines`
    names, lang, theme, title   as in `viz.play`
    start     number of the step at which it opens; default: where the backward pass begins

    The forward pass is right in all of them. "no reset" shows the second of two passes. No `.grad` changes.
    Raises DrawingError for an unknown mistake or a graph of more than 60 gates.
    """
    words, known = words_of(lang), {each.name: each for each in MISTAKES}
    if mistake not in known:
        raise DrawingError(f"there is no mistake {mistake!r}; choose one of {', '.join(known)}")
    graph = trace(value)
    if sum(each.op is not None for each in graph.values) > MOST_GATES:
        raise DrawingError(f"wrong engines are played on small graphs, of at most {MOST_GATES} gates")
    theme_of(theme)
    found = caller_names([node.value for node in graph.nodes if isinstance(node.value, Value)], names)
    wrong = _Wrong(graph, mistake, found, lang)
    label, instead = (text.replace("`", "") for text in mistake_words(known[mistake], lang))
    beside = Beside(
        wrong.right_picture, wrong.right_frames, wrong.at, f"✗ {label}", f"✓ {words['right_engine']}: {instead}"
    )
    scene = Scene(wrong.picture, wrong.frames, title or f"{wrong.picture.drawing.title}: {label}", beside=beside)
    start = next(k for k, frame in enumerate(wrong.frames) if frame.kind == "start") if start is None else start
    html = page([scene], lang, theme, start % len(wrong.frames))
    return Player(html, wrong.frames, wrong.walked, wrong.picture)


class _Wrong:
    """Both engines on one graph: their pictures, their frames, and which frame of the right one goes with each."""

    def __init__(self, graph, mistake, found, lang):
        words = words_of(lang)
        self.graph, self.mistake, self.words = graph, mistake, words
        self.walked = walk(graph.roots[0], None, found)
        self.right = compute(graph)
        self.root = self.walked.names[next(n.id for n in graph.nodes[::-1] if n.value is graph.roots[0])]
        self.totals, self.events = run_wrong(graph, mistake)
        self.right_picture = picture_of(graph, self.right, theme_of("lecture"), found=found, fold=False, lang=lang)
        self.right_frames = frames(self.walked, self.right_picture.drawing, words, check=False)
        self.uses = dict(zip(map(id, graph.values), graph.fan_out, strict=True))
        self.sent = _Sent(graph, self.totals, self.events)
        drawing = translate(describe(view(graph, fold=False), self.sent, found), lang)
        self.places, self.first = _Wires(drawing), None
        self.frames, self.at = [], []
        self._forward()
        self._backward()
        for wire in drawing.wires:
            self._mark(wire)
        self.picture = Picture(drawing, theme_of("lecture"))

    # -- what is wrong ----------------------------------------------------------------------------------------------

    def _mark(self, wire):
        """✗ below a wire with a wrong gradient; at the first of them, what is right or what went on too early."""
        edge, note = wire.edge, ""
        if edge is None or wire.gradient is None:
            return
        if edge.source.kind != "copy" and edge.target.kind == "copy":
            number, right = self.totals.get(id(edge.value)), self.right.total(edge.value)
        else:
            use = edge.target.value, edge.position
            number, right = self.sent.part(*use), self.right.part(*use)
        if not same(number, right):
            note = "✗"
        if self.first and wire.id == self.first[0]:
            early = same(number, right)
            key = ("left_over" if self.mistake == "no reset" else "too_early") if early else "right_is"
            note = "✗ " + self.words[key].format(told(self.first[1 if early else 2]))
            wire.classes += " wrong"
        if note:
            wire.gradient = replace(wire.gradient, note=note)

    def _judge(self, frame, wire, number, right):
        """The verdict of a step; the first wrong one is remembered with its wire."""
        if same(number, right):
            return
        key = "right_is" if self.first else "first_wrong"
        self.first = self.first or (wire, number, right)
        frame.verdict = "✗ " + self.words[key].format(told(right))

    # -- the steps ----------------------------------------------------------------------------------------------------

    def _add(self, frame, at):
        self.frames.append(frame)
        self.at.append(at)

    def _forward(self):
        for at, frame in enumerate(self.right_frames):
            if frame.kind in ("input", "forward", "start"):
                self._add(frame, at)

    def _backward(self):
        steps = {(id(s.node.value), s.edge.position): s for s in self.walked if s.kind == "backward"}
        self.when = {
            ("copy" if s.kind == "copy" else "leaf", id(s.node.value)): s.number
            for s in self.walked
            if s.kind in ("copy", "leaf")
        }
        arrived = {}
        for event in self.events:
            if event.position is None:
                self._come_to(event, arrived.get(id(event.node), []))
                continue
            step = steps[id(event.node), event.position]
            there = arrived.setdefault(id(step.edge.value), [])
            there.append(event.number)
            self._hand_on(event, step, tuple(there))
        for value in reversed(self.graph.values):
            if value.op is None:
                self._leaf(value, arrived.get(id(value), []))

    def _come_to(self, event, arrived):
        """At a value with several uses, or one whose gradient is not what arrived: what it holds now."""
        copy = self.places.copy.get(id(event.node))
        if not copy and (len(arrived) != 1 or same(arrived[0], event.number)):
            return
        wires = self.places.into.get(id(event.node), [])
        self._holds(event.node, event.number, arrived, [copy or "", *wires], wires, "copy")

    def _leaf(self, value, arrived):
        wires = self.places.into.get(id(value), [])
        held = self.totals.get(id(value))
        copy = self.places.copy.get(id(value))
        self._holds(value, held, arrived, [copy or "", *wires], wires if copy else [], "leaf")

    def _holds(self, value, held, arrived, lit, wires, kind):
        name = self.places.names(self.walked, value)
        terms = ", ".join(told(part) for part in arrived) or "–"
        say = self.words["holds"].format(root=self.root, name=name, result=told(held) or "–", numbers=terms)
        frame = Frame("holds", self.places.box.get(id(value), ""), say, [x for x in lit if x])
        frame.shown = [f"{wire}-gradient" for wire in wires]
        frame.result = shown_number(held)
        frame.arrived, frame.expected = [shown_number(part) for part in arrived], self.uses[id(value)]
        into = self.places.into.get(id(value), [""])
        self._judge(frame, into[0], held, self.right.total(value))
        self._add(frame, self.when.get((kind, id(value)), self.when.get(("leaf", id(value)), self.at[-1])))

    def _hand_on(self, event, step, arrived):
        upstream = self._upstream(event)
        axes = () if self.mistake == "no broadcast sum" else step.axes
        step = replace(
            step, axes=axes, upstream=upstream, downstream=event.number, result=event.number, arrived=arrived
        )
        wire = self.places.wire[id(event.node), event.position]
        frame = Frame("backward", self.places.box[id(event.node)], sentence(step, self.walked, self.root, self.words))
        frame.lit, frame.shown = [frame.gate, wire], [f"{wire}-gradient"]
        frame.formula, frame.numbers, frame.result = step.formula, step.numbers, shown_number(event.number)
        frame.factors = [shown_number(x) for x in (upstream, step.local, event.number)]
        self._judge(frame, wire, event.number, self.right.part(event.node, event.position))
        self._add(frame, step.number)

    def _upstream(self, event):
        """The gradient with which the engine came to this gate."""
        before = self.events[: next(k for k, each in enumerate(self.events) if each is event)]
        return next(each.number for each in reversed(before) if each.position is None and each.node is event.node)


class _Sent(Gradients):
    """What a wrong engine has sent, for the wires of its picture; what it never sent is not known."""

    ran = False

    def __init__(self, graph, totals, events):
        self.totals, self.parts, self.came = totals, {}, {}
        for event in events:
            if event.position is not None:
                self.parts[id(event.node), event.position] = event.number
                self.came.setdefault(id(event.node.inputs[event.position]), []).append(event.number)
        for root in graph.roots:
            self.came.setdefault(id(root), []).insert(0, np.ones(root.shape))

    def total(self, value):
        return self.totals.get(id(value))

    def arrived(self, value):
        return tuple(self.came.get(id(value), ())) or None

    def part(self, consumer, position):
        return self.parts.get((id(consumer), position))


class _Wires:
    """Ids of boxes and wires in a drawing, by Value."""

    def __init__(self, drawing):
        self.box, self.copy, self.wire, self.into = {}, {}, {}, {}
        for box in drawing.boxes:
            (self.copy if box.kind == "copy" else self.box)[id(box.node.value)] = box.id
        for wire in drawing.wires:
            edge = wire.edge
            if edge is None:
                self.into.setdefault(id(wire.root), []).append(wire.id)
            elif wire.target.kind == "copy":
                self.into[id(edge.value)] = [wire.id]
            else:
                self.wire[id(edge.target.value), edge.position] = wire.id
                if edge.source.kind != "copy":
                    self.into.setdefault(id(edge.value), []).append(wire.id)

    @staticmethod
    def names(walked, value):
        return next(walked.names[node.id] for node in walked.graph.nodes if node.value is value)
