"""Five broken backward passes, played beside the right one: what each mistake does, and where it first shows.

They walk over the same graph with the same rules; each differs from the right engine in one line.
"""

from dataclasses import dataclass

import numpy as np

from autograd import Value, trace
from autograd.arrays import fit, quiet
from autograd.value import parameters_of

from .names import caller_names

ENOUGH = 10_000  # steps of the engine without order, which walks every path and would take for ever on a large graph


@dataclass(frozen=True)
class Mistake:
    """One wrong engine: its `name`, what it does wrong, and what one should do instead."""

    name: str
    wrong: str
    instead: str


MISTAKES = (
    Mistake("overwrites", "writes `x.grad = part` where a value is used twice", "add: `x.grad += part`"),
    Mistake("no order", "goes on to a value's inputs as soon as one gradient arrives", "wait until all have arrived"),
    Mistake("no reset", "keeps the gradients of intermediate results from the pass before", "only leaves accumulate"),
    Mistake("set of inputs", "keeps a gate's inputs in a set: x*x has one input", "keep an ordered tuple"),
    Mistake("no broadcast sum", "hands a stretched gradient on without summing it", "sum over the stretched axes"),
)


@dataclass(frozen=True)
class Outcome:
    """What a wrong engine makes of a graph.

    mistake     which one
    gradients   {name: gradient} of the leaves as it has them
    right       the same of the right engine
    first       name of the first value, going backward, whose gradient is wrong; None if the mistake does no harm here
    """

    mistake: Mistake
    gradients: dict
    right: dict
    first: str | None

    def __str__(self):
        if self.first is None:
            return f"{self.mistake.name}: {self.mistake.wrong}. No harm on this graph."
        wrong = [
            f"    ∂/∂{name} = {_told(self.gradients[name])}, right is {_told(self.right[name])}"
            for name in self.right
            if not same(self.gradients[name], self.right[name])
        ]
        head = (
            f"{self.mistake.name}: {self.mistake.wrong}. First wrong at {self.first}. Instead: {self.mistake.instead}."
        )
        return "\n".join([head, *wrong])


def wrong_engines(value, names=None):
    """Run the five wrong engines on the graph behind `value`; returns an Outcome each. No `.grad` changes."""
    graph = trace(value)
    found = caller_names([node.value for node in graph.nodes if isinstance(node.value, Value)], names)
    label = _labels(graph, found)
    right, _ = run_wrong(graph, "")
    return [_outcome(mistake, graph, label, right) for mistake in MISTAKES]


def _labels(graph, found):
    gates = 0
    label = {}
    for value in graph.values:
        gates += value.op is not None
        label[id(value)] = value.name or found.get(id(value)) or (f"v{gates}" if value.op is not None else "a leaf")
    return label


def _outcome(mistake, graph, label, right):
    got, _ = run_wrong(graph, mistake.name)
    wrong = [v for v in reversed(graph.values) if not same(got.get(id(v)), right[id(v)])]
    leaves = [v for v in graph.values if v.op is None]
    return Outcome(
        mistake,
        {label[id(leaf)]: got.get(id(leaf)) for leaf in leaves},
        {label[id(leaf)]: right[id(leaf)] for leaf in leaves},
        label[id(wrong[0])] if wrong else None,
    )


@dataclass(frozen=True)
class Event:
    """One thing that a wrong engine does: it comes to a gate (`position` None), or hands an input its part.

    number   the gradient with which it comes, or the part
    holds    what the input has then
    """

    node: Value
    position: int | None
    number: object
    holds: object = None


def run_wrong(graph, mistake):
    """({id: gradient}, events) as the engine with this mistake has them ("" is the right one)."""
    once, events = _pass(graph, mistake, {})
    if mistake != "no reset":
        return once, events
    twice, events = _pass(graph, mistake, dict(once))
    leaves = {id(value) for value in graph.values if value.op is None}
    return {key: twice[key] - once[key] if key in leaves else twice[key] for key in twice}, events


def _pass(graph, mistake, gradients):
    (root,) = graph.roots
    gradients[id(root)] = np.ones(root.shape)
    with quiet():
        events = list((_as_they_come if mistake == "no order" else _in_order)(graph, gradients, mistake))
    return gradients, events


def _parts(node, gradient, mistake=""):
    """(position, input, gradient) for each tracked input of a gate."""
    data = [x.data if isinstance(x, Value) else x for x in node.inputs]
    seen = set()
    for position, x in enumerate(node.inputs):
        if not isinstance(x, Value) or not x.requires_grad or (mistake == "set of inputs" and id(x) in seen):
            continue
        seen.add(id(x))
        part = node.op.rules[position](gradient, node.data, *data, **parameters_of(node))
        yield position, x, part if mistake == "no broadcast sum" else np.asarray(fit(part, x.data))


def _in_order(graph, gradients, mistake):
    for node in reversed(graph.values):
        if node.op is None:
            continue
        yield Event(node, None, gradients[id(node)])
        for position, x, part in _parts(node, gradients[id(node)], mistake):
            gradients[id(x)] = part if mistake == "overwrites" else gradients.get(id(x), 0.0) + part
            yield Event(node, position, part, gradients[id(x)])


def _as_they_come(graph, gradients, _mistake):
    """Backward by plain recursion, here with a stack: whoever gets a gradient passes all it has on at once."""
    pending, left = list(graph.roots), ENOUGH
    while pending and left:
        node, left = pending.pop(), left - 1
        if node.op is None:
            continue
        yield Event(node, None, gradients[id(node)])
        for position, x, part in _parts(node, gradients[id(node)]):
            gradients[id(x)] = gradients.get(id(x), 0.0) + part
            pending.append(x)
            yield Event(node, position, part, gradients[id(x)])


def same(a, b):
    return a is not None and np.shape(a) == np.shape(b) and np.allclose(a, b, equal_nan=True)


def _told(x):
    if x is None:
        return "missing"
    return f"{float(x):.6g}" if np.shape(x) == () else f"an array of shape {np.shape(x)}"
