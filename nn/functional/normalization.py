"""Bringing numbers to mean 0 and variance 1, or to length 1."""

import math

import numpy as np

from autograd.errors import ArgumentError, ShapeError
from autograd.kernels.columns import moments
from autograd.operation import TABLE, operation, pointwise
from autograd.ops.exponential import rsqrt, sqrt
from autograd.ops.piecewise import choose
from autograd.ops.reductions import mean, norm, sum
from autograd.ops.shapes import lengths, listed, reshape, run
from autograd.program.tape import is_traced, tape_of_program
from autograd.value import Value


def _standardize(x, *, dim, eps=1e-5):
    centered = x - np.mean(x, axis=dim, keepdims=True)
    return centered / np.sqrt(np.mean(centered * centered, axis=dim, keepdims=True) + eps)


def _standardize_rule(g, y, x, dim, eps=1e-5):
    centered = x - mean(x, dim=dim, keepdim=True)
    scale = rsqrt(mean(centered * centered, dim=dim, keepdim=True) + eps)
    return scale * (g - mean(g, dim=dim, keepdim=True) - y * mean(g * y, dim=dim, keepdim=True))


def _standardize_composite(x, dim, eps=1e-5):
    centered = x - mean(x, dim=dim, keepdim=True)
    return centered / sqrt(mean(centered * centered, dim=dim, keepdim=True) + eps)


standardize = operation(
    "standardize", _standardize, (_standardize_rule,),
    symbol="(x−μ)/σ", text="(x - mean(x)) / sqrt(var(x) + eps)", latex=r"\frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}",
    slopes=("(g - mean(g) - y * mean(g * y)) / sqrt(var(x) + eps)",),
    derivatives=(r"\frac{1}{\sqrt{\sigma^2 + \varepsilon}} (\bar y - \langle \bar y \rangle - y\,\langle \bar y\,y \rangle)",),
    shape="(n)->(n)", composite=_standardize_composite, family="normalization",
    source="Ioffe, Szegedy, Batch normalization, ICML 2015",
)  # fmt: skip


def _root_mean_square(x, *, dim, eps):
    return x / np.sqrt(np.mean(x * x, axis=dim, keepdims=True) + eps)


def _root_mean_square_rule(g, y, x, dim, eps):
    scale = rsqrt(mean(x * x, dim=dim, keepdim=True) + eps)
    return scale * (g - y * mean(g * y, dim=dim, keepdim=True))


by_root_mean_square = operation(
    "rms_norm", _root_mean_square, (_root_mean_square_rule,),
    symbol="x/rms", text="x / sqrt(mean(x²) + eps)", latex=r"\frac{x}{\sqrt{\langle x^2 \rangle + \varepsilon}}",
    slopes=("(g - y * mean(g * y)) / sqrt(mean(x²) + eps)",),
    derivatives=(r"\frac{\bar y - y\,\langle \bar y\,y \rangle}{\sqrt{\langle x^2 \rangle + \varepsilon}}",),
    shape="(n)->(n)", composite=lambda x, dim, eps: x / sqrt(mean(x * x, dim=dim, keepdim=True) + eps), family="normalization",
    source="Zhang, Sennrich, Root mean square layer normalization, NeurIPS 2019",
)  # fmt: skip


affine = pointwise(
    "affine", lambda x, weight, bias: x * weight + bias,
    lambda g, y, x, weight, bias: g * weight, lambda g, y, x, weight, bias: g * x, lambda g, y, x, weight, bias: g,
    symbol="γx+β", text="x * weight + bias", latex=r"\gamma x + \beta", slopes=("weight", "x", "1"),
    derivatives=(r"\gamma", "x", "1"), composite=lambda x, weight, bias: x * weight + bias, family="normalization",
)  # fmt: skip

standardize_affine = operation(
    "standardize_affine", lambda x, weight, bias, *, dim, eps=1e-5: _standardize(x, dim=dim, eps=eps) * weight + bias,
    (
        lambda g, y, x, weight, bias, dim, eps=1e-5: _standardize_rule(
            g * weight, standardize(x, dim=dim, eps=eps), x, dim, eps
        ),
        lambda g, y, x, weight, bias, dim, eps=1e-5: g * standardize(x, dim=dim, eps=eps),
        lambda g, y, x, weight, bias, dim, eps=1e-5: g,
    ),
    symbol="γ(x−μ)/σ+β", text="(x - mean(x)) / sqrt(var(x) + eps) * weight + bias",
    latex=r"\gamma \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta",
    slopes=("(h - mean(h) - u * mean(h * u)) / sqrt(var(x) + eps), h = g * weight, u = standardize(x)", "g * u", "g"),
    derivatives=(
        r"\frac{1}{\sqrt{\sigma^2 + \varepsilon}} (h - \langle h \rangle - u\,\langle h\,u \rangle),\ h = \gamma \bar y",
        r"\bar y\,u,\ u = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}", r"\bar y",
    ),
    shape="(n),(n),(n)->(n)", family="normalization",
    composite=lambda x, weight, bias, dim, eps=1e-5: affine(standardize(x, dim=dim, eps=eps), weight, bias),
    source="Ba, Kiros, Hinton, Layer normalization, 2016",
)  # fmt: skip


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """(x - mean) / sqrt(var + eps) over the last axes, then · weight + bias.

    Shapes: input (..., *normalized_shape), weight and bias normalized_shape.
    Source: Ba, Kiros, Hinton, Layer normalization, 2016.

    Raises ShapeError where the input does not end in normalized_shape.
    """
    dims = _last_axes("layer_norm", input, normalized_shape)
    return _standardized(input, dims, eps, weight, bias)


