"""What Hypothesis draws: shapes, arrays, Values, inputs for an operation, programs; and a test made of a function.

The only module here that needs Hypothesis. Numbers lie on a grid of 1/64: zeros, ties, whole numbers and kinks are
drawn often, none is so small that differences fail, and a failing example shrinks to numbers that can be read.
"""

import functools
import inspect

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ..arrays import plain
from ..operation import TABLE
from ..value import Value
from .drawing import interval, numbers_at_kinks, signature
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .programs import Line, Program

GRID = 64
EXTREME = (-0.0, 5e-324, 1e-300, 1e300, np.inf, -np.inf, np.nan)


def shapes(max_dims=3, max_side=3, min_dims=0, min_side=0):
    """Shapes of arrays, the empty tuple and lengths of 0 and 1 among them."""
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


def numbers(low=-3.0, high=3.0, extreme=False):
    """Floats from low to high on a grid of 1/64; with `extreme` also -0.0, subnormal, huge, infinite ones and nan."""
    first, last = int(np.ceil(low * GRID)), int(np.floor(high * GRID))
    grid = st.integers(first, last).map(lambda number: number / GRID)
    return st.one_of(grid, st.sampled_from(EXTREME)) if extreme else grid


def arrays(shape=None, dtype=np.float64, low=-3.0, high=3.0, extreme=False):
    """Arrays (a float for shape ()) of numbers from low to high; `shape` may be a strategy, default any small one."""
    shape = shapes() if shape is None else shape
    elements = numbers(low, high, extreme).map(lambda number: float(np.dtype(dtype).type(number)))
    return hnp.arrays(dtype, shape, elements=elements, fill=st.nothing()).map(plain)


def values(shape=None, dtype=np.float64, low=-3.0, high=3.0, extreme=False, requires_grad=True):
    """Tracked Values; arguments as in `arrays`."""
    return arrays(shape, dtype, low, high, extreme).map(lambda data: Value(data, requires_grad=requires_grad))


@st.composite
def arrays_for(draw, op, dtype=np.float64, extreme=False, smooth=False):
    """A tuple with one array (or float) for each input of an operation.

    Shapes fit its signature (an elementwise one broadcasts), numbers lie in its domain, with its kinks and ties among
    them.

    op       a row or its name
    extreme  also -0.0, subnormal, huge and infinite numbers and nan, wherever the domain reaches
    smooth   keep away from the kinks that the row states by a number
    """
    op = TABLE[op] if isinstance(op, str) else op
    drawn = []
    for position, shape in enumerate(draw(_fitting_shapes(op))):
        low, high = interval(op, position)
        domain = op.domain[min(position, len(op.domain) - 1)]
        open_low, open_high = (domain.open and end == edge for end, edge in ((domain.low, low), (domain.high, high)))
        elements = numbers(low + open_low / GRID, high - open_high / GRID, extreme)
        if extreme:
            elements = elements.filter(lambda x, domain=domain: domain.low <= x <= domain.high or x != x)
        if smooth:
            kinks = numbers_at_kinks(op)
            elements = elements.filter(lambda x, kinks=kinks: all(abs(x - kink) > 1 / 32 for kink in kinks))
        drawn.append(draw(hnp.arrays(dtype, shape, elements=elements.map(np.dtype(dtype).type), fill=st.nothing())))
    return tuple(map(plain, drawn))


def _fitting_shapes(op):
    if op.pointwise:
        together = hnp.mutually_broadcastable_shapes(num_shapes=len(op.inputs), max_dims=3, max_side=3, min_side=0)
    else:
        core = ",".join("(" + ",".join(names) + ")" for names in signature(op))
        together = hnp.mutually_broadcastable_shapes(signature=f"{core}->()", max_dims=0, max_side=4)
    return together.map(lambda drawn: drawn.input_shapes)


# -- programs -------------------------------------------------------------------------------------------------------


def _no_parameters(draw, data):
    return {}


def _axis(draw, data):
    dim = draw(st.sampled_from([None, *range(-data.ndim, data.ndim)]))
    return {} if dim is None else {"dim": dim, "keepdim": draw(st.booleans())}


def _new_shape(draw, data):
    sides = [side for side in data.shape if side != 1]
    return {"shape": draw(st.sampled_from([(-1,), (1, *data.shape), (*sides,), data.shape[::-1]]))}


def _two_axes(draw, data):
    axes = st.integers(-data.ndim, data.ndim - 1)
    return {"dim0": draw(axes), "dim1": draw(axes)} if data.ndim else {"dim0": 0, "dim1": 0}


VOCABULARY = {
    **dict.fromkeys(("add", "sub", "mul", "div", "maximum", "minimum"), (2, _no_parameters)),
    **dict.fromkeys(("neg", "exp", "tanh", "sin", "square", "abs", "relu"), (1, _no_parameters)),
    **dict.fromkeys(("sum", "mean"), (1, _axis)),
    "reshape": (1, _new_shape),
    "transpose": (1, _two_axes),
    "matmul": (2, _no_parameters),
}
IN_PLACE = {"add_": 2, "sub_": 2, "mul_": 2, "neg_": 1, "tanh_": 1}


