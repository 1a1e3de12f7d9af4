"""`compile`: a function recorded once for each kind of call, and replayed by a machine that is the same for all."""

import functools
import warnings

import numpy as np

from ..arrays import dtype_of, shape_of
from ..errors import CompileError
from ..memory import NO_PARAMETERS
from ..mode import here, is_grad_enabled
from ..operation import AllAtOnce, Operation
from ..ops.dtypes import get_default_dtype
from ..ops.random import get_rng_state, set_rng_state
from ..packing import Packing
from ..tree import flatten, rebuild
from ..value import Value, constant
from .build import build
from .guards import INEXACT
from .record import Output, record
from .tape import Covered

MOST_PROGRAMS = 64  # of one function: the oldest makes room


def compile(function=None, *, fallback=False):
    """A function that does what `function` does, as a program: recorded once, then replayed without Python.

        step = autograd.compile(f)      or      @autograd.compile above a def

    function   takes Values and arrays (arrays arrive in it as constant Values) and anything else; returns a Value, or a
               tuple, list or dictionary of them. It runs twice when it is recorded, and once more for each kind of
               call: shapes, dtypes and requires_grad of Values and arrays, and the value of every other argument
    fallback   where a function cannot be a program, run it as it is, and say so once

    The results are Values with a graph of one gate: `backward()`, `grad` and, through the function itself, higher
    derivatives work as always. What a program takes from outside the arguments:

    - Values that require gradients (parameters) are read at each call, and get their gradients;
    - everything else that the function can reach (plain numbers, flags, arrays, constant Values in its closure,
      globals, defaults, the attributes of objects there and of their classes) is compared at each call: if it has
      changed, the function is recorded anew. Large arrays are better passed as arguments, which are not compared;
    - what it computes in Python or NumPy from those, and Values that it makes from numbers, are constants;
    - random numbers of the common stream (dropout, rrelu, rand, randn, normal, uniform, bernoulli) are drawn anew at
      each call, those that it would draw uncompiled. float32 and float64 may meet, each is computed in its own. A
      `checkpoint` is its function, a `Function` its forward and backward, if these are written in operations on Values;
    - a moving average, a + (b - a)·share or a·keep + x·x·share, that falls below the smallest normal number becomes 0:
      it would not get there by itself, and computing with it is slow.

    Raises CompileError, if not `fallback`, for what no program can do:

        if x > 0, float(x), item(), numpy(), .data          where(condition, a, b); numbers as further arguments
        x[mask], nonzero, x[:, i] with a computed index     x * mask; gather(x, dim, i); x[i] and x[i, j] are possible
        sort, argsort, topk, median                         max and min along an axis give values and places
        changes in place: y += 1, y[0] = 1                  y = y + 1, where, cat
        batch norm in training, other changes outside       nn.compile_step; results assigned after the call
        randperm, generators of one's own, clocks, files    as arguments
        hooks; a Function that computes in NumPy            operations on Values
    """
    if function is None:
        return functools.partial(compile, fallback=fallback)
    if not callable(function):
        raise TypeError(f"compile() takes a function, not {type(function).__name__}")
    return Compiled(function, fallback)


