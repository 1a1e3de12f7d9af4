"""Derivatives by differences: what a function's slope is, found without any rule.

    f'(x) = (f(x + h) - f(x - h)) / 2h + O(h²)

The arguments are moved in place and put back, so that a function which closes over them (the parameters of a module)
moves too.
"""

from dataclasses import dataclass

import numpy as np

from ..arrays import is_floating, plain, shape_of
from ..value import Value


class Probe:
    """A function at arguments of which one is moved.

    func    takes the arguments, returns a Value (or number) or a tuple of them; only floating-point results count
    args    the arguments; those that are tracked Values can be moved
    """

    def __init__(self, func, args):
        self.func, self.args = func, args
        self.moving = [arg for arg in args if isinstance(arg, Value) and arg.requires_grad]

    def outputs(self):
        """The floating-point results, as they are."""
        returned = self.func(*self.args)
        several = returned if isinstance(returned, (tuple, list)) else (returned,)
        return [x for x in several if is_floating(getattr(x, "_data", x))]

    def numbers(self):
        """The floating-point results, each as a flat float64 array."""
        return [np.ravel(np.asarray(getattr(x, "_data", x), np.float64)) for x in self.outputs()]

    def along(self, x, direction, step):
        """The numbers where `x` is moved by step·direction, and how far it really went: rounding changes the step."""
        kept = x._data
        there = (np.asarray(kept) + step * direction).astype(x.dtype)
        moved = there.astype(np.float64) - np.asarray(kept, np.float64)
        x._data = plain(there)
        try:
            return self.numbers(), float(np.vdot(moved, direction) / np.vdot(direction, direction))
        finally:
            x._data = kept

    def central(self, x, direction, step):
        """The derivative of each result along `direction`, by a central difference."""
        ahead, forward = self.along(x, direction, step)
        behind, backward = self.along(x, direction, -step)
        with np.errstate(all="ignore"):
            return [(a - b) / (forward - backward) for a, b in zip(ahead, behind, strict=True)]

    def side(self, x, direction, step):
        """The same by a one-sided difference: to the right, or with a negative step to the left."""
        there, distance = self.along(x, direction, step)
        with np.errstate(all="ignore"):
            return [(a - b) / distance for a, b in zip(there, self.numbers(), strict=True)]


def unit(x, flat):
    """The direction of one entry of `x`."""
    direction = np.zeros(shape_of(x._data))
    direction.flat[flat] = 1.0
    return direction


@dataclass(frozen=True)
class Sides:
    """The slopes on both sides of a point.

    kink   the two stay apart however small the step
    jump   they grow as the step shrinks: the function itself jumps
    """

    right: float
    left: float
    kink: bool
    jump: bool

    def allow(self, slope, tolerance):
        """Whether a rule may choose this slope: at a kink one between the two, at a jump any."""
        return self.jump or min(self.right, self.left) - tolerance <= slope <= max(self.right, self.left) + tolerance


def look_at_both_sides(probe, x, direction, result, entry, step):
    """`Sides` of one entry of one result, seen with `step` and with a sixteenth of it."""
    wide, near = ([probe.side(x, direction, signed)[result][entry] for signed in (h, -h)] for h in (step, step / 16))
    noise = 1e-3 * max(map(abs, near)) + 1e-6
    gap, gap_near = abs(wide[0] - wide[1]), abs(near[0] - near[1])
    kink = gap_near > noise and gap_near > gap / 4
    jump = any(abs(n) > 1e2 and abs(n) > 8 * abs(w) for n, w in zip(near, wide, strict=True))
    return Sides(float(near[0]) + 0.0, float(near[1]) + 0.0, bool(kink), jump)
