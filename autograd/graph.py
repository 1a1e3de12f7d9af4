"""The graph behind a Value: every node once, in the order in which the program ran, with its fan-out counted.

`Graph` is what a backward pass runs over. Where a value feeds several places it has a copy node: while the sweep runs,
`uses` counts the gradients that still have to arrive there. Its `nodes` and `edges` are the same graph to look at.
"""

from dataclasses import dataclass, field
from operator import attrgetter

from .arrays import broadcast_axes, shape_of
from .errors import FreedGraphError, GradientError
from .memory import as_it_was, scope_of
from .text import label
from .value import FREED, Value

_by_age = attrgetter("index")


def _by_making(value):
    """Where a leaf was overwritten its index tells when; it is still older than all that was made of it."""
    return 0 if value.op is None else value.index


class Graph:
    """All tracked Values that `roots` were computed from.

    values    the Values, oldest first: each stands after everything it was computed from
    fan_out   how many places each of them feeds (a root's own use counts as one)

    `released=True` also takes a graph that a backward pass has let go: its structure and small numbers are still there
    to be looked at.
    """

    def __init__(self, *roots, released=False):
        self.roots = roots
        self.freed = [] if released else None
        self.values = _reach(roots, self.freed)
        self.fan_out = None
        self._drawn = None

    def __len__(self):
        return len(self.values)

    def __repr__(self):
        return f"<graph of {len(self.values)} tracked values behind {', '.join(label(r) for r in self.roots)}>"

    def rest(self):
        """Take the marks of the sweep off the Values and keep the counts here."""
        if self.fan_out is None:
            self.fan_out = [value.uses for value in self.values]
        for value in self.values:
            value.uses = 0
        for value in self.freed or ():
            value.uses = FREED
        return self

    def mark(self):
        """Put the counts back on the Values, for another sweep."""
        for value, uses in zip(self.values, self.fan_out, strict=True):
            value.uses = uses
            if uses > 1:
                value.upstream = []
        return self

    def only_towards(self, inputs):
        """Keep the values on a way from one of `inputs` to the roots, and count uses among those alone."""
        wanted = {id(value) for value in inputs}
        kept, values = set(), []
        for value in self.values:
            value.uses = 0
            if id(value) in wanted or any(id(x) in kept for x in value.inputs):
                kept.add(id(value))
                values.append(value)
        for user in values:
            for x in user.inputs:
                if id(x) in kept:
                    x.uses += 1
        for root in self.roots:
            if id(root) in kept:
                root.uses += 1
        for value in values:
            if value.uses > 1:
                value.upstream = []
        self.values = values
        return self

    @property
    def nodes(self):
        """Leaves, constants, gates and copy nodes, in the order of the forward pass."""
        return self._view()[0]

    @property
    def edges(self):
        """The wires between the nodes; a wire from a copy node stands for one use."""
        return self._view()[1]

    def _view(self):
        if self._drawn is None:
            self._drawn = _build_view(self)
        return self._drawn


def trace(*values):
    """The graph behind one or more Values, to look at: `.nodes`, `.edges`, `.values`.

    A graph that a backward pass has released is still there, but for its large arrays.

    Raises GradientError for a Value that is not tracked.
    """
    for value in values:
        check_tracked(value, "trace()")
    return Graph(*values, released=True).rest()


def _reach(roots, freed=None):
    """Every tracked Value behind the roots, once, oldest first, with `uses` set on each.

    A released Value is an error, unless a list `freed` is there to collect such Values.
    """
    found, key = [], _by_age
    push = found.append
    try:
        for root in roots:
            _use(root, push, freed)
        for node in found:
            for x in node.inputs:
                if x.__class__ is Value:
                    if x.index > node.index:
                        x = as_it_was(node, x)
                        key = _by_making
                    if x.requires_grad:
                        uses = x.uses
                        if uses == 0:
                            x.uses = 1
                            push(x)
                        elif uses > 1:
                            x.uses = uses + 1
                        else:
                            _use(x, push, freed)
    except BaseException:
        for node in found:
            node.uses = 0
        for node in freed or ():
            node.uses = FREED
        raise
    found.sort(key=key)
    return found