class Compiled:
    """A function with its programs, one for each kind of call."""

    def __init__(self, function, fallback=False):
        self.function, self.fallback, self.programs, self._refused = function, fallback, {}, {}
        functools.update_wrapper(self, function, updated=())

    def __repr__(self):
        return f"<compiled {getattr(self, '__name__', self.function)}, {len(self.programs)} programs>"

    def __reduce__(self):
        return Compiled, (self.function, self.fallback)  # a copy records its own programs

    def __get__(self, instance, owner=None):
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args, **kwargs):
        arguments = (args, kwargs)
        leaves = flatten(arguments)
        if here.tape is not None:  # inside another function that is being recorded: a part of it
            return self.function(*args, **kwargs)
        kind = (is_grad_enabled(), get_default_dtype(), _structure(arguments), *map(_kind, leaves))
        program = self.programs.get(kind)
        if program is None or not program.holds():
            if kind in self._refused:
                return self.function(*args, **kwargs)
            program = self._record(kind, arguments, leaves)
            if program is None:
                return self.function(*args, **kwargs)
        return program.call([leaf for leaf in leaves if leaf.__class__ in NUMBERS], arguments)

    def _record(self, kind, arguments, leaves):
        tracked = [_tracked(leaf) for leaf in leaves]
        try:
            program = Program(self.function, arguments, tracked)
        except CompileError as error:
            if not self.fallback:
                raise
            self._refused[kind] = True
            warnings.warn(f"{self!r} runs uncompiled: {error}", stacklevel=4)
            return None
        if len(self.programs) >= MOST_PROGRAMS:
            self.programs.pop(next(iter(self.programs)))
        self.programs.pop(kind, None)
        self.programs[kind] = program
        return program


NUMBERS = (Value, np.ndarray)


def _structure(tree):
    if isinstance(tree, dict):
        return ("dict", *((key, _structure(branch)) for key, branch in tree.items()))
    if isinstance(tree, (tuple, list)):
        return (type(tree).__name__, *map(_structure, tree))
    return ""


def _kind(leaf):
    """What of an argument makes another program necessary."""
    if leaf.__class__ is Value:
        data = leaf._data
        if data.__class__ is float:
            return leaf.requires_grad
        return shape_of(data), dtype_of(data).str, leaf.requires_grad
    if leaf.__class__ is np.ndarray:
        return leaf.shape, leaf.dtype.str
    if isinstance(leaf, INEXACT):
        return leaf.__class__, repr(leaf)
    try:
        hash(leaf)
    except TypeError:
        return id(leaf)
    return leaf.__class__, leaf


def _tracked(leaf):
    if leaf.__class__ is Value:
        return leaf.requires_grad and is_grad_enabled()
    return False if leaf.__class__ is np.ndarray else None


class Program:
    """One recording of a function, lowered to instructions."""

    def __init__(self, function, arguments, tracked):
        self.function, self.arguments = function, arguments
        others = [leaf for leaf in flatten(arguments) if leaf.__class__ not in NUMBERS]
        recording, self.guards = record(function, arguments, tracked, *others)
        self.returned = recording.returned
        self.captured = [cell.value for cell in recording.captured]
        self.kinds = [_kind(thing) for thing in self.captured]
        self.moving = [cell.tracked for cell in recording.outputs]
        self.draws = [draw for _, draw in recording.tape.draws]
        sources = [*recording.inputs, *(cell for cell, _ in recording.tape.draws), *recording.captured]
        self.wanted = [cell.tracked for cell in sources]
        wanted = [cell for cell in sources if cell.tracked]
        seeds, gradients = recording.differentiate(wanted) if any(self.moving) else ([], [None] * len(wanted))
        self.code = build(recording.cells, sources, recording.outputs, seeds, gradients)
        given = iter(gradients)
        self.moves = [wanted and next(given) is not None for wanted in self.wanted]  # sources that get gradients
        outputs = [cell for cell in recording.outputs if cell.tracked]
        self.packing = Packing([_Like(cell) for cell in outputs]) if outputs else None
        self.row = _Row(
            getattr(function, "__name__", type(function).__name__), None, AllAtOnce(_parts, _part), composite=_eagerly
        )

    def holds(self):
        """Whether what the function found outside is still of the same kind."""
        return all(map(_same_kind, self.captured, self.kinds)) and self.guards.hold()

    def call(self, leaves, arguments):
        """Run the forward half and hand the results out."""
        call = Call(self, arguments)
        sources = [*leaves, *call.drawn(), *self.captured]
        if self.packing is None:
            call.forward([_numbers(x) for x in sources])
            moving = ()
        else:
            operands = [x if moves else _numbers(x) for x, moves in zip(sources, self.moves, strict=True)]
            moving = iter(self.packing.unpack(self.row(*operands, call=call)))
        results = iter(call.results)
        made = [next(moving) if moves else constant(result) for moves, result in zip(self.moving, results, strict=True)]
        return rebuild(self.returned, [made[x.number] if x.__class__ is Output else x for x in flatten(self.returned)])


