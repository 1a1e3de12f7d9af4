"""The gradients on the wires: those that the last backward pass has left, or those of a pass run for the picture.

What is not there is None and drawn as `·`, never as 0.
"""

from functools import cached_property
from itertools import chain

import numpy as np

from autograd import Value
from autograd.arrays import ARITHMETIC, fit, quiet
from autograd.backward import seed_of
from autograd.errors import AutogradError
from autograd.value import parameters_of
from autograd.walk import watch_sweep

from .index import index_of


class Gradients:
    """Gradients by value and by wire, or None where they are not known."""

    ran = True

    def total(self, value):
        """Gradient of a value, summed over its uses."""

    def part(self, consumer, position):
        """Gradient that `consumer` passes back to its input at `position`."""

    def arrived(self, value):
        """The gradients that arrived at the copy node of a value, in their order, or None."""

    def parts(self, uses):
        """`part` of several uses, as a list."""
        return [self.part(consumer, position) for consumer, position in uses]

    def sum(self, uses):
        """What several uses give together; None if one of them is not known, or if there are none."""
        return sum_known(self.parts(uses))


def compute(graph, gradient=None):
    """The gradients of a backward pass run for the picture; no `.grad` changes."""
    return (Swept if Swept.suits(graph) else Computed)(graph, gradient)


class Computed(Gradients):
    """Gradients of a backward pass that was watched."""

    def __init__(self, graph, gradient=None):
        self._totals, self._parts, self._arrived = {}, {}, {}
        seeds = [seed_of(root, gradient) for root in graph.roots]
        watch_sweep(graph, seeds, self._watch)

    def _watch(self, value, arrived, gradient, parts):
        self._totals[id(value)] = gradient
        if arrived.__class__ is list:
            self._arrived[id(value)] = tuple(arrived)
        for position, part in parts:
            self._parts[id(value), position] = part

    def total(self, value):
        return self._totals.get(id(value))

    def part(self, consumer, position):
        return self._parts.get((id(consumer), position))

    def arrived(self, value):
        return self._arrived.get(id(value))


class Swept(Computed):
    """The same for a large graph of plain numbers, which the engine's sweep passes faster when nobody watches."""

    ABOVE = 5_000  # Values

    @classmethod
    def suits(cls, graph):
        return len(graph) > cls.ABOVE and all(value._data.__class__ is float for value in graph.values)

    def __init__(self, graph, gradient=None):
        self._graph, self._slots = graph, []
        watch_sweep(graph, [seed_of(root, gradient) for root in graph.roots], None, self._collect)
        self._index = index_of(graph)

    def _collect(self):
        self._slots = [value.upstream for value in self._graph.values]

    @cached_property
    def _given(self):
        """What each slot of the index gave to the value that it takes: arrivals are in the order of the sweep."""
        order, ends = self._index.arrival
        counts = np.diff(ends).tolist()
        arrived = (
            slot[len(slot) - count :] if slot.__class__ is list else (slot,)[:count]  # a root's own arrives before all
            for slot, count in zip(self._slots, counts)
        )
        tracked = order[ends[0] : ends[len(self._slots)]]
        given = np.full(len(order), np.nan)
        given[tracked] = np.fromiter(chain.from_iterable(arrived), float, len(tracked))
        return given

    def _slot(self, value):
        return self._slots[self._index.number[id(value)]]

    def total(self, value):
        slot = self._slot(value)
        return _sum(slot) if slot.__class__ is list else slot

    def arrived(self, value):
        slot = self._slot(value)
        return tuple(slot) if slot.__class__ is list else None

    def part(self, consumer, position):
        return self._given[self._index.first[self._index.number[id(consumer)]] + position].item()

    def parts(self, uses):
        return self._given[uses.slots].tolist()

    def sum(self, uses):
        return _sum(self.parts(uses)) if len(uses) else None


