"""Whole matrices of derivatives: jacobian and hessian, as `torch.autograd.functional` has them."""

import math

import numpy as np

from ..arrays import plain
from ..mode import enable_grad, here
from ..operation import TABLE
from ..value import constant
from ..vmap import vmap
from .arguments import enter, filled, pull, results_of, scalar_of
from .forward import push


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    """All first derivatives of a function.

    Formula: J[i…, j…] = ∂output[i…] / ∂input[j…], of shape output.shape + input.shape.

    func, inputs, create_graph, strict   as in `vjp`
    strategy    "reverse-mode": one backward pass an entry of the output; "forward-mode": one pass of tangents an entry
                of the input. Take that with the smaller number.
    vectorize   all those passes at once, by `vmap`: quicker, with as much more memory

    Returns a Value; a tuple over inputs if `inputs` is one, and a tuple over outputs around it if `func` returns one.
    """
    passes = {"reverse-mode": by_rows, "forward-mode": by_columns}.get(strategy)
    if passes is None:
        raise ValueError(f'strategy must be "reverse-mode" or "forward-mode", not {strategy!r}')
    if strict and vectorize:
        raise ValueError("strict=True looks at each pass by itself and does not go with vectorize=True")
    with enable_grad():
        values = enter(inputs, create_graph)
        outputs = func(*values)
        blocks = passes(results_of(func, outputs), values, create_graph, strict, vectorize)
    if not create_graph:
        blocks = [tuple(block.detach() for block in row) for row in blocks]
    rows = tuple(row if isinstance(inputs, tuple) else row[0] for row in blocks)
    return rows if isinstance(outputs, tuple) else rows[0]


def hessian(func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"):
    """All second derivatives of a function that returns one number.

    Formula: H[j…, k…] = ∂²y / ∂input[j…] ∂input[k…], of shape input.shape + input.shape; for a tuple of inputs a tuple
    of tuples of such blocks.

    Arguments as in `jacobian`, of whose gradient's Jacobian this is: `outer_jacobian_strategy="forward-mode"` pushes
    tangents through the gradient, one pass an entry of the input, either way.
    """

    def gradient(*values):
        value = scalar_of(func, func(*values))
        parts = filled(pull((value,), values, (None,), create_graph=True), values, strict, "hessian(), gradient")
        return parts if isinstance(inputs, tuple) else parts[0]

    return jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)


def by_rows(outputs, inputs, create_graph, strict, vectorize=False):
    """Blocks of the Jacobian, one backward pass a row."""
    blocks = []
    for output in outputs:
        if vectorize and output.requires_grad and output.numel():
            back = lambda v, y=output: filled(pull((y,), inputs, (v,), True), inputs, False, "jacobian()")
            rows = vmap(back)(_all_units(output))
            shapes = [(*output.shape, *x.shape) for x in inputs]
            blocks.append(tuple(TABLE["reshape"](row, shape=shape) for row, shape in zip(rows, shapes, strict=True)))
            continue
        rows = [pull((output,), inputs, (unit,), create_graph, retain_graph=True) for unit in units(output)]
        rows = [filled(row, inputs, strict, "jacobian()") for row in rows]
        shapes = [(*output.shape, *x.shape) for x in inputs]
        columns = list(zip(*rows, strict=True)) or [()] * len(inputs)
        blocks.append(
            tuple(_stack(part, 0, shape, x.dtype) for part, shape, x in zip(columns, shapes, inputs, strict=True))
        )
    return blocks


def by_columns(outputs, inputs, create_graph, strict, vectorize=False):
    """The same, one pass of tangents a column."""
    blocks = []
    for x in inputs:
        if vectorize and x.numel():
            forth = lambda v, x=x: filled(push(outputs, (x,), (v,), True), outputs, False, "jacobian()")
            columns = vmap(forth, out_dims=-1)(_all_units(x))
            shapes = [(*y.shape, *x.shape) for y in outputs]
            blocks.append([TABLE["reshape"](c, shape=shape) for c, shape in zip(columns, shapes, strict=True)])
            continue
        columns = [push(outputs, (x,), (unit,), create_graph) for unit in units(x)]
        columns = [filled(column, outputs, strict, "jacobian()") for column in columns]
        rows = list(zip(*columns, strict=True)) or [()] * len(outputs)
        blocks.append([_stack(row, -1, (*y.shape, *x.shape), y.dtype) for row, y in zip(rows, outputs, strict=True)])
    return [tuple(block[k] for block in blocks) for k in range(len(outputs))]


def units(x):
    """The unit vectors in the shape of `x`, one after the other."""
    for flat in range(math.prod(x.shape)):
        unit = np.zeros(x.shape, x.dtype)
        unit.flat[flat] = 1.0
        yield constant(plain(unit))


def _all_units(x):
    """The same side by side."""
    return constant(np.eye(x.numel(), dtype=x.dtype).reshape(-1, *x.shape))


def _stack(parts, axis, shape, dtype):
    """Values side by side along a new axis, then in `shape`."""
    if parts and (here.tape is not None or any(part.requires_grad for part in parts)):
        return TABLE["reshape"](TABLE["stack"](parts, dim=axis), shape=shape)
    numbers = np.stack([np.asarray(part) for part in parts], axis=axis) if parts else np.zeros(0, dtype)
    return constant(plain(numbers.reshape(shape)))
