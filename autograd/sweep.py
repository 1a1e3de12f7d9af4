"""The sweep: gradients travel from the roots to the leaves, youngest value first.

At a value its upstream gradients have all arrived: one number, or, at a fan-out, the list that its copy node adds up.
The row's rule turns the sum into one gradient for each input, which travels on. Leaves keep what arrives.

There is one sweep. `backward`, `autograd.grad` and the walk that pictures show are this function with different ends.
"""

import numpy as np

from .arrays import ARITHMETIC, Absent, admit, fit, shape_of
from .errors import DtypeError, InplaceError, ShapeError
from .memory import NO_PARAMETERS
from .operation import AllAtOnce
from .release import RELEASE_ABOVE, release
from .text import label
from .value import FREED, Value, constant, tick


def sweep(graph, seeds, keep=False, pass_on=None, arrive=None, watch=None):
    """Send `seeds` (one gradient a root) backward through a freshly marked graph.

    keep                      leave the graph whole for another pass
    pass_on(node, gradient)   what runs a node's rules; default: on plain numbers
    arrive(leaf, gradient)    what a gradient does at a leaf; default: accumulate into its `.grad`
    watch(value, arrived, gradient, parts)   told of every value: the gradients that arrived at it (one, or the list of
                              its copy node), their sum, and what it passes on, as a list of (position, gradient)
    """
    general = pass_on is not None or watch is not None
    pass_on, arrive = pass_on or _pass_on, arrive or accumulate
    done, ghosts = (0, None) if keep else (FREED, {})
    for root, seed in zip(graph.roots, seeds, strict=True):
        deliver(root, seed)
    pending = graph.values if done == FREED else graph.values.copy()
    while pending:
        node = pending.pop()
        gradient = node.upstream
        if node.uses != 1:
            gradient = total(gradient)
        op = node.op
        if op is None:
            node.uses = 0
            if node.extra is not None and node.extra.hooks:
                gradient = _hooked(node, gradient)
            arrive(node, gradient)
            if watch is not None:
                watch(node, node.upstream, gradient, [])
            elif gradient.__class__ is not float:
                node.upstream = None
            continue
        node.uses = done
        if general or op.scalar is None or node.extra is not None or node._data.__class__ is not float:
            if node.extra is not None:
                gradient = _seen(node, gradient)
            parts = pass_on(node, gradient)
            if watch is not None:
                watch(node, node.upstream, gradient, parts)
            elif gradient.__class__ is np.ndarray and gradient.nbytes > RELEASE_ABOVE:
                node.upstream = None
            if ghosts is not None:
                release(node, ghosts)
            continue
        # What follows is `_pass_on` for one or two floats, written out: half of a small graph's time is spent here.
        inputs, rules = node.inputs, op.rules
        try:
            if len(inputs) == 2:
                a, b = inputs
                if b.__class__ is not Value:
                    part = rules[0](gradient, node._data, a._data, b)
                    if a.uses == 1:
                        a.upstream = part
                    else:
                        a.upstream.append(part)
                    continue
                other = None
                x, y = a if a.__class__ is not Value else a._data, b._data
                if b.uses > 0:
                    other = rules[1](gradient, node._data, x, y)
                if a.__class__ is Value and a.uses > 0:
                    part = rules[0](gradient, node._data, x, y)
                    if a.uses == 1:
                        a.upstream = part
                    else:
                        a.upstream.append(part)
                if other is not None:
                    if b.uses == 1:
                        b.upstream = other
                    else:
                        b.upstream.append(other)
            elif len(inputs) == 1:
                (a,) = inputs
                part = rules[0](gradient, node._data, a._data)
                if a.uses == 1:
                    a.upstream = part
                else:
                    a.upstream.append(part)
            else:
                _pass_on(node, gradient)
        except ARITHMETIC:  # 1/0 and the like: the general way goes on with inf
            _pass_on(node, gradient)


def total(arrived):
    """What a copy node does backward: the sum of the gradients that arrived, in their order."""
    result = arrived[0]
    for part in arrived[1:]:
        result = result + part
    return result


def _pass_on(node, gradient):
    """Run the rules of `node` on plain numbers and hand each input its part."""
    data = operands_of(node)
    try:
        parts = _apply_rules(node, gradient, node._data, data)
    except ARITHMETIC:
        if node._data.__class__ is not float:
            raise
        wide = [np.float64(d) if d.__class__ is float else d for d in data]  # 1/0 is inf in NumPy, an error in Python
        parts = _apply_rules(node, np.float64(gradient), np.float64(node._data), wide)
    inputs = node.inputs
    for number, (position, part) in enumerate(parts):
        x = inputs[position]
        own = x._data
        if (
            part.__class__ is not np.ndarray or own.__class__ is not np.ndarray
            or part.shape != own.shape or part.dtype is not own.dtype
        ):  # fmt: skip
            part = _fitted(part, x, node, gradient, data)
            parts[number] = position, part
        elif x.op is None and _borrowed(part, gradient, data):
            part = part.copy()
            parts[number] = position, part
        if x.uses == 1:
            x.upstream = part
        else:
            x.upstream.append(part)
    return parts


