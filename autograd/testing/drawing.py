"""Inputs for an operation, read off its row: shapes from its signature, numbers from its domain and its kinks."""

import itertools
import re

import numpy as np

from ..arrays import plain
from ..errors import AutogradError

_GROUP = re.compile(r"\(([^()]*)\)")
_ELEMENTWISE = {
    1: [((),), ((3,),), ((2, 3),), ((2, 1, 2),), ((0,),)],
    2: [((), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((3,), ()), ((), (2, 2)), ((0,), (1,))],
}


def signature(op):
    """Names of the core axes of each input: [("n", "k"), ("k",)] for "(n,k),(k)->(n)"; optional axes are left out."""
    groups = _GROUP.findall(op.shape.partition("->")[0])
    return [tuple(name for name in group.replace(" ", "").split(",") if name and "?" not in name) for group in groups]


def shapes_for(op):
    """Shapes to try an operation on, as a list of tuples with one shape an input.

    Elementwise: scalars, arrays, empty arrays, and inputs that broadcast. Else: the core axes in a few lengths.
    """
    inputs = signature(op)
    if op.pointwise:
        count = len(op.inputs)
        return _ELEMENTWISE.get(count, [((),) * count, ((3,),) * count, ((2, 3), *[(3,)] * (count - 1))])
    names = sorted({name for group in inputs for name in group})
    if op.variadic or any(not name.isidentifier() for name in names):
        raise AutogradError(f"the shapes of {op.name} cannot be read off its signature {op.shape}: pass inputs")
    lengths = [dict(zip(names, itertools.cycle(cycle))) for cycle in ((3, 2, 4), (1,), (2, 3))]
    return [tuple(tuple(size[name] for name in group) for group in inputs) for size in lengths]


def numbers_at_kinks(op):
    """The kinks of a row that lie at a number."""
    return [float(kink.at) for kink in getattr(op, "kinks", ()) if not isinstance(kink.at, str)]


def interval(op, position, width=3.0):
    """Lowest and highest number to draw an input from: within the domain, not far from 0 or from the domain's end."""
    domains = getattr(op, "domain", ())
    domain = domains[min(position, len(domains) - 1)] if domains else None
    low, high = (domain.low, domain.high) if domain is not None else (-np.inf, np.inf)
    if np.isinf(low) and np.isinf(high):
        return -width, width
    if np.isinf(high):
        return low, low + 2 * width if low > -width else width
    return (max(-width, high - 2 * width), high) if np.isinf(low) else (low, high)


def smooth_inputs(op, shapes, random, positions=None):
    """Arrays of these shapes inside the domain, away from its ends and from all kinks, no two numbers alike.

    positions   which inputs they are for; default: the first ones
    """
    kinks = numbers_at_kinks(op)
    arrays = []
    for position, shape in zip(positions or range(len(shapes)), shapes, strict=True):
        low, high = interval(op, position)
        margin = 0.05 * (high - low)
        numbers = random.uniform(low + margin, high - margin, shape)
        for kink in kinks:
            near = np.abs(numbers - kink) < margin / 2
            numbers = np.where(near, numbers + np.where(numbers < kink, -margin, margin), numbers)
        arrays.append(plain(np.clip(numbers, low, high)))
    return arrays
