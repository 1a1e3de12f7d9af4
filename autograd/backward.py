"""The backward pass: one sweep over the graph, youngest value first.

At a value its upstream gradients have all arrived: one number, or, at a fan-out, the list that its copy node adds up.
The row's rule turns the sum into one gradient for each input, which travels on. Leaves keep what arrives.

There is one sweep. `backward`, `autograd.grad` and the walk that pictures show are this function with different ends.
"""

import threading

import numpy as np

from .arrays import ARITHMETIC, Absent, admit, fit, nothing, plain, quiet, shape_of
from .errors import FreedGraphError, GradientError, InplaceError, ShapeError
from .graph import Graph, check_tracked
from .mode import enable_grad
from .operation import TABLE
from .text import label
from .value import FREED, Value, constant, extra_of, parameters_of, tick

RELEASE_ABOVE = 1024  # bytes: smaller arrays stay with a released graph, so that it can still be drawn with numbers

_one_at_a_time = threading.RLock()  # two threads may share leaves, and the marks of a sweep are on the Values
_running: list["Graph"] = []


def sweep(graph, seeds, keep=False, create_graph=False, arrive=None, watch=None):
    """Send `seeds` (one gradient a root) backward through a freshly marked graph.

    arrive(value, gradient)   called for each leaf; default: accumulate into its `.grad`
    watch(value, arrived, gradient, parts)   told of every value: the gradients that arrived at it, their sum, and what
                              it passes on, as a list of (position, gradient)
    keep                      leave the graph whole for another pass
    create_graph              compute with Values, so that the gradients can be differentiated again
    """
    arrive = arrive or (accumulate_tracked if create_graph else accumulate)
    done = 0 if keep or create_graph else FREED
    pass_on = _pass_on_values if create_graph else _pass_on
    ghosts = None if keep or create_graph else {}
    for root, seed in zip(graph.roots, seeds, strict=True):
        _deliver(root, seed)
    general = create_graph or watch is not None
    pending = graph.values if done == FREED else graph.values.copy()
    while pending:
        node = pending.pop()
        gradient = node.upstream
        if node.uses != 1:
            gradient = _total(gradient)
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
                _release(node, ghosts)
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


def _total(arrived):
    """What a copy node does backward: the sum of the gradients that arrived, in their order."""
    total = arrived[0]
    for part in arrived[1:]:
        total = total + part
    return total


def _pass_on(node, gradient):
    """Run the rules of `node` on plain numbers and hand each input its part."""
    inputs, data = node.inputs, _operands(node)
    wanted = [position for position, x in enumerate(inputs) if x.__class__ is Value and x.uses > 0]
    try:
        parts = _apply_rules(node, wanted, gradient, node._data, data)
    except ARITHMETIC:
        if node._data.__class__ is not float:
            raise
        wide = [np.float64(d) if d.__class__ is float else d for d in data]  # 1/0 is inf in NumPy, an error in Python
        parts = _apply_rules(node, wanted, np.float64(gradient), np.float64(node._data), wide)
    parts = [(position, _fitted(part, inputs[position], node, gradient, data)) for position, part in parts]
    for position, part in parts:
        _deliver(inputs[position], part)
    return parts


def _apply_rules(node, wanted, gradient, y, data):
    rules, parameters = node.op.rules, parameters_of(node)
    return [(position, rules[position](gradient, y, *data, **parameters)) for position in wanted]


def _operands(node):
    """The numbers that `node` was computed from; those overwritten since are `Absent`."""
    if node.extra is not None and node.extra.saved is not None:
        return node.extra.saved
    data = []
    for x in node.inputs:
        if x.__class__ is not Value:
            data.append(x)
        elif x.index > node.index or (x.extra is not None and x.extra.base is not None and x.extra.base.index > node.index):
            data.append(_overwritten(x, node))
        else:
            data.append(x._data)
    return data


