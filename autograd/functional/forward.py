"""Forward mode: tangents pushed through a recorded graph, oldest value first.

Every row brings its own forward rule, for its backward rule is linear in the upstream gradient:

- An elementwise row has a diagonal Jacobian, which is its own transpose: the backward rule with the tangent in place of
  the gradient is the forward rule.
- For any other row the rule g ↦ Jᵀg is itself differentiated with respect to g, which gives J (the double-backward
  trick, here gate by gate instead of over the whole program).
- A fused row whose rules are not open is pushed through its composite.

One pass costs about as much as one backward pass where gates are elementwise and up to three where they are not,
however many outputs there are.
"""

import numpy as np

from ..arrays import fit, quiet
from ..backward import alone, fitted_value, grad
from ..graph import Graph
from ..mode import enable_grad, no_grad
from ..operation import TABLE
from ..sweep import operands_of
from ..value import CARRY, Value, constant, parameters_of


def push(outputs, inputs, tangents, create_graph=False):
    """Tangent of each of `outputs`, when `inputs` move along `tangents`; None where an output does not depend on them.

    Formula: ẏ = Σ_i (∂y/∂x_i) ẋ_i. An input that was computed from another one moves along its own tangent alone.

    create_graph   tangents that can be differentiated again, by the inputs and by the tangents
    """
    tracked = [output for output in outputs if output.requires_grad]
    with alone():
        order = Graph(*tracked).only_towards(inputs).rest().values
    mode, push_through = (enable_grad, _push_values) if create_graph else (no_grad, _push_numbers)
    tangent_of = {id(x): t if create_graph else t._data for x, t in zip(inputs, tangents, strict=True)}
    with mode(), quiet():
        for node in order:
            if id(node) not in tangent_of:
                tangent_of[id(node)] = push_through(node, [tangent_of.get(id(x)) for x in node.inputs])
    answers = (tangent_of.get(id(output)) for output in outputs)
    return tuple(t if t is None or create_graph else constant(fit(t, o._data)) for t, o in zip(answers, outputs))


def _push_numbers(node, tangents):
    """Tangent of one gate's result, in plain numbers; None if none of its inputs moves."""
    op, y = node.op, _wide(node._data)
    if not op.open and not op.pointwise:
        return _through_composite(node, tangents, create_graph=False)
    operands, parameters, total = [_wide(x) for x in operands_of(node)], parameters_of(node), None
    for position, tangent in enumerate(tangents):
        if tangent is None:
            continue
        if op.pointwise:
            part = op.rules[position](np.broadcast_to(tangent, np.shape(y)), y, *operands, **parameters)
        else:
            moved = _transposed(node, position, constant(tangent), y, operands, create_graph=False)
            part = 0.0 if moved is None else moved._data
        total = part if total is None else total + part
    return None if total is None else fit(np.broadcast_to(total, np.shape(y)), node._data)


def _push_values(node, tangents):
    """The same in operations, so that it can be differentiated again."""
    op, total = node.op, None
    if not op.open:
        return _through_composite(node, tangents, create_graph=True)
    for position, tangent in enumerate(tangents):
        if tangent is None:
            continue
        if op.pointwise:
            g = tangent if tangent.shape == node.shape else TABLE["broadcast_to"](tangent, shape=tuple(node.shape))
            part = op.rules[position](g, node, *node.inputs, **parameters_of(node))
        else:
            part = _transposed(node, position, tangent, node, node.inputs, create_graph=True)
        if part is not None:
            total = part if total is None else total + part
    return None if total is None else fitted_value(total, node)


def _transposed(node, position, tangent, y, operands, create_graph):
    """J·tangent from the rule g ↦ Jᵀg of one input: the derivative of the rule with respect to g."""
    x, upstream = node.inputs[position], constant(fit(0.0, node._data))
    upstream.requires_grad = True
    with enable_grad():
        part = node.op.rules[position](upstream, y, *operands, **parameters_of(node))
        if not isinstance(part, Value) or not part.requires_grad:
            return None
        part = fitted_value(part, x)
    return grad(part, upstream, [tangent], create_graph=create_graph, allow_unused=True)[0]


def _through_composite(node, tangents, create_graph):
    """Tangent of a fused operation, through its composite in simpler operations."""
    positions = [position for position, tangent in enumerate(tangents) if tangent is not None]
    if not positions:
        return None
    inputs = list(node.inputs) if create_graph else operands_of(node)
    for position in positions:
        if create_graph:
            inputs[position] = CARRY[0](inputs[position])
        else:
            inputs[position] = constant(inputs[position])
            inputs[position].requires_grad = True
    with enable_grad():
        result = node.op.composite(*inputs, **parameters_of(node))
    moving = [tangents[position] for position in positions]
    moving = moving if create_graph else [constant(tangent) for tangent in moving]
    (tangent,) = push([result], [inputs[position] for position in positions], moving, create_graph)
    return tangent if tangent is None or create_graph else tangent._data


def _wide(number):
    """A Python float as NumPy's, for which 1/0 is inf and no error."""
    return np.float64(number) if number.__class__ is float else number