def _apply_rules(node, gradient, y, data):
    """The part of each input that wants one, as (position, gradient)."""
    op, parameters, parts = node.op, getattr(node, "parameters", NO_PARAMETERS), []
    rules, kernel, first = op.rules, op.kernel, data[0]
    wanted = [position for position, x in enumerate(node.inputs) if x.__class__ is Value and x.uses > 0]
    if rules.__class__ is AllAtOnce:
        return rules.parts(gradient, wanted, parameters)
    fast = ()
    if kernel is not None and first.__class__ is np.ndarray and first.size >= kernel.above:
        fast = kernel.rules
        if kernel.together is not None:
            found = kernel.together(wanted, gradient, y, *data, **parameters)
            if found is not NotImplemented:
                return found
    for position in wanted:
        part = NotImplemented
        if fast and fast[position] is not None:
            part = fast[position](gradient, y, *data, **parameters)
        if part is NotImplemented:  # the row's rule, where no kernel has one for these numbers
            part = rules[position](gradient, y, *data, **parameters)
        parts.append((position, part))
    return parts


def operands_of(node):
    """The numbers that `node` was computed from; those overwritten since are `Absent`."""
    data = []
    for x in node.inputs:
        if x.__class__ is not Value:
            data.append(x)
        elif x.index > node.index or (x.extra is not None and x.extra.written > node.index):
            data.append(_overwritten(x, node))
        else:
            data.append(x._data)
    return data


def _overwritten(x, node):
    return Absent(
        x._data,
        InplaceError,
        f"{label(x)} was overwritten in place after {node.op.name} had used it, and its gradient needs the old "
        f"numbers: run backward() before the change, or give {node.op.name} a clone()",
    )


def _fitted(part, x, node, gradient, data):
    """A rule's result as the gradient of `x`: its shape, its dtype, and, for a leaf, memory of its own."""
    try:
        part = fit(part, x._data)
    except (ValueError, TypeError, AttributeError) as error:
        raise ShapeError(
            f"the rule of {node.op.name} gave a gradient of shape {np.shape(part)} for an input of shape "
            f"{shape_of(x._data)}"
        ) from error
    if x.op is None and part.__class__ is np.ndarray and _borrowed(part, gradient, data):
        return part.copy()
    return part


def _borrowed(part, gradient, data):
    """Whether a rule's result is the memory of something else."""
    if part is gradient or part.base is not None:
        return True
    for operand in data:  # noqa: SIM110 - by identity, and without a generator
        if part is operand:
            return True
    return False


def deliver(x, part):
    if x.uses == 1:
        x.upstream = part
    else:
        x.upstream.append(part)


# -- what happens to a gradient at a value ---------------------------------------------------------------------------


def accumulate(leaf, gradient):
    """Add an arriving gradient to the leaf's `.grad`, in place where there is one already."""
    if gradient.__class__ is not leaf._data.__class__:
        gradient = fit(gradient, leaf._data)
    grad = leaf._grad
    if grad is None:
        if gradient.__class__ is np.ndarray and gradient.dtype.kind != "f":
            raise DtypeError(f"{label(leaf)} holds {gradient.dtype}, and only floating-point numbers have gradients")
        leaf._grad = constant(gradient)
    elif grad.requires_grad:
        leaf._grad = constant(grad._data + gradient)
    elif grad._data.__class__ is np.ndarray:
        grad._data += gradient
        grad.index = tick()
    else:
        grad._data = grad._data + gradient


def accumulate_tracked(value, gradient):
    """The same with gradients that can be differentiated again."""
    before = value.grad
    value._grad = gradient if before is None else before + gradient


def _hooked(node, gradient):
    for hook in list(node.extra.hooks.values()):
        given = gradient if gradient.__class__ is Value else constant(own(gradient))  # the hook may keep it
        answer = hook(given)
        if answer is None:
            continue
        if shape_of(getattr(answer, "_data", answer)) != shape_of(node._data):
            raise ShapeError(f"a hook on {label(node)} answered with another shape than its gradient's")
        answer = answer if answer.__class__ is Value else constant(admit(answer))
        gradient = answer if gradient.__class__ is Value else fit(answer._data, node._data)
    return gradient


def _seen(node, gradient):
    """Hooks and retained gradients of a result of operations."""
    extra = node.extra
    if extra.hooks:
        gradient = _hooked(node, gradient)
    if extra.retain:
        if gradient.__class__ is Value:
            accumulate_tracked(node, gradient)
        else:
            accumulate_tracked(node, constant(own(gradient)))
    return gradient


def own(gradient):
    """A gradient whose memory nobody else holds."""
    if gradient.__class__ is np.ndarray:
        return gradient.copy()
    return float(gradient) if gradient.__class__ is np.float64 else gradient
