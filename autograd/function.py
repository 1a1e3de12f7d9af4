"""Operations that users write as a class with a forward and a backward, as `torch.autograd.Function`.

For an operation that brings its formula to pictures, steps and documentation, and its tests for free, write a row
instead (`autograd.pointwise`, `autograd.operation`). Either kind is checked by one call of `autograd.testing`.
"""

import functools
import inspect

import numpy as np

from .arrays import RAW, admit, fit, is_floating, nothing, plain, quiet
from .errors import AutogradError, GradientError
from .mode import is_grad_enabled, no_grad
from .operation import Operation
from .packing import Packing
from .value import Value, constant


class Function:
    """Base of operations with a hand-written gradient.

        class Cube(Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x ** 3

            @staticmethod
            def backward(ctx, grad):
                (x,) = ctx.saved_tensors
                return grad * 3 * x ** 2

        y = Cube.apply(Value(2.0))

    `forward` gets the arguments (numbers as Values outside any graph, anything else as it is) and returns a Value or a
    tuple of Values. `backward` gets one gradient an output, zeros for an output that nobody used, and returns one an
    argument, None where there is none; written in operations, it can itself be differentiated. As in PyTorch, a forward
    without `ctx` may stand beside a `setup_context(ctx, inputs, output)`.

    symbol, text, latex, slopes   class attributes that say how the gate is shown in pictures and steps; see `Operation`
    """

    symbol = text = latex = ""
    slopes = ()
    setup_context = None

    def __init__(self):
        raise AutogradError(f"{type(self).__name__} is not to be instantiated: call {type(self).__name__}.apply(...)")

    @staticmethod
    def forward(*args):
        """The operation itself: forward(ctx, *args)."""
        raise NotImplementedError("a Function needs a static method forward(ctx, *args)")

    @staticmethod
    def backward(ctx, *gradients):
        """The gradient of each argument, from the gradient of each output."""
        raise NotImplementedError("a Function needs a static method backward(ctx, *gradients) to be differentiated")

    @classmethod
    def apply(cls, *args):
        """Run `forward` on the arguments and record the result, to be differentiated by `backward`."""
        slots = tuple(position for position, arg in enumerate(args) if _is_number(arg))
        context = Context(args, slots)
        node = _row_of(cls, slots)(*(args[position] for position in slots), context=context)
        return context._hand_out(node if hasattr(node, "__record__") else constant(node))


def once_differentiable(backward):
    """Decorator of a Function's backward that is not written in operations: differentiating it again is an error."""

    @functools.wraps(backward)
    def guarded(ctx, *gradients):
        if not is_grad_enabled() or not any(g.requires_grad for g in (*gradients, *ctx._operands)):
            return backward(ctx, *gradients)
        with no_grad():
            answer = backward(ctx, *gradients)
        parts = answer if isinstance(answer, tuple) else (answer,)
        return tuple(None if part is None else _Once.apply(part, *gradients, *ctx._operands) for part in parts)

    return guarded


