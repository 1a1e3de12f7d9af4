"""Is this derivative right? Finite differences of each gate alone, and of the whole graph for each leaf."""

from dataclasses import dataclass

import numpy as np

from autograd import Value
from autograd.arrays import Absent, dtype_of, quiet
from autograd.errors import AutogradError
from autograd.value import parameters_of

from .sensitivity import replay

OPERATIONS = 30_000  # that are computed anew to check leaves, at most
STEP = 1e-6  # relative; with central differences the error is about 1e-10 where the gate is smooth
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Verdict:
    """Outcome of a check: `kind` "agrees", "differs" or "kink"; what differences gave, what the rule gave."""

    kind: str
    differences: float
    rule: float

    @property
    def sign(self):
        """✓, ✗ or ∧."""
        return {"agrees": "✓", "differs": "✗", "kink": "∧"}[self.kind]


def verdict_of(step, walked, words, root):
    """The verdict on a step of a walk as a sentence; "" where there is nothing to say.

    words   those of a language (`viz.words`); `root`: the name of what is differentiated
    """
    if step.kind == "backward":
        verdict = check_wire(step)
        return words[verdict.kind].format(f"{verdict.differences:.6g}") if verdict else ""
    if step.kind != "leaf":
        return ""
    seed = next(start.result for start in walked if start.kind == "start")
    verdict = check_leaf(walked.graph, seed, step.node.value, step.result)
    return words[f"leaf_{verdict.kind}"].format(step.name, root, f"{verdict.differences:.6g}") if verdict else ""


def leaves_pay(walked, leaves=None):
    """Whether a graph is small enough for so many of its leaves to be checked; default: all."""
    if leaves is None:
        leaves = sum(step.kind == "leaf" for step in walked)
    return 3 * leaves * len(walked.graph) <= OPERATIONS


def check_wire(step):
    """Check one backward step of a walk: ⟨upstream, gate(x + h·d) − gate(x − h·d)⟩ / 2h against ⟨downstream, d⟩.

    The direction d is 1 for a number; for an array it is a fixed pattern of signs. Returns None where the gate cannot
    be tried (its numbers were released, or its input is not floating-point).
    """
    node, position = step.node.value, step.edge.position
    data = [x.data if isinstance(x, Value) else x for x in node.inputs]
    if any(isinstance(x, Absent) for x in data) or dtype_of(data[position]).kind != "f":
        return None
    data = [np.asarray(x, dtype=np.float64) if dtype_of(x).kind == "f" else x for x in data]
    x = data[position]
    direction = np.where(np.arange(x.size) % 3 == 2, -1.0, 1.0).reshape(x.shape)
    h = STEP * max(1.0, float(np.abs(x).max(initial=0.0)))

    def gate(shift):
        moved = [*data[:position], x + shift * direction, *data[position + 1 :]]
        return np.sum(step.upstream * np.asarray(node.op.forward(*moved, **parameters_of(node)), dtype=np.float64))

    with quiet():
        rule = float(np.sum(np.asarray(step.downstream, dtype=np.float64) * direction))
        return _judge(gate(-h), gate(0.0), gate(h), h, rule, dtype_of(node.data))


def check_leaf(graph, seed, leaf, gradient):
    """The same for a leaf and the whole graph, which is computed anew from the moved leaf.

    seed       the gradient with which the pass began
    gradient   what it brought to the leaf
    Returns None where the graph cannot be computed anew: numbers were released, overwritten or are drawn at random.
    """
    if isinstance(leaf.data, Absent) or dtype_of(leaf.data).kind != "f":
        return None
    x = np.asarray(leaf.data, dtype=np.float64)
    direction = np.where(np.arange(x.size) % 3 == 2, -1.0, 1.0).reshape(x.shape)
    h = STEP * max(1.0, float(np.abs(x).max(initial=0.0)))
    (root,) = graph.roots
    try:
        with quiet():
            before, here, after = (replay(graph, {leaf: x + shift * direction}) for shift in (-h, 0.0, h))
            if not np.allclose(here, root.data, rtol=1e-4, atol=1e-6, equal_nan=True):
                return None
            rule = float(np.sum(np.asarray(gradient, dtype=np.float64) * direction))
            sums = [float(np.sum(seed * np.asarray(number, dtype=np.float64))) for number in (before, here, after)]
            return _judge(*sums, h, rule, dtype_of(root.data))
    except (AutogradError, ArithmeticError):
        return None


def _judge(before, here, after, h, rule, dtype):
    """The verdict on a rule's slope, from three values of the function."""
    left, right, central = (here - before) / h, (after - here) / h, (after - before) / (2 * h)
    scale = max(abs(central), abs(rule), 1e-8)
    if abs(left - right) > 1e-3 * max(abs(left), abs(right), 1e-8) and abs(left - right) > 1e-6:
        return Verdict("kink", float(central), rule)
    loose = TOLERANCE if dtype == np.float64 else 1e-3
    return Verdict("agrees" if abs(central - rule) <= loose * scale + 1e-9 else "differs", float(central), rule)
