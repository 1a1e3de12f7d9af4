"""Writing into a Value's own memory, by PyTorch's rules.

While nothing is recorded the numbers change, and that is all. A recorded change gives the Value a new place in the graph:
`y += x` makes y the result of an addition whose first input is what y was. Where a view is changed, its base becomes "the
base as it was, with this part overwritten", and all other views of it are taken anew. Whoever used the old numbers and
needs them for its gradient gets an InplaceError in the backward pass; a leaf that requires a gradient cannot be changed
while operations are recorded, since its old numbers would belong to nobody.
"""

import numpy as np

from ..arrays import Absent, is_floating, restore, shape_of, silence
from ..errors import DtypeError, GradientError, ShapeError
from ..memory import (
    NO_PARAMETERS,
    as_it_was,
    base_of,
    members_of,
    push_history,
    scope_of,
    tick,
    touch,
    touch_one,
    write,
)
from ..mode import here
from ..recording import operand_of, record
from ..text import label
from ..value import Value
from .arithmetic import add, sub
from .indexing import Basic, getitem, overwrite, overwrite_at, way_to
from .shapes import reshape

_RANK = {"b": 0, "u": 1, "i": 1, "f": 2}
KEEP_BELOW = 1024  # bytes: so much is kept to be drawn in any case
_WALK_AT_MOST = 1000  # nodes in search of circles; what is beyond, the next backward pass or Python's collector finds


def in_place(function, name):
    """`function` as a method that puts its result into the memory of its first argument."""

    def method(self, *arguments, **parameters):
        _check_writable(self)
        since = tick()
        result = function(self, *arguments, **parameters)
        _check_fits(self, result, name)
        if result.requires_grad or (here.recording and self.requires_grad):
            _become(self, result, since)
        else:
            _write(self, result._data)
            touch(self)
        return self

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"`{name.strip('_')}` with the result in this Value's own memory."
    return method


def in_place_operator(op, out_of_place):
    """The same as an operator, `x += y`; `out_of_place` is `x + y`, which is quick for floats."""
    method = in_place(out_of_place, f"{op.name}_")

    def operator(self, other):
        if other.__class__ is not Value and operand_of(other) is NotImplemented:
            return NotImplemented
        return method(self, other)

    return operator


def assign(value, new, way=()):
    """Overwrite all of `value`, or the part that the views of `way` show, with `new`: a Value, an array or a number."""
    _check_writable(value)
    if new is value and not way:
        return value
    numbers = new._data if new.__class__ is Value else new
    tracked = value.requires_grad or getattr(new, "requires_grad", False)
    if tracked and here.recording and is_floating(value._data):
        base = base_of(value)
        before = push_history(base)
        _write(value, numbers, way)
        _overwritten(base, before, new, (*_way_from(base, value), *way))
    else:
        _write(value, numbers, way)
        touch(value)
    return value


def setitem(self, index, new):
    """self[index] = new."""
    new = _operand(new)
    way = way_to(index)
    if _is_there_already(self, way, new):  # the second half of self[index] += 1
        return
    shape = np.shape(getitem(self._data, **way[0][1]))
    assign(self, _stretching_to(new, shape), way)


def copy_(self, src, non_blocking=False):
    """Overwrite the numbers with those of `src`, which is stretched to this shape and cast to this dtype."""
    return assign(self, _stretching_to(_operand(src), self.shape))


def fill_(self, value):
    """Overwrite all numbers with one."""
    value = _operand(value)
    if value.ndim if value.__class__ is Value else np.ndim(value):
        raise ShapeError(f"fill_ takes one number, not an array of shape {tuple(np.shape(value))}; copy_ takes arrays")
    return assign(self, value)


def zero_(self):
    """Overwrite all numbers with 0."""
    return assign(self, 0.0)


def detach_(self):
    """Leave the graph: from now on this Value is a leaf that requires no gradient."""
    if base_of(self) is not self:
        raise GradientError("detach_() of a view; use .detach(), which leaves the base as it is")
    if self.op is not None:
        data = self._data
        push_history(self, data.copy() if data.__class__ is np.ndarray else data)
        self.op, self.inputs, self.parameters, self._grad = None, (), {}, self.grad
    self.requires_grad = False
    return self


# -- checks ---------------------------------------------------------------------------------------------------------


def _check_writable(value):
    base = base_of(value)
    if here.recording and base.requires_grad:
        view = "" if value is base else ", here through a view,"
        if base.op is None:
            raise GradientError(
                f"{label(base)} is a leaf that requires a gradient; it cannot be changed in place{view} while operations "
                "are recorded: change it inside `with no_grad():`, or make a new value, x = x + ... instead of x += ..."
            )
        if not value.requires_grad:
            raise GradientError(
                "a view that was taken under no_grad() is changed in place while operations are recorded: take the view "
                "where they are recorded, or change it under no_grad()"
            )
    data = value._data
    if isinstance(data, Absent):
        data._refuse()
    if data.__class__ is np.ndarray and not data.flags.writeable:
        raise ShapeError(
            f"this array of shape {tuple(value.shape)} cannot be changed in place: it was stretched (several entries are "
            "one in memory), or NumPy has locked it; clone() it first"
        )