def _use(value, push, freed):
    """Count one more use of `value`; from the second on, gradients arrive in a list."""
    if value.uses == FREED and freed is not None:
        value.uses = 0
        freed.append(value)
    if value.uses == FREED:
        raise FreedGraphError(
            f"the graph behind {label(value)} was released by an earlier backward(): "
            "pass retain_graph=True to that earlier call to go through it again"
        )
    value.uses += 1
    if value.uses == 1:
        push(value)
    elif value.uses == 2 and freed is None:  # who only looks leaves the gradients of the last pass in their place
        value.upstream = []


# -- the graph to look at -----------------------------------------------------------------------------------------


@dataclass(eq=False)
class Node:
    """One thing in the picture of a graph.

    kind     "leaf" (tracked), "constant", "gate" (an operation's result) or "copy"
    value    the Value or raw operand whose number it carries (a copy node: the value that fans out)
    op       the operation of a gate, else None
    inputs, outputs   its edges, in order
    """

    id: int
    kind: str
    value: object
    op: object = None
    name: str | None = None
    scope: tuple = ()
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)

    @property
    def symbol(self):
        return self.op.symbol if self.op is not None else ""

    def __repr__(self):
        return f"<{self.kind} {self.id}: {label(self.value)}>"


@dataclass(eq=False)
class Edge:
    """A wire: it carries `value` forward and one gradient backward.

    position   which input of the target it is
    axes       axes of the target's shape along which the value is stretched (and its gradient summed)
    """

    source: Node
    target: Node
    value: object
    position: int = 0
    axes: tuple = ()

    def __repr__(self):
        return f"<edge {self.source.id} → {self.target.id}>"


def _build_view(graph):
    nodes, edges, plug = [], [], {}

    def add(kind, value, op=None):
        extra = getattr(value, "extra", None)
        name = None if extra is None else extra.name
        nodes.append(Node(len(nodes), kind, value, op, name, scope_of(value)))
        return nodes[-1]

    def connect(source, target, value, position=0, axes=()):
        edge = Edge(source, target, value, position, axes)
        source.outputs.append(edge)
        target.inputs.append(edge)
        edges.append(edge)

    for value, uses in zip(graph.values, graph.fan_out, strict=True):
        sources = []
        for x in value.inputs:
            node = plug.get(id(x))
            if node is None:
                node = add("constant", x)
                if x.__class__ is Value:  # the same constant used twice is one node; equal plain numbers are not
                    plug[id(x)] = node
            sources.append(node)
        node = add("leaf" if value.op is None else "gate", value, value.op)
        for position, (source, x) in enumerate(zip(sources, value.inputs, strict=True)):
            connect(source, node, x, position, _stretched(x, value))
        if uses > 1:
            copy = add("copy", value)
            connect(node, copy, value)
            node = copy
        plug[id(value)] = node
    return nodes, edges


def _stretched(x, value):
    """Axes along which an input of a broadcasting operation was stretched."""
    shapes = value.op.shape.partition("->")[0]
    if "(" not in shapes or not value.op.pointwise:
        return ()
    return broadcast_axes(shape_of(getattr(x, "_data", x)), shape_of(value._data))


def check_tracked(value, action):
    """Refuse a root without a graph, and say why it has none."""
    if not isinstance(value, Value):
        raise TypeError(f"{action} takes a Value, not {type(value).__name__}")
    if not value.requires_grad:
        raise GradientError(
            f"{action}: {label(value)} does not require a gradient: none of the Values it was computed from does, or "
            "it was computed under no_grad() or after detach(); make a leaf with Value(2.0) or requires_grad=True"
        )
