"""The scenes of a player: the whole graph, and whatever opens from it, box by box, as far as one page has room.

A fold opens to the gates in it, with the numbers and the sentences that they have in the whole graph; a fused gate
opens to its composite, traced on the same numbers. What is in an opened box can be opened again.
"""

import math
from collections import deque
from dataclasses import dataclass, replace
from functools import cached_property

from autograd import trace
from autograd.walk import Walk, short

from ..drawing import describe
from ..gradients import compute
from ..index import index_of
from ..part import Part, Within
from ..picture import Picture, draw
from ..translation import translate
from ..words import words_of
from .folds import coarse_frames
from .inside import is_fused, open_gate
from .own_sums import OwnSums
from .page import Scene
from .timeline import frames

MOST_SCENES = 120
ROOM = 700_000  # bytes, about; the page should stay below a megabyte
GATES = 10_000  # in opened folds altogether, besides as many as the graph has: opening them takes time
TO_LAY_OUT = 120_000  # characters of DOT text, about, where the graph is too large to be walked: half a second


@dataclass(eq=False)
class Source:
    """A graph that is walked through: the user's, or that of a composite.

    walked     the steps of the engine, or None where they are too many
    names      {id(Value): name} as sentences have them
    root       name of what is differentiated
    """

    graph: object
    walked: list | None
    gradients: object
    names: dict
    root: str

    @property
    def index(self):
        return index_of(self.graph)

    @cached_property
    def steps(self):
        """{id(Value): its steps}."""
        found = {}
        for step in self.walked:
            found.setdefault(id(step.node.value), []).append(step)
        return found


class Opener:
    """Opens the boxes of a scene, those of the scenes that open from there, and so on, nearest first."""

    def __init__(self, lang, check, fold, sums=None):
        self.lang, self.words, self.check, self.fold = lang, words_of(lang), check, fold
        self.sums = sums or OwnSums()

    def open_all(self, scene, source):
        """The scene and all that opens from it, laid out."""
        scenes, waiting = [scene], deque(_to_open(scene, source))
        room, self.gates = ROOM - _size(scene), len(source.graph) + GATES
        text = TO_LAY_OUT if source.walked is None else math.inf
        while waiting and room > 0 and text > 0 and len(scenes) <= MOST_SCENES:
            outer, source, box = waiting.popleft()
            opened = self._open(outer, source, box)
            if opened is None:
                continue
            made, inner = opened
            outer.inside[box.id] = len(scenes)
            scenes.append(made)
            room -= _size(made)
            text -= len(made.picture.source)
            first, *others = _to_open(made, inner) or [None]
            waiting.extendleft(
                [first] if first else []
            )  # one way leads to the gates also where there is no room for all
            waiting.extend(others)
        Picture.lay_out([each.picture for each in scenes])
        return scenes

    def _open(self, outer, source, box):
        """(scene, its source) of an opened box, or None."""
        if box.kind == "fold":
            return self._open_fold(outer, source, box)
        return self._open_gate(outer, source, box)

    def _open_gate(self, outer, source, box):
        gate = box.node.value
        inside = open_gate(gate, source.gradients, source.names)
        if inside is None:
            return None
        graph = trace(inside.value)
        gradients, walked = compute(graph, inside.upstream), inside.walked
        names = {id(node.value): walked.names[node.id] for node in walked.graph.nodes}
        picture = draw(inside.value, backward=True, gradient=inside.upstream, names=False, fold=False, caption=False)
        note = self.words["inside"].format(title=gate.op.name, difference=f"{inside.difference:.2g}")
        told = frames(walked, picture.drawing, self.words, self.check, source.root, self.sums)
        scene = Scene(picture, told, f"{outer.title} › {gate.op.name}", note)
        return scene, Source(graph, walked, gradients, names, source.root)

    def _open_fold(self, outer, source, box):
        first, stop = box.node.span or (0, 0)
        if stop - first < 2 or stop - first > self.gates:
            return None
        self.gates -= stop - first
        part = Part(source.index, first, stop)
        gradients = Within(source.gradients, part)
        drawing = translate(describe(part.view(self.fold), gradients, {}, known=source.names), self.lang)
        picture = Picture(drawing, outer.picture.theme, outer.picture.direction)
        if source.walked is None:
            told = coarse_frames(drawing, self.words, source.root)
        else:
            told = frames(_within(source, part, gradients), drawing, self.words, self.check, source.root, self.sums)
        return Scene(picture, told, f"{outer.title} › {box.symbol}", self.words["inside_fold"]), source


def _size(scene):
    """Bytes that a scene will take, about; its drawing is not laid out yet."""
    return 5_000 + 2 * len(scene.picture.source) + sum(200 + 2 * len(frame.say) for frame in scene.frames)


def _to_open(scene, source):
    return [(scene, source, box) for box in scene.picture.drawing.boxes if box.kind == "fold" or is_fused(box)]


def _within(source, part, gradients):
    """The steps of a walk that happen in a part: what comes in is given, what leaves has its gradient from outside."""
    found = Walk(source.walked.graph, source.walked.names)
    index, outer = source.index, set(part.outer.tolist())
    numbers = dict.fromkeys(index.source[part.run.slots].tolist())
    constants = [number for number in numbers if number >= index.count]
    for number in [*constants, *part.members.tolist()]:
        for step in source.steps.get(id(index.values[number]), ())[:1]:
            found.append(replace(step, kind="input") if number in outer else step)
    for root in part.roots:
        seed = gradients.from_outside(root)
        ahead = source.steps[id(root)][0]
        found.append(replace(ahead, kind="start", result=seed, upstream=seed, downstream=seed))
    inside = [index.values[number] for number in part.members.tolist() if number not in outer]
    backward = [step for value in inside for step in source.steps[id(value)][1:] if _belongs(step, part)]
    found += sorted(backward, key=lambda step: step.number)
    for value in (index.values[number] for number in part.outer.tolist()):
        arrived = gradients.arrived(value)
        if arrived:
            found.append(_added_up(source.steps[id(value)][0], arrived, gradients.total(value)))
    return found


def _belongs(step, part):
    return step.kind in ("backward", "leaf") or (step.kind == "copy" and part.count(step.node.value) > 1)


def _added_up(step, arrived, total):
    """The copy node of what came in and is used in several places here."""
    terms = " + ".join(f"({x})" if str(x).startswith("-") else str(x) for x in map(short, arrived))
    given = {"numbers": terms, "result": total, "arrived": arrived, "expected": len(arrived)}
    return replace(step, kind="copy", upstream=arrived, downstream=total, **given)
