"""Who shares numbers with whom, and what a Value was before it was overwritten.

A view (`x[0]`, `x.T`, `x.view(-1)`) and a detached twin show the numbers of another Value. What is written through one
of them is seen by all, and the graph must learn of it: an operation that used the old numbers can no longer be
differentiated with the new ones. The clock tells: an input that is younger than its consumer was overwritten since.
"""

import itertools
from bisect import bisect_left
from operator import attrgetter
from types import MappingProxyType
from weakref import ref

import numpy as np

from . import text
from .arrays import Absent, plain
from .errors import InplaceError

tick = itertools.count(1).__next__  # the clock of the graph: an input is older than what was made of it
new = object.__new__
FREED = -1  # in `uses`: the graph behind this Value was released by a backward pass
NO_PARAMETERS = {}
NO_HOOKS = MappingProxyType({})
CARRY = []  # the identity row, put here by autograd.ops: this layer knows no operation by name
_by_age = attrgetter("index")


class Extra:
    """What only few Values have.

    name            for pictures and messages
    hooks, retain   what happens to the gradient; `parameter`: made by nn.Parameter
    memory, way     whose numbers it shows, and the views (operation, parameters) that lead from the first of them to it
    base            of a view: the Value that it is differentiated through
    history         what it was before each recorded write, oldest first
    written         when its numbers were overwritten elsewhere: consumers made before can no longer use them
    """

    # Defaults stand on the class: a view needs three of these, and every index makes a view.
    name = base = history = memory = None
    hooks, way = NO_HOOKS, ()
    retain = parameter = False
    written = 0


class Memory:
    """Numbers that several Values show: `data` whole, as the first of them has it, and weakly who shows them."""

    __slots__ = ("data", "references", "room")

    def __init__(self, first):
        self.data, self.references, self.room = first._data, [ref(first)], 16

    def forget(self):
        """Take the dead off the list; called each time it has doubled."""
        self.references = [reference for reference in self.references if reference() is not None]
        self.room = 2 * len(self.references) + 16

    def members(self):
        """The Values that show these numbers, oldest first."""
        return [member for reference in self.references if (member := reference()) is not None]

    def remove(self, member):
        """`member` has other numbers now."""
        self.references = [reference for reference in self.references if reference() is not member]


def extra_of(value):
    """The record of a Value's rare properties, made when first needed."""
    if value.extra is None:
        value.extra = Extra()
    return value.extra


def scope_of(value):
    """The named boxes that a Value was computed in, outermost first; plain operands have none."""
    return getattr(value, "scope", ())  # the slot is filled only inside of one


def base_of(value):
    """The Value that this one is differentiated through: itself, unless it is a view."""
    return value if value.extra is None or value.extra.base is None else value.extra.base


def members_of(value):
    """All Values that show the numbers of this one, oldest first."""
    return [value] if value.extra is None or value.extra.memory is None else value.extra.memory.members()


def share(value, source, step=None):
    """Note that `value` shows the numbers of `source`: by the view `step` (operation, parameters), or cut off."""
    data, whole = value._data, source._data
    if data.__class__ is np.ndarray and whole.__class__ is np.ndarray:
        base = data.base
        if base is not whole and (base is None or base is not whole.base) and not _overlap(data, whole):
            return  # a copy after all
    origin, extra = source.extra, value.extra
    if origin is None:
        origin = source.extra = Extra()
    if extra is None:
        extra = value.extra = Extra()
    memory = origin.memory
    if memory is None:
        memory = origin.memory = Memory(source)
    extra.memory, extra.way = memory, origin.way
    if step is not None:
        extra.way = (*origin.way, step)
        extra.base = source if origin.base is None else origin.base
    references = memory.references
    references.append(ref(value))
    if len(references) > memory.room:
        memory.forget()


def _overlap(a, b):
    if a.__class__ is not np.ndarray or b.__class__ is not np.ndarray:
        return False
    return a is b or a.base is b or np.may_share_memory(a, b)


def look(data, way):
    """What the views of `way` show of `data`."""
    for op, parameters in way:
        data = op.forward(data, **parameters)
    return data


