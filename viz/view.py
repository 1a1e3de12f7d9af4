"""The nodes and wires that a picture shows: those of the graph, with some of them folded into boxes."""

from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

import numpy as np

from autograd.arrays import broadcast_axes, shape_of
from autograd.graph import Edge, Graph, Node
from autograd.memory import scope_of

from .errors import DrawingError
from .folding import folds_at_all, plan
from .index import Uses, index_of

FEW = 3  # leaves, or values from outside, that go to the same folds and are still drawn one by one
CROWD = 24  # values from outside that go to folds alone, in any way: more are one box


def check_size(count, most):
    """Refuse a picture that nobody could read."""
    if most is not None and count > most:
        raise DrawingError(
            f"this picture would have {count:,} boxes and wires, and nobody can read more than {most:,}: leave "
            "fold=False out, fold with depth=1, or pass force=True (the layout may take long)"
        )


@dataclass(eq=False)
class Fold(Node):
    """A box that stands for many gates, or for many leaves: kind "fold".

    span     its gates, as (first, stop) among those of the graph; None where it holds none
    values   what is inside: the gates, oldest first, then the leaves
    """

    title: str = ""
    detail: str = ""
    hover: str = ""
    leaves: int = 0
    span: tuple | None = None
    values: list = field(default_factory=list)


@dataclass(eq=False)
class Bundle(Edge):
    """Wires that run side by side between a fold and another node, drawn as one.

    uses    (consumer, position) of each: which gate takes the value, as which input
    """

    uses: Uses | None = None


@dataclass
class View:
    """What is drawn of `graph`: its nodes and edges, the node at which each root ends, what is said of the folds."""

    graph: Graph
    nodes: list
    edges: list
    ends: list
    sentence: str = ""


def view(graph, fold=None, depth=None, most=None):
    """Nodes and edges to draw; arguments as in `viz.draw`. Raises DrawingError for more than `most` nodes."""
    count = sum(1 + (uses > 1) for uses in graph.fan_out)
    if folds_at_all(len(graph), fold, depth, count):
        whole = Whole(graph)
        chosen = plan(whole.run, fold, depth, count)
        if chosen.folds:
            return Folding(whole, chosen).view()
    check_size(count, most)
    copies = {id(node.value): node for node in graph.nodes if node.kind == "copy"}
    plain = {id(node.value): node for node in graph.nodes if node.kind != "copy"}
    ends = [copies.get(id(root)) or plain[id(root)] for root in graph.roots]
    return View(graph, graph.nodes, graph.edges, ends)


class Whole:
    """A whole graph, as `Folding` takes it.

    members, fan_out   numbers of the Values in the order in which they are drawn, and how often each is used
    run                its gates
    outer              numbers of what comes from outside: none
    under              how many scopes around all gates go without saying
    """

    outer, under = np.zeros(0, np.int64), 0

    def __init__(self, graph):
        self.graph, self.roots, self.index = graph, graph.roots, index_of(graph)
        self.members, self.fan_out, self.run = np.arange(self.index.count), self.index.fan_out, self.index.run()


