"""Softmax, its logarithm, and the logarithm of a sum of exponentials: stable at any size of the inputs."""

import numpy as np

from ..operation import operation
from ..value import Value
from .comparison import isinf
from .exponential import exp, log
from .piecewise import choose
from .reductions import floating, reduced_axes, sum
from .shapes import expand_reduced, reshape
from .sorting import amax


def _largest(x, dim):
    """The largest entry as a constant: what is shifted by it need not differentiate it, and gets no kink from it."""
    return amax(x.detach() if x.__class__ is Value else x, dim=dim, keepdim=True)


def _softmax(x, *, dim, dtype=None):
    x = floating(x, dtype)
    powers = np.exp(x - np.max(x, axis=dim, keepdims=True, initial=-np.inf))
    return powers / np.sum(powers, axis=dim, keepdims=True)


def _softmax_by_definition(x, *, dim, dtype=None):
    powers = exp(x - _largest(x, dim))
    return powers / sum(powers, dim=dim, keepdim=True)


softmax = operation(
    "softmax", _softmax, (lambda g, y, x, dim, dtype=None: y * (g - sum(g * y, dim=dim, keepdim=True)),),
    text="exp(x) / sum(exp(x))", latex=r"p_i = \frac{e^{x_i}}{\sum_j e^{x_j}}", slopes=("y * (g - sum(g * y))",),
    derivatives=(r"p_i \bigl(\bar p_i - \sum_j \bar p_j p_j\bigr)",), shape="(n)->(n)", composite=_softmax_by_definition,
    family="exponential",
)  # fmt: skip


def _log_softmax(x, *, dim, dtype=None):
    x = floating(x, dtype)
    shifted = x - np.max(x, axis=dim, keepdims=True, initial=-np.inf)
    return shifted - np.log(np.sum(np.exp(shifted), axis=dim, keepdims=True))


def _log_softmax_by_definition(x, *, dim, dtype=None):
    shifted = x - _largest(x, dim)
    return shifted - log(sum(exp(shifted), dim=dim, keepdim=True))


log_softmax = operation(
    "log_softmax", _log_softmax,
    (lambda g, y, x, dim, dtype=None: g - exp(y) * sum(g, dim=dim, keepdim=True),),
    symbol="ln softmax", text="x - ln(sum(exp(x)))", latex=r"x_i - \ln \sum_j e^{x_j}",
    slopes=("g - exp(y) * sum(g)",), derivatives=(r"\bar y_i - e^{y_i} \sum_j \bar y_j",), shape="(n)->(n)",
    composite=_log_softmax_by_definition, family="exponential",
)  # fmt: skip


def _logsumexp(x, *, dim=None, keepdim=False):
    x, axes = floating(x), reduced_axes(np.shape(x), dim)
    largest = np.max(x, axis=axes, keepdims=True, initial=-np.inf)
    shift = np.where(np.isinf(largest), 0, largest)
    total = np.log(np.sum(np.exp(x - shift), axis=axes, keepdims=True)) + shift
    return total if keepdim else np.squeeze(total, axes)


def _shares(x, dim):
    """softmax(x), where infinities share: equal ones lie 0 apart."""
    if 0 in np.shape(x):
        return x
    largest = _largest(x, dim)
    powers = exp(choose((x == largest) & isinf(x), 0.0, x - largest))
    return powers / sum(powers, dim=dim, keepdim=True)


def _logsumexp_by_definition(x, *, dim=None, keepdim=False):
    largest = _largest(x, dim)
    total = log(sum(exp(x - largest), dim=dim, keepdim=True)) + largest
    axes = reduced_axes(np.shape(x), dim)
    return total if keepdim else reshape(total, shape=tuple(n for i, n in enumerate(np.shape(x)) if i not in axes))


logsumexp = operation(
    "logsumexp", _logsumexp,
    (lambda g, y, x, dim=None, keepdim=False: expand_reduced(g, x, dim, keepdim) * _shares(x, dim),),
    symbol="ln Σ exp", text="ln(sum(exp(x)))", latex=r"\ln \sum_i e^{x_i}", slopes=("g * exp(x - y)",),
    derivatives=(r"e^{x_i - y}\,\bar y",), shape="(n)->()", composite=_logsumexp_by_definition, family="reduction",
)  # fmt: skip
