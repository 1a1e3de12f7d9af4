"""The walk: a forward and a backward pass as a sequence of steps, each with its formula and its numbers.

The backward steps come out of the engine's own sweep, which is watched while it runs; nothing is computed twice but the
local derivatives, which a sweep has no need to write down.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from .arrays import Absent, quiet, shape_of
from .backward import run_alone, seed_of
from .graph import Edge, Graph, Node, check_tracked
from .operation import substitute
from .text import number
from .value import Value, parameters_of


@dataclass(eq=False)
class Step:
    """One step of a walk.

    kind        forward: "input" (a leaf or constant), "forward" (a gate)
                backward: "start" (the root's upstream gradient), "copy" (a fan-out adds up what arrived),
                "backward" (one wire of one gate: upstream × local = downstream), "leaf" (a leaf has its gradient)
    node        the node of the graph
    name        its name: the user's, else x1, x2 … for leaves and v1, v2 … for gates
    formula     the formula over names: of the gate, or (backward) of the local derivative
    numbers     the same with numbers
    result      forward: the node's number or array; backward: the gradient that comes out
    edge        backward: the wire along which the gradient travels
    upstream    backward: gradient that has arrived at the gate
    local       backward: derivative of the gate with respect to this input; None if it is no elementwise gate
    downstream  backward: what travels on, already summed over broadcast axes
    arrived     gradients that have arrived so far where this one goes (or at this copy)
    expected    how many arrive there in all
    axes        axes over which the gradient was summed because the input was stretched along them
    """

    number: int
    kind: str
    node: Node
    name: str
    formula: str
    numbers: str
    result: object
    edge: Edge | None = None
    upstream: object = None
    local: object = None
    downstream: object = None
    arrived: tuple = ()
    expected: int = 1
    axes: tuple = ()

    @property
    def phase(self):
        """ "forward" or "backward"."""
        return "forward" if self.kind in ("input", "forward") else "backward"

    @property
    def target(self):
        """Backward: the node to which the gradient travels."""
        return self.edge.source if self.edge is not None else self.node


class Walk(list):
    """Steps of a walk, with the graph they walk over and the names of its nodes (`names[node.id]`)."""

    def __init__(self, graph, names):
        super().__init__()
        self.graph, self.names = graph, names

    @property
    def forward(self):
        """Steps of the forward pass."""
        return [step for step in self if step.phase == "forward"]

    @property
    def backward(self):
        """Steps of the backward pass."""
        return [step for step in self if step.phase == "backward"]


def walk(value, gradient=None, names=None):
    """Forward and backward pass behind `value` as a `Walk`: a list of `Step`.

    gradient   upstream gradient of the root; needed unless it has one entry (then 1)
    names      {id(Value): name} for Values that have no name of their own

    No `.grad` changes. A graph that a backward pass has released can be walked as long as its arrays are small.

    Raises GradientError for a Value without a graph, FreedGraphError where a number that is needed was released.
    """
    check_tracked(value, "walk()")
    seed = seed_of(value, gradient)
    graph = Graph(value, released=True).rest()
    steps = Walk(graph, name_nodes(graph, names or {}))
    _forward(steps)
    _backward(steps, seed)
    return steps


def name_nodes(graph, names=()):
    """A name for every node, by id: the Value's own, else the given one, else x1, x2 … (leaves) or v1, v2 … (gates)."""
    chosen, counters = {}, {"leaf": 0, "gate": 0, "constant": 0}
    shared = Counter(node.name for node in graph.nodes if node.kind in ("leaf", "constant"))
    given = {node.id: _own_name(node, names, shared) for node in graph.nodes}
    taken = set(given.values())
    for node in graph.nodes:
        if node.kind == "copy":
            chosen[node.id] = chosen[node.inputs[0].source.id]
        elif given[node.id]:
            chosen[node.id] = given[node.id]
        elif node.kind == "constant" and not isinstance(node.value, Value) and shape_of(node.value) == ():
            chosen[node.id] = number(node.value)
        else:
            letter = {"leaf": "x", "gate": "v", "constant": "c"}[node.kind]
            while True:
                counters[node.kind] += 1
                chosen[node.id] = f"{letter}{counters[node.kind]}"
                if chosen[node.id] not in taken:
                    break
    return chosen


def _own_name(node, names, shared):
    """The Value's own name, unless several have it (two layers' "weight") and the given one tells them apart."""
    given = names.get(id(node.value)) if names else None
    return given or node.name if shared[node.name] > 1 else node.name or given


def _forward(steps):
    for node in steps.graph.nodes:
        data = getattr(node.value, "_data", node.value)
        name = steps.names[node.id]
        if node.kind == "gate":
            formula, numbers = _spelled(steps, node, node.op.text)
            steps.append(Step(len(steps), "forward", node, name, formula, numbers, data))
        elif node.kind != "copy" and (node.kind == "leaf" or isinstance(node.value, Value)):
            steps.append(Step(len(steps), "input", node, name, name, short(data), data))


def _spelled(steps, node, text):
    """A row's text with the names of the inputs, and with their numbers."""
    sources = [edge.source for edge in node.inputs]
    inputs = node.op.inputs if not node.op.variadic else tuple(f"x{i}" for i in range(len(sources)))
    names = {slot: steps.names[source.id] for slot, source in zip(inputs, sources, strict=False)}
    data = {slot: _bracketed(short(_data(s.value)), slot, text) for slot, s in zip(inputs, sources, strict=False)}
    names["y"], data["y"] = steps.names[node.id], short(_data(node.value))
    return substitute(text, names), substitute(text, data)


def _bracketed(shown, slot, text):
    """A negative number in brackets, unless it opens the formula."""
    first = text.startswith(f"{slot} ") and not text.startswith(f"{slot} **")
    opens = first or text == slot or f"({slot})" in text
    return shown if opens or not shown.startswith("-") else f"({shown})"


def _data(value):
    return getattr(value, "_data", value)


def short(data):
    """Numbers in a formula: a scalar or small array in full, else its shape."""
    if isinstance(data, Absent):
        return f"released {'×'.join(map(str, data.shape))}"
    if shape_of(data) == ():
        return number(data)
    if data.size <= 6 and data.ndim <= 2:
        return np.array2string(data, separator=", ", formatter={"float": number}).replace("\n", "")
    return "×".join(map(str, data.shape)) + " array"


def _backward(steps, seed):
    graph = steps.graph
    gates = {id(node.value): node for node in graph.nodes if node.kind in ("gate", "leaf")}
    copies = {id(node.value): node for node in graph.nodes if node.kind == "copy"}
    arrivals = {}
    root = graph.roots[0]

    def add(kind, node, formula, numbers, result, **rest):
        steps.append(Step(len(steps), kind, node, steps.names[node.id], formula, numbers, result, **rest))

    def watch(value, _arrived, gradient, parts):
        node, copy = gates[id(value)], copies.get(id(value))
        if value is root:
            formula = f"∂{steps.names[node.id]}/∂{steps.names[node.id]}"
            add("start", node, formula, short(seed), seed, upstream=seed, downstream=seed)
            arrivals.setdefault(id(value), []).append(seed)
        if copy is not None:
            _add_copy(steps, copy, arrivals[id(value)], gradient)
        if value.op is None:
            before = None if value.grad is None else value.grad._data
            add(
                "leaf",
                node,
                f"∂{steps.names[graph_root(graph).id]}/∂{steps.names[node.id]}",
                short(gradient),
                gradient,
                upstream=gradient,
                downstream=gradient,
                arrived=() if before is None else (before,),
            )
        for position, part in parts:
            edge = node.inputs[position]
            there = arrivals.setdefault(id(edge.value), [])
            there.append(part)
            expected = len(edge.source.outputs) if edge.source.kind == "copy" else 1
            local = _local(value, position)
            formula, numbers = _spelled(steps, node, _slope(node.op, position))
            add(
                "backward",
                node,
                formula,
                numbers,
                part,
                edge=edge,
                upstream=gradient,
                local=local,
                downstream=part,
                arrived=tuple(there),
                expected=expected,
                axes=edge.axes,
            )

    watch_sweep(graph, [seed], watch)


def watch_sweep(graph, seeds, watch, done=None):
    """The sweep over a graph at rest for the sake of `watch` alone: every `.grad` and every mark is then as before.

    done   called once at the end, while the gradients still lie on the Values
    """
    upstreams = [getattr(value, "upstream", None) for value in graph.values]
    retained = [(value, value.grad) for value in graph.values if value.retains_grad]
    try:
        run_alone(graph.mark(), seeds, keep=True, arrive=lambda leaf, gradient: None, watch=watch)
        if done is not None:
            done()
    finally:
        graph.rest()
        for value, upstream in zip(graph.values, upstreams, strict=True):
            value.upstream = upstream
        for value, grad in retained:
            value.grad = grad


def graph_root(graph):
    """The node of a graph's (first) root."""
    root = graph.roots[0]
    return next(node for node in reversed(graph.nodes) if node.value is root and node.kind != "copy")


def _add_copy(steps, copy, arrived, total):
    name = steps.names[copy.id]
    terms = " + ".join(f"({short(part)})" if short(part).startswith("-") else short(part) for part in arrived)
    steps.append(
        Step(
            len(steps),
            "copy",
            copy,
            name,
            f"sum of the {len(arrived)} gradients of {name}",
            terms,
            total,
            edge=copy.inputs[0],
            upstream=tuple(arrived),
            downstream=total,
            arrived=tuple(arrived),
            expected=len(arrived),
        )
    )


def _slope(op, position):
    if position < len(op.slopes):
        return op.slopes[position]
    return op.slopes[0] if op.variadic and op.slopes else f"the rule of {op.name}"


def _local(value, position):
    """Derivative of an elementwise operation with respect to one input: its rule with upstream gradient 1."""
    op = value.op
    if not op.pointwise or isinstance(value._data, Absent):
        return None
    data = [np.asarray(_data(x), dtype=float)[()] if shape_of(_data(x)) == () else _data(x) for x in value.inputs]
    one = np.ones_like(value._data)[()] if shape_of(value._data) == () else np.ones_like(value._data)
    with quiet():
        local = op.rules[position](one, np.asarray(value._data)[()], *data, **parameters_of(value))
    return float(local) if shape_of(local) == () else local
