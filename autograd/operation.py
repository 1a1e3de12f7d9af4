"""One row an operation: everything the project knows of it, written once.

The engine runs a row, the pictures label with it, the tests draw inputs for it, the documentation prints it. A row is
made by one of the constructors below (`pointwise`, `operation`), which put it into the `TABLE`.
"""

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np

from .arrays import ARITHMETIC, RAW, plain, restore, silence
from .errors import AutogradError, RangeError, RegistryError, ShapeError
from .kernels import KERNELS

TABLE: dict[str, "Operation"] = {}  # every row, by name
UFUNCS: dict[str, "Operation"] = {}  # NumPy's ufunc name -> row

_SYNONYMS = {"axis": "dim", "keepdims": "keepdim", "axis1": "dim1", "axis2": "dim2", "ddof": "correction"}
_IGNORED_IF_NONE = {"out", "dtype", "where", "initial"}  # NumPy hands these to methods of its own accord


class Domain(NamedTuple):
    """Real interval on which an input is meaningful; `open` leaves out the ends."""

    low: float = -np.inf
    high: float = np.inf
    open: bool = True

    def __str__(self):
        left, right = ("(", ")") if self.open else ("[", "]")
        low = "(-∞" if self.low == -np.inf else f"{left}{self.low:g}"
        high = "∞)" if self.high == np.inf else f"{self.high:g}{right}"
        return f"{low}, {high}"


REAL, POSITIVE, NONNEGATIVE = Domain(), Domain(0.0), Domain(0.0, open=False)


class Kink(NamedTuple):
    """A point without a derivative, and the value chosen there.

    `at`: the input's value, or a condition in words ("a = b"); `slope`: what the rule gives there.
    """

    at: float | str
    slope: float | str


