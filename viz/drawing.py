"""A drawing: what a picture shows, as plain data. It is made from a graph's nodes and wires and knows no Graphviz.

    graph ─► view (folded) ─► Drawing ─► DOT text ─► SVG

Ids are counters: the same program gives the same drawing. Box `n3` is node 3, wire `e5` is edge 5, `out0` the wire
that leaves the first root.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from autograd import Value
from autograd.arrays import shape_of
from autograd.graph import Edge, Node
from autograd.walk import name_nodes

from .labels import commutes, gate_hover, gate_label, is_folded
from .long_wires import cut_long_wires
from .numbers import NOT_KEPT, Shown, short, show

LONG_NAME = 40


@dataclass
class Box:
    """A gate (a circle), a copy node (a dot) or a fold (a box), with its `classes` for styling.

    ordered   whether the first input enters above the second: always in a tree, else where it matters (a − b)
    """

    id: str
    kind: str
    symbol: str
    detail: str = ""
    hover: str = ""
    classes: str = ""
    cluster: "Cluster | None" = None
    node: Node | None = None
    ordered: bool = False


@dataclass
class Wire:
    """A horizontal line with the value above and the gradient below.

    source, target   the boxes at its ends; a leaf's wire has no source, the wire that leaves the root no target; of a
                     long wire that was cut (class "stub") only the end is drawn
    name             written at the open end, or, inside, before the value
    aside            what a leaf's `.grad` holds, where that is not the gradient on the wire
    root             the Value that leaves, on a wire without target
    """

    id: str
    source: Box | None
    target: Box | None
    value: Shown
    gradient: Shown | None
    name: str = ""
    aside: str = ""
    hover: str = ""
    classes: str = ""
    cluster: "Cluster | None" = None
    edge: Edge | None = None
    root: object = None


@dataclass
class Cluster:
    """A frame around what ran inside one named scope."""

    id: str
    label: str
    parent: "Cluster | None" = None


@dataclass
class Drawing:
    """Boxes, wires, frames and the sentence below them; `names[node.id]` are the names that sentences use."""

    boxes: list[Box]
    wires: list[Wire]
    clusters: list[Cluster]
    caption: str = ""
    title: str = ""
    names: dict = field(default_factory=dict)


def describe(view, gradients, found, digits=4, caption="", known=None):
    """The drawing of a `View` with its `Gradients`; `found` is {id(Value): name}.

    known   {id(Value): name} by which sentences call the gates too, in a part of a graph that has such names
    """
    return _Describer(view, gradients, found, digits, known or {}).drawing(caption)


class _Describer:
    def __init__(self, view, gradients, found, digits, known):
        self.view, self.gradients, self.found, self.digits = view, gradients, found, digits
        self.names = name_nodes(view, found)
        self.names.update((node.id, known[id(node.value)]) for node in view.nodes if id(node.value) in known)
        self.frames = _Frames(view.nodes)
        self.is_tree = all(node.kind != "copy" for node in view.nodes)

    def drawing(self, caption):
        boxes = {node.id: self._box(node) for node in self.view.nodes if node.kind in ("gate", "copy", "fold")}
        wires = [
            self._wire(number, edge, boxes) for number, edge in enumerate(self.view.edges) if not self._hidden(edge)
        ]
        cut_long_wires(list(boxes.values()), wires, lambda wire: _shortened(self.names[wire.edge.source.id]))
        roots = zip(self.view.graph.roots, self.view.ends, strict=True)
        wires += [self._output(number, root, end, boxes) for number, (root, end) in enumerate(roots)]
        title = ", ".join(self._root_name(root, end) for root, end in zip(self.view.graph.roots, self.view.ends))
        return Drawing(list(boxes.values()), wires, self.frames.all, caption, title, self.names)

    # -- boxes ------------------------------------------------------------------------------------------------

    def _box(self, node):
        cluster = self.frames.of(node)
        if node.kind == "copy":
            name = self.names[node.id]
            hover = f"copy: {name} is used in {len(node.outputs)} places; backward their gradients are summed"
            return Box(f"n{node.id}", "copy", "", "", hover, "copy", cluster, node)
        if node.kind == "fold":
            leaves = f"{node.leaves:,} leaves" if node.leaves > 1 else "1 leaf" if node.leaves else ""
            title, *detail = [text for text in (node.title, node.detail, leaves) if text]
            return Box(f"n{node.id}", "fold", title, ", ".join(detail), node.hover, "fold", cluster, node)
        symbol, detail = gate_label(node, self.found)
        hover = gate_hover(node, self.names)
        classes = f"gate {node.op.family} op-{node.op.name}"
        ordered = self.is_tree or not commutes(node.op)
        return Box(f"n{node.id}", "gate", symbol, detail, hover, classes, cluster, node, ordered)

    def _hidden(self, edge):
        return is_folded(edge) and id(edge.value) not in self.found

    # -- wires ------------------------------------------------------------------------------------------------

    def _wire(self, number, edge, boxes):
        source, target = boxes.get(edge.source.id), boxes[edge.target.id]
        value, gradient, hover = self._numbers(edge)
        wire = Wire(f"e{number}", source, target, value, gradient, hover=hover, classes="wire", edge=edge)
        wire.cluster = _common(self.frames.of(edge.source) if source else target.cluster, target.cluster)
        if source is None:
            wire.name, wire.classes = _shortened(self.names[edge.source.id]), f"wire {edge.source.kind}"
            wire.aside = self._aside(edge)
        elif edge.source.kind == "gate":
            wire.name = _shortened(self._own_name(edge.source))
        return wire

    def _own_name(self, node):
        """A gate's name if somebody gave it one; counters stay out of the picture."""
        return node.name or self.found.get(id(node.value), "")

    def _numbers(self, edge):
        """Value, gradient and hover text of a wire."""
        uses = getattr(edge, "uses", None)
        x = edge.value
        if uses and len(uses) > 1:
            return self._bundle(uses)
        value = show(_data(x), self.digits)
        if not getattr(x, "requires_grad", False):
            return value, None, ""
        if edge.target.kind == "copy":
            return value, self._copied(x), f"∂/∂{self.names[edge.source.id]}"
        consumer, position = uses[0] if uses else (edge.target.value, edge.position)
        gradient = self._gradient(x, self.gradients.part(consumer, position))
        if not edge.axes or not gradient.known:
            return value, gradient, ""
        axes = ", ".join(map(str, edge.axes))
        note = f"Σ {'axis' if len(edge.axes) == 1 else 'axes'} {axes}"
        return value, replace(gradient, note=note), f"stretched along {note[2:]}; there the gradient is summed"

    def _bundle(self, uses):
        if uses.sources > 1:
            return Shown((f"{uses.sources:,} values",)), None, f"{len(uses):,} wires"
        consumer, position = uses[0]
        x = consumer.inputs[position]
        value = show(_data(x), self.digits)
        if not x.requires_grad:
            return value, None, f"{len(uses):,} wires"
        return value, self._gradient(x, self.gradients.sum(uses)), f"{len(uses):,} wires, gradients summed"

    def _gradient(self, x, gradient):
        if gradient is None and self.gradients.ran:
            return NOT_KEPT
        return show(gradient, self.digits, summary_only=True)

    def _copied(self, x):
        """At a copy node: the sum that goes on, and the vector of gradients that arrived."""
        total, arrived = self.gradients.total(x), self.gradients.arrived(x)
        shown = self._gradient(x, total)
        if arrived is None or not shown.known:
            return shown
        if len(shown.lines) != 1 or shape_of(_data(x)) != ():
            return replace(shown, note=f"Σ of {len(arrived)}")
        few = arrived if len(arrived) <= 4 else (*arrived[:2], arrived[-1])
        few = [short(part, self.digits) for part in few]
        if len(arrived) > 4:
            few.insert(2, "…")
        vector = f"[{', '.join(few)}]"
        return Shown(
            (f"{shown.lines[0]} ← {vector}",),
            hover=f"{len(arrived)} gradients arrived, their sum goes on: {shown.hover}",
        )

    def _aside(self, edge):
        """The leaf's `.grad`, if it holds something else than this pass brought."""
        x = edge.value
        grad = getattr(x, "grad", None)
        if grad is None or not x.requires_grad:
            return ""
        total = self.gradients.total(x)
        if total is not None and np.allclose(total, grad._data, rtol=1e-6, atol=0, equal_nan=True):
            return ""
        return "grad " + " ".join(show(grad._data, self.digits, summary_only=True).lines)

    def _output(self, number, root, end, boxes):
        source = boxes.get(end.id)
        gradient = self.gradients.total(root) if end.kind != "copy" else self._seed(root)
        wire = Wire(f"out{number}", source, None, show(_data(root), self.digits), self._gradient(root, gradient))
        wire.classes, wire.name = "wire output", _shortened(self._root_name(root, end))
        wire.root = root
        return wire

    def _seed(self, root):
        """A root that is used elsewhere too: its own gradient is the first that arrived."""
        arrived = self.gradients.arrived(root)
        return None if arrived is None else arrived[0]

    def _root_name(self, root, end):
        return (
            self.names[end.id] if end.kind != "fold" else getattr(root, "name", None) or self.found.get(id(root), "out")
        )