def put(data, way, numbers):
    """`data` with `numbers` in the place that the views of `way` show: written into it if it is an array."""
    array = np.asarray(data)
    part = look(array, way)
    if _overlap(part, array):
        part[...] = numbers
    else:  # a layout in which a step of the way copies: go by positions
        positions = look(np.arange(array.size).reshape(array.shape), way)
        np.put(array, positions, np.broadcast_to(numbers, np.shape(positions)).astype(array.dtype))
    return plain(array)


def write(value, numbers, way=(), put=put):
    """Put `numbers` into the memory of `value`, for all that share it: into the part that the views of `way` show.

    The graph learns of it by `touch`.
    """
    memory = None if value.extra is None else value.extra.memory
    if memory is None and numbers.__class__ is float and value._data.__class__ is float:
        value._data = numbers
    elif memory is None or _overlap(value._data, memory.data):
        value._data = put(value._data, way, numbers)
    else:
        memory.data = put(memory.data, (*value.extra.way, *way), numbers)
    if memory is not None:
        for member in memory.members():
            if not _overlap(member._data, memory.data):
                member._data = put(member._data, (), look(np.asarray(memory.data), member.extra.way))


def replace(value, data):
    """Give `value` other numbers: a scalar is written where it stands, an array leaves the shared memory."""
    if data is value._data or value.extra is None or value.extra.memory is None:
        value._data = data
    elif data.__class__ is not np.ndarray and value._data.__class__ is not np.ndarray:
        write(value, data)
    else:
        extra = value.extra
        extra.memory.remove(value)
        extra.memory, extra.way, extra.base = None, (), None
        value._data = data


def touch(value):
    """Note that the numbers of a Value were overwritten now: what was made of them earlier can no longer use them.

    A result of operations keeps its place in the graph under a stand-in that history remembers.
    """
    extra = value.extra
    if value.op is None and (extra is None or extra.memory is None):  # a parameter, as a rule
        value.index = tick()
        return
    for member in members_of(value):
        touch_one(member)


def touch_one(value):
    """The same for this Value alone."""
    if value.op is None:
        value.index = tick()
    elif value.op.view and value._data.__class__ is np.ndarray:  # a view's rule looks at no numbers, so its place stays
        extra_of(value).written = tick()
    else:
        stand_in = push_history(value)
        value.op, value.inputs, value.parameters = CARRY[0], (stand_in,), NO_PARAMETERS


def push_history(value, kept=None, since=0):
    """Move what `value` was to a stand-in, which earlier consumers will find; `value` itself is free to be remade.

    kept    the numbers it had, for consumers made after the time `since`; without it, nobody has them any more
    """
    stand_in = new(value.__class__)
    stand_in.op, stand_in.inputs, stand_in.requires_grad = value.op, value.inputs, value.requires_grad
    stand_in.parameters = getattr(value, "parameters", NO_PARAMETERS)
    stand_in.index, stand_in.uses, stand_in.extra = value.index, value.uses, None
    extra = extra_of(value)
    if kept is not None:
        stand_in._data = kept
        extra_of(stand_in).written = since
    else:
        stand_in._data = _gone(value)
    stand_in.scope = scope_of(value)
    if extra.hooks or extra.name:
        other = extra_of(stand_in)
        other.name, other.hooks, extra.hooks = extra.name, extra.hooks, {}
    if extra.history is None:
        extra.history = []
    elif extra.history[-1].uses == FREED:  # nobody can sweep it again: only that it was there needs to be known
        extra.history[-1].inputs, extra.history[-1]._data = (), _gone(value)
    extra.history.append(stand_in)
    value.index, value.uses = tick(), 0
    return stand_in


def _gone(value):
    return Absent(
        value._data,
        InplaceError,
        f"{text.label(value)} was overwritten in place after it had been used, and the backward pass needs the numbers "
        "it had: write `x = x + ...` instead of `x += ...`, or clone() it first",
    )


def before(value, index):
    """The version of `value` that an operation made at time `index` used."""
    history = value.extra.history if value.extra is not None else None
    older = bisect_left(history, index, key=_by_age) if history else 0
    return history[older - 1] if older else value


def as_it_was(node, x):
    """The version of an overwritten input that `node` was computed from, put in its place for good."""
    version = before(x, node.index)
    if version is not x:
        node.inputs = tuple(version if i is x else i for i in node.inputs)
    extra_of(node)  # keeps the sweep from its short way: the general one compares ages and refuses stale numbers
    return version
