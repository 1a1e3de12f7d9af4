"""Cross-entropy losses for classes: from logits, from log-probabilities, from probabilities."""

from operator import index

import numpy as np

from autograd.errors import ArgumentError
from autograd.operation import Kink, operation, pointwise
from autograd.ops.exponential import log
from autograd.ops.piecewise import choose
from autograd.ops.reductions import sum
from autograd.ops.shapes import reshape
from autograd.ops.softmax import log_softmax, softmax

from .reducing import REDUCTIONS, check_reduction, check_same_shape, reduced
from .targets import (
    check_index_form,
    check_probabilities,
    check_range,
    class_arrays,
    class_axis,
    kind,
    numbers,
    own_weights,
    places,
    plain_indices,
    wanted_share,
)


def _spread(g, input, reduction, total):
    """The upstream gradient of a reduced loss, for each sample, with an axis for the classes."""
    if reduction == "mean":
        return g / total if total else g * 0.0  # where all is ignored the mean is nan, but asks for no change
    if reduction == "sum":
        return g
    shape, axis = np.shape(input), class_axis(input)
    return reshape(g, shape=(*shape[:axis], 1, *shape[axis + 1 :]))


def _reduce_numbers(losses, reduction, total):
    if reduction == "none":
        return losses
    return losses.sum() / total if reduction == "mean" else losses.sum()


def _share_of(input, target, weight, ignore_index, label_smoothing=0.0):
    logits = numbers(input)
    return wanted_share(numbers(target), logits.shape, logits.dtype, weight, ignore_index, label_smoothing)


# -- rows ---------------------------------------------------------------------------------------------------------------


def _nll(input, target, *, weight=None, ignore_index=-100, reduction="mean"):
    check_range("nll_loss", target, input.shape[class_axis(input)], ignore_index)
    at, own = own_weights(target, input.dtype, weight, ignore_index)
    picked = input[places(at, class_axis(input))]
    return _reduce_numbers(-np.where(own == 0, 0, own * picked), reduction, own.sum())


