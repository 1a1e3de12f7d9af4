"""vmap: a function of one example becomes a function of a batch of them.

The function runs once. Its Values have the shape of one example but no numbers: behind each stands a Value with the
whole batch, and every operation is recorded (`mode.here.tape`) and run on those, all examples at once. Since a
derivative taken inside is made of operations too, `vmap(grad(loss))` gives a gradient for each example.
"""

import functools
from contextlib import contextmanager

import numpy as np

from .arrays import Absent, admit
from .batching import ALONG_INDICES, ByExample, one_by_one, run_batched
from .errors import BatchError, ShapeError
from .memory import NO_PARAMETERS
from .mode import here, mode
from .ops.joining import stack
from .ops.random import default_generator
from .ops.shapes import broadcast_to, movedim
from .recording import record
from .tree import flatten, rebuild
from .value import Value, constant


def vmap(func, in_dims=0, out_dims=0, randomness="error", fallback=False):
    """A function that runs `func` on every example of a batch and puts the results side by side, as `torch.vmap`.

    in_dims     along which axis of each argument the examples lie, None for one that all examples share: a number for
                all arguments, or a tuple with one for each (or a structure like the argument, where that is nested)
    out_dims    along which axis of the results they are put: a number, or a tuple for a tuple of results
    randomness  "error": random numbers are refused; "same": all examples get the same ones; "different": each its own,
                example by example
    fallback    run example by example where the function needs numbers (`if x > 0`, `x.item()`, NumPy), instead of
                raising

    Arguments are Values, arrays, or nested tuples, lists and dictionaries of them. Gradients flow through to arguments
    and to whatever `func` closes over. An operation without a rule for batches runs example by example: slower, with
    the same result.

    Raises BatchError where `func` asks for numbers or draws random ones, ShapeError where batches differ in length.
    """
    if randomness not in ("error", "same", "different"):
        raise ValueError(f'randomness is "error", "same" or "different", not {randomness!r}')

    @functools.wraps(func)
    def batched(*args, **kwargs):
        leaves, axes = flatten(args), _axes(in_dims, args)
        size = _size(leaves, axes)
        if randomness == "different":
            return _example_by_example(func, args, kwargs, leaves, axes, size, out_dims)
        try:
            return _all_at_once(func, args, kwargs, leaves, axes, size, out_dims, randomness)
        except BatchError:
            if not fallback:
                raise
            return _example_by_example(func, args, kwargs, leaves, axes, size, out_dims)

    return batched


def _all_at_once(func, args, kwargs, leaves, axes, size, out_dims, randomness):
    batch = Batch(size)
    whole = [None if axis is None else _front(x, axis) for x, axis in zip(leaves, axes, strict=True)]
    with batch:
        state = default_generator.get_state().tolist() if randomness == "error" else None
        examples = [x if y is None else batch.example(y) for x, y in zip(leaves, whole, strict=True)]
        returned = func(*rebuild(args, examples), **kwargs)
        if state is not None and state != default_generator.get_state().tolist():
            raise BatchError(
                'the function draws random numbers: say randomness="same" for one draw that all examples share, or '
                '"different" for one each'
            )
    return _put_together(returned, [batch.whole(x) for x in flatten(returned)], out_dims)


def _example_by_example(func, args, kwargs, leaves, axes, size, out_dims):
    whole = [None if axis is None else _front(x, axis) for x, axis in zip(leaves, axes, strict=True)]
    results = []
    for number in range(size):
        examples = [x if y is None else y[number] for x, y in zip(leaves, whole, strict=True)]
        returned = func(*rebuild(args, examples), **kwargs)
        results.append([_value(x) for x in flatten(returned)])
    return _put_together(returned, [stack(parts) for parts in zip(*results, strict=True)], out_dims)


def _put_together(returned, whole, out_dims):
    """Results in the structure of one example's, with the batch along `out_dims`."""
    axes = _axes(out_dims, returned, "out_dims")
    return rebuild(returned, [movedim(x, 0, axis) if axis else x for x, axis in zip(whole, axes, strict=True)])


def _axes(dims, tree, name="in_dims"):
    """The axis of the batch for each leaf of a structure."""
    if dims is None or isinstance(dims, int):
        return [dims] * len(flatten(tree))
    branches = list(tree.values()) if isinstance(tree, dict) else tree
    if not isinstance(branches, (tuple, list)) or len(branches) != len(dims):
        raise ShapeError(f"vmap: {name} has {len(dims)} parts, which do not fit; give one number, or one for each")
    parts = [dims[key] for key in tree] if isinstance(dims, dict) else dims
    return [axis for part, branch in zip(parts, branches, strict=True) for axis in _axes(part, branch, name)]