class Context:
    """What a Function's forward leaves for its backward. Any attribute may be set on it.

    needs_input_grad   for each argument, whether it is tracked
    """

    def __init__(self, args, slots):
        self.needs_input_grad = tuple(bool(getattr(arg, "requires_grad", False)) for arg in args)
        self._others = [None if position in slots else arg for position, arg in enumerate(args)]
        self._slots = slots  # which arguments are numbers, the node's inputs
        self._saved, self._constants = (), ()
        self._packing = self._operands = self._results = self._later = None

    def save_for_backward(self, *values):
        """Keep Values for `backward`. Inputs and outputs cost nothing, others live as long as the graph."""
        self._saved = values

    def mark_non_differentiable(self, *outputs):
        """Say that these outputs are constants (integer and boolean ones are so anyway)."""
        self._constants = outputs

    @property
    def saved_tensors(self):
        """What `save_for_backward` was given."""
        if self._operands is None:
            raise AutogradError("saved_tensors can be read while backward runs, and not outside it")
        places = {"input": self._operands, "output": self._results}
        return tuple(what if kind == "other" else places[kind][what] for kind, what in self._saved)

    saved_values = saved_tensors

    # -- for the engine ---------------------------------------------------------------------------------------------

    def _forward(self, function, operands):
        """Run the user's forward on plain numbers; its outputs that have gradients come as one array."""
        given = {id(operand) for operand in operands}
        moving = self._run(function, [constant(operand) for operand in operands])
        return self._packing.pack([_own(x._data, given) for x in moving]) if moving else np.zeros(0)

    def _forward_on_values(self, function, operands):
        """The same on Values, as one Value."""
        moving = self._run(function, [x.detach() if isinstance(x, Value) else constant(x) for x in operands])
        return self._packing.pack_values(moving)

    def _run(self, function, inputs):
        """Run the user's forward; its outputs that have gradients."""
        args = list(self._others)
        for position, x in zip(self._slots, inputs, strict=True):
            args[position] = x
        with no_grad():
            if function.setup_context is None:
                returned = function.forward(self, *args)
            else:
                returned = function.forward(*args)
                function.setup_context(self, tuple(args), returned)
        self._alone = not isinstance(returned, tuple)
        outputs = (returned,) if self._alone else returned
        outputs = [x if isinstance(x, Value) else constant(admit(x)) for x in outputs]
        return self._sort(inputs, outputs)

    def _sort(self, inputs, outputs):
        """Tell the outputs with gradients from the constant ones, and where the saved Values will be found."""
        fixed = {id(x) for x in self._constants}
        moving = [x for x in outputs if is_floating(x._data) and id(x) not in fixed]
        places = {id(x): ("output", number) for number, x in enumerate(moving)}
        self._outputs = [None if id(x) in places else x.detach() for x in outputs]
        places |= {id(x): ("input", number) for number, x in enumerate(inputs)}
        self._saved = tuple(places.get(id(x), ("other", x)) for x in self._saved)
        self._packing = Packing([x._data for x in moving])
        return moving

    def _hand_out(self, node):
        """The outputs as the caller gets them."""
        moving = iter(self._packing.unpack(node))
        outputs = tuple(next(moving) if x is None else x for x in self._outputs)
        return outputs[0] if self._alone else outputs

    def _backward(self, function, g, y, operands):
        """Run the user's backward on Values; they are outside the graph if `g` is a plain number."""
        tracked = isinstance(g, Value)
        self._operands = [x if isinstance(x, Value) else constant(x) for x in operands]
        self._results = self._packing.unpack(y if isinstance(y, Value) else constant(y))
        arrived = iter(self._packing.unpack(g if tracked else constant(g)))
        upstream = [next(arrived) if x is None else constant(fit(0.0, x._data)) for x in self._outputs]
        try:
            with nothing if tracked else no_grad():
                answer = function.backward(self, *upstream)
        finally:
            self._operands = self._results = None
        answer = answer if isinstance(answer, tuple) else (answer,)
        if len(answer) < len(self._others) or any(part is not None for part in answer[len(self._others) :]):
            raise GradientError(
                f"{function.__name__}.backward returned {len(answer)} gradients for the {len(self._others)} arguments "
                "of its forward; return one for each, None where there is none"
            )
        return answer

    def _afresh(self):
        """The same before forward has run."""
        twin = Context((), self._slots)
        twin.needs_input_grad, twin._others = self.needs_input_grad, self._others
        return twin

    def _gradient(self, function, slot, g, y, operands):
        """Gradient of one input. The backward gives all at once; those that will be asked for next wait till then."""
        if self._later is not None and self._later[0] is g and slot in self._later[1]:
            later = self._later[1]
            part = later.pop(slot)
        else:
            answer = self._backward(function, g, y, operands)
            part = answer[self._slots[slot]]
            later = {
                other: answer[self._slots[other]]
                for other in range(slot + 1, len(operands))
                if self.needs_input_grad[self._slots[other]] and getattr(operands[other], "uses", 1) > 0
            }
        self._later = (g, later) if later else None
        if part is None:
            return 0.0
        if isinstance(g, Value):
            return part
        part = getattr(part, "_data", part)  # in memory of its own: the user may hand out one array twice, or keep it
        return part.copy() if part.__class__ is np.ndarray else part


class _Row(Operation):
    """The row behind a Function: the engine knows it, the table does not, for its name belongs to the user."""

    def __post_init__(self):
        self.parameters = {"context": None}
        self.symbol = self.symbol or self.name
        self.text = self.text or f"{self.name}({', '.join(self.inputs)})"

    def __call__(self, *operands, context):
        """Values in, a Value out; plain numbers give plain numbers."""
        for operand in operands:
            if hasattr(operand, "__record__"):
                return operand.__record__(self, operands, {"context": context})
        return self.evaluate(operands, {"context": context})

    def evaluate(self, operands, parameters=None):
        """The user's forward on raw numbers."""
        context = parameters["context"]
        if context._packing is not None:  # it ran already: a check that runs it again must not disturb its context
            context = context._afresh()
        with quiet():
            return plain(self.forward(*operands, context=context))

    def on_values(self, operands, parameters):
        """The same in operations, for who records them; forward must be written in operations then."""
        return parameters["context"]._forward_on_values(self.function, operands)


def _row_of(function, slots):
    """The row of a Function whose arguments at `slots` are numbers."""
    rows = function.__dict__.get("_rows")
    if rows is None:
        rows = function._rows = {}
    if slots not in rows:
        rules = [functools.partial(_rule, function, slot) for slot in range(len(slots))]
        row = rows[slots] = _Row(
            function.__name__,
            functools.partial(_forward, function),
            rules,
            symbol=function.symbol,
            text=function.text,
            latex=function.latex,
            slopes=function.slopes,
            inputs=_argument_names(function, slots),
            shape="(n)->(m)",
            family="function",
        )
        row.function = function
    return rows[slots]


def _forward(function, *operands, context):
    return context._forward(function, operands)


def _rule(function, slot, g, y, *operands, context):
    return context._gradient(function, slot, g, y, operands)


def _argument_names(function, slots):
    """Names of the numbers among the arguments of forward."""
    names = [p.name for p in inspect.signature(function.forward).parameters.values() if p.kind != p.VAR_POSITIONAL]
    names = names if function.setup_context is not None else names[1:]
    return tuple(names[slot] if slot < len(names) else f"x{slot}" for slot in slots)


def _is_number(arg):
    """Whether an argument is an input of the gate; integers, booleans and the like are settings."""
    return hasattr(arg, "__record__") or (arg.__class__ in RAW and arg.__class__ not in (int, bool))


def _own(data, given):
    """The numbers of an output, in memory that it does not share with an input."""
    shared = data.__class__ is np.ndarray and (data.base is not None or id(data) in given)
    return data.copy() if shared else data


class _Once(Function):
    """Passes a gradient on, and refuses to be differentiated."""

    @staticmethod
    def forward(ctx, part, *_):
        return part

    @staticmethod
    def backward(ctx, *_):
        raise GradientError(
            "a backward marked once_differentiable cannot be differentiated again: write it in operations on Values "
            "and take the mark away"
        )
