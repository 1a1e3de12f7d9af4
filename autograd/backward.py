"""Where backward passes begin: `backward`, `grad`, and the same on Values for higher derivatives."""

import threading

import numpy as np

from .arrays import Absent, admit, fit, nothing, plain, restore, shape_of, silence
from .errors import GradientError, ShapeError
from .graph import Graph, check_tracked
from .mode import enable_grad
from .operation import TABLE
from .release import RELEASE_ABOVE
from .sweep import accumulate, accumulate_tracked, deliver, operands_of, own, sweep, total
from .text import label
from .value import CARRY, Value, constant, parameters_of

_one_at_a_time = threading.RLock()  # two threads may share leaves, and the marks of a sweep are on the Values
_running: list[Graph] = []
witnesses = []  # functions that are shown each graph before a sweep goes through it and lets go of its arrays


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
    values = [values] if isinstance(values, Value) else values
    gradients = gradients if gradients is not None else [None] * len(values)
    gradients = gradients if isinstance(gradients, (list, tuple)) else [gradients]
    for value in values:
        check_tracked(value, "backward()")
    _as_many(values, gradients, "backward()")
    seeds = [seed_of(value, g, create_graph) for value, g in zip(values, gradients, strict=True)]
    keep = create_graph if retain_graph is None else retain_graph
    if inputs is not None:
        inputs = [inputs] if isinstance(inputs, Value) else list(inputs)
        _into_grad(inputs, _gradients(values, inputs, seeds, keep, create_graph), create_graph)
        return
    with alone(), enable_grad() if create_graph else nothing:
        graph = Graph(*values)
        _run(graph, seeds, keep, create_graph)


def _run(graph, seeds, keep=False, create_graph=False, **ends):
    """The sweep, with its marks taken off again if it fails."""
    for witness in witnesses:
        witness(graph)
    _running.append(graph)
    if create_graph:
        ends = {"pass_on": _pass_on_values, "arrive": accumulate_tracked, **ends}
    token = silence()
    try:
        sweep(graph, seeds, keep or create_graph, **ends)
    except BaseException:
        for value in graph.values:
            value.uses = min(value.uses, 0)
        raise
    finally:
        restore(token)
        _running.pop()


def run_alone(graph, seeds, **ends):
    """A sweep over a marked graph, for those who watch it; arguments as in `sweep`."""
    with alone():
        _run(graph, seeds, **ends)


class alone:
    """One sweep at a time; one that starts inside another (in a hook) finds no marks, and puts them back."""

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
    outputs,
    inputs,
    grad_outputs=None,
    retain_graph=None,
    create_graph=False,
    allow_unused=False,
    materialize_grads=False,
):
    """Gradients of the sum of `outputs` with respect to `inputs`, as a tuple; no `.grad` is touched.

    Formula: inputs[i] gets Σ_j (∂outputs[j]/∂inputs[i])ᵀ grad_outputs[j]. Arguments as in `torch.autograd.grad`.

    Raises GradientError if an input does not take part, unless `allow_unused` (its gradient is then None) or
    `materialize_grads` (zeros).
    """
    outputs = [outputs] if isinstance(outputs, Value) else list(outputs)
    inputs = [inputs] if isinstance(inputs, Value) else list(inputs)
    if grad_outputs is None or isinstance(grad_outputs, (Value, np.ndarray, np.generic, float, int)):
        grad_outputs = [grad_outputs] * len(outputs)
    for output in outputs:
        check_tracked(output, "grad()")
    for number, x in enumerate(inputs):
        check_tracked(x, f"grad() with respect to input {number}")
    _as_many(outputs, grad_outputs, "grad()")
    seeds = [seed_of(output, g, create_graph) for output, g in zip(outputs, grad_outputs, strict=True)]
    keep = create_graph if retain_graph is None else retain_graph
    gradients = _gradients(outputs, inputs, seeds, keep, create_graph)
    if materialize_grads:
        return tuple(
            g if g is not None else constant(fit(0.0, x._data)) for g, x in zip(gradients, inputs, strict=True)
        )
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

    def watch(value, arrived, gradient, _parts):
        if id(value) in wanted and value.op is not None:
            if value.extra is not None and value.extra.hooks:  # they change what goes on from here, not what arrived
                gradient = total(arrived) if arrived.__class__ is list else arrived
            caught[id(value)] = gradient

    results = any(x.op is not None for x in inputs)
    with alone(), enable_grad() if create_graph else nothing:
        graph = Graph(*outputs).only_towards(inputs)
        live = [(root, seed) for root, seed in zip(graph.roots, seeds, strict=True) if root.uses > 0]
        graph.roots = [root for root, _ in live]
        seeds = [seed for _, seed in live]
        _run(graph, seeds, keep, create_graph, arrive=catch, watch=watch if results else None)
    answers = []
    for x in inputs:
        gradient = caught.get(id(x))
        answers.append(gradient if gradient is None or gradient.__class__ is Value else constant(own(gradient)))
    return answers