def _same_kind(thing, kind):
    return _kind(thing) == kind


class _Like:
    """Shape and dtype of a cell."""

    def __init__(self, cell):
        self.shape, self.dtype = cell.shape, cell.dtype


def _numbers(x):
    return x._data if x.__class__ is Value else x


class Call:
    """One run of a program's forward half: its memory waits for the backward half."""

    def __init__(self, program, arguments):
        self.program, self.arguments = program, arguments
        self.memory = self.results = self.upstream = self.gradients = self.stream = None

    def drawn(self):
        """The random numbers of this run."""
        if self.program.draws:
            self.stream = get_rng_state()
        return [draw() for draw in self.program.draws]

    def forward(self, numbers):
        """The results on these numbers, as a list."""
        numbers = [x.data if x.__class__ is Covered else x for x in numbers]  # another thread is recording
        self.memory = self.program.code.memory()
        self.results = self.program.code.forward(self.memory, numbers)
        return self.results

    def all_gradients(self, upstream):
        """Gradients of all sources, None where there is none. One run of the backward half gives them all."""
        if upstream is not self.upstream:
            program = self.program
            seeds = [upstream] if len(program.packing.shapes) == 1 else _unpacked(program.packing, upstream)
            given = iter(program.code.backward(self.memory, seeds))
            self.gradients = [next(given) if wanted else None for wanted in program.wanted]
            self.upstream = upstream
        return self.gradients

    def __del__(self):
        if self.memory is not None:
            self.program.code.give_back(self.memory)


def _unpacked(packing, flat):
    starts = [0, *packing.ends][:-1]
    pieces = zip(starts, packing.ends, packing.shapes, packing.dtypes, strict=True)
    return [flat[start:end].reshape(shape).astype(dtype, copy=False) for start, end, shape, dtype in pieces]


def _parts(g, wanted, parameters):
    gradients = parameters["call"].all_gradients(g)
    return [(position, gradients[position]) for position in wanted]


def _part(position, g, y, *sources, call):
    return _parts(g, [position], {"call": call})[0][1]


def _eagerly(*sources, call):
    """The function itself, for higher derivatives, with the random numbers of the call."""
    given = iter(sources)
    leaves = [next(given) if leaf.__class__ in NUMBERS else leaf for leaf in flatten(call.arguments)]
    args, kwargs = rebuild(call.arguments, leaves)
    now = get_rng_state()
    if call.stream is not None:
        set_rng_state(call.stream)
    try:
        returned = call.program.function(*args, **kwargs)
    finally:
        set_rng_state(now)
    outputs = [x for x in flatten(returned) if x.__class__ is Value]
    moving = [x for x, moves in zip(outputs, call.program.moving, strict=True) if moves]
    return call.program.packing.pack_values(moving)


class _Row(Operation):
    """The row behind a compiled function: the engine knows it, the table does not."""

    def __post_init__(self):
        self.inputs, self.variadic, self.open, self.parameters = ("sources",), True, False, {"call": None}
        self.symbol = self.text = self.name
        self.shape, self.family = "(n)->(m)", "program"

    def __call__(self, *sources, call):
        """Run it on Values."""
        return Value.__record__(self, sources, {"call": call})

    def evaluate(self, operands, parameters=NO_PARAMETERS):
        """The forward half, its tracked results in one."""
        call = parameters["call"]
        if call.memory is not None:  # a check that runs it again must not disturb what the backward half needs
            call = Call(call.program, call.arguments)
        results = call.forward(list(operands))
        moving = [result for result, moves in zip(results, call.program.moving, strict=True) if moves]
        return call.program.packing.pack(moving)