def rms_norm(input, normalized_shape, weight=None, eps=None):
    """x / sqrt(mean(x²) + eps) over the last axes, then · weight. eps is by default the dtype's rounding unit.

    Shapes: input (..., *normalized_shape), weight normalized_shape.
    """
    dims = _last_axes("rms_norm", input, normalized_shape)
    if eps is None:
        eps = float(np.finfo(input.dtype).eps)
    return _affine(by_root_mean_square(input, dim=dims, eps=eps), weight, None)


def batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):  # fmt: skip
    """(x - mean) / sqrt(var + eps) for each channel over batch and positions, then · weight + bias.

    Shapes: input (N, C) or (N, C, L, ...), everything else (C,).
    training   take mean and variance from this batch, and move the running statistics towards them:
               running ← (1 - momentum)·running + momentum·batch, with the unbiased variance; else use the running ones

    Raises ValueError in training with one value a channel: its variance says nothing.
    """
    shape = lengths(input)
    if len(shape) < 2:
        raise ShapeError(f"batch_norm: an input of shape {shape} has no channels; it is (N, C) or (N, C, L)")
    along = (shape[1],) + (1,) * (len(shape) - 2)
    if (running_mean is None) != (running_var is None):
        raise ArgumentError("batch_norm: running_mean and running_var come both, or neither")
    if not training and running_mean is None:
        raise ArgumentError("batch_norm: without training it takes the running mean and variance; pass them")
    for name, row in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)):
        if row is not None and lengths(row) != shape[1:2]:
            raise ShapeError(f"batch_norm: {name} has shape {lengths(row)}, but there are {shape[1]} channels")
    weight, bias = (x if x is None or len(shape) == 2 else run(reshape, x, shape=along) for x in (weight, bias))
    if not training:
        inverse = 1.0 / np.sqrt(_numbers(running_var) + eps)
        centered = input - _numbers(running_mean).reshape(along)
        return _affine(centered * inverse.astype(_numbers(input).dtype, copy=False).reshape(along), weight, bias)
    if not eps > 0:
        raise ArgumentError(f"batch_norm: eps is above 0 in training, {eps} was given")
    dims = (0, *range(2, len(shape)))
    count = math.prod(shape) // max(shape[1], 1)
    if count <= 1:
        raise ArgumentError(
            f"batch_norm: in training more than one value a channel is needed, an input of shape {shape} came"
        )
    if running_mean is not None and is_traced(input):
        _move_in_program(running_mean, TABLE["mean"](input.detach(), dim=dims), momentum)
        _move_in_program(running_var, TABLE["var"](input.detach(), dim=dims), momentum)
    elif running_mean is not None:
        mean_of_batch, variance = _moments(_numbers(input), dims)
        _move(running_mean, mean_of_batch, momentum)
        _move(running_var, variance * (count / (count - 1)), momentum)
    return _standardized(input, dims, eps, weight, bias)


def _moments(x, dims):
    """Mean and variance over some axes."""
    fast = moments(x) if dims == (0,) else None
    return (x.mean(axis=dims), x.var(axis=dims)) if fast is None else fast


def _move(running, batch, momentum):
    numbers = _numbers(running)
    numbers *= 1.0 - momentum
    numbers += momentum * batch


def _move_in_program(running, batch, momentum):
    tape = tape_of_program()
    tape.become(running, (1.0 - momentum) * tape.now(running) + momentum * batch)


def _numbers(thing):
    return thing._data if thing.__class__ is Value else np.asarray(thing)


def _standardized(x, dims, eps, weight, bias):
    """(x - mean) / sqrt(var + eps), then · weight + bias: one operation where there is a weight."""
    if weight is None:
        return _affine(standardize.of((x,), {"dim": dims, "eps": eps}), None, bias)
    if bias is None:
        bias = np.zeros(lengths(weight), _numbers(weight).dtype)
    return standardize_affine.of((x, weight, bias), {"dim": dims, "eps": eps})


def _affine(x, weight, bias):
    if weight is not None and bias is not None:
        return affine(x, weight, bias)
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


def _last_axes(name, input, normalized_shape):
    wanted = listed((normalized_shape,))
    given = lengths(input)
    if not wanted or given[-len(wanted) :] != wanted:
        raise ShapeError(f"{name}: an input of shape {given} does not end in the normalized shape {wanted}")
    return tuple(range(len(given) - len(wanted), len(given)))


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """x / max(‖x‖ₚ, eps) along `dim`: vectors of length 1."""
    return input / _at_least(norm(input, p, dim, True), eps)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """Cosine of the angle between vectors along `dim`: x1·x2 / (max(‖x1‖, eps) · max(‖x2‖, eps)).

    Shapes: those of x1 and x2 broadcast; `dim` goes.
    """
    lengths = (_at_least(norm(x, 2.0, dim, True), eps) for x in (x1, x2))
    first, second = (x / length for x, length in zip((x1, x2), lengths))
    return sum(first * second, dim=dim)


def _at_least(x, low):
    return choose(x < low, low, x)