@st.composite
def programs(draw, max_inputs=3, max_lines=10, vocabulary=None, in_place=False, aliases=True, low=-2.0, high=2.0):
    """Random programs of tracked inputs: fan-out, broadcasting, reductions, views, products; all numbers moderate.

    vocabulary  names of operations to use; default: those of `VOCABULARY`
    in_place    also lines that overwrite a variable (`v3.add_(v1)`); never an input or a view of one
    aliases     with `in_place`: also variables that share memory with others
    """
    words = {name: VOCABULARY[name] for name in vocabulary or VOCABULARY}
    base = draw(shapes(2, 3, min_side=draw(st.sampled_from([1, 1, 1, 0]))))
    related = st.sampled_from([base, base[::-1], base[-1:], (*base[:-1], 1)[: len(base)], ()])  # mostly fit each other
    inputs = draw(st.lists(arrays(related, low=low, high=high), min_size=1, max_size=max_inputs))
    state, lines = _State([np.array(x) for x in inputs]), []
    # Several branches, the shortest first: examples are often long, and still shrink to a line or two.
    lengths = st.one_of(
        [st.lists(st.booleans(), min_size=n, max_size=max_lines) for n in (1, max_lines // 2, max_lines)]
    )
    for overwriting in draw(lengths):
        possible = overwriting and in_place and len(state.arrays) > len(inputs)
        line = _draw_overwriting(draw, state, len(inputs), aliases) if possible else None
        lines.append(line or _draw_line(draw, words, state))
    return Program(tuple(inputs), tuple(lines))


class _State:
    """The numbers of all variables while a program is drawn; and for each the first one whose memory it may share."""

    def __init__(self, arrays):
        self.arrays, self.origins = arrays, list(range(len(arrays)))

    def add(self, array, origin=None):
        """One more variable; its number."""
        self.arrays.append(array)
        self.origins.append(len(self.origins) if origin is None else origin)
        return len(self.arrays) - 1

    def results(self, name, first, arity, settings):
        """What an operation on a variable gives with each possible second operand, where it fits and is moderate."""
        others = [()] if arity == 1 else [(number,) for number in reversed(range(len(self.arrays)))]
        tried = {rest: _attempt(name, [self.arrays[n] for n in (first, *rest)], settings) for rest in others}
        return {rest: result for rest, result in tried.items() if result is not None}


def _draw_variable(draw, count, first=0):
    """A variable, the latest ones first when an example shrinks."""
    return count - 1 - draw(st.integers(0, count - 1 - first))


def _draw_line(draw, words, state):
    """A line that makes a variable: the drawn operation where it fits its operands, else a copy without a sign."""
    name = draw(st.sampled_from(list(words)))
    arity, parameters = words[name]
    first = _draw_variable(draw, len(state.arrays))
    settings = parameters(draw, state.arrays[first])
    fitting = state.results(name, first, arity, settings)
    if not fitting:
        name, settings = "abs", {}
        fitting = state.results(name, first, 1, settings)
    stretching = [rest for rest in fitting if any(state.arrays[n].shape != state.arrays[first].shape for n in rest)]
    rest = draw(st.sampled_from(stretching if stretching and draw(st.booleans()) else list(fitting)))
    target = state.add(fitting[rest], state.origins[first] if TABLE[name].view else None)
    return Line(target, name, (first, *rest), settings)


def _draw_overwriting(draw, state, first, aliases):
    """A line that overwrites a variable made by a line, or None where that is not possible."""
    name = draw(st.sampled_from(list(IN_PLACE)))
    target = _draw_variable(draw, len(state.arrays), first)
    array, origin = state.arrays[target], state.origins[target]
    if not array.ndim or origin < first or (not aliases and state.origins.count(origin) > 1):
        return None
    results = state.results(name[:-1], target, IN_PLACE[name], {})
    fitting = [rest for rest, result in results.items() if result.shape == array.shape]
    if not fitting:
        return None
    rest = draw(st.sampled_from(fitting))
    array[...] = results[rest]
    return Line(target, name, (target, *rest))


def _attempt(name, operands, settings):
    """The numbers of one operation, or None where it does not fit or leaves the moderate ones."""
    try:
        result = np.asarray(TABLE[name](*operands, **settings))
    except (ValueError, IndexError):
        return None
    return result if np.all(np.abs(result) <= 1e3) else None


# -- a test made of a function --------------------------------------------------------------------------------------


def gradients_hold(*drawn, order=2, eps=1e-6, atol=1e-5, rtol=1e-3, **named):
    """Decorator that makes a test of a function: its gradients are checked at inputs that Hypothesis draws.

        @gradients_hold(x=values((3,)), w=values((2, 3)))
        def test_my_loss(x, w):
            return my_loss(w @ x)

    drawn, named   a strategy for each argument, as for `hypothesis.given`; tracked Values are differentiated by
    order          1: first derivatives only; 2: second ones too
    eps, atol, rtol   as in `gradcheck`

    A point at a kink is passed over if the gradient there lies between the slopes of both sides.
    """

    def make(function):
        names = [*inspect.signature(function).parameters]

        def check(*args, **kwargs):
            inputs = (*args, *(kwargs[name] for name in names[len(args) :] if name in kwargs))
            for test in (gradcheck, gradgradcheck)[:order]:
                try:
                    test(function, inputs, eps=eps, atol=atol, rtol=rtol)
                except GradcheckError as error:
                    if not error.at_kink:
                        raise
                    assume(False)

        functools.update_wrapper(check, function)
        return given(*drawn, **named)(check)

    return make
