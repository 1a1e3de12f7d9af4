"""A traced graph as arrays of numbers, made once: what folds a graph of 100,000 operations looks at all of it often.

Value k is the k-th of the graph, oldest first; constants that are Values come behind. A slot is one input of one
gate: the slots of a gate stand side by side, in the order of its inputs.
"""

from functools import cached_property
from itertools import chain, repeat
from weakref import WeakKeyDictionary

import numpy as np

from autograd import Value
from autograd.memory import scope_of

_known = WeakKeyDictionary()


def index_of(graph):
    """The `Index` of a traced graph; made when first asked for."""
    if graph not in _known:
        _known[graph] = Index(graph)
    return _known[graph]


class Index:
    """A graph in numbers.

    values, number       Values, and {id(Value): its number}; those behind `count` are constants
    is_gate, fan_out     of each value of the graph
    first                of each value its first slot (one more number at the end)
    source, consumer, position   of each slot: the value that it takes (-1: a plain number), its gate, which input it is
    gates, gate_numbers  the gates by themselves
    tokens               of each gate a number for its operation
    scopes, scope_list   of each gate a number for its scope; the scopes by that number
    """

    def __init__(self, graph):
        values = list(graph.values)
        inputs = [value.inputs for value in values]
        operands = list(chain.from_iterable(inputs))
        lengths = np.fromiter(map(len, inputs), np.int64, len(values))
        self.count = len(values)
        self.number = dict(zip(map(id, values), range(len(values))))
        self.source = np.fromiter(map(self.number.get, map(id, operands), repeat(-1)), np.int64, len(operands))
        self.values = values
        self._add_constants(operands)
        self.is_gate, self.fan_out = lengths > 0, np.array(graph.fan_out)
        self.first = np.concatenate(([0], np.cumsum(lengths)))
        self.consumer = np.repeat(np.arange(self.count), lengths)
        self.position = np.arange(len(operands)) - self.first[self.consumer]
        self.gate_numbers = np.flatnonzero(self.is_gate)
        self.gates = [value for value in values if value.inputs]
        self._name_gates()

    def _add_constants(self, operands):
        """Numbers for Values that are not tracked."""
        for slot in np.flatnonzero(self.source < 0).tolist():
            x = operands[slot]
            if x.__class__ is Value:
                if id(x) not in self.number:
                    self.number[id(x)] = len(self.values)
                    self.values.append(x)
                self.source[slot] = self.number[id(x)]

    def _name_gates(self):
        codes, scopes = {}, {}
        self.tokens = np.array([codes.setdefault(gate.op.name, len(codes)) for gate in self.gates], np.int64)
        self.scopes = np.array([scopes.setdefault(scope_of(gate), len(scopes)) for gate in self.gates], np.int64)
        self.scope_list = list(scopes)

    def run(self, first=0, stop=None):
        """The gates from `first` up to `stop`, as they ran."""
        return Run(self, first, len(self.gates) if stop is None else stop)

    def uses_of(self, number):
        """The slots that take a value, in the order in which a backward pass comes along."""
        order, ends = self.arrival
        return order[ends[number] : ends[number + 1]]

    @cached_property
    def arrival(self):
        """All slots in that order, value by value, and where those of each value begin."""
        backward = np.empty(len(self.source), np.int64)
        backward[len(backward) - self.first[self.consumer + 1] + self.position] = np.arange(len(backward))
        order = backward[np.argsort(self.source[backward], kind="stable")]
        return order, np.searchsorted(self.source[order], np.arange(len(self.values) + 1))


class Run:
    """Gates that ran one after another: those of a whole graph, or of one box.

    numbers, slots    of its gates among the values; of their inputs
    tokens, scopes    as in `Index`, of these gates
    """

    def __init__(self, index, first, stop):
        self.index, self.begin, self.end = index, first, stop
        self.numbers, self.tokens = index.gate_numbers[first:stop], index.tokens[first:stop]
        self.scopes = index.scopes[first:stop]
        self.slots = slice(0, 0)
        if stop > first:
            self.slots = slice(int(index.first[self.numbers[0]]), int(index.first[self.numbers[-1] + 1]))

    def __len__(self):
        return self.end - self.begin

    def symbol(self, k):
        """Symbol of gate k."""
        return self.index.gates[self.begin + k].op.symbol

    def gates(self, first=0, stop=None):
        """The gates themselves."""
        return self.index.gates[self.begin + first : self.end if stop is None else self.begin + stop]

    def scopes_in(self, first=0, stop=None):
        """The scopes of some of its gates, each once."""
        return [self.index.scope_list[code] for code in np.unique(self.scopes[first:stop]).tolist()]

    def common_symbols(self, first, stop, most=4):
        """The most frequent symbols, for hovering."""
        codes, where, counts = np.unique(self.tokens[first:stop], return_index=True, return_counts=True)
        order = sorted(range(len(codes)), key=lambda k: (-counts[k], where[k]))
        return ", ".join(f"{counts[k]:,} × {self.symbol(first + int(where[k]))}" for k in order[:most])


class Uses:
    """Some slots, as (consumer, position) each; `sources` counts the values that they take."""

    def __init__(self, index, slots):
        self.index, self.slots = index, slots
        self.sources = len(np.unique(index.source[slots])) if len(slots) > 1 else len(slots)

    def __len__(self):
        return len(self.slots)

    def __iter__(self):
        values, index = self.index.values, self.index
        consumers, positions = index.consumer[self.slots].tolist(), index.position[self.slots].tolist()
        return ((values[consumer], position) for consumer, position in zip(consumers, positions))

    def __getitem__(self, k):
        slot = self.slots[k]
        return self.index.values[self.index.consumer[slot]], int(self.index.position[slot])
