"""Values as text: the repr, format strings, the look at what made a Value, and the label that messages use."""

import math

import numpy as np


class Size(tuple):
    """A shape; `numel()` is the number of entries."""

    __slots__ = ()

    def numel(self):
        return math.prod(self)

    def __repr__(self):
        return tuple.__repr__(self)


class Maker:
    """What made a Value: `name` of the operation, its `inputs`, its `parameters` (dim, keepdim ...)."""

    __slots__ = ("inputs", "name", "op", "parameters")

    def __init__(self, value):
        self.op, self.inputs, self.name = value.op, value.inputs, value.op.name
        self.parameters = getattr(value, "parameters", {})

    @property
    def next_functions(self):
        """What made each tracked input (None for a leaf), with a 0, as PyTorch has it."""
        return tuple((i.grad_fn, 0) for i in self.inputs if getattr(i, "requires_grad", False))

    def __repr__(self):
        return f"<{self.name} of {', '.join(label(i) for i in self.inputs)}>"


def number(x, digits=6):
    """A number in at most `digits` significant digits, with a point if it is floating: 2 -> '2.0', 1e-07 -> '1e-07'."""
    if isinstance(x, (bool, np.bool_)):
        return str(bool(x))
    if isinstance(x, (int, np.integer)):
        return str(int(x))
    short = f"{float(x):.{digits}g}"
    return short if any(c in short for c in ".en") else short + ".0"


def label(x):
    """A short way to speak of a Value or a plain operand: its name, else its number, else its shape."""
    return described(getattr(x, "_data", x), getattr(x, "name", None), getattr(getattr(x, "op", None), "name", None))


def described(data, name=None, kind=None):
    """The same for numbers with a name, or made by an operation of that `kind`."""
    if name:
        return str(name)
    shape = getattr(data, "shape", ())
    if shape == ():
        text = number(data) if isinstance(data, (int, float, np.generic)) else "a released number"
    else:
        text = f"a {'×'.join(map(str, shape))} array"
    return f"{text} (made by {kind})" if kind else text


def represent(value):
    """The repr: numbers, then what is not as one would expect."""
    data = value._data
    if hasattr(data, "message"):  # numbers that are gone
        body = f"released, shape={tuple(data.shape)}"
    elif isinstance(data, np.ndarray):
        body = np.array2string(data, separator=", ", prefix="Value(")
        if data.size == 0:
            body += f", shape={data.shape}"
    else:
        body = repr(data) if type(data) in (float, bool, int) else data.item().__repr__()
    notes = []
    if value.dtype != np.float64 and not (value.shape == () and value.dtype == np.bool_):
        notes.append(f"dtype={value.dtype}")
    if value.name:
        notes.append(f"name={value.name!r}")
    if value.op is not None:
        notes.append(f"by={value.op.name!r}")
    elif not value.requires_grad and value.dtype.kind == "f":
        notes.append("requires_grad=False")
    if value.grad is not None:
        grad = value.grad._data
        notes.append(f"grad={number(grad)}" if value.shape == () else "grad=…")
    return f"Value({', '.join([body, *notes])})"


def formatted(value, specification):
    """`f"{value:.3f}"`: the number of a scalar, NumPy's text of an array."""
    if not specification:
        return represent(value)
    if value.shape == ():
        return format(value.item(), specification)
    with np.printoptions(formatter={"float": lambda x: format(x, specification)}):
        return np.array2string(value._data, separator=", ")
