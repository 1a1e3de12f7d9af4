"""Activations as PyTorch's nn.functional calls them, and the list of all of them.

Most names are the rows themselves. Where PyTorch's function takes more than the row (`inplace`, a choice of formula, an axis
to split), a function stands before it.
"""

import warnings

import numpy as np

from autograd.errors import ArgumentError, ShapeError
from autograd.operation import operation
from autograd.ops import softmax as softmaxes
from autograd.ops.arithmetic import positive
from autograd.ops.piecewise import relu as relu_row
from autograd.ops.random import stream_of
from autograd.ops.reductions import sum
from autograd.ops.shapes import reshape
from autograd.ops.special import sigmoid
from autograd.ops.trigonometric import tanh
from autograd.program.tape import drawn

from . import gated, rectifiers, smooth
from .inplace import Inplace

relu, relu6, leaky_relu = Inplace(relu_row), Inplace(rectifiers.relu6), Inplace(rectifiers.leaky_relu)
threshold, hardtanh = Inplace(rectifiers.threshold), Inplace(rectifiers.hardtanh)
hardsigmoid, hardswish = Inplace(rectifiers.hardsigmoid), Inplace(gated.hardswish)
elu, selu, celu = Inplace(smooth.elu), Inplace(smooth.selu), Inplace(smooth.celu)
_rrelu, silu, mish = Inplace(rectifiers.rrelu), Inplace(gated.silu), Inplace(gated.mish)
step, softplus, logsigmoid = rectifiers.step, smooth.softplus, smooth.logsigmoid
softsign, tanhshrink, softshrink, hardshrink = smooth.softsign, smooth.tanhshrink, gated.softshrink, gated.hardshrink

_GELU = {"none": gated.gelu, "tanh": gated.gelu_tanh, "sigmoid": gated.gelu_sigmoid}


def gelu(input, approximate="none"):
    """x·Φ(x). approximate: "none", "tanh" (½x(1 + tanh[√(2/π)(x + 0.044715x³)])) or "sigmoid" (x·σ(1.702x))."""
    if approximate not in _GELU:
        raise ArgumentError(f"gelu: approximate is 'none', 'tanh' or 'sigmoid', not {approximate!r}")
    return _GELU[approximate](input)


def prelu(input, weight):
    """x where x > 0, else weight·x. weight: one number, or one a channel (axis 1), shape (C,).

    Raises ShapeError for a weight of another length.
    """
    shape, count = tuple(np.shape(input)), int(np.prod(np.shape(weight)))
    channels = shape[1] if len(shape) > 1 else 1
    if count not in (1, channels) or np.ndim(weight) > 1:
        raise ShapeError(
            f"prelu: a weight of shape {tuple(np.shape(weight))} does not fit {channels} channels of {shape}"
        )
    if np.ndim(weight) and len(shape) != 1:
        weight = reshape(weight, shape=(count, *(1,) * (len(shape) - 2)) if len(shape) > 1 else ())
    return rectifiers.prelu(input, weight)


def rrelu(input, lower=1 / 8, upper=1 / 3, training=False, inplace=False):
    """x where x > 0, else a·x: in training a is drawn from U(lower, upper) for each entry, else it is (lower + upper)/2."""
    if lower > upper:
        raise ArgumentError(f"rrelu: lower is not above upper, {lower} and {upper} were given")
    slope = 0.5 * (lower + upper)
    if training:
        shape, dtype = np.shape(input), getattr(input, "dtype", np.dtype(float)) if np.ndim(input) else np.dtype(float)

        def draw():
            return np.asarray(stream_of(None).uniform(lower, upper, shape), dtype)

        slope = drawn(draw)
    return _rrelu(input, slope, inplace=inplace)


def glu(input, dim=-1):
    """a·σ(b), where a and b are the two halves of the input along `dim`.

    Raises ShapeError for an odd length.
    """
    if not np.ndim(input) or np.shape(input)[dim] % 2:
        raise ShapeError(f"glu: an input of shape {tuple(np.shape(input))} has no two halves along axis {dim}")
    half, axis = np.shape(input)[dim] // 2, dim % np.ndim(input)
    before = (slice(None),) * axis
    return gated.glu(input[(*before, slice(None, half))], input[(*before, slice(half, None))])


def softmax(input, dim=None, dtype=None):
    """e^x_i / Σ_k e^x_k along `dim`. Without `dim` it warns, and takes axis 0 for 0, 1 or 3 axes and 1 otherwise."""
    return softmaxes.softmax(input, dim=_axis("softmax", input, dim), dtype=dtype)


def log_softmax(input, dim=None, dtype=None):
    """x_i - ln Σ_k e^x_k along `dim`; without `dim` as `softmax`."""
    return softmaxes.log_softmax(input, dim=_axis("log_softmax", input, dim), dtype=dtype)


def _softmin_rule(g, y, x, dim):
    return y * (sum(g * y, dim=dim, keepdim=True) - g)


softmin_row = operation(
    "softmin", lambda x, *, dim: softmaxes.softmax.forward(-x, dim=dim), (_softmin_rule,),
    text="exp(-x) / sum(exp(-x))", latex=r"\frac{e^{-x_i}}{\sum_k e^{-x_k}}", slopes=("y * (sum(g * y) - g)",),
    derivatives=(r"y_i\,(\sum_k \bar y_k y_k - \bar y_i)",), shape="(n)->(n)",
    composite=lambda x, dim: softmaxes.softmax(-x, dim=dim), family="activation",
)  # fmt: skip


def softmin(input, dim=None):
    """The softmax of -x along `dim`: the smallest entry gets the largest share."""
    return softmin_row(input, dim=_axis("softmin", input, dim))


def _axis(name, input, dim):
    if dim is not None:
        return dim
    axis = 0 if np.ndim(input) in (0, 1, 3) else 1
    warnings.warn(f"{name}: say along which axis, dim={axis} is assumed", stacklevel=3)
    return axis


# Every activation by its name, for galleries and tests; adding one to all of them is a line here.
ACTIVATIONS = {
    "identity": positive, "step": step, "threshold": rectifiers.threshold, "sigmoid": sigmoid, "tanh": tanh,
    "relu": relu_row, "leaky_relu": rectifiers.leaky_relu, "prelu": rectifiers.prelu, "rrelu": rectifiers.rrelu,
    "elu": smooth.elu, "selu": smooth.selu, "celu": smooth.celu, "gelu": gated.gelu, "gelu_tanh": gated.gelu_tanh,
    "gelu_sigmoid": gated.gelu_sigmoid, "silu": gated.silu, "mish": gated.mish, "softplus": smooth.softplus,
    "softsign": smooth.softsign, "softmax": softmaxes.softmax, "log_softmax": softmaxes.log_softmax,
    "softmin": softmin_row, "hardtanh": rectifiers.hardtanh, "relu6": rectifiers.relu6,
    "hardsigmoid": rectifiers.hardsigmoid, "hardswish": gated.hardswish, "logsigmoid": smooth.logsigmoid,
    "tanhshrink": smooth.tanhshrink, "softshrink": gated.softshrink, "hardshrink": gated.hardshrink, "glu": gated.glu,
}  # fmt: skip
