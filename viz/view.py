"""The nodes and wires that a picture shows: those of the graph, with some of them folded into boxes."""

from collections import Counter
from dataclasses import dataclass, field

from autograd import Value
from autograd.arrays import broadcast_axes, shape_of
from autograd.graph import Edge, Graph, Node
from autograd.memory import scope_of

from .errors import DrawingError
from .folding import common_symbols, plan

FEW = 3  # leaves that go to the same folds and are still drawn one by one


def check_size(count, most):
    """Refuse a picture that nobody could read."""
    if most is not None and count > most:
        raise DrawingError(
            f"this picture would have {count:,} boxes and wires, and nobody can read more than {most:,}: leave "
            "fold=False out, fold with depth=1, or pass force=True (the layout may take long)"
        )


@dataclass(eq=False)
class Fold(Node):
    """A box that stands for many gates (or leaves): kind "fold". `values` are those inside, oldest first."""

    title: str = ""
    detail: str = ""
    hover: str = ""
    leaves: int = 0
    values: list = field(default_factory=list)


@dataclass(eq=False)
class Bundle(Edge):
    """Wires that run side by side between a fold and another node, drawn as one.

    uses    (consumer, position) of each: which gate takes the value, as which input
    """

    uses: list = field(default_factory=list)


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
    chosen = plan(graph.values, fold, depth, count)
    if not chosen.folds:
        check_size(count, most)
        copies = {id(node.value): node for node in graph.nodes if node.kind == "copy"}
        plain = {id(node.value): node for node in graph.nodes if node.kind != "copy"}
        ends = [copies.get(id(root)) or plain[id(root)] for root in graph.roots]
        return View(graph, graph.nodes, graph.edges, ends)
    return Folding(graph, chosen).view()


class Folding:
    """Builds the nodes and edges around the folds; one pass over the graph, oldest value first."""

    def __init__(self, graph, chosen):
        self.graph, self.chosen = graph, chosen
        self.outer = getattr(graph, "outer", frozenset())  # of a part of a graph: what comes into it
        self.under = getattr(graph, "under", 0)
        self.nodes, self.edges, self.bundles = [], [], {}
        self.plug = {}  # id(value) -> the node that hands it out
        self.fold_of = {}  # id(gate) -> number of its fold
        gates = [value for value in graph.values if value.op is not None and id(value) not in self.outer]
        for number, fold in enumerate(chosen.folds):
            self.fold_of.update(dict.fromkeys(map(id, gates[fold.first : fold.stop]), number))
        self.gates, self.folds = gates, [None] * len(chosen.folds)
        self.home = self._homes()
        self.groups = self._groups()

    def view(self):
        fold_of = self.fold_of
        for value, uses in zip(self.graph.values, self.graph.fan_out, strict=True):
            number = fold_of.get(id(value))
            if number is not None:
                for x in value.inputs:  # most gates in a fold take what the fold itself has made
                    if x.__class__ is Value and fold_of.get(id(x)) != number:
                        self._inside(value, number)
                        break
            elif id(value) in self.outer:
                self._hand_out(self._node("leaf", value), value, uses)
            elif value.op is None:
                self._leaf(value, uses)
            else:
                self._open(value, uses)
        ends = [self._handed_out_by(root) for root in self.graph.roots]
        return View(self.graph, self.nodes, self.edges, ends, self.chosen.sentence)

    def _homes(self):
        """The folds in which each leaf or constant Value is used, if it is used in no open gate."""
        home = {}
        for gate in self.gates:
            for x in gate.inputs:
                if x.__class__ is Value and x.op is None and id(x) not in self.outer:
                    place, key = self.fold_of.get(id(gate)), id(x)
                    if key in home:
                        home[key].add(place)
                    else:
                        home[key] = {place}
        home = {key: frozenset(places) for key, places in home.items() if None not in places}
        for root in self.graph.roots:
            home.pop(id(root), None)
        return home

    def _groups(self):
        """Leaves that go to the same several folds are one box, unless they are few: {folds: box}."""
        counts = Counter(self.home.get(id(value)) for value in self.graph.values if value.op is None)
        return {home: None for home, count in counts.items() if home and len(home) > 1 and count > FEW}

    def _add(self, node):
        node.id = len(self.nodes)
        self.nodes.append(node)
        return node

    def _node(self, kind, value, op=None):
        extra = getattr(value, "extra", None)
        name = None if extra is None else extra.name
        return self._add(Node(0, kind, value, op, name, scope_of(value)[self.under :]))

    def _fold(self, number):
        if self.folds[number] is None:
            fold = self.chosen.folds[number]
            gates = self.gates[fold.first : fold.stop]
            node = Fold(0, "fold", gates[-1], None, fold.title, fold.scope)
            node.title, node.detail, node.hover = fold.title, fold.detail, common_symbols(gates)
            node.values.extend(gates)
            self.folds[number] = self._add(node)
        return self.folds[number]

    def _connect(self, edge):
        edge.source.outputs.append(edge)
        edge.target.inputs.append(edge)
        self.edges.append(edge)

    def _leaf(self, value, uses):
        home = self.home.get(id(value), ())
        if len(home) == 1:
            node = self._fold(*home)
        elif home in self.groups:
            node = self.groups[home] = self.groups[home] or self._add(Fold(0, "fold", value, None, "leaves"))
        else:
            self._hand_out(self._node("leaf", value), value, uses)
            return
        node.leaves += 1
        node.values.append(value)
        self.plug[id(value)] = node

    def _hand_out(self, node, value, uses):
        """Put a copy node behind a value that is used more than once."""
        if uses > 1:
            copy = self._node("copy", value)
            self._connect(Edge(node, copy, value))
            node = copy
        self.plug[id(value)] = node

    def _open(self, gate, uses):
        sources = [self._handed_out_by(x) or self._constant(x) for x in gate.inputs]
        node = self._node("gate", gate, gate.op)
        for position, (source, x) in enumerate(zip(sources, gate.inputs, strict=True)):
            if source.kind == "fold":
                self._connect(Bundle(source, node, x, position, uses=[(gate, position)]))
            else:
                self._connect(Edge(source, node, x, position, _stretched(x, gate)))
        self._hand_out(node, gate, uses)

    def _constant(self, x):
        node = self._node("constant", x)
        if x.__class__ is Value:
            self.plug[id(x)] = node
        return node

    def _handed_out_by(self, x):
        """The node that hands `x` out, or None."""
        key = id(x)
        return self.plug.get(key) or (self.folds[self.fold_of[key]] if key in self.fold_of else None)

    def _inside(self, gate, number):
        """The wires that enter a fold at one of its gates."""
        fold = self.folds[number] or self._fold(number)
        position = -1
        for x in gate.inputs:
            position += 1
            if x.__class__ is not Value or self.fold_of.get(id(x)) == number:
                continue
            source = self._handed_out_by(x)
            if source is None:
                if len(self.home.get(id(x), ())) == 1:
                    continue  # a constant of this fold alone
                source = self._constant(x)
            if source is fold:
                continue
            bundle = self.bundles.get((source.id, number))
            if bundle is None:
                bundle = self.bundles[source.id, number] = Bundle(source, fold, x, position)
                self._connect(bundle)
            bundle.uses.append((gate, position))


def _stretched(x, gate):
    """Axes along which an input of a broadcasting gate was stretched."""
    return broadcast_axes(shape_of(getattr(x, "_data", x)), shape_of(gate._data)) if gate.op.pointwise else ()