@dataclass(eq=False)
class Operation:
    """A row of the table.

    name        its name, in PyTorch's and NumPy's spelling
    forward     arrays -> array; keyword-only arguments are the parameters (`dim`, `keepdim` ...)
    rules       one a tracked input: rule(g, y, *inputs, **parameters) -> that input's gradient, from the upstream
                gradient g and the result y, written in operations, so that it runs on arrays and on Values;
                None where there is no derivative: the result is a constant
    symbol      label of the gate in a picture
    text        the formula as plain text over the input names
    latex       the formula in LaTeX
    slopes      plain text of each input's derivative (pointwise) or of its gradient in terms of g
    derivatives the same in LaTeX
    shape       gufunc signature: "(),()->()" is elementwise with broadcasting
    domain      one Domain an input
    kinks       points without a derivative, with the value chosen there
    scalar      the same forward for Python floats, where that is faster than NumPy's
    composite   for a fused operation: the same in simpler operations; it is differentiated for second derivatives if
                the rules are not `open`
    open        whether the rules are written in operations (and so can be differentiated again)
    view        whether the result may share its input's memory
    kernel      a faster way for large arrays, see `autograd.kernels`; found there by the row's name
    family      which kind of operation: colours in pictures, headings in the documentation
    source      paper or document
    """

    name: str
    forward: Callable
    rules: Sequence[Callable] | None = None
    symbol: str = ""
    text: str = ""
    latex: str = ""
    slopes: tuple[str, ...] = ()
    derivatives: tuple[str, ...] = ()
    shape: str = "()->()"
    domain: tuple[Domain, ...] = ()
    kinks: tuple[Kink, ...] = ()
    scalar: Callable | None = None
    composite: Callable | None = None
    open: bool = True
    view: bool = False
    kernel: object = None
    family: str = "other"
    source: str = ""
    inputs: tuple[str, ...] = ()
    ufuncs: tuple[str, ...] = ()
    parameters: dict = field(default_factory=dict)
    variadic: bool = False

    def __post_init__(self):
        names, self.parameters = _signature(self.forward, self.shape)
        self.inputs = self.inputs or names
        self.symbol = self.symbol or self.name
        self.text = self.text or f"{self.name}({', '.join(self.inputs)})"
        self.domain = self.domain or (REAL,) * len(self.inputs)
        self.kernel = self.kernel or KERNELS.get(self.name)
        self.required = [n for n, default in self.parameters.items() if default is inspect.Parameter.empty]
        self._check()
        self.__doc__ = describe(self)
        TABLE[self.name] = self
        UFUNCS.update(dict.fromkeys(self.ufuncs, self))

    def _check(self):
        if self.name in TABLE:
            raise RegistryError(f"an operation named {self.name!r} is already in the table; choose another name")
        if not self.variadic and self.rules is not None and len(self.rules) != len(self.inputs):
            raise RegistryError(
                f"{self.name}: {len(self.inputs)} inputs {self.inputs} but {len(self.rules)} rules; "
                "give one rule an input"
            )
        if self.rules is not None and not self.open and self.composite is None:
            raise RegistryError(f"{self.name}: rules that are not open need a composite for second derivatives")

    @property
    def differentiable(self):
        """Whether results can be tracked."""
        return self.rules is not None

    @property
    def pointwise(self):
        """Whether each entry of the result depends on one entry of each (broadcast) input."""
        return self.shape.replace("()", "").replace(",", "") == "->"

    def __repr__(self):
        return f"<operation {self.name}({', '.join(_arguments(self))})>"

    # -- calling ----------------------------------------------------------------------------------------------

    def __call__(self, *arguments, **parameters):
        """The operation on arrays or scalars gives an array or scalar; on any Value it gives a Value."""
        if parameters or len(arguments) != len(self.inputs) or self.variadic or self.required:
            operands, parameters = self.bind(arguments, parameters)
        else:
            operands = arguments
        return self.of(operands, parameters)

    def of(self, operands, parameters):
        """The same for arguments that are sorted already: all operands in order, parameters by their own names."""
        for operand in operands:
            if operand.__class__ not in RAW:
                if hasattr(operand, "__record__"):
                    return operand.__record__(self, operands, parameters)
                self._check_number(operand)
        return self.evaluate(operands, parameters)

    def _check_number(self, operand):
        numeric = hasattr(operand, "__array__") or hasattr(operand, "__float__")
        if numeric or isinstance(operand, (list, tuple, complex)):
            return
        raise TypeError(f"{self.name}() takes numbers, arrays and Values, not {type(operand).__name__}")

    def bind(self, arguments, parameters):
        """Arguments in PyTorch's or NumPy's names and order, sorted into operands and parameters."""
        count, known = len(self.inputs), self.parameters
        if self.variadic:
            operands, extra = tuple(arguments[0]), arguments[1:]
        elif len(arguments) >= count:
            operands, extra = arguments[:count], arguments[count:]
        else:
            operands, extra = self._named_operands(arguments, parameters), ()
        bound = dict(zip(known, extra)) if extra else {}
        if len(extra) > len(known):
            raise TypeError(
                f"{self.name}() takes {', '.join(_arguments(self))}; {len(extra) - len(known)} too many given"
            )
        for given, value in parameters.items():
            name = given if given in known else _SYNONYMS.get(given, given)
            if name not in known:
                if value is None and given in _IGNORED_IF_NONE:
                    continue
                if given in self.inputs:
                    raise TypeError(f"{self.name}() got {given!r} twice")
                raise TypeError(f"{self.name}() has no argument {given!r}; it takes {', '.join(_arguments(self))}")
            if name in bound:
                raise TypeError(f"{self.name}() got {name!r} twice")
            bound[name] = value
        for name in self.required:
            if name not in bound:
                raise TypeError(f"{self.name}() misses its argument {name!r}; it takes {', '.join(_arguments(self))}")
        return operands, bound

    def _named_operands(self, arguments, parameters):
        """The operands, of which some are given by name, and then taken out of the parameters."""
        operands = list(arguments)
        for name in self.inputs[len(operands) :]:
            named = name if name in parameters else _TORCH_INPUT.get(name)
            if named not in parameters:
                raise TypeError(f"{self.name}() misses its argument {name!r}; it takes {', '.join(_arguments(self))}")
            operands.append(parameters.pop(named))
        return tuple(operands)

    def evaluate(self, operands, parameters=None):
        """The forward on raw numbers, arrays or scalars."""
        if operands[0].__class__ is float and self.scalar is not None and all(x.__class__ is float for x in operands):
            try:
                return self.scalar(*operands)
            except ARITHMETIC:  # IEEE 754 has an answer where Python's float functions raise
                operands = tuple(map(np.float64, operands))
        kernel, first = self.kernel, operands[0]
        if kernel is not None and first.__class__ is np.ndarray and first.size >= kernel.above:
            result = kernel.forward(*operands, **(parameters or {}))
            if result is not NotImplemented:
                return result
        token = silence()
        try:
            result = self.forward(*operands, **parameters) if parameters else self.forward(*operands)
        except AutogradError:  # the row has said itself what is wrong
            raise
        except (ValueError, IndexError) as error:
            raise self._misfit(operands, parameters, error) from error
        except (TypeError, AttributeError):  # NumPy's words for what is no number are not clear
            for operand in operands:
                self._check_number(operand)
            raise
        finally:
            restore(token)
        if result.__class__ is not np.ndarray or not result.ndim:
            usual = result.__class__ is np.float32 or (result.__class__ is np.float64 and len(operands) == 1)
            return plain(result if usual else _promoted(result, operands))
        kind = result.dtype.char
        if kind == "f":
            return result
        if kind == "d" and (len(operands) == 1 or (first.__class__ is np.ndarray and first.dtype.char == "d")):
            return result
        return _promoted(result, operands)

    def _misfit(self, operands, parameters, error):
        for operand in operands:
            self._check_number(operand)
        shapes = " and ".join(str(np.shape(operand)) for operand in operands)
        given = f" with {', '.join(f'{k}={v!r}' for k, v in parameters.items())}" if parameters else ""
        kind = RangeError if isinstance(error, IndexError) else ShapeError
        return kind(f"{self.name}: an input of shape {shapes}{given} does not fit {self.shape}: {error}")


