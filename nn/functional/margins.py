"""Losses of two classes, of distributions, of margins and of angles."""

import numpy as np

from autograd.errors import ArgumentError, ShapeError
from autograd.operation import NONNEGATIVE, REAL, Domain, Kink, pointwise
from autograd.ops.exponential import exp, log, log1p
from autograd.ops.piecewise import choose, relu
from autograd.ops.reductions import sum
from autograd.ops.selecting import gather
from autograd.ops.shapes import reshape
from autograd.ops.special import sigmoid
from autograd.program.tape import is_traced
from autograd.value import Value

from .classification import LEAST_LOG, cut_log, least
from .reducing import check_reduction, check_same_shape, reduced, weighted
from .smooth import log_one_plus_exp, logsigmoid
from .targets import check_indices, check_probabilities, class_arrays, class_axis, numbers

# -- two classes --------------------------------------------------------------------------------------------------------


def _log_of_rest(p):
    """ln(1 - p), cut off at -100."""
    return choose(p >= 1, LEAST_LOG, log1p(-choose(p >= 1, 0.0, p)))


def _binary(input, target):
    log_p, log_q = np.maximum(np.log(input), LEAST_LOG), np.maximum(np.log1p(-input), LEAST_LOG)
    return (target - 1.0) * log_q - target * log_p


binary_cross_entropy_row = pointwise(
    "binary_cross_entropy", _binary,
    lambda g, y, input, target: g * (input - target) / least((1.0 - input) * input, 1e-12),
    lambda g, y, input, target: g * (_log_of_rest(input) - cut_log(input)),
    symbol="BCE", text="-(target * ln(input) + (1 - target) * ln(1 - input))", latex=r"-(y \ln \hat y + (1 - y) \ln(1 - \hat y))",
    slopes=("(input - target) / (input * (1 - input))", "ln(1 - input) - ln(input)"),
    derivatives=(r"\frac{\hat y - y}{\hat y (1 - \hat y)}", r"\ln \frac{1 - \hat y}{\hat y}"),
    domain=(Domain(0.0, 1.0, open=False), Domain(0.0, 1.0, open=False)), family="loss",
    kinks=(Kink("input = 0 or 1", "(input - target) · 1e12; the logarithms are cut off at -100"),),
    composite=lambda input, target: -(target * cut_log(input) + (1.0 - target) * _log_of_rest(input)),
)  # fmt: skip


def _binary_with_logits(input, target, *, pos_weight=None):
    miss = np.logaddexp(0.0, -input)
    return (1.0 - target) * input + (miss if pos_weight is None else miss * (1.0 + (pos_weight - 1.0) * target))


def _with_logits_rule(g, y, input, target, pos_weight=None):
    if pos_weight is None:
        return g * (sigmoid(input) - target)
    return g * (1.0 - target - (1.0 + (pos_weight - 1.0) * target) * sigmoid(-input))


def _with_logits_target_rule(g, y, input, target, pos_weight=None):
    return -(g * input) if pos_weight is None else -(g * (input + (pos_weight - 1.0) * logsigmoid(input)))


def _with_logits_composite(input, target, pos_weight=None):
    positive = target if pos_weight is None else target * pos_weight
    return positive * log_one_plus_exp(-input) + (1.0 - target) * log_one_plus_exp(input)


binary_with_logits_row = pointwise(
    "binary_cross_entropy_with_logits", _binary_with_logits, _with_logits_rule, _with_logits_target_rule,
    symbol="σ + BCE", text="ln(1 + exp(input)) - target * input", latex=r"\ln(1 + e^x) - y\,x",
    slopes=("sigmoid(input) - target", "-input"), derivatives=(r"\sigma(x) - y", "-x"),
    composite=_with_logits_composite, family="loss",
)  # fmt: skip


def binary_cross_entropy(input, target, weight=None, *, reduction="mean"):
    """-(target·ln input + (1 - target)·ln(1 - input)) of probabilities; the logarithms are cut off at -100.

    Shapes: input and target alike. weight: a factor an entry, or one that broadcasts to them.

    Raises ShapeError for shapes that would only broadcast, ValueError for an input outside [0, 1].
    """
    check_same_shape("binary_cross_entropy", input, target)
    check_probabilities(
        "binary_cross_entropy", input, "put a sigmoid before it, or use binary_cross_entropy_with_logits"
    )
    return reduced(weighted(binary_cross_entropy_row(input, target), weight), reduction)


def binary_cross_entropy_with_logits(input, target, weight=None, *, reduction="mean", pos_weight=None):
    """Binary cross-entropy of logits, in one stable step: ln(1 + eˣ) - target·x. No sigmoid before it.

    weight       a factor an entry
    pos_weight   factor of the term of the positives, one a class or one for all; above 1 it favours recall
    """
    check_same_shape("binary_cross_entropy_with_logits", input, target)
    if pos_weight is not None:
        pos_weight = numbers(pos_weight)
    return reduced(weighted(binary_with_logits_row(input, target, pos_weight=pos_weight), weight), reduction)


# -- distributions ---------------------------------------------------------------------------------------------------------


def _not_zero(target):
    return choose(target == 0, 1.0, target)


def _kl_div_composite(input, target):
    return choose(target == 0, 0.0, target * (log(_not_zero(target)) - input))