class Recorded(Gradients):
    """Gradients that the last backward pass through the graph has left on its Values.

    A leaf may belong to other graphs whose passes came later, so what one gate gave to it is taken from the gate's own
    rule, at the gate's own gradient.
    """

    def __init__(self, graph, shown):
        self._fan_out = {id(v): uses for v, uses in zip(graph.values, graph.fan_out, strict=True)}
        self.ran = any(self._slot(root) is not None for root in graph.roots)
        self._uses = self._uses_of({id(v) for v in shown if v.op is None or self._fan_out.get(id(v), 0) > 1}, graph)

    def _uses_of(self, wanted, graph):
        """For the wanted values {use: (rank in the order of arrival, consumer)}; a use is a consumer and a position."""
        uses = {key: {} for key in wanted}
        for value in reversed(graph.values) if wanted else ():
            for position, x in enumerate(value.inputs):
                if id(x) in wanted and x.__class__ is Value:
                    uses[id(x)][id(value), position] = (len(uses[id(x)]), value)
        return uses

    @staticmethod
    def _slot(value):
        """What the last pass left on a value: None, a gradient, or the list of those that arrived."""
        slot = getattr(value, "upstream", None)
        if slot.__class__ is list:
            return [part._data if part.__class__ is Value else part for part in slot] or None
        return slot._data if slot.__class__ is Value else slot  # a pass with create_graph=True leaves Values

    def total(self, value):
        if not self.ran:
            return None
        if self._fan_out[id(value)] == 1:
            use = next(iter(self._uses.get(id(value), {}).items()), None)
            if value.op is not None or use is None:
                return self._slot(value)
            (_, position), (_, consumer) = use
            return self.part(consumer, position)
        arrived = self.arrived(value)
        return _sum(arrived) if arrived is not None else self._grad_of(value)

    @staticmethod
    def _grad_of(leaf):
        return None if leaf.grad is None else leaf.grad._data

    def arrived(self, value):
        if not self.ran or self._fan_out[id(value)] == 1:
            return None
        slot = self._slot(value)
        slot = tuple(slot) if slot.__class__ is list and len(slot) == self._fan_out[id(value)] else None
        if value.op is not None:
            return slot
        uses = self._uses.get(id(value), {})
        parts = [self._by_rule(consumer, position) for (_, position), (_, consumer) in uses.items()]
        if parts and len(parts) == self._fan_out[id(value)] and all(part is not None for part in parts):
            return tuple(parts)
        return slot

    def part(self, consumer, position):
        if not self.ran:
            return None
        x = consumer.inputs[position]
        if x.op is None:
            part = self._by_rule(consumer, position)
            if part is not None:
                return part
        if self._fan_out.get(id(x)) == 1:
            slot = self._slot(x)
            return self._grad_of(x) if slot is None and x.op is None else slot
        arrived = self.arrived(x)
        if arrived is None:
            return None
        uses = self._uses[id(x)]
        rank, _ = uses[id(consumer), position]
        return arrived[self._fan_out[id(x)] - len(uses) + rank]  # a root's own gradient arrives before all others

    def _by_rule(self, consumer, position):
        """What `consumer` gave to a leaf; None if its gradient or its numbers are gone."""
        gradient = self._slot(consumer) if self._fan_out.get(id(consumer)) == 1 else self.total(consumer)
        leaf = consumer.inputs[position]
        changed = any(x.__class__ is Value and x.index > consumer.index for x in consumer.inputs)
        if gradient is None or changed or (consumer.extra is not None and consumer.extra.hooks):
            return None
        numbers = [gradient, consumer._data, *(x._data if x.__class__ is Value else x for x in consumer.inputs)]
        rule, parameters = consumer.op.rules[position], parameters_of(consumer)
        try:
            with quiet():
                try:
                    part = rule(*numbers, **parameters)
                except ARITHMETIC:  # where Python raises NumPy follows IEEE 754, and so does the engine
                    part = rule(*map(_wide, numbers), **parameters)
                return fit(part, leaf._data)
        except AutogradError:  # numbers that were released
            return None


def sum_known(parts):
    """The sum of some gradients; None if one of them is not known, or if there are none."""
    return None if not parts or any(part is None for part in parts) else _sum(parts)


def _wide(data):
    return np.float64(data) if data.__class__ is float else data


def _sum(parts):
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
