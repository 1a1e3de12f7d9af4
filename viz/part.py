"""A part of a graph by itself: the gates of a fold, what comes into them, what leaves them, and the gradients there."""

from itertools import takewhile

import numpy as np

from .folding import FOLD_ABOVE, Plan, evenly, plan
from .gradients import Gradients, sum_known
from .index import Uses
from .view import Folding

MOST = 0.7  # of the gates in one box: such a fold hides what it should show
HUGE = 5_000  # nodes from which nobody looks for the best folds first
NESTED_ABOVE = 60  # nodes from which scopes inside a part are boxes again


class Part:
    """Some gates of a graph, which ran one after another, looked at as a graph.

    run                the gates
    members, fan_out   numbers of what comes in, then of the gates; how often each is used in here (leaving is a use)
    roots              the gates whose results are used outside
    outer              numbers of what comes from outside; leaves that only this part uses belong to it
    under, deepest     how many scopes all gates are in, names that go without saying, and how many at most
    """

    def __init__(self, index, first, stop):
        self.index, self.run = index, index.run(first, stop)
        numbers, source = self.run.numbers, index.source[self.run.slots]
        tracked = source[(source >= 0) & (source < index.count)]
        used, counts = np.unique(tracked, return_counts=True)
        inside = index.is_gate[used] & (used >= numbers[0]) & (used <= numbers[-1])
        came, came_counts = used[~inside], counts[~inside]
        uses = np.zeros(len(numbers), np.int64)
        uses[np.searchsorted(numbers, used[inside])] = counts[inside]
        leaves = index.fan_out[numbers] > uses
        self.roots = [index.values[number] for number in numbers[leaves].tolist()]
        self.members = np.concatenate((came, numbers))
        self.fan_out = np.concatenate((came_counts, uses + leaves))
        self.outer = came[index.is_gate[came] | (index.fan_out[came] > came_counts)]
        around = self.run.scopes_in()
        self.deepest = max(map(len, around), default=0)
        self.under = sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, zip(*around)))

    def view(self, fold=None):
        """Its nodes and wires: what is large or nested is folded again."""
        run, nodes = self.run, int(len(self.fan_out) + np.sum(self.fan_out > 1))
        chosen = Plan([])
        if nodes > HUGE and self.deepest == self.under:
            chosen = evenly(run, nodes, self.under)
        elif nodes > FOLD_ABOVE:
            chosen = plan(run, None, None, nodes, self.under)
            if any(each.stop - each.first > MOST * len(run) for each in chosen.folds):
                chosen = evenly(run, nodes, self.under)
        elif self.deepest > self.under and (fold or nodes > NESTED_ABOVE):
            chosen = plan(run, None, 1, nodes, self.under)
        return Folding(self, chosen).view()

    def makes(self, value):
        """Whether a value is made by one of these gates."""
        number, numbers = self.index.number[id(value)], self.run.numbers
        return bool(self.index.is_gate[number]) and numbers[0] <= number <= numbers[-1]

    def uses(self, value, outside=False):
        """Who takes a value in here (or outside), in the order in which a backward pass comes along."""
        slots = self.index.uses_of(self.index.number[id(value)])
        here = (slots >= self.run.slots.start) & (slots < self.run.slots.stop)
        return Uses(self.index, slots[here != outside])

    def count(self, value):
        """How often a value is used in here; leaving is a use."""
        leaves = self.makes(value) and len(self.uses(value)) < self.index.fan_out[self.index.number[id(value)]]
        return len(self.uses(value)) + leaves


class Within(Gradients):
    """The gradients of a whole graph as a part sees them."""

    def __init__(self, whole, part):
        self.whole, self.in_part = whole, part

    def part(self, consumer, position):
        return self.whole.part(consumer, position)

    def parts(self, uses):
        return self.whole.parts(uses)

    def sum(self, uses):
        return self.whole.sum(uses)

    def total(self, value):
        return self.whole.total(value) if self.in_part.makes(value) else self.sum(self.in_part.uses(value))

    def arrived(self, value):
        uses, count = self.in_part.uses(value), self.in_part.count(value)
        if count == 1:
            return None
        if count > len(uses):
            return (self.from_outside(value), *self.parts(uses))
        return self.whole.arrived(value) if self.in_part.makes(value) else tuple(self.parts(uses))

    def from_outside(self, root):
        """The gradient that arrives at one of the roots of the part."""
        if self.in_part.count(root) == 1:
            return self.whole.total(root)
        outside, everything = self.in_part.uses(root, outside=True), self.whole.arrived(root)
        parts = self.parts(outside)
        if everything is not None and len(everything) > len(outside) + len(self.in_part.uses(root)):
            parts.insert(0, everything[0])  # a root of the whole graph: the gradient that the pass began with
        return sum_known(parts)