def _overwritten(x, node):
    return Absent(
        x._data,
        InplaceError,
        f"{label(x)} was overwritten in place after {node.op.name} had used it, and its gradient needs the old numbers: "
        f"run backward() before the change, or give {node.op.name} a clone()",
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
    if x.op is None and part.__class__ is np.ndarray:
        if part is gradient or part.base is not None or any(part is d for d in data):
            part = part.copy()
    return part


def _deliver(x, part):
    if x.uses == 1:
        x.upstream = part
    else:
        x.upstream.append(part)


def _pass_on_values(node, gradient):
    """The same on Values: what the rules do is recorded, so that it can be differentiated again."""
    op, inputs, parameters = node.op, node.inputs, parameters_of(node)
    _operands_intact(node)
    wanted = [position for position, x in enumerate(inputs) if x.__class__ is Value and x.uses > 0]
    if op.open:
        parts = [op.rules[position](gradient, node, *inputs, **parameters) for position in wanted]
    else:
        parts = _through_composite(node, gradient, [inputs[position] for position in wanted])
    parts = [(position, _fitted_value(part, inputs[position])) for position, part in zip(wanted, parts, strict=True)]
    for position, part in parts:
        _deliver(inputs[position], part)
    return parts


def _operands_intact(node):
    for operand in _operands(node):
        if operand.__class__ is Absent:
            operand._refuse()


def _through_composite(node, gradient, wanted):
    """Gradients of a fused operation, through its composite in simpler operations."""
    result = node.op.composite(*node.inputs, **parameters_of(node))
    return grad(result, wanted, gradient, create_graph=True, allow_unused=True, materialize_grads=True)


def _fitted_value(part, x):
    """`fit` in operations."""
    if part.__class__ is not Value:
        part = constant(plain(np.broadcast_to(np.asarray(part, dtype=x.dtype), shape_of(x._data)).copy()))
    if part.shape != x.shape:
        part = TABLE["sum_to"](part, shape=tuple(x.shape))
    return part if part.dtype == x.dtype else TABLE["to"](part, dtype=x.dtype)


# -- ends of the sweep -------------------------------------------------------------------------------------------------


def accumulate(leaf, gradient):
    """Add an arriving gradient to the leaf's `.grad`, in place where there is one already."""
    if gradient.__class__ is not leaf._data.__class__:
        gradient = fit(gradient, leaf._data)
    grad = leaf._grad
    if grad is None:
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
        given = gradient if gradient.__class__ is Value else constant(gradient)
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
            accumulate_tracked(node, constant(_own(gradient)))
    return gradient


def _release(node, ghosts):
    """Let go of the large arrays that only this graph holds; its structure stays, to be drawn."""
    if any(x.__class__ is Value and _heavy(x) for x in node.inputs):
        node.inputs = tuple(_ghost(x, ghosts) if x.__class__ is Value and _heavy(x) else x for x in node.inputs)
        ghost = ghosts.get(node.index)
        if ghost is not None:
            ghost.inputs = node.inputs
    if node.extra is not None:
        node.extra.saved = None


def _heavy(x):
    data = x._data
    return data.__class__ is np.ndarray and data.nbytes > RELEASE_ABOVE and not (x.op is None and x.requires_grad)


def _ghost(x, ghosts):
    """A stand-in with the place of `x` in the graph but not its numbers. One for all that used `x`."""
    ghost = ghosts.get(x.index)
    if ghost is None:
        ghost = ghosts[x.index] = constant(
            Absent(x._data, FreedGraphError, f"the numbers of {label(x)} were released by backward()")
        )
        ghost.op, ghost.inputs, ghost.parameters, ghost.index = x.op, x.inputs, parameters_of(x), x.index
        ghost.requires_grad, ghost.uses = x.requires_grad, FREED if x.requires_grad else 0
        if x.extra is not None:
            extra_of(ghost).name, ghost.extra.scope = x.extra.name, x.extra.scope
    return ghost


# -- beginnings of the sweep -----------------------------------------------------------------------------------------------


def backward(value, gradient=None, retain_graph=None, create_graph=False, inputs=None):
    """Compute the gradient of `value` and add it to the `.grad` of the leaves it was computed from.

    gradient      upstream gradient of `value`; needed unless it has one entry (then 1)
    retain_graph  keep the graph for another pass; default: `create_graph`
    create_graph  make the gradients differentiable themselves
    inputs        only these Values accumulate; default: all leaves

    Raises GradientError without a graph, FreedGraphError on a second pass through a released graph, ShapeError for an
    upstream gradient of another shape, InplaceError where a needed number was overwritten.
    """
    backward_all([value], [gradient], retain_graph, create_graph, inputs)


def backward_all(values, gradients=None, retain_graph=None, create_graph=False, inputs=None):
    """`backward` from several Values in one pass, as `torch.autograd.backward`."""
    gradients = gradients if gradients is not None else [None] * len(values)
    for value in values:
        check_tracked(value, "backward()")
    seeds = [seed_of(value, g, create_graph) for value, g in zip(values, gradients, strict=True)]
    keep = create_graph if retain_graph is None else retain_graph
    if inputs is not None:
        inputs = [inputs] if isinstance(inputs, Value) else list(inputs)
        _into_grad(inputs, _gradients(values, inputs, seeds, keep, create_graph), create_graph)
        return
    with _alone(), enable_grad() if create_graph else nothing:
        graph = Graph(*values)
        _run(graph, seeds, keep, create_graph)


def _run(graph, seeds, keep=False, create_graph=False, **ends):
    """The sweep, with its marks taken off again if it fails."""
    _running.append(graph)
    try:
        with nothing if create_graph else quiet():
            sweep(graph, seeds, keep, create_graph, **ends)
    except BaseException:
        for value in graph.values:
            value.uses = min(value.uses, 0)
        raise
    finally:
        _running.pop()


def run_alone(graph, seeds, **ends):
    """A sweep over a marked graph, for those who watch it; arguments as in `sweep`."""
    with _alone():
        _run(graph, seeds, **ends)


class _alone:
    """One sweep at a time; one that starts inside another (in a hook) finds the marks clean and leaves them as they were."""

    def __enter__(self):
        _one_at_a_time.acquire()
        self.parked = []
        for graph in _running:
            for value in graph.values:
                self.parked.append((value, value.uses, getattr(value, "upstream", None)))
                if value.uses > 0:
                    value.uses = 0

    def __exit__(self, *_):
        for value, uses, upstream in self.parked:
            value.uses, value.upstream = uses, upstream
        _one_at_a_time.release()


def grad(
    outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, allow_unused=False, materialize_grads=False
):
    """Gradients of the sum of `outputs` with respect to `inputs`, as a tuple; no `.grad` is touched.

    Formula: inputs[i] gets Σ_j (∂outputs[j]/∂inputs[i])ᵀ grad_outputs[j]. Arguments as in `torch.autograd.grad`.

    Raises GradientError if an input does not take part, unless `allow_unused` (its gradient is then None) or
    `materialize_grads` (zeros).
    """
    outputs = [outputs] if isinstance(outputs, Value) else list(outputs)
    inputs = [inputs] if isinstance(inputs, Value) else list(inputs)
    if grad_outputs is None or isinstance(grad_outputs, (Value, np.ndarray, float, int)):
        grad_outputs = [grad_outputs] * len(outputs)
    for output in outputs:
        check_tracked(output, "grad()")
    for number, x in enumerate(inputs):
        check_tracked(x, f"grad() with respect to input {number}")
    seeds = [seed_of(output, g, create_graph) for output, g in zip(outputs, grad_outputs, strict=True)]
    keep = create_graph if retain_graph is None else retain_graph
    gradients = _gradients(outputs, inputs, seeds, keep, create_graph)
    if materialize_grads:
        return tuple(g if g is not None else constant(fit(0.0, x._data)) for g, x in zip(gradients, inputs, strict=True))
    if not allow_unused and any(g is None for g in gradients):
        missing = next(x for x, g in zip(inputs, gradients, strict=True) if g is None)
        raise GradientError(
            f"grad(): {label(missing)} was not used to compute the outputs; pass allow_unused=True to get None for it"
        )
    return tuple(gradients)


def _gradients(outputs, inputs, seeds, keep, create_graph):
    """Gradient of each input, or None; results of operations among them are caught on the way."""
    caught = {}

    def catch(value, gradient):
        caught[id(value)] = gradient

    wanted = {id(x) for x in inputs}

    def watch(value, _arrived, gradient, _parts):
        if id(value) in wanted:
            caught[id(value)] = gradient

    results = any(x.op is not None for x in inputs)
    with _alone(), enable_grad() if create_graph else nothing:
        graph = Graph(*outputs).only_towards(inputs)
        live = [(root, seed) for root, seed in zip(graph.roots, seeds, strict=True) if root.uses > 0]
        graph.roots = [root for root, _ in live]
        seeds = [seed for _, seed in live]
        _run(graph, seeds, keep, create_graph, arrive=catch, watch=watch if results else None)
    answers = []
    for x in inputs:
        gradient = caught.get(id(x))
        answers.append(gradient if gradient is None or gradient.__class__ is Value else constant(_own(gradient)))
    return answers


def _own(gradient):
    if gradient.__class__ is np.ndarray:
        return gradient.copy()
    return float(gradient) if gradient.__class__ is np.float64 else gradient


def _into_grad(inputs, gradients, create_graph):
    for x, gradient in zip(inputs, gradients, strict=True):
        if gradient is None:
            raise GradientError(f"backward(): {label(x)} was not used to compute the result")
        if create_graph or x.op is not None:
            accumulate_tracked(x, gradient)
        else:
            accumulate(x, gradient._data)


def seed_of(value, gradient, create_graph=False):
    """The upstream gradient of a root, checked."""
    if gradient is None:
        if value.numel() != 1:
            raise GradientError(
                f"the gradient of a Value of shape {tuple(value.shape)} needs an upstream gradient of that shape: reduce "
                "it first (.sum(), .mean()) or pass gradient="
            )
        gradient = 1.0
    elif getattr(gradient, "shape", np.shape(gradient)) != value.shape:
        raise ShapeError(
            f"an upstream gradient of shape {tuple(np.shape(getattr(gradient, '_data', gradient)))} does not fit a Value "
            f"of shape {tuple(value.shape)}"
        )
    if create_graph:
        return gradient if gradient.__class__ is Value else constant(fit(admit(gradient), value._data))
    return fit(gradient._data if gradient.__class__ is Value else admit(gradient), value._data)


Value.backward = backward