class _Frames:
    """Frames around the gates of one scope. A run of gates is a call: two calls of one module are two frames."""

    def __init__(self, nodes):
        self.all, self._of = [], {}
        path = []
        for node in nodes:
            if node.kind not in ("gate", "fold"):
                continue
            keep = 0
            while keep < min(len(path), len(node.scope)) and path[keep].label == node.scope[keep]:
                keep += 1
            path = path[:keep]
            for name in node.scope[keep:]:
                path.append(Cluster(f"cluster{len(self.all)}", name, path[-1] if path else None))
                self.all.append(path[-1])
            self._of[node.id] = path[-1] if path else None
        for node in nodes:
            if node.kind == "copy":
                source = node.inputs[0].source
                around = [self._of.get(edge.target.id) for edge in node.outputs]
                around += [self._of[source.id]] if source.id in self._of else []
                self._of[node.id] = _innermost(around)

    def of(self, node):
        return self._of.get(node.id)


def _innermost(clusters):
    """The innermost frame that holds all of `clusters`."""
    common = clusters[0] if clusters else None
    for cluster in clusters[1:]:
        common = _common(common, cluster)
    return common


def _common(a, b):
    """The innermost frame around both of two places."""
    around = []
    while a is not None:
        around.append(a)
        a = a.parent
    while b is not None and b not in around:
        b = b.parent
    return b


def _shortened(name):
    return name if len(name) <= LONG_NAME else name[: LONG_NAME - 1] + "…"


def _data(x):
    return x._data if isinstance(x, Value) else x