class Folding:
    """Builds the nodes and edges around the folds of a `Whole` or a `Part`.

    Each value has a unit: the box that it is in (a fold, or one of leaves), or -1. Which wires run between units is
    found for all slots at once; only what is drawn is gone through one by one, oldest first.
    """

    def __init__(self, part, chosen):
        self.part, self.chosen, self.index, self.run = part, chosen, part.index, part.run
        self.nodes, self.edges = [], []
        self.plug = {}  # number of a value -> the node that hands it out
        self.source, self.consumer = self.index.source[self.run.slots], self.index.consumer[self.run.slots]
        self.unit = np.full(len(self.index.values) + 1, -1)  # the last is that of plain numbers
        for number, fold in enumerate(chosen.folds):
            self.unit[self.run.numbers[fold.first : fold.stop]] = number
        self.boxes = [None] * len(chosen.folds)
        self.is_outer, self.is_gate = np.zeros((2, len(self.unit)), bool)
        self.is_outer[part.outer], self.is_gate[self.run.numbers] = True, True
        self.order, self.uses = np.zeros((2, len(self.unit)), np.int64)
        self.order[part.members], self.uses[part.members] = np.arange(len(part.members)), part.fan_out
        self._put_leaves_into_boxes()

    def view(self):
        """The nodes and edges."""
        for _, happen, *what in sorted(self._events(), key=itemgetter(0)):
            happen(*what)
        ends = [self._handed_out_by(self.index.number[id(root)]) for root in self.part.roots]
        return View(self.part, self.nodes, self.edges, ends, self.chosen.sentence)

    # -- boxes of leaves --------------------------------------------------------------------------------------

    def _put_leaves_into_boxes(self):
        """Leaves used in one fold alone are part of it; several values that go to the same folds are one box.

        Afterwards `leaves` has the numbers of those in each box.
        """
        fixed = self.is_gate.copy()
        fixed[[-1, *(self.index.number[id(root)] for root in self.part.roots)]] = True
        loose = ~fixed[self.source]
        width = len(self.boxes) + 1
        pairs = np.unique(self.source[loose] * width + self.unit[self.consumer[loose]] + 1)
        sources, units = pairs // width, pairs % width - 1
        lone = (units >= 0) & ~self.is_outer[sources]
        lone[1:] &= sources[1:] != sources[:-1]
        lone[:-1] &= sources[1:] != sources[:-1]
        self.unit[sources[lone]] = units[lone]
        groups = {}
        for source, places in groupby(zip(sources[~lone].tolist(), units[~lone].tolist()), key=itemgetter(0)):
            home = tuple(unit for _, unit in places)
            if home[0] >= 0 and source < self.index.count:
                groups.setdefault((home, bool(self.is_outer[source])), []).append(source)
        came = sorted(source for (_, outer), group in groups.items() if outer for source in group)
        if len(came) > CROWD:
            groups = {key: group for key, group in groups.items() if not key[1]} | {(): came}
        for group in groups.values():
            if len(group) > FEW:
                self.unit[group] = len(self.boxes)
                self.boxes.append(None)
        inside = self.part.members[(self.unit[self.part.members] >= 0) & ~self.is_gate[self.part.members]]
        inside = inside[np.argsort(self.unit[inside], kind="stable")]
        boxes, begin = np.unique(self.unit[inside], return_index=True)
        self.leaves = dict(zip(boxes.tolist(), map(np.ndarray.tolist, np.split(inside, begin[1:]))))

    def _box(self, unit):
        """The node of a box, made when first needed."""
        if self.boxes[unit] is None:
            leaves = [self.index.values[number] for number in self.leaves.get(unit, ())]
            node = self._fold(self.chosen.folds[unit], leaves) if unit < len(self.chosen.folds) else self._group(leaves)
            self.boxes[unit] = self._add(node)
        return self.boxes[unit]

    def _fold(self, fold, leaves):
        gates = self.run.gates(fold.first, fold.stop)
        node = Fold(0, "fold", gates[-1], None, fold.title, fold.scope)
        node.title, node.detail, node.leaves = fold.title, fold.detail, len(leaves)
        node.hover, node.values = self.run.common_symbols(fold.first, fold.stop), gates + leaves
        node.span = self.run.begin + fold.first, self.run.begin + fold.stop
        return node

    def _group(self, leaves):
        node = Fold(0, "fold", leaves[0], None, "leaves")
        node.values = leaves
        if self.is_outer[self.index.number[id(leaves[0])]]:
            node.title, node.detail = f"{len(leaves):,} values", "from outside"
        else:
            node.leaves = len(leaves)
        return node

    # -- what happens, in its order -----------------------------------------------------------------------------

    def _events(self):
        """(when, function, arguments): the nodes that are drawn, and the wires that enter folds."""
        members = self.part.members
        for number in members[self.unit[members] < 0].tolist():
            yield (int(self.order[number]), 0), self._open if self.is_gate[number] else self._leaf, number
        for unit, leaves in self.leaves.items():
            yield (int(self.order[leaves[0]]), 0), self._box, unit
        target = self.unit[self.consumer]
        crosses = (self.source >= 0) & (target >= 0)
        crosses &= ~(self.is_gate[self.source] & (self.unit[self.source] == target))
        slots, target = np.flatnonzero(crosses), target[crosses]
        provider = np.where(self.unit >= 0, self.unit, len(self.boxes) + np.arange(len(self.unit)))[self.source[slots]]
        for unit, slot in zip(*np.unique(target, return_index=True)):
            yield (int(self.order[self.consumer[slots[slot]]]), 0), self._box, int(unit)
        slots, target, provider = (each[provider != target] for each in (slots, target, provider))
        if len(slots):
            together = np.argsort(provider * len(self.boxes) + target, kind="stable")
            ends = np.flatnonzero(np.diff((provider * len(self.boxes) + target)[together])) + 1
            for wires in np.split(slots[together], ends):
                when = int(self.order[self.consumer[wires[0]]]), 1 + int(wires[0])
                yield when, self._enter, wires + self.run.slots.start

    def _add(self, node):
        node.id = len(self.nodes)
        self.nodes.append(node)
        return node

    def _node(self, kind, value, op=None):
        extra = getattr(value, "extra", None)
        name = None if extra is None else extra.name
        return self._add(Node(0, kind, value, op, name, scope_of(value)[self.part.under :]))

    def _connect(self, edge):
        edge.source.outputs.append(edge)
        edge.target.inputs.append(edge)
        self.edges.append(edge)

    def _leaf(self, number):
        self._hand_out(self._node("leaf", self.index.values[number]), number)

    def _hand_out(self, node, number):
        """Put a copy node behind a value that is used more than once."""
        if self.uses[number] > 1:
            value = self.index.values[number]
            copy = self._node("copy", value)
            self._connect(Edge(node, copy, value))
            node = copy
        self.plug[number] = node

    def _open(self, number):
        gate, index = self.index.values[number], self.index
        slots = range(index.first[number], index.first[number + 1])
        sources = [self._handed_out_by(int(index.source[slot]), gate.inputs[k]) for k, slot in enumerate(slots)]
        node = self._node("gate", gate, gate.op)
        for position, (source, x) in enumerate(zip(sources, gate.inputs, strict=True)):
            if source.kind == "fold":
                uses = Uses(index, np.array([slots[position]]))
                self._connect(Bundle(source, node, x, position, uses=uses))
            else:
                self._connect(Edge(source, node, x, position, _stretched(x, gate)))
        self._hand_out(node, number)

    def _handed_out_by(self, number, x=None):
        """The node that hands a value out; a constant gets one when it is first used."""
        if self.unit[number] >= 0:
            return self._box(int(self.unit[number]))
        if number < 0:
            return self._node("constant", x)
        if number not in self.plug:
            self.plug[number] = self._node("constant", self.index.values[number])
        return self.plug[number]

    def _enter(self, slots):
        """The wires that enter a fold from one node, as one."""
        index, slot = self.index, int(slots[0])
        position, number = int(index.position[slot]), int(index.source[slot])
        fold = self._box(int(self.unit[index.consumer[slot]]))
        source = self._handed_out_by(number)
        self._connect(Bundle(source, fold, index.values[number], position, uses=Uses(index, slots)))


def _stretched(x, gate):
    """Axes along which an input of a broadcasting gate was stretched."""
    return broadcast_axes(shape_of(getattr(x, "_data", x)), shape_of(gate._data)) if gate.op.pointwise else ()