def _check_fits(value, result, name):
    if value._data.__class__ is float and result._data.__class__ is float:
        return
    if shape_of(result._data) != shape_of(value._data):
        raise ShapeError(
            f"{name}: the result has shape {tuple(result.shape)} and does not fit into {tuple(value.shape)} in place; "
            f"write x = x.{name.rstrip('_')}(...)"
        )
    if _RANK[result.dtype.kind] > _RANK[value.dtype.kind]:
        raise DtypeError(
            f"{name}: a result of {result.dtype} does not go into {value.dtype} in place; convert it first, for example "
            "with .float()"
        )


def _operand(new):
    operand = new if new.__class__ is Value else operand_of(new)
    if operand is NotImplemented:
        raise TypeError(f"a number, an array or a Value can be written into a Value, not {type(new).__name__}")
    return operand


def _stretching_to(new, shape):
    """`new` such that it can be stretched to `shape`: without axes of length 1 in front that have no place there."""
    given = tuple(np.shape(new))
    extra = len(given) - len(shape)
    if extra > 0 and given[:extra] == (1,) * extra:
        new, given = reshape(new, shape=given[extra:]), given[extra:]
    if len(given) > len(shape) or any(a not in (1, b) for a, b in zip(given[::-1], tuple(shape)[::-1])):
        raise ShapeError(f"numbers of shape {given} do not fit into a place of shape {tuple(shape)}")
    return new


def _is_there_already(value, way, new):
    """Whether `new` is the very part of `value` that it would be written into."""
    if new.__class__ is not Value or new.extra is None or value.extra is None or new.extra.memory is None:
        return False
    (step,) = way
    (op, parameters) = new.extra.way[-1] if new.extra.way else (None, None)
    return (
        new.extra.memory is value.extra.memory
        and new.extra.base is base_of(value)
        and op is getitem
        and len(new.extra.way) == len(value.extra.way) + 1
        and step[1]["index"].__class__ is Basic
        and parameters["index"] == step[1]["index"]
    )


# -- the new place in the graph --------------------------------------------------------------------------------------


def _write(value, numbers, way=()):
    if numbers.__class__ is float and not way:
        write(value, numbers)
        return
    token = silence()
    try:
        write(value, numbers, way, overwrite_at)
    finally:
        restore(token)


def _become(value, result, since):
    """`value` takes the numbers and the place in the graph of `result`, which was computed from it after `since`."""
    base = base_of(value)
    before = push_history(value, _kept(value, result), since)
    if base is not value:
        before_base = push_history(base)
        _write(value, result._data)
        _overwritten(base, before_base, result if result.requires_grad else result._data, _way_from(base, value), value)
        return
    _write(value, result._data)
    if result.op is None or result.index < since:
        _overwritten(value, before, result if result.requires_grad else result._data, ())
        return
    value.op, value.parameters, value.requires_grad = result.op, getattr(result, "parameters", NO_PARAMETERS), True
    value.inputs = tuple(before if x is value else x for x in result.inputs)
    value.scope = scope_of(result)
    _take_views_anew(value, before)


def _kept(value, result):
    """The numbers of `value` for the operation that overwrites them, unless it has no need of them."""
    data = value._data
    if data.__class__ is not np.ndarray:
        return data
    return None if data.nbytes > KEEP_BELOW and result.op in (add, sub) else data.copy()


def _overwritten(base, before, new, way, changed=None):
    """`base` becomes what it was `before` with `new` in one part; `changed` is the view that has told its history."""
    new = before if new is base else new
    base.op, base.inputs, base.parameters, base.requires_grad = overwrite, (before, new), {"way": way}, True
    _take_views_anew(base, before, changed)


def _way_from(base, value):
    """The views that lead from `base` to `value`."""
    return () if base is value else value.extra.way[len(base.extra.way) :]


def _take_views_anew(base, before, changed=None):
    """Views of `base` show its new numbers and are made from it again; detached twins only show them."""
    for member in members_of(base):
        if member is base:
            continue
        if base_of(member) is not base or (before.requires_grad and not member.requires_grad):
            touch_one(member)
            continue
        if member is not changed:
            push_history(member)
        source = base
        *first, (op, parameters) = _way_from(base, member)
        for step, step_parameters in first:
            source = record(step, (source,), step_parameters)
        member.op, member.inputs, member.parameters, member.requires_grad = op, (source,), parameters, True
        member.index = tick()
    _settle(base, before.index)


def _settle(node, horizon):
    """Lead inputs that were overwritten to what they were, behind `node` as far back as `horizon`.

    Otherwise `c += c + 1` would be a circle (c was made from c + 1, which was made from c) that keeps its memory.
    """
    pending, seen = [node], {id(node)}
    for user in pending:
        for x in user.inputs:
            if x.__class__ is not Value:
                continue
            if x.index > user.index:
                x = as_it_was(user, x)
            if x.index > horizon and id(x) not in seen and len(pending) < _WALK_AT_MOST:
                seen.add(id(x))
                pending.append(x)


for _name, _function in {"copy_": copy_, "fill_": fill_, "zero_": zero_, "detach_": detach_}.items():
    setattr(Value, _name, _function)
Value.__setitem__ = setitem
