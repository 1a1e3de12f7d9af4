"""How an operation runs on a whole batch of examples at once, read off its row.

An operand with a batch has it as its first axis, in front of the axes that the operation knows of. Elementwise rows
broadcast it along; rows with axes as parameters (`dim`, `dims` …) get them shifted by one; those that take a shape or
an index get the batch in front of it; a fused row goes by its composite. What is left runs example by example.
"""

import functools
import math
import string

import numpy as np

from .backward import grad
from .memory import CARRY
from .operation import TABLE, EachInput
from .ops.arithmetic import mul
from .ops.joining import stack
from .ops.linear import linear_row, matmul
from .ops.reductions import sum as sum_of
from .ops.shapes import broadcast_to, reshape, transpose_row
from .recording import record
from .value import Value

AXES = {"dim", "dims", "dim0", "dim1", "dim2"}
NEUTRAL = {"keepdim", "dtype", "unbiased", "correction", "p", "reverse", "descending", "stable", "fill", "by", "offset"}


def run_batched(op, operands, batched, parameters, size, by_composite):
    """The result of `op` for all examples, with the batch in front.

    operands      Values and plain numbers; those at `batched` positions have the batch as their first axis
    by_composite  called for a fused row: runs its composite on the same operands
    """
    if op.pointwise:
        return _elementwise(op, operands, batched, parameters)
    rule = _BY_NAME.get(op.name)
    if rule is not None:
        answer = rule(op, operands, batched, parameters, size)
    elif set(op.parameters) <= AXES | NEUTRAL and AXES & set(op.parameters):
        answer = _along_axes(op, operands, batched, parameters, size)
    else:
        answer = by_composite() if op.composite is not None else None
    if answer is not None:
        return answer
    run = (lambda *xs: op(xs, **parameters)) if op.variadic else (lambda *xs: op(*xs, **parameters))
    return one_by_one(run, operands, batched, size)


def rank_of(x, is_batched):
    """Number of axes of one example."""
    return np.ndim(x) - is_batched


def _elementwise(op, operands, batched, parameters):
    """Broadcast along: examples of fewer axes get axes of length 1 between the batch and their own."""
    rank = max(rank_of(x, is_batched) for x, is_batched in zip(operands, batched, strict=True))
    rank = max([rank, *(np.ndim(x) for x in parameters.values() if isinstance(x, np.ndarray))])
    ready = [_with_rank(x, rank) if is_batched else x for x, is_batched in zip(operands, batched, strict=True)]
    return op(*ready, **parameters)


def _with_rank(x, rank):
    """A batch whose examples have `rank` axes, new ones of length 1 in front."""
    shape = np.shape(x)
    return x if len(shape) == rank + 1 else reshape(x, shape=(shape[0], *(1,) * (rank + 1 - len(shape)), *shape[1:]))


def _spread(x, is_batched, size):
    """An operand as a batch: what all examples share, repeated."""
    return x if is_batched else broadcast_to(x, shape=(size, *np.shape(x)))


def _along_axes(op, operands, batched, parameters, size):
    """Axes given as parameters count from behind as before, and from the front one later."""
    parameters = {**op.parameters, **parameters}
    axes = [name for name in op.parameters if name in AXES]
    ranks = {rank_of(x, is_batched) for x, is_batched in zip(operands, batched, strict=True)}
    if len(ranks) != 1 or any(isinstance(parameters[name], bool) for name in axes):
        return None
    (rank,) = ranks
    ready = [_spread(x, is_batched, size) for x, is_batched in zip(operands, batched, strict=True)]
    if rank == 0 and not op.variadic:
        return _of_single_numbers(op, ready, parameters, axes)
    shifted = {name: _shifted(given) if name in AXES else given for name, given in parameters.items()}
    missing = [name for name in axes if shifted[name] is None]
    if missing and op.shape.endswith("->()") and op.differentiable:
        shifted[missing[0]] = tuple(range(1, rank + 1))  # a reduction over everything: over all but the batch
    elif missing:
        return None
    return op(ready, **shifted) if op.variadic else op(*ready, **shifted)