def _size(leaves, axes):
    """How many examples there are."""
    sizes = set()
    for x, axis in zip(leaves, axes, strict=True):
        if axis is None:
            continue
        shape = np.shape(x) if hasattr(x, "shape") else ()
        if not -len(shape) <= axis < len(shape):
            raise ShapeError(
                f"vmap: there is no axis {axis} with examples in an argument of shape {tuple(shape)}; pass None in "
                "in_dims for what all examples share"
            )
        sizes.add(shape[axis])
    if len(sizes) != 1:
        raise ShapeError(f"vmap: the arguments have batches of lengths {sorted(sizes)}, one length is needed")
    (size,) = sizes
    if not size:
        raise ShapeError("vmap: a batch without examples")
    return size


def _or_itself(lane, x):
    return x if lane is None else lane


def _value(x):
    return x if isinstance(x, Value) else constant(admit(x))


def _front(x, axis):
    """The batch as the first axis."""
    return _value(x) if axis == 0 else movedim(_value(x), axis, 0)


class Lane(Absent):
    """Stands for the numbers of one example; `whole` is the Value of all, with the batch in front."""

    __slots__ = ("batch", "whole")
    error = BatchError
    message = (
        "a function under vmap asked for the numbers of one example: by float(), item(), bool() or numpy(), by an if "
        "or loop that depends on them, by .data, by a change in place, or by a derivative without create_graph=True. "
        "It runs once for all examples: write where(condition, a, b) for a choice, or pass fallback=True to run such "
        "a function example by example"
    )

    def __init__(self, batch, whole):
        self.batch, self.whole, self.shape, self.dtype = batch, whole, tuple(whole.shape[1:]), whole.dtype

    def _refuse(self, *_, **__):
        raise BatchError(self.message)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    def __len__(self):
        return self.shape[0]

    __array__ = __float__ = __int__ = __bool__ = __index__ = __iter__ = __getitem__ = __setitem__ = _refuse


class Batch:
    """Takes down what a function does to one example, and does it to all; a context."""

    def __init__(self, size):
        self.size, self.before = size, None

    def __enter__(self):
        mode.count(+1)
        self.before, here.tape = here.tape, self
        return self

    def __exit__(self, *_):
        here.tape = self.before
        mode.count(-1)

    def example(self, whole):
        """A Value in the shape of one example that stands for all of them."""
        value = constant(Lane(self, whole))
        value.requires_grad = whole.requires_grad
        return value

    def lane(self, x):
        """The whole batch behind a Value of this function's, or None for what all examples share."""
        data = x._data if x.__class__ is Value else x
        return data.whole if data.__class__ is Lane and data.batch is self else None

    def whole(self, x):
        """A result with the batch in front."""
        lane = self.lane(x)
        return lane if lane is not None else broadcast_to(_value(x), shape=(self.size, *np.shape(x)))

    def record(self, op, operands, parameters=NO_PARAMETERS):
        """What `recording.record` does, for all examples at once."""
        lanes = [self.lane(x) for x in operands]
        of_all = parameters
        if op.name in ALONG_INDICES:
            of_all = {key: _or_itself(self.lane(x), x) for key, x in parameters.items()}
        elif any(self.lane(x) is not None for x in flatten(list(parameters.values()))):
            raise BatchError(f"{op.name}: a parameter is computed from the examples, which vmap cannot follow")
        batched = [lane is not None for lane in lanes]
        if not any(batched) and not any(x.__class__ is Value for x in of_all.values()):
            with self._outside():
                return record(op, operands, parameters)
        mixed = [x if lane is None else lane for x, lane in zip(operands, lanes, strict=True)]
        if hasattr(op, "on_values"):
            whole = self.whole(op.on_values(operands, parameters))
        elif isinstance(op, ByExample):
            with self._outside():
                whole = one_by_one(op.call, mixed, batched, self.size)
        else:
            composite = functools.partial(self._composite, op, operands, parameters)
            try:
                with self._outside():
                    whole = run_batched(op, mixed, batched, of_all, self.size, composite)
            except BatchError:
                if op.composite is None:
                    raise
                call = functools.partial(op, **parameters)
                return self.record(ByExample(op.name, call), operands)
        value = constant(Lane(self, whole))
        tracked = any(x.__class__ is Value and x.requires_grad for x in operands)
        if tracked and here.recording and op.rules is not None:
            value.op, value.inputs, value.parameters, value.requires_grad = op, operands, parameters, True
        return value

    def _composite(self, op, operands, parameters):
        """A fused row by its composite, which is recorded here in turn."""
        with self._inside():
            return self.whole(op.composite(*operands, **parameters))

    @contextmanager
    def _outside(self):
        here.tape = self.before
        try:
            yield
        finally:
            here.tape = self

    @contextmanager
    def _inside(self):
        outer, here.tape = here.tape, self
        try:
            yield
        finally:
            here.tape = outer
