"""What every loss does after comparing: check that shapes fit, weight, and reduce to one number."""

import numpy as np

from autograd.arrays import shape_of
from autograd.errors import ArgumentError, ShapeError
from autograd.memory import NO_PARAMETERS
from autograd.ops.reductions import mean, sum
from autograd.value import Value

REDUCTIONS = ("mean", "sum", "none")


def check_reduction(reduction):
    """Refuse a reduction that is none."""
    if reduction not in REDUCTIONS:
        raise ArgumentError(f"reduction is one of 'mean', 'sum', 'none', not {reduction!r}")


def check_same_shape(name, input, target):
    """Refuse shapes that NumPy would broadcast in silence: (N, 1) against (N,) compares everything with everything."""
    given, wanted = _shape(input), _shape(target)
    if given == wanted or wanted == ():
        return
    message = f"{name}: an input of shape {given} is compared with a target of shape {wanted}"
    without_ones = [size for size in given if size != 1], [size for size in wanted if size != 1]
    if without_ones[0] == without_ones[1]:
        remedy = f"write target.reshape({given}) or input.reshape({wanted})"
    else:
        remedy = "both must have the same shape"
    raise ShapeError(f"{message}; {remedy}")


def weighted(loss, weight):
    """The loss of each entry times its weight, which must have the loss's shape or broadcast to it."""
    if weight is None:
        return loss
    shape, own = tuple(np.shape(weight)), tuple(np.shape(loss))
    try:
        fits = np.broadcast_shapes(shape, own) == own
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(f"a weight of shape {shape} does not fit losses of shape {own}")
    return loss * weight


def reduced(loss, reduction, total=None):
    """The losses' mean ("mean"), their sum ("sum"), or all of them ("none"). `total` divides instead of the count."""
    check_reduction(reduction)
    if reduction == "none":
        return loss
    if reduction == "sum" or total is not None:
        loss = sum(loss) if _shape(loss) else loss
        return loss if reduction == "sum" else loss / total
    return mean.of((loss,), NO_PARAMETERS) if _shape(loss) else loss


def _shape(x):
    return shape_of(x._data) if x.__class__ is Value else np.shape(x)
