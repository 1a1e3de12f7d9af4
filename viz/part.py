"""A part of a graph by itself: the gates of a fold, what comes into them, what leaves them, and the gradients there."""

from collections import Counter
from itertools import chain, takewhile

from autograd.memory import scope_of
from autograd.value import Value

from .folding import FOLD_ABOVE, Plan, evenly, plan
from .gradients import Gradients
from .view import Folding

MOST = 0.7  # of the gates in one box: such a fold hides what it should show
HUGE = 5_000  # nodes from which nobody looks for the best folds first
NESTED_ABOVE = 60  # nodes from which scopes inside a part are boxes again


class Part:
    """Some gates of a graph, looked at as a graph.

    values, fan_out   what comes in, then the gates, and how often each is used in here (leaving counts as one)
    roots             the gates whose results are used outside
    uses              {id of what comes in: [(consumer, position), …]}, in the order of a backward pass
    outer             ids of what comes in from outside; leaves that only this part uses belong to it
    under, deepest    how many scopes all gates are in, names that go without saying, and how many at most
    """

    def __init__(self, gates, fan_out):
        inside = frozenset(map(id, gates))
        counts = Counter(map(id, chain.from_iterable(gate.inputs for gate in gates)))
        outside = {key for key in counts if key in fan_out and key not in inside}
        came, uses = {}, {}
        for gate in reversed(gates):
            position = -1
            for x in gate.inputs:
                position += 1
                if id(x) in outside:
                    came[id(x)] = x
                    uses.setdefault(id(x), []).append((gate, position))
        around = set(map(scope_of, gates))
        self.gates, self.inside, self.uses = gates, inside, uses
        self.roots = [gate for gate in gates if fan_out[id(gate)] > counts[id(gate)]]
        for root in self.roots:
            counts[id(root)] += 1
        self.counts = counts
        self.values = [*sorted(came.values(), key=lambda value: value.index), *gates]
        self.fan_out = [counts[id(value)] for value in self.values]
        self.outer = frozenset(key for key, x in came.items() if x.op is not None or fan_out[key] > counts[key])
        self.deepest = max(map(len, around), default=0)
        self.under = sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, zip(*around)))

    def view(self, fold=None):
        """Its nodes and wires: what is large or nested is folded again."""
        nodes = sum(1 + (uses > 1) for uses in self.fan_out)
        chosen = Plan([])
        if nodes > HUGE and self.deepest == self.under:
            chosen = evenly(self.gates, nodes, self.under)
        elif nodes > FOLD_ABOVE:
            chosen = plan(self.gates, None, None, nodes, self.under)
            if any(each.stop - each.first > MOST * len(self.gates) for each in chosen.folds):
                chosen = evenly(self.gates, nodes, self.under)
        elif self.deepest > self.under and (fold or nodes > NESTED_ABOVE):
            chosen = plan(self.gates, None, 1, nodes, self.under)
        return Folding(self, chosen).view()


class Within(Gradients):
    """The gradients of a whole graph as a part sees them.

    users   {id: [(consumer, position), …]} of the whole graph, made when first needed
    """

    def __init__(self, whole, part, users):
        self.whole, self.part_of, self._users = whole, part, users
        self._came = {}
        self._roots = {id(root) for root in part.roots}

    def part(self, consumer, position):
        return self.whole.part(consumer, position)

    def total(self, value):
        return self.whole.total(value) if id(value) in self.part_of.inside else _sum(self._given_to(value))

    def arrived(self, value):
        if self.part_of.counts[id(value)] == 1:
            return None
        if id(value) in self.part_of.uses:
            return tuple(self._given_to(value))
        if id(value) not in self._roots:
            return self.whole.arrived(value)
        inside = [use for use in self._users()[id(value)] if id(use[0]) in self.part_of.inside]
        return (self.from_outside(value), *self._of(inside))

    def from_outside(self, root):
        """The gradient that arrives at one of the roots of the part."""
        if self.part_of.counts[id(root)] == 1:
            return self.whole.total(root)
        users, everything = self._users()[id(root)], self.whole.arrived(root)
        parts = self._of(use for use in users if id(use[0]) not in self.part_of.inside)
        if everything is not None and len(everything) > len(users):
            parts.insert(0, everything[0])  # a root of the whole graph: the gradient that the pass began with
        return _sum(parts)

    def _given_to(self, value):
        """What the gates in here give to one that comes from outside."""
        if id(value) not in self._came:
            self._came[id(value)] = self._of(self.part_of.uses[id(value)])
        return self._came[id(value)]

    def _of(self, uses):
        return [self.whole.part(*use) for use in uses]


def _sum(parts):
    return None if not parts or any(part is None for part in parts) else sum(parts[1:], start=parts[0])


def users_of(graph):
    """{id of a Value: [(consumer, position), …], in the order in which a backward pass comes along}."""
    users = {}
    for value in reversed(graph.values):
        for position, x in enumerate(value.inputs):
            if x.__class__ is Value:
                users.setdefault(id(x), []).append((value, position))
    return users
