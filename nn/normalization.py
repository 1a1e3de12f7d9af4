"""Layers that bring numbers to mean 0 and variance 1."""

import numpy as np

from autograd.errors import ShapeError
from autograd.ops.dtypes import dtype_named
from autograd.program.tape import tape_of_program
from autograd.value import constant

from . import functional as F
from . import init
from .layers import empty_parameter
from .module import Module
from .parameter import overwrite


class LayerNorm(Module):
    """Standardizes each sample over its last axes, then scales and shifts by entry. See `F.layer_norm`.

    Shapes: input (..., *normalized_shape) and the result alike; weight and bias normalized_shape, 1 and 0 at first.
    """

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True, device=None, dtype=None):
        super().__init__()
        self.normalized_shape, self.eps = _as_shape(normalized_shape), eps
        self.elementwise_affine = elementwise_affine
        _affine_parameters(self, self.normalized_shape, elementwise_affine, elementwise_affine and bias, dtype)

    def reset_parameters(self):
        """Scale 1 and shift 0 again."""
        _reset(self)

    def forward(self, input):
        own = self._parameters  # the same as self.weight and self.bias, in a fifth of the time
        return F.layer_norm(input, self.normalized_shape, own["weight"], own["bias"], self.eps)

    def extra_repr(self):
        affine = f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        return f"{self.normalized_shape}, eps={self.eps}, {affine}"


class RMSNorm(Module):
    """Divides each sample by the root of the mean of its squares, then scales by entry. See `F.rms_norm`."""

    def __init__(self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None):
        super().__init__()
        self.normalized_shape, self.eps = _as_shape(normalized_shape), eps
        self.elementwise_affine = elementwise_affine
        _affine_parameters(self, self.normalized_shape, elementwise_affine, False, dtype)

    def reset_parameters(self):
        """Scale 1 again."""
        _reset(self)

    def forward(self, input):
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class BatchNorm1d(Module):
    """Standardizes each channel over the batch, then scales and shifts by channel. See `F.batch_norm`.

    Shapes: input (N, C) or (N, C, L) and the result alike; parameters and running statistics (C,).
    In training it uses the batch's statistics and keeps running ones, which it uses in evaluation.
    momentum              weight of a new batch in the running statistics; None: the plain average of all batches
    track_running_stats   without, the batch's statistics are used in evaluation too

    Raises ShapeError for another number of axes or channels, ValueError for a training batch with one value a channel.
    """

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, device=None, dtype=None, *,
        bias=True,
    ):  # fmt: skip
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        _affine_parameters(self, (num_features,), affine, affine and bias, dtype)
        kind = dtype_named(dtype)
        tracked = track_running_stats
        self.register_buffer("running_mean", constant(np.zeros(num_features, kind)) if tracked else None)
        self.register_buffer("running_var", constant(np.ones(num_features, kind)) if tracked else None)
        self.register_buffer("num_batches_tracked", constant(np.int64(0)) if tracked else None)

    def reset_running_stats(self):
        """Forget what was seen: mean 0, variance 1."""
        if self.running_mean is not None:
            overwrite(self.running_mean, 0.0)
            overwrite(self.running_var, 1.0)
            overwrite(self.num_batches_tracked, 0)

    def reset_parameters(self):
        """Scale 1 and shift 0 again, and no statistics."""
        self.reset_running_stats()
        _reset(self)

    def forward(self, input):
        shape = tuple(input.shape)
        if len(shape) not in (2, 3) or shape[1] != self.num_features:
            wanted = f"(N, {self.num_features}) or (N, {self.num_features}, L)"
            raise ShapeError(f"BatchNorm1d: an input of shape {shape} does not fit {wanted}")
        momentum = 0.0 if self.momentum is None else self.momentum
        own, kept = self._parameters, self._buffers  # the same as attributes, in a fifth of the time
        running = kept["running_mean"], kept["running_var"]
        if self.training and running[0] is not None:
            seen, tape = kept["num_batches_tracked"], tape_of_program()
            if tape is None:
                overwrite(seen, seen.data + 1)
                momentum = 1.0 / int(seen.data) if self.momentum is None else momentum
            elif self.momentum is not None:
                tape.count(seen)
            else:
                tape.become(seen, tape.now(seen) + 1)
                momentum = 1.0 / tape.now(seen)
        by_batch = self.training or running[0] is None
        return F.batch_norm(input, *running, own["weight"], own["bias"], by_batch, momentum, self.eps)

    def extra_repr(self):
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


def _as_shape(shape):
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _affine_parameters(module, shape, weight, bias, dtype):
    module.register_parameter("weight", empty_parameter(*shape, dtype=dtype) if weight else None)
    module.register_parameter("bias", empty_parameter(*shape, dtype=dtype) if bias else None)
    _reset(module)


def _reset(module):
    if module.weight is not None:
        init.ones_(module.weight)
    if module.bias is not None:
        init.zeros_(module.bias)
