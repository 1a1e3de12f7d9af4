"""First values of parameters, written in place: `init.xavier_uniform_(layer.weight)`. Names of torch.nn.init.

All draw from `generator`, or from the generator that `autograd.manual_seed` seeds, and return the tensor.
"""

import math

import numpy as np

from autograd.errors import ArgumentError, ShapeError
from autograd.ops.random import stream_of
from autograd.value import Value

from .parameter import overwrite

_LINEAR = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")


def calculate_gain(nonlinearity, param=None):
    """What the standard deviation is multiplied with, so that signals keep their size through an activation.

    linear, sigmoid 1; tanh 5/3; relu √2; leaky_relu √(2/(1 + slope²)), `param` its slope, by default 0.01; selu 3/4.

    Raises ValueError for another name.
    """
    if nonlinearity in _LINEAR or nonlinearity == "sigmoid":
        return 1
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ArgumentError(f"calculate_gain: the slope of leaky_relu is a number, not {slope!r}")
        return math.sqrt(2.0 / (1.0 + slope**2))
    gains = {"tanh": 5.0 / 3.0, "relu": math.sqrt(2.0), "selu": 3.0 / 4.0}
    if nonlinearity not in gains:
        known = ", ".join(["linear", "sigmoid", "leaky_relu", *gains])
        raise ArgumentError(f"calculate_gain: no gain is known for {nonlinearity!r}, only for {known}")
    return gains[nonlinearity]


# -- without a draw --------------------------------------------------------------------------------------------------


def constant_(tensor, val):
    """Every entry val."""
    return overwrite(tensor, val)


def zeros_(tensor):
    """Every entry 0."""
    return overwrite(tensor, 0.0)


def ones_(tensor):
    """Every entry 1."""
    return overwrite(tensor, 1.0)


def eye_(tensor):
    """The identity: 1 on the diagonal of a matrix, else 0."""
    _axes("eye_", tensor, 2, 2)
    return overwrite(tensor, np.eye(*tensor.shape))


# -- plain draws -----------------------------------------------------------------------------------------------------


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Every entry from U(a, b)."""
    if not a <= b:
        raise ArgumentError(f"uniform_: from {a} to {b} there is no number")
    return overwrite(tensor, a + (b - a) * _uniform(tensor, generator))


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Every entry from N(mean, std²)."""
    if not std >= 0:
        raise ArgumentError(f"normal_: a standard deviation is not negative, this is {std}")
    return overwrite(tensor, mean + std * _normal(tensor, generator))


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Every entry from N(mean, std²) under the condition that it lies between a and b (absolute bounds).

    Entries outside are drawn again; where the interval is rare, from a uniform proposal instead.
    """
    if not a < b:
        raise ArgumentError(f"trunc_normal_: a is below b, {a} and {b} were given")
    if not (std and math.isfinite(mean / std)):  # or no number would ever be accepted
        raise ArgumentError(f"trunc_normal_: no numbers have mean {mean} and standard deviation {std}")
    shape, draws = tuple(tensor.shape), stream_of(generator)
    weight = 0.5 * (math.erf((b - mean) / std / math.sqrt(2)) - math.erf((a - mean) / std / math.sqrt(2)))
    peak = 0.5 * ((min(max(mean, a), b) - mean) / std) ** 2
    numbers, waiting = np.zeros(shape), np.ones(shape, bool)
    while waiting.any():
        count = int(waiting.sum())
        if weight > 0.3:
            drawn = mean + std * draws.standard_normal(count)
            good = (drawn >= a) & (drawn <= b)
        else:
            drawn = draws.uniform(a, b, count)
            good = draws.random(count) <= np.exp(peak - 0.5 * ((drawn - mean) / std) ** 2)
        places = np.flatnonzero(waiting)[good]
        numbers.flat[places] = drawn[good]
        waiting.flat[places] = False
    return overwrite(tensor, numbers)


# -- draws that keep signals and gradients of one size ---------------------------------------------------------------


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """U(-a, a), a = gain·√(6 / (fan_in + fan_out)). Source: Glorot, Bengio, AISTATS 2010."""
    bound = gain * math.sqrt(6.0 / (sum(fans(tensor)) or 1))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """N(0, std²), std = gain·√(2 / (fan_in + fan_out)). Source: Glorot, Bengio, AISTATS 2010."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / (sum(fans(tensor)) or 1)), generator)


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """U(-bound, bound), bound = gain·√(3 / fan). Source: He, Zhang, Ren, Sun, ICCV 2015.

    a              slope of the leaky_relu that follows
    mode           "fan_in" keeps the size of signals forward, "fan_out" that of gradients backward
    nonlinearity   what follows, see `calculate_gain`
    """
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3.0 / _fan(tensor, mode))
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """N(0, std²), std = gain / √fan. Source: He, Zhang, Ren, Sun, ICCV 2015. Arguments of `kaiming_uniform_`."""
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)), generator)


def orthogonal_(tensor, gain=1.0, generator=None):
    """Rows (columns, if there are fewer) orthogonal and of length `gain`; further axes count as columns.

    Source: Saxe, McClelland, Ganguli, ICLR 2014; uniform over such matrices: Mezzadri, Notices of the AMS 54, 2007.
    """
    _axes("orthogonal_", tensor, 2)
    rows = tensor.shape[0]
    columns = tensor.numel() // max(rows, 1)
    drawn = stream_of(generator).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    q = q * np.sign(np.diagonal(r))
    return overwrite(tensor, gain * (q.T if rows < columns else q).reshape(tensor.shape))


def sparse_(tensor, sparsity, std=0.01, generator=None):
    """N(0, std²), with a share `sparsity` of each column set to 0. Source: Martens, ICML 2010."""
    _axes("sparse_", tensor, 2, 2)
    draws, (rows, columns) = stream_of(generator), tensor.shape
    numbers = std * draws.standard_normal((rows, columns))
    for column in range(columns):
        numbers[draws.permutation(rows)[: math.ceil(sparsity * rows)], column] = 0.0
    return overwrite(tensor, numbers)


# -- sizes -----------------------------------------------------------------------------------------------------------


def fans(tensor):
    """Numbers of inputs and outputs of a weight (out, in, ...): products summed in each result, fed by each input."""
    _axes("the fans of a weight", tensor, 2)
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


_calculate_fan_in_and_fan_out = fans


def _fan(tensor, mode):
    if mode not in ("fan_in", "fan_out"):
        raise ArgumentError(f"mode is 'fan_in' or 'fan_out', not {mode!r}")
    return fans(tensor)[mode == "fan_out"] or 1


def _axes(name, tensor, least, most=None):
    if not isinstance(tensor, Value):
        raise TypeError(f"{name}: initialisation writes into a Value or Parameter, not into {type(tensor).__name__}")
    if tensor.ndim < least or (most is not None and tensor.ndim > most):
        wanted = f"{least} axes" if most == least else f"at least {least} axes"
        raise ShapeError(f"{name}: {wanted} are needed, this tensor has shape {tuple(tensor.shape)}")


def _uniform(tensor, generator):
    return stream_of(generator).random(tuple(tensor.shape))


def _normal(tensor, generator):
    return stream_of(generator).standard_normal(tuple(tensor.shape))