def _shifted(dims):
    """Axes of an example as axes of the batch."""
    if dims is None:
        return None
    if isinstance(dims, (tuple, list)):
        return tuple(dim + (dim >= 0) for dim in dims)
    return dims + (dims >= 0)


def _of_single_numbers(op, ready, parameters, axes):
    """Examples of shape () count as vectors of length 1 for operations with axes."""
    if len(ready) != 1 or len(axes) != 1:
        return None
    column = reshape(ready[0], shape=(np.shape(ready[0])[0], 1))
    kept = {"keepdim": False} if "keepdim" in parameters else {}
    along = (1,) if isinstance(parameters[axes[0]], (tuple, list)) else 1
    return reshape(op(column, **{**parameters, **kept, axes[0]: along}), shape=(-1,))


def one_by_one(run, operands, batched, size):
    """Each example by itself, and the results side by side."""
    pairs = list(zip(operands, batched, strict=True))
    return stack([run(*(x[number] if is_batched else x for x, is_batched in pairs)) for number in range(size)])


class ByExample:
    """In the place of a fused operation whose composite needs numbers: it and its gradients run example by example.

    Speaks the engine's protocol. call(*operands) runs it on one example.
    """

    open, scalar, composite, view, pointwise, variadic = True, None, None, False, False, False

    def __init__(self, name, call):
        self.name, self.call, self.rules = name, call, EachInput(self._rule)

    def _rule(self, position, g, y, *operands):
        return ByExample(self.name, functools.partial(self._gradient, position))(g, *operands)

    def _gradient(self, position, g, *operands):
        """Of one example, connected to where its operands came from."""
        operands = [CARRY[0](x) if isinstance(x, Value) and x.requires_grad else x for x in operands]
        x = operands[position]
        if not (isinstance(x, Value) and x.requires_grad):
            x = operands[position] = Value(x)
        return grad(self.call(*operands), x, [g], create_graph=True, allow_unused=True, materialize_grads=True)[0]

    def __call__(self, *operands):
        return record(self, operands)


# -- operations that take a shape, an index or matrices ---------------------------------------------------------------


