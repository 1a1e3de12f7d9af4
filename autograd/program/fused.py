"""Fused operations in the instructions of programs: activations by the bodies of their kernels, and losses over
classes, whose class indices are known only when a program runs.

`FORWARD` says the operation in simpler ones, `RULES` its gradients, both by the name of the row.
"""

import math

import numpy as np

from ..errors import CompileError
from ..operation import TABLE, EachInput
from ..ops.special import exp_of_square, wide
from .internal import backward_body, forward_body, kept, missed, missed_slope, one_hot, relaid
from .vocabulary import ACTIVATIONS, BODIES

FEW = 16  # classes
_TWO_BY_ROOT_PI = 2.0 / math.sqrt(math.pi)


def _last(x, axis):
    """`x` with the axis of the classes as its last, and the way back."""
    rank = np.ndim(x)
    if axis == rank - 1:
        return x, lambda y: y
    there = (*(a for a in range(rank) if a != axis), axis)
    back = tuple(int(a) for a in np.argsort(there))
    return TABLE["permute"](x, dims=there), lambda y: TABLE["permute"](y, dims=back)


def _axis(x):
    return min(np.ndim(x), 2) - 1


def _shares(x, target, weight, ignore_index, label_smoothing):
    """The target distribution over the last axis of `x` times the class weights, and the weight of all targets."""
    shares = one_hot(target, x, ignore=ignore_index)
    counted = TABLE["sum"](shares, dim=-1, keepdim=True)
    weights = np.ones(np.shape(x)[-1], x.dtype) if weight is None else np.asarray(weight, x.dtype)
    own = shares * weights
    all_weight = TABLE["sum"](own)
    if label_smoothing:
        own = own * (1.0 - label_smoothing) + counted * (weights * (label_smoothing / np.shape(x)[-1]))
    return own, all_weight


def _reduced(losses, reduction, whole):
    if reduction == "none":
        return losses
    return TABLE["sum"](losses) / whole if reduction == "mean" else TABLE["sum"](losses)


def _log_likelihood(log_p, target, weight, ignore_index, reduction, label_smoothing=0.0):
    """Loss of log-probabilities, classes last."""
    if weight is None and not label_smoothing:
        losses = missed(log_p, target, ignore=ignore_index)
        return _reduced(losses, reduction, kept(target, log_p, ignore=ignore_index) if reduction == "mean" else None)
    shares, whole = _shares(log_p, target, weight, ignore_index, label_smoothing)
    return _reduced(-TABLE["sum"](TABLE["where"](shares == 0.0, 0.0, shares * log_p), dim=-1), reduction, whole)


def _cross_entropy(input, target, *, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    x, _ = _last(input, _axis(input))
    log_p = TABLE["log_softmax"](x, dim=-1)
    return _log_likelihood(log_p, target, weight, ignore_index, reduction, label_smoothing)


def _cross_entropy_rule(g, y, input, target, *, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    x, back = _last(input, _axis(input))
    log_p = TABLE["log_softmax"](x, dim=-1)
    if weight is None and not label_smoothing:
        g = g / kept(target, log_p, ignore=ignore_index) if reduction == "mean" else g
        return back(missed_slope(TABLE["softmax"](x, dim=-1), target, g, ignore=ignore_index))
    shares, whole = _shares(x, target, weight, ignore_index, label_smoothing)
    g = g / whole if reduction == "mean" else g
    g = TABLE["reshape"](g, shape=(*np.shape(g), 1)) if np.ndim(g) else g
    return back((TABLE["softmax"](x, dim=-1) * TABLE["sum"](shares, dim=-1, keepdim=True) - shares) * g)


def _nll(input, target, *, weight=None, ignore_index=-100, reduction="mean"):
    return _log_likelihood(_last(input, _axis(input))[0], target, weight, ignore_index, reduction)


def _nll_rule(g, y, input, target, *, weight=None, ignore_index=-100, reduction="mean"):
    x, back = _last(input, _axis(input))
    shares, whole = _shares(x, target, weight, ignore_index, 0.0)
    g = g / whole if reduction == "mean" else g
    return back(-shares * (TABLE["reshape"](g, shape=(*np.shape(g), 1)) if np.ndim(g) else g))


def _never(*_, **__):
    """Class indices have no gradient, nobody asks."""
    return 0.0


def _powers(x, dim, dtype):
    """x less its largest entries, the exponentials of that, and their sums. Few classes lie apart: sums of columns."""
    x = x if dtype is None else TABLE["to"](x, dtype=dtype)
    shape = np.shape(x)
    if 0 in shape:
        return x, x, 1.0
    if len(shape) == 2 and dim % 2 == 1 and shape[1] < min(shape[0], FEW):
        x = relaid(x)
    shifted = x - TABLE["amax"](x, dim=dim, keepdim=True)
    powers = TABLE["exp"](shifted)
    return shifted, powers, TABLE["sum"](powers, dim=dim, keepdim=True)


def _softmax(x, *, dim, dtype=None):
    _, powers, sums = _powers(x, dim, dtype)
    return powers / sums


def _log_softmax(x, *, dim, dtype=None):
    shifted, _, sums = _powers(x, dim, dtype)
    return shifted - TABLE["log"](sums)


def _settings(kernel, parameters):
    return [parameters.get(name, default) for name, default in kernel.defaults.items()]


def _activation(name, kernel):
    """The forward of an activation, in one instruction."""
    body = forward_body(name)
    return lambda x, **parameters: body(x, *_settings(kernel, parameters))


def _activation_rule(name, kernel):
    body = backward_body(name)
    return lambda g, y, x, **parameters: body(g, x, *_settings(kernel, parameters))


def _erfinv_rule(g, y, x):
    """The row's rule, whose correction of the square is written for raw numbers."""
    x, y = wide(x), wide(y)
    size, image = TABLE["abs"](y), TABLE["abs"](x)
    miss = ((1.0 - image) - TABLE["erfc"](size)) * TABLE["exp"](size * size)
    tail = TABLE["logical_and"](image > 0.5, image < 1.0)
    slope = exp_of_square(y, 1.0) / _TWO_BY_ROOT_PI
    slope = slope + slope * TABLE["where"](tail, miss * size * (-2.0 / _TWO_BY_ROOT_PI), 0.0)
    return g * TABLE["where"](TABLE["isinf"](y), np.inf, slope)


def _by_hand_rule(position, g, y, result, *operands, function):
    """A Function's own backward. `result`, the first input, is what its forward gave, and has no gradient."""
    try:
        return function.op.rules[position - 1](g, y, *operands, **function.parameters)
    except CompileError as error:
        raise CompileError(
            f"{function.op.name}.backward computes with raw numbers, which a program does not have while it is made: "
            "write it in operations on Values, without numpy(), .data, item() or an if on a number, or pass "
            "fallback=True to run the compiled function as it is"
        ) from error


FORWARD = {"softmax": _softmax, "log_softmax": _log_softmax, "cross_entropy": _cross_entropy, "nll_loss": _nll}
FORWARD |= {name: _activation(name, k) for name, k in ACTIVATIONS.items() if f"{name}_forward" in BODIES}
RULES = {name: (_activation_rule(name, kernel),) for name, kernel in ACTIVATIONS.items()}
FORWARD["by_hand"] = lambda result, *operands, function: result
RULES |= {"cross_entropy": (_cross_entropy_rule, _never), "nll_loss": (_nll_rule, _never)}
RULES |= {"erfinv": (_erfinv_rule,), "by_hand": EachInput(_by_hand_rule)}