kl_div_row = pointwise(
    "kl_div", lambda input, target: np.where(target == 0, target * 0.0, target * (np.log(_not_zero(target)) - input)),
    lambda g, y, input, target: -(g * target),
    lambda g, y, input, target: choose(target == 0, 0.0, g * (log(_not_zero(target)) + 1.0 - input)),
    symbol="KL", text="target * (ln(target) - input)", latex=r"y\,(\ln y - x)",
    slopes=("-target", "ln(target) + 1 - input"), derivatives=("-y", r"\ln y + 1 - x"), domain=(REAL, NONNEGATIVE),
    kinks=(Kink("target = 0", "0 for the target"),), composite=_kl_div_composite, family="loss",
    source="Kullback, Leibler, On information and sufficiency, 1951",
)  # fmt: skip

kl_div_of_logs_row = pointwise(
    "kl_div_of_logs", lambda input, target: np.exp(target) * (target - input),
    lambda g, y, input, target: -(g * exp(target)), lambda g, y, input, target: g * exp(target) * (target - input + 1.0),
    symbol="KL", text="exp(target) * (target - input)", latex=r"e^t (t - x)",
    slopes=("-exp(target)", "exp(target) * (target - input + 1)"), derivatives=("-e^t", r"e^t (t - x + 1)"),
    composite=lambda input, target: exp(target) * (target - input), family="loss",
)  # fmt: skip


def kl_div(input, target, *, reduction="mean", log_target=False):
    """Kullback-Leibler divergence of each entry, target·(ln target - input), where `input` holds log-probabilities.

    reduction    "batchmean" divides the sum by the batch and is the divergence; "mean" divides by all entries
    log_target   the target holds log-probabilities too
    """
    check_same_shape("kl_div", input, target)
    loss = (kl_div_of_logs_row if log_target else kl_div_row)(input, target)
    if reduction == "batchmean":
        return sum(loss) / max(np.shape(input)[0] if np.shape(input) else 1, 1)
    return reduced(loss, reduction)


# -- margins ---------------------------------------------------------------------------------------------------------------

hinge_row = pointwise(
    "hinge", lambda input, target, *, margin=1.0: np.maximum(margin - target * input, 0.0),
    lambda g, y, input, target, margin=1.0: choose(target * input < margin, -(g * target), 0.0),
    lambda g, y, input, target, margin=1.0: choose(target * input < margin, -(g * input), 0.0),
    symbol="hinge", text="max(0, margin - target * input)", latex=r"\max(0, m - y\,\hat y)",
    slopes=("-target if target * input < margin else 0", "-input if target * input < margin else 0"),
    derivatives=(r"-y\,[y \hat y < m]", r"-\hat y\,[y \hat y < m]"), kinks=(Kink("target * input = margin", 0.0),),
    composite=lambda input, target, margin=1.0: relu(margin - target * input), family="loss",
    source="Cortes, Vapnik, Support-vector networks, Machine Learning 20, 1995",
)  # fmt: skip


def hinge_loss(input, target, *, margin=1.0, reduction="mean"):
    """Hinge loss of two classes, max(0, margin - target·input), with targets -1 and 1.

    Raises ValueError for other targets (turn 0 and 1 into -1 and 1 with 2 * target - 1).
    """
    check_same_shape("hinge_loss", input, target)
    if not is_traced(target) and np.any(np.abs(numbers(target)) != 1):
        raise ArgumentError("hinge_loss: targets are -1 and 1; turn 0 and 1 into them with 2 * target - 1")
    return reduced(hinge_row(input, target, margin=margin), reduction)


def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, *, reduction="mean"):
    """Hinge loss of several classes (SVM): Σ_{c≠t} max(0, margin - input_t + input_c)^p / C.

    Shapes: input (C,) or (N, C); target () or (N,) class indices; weight (C,), by the target's class. p is 1 or 2.
    """
    check_reduction(reduction)
    if p not in (1, 2):
        raise ArgumentError(f"multi_margin_loss: p is 1 or 2, not {p}")
    input, target, weight = class_arrays("multi_margin_loss", input, target, weight)
    check_indices("multi_margin_loss", input, target, None)
    axis = class_axis(input)
    column = reshape(target, shape=(*np.shape(target), 1))
    is_target = column == np.arange(np.shape(input)[axis])
    excess = choose(is_target, 0.0, relu(margin - gather(input, dim=axis, index=column) + input))
    excess = excess if p == 1 else excess * excess
    if weight is not None:
        excess = excess * sum(choose(is_target, weight, 0.0), dim=axis, keepdim=True)
    return reduced(sum(excess, dim=axis) / np.shape(input)[axis], reduction)


def cosine_embedding_loss(input1, input2, target, margin=0.0, *, reduction="mean"):
    """1 - cos(input1, input2) where target is 1, max(0, cos - margin) where it is -1.

    Shapes: inputs (N, D) or (D,), target (N,) or ().
    """
    check_same_shape("cosine_embedding_loss", input1, input2)
    if tuple(np.shape(target)) != tuple(np.shape(input1))[:-1]:
        raise ShapeError(
            f"cosine_embedding_loss: inputs of shape {tuple(np.shape(input1))} want one target a row, shape "
            f"{tuple(np.shape(input1))[:-1]}, not {tuple(np.shape(target))}"
        )
    squares = [sum(x * x, dim=-1) + 1e-12 for x in (input1, input2)]
    cosine = sum(input1 * input2, dim=-1) / (squares[0] * squares[1]) ** 0.5
    alike = target if target.__class__ is Value else np.asarray(target)
    return reduced(choose(alike == 1, 1.0 - cosine, relu(cosine - margin)), reduction)
