"""Recompute instead of remember: a part of a program whose intermediate arrays are not kept for the backward pass."""

from weakref import ref

from .arrays import Absent
from .backward import grad
from .errors import AutogradError, InplaceError
from .function import Function
from .mode import enable_grad, is_grad_enabled
from .ops.random import default_generator
from .program.tape import tape_of_program
from .text import label
from .tree import each, flatten, rebuild
from .value import CARRY, Value, constant, tick


def checkpoint(function, *args, use_reentrant=None, preserve_rng_state=True, **kwargs):
    """`function(*args, **kwargs)`, computed again in the backward pass instead of kept, as `torch.utils.checkpoint`.

    The results and all gradients are the same. The memory for what the function computes on its way is needed only
    while it runs and while its part of the backward pass runs; the time is that of one more forward pass.

    function   returns a Value, or a tuple, list or dictionary of them; what it closes over (the parameters of a
               module, other Values) gets its gradient too. It must compute the same again: no side effects, no
               in-place change of what was there before
    preserve_rng_state   draw the same random numbers the second time
    use_reentrant        accepted for PyTorch's sake; there is one way here, which serves `grad`, hooks, nesting and
                         higher derivatives

    Raises InplaceError if the function overwrote an argument, AutogradError if the second run differs from the first.
    """
    if not is_grad_enabled() or tape_of_program() is not None:  # a program plans its memory itself
        return function(*args, **kwargs)
    segment = _Segment(function, args, kwargs, preserve_rng_state)
    start, returned = segment.run()
    outputs = flatten(returned)
    segment.made = [number for number, x in enumerate(outputs) if _is_made(x, start)]
    if not segment.made:
        return returned
    segment.outside = [ref(x) for x in _nodes_and_outside([outputs[number] for number in segment.made], start)[1]]
    segment.results = tuple(outputs[number].detach() for number in segment.made)
    fresh = _Recomputed.apply(segment, *(x() for x in segment.outside))
    for number, x in zip(segment.made, fresh if isinstance(fresh, tuple) else (fresh,), strict=True):
        outputs[number] = x
    return rebuild(returned, outputs)


class _Segment:
    """The part of the program: how to run it, which outputs it made, and which tracked Values it used from outside."""

    def __init__(self, function, args, kwargs, preserve_rng_state):
        self.function = function
        self.random = default_generator.get_state() if preserve_rng_state else None
        # The node holds the tracked arguments, until the backward pass has let them go.
        self.arguments = each(lambda x: ref(x) if isinstance(x, Value) and x.requires_grad else x, [args, kwargs])
        self.made = self.outside = self.results = None

    def again(self):
        """The second run, with the same random numbers; the stream then goes on where it stood."""
        if self.random is None:
            return self.run()
        now = default_generator.get_state()
        default_generator.set_state(self.random)
        try:
            return self.run()
        finally:
            default_generator.set_state(now)

    def run(self):
        """The time when it began, and what the function returned."""
        args, kwargs = each(lambda x: x() if isinstance(x, ref) else x, self.arguments)
        start = tick()
        with enable_grad():
            returned = self.function(*args, **kwargs)
        for x in flatten([args, kwargs]):
            if isinstance(x, Value) and x.index > start:
                raise InplaceError(
                    f"checkpoint(): the function overwrote its argument {label(x)} in place; give it a clone()"
                )
        return start, returned


class _Recomputed(Function):
    """The gate that stands for a segment in the graph."""

    symbol, text = "checkpoint", "checkpoint(x)"

    @staticmethod
    def forward(ctx, segment, *outside):
        """The results are there already."""
        results, segment.results = segment.results, None
        ctx.segment = segment
        ctx.save_for_backward(*outside)
        return results

    @staticmethod
    def backward(ctx, *gradients):
        """Run the segment again, cut off from what is outside, and sweep through it."""
        segment, outside = ctx.segment, ctx.saved_tensors
        differentiable = is_grad_enabled()
        with enable_grad():
            copies = list(map(_stand_in, outside))  # made first: they must be older than what the run makes
        start, returned = segment.again()
        outputs = flatten(returned)
        if segment.made != [number for number, x in enumerate(outputs) if _is_made(x, start)]:
            raise _differs(segment, "it returned other outputs")
        outputs = [outputs[number] for number in segment.made]
        nodes, found = _nodes_and_outside(outputs, start)
        stand_ins = {id(x()): copy for x, copy in zip(segment.outside, copies, strict=True)}
        if not stand_ins.keys() >= {id(x) for x in found}:
            raise _differs(segment, "it used other Values")
        for node in nodes:
            node.inputs = tuple(stand_ins.get(id(x), x) for x in node.inputs)
        parts = grad(outputs, copies, list(gradients), create_graph=differentiable, allow_unused=True)
        return (None, *parts)


def _stand_in(x):
    """What a recomputed segment uses in place of a Value from outside, so that its sweep ends there."""
    if isinstance(x._data, Absent):
        x._data._refuse()
    if x.requires_grad:
        return CARRY[0](x)
    leaf = constant(x._data)
    leaf.requires_grad = True
    return leaf


def _is_made(x, start):
    """Whether an output is a tracked Value that was computed since `start`."""
    return isinstance(x, Value) and x.requires_grad and x.index > start


def _nodes_and_outside(outputs, start):
    """The gates behind `outputs` that were made since `start`, and the tracked Values from before that they use."""
    nodes, outside = list(dict.fromkeys(outputs)), []
    seen = {id(x) for x in nodes}
    for node in nodes:
        for x in node.inputs:
            if isinstance(x, Value) and x.requires_grad and id(x) not in seen:
                seen.add(id(x))
                (nodes if x.index > start else outside).append(x)
    return nodes, outside


def _differs(segment, how):
    name = getattr(segment.function, "__name__", "the function")
    return AutogradError(f"checkpoint(): {name} did not compute the same the second time: {how} than at first")
