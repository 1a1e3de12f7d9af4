"""Losses as modules: each calls the function of the same meaning in `nn.functional`, which has the formula."""

import numpy as np

from autograd.value import Value, constant

from . import functional as F
from .functional.reducing import check_reduction
from .module import Module


class Loss(Module):
    """A module that compares an input with a target by one function; settings are attributes, weights are buffers."""

    function = None

    def __init__(self, reduction="mean", **settings):
        super().__init__()
        if reduction != "batchmean":
            check_reduction(reduction)
        self.reduction = reduction
        self._settings = ("reduction", *settings)
        for name, setting in settings.items():
            if name in ("weight", "pos_weight"):
                self.register_buffer(name, _as_buffer(setting))
            else:
                setattr(self, name, setting)

    def forward(self, input, target):
        return type(self).function(input, target, **{name: getattr(self, name) for name in self._settings})


def _as_buffer(numbers):
    if numbers is None or isinstance(numbers, Value):
        return numbers
    numbers = np.asarray(numbers)
    return constant(numbers if numbers.dtype.kind == "f" else numbers.astype(np.float32))


class MSELoss(Loss):
    """Mean squared error. See `F.mse_loss`."""

    function = F.mse_loss

    def __init__(self, *, reduction="mean"):
        super().__init__(reduction)


class L1Loss(Loss):
    """Mean absolute error. See `F.l1_loss`."""

    function = F.l1_loss

    def __init__(self, *, reduction="mean"):
        super().__init__(reduction)


class SmoothL1Loss(Loss):
    """Quadratic below beta, linear above. See `F.smooth_l1_loss`."""

    function = F.smooth_l1_loss

    def __init__(self, *, reduction="mean", beta=1.0):
        super().__init__(reduction, beta=beta)


class HuberLoss(Loss):
    """Quadratic up to delta, linear above. See `F.huber_loss`."""

    function = F.huber_loss

    def __init__(self, reduction="mean", delta=1.0):
        super().__init__(reduction, delta=delta)


class LogCoshLoss(Loss):
    """ln cosh of the error. See `F.log_cosh_loss`."""

    function = F.log_cosh_loss

    def __init__(self, *, reduction="mean"):
        super().__init__(reduction)


class CrossEntropyLoss(Loss):
    """Cross-entropy of logits with class indices or probabilities. See `F.cross_entropy`."""

    function = F.cross_entropy

    def __init__(self, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(reduction, weight=weight, ignore_index=ignore_index, label_smoothing=label_smoothing)


class CategoricalCrossEntropyLoss(Loss):
    """Cross-entropy of probabilities with one-hot targets. See `F.categorical_cross_entropy`."""

    function = F.categorical_cross_entropy

    def __init__(self, *, reduction="mean"):
        super().__init__(reduction)


class NLLLoss(Loss):
    """Negative log-likelihood of log-probabilities. See `F.nll_loss`."""

    function = F.nll_loss

    def __init__(self, weight=None, *, ignore_index=-100, reduction="mean"):
        super().__init__(reduction, weight=weight, ignore_index=ignore_index)


class BCELoss(Loss):
    """Binary cross-entropy of probabilities. See `F.binary_cross_entropy`."""

    function = F.binary_cross_entropy

    def __init__(self, weight=None, *, reduction="mean"):
        super().__init__(reduction, weight=weight)


class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy of logits. See `F.binary_cross_entropy_with_logits`."""

    function = F.binary_cross_entropy_with_logits

    def __init__(self, weight=None, *, reduction="mean", pos_weight=None):
        super().__init__(reduction, weight=weight, pos_weight=pos_weight)


class KLDivLoss(Loss):
    """Kullback-Leibler divergence; reduction="batchmean" is the divergence proper. See `F.kl_div`."""

    function = F.kl_div

    def __init__(self, *, reduction="mean", log_target=False):
        super().__init__(reduction, log_target=log_target)


class HingeLoss(Loss):
    """max(0, margin - target·input) with targets -1 and 1. See `F.hinge_loss`."""

    function = F.hinge_loss

    def __init__(self, margin=1.0, *, reduction="mean"):
        super().__init__(reduction, margin=margin)


class MultiMarginLoss(Loss):
    """The hinge loss of several classes. See `F.multi_margin_loss`."""

    function = F.multi_margin_loss

    def __init__(self, p=1, margin=1.0, weight=None, *, reduction="mean"):
        super().__init__(reduction, p=p, margin=margin, weight=weight)


class PoissonNLLLoss(Loss):
    """Negative log-likelihood of counts. See `F.poisson_nll_loss`."""

    function = F.poisson_nll_loss

    def __init__(self, log_input=True, full=False, *, eps=1e-8, reduction="mean"):
        super().__init__(reduction, log_input=log_input, full=full, eps=eps)


class GaussianNLLLoss(Loss):
    """Negative log-likelihood of a normal distribution, called with (input, target, var). See `F.gaussian_nll_loss`."""

    def __init__(self, *, full=False, eps=1e-6, reduction="mean"):
        super().__init__(reduction, full=full, eps=eps)

    def forward(self, input, target, var):
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class CosineEmbeddingLoss(Loss):
    """Draws pairs together (target 1) or apart (target -1) by their angle. See `F.cosine_embedding_loss`."""

    def __init__(self, margin=0.0, *, reduction="mean"):
        super().__init__(reduction, margin=margin)

    def forward(self, input1, input2, target):
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)