def _cross_entropy(input, target, *, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_range("cross_entropy", target, input.shape[class_axis(input)], ignore_index)
    log_p = log_softmax.forward(input, dim=class_axis(input))
    if not label_smoothing:
        return _nll(log_p, target, weight=weight, ignore_index=ignore_index, reduction=reduction)
    share, total = _share_of(input, target, weight, ignore_index, label_smoothing)
    losses = -np.where(share == 0, 0, share * log_p).sum(axis=class_axis(input))
    return _reduce_numbers(losses, reduction, total)


def _cross_entropy_rule(g, y, input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    share, total = _share_of(input, target, weight, ignore_index, label_smoothing)
    axis = class_axis(input)
    p = softmax(input, dim=axis)
    return (p * share.sum(axis=axis, keepdims=True) - share) * _spread(g, input, reduction, total)


def _cross_entropy_composite(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    share, total = _share_of(input, target, weight, ignore_index, label_smoothing)
    log_p = log_softmax(input, dim=class_axis(input))
    return reduced(-sum(choose(share == 0, 0.0, share * log_p), dim=class_axis(input)), reduction, total)


def _no_rule(g, y, input, target, **_):
    return 0.0  # class indices are constants: the engine never asks


cross_entropy_row = operation(
    "cross_entropy", _cross_entropy, (_cross_entropy_rule, _no_rule),
    symbol="cross-entropy", text="-ln(softmax(input)[target])", latex=r"-\ln \frac{e^{x_t}}{\sum_c e^{x_c}}",
    slopes=("g * (softmax(input) - onehot(target))", "0"), derivatives=(r"\bar y\,(p - [c = t])", "0"),
    shape="(n,c),(n)->()", composite=_cross_entropy_composite, family="loss",
)  # fmt: skip


def _soft_cross_entropy(input, target, *, weight=None, reduction="mean"):
    axis = class_axis(input)
    share = target if weight is None else target * _along(weight, input, axis)
    losses = -np.where(share == 0, 0, share * log_softmax(input, dim=axis)).sum(axis=axis)
    return _reduce_numbers(losses, reduction, losses.size)


def _along(weight, input, axis):
    weight = np.asarray(weight, numbers(input).dtype)
    return weight.reshape(weight.shape + (1,) * (np.ndim(input) - axis - 1))


def _soft_rule(g, y, input, target, weight=None, reduction="mean"):
    axis = class_axis(input)
    share = target if weight is None else target * _along(weight, input, axis)
    p = softmax(input, dim=axis)
    return (p * sum(share, dim=axis, keepdim=True) - share) * _spread(g, input, reduction, _samples(input))


def _soft_target_rule(g, y, input, target, weight=None, reduction="mean"):
    axis = class_axis(input)
    log_p = log_softmax(input, dim=axis)
    log_p = log_p if weight is None else log_p * _along(weight, input, axis)
    return -log_p * _spread(g, input, reduction, _samples(input))


def _samples(input):
    shape = np.shape(input)
    return int(np.prod(shape)) // max(shape[class_axis(input)], 1)


def _soft_composite(input, target, weight=None, reduction="mean"):
    axis = class_axis(input)
    log_p = log_softmax(input, dim=axis)
    log_p = log_p if weight is None else log_p * _along(weight, input, axis)
    return reduced(-sum(target * log_p, dim=axis), reduction)


soft_cross_entropy_row = operation(
    "soft_cross_entropy", _soft_cross_entropy, (_soft_rule, _soft_target_rule),
    symbol="cross-entropy", text="-sum(target * ln(softmax(input)))", latex=r"-\sum_c t_c \ln \frac{e^{x_c}}{\sum_k e^{x_k}}",
    slopes=("g * (softmax(input) * sum(target) - target)", "-g * ln(softmax(input))"),
    derivatives=(r"\bar y\,(p \sum t - t)", r"-\bar y \ln p"),
    shape="(n,c),(n,c)->()", composite=_soft_composite, family="loss",
)  # fmt: skip


def _nll_rule(g, y, input, target, weight=None, ignore_index=-100, reduction="mean"):
    share, total = _share_of(input, target, weight, ignore_index)
    return -share * _spread(g, input, reduction, total)


def _nll_composite(input, target, weight=None, ignore_index=-100, reduction="mean"):
    share, total = _share_of(input, target, weight, ignore_index)
    return reduced(-sum(choose(share == 0, 0.0, share * input), dim=class_axis(input)), reduction, total)


nll_row = operation(
    "nll_loss", _nll, (_nll_rule, _no_rule),
    symbol="−ln p", text="-input[target]", latex="-x_t", slopes=("-g * onehot(target)", "0"),
    derivatives=(r"-\bar y\,[c = t]", "0"), shape="(n,c),(n)->()", composite=_nll_composite, family="loss",
)  # fmt: skip

LEAST_LOG = -100.0  # the logarithm of a probability of 0: a certain mistake costs 100, not infinity


def _log_numbers(p):
    return np.maximum(np.log(p), LEAST_LOG)


def cut_log(p):
    """ln p, cut off at -100; NaN stays NaN."""
    logarithm = log(choose(p <= 0, 1.0, p))
    return choose(p <= 0, LEAST_LOG, choose(logarithm <= LEAST_LOG, LEAST_LOG, logarithm))


def least(x, low):
    """x, raised to `low` where it is below."""
    return choose(x <= low, low, x)


categorical_row = pointwise(
    "categorical_cross_entropy", lambda input, target: -np.where(target == 0, target * 0.0, target * _log_numbers(input)),
    lambda g, y, input, target: -(g * target / least(input, 1e-12)), lambda g, y, input, target: -(g * cut_log(input)),
    symbol="−t ln p", text="-target * ln(input)", latex=r"-y \ln \hat y", slopes=("-target / input", "-ln(input)"),
    derivatives=(r"-\frac{y}{\hat y}", r"-\ln \hat y"), family="loss",
    kinks=(Kink("input = 0", "-target · 1e12; the logarithm is cut off at -100"),),
    composite=lambda input, target: -(target * cut_log(input)),
)  # fmt: skip


# -- functions ------------------------------------------------------------------------------------------------------------


def cross_entropy(input, target, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """Cross-entropy between logits and targets: -Σ_c q_c ln softmax(input)_c. Takes logits: no softmax before it.

    Shapes: input (C,), (N, C) or (N, C, d1, ...).
    target            class indices, integers of shape (), (N,) or (N, d1, ...); or probabilities of the input's shape
    weight            one a class, shape (C,); with indices the mean is divided by the weights of the targets
    ignore_index      targets with this index do not count (only with indices)
    reduction         "mean", "sum" or "none"
    label_smoothing   share of the target, in [0, 1], that is spread evenly over the classes

    Raises ShapeError or DtypeError with the remedy for targets that do not fit, IndexError for an index that is no class.
    """
    if weight is None and not label_smoothing and reduction in REDUCTIONS and plain_indices(input, target):
        return cross_entropy_row.of((input, target), {"ignore_index": ignore_index, "reduction": reduction})
    check_reduction(reduction)
    ignore_index = index(ignore_index)
    if not 0 <= label_smoothing <= 1:
        raise ArgumentError(f"cross_entropy: label_smoothing is between 0 and 1, {label_smoothing} was given")
    input, target, weight = class_arrays("cross_entropy", input, target, weight)
    if np.shape(target) == np.shape(input) and kind(target) == "f":
        if label_smoothing:
            target = target * (1.0 - label_smoothing) + label_smoothing / np.shape(input)[class_axis(input)]
        return soft_cross_entropy_row(input, target, weight=weight, reduction=reduction)
    check_index_form("cross_entropy", input, target)
    parameters = {"weight": weight, "ignore_index": ignore_index, "reduction": reduction}
    return cross_entropy_row.of((input, target), {**parameters, "label_smoothing": label_smoothing})


def nll_loss(input, target, weight=None, *, ignore_index=-100, reduction="mean"):
    """Negative log-likelihood, -input[target], of log-probabilities (from `log_softmax`). Arguments of `cross_entropy`."""
    if weight is None and reduction in REDUCTIONS and plain_indices(input, target):
        return nll_row.of((input, target), {"ignore_index": ignore_index, "reduction": reduction})
    check_reduction(reduction)
    ignore_index = index(ignore_index)
    input, target, weight = class_arrays("nll_loss", input, target, weight)
    check_index_form("nll_loss", input, target)
    return nll_row.of((input, target), {"weight": weight, "ignore_index": ignore_index, "reduction": reduction})


def categorical_cross_entropy(input, target, *, reduction="mean"):
    """Cross-entropy of probabilities against one-hot targets: -Σ_c target_c ln input_c, the logarithm cut off at -100.

    Shapes: input and target (C,), (N, C) or (N, C, d1, ...); for class indices write F.one_hot(target, C).
    """
    check_reduction(reduction)
    check_same_shape("categorical_cross_entropy", input, target)
    check_probabilities("categorical_cross_entropy", input, "softmax the logits first, or use cross_entropy")
    return reduced(sum(categorical_row(input, target), dim=class_axis(input)), reduction)