def _into_grad(inputs, gradients, create_graph):
    for x, gradient in zip(inputs, gradients, strict=True):
        if gradient is None:
            raise GradientError(f"backward(): {label(x)} was not used to compute the result")
        if create_graph or x.op is not None:
            accumulate_tracked(x, gradient)
        else:
            accumulate(x, gradient._data)


def _as_many(outputs, gradients, action):
    if len(outputs) != len(gradients):
        raise ShapeError(f"{action}: {len(gradients)} upstream gradients for {len(outputs)} outputs; give one for each")


def seed_of(value, gradient, create_graph=False):
    """The upstream gradient of a root, checked."""
    data = value._data
    if gradient is None:
        if data.__class__ is float and not create_graph:
            return 1.0
        if data.__class__ is np.ndarray and data.size != 1:
            raise GradientError(
                f"the gradient of a Value of shape {tuple(value.shape)} needs an upstream gradient of that shape: "
                "reduce it first (.sum(), .mean()) or pass gradient="
            )
        seed = 1.0
    else:
        seed = gradient._data if gradient.__class__ is Value else admit(gradient, copy=False)
        if shape_of(seed) != shape_of(data):
            raise ShapeError(
                f"an upstream gradient of shape {shape_of(seed)} does not fit a Value of shape {shape_of(data)}"
            )
    if create_graph:
        return gradient if gradient.__class__ is Value else constant(_own_if_kept(fit(seed, data), value))
    return _own_if_kept(fit(seed, data), value)


def _own_if_kept(seed, root):
    """A copy if it stays, in a leaf or to be drawn: the caller may overwrite what is theirs."""
    if seed.__class__ is np.ndarray and (root.op is None or seed.nbytes <= RELEASE_ABOVE):
        return seed.copy()
    return seed


# -- rules on Values ------------------------------------------------------------------------------------------------


def _pass_on_values(node, gradient):
    """The same on Values: what the rules do is recorded, so that it can be differentiated again."""
    op, inputs, parameters = node.op, node.inputs, parameters_of(node)
    wanted = [position for position, x in enumerate(inputs) if x.__class__ is Value and x.uses > 0]
    if op.open:
        operands = _operand_values(node)
        parts = [op.rules[position](gradient, node, *operands, **parameters) for position in wanted]
    else:
        parts = _through_composite(node, gradient, wanted)
    parts = [(position, fitted_value(part, inputs[position])) for position, part in zip(wanted, parts, strict=True)]
    for position, part in parts:
        deliver(inputs[position], part)
    return parts


def _operand_values(node):
    """The inputs of `node`, for its rules; one that was overwritten since is replaced by a Value without numbers."""
    operands = list(node.inputs)
    for position, (x, data) in enumerate(zip(node.inputs, operands_of(node), strict=True)):
        if data.__class__ is Absent and x._data is not data:
            operands[position] = constant(data)
            if x.requires_grad:
                operands[position].op, operands[position].inputs = CARRY[0], (x,)
                operands[position].requires_grad = True
    return operands


def _check_intact(node):
    for operand in operands_of(node):
        if operand.__class__ is Absent:
            operand._refuse()


def _through_composite(node, gradient, wanted):
    """Gradients of a fused operation, through its composite in simpler operations.

    Each input enters as a copy of its own: one that was computed from another, or stands in two places, counts once.
    """
    _check_intact(node)
    inputs = [CARRY[0](x) if position in wanted else x for position, x in enumerate(node.inputs)]
    result = node.op.composite(*inputs, **parameters_of(node))
    copies = [inputs[position] for position in wanted]
    return grad(result, copies, gradient, create_graph=True, allow_unused=True, materialize_grads=True)


def fitted_value(part, x):
    """A rule's result, in operations, as the gradient of `x`: its shape and its dtype."""
    if part.__class__ is not Value:
        part = constant(plain(np.broadcast_to(np.asarray(part, dtype=x.dtype), shape_of(x._data)).copy()))
    if part.shape != x.shape:
        part = TABLE["sum_to"](part, shape=tuple(x.shape))
    return part if part.dtype == x.dtype else TABLE["to"](part, dtype=x.dtype)


Value.backward = backward