def _to_shape(op, operands, batched, parameters, size):
    """reshape, view: the batch before the new shape, with -1 worked out for one example."""
    (x,), shape = operands, parameters["shape"]
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if -1 in shape:
        known = -math.prod(shape)
        shape = tuple(math.prod(np.shape(x)[1:]) // max(known, 1) if side == -1 else side for side in shape)
    return reshape(x, shape=(size, *shape))


def _broadcast_to(op, operands, batched, parameters, size):
    (x,), shape = operands, tuple(parameters["shape"])
    return broadcast_to(_with_rank(x, len(shape)), shape=(size, *shape))


def _sum_to(op, operands, batched, parameters, size):
    (x,), shape = operands, tuple(parameters["shape"])
    padded = (size, *(1,) * (np.ndim(x) - 1 - len(shape)), *shape)
    return reshape(op(x, shape=padded), shape=(size, *shape))


def _getitem(op, operands, batched, parameters, size):
    """x[index]; more than one array in an index has its own rules about where axes go, and goes one by one."""
    index = parameters["index"]
    if sum(isinstance(item, np.ndarray) for item in index) > 1:
        return None
    index = (slice(None), *index)
    return (
        op(operands[0], index=index)
        if op.name == "getitem"
        else op(operands[0], shape=(size, *parameters["shape"]), index=index)
    )


def _pad(op, operands, batched, parameters, size):
    return op(operands[0], **{**parameters, "pads": ((0, 0), *parameters["pads"])})


def _tile(op, operands, batched, parameters, size):
    dims = tuple(parameters["dims"])
    x = _with_rank(operands[0], max(len(dims), np.ndim(operands[0]) - 1))
    return op(x, dims=(1,) * (np.ndim(x) - len(dims)) + dims)


def _matmul(op, operands, batched, parameters, size):
    """A vector is a row on the left and a column on the right; then the batch is one more axis before the matrices."""
    ranks = [rank_of(x, is_batched) for x, is_batched in zip(operands, batched, strict=True)]
    if not all(ranks):
        return None
    a, b = operands
    a = _insert_axis(a, -2) if ranks[0] == 1 else a
    b = _insert_axis(b, -1) if ranks[1] == 1 else b
    rank = max(2, *ranks)
    y = matmul(*(_with_rank(x, rank) if is_batched else x for x, is_batched in zip((a, b), batched, strict=True)))
    shape = np.shape(y)
    dropped = [axis for axis, rank in ((len(shape) - 2, ranks[0]), (len(shape) - 1, ranks[1])) if rank == 1]
    return reshape(y, shape=tuple(side for axis, side in enumerate(shape) if axis not in dropped)) if dropped else y


def _insert_axis(x, axis):
    """A new axis of length 1, as the last but one (-2) or the last (-1)."""
    shape = np.shape(x)
    return reshape(x, shape=(*shape[:-1], 1, shape[-1]) if axis == -2 else (*shape, 1))


def _linear(op, operands, batched, parameters, size):
    """A batch of inputs is what `linear` takes anyway; a batch of weights goes by the composite."""
    x, weight, bias = operands
    if not batched[1] and not batched[2]:
        return linear_row(x, weight, bias)
    spread = [_spread(weight, batched[1], size), _spread(bias, batched[2], size)]
    product = _matmul(op, (x, transpose_row(spread[0], dim0=-2, dim1=-1)), (batched[0], True), {}, size)
    rank = rank_of(x, batched[0])
    return product + _with_rank(spread[1], rank)


def _dot(op, operands, batched, parameters, size):
    return sum_of(mul(*(_spread(x, b, size) for x, b in zip(operands, batched, strict=True))), dim=-1)


def _outer(op, operands, batched, parameters, size):
    a, b = (_spread(x, is_batched, size) for x, is_batched in zip(operands, batched, strict=True))
    return mul(_insert_axis(a, -1), _insert_axis(b, -2))


def _permute(op, operands, batched, parameters, size):
    dims = parameters["dims"]
    return op(operands[0], dims=(0, *(dim % len(dims) + 1 for dim in dims)))


def _trace(op, operands, batched, parameters, size):
    return sum_of(TABLE["diagonal"](operands[0], dim1=1, dim2=2), dim=-1)


def _einsum(op, operands, batched, parameters, size):
    """One more letter, for the batch."""
    left, arrow, right = parameters["equation"].replace(" ", "").partition("->")
    letter = next(letter for letter in string.ascii_letters if letter not in left)
    terms = [letter + term if is_batched else term for term, is_batched in zip(left.split(","), batched, strict=True)]
    return op(operands, equation=f"{','.join(terms)}->{letter}{right}") if arrow else None


def _along_indices(op, operands, batched, parameters, size):
    """Entries taken along an axis, or put back: at the same places in all examples, or in each at its own."""
    indices, dim = parameters["indices"], parameters["dim"]
    if not rank_of(operands[0], batched[0]):
        return None
    x = _spread(operands[0], batched[0], size)
    own = indices.__class__ is Value
    places = np.asarray(indices) if own else np.broadcast_to(indices, (size, *np.shape(indices)))
    return op(x, **{**parameters, "indices": places, "dim": dim + (dim >= 0)})


def _last_two(op, operands, batched, parameters, size):
    """Operations on the last two axes of as many as there are."""
    return op(*operands, **parameters)


ALONG_INDICES = frozenset({"sorted_values", "topk_values", "max_values", "min_values", "median_values", "put_back"})
_BY_NAME = {
    **dict.fromkeys(ALONG_INDICES, _along_indices),
    "reshape": _to_shape,
    "view": _to_shape,
    "broadcast_to": _broadcast_to,
    "sum_to": _sum_to,
    "getitem": _getitem,
    "place": _getitem,
    "pad": _pad,
    "permute": _permute,
    "trace": _trace,
    "einsum": _einsum,
    "tile": _tile,
    "matmul": _matmul,
    "mv": _matmul,
    "mm": _matmul,
    "bmm": _matmul,
    "linear": _linear,
    "dot": _dot,
    "outer": _outer,
    "tril": _last_two,
    "triu": _last_two,
}
assert _BY_NAME.keys() <= TABLE.keys()
