"""What goes into and comes out of the functions here: inputs made ready, outputs checked, directions checked."""

import numpy as np

from ..arrays import admit, fit, is_floating
from ..backward import grad
from ..errors import DtypeError, GradientError, ShapeError
from ..text import label
from ..value import CARRY, Value, constant


def enter(inputs, create_graph=False):
    """`inputs` (one or a tuple) as fresh tracked Values to call a function with.

    Each is new, so that nothing that the function closes over is mistaken for its input. With `create_graph` a tracked
    input stays connected to its own past.

    Raises DtypeError for integers and booleans: only floating-point numbers have derivatives.
    """
    values = inputs if isinstance(inputs, tuple) else (inputs,)
    return tuple(fresh(x, create_graph) for x in values)


def fresh(x, connected):
    data = x._data if isinstance(x, Value) else admit(float(x) if isinstance(x, int) else x)
    if not is_floating(data):
        raise DtypeError(
            f"derivatives are with respect to floating-point numbers, not {label(data)} of integers or booleans; "
            "pass dtype=float, or close over the numbers that are no variables"
        )
    if connected and isinstance(x, Value) and x.requires_grad:
        return CARRY[0](x)
    leaf = constant(data)
    leaf.requires_grad = True
    return leaf


def results_of(func, outputs):
    """What a function returned, as a tuple of Values."""
    several = outputs if isinstance(outputs, tuple) else (outputs,)
    for number, output in enumerate(several):
        if not isinstance(output, Value):
            raise TypeError(
                f"{_name(func)} must return a Value or a tuple of Values, but result {number} is "
                f"{type(output).__name__}; return what it computed, without .data, float() or .item()"
            )
    return several


def scalar_of(func, output):
    """The one number that a function returned, as a Value."""
    several = results_of(func, output)
    if len(several) != 1 or several[0].numel() != 1:
        shapes = ", ".join(str(tuple(x.shape)) for x in several)
        raise GradientError(f"{_name(func)} must return one number, not {shapes}: reduce it with .sum() or .mean()")
    return several[0]


def _name(func):
    return getattr(func, "__name__", "the function")


def directions(v, like, what):
    """The vector(s) `v` as Values that fit the Values `like`; None means 1 for a single number."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise GradientError(f"v can only be left out if {what} is one Value of one entry; pass v in its shape")
        return (constant(fit(1.0, like[0]._data)),)
    given = v if isinstance(v, tuple) else (v,)
    if len(given) != len(like):
        raise ShapeError(f"v has {len(given)} parts, but {what} has {len(like)}")
    return tuple(_direction(u, x, number, what) for number, (u, x) in enumerate(zip(given, like, strict=True)))


def _direction(u, x, number, what):
    u = u if isinstance(u, Value) else constant(admit(u))
    if u.shape != x.shape:
        raise ShapeError(f"part {number} of v has shape {tuple(u.shape)}, but that of {what} has {tuple(x.shape)}")
    return u if u.dtype == x.dtype else constant(fit(u._data, x._data))


def pull(outputs, inputs, seeds, create_graph=False, retain_graph=None):
    """Gradient of each input, or None: `grad` that takes outputs without a graph too."""
    tracked = [(output, seed) for output, seed in zip(outputs, seeds, strict=True) if output.requires_grad]
    if not tracked:
        return (None,) * len(inputs)
    roots, seeds = zip(*tracked, strict=True)
    return grad(roots, inputs, seeds, retain_graph=retain_graph, create_graph=create_graph, allow_unused=True)


def filled(parts, like, strict, action):
    """`parts` with zeros where there is no dependence; with `strict` that is an error."""
    for number, part in enumerate(parts):
        if part is None and strict:
            raise GradientError(f"{action}: part {number} does not depend on the inputs (strict=True)")
    return tuple(zeros_like(x) if part is None else part for part, x in zip(parts, like, strict=True))


def zeros_like(x):
    """A constant of zeros with the shape and dtype of `x`."""
    return constant(fit(np.float64(0.0), x._data))


def leave(values, like, create_graph):
    """A tuple of results as `like` was given: alone if that was no tuple; outside the graph unless `create_graph`."""
    values = values if create_graph else tuple(value.detach() for value in values)
    return values if isinstance(like, tuple) else values[0]
