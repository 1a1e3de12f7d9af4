"""Which way did a gradient come? dL/dx split over the paths from x to the root; the shares add up."""

from dataclasses import dataclass
from heapq import nlargest

from autograd import Value, trace, walk
from autograd.arrays import shape_of
from autograd.errors import GradientError

from .names import caller_names


@dataclass(frozen=True)
class Path:
    """One way from a leaf to the root: names on it, the product of its local derivatives, its share of the whole."""

    names: tuple
    contribution: float
    share: float

    def __str__(self):
        return f"{self.contribution:+.6g} ({self.share:.0%})  {' → '.join(self.names)}"


@dataclass(frozen=True)
class Paths:
    """The paths from a leaf, largest contribution first.

    paths   the largest ones
    count   how many there are in all
    rest    what the others contribute together
    total   the gradient
    """

    paths: tuple
    count: int
    rest: float
    total: float

    def __str__(self):
        lines = [str(path) for path in self.paths]
        if self.count > len(self.paths):
            lines.append(f"{self.rest:+.6g}  {self.count - len(self.paths):,} other paths together")
        return "\n".join([*lines, f"{self.total:+.6g}  in all"])

    __repr__ = __str__

    def __iter__(self):
        return iter(self.paths)


def paths(value, leaf, most=10, names=None):
    """Split ∂value/∂leaf over the paths from `leaf` to `value`: Σ over paths of Π of local derivatives on the path.

    most    how many to list; their number grows exponentially, so all are counted but only the largest are made

    For graphs of single numbers. Raises GradientError where `leaf` does not take part, or for arrays.
    """
    graph = trace(value)
    if any(shape_of(v.data) != () for v in graph.values):
        raise GradientError("paths() splits gradients of single numbers; this graph has arrays: take one entry of them")
    found = caller_names([node.value for node in graph.nodes if isinstance(node.value, Value)], names)
    walked = walk(value, names=found)
    if all(v is not leaf for v in graph.values):
        raise GradientError("paths(): this Value was not used to compute the root")
    best, count, total = {id(value): [(1.0, None, value)]}, {id(value): 1}, {id(value): 1.0}
    for step in walked.backward:
        if step.kind == "backward":
            _extend(step, best, count, total, most)
    largest = best[id(leaf)]
    whole = total[id(leaf)]
    label = {id(node.value): walked.names[node.id] for node in walked.graph.nodes}
    made = tuple(_path(entry, label, whole) for entry in largest)
    return Paths(made, count[id(leaf)], whole - sum(path.contribution for path in made), whole)


def _extend(step, best, count, total, most):
    """Lengthen every kept path that ends at a gate by one of its wires. A path is (product, path before, value)."""
    gate, source = step.node.value, step.edge.value
    longer = [(entry[0] * step.local, entry, source) for entry in best[id(gate)]]
    best[id(source)] = nlargest(most, [*best.get(id(source), ()), *longer], key=lambda entry: abs(entry[0]))
    count[id(source)] = count.get(id(source), 0) + count[id(gate)]
    total[id(source)] = total.get(id(source), 0.0) + step.local * total[id(gate)]


def _path(entry, label, whole):
    contribution, names = entry[0], []
    while entry is not None:
        names.append(label[id(entry[2])])
        entry = entry[1]
    return Path(tuple(names), contribution, contribution / whole if whole else 0.0)