def _promoted(result, operands):
    """PyTorch's rules for mixed kinds, where NumPy has others.

    Neither integers nor a scalar of float64 make float64 of a float32 array, nor an int64 scalar int64 of an int32
    array; a function of small integers is float32, not float16.
    """
    kind = getattr(getattr(result, "dtype", None), "char", "")
    if kind == "?":
        for operand in operands:  # NumPy compares numbers with anything
            if operand is None or operand.__class__ is str:
                raise TypeError(f"numbers are compared with numbers, not with {type(operand).__name__}")
        return result
    if kind == "e":
        return result.astype(np.float32)
    if kind and result.dtype.kind not in "fiubc":
        raise TypeError("an operation takes numbers, arrays and Values; something else is among what it was given")
    if kind in ("L", "Q") and getattr(operands[0], "dtype", result.dtype).char != kind:
        return result.astype(np.int64)  # a sum of uint8
    if kind not in "dlq" or len(operands) == 1:
        return result
    arrays = {x.dtype.char for x in operands if x.__class__ is np.ndarray and x.ndim} - {"?"}
    if kind == "d":
        scalars = {x.__class__ for x in operands}
        if "f" in arrays and "d" not in arrays:
            return result.astype(np.float32)
        if not arrays & {"f", "d"} and np.float32 in scalars and not scalars & {float, np.float64}:
            return result.astype(np.float32)
    elif arrays and arrays <= set("bBhHiIlLqQ"):
        return result.astype(np.result_type(*arrays), copy=False)
    return result


class EachInput:
    """The rules of a variadic row: one function rule(position, g, y, *inputs, **parameters) for whichever input."""

    def __init__(self, rule):
        self.rule = rule

    def __getitem__(self, position):
        return partial(self.rule, position)


class AllAtOnce(EachInput):
    """The rules of a row whose gradients come together: parts(g, wanted, parameters) -> [(position, gradient), ...].

    One rule at a time they go by `rule`, as above; with many inputs that would hand all of them to each of them.
    """

    def __init__(self, parts, rule):
        super().__init__(rule)
        self.parts = parts


_TORCH_INPUT = {"x": "input", "a": "input", "b": "other"}


def _signature(forward, shape):
    """Names of the array inputs and the parameters with their defaults, read off the forward."""
    if isinstance(forward, np.ufunc):
        return ("x",) if forward.nin == 1 else ("a", "b"), {}
    if hasattr(forward, "__wrapped__") or not hasattr(forward, "__code__"):
        arguments = inspect.signature(forward).parameters.values()
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
        names = tuple(a.name for a in arguments if a.kind in (*kinds, inspect.Parameter.VAR_POSITIONAL))
        return names, {a.name: a.default for a in arguments if a.kind is inspect.Parameter.KEYWORD_ONLY}
    code, defaults = forward.__code__, forward.__kwdefaults__ or {}  # twenty times as fast, and a row is made at import
    count, last = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames[:count] + code.co_varnames[last : last + bool(code.co_flags & inspect.CO_VARARGS)]
    return names, {name: defaults.get(name, inspect.Parameter.empty) for name in code.co_varnames[count:last]}


def _arguments(op):
    yield from op.inputs
    for name, default in op.parameters.items():
        yield name if default is inspect.Parameter.empty else f"{name}={default!r}"


def operation(name, forward, rules=None, **columns):
    """A new row in the table. Columns as in `Operation`."""
    return Operation(name, forward, rules, **columns)


def pointwise(name, forward, *rules, **columns):
    """A new elementwise row: one rule an input, broadcasting, shape () -> ()."""
    count = len(rules) or (forward.nin if isinstance(forward, np.ufunc) else len(_signature(forward, "")[0]))
    shape = ",".join(["()"] * count) + "->()"
    return Operation(name, forward, rules or None, shape=shape, **columns)


_NAME = re.compile(r"(?<![A-Za-z0-9_.])([A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_(])")  # no function; "b²" is b


def substitute(text, values):
    """`text` with each input's name replaced by its text in `values`."""
    return _NAME.sub(lambda match: values.get(match[1], match[1]), text)


def describe(op):
    """The row as a docstring."""
    lines = [f"{op.name}({', '.join(_arguments(op))})", "", f"    y = {op.text}"]
    lines += [f"    ∂/∂{name}: {slope}" for name, slope in zip(op.inputs, op.slopes, strict=False)]
    lines += ["", f"Shapes: {op.shape}"]
    if any(domain != REAL for domain in op.domain):
        lines.append("Domain: " + ", ".join(f"{n} in {d}" for n, d in zip(op.inputs, op.domain, strict=False)))
    lines += [f"At {kink.at} there is no derivative; the rule gives {kink.slope}." for kink in op.kinks]
    if not op.differentiable:
        lines.append("Has no derivative: the result is a constant.")
    if op.source:
        lines.append(f"Source: {op.source}")
    return "\n".join(lines)
