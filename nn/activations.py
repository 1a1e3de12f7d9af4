"""Activations as modules: each calls the function of the same meaning in `nn.functional`, which has the formula."""

import numpy as np

from autograd.errors import ArgumentError
from autograd.ops.dtypes import get_default_dtype
from autograd.ops.shapes import new_shape

from . import functional as F
from .module import Module
from .parameter import Parameter


class Activation(Module):
    """A module that applies one function; the function's settings are attributes of the module."""

    function = None

    def __init__(self, **settings):
        super().__init__()
        if settings and type(self).__init__ is Activation.__init__:
            raise TypeError(f"{type(self).__name__}() takes no argument {next(iter(settings))!r}")
        self.__dict__.update(settings)
        self._settings = tuple(settings)

    def forward(self, input):
        own, names = self.__dict__, self._settings
        if names == ("inplace",) and not own["inplace"]:  # as a rule
            return self.__class__.function(input)
        return self.__class__.function(input, **{name: own[name] for name in names})

    def extra_repr(self):
        shown = [f"{n}={self.__dict__[n]!r}" for n in self._settings if n != "inplace" or self.inplace]
        return ", ".join(shown)


class ReLU(Activation):
    """max(0, x); its slope at 0 is 0. See `F.relu`."""

    function = F.relu

    def __init__(self, inplace=False):
        super().__init__(inplace=inplace)


class LeakyReLU(Activation):
    """x where x > 0, else negative_slope·x. See `F.leaky_relu`."""

    function = F.leaky_relu

    def __init__(self, negative_slope=0.01, inplace=False):
        super().__init__(negative_slope=negative_slope, inplace=inplace)


class PReLU(Module):
    """x where x > 0, else weight·x, where the weight is learned. See `F.prelu`.

    num_parameters   1, or one a channel (axis 1)
    init             what the weight starts as
    """

    def __init__(self, num_parameters=1, init=0.25):
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(np.full(new_shape((num_parameters,)), init, get_default_dtype()))

    def forward(self, input):
        return F.prelu(input, self.weight)

    def extra_repr(self):
        return f"num_parameters={self.num_parameters}"


class RReLU(Activation):
    """x where x > 0, else a·x. In training a is drawn from U(lower, upper) for each entry; else it is their middle."""

    def __init__(self, lower=1 / 8, upper=1 / 3, inplace=False):
        super().__init__(lower=lower, upper=upper, inplace=inplace)

    def forward(self, input):
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class ReLU6(Activation):
    """min(max(x, 0), 6)."""

    function = F.relu6

    def __init__(self, inplace=False):
        super().__init__(inplace=inplace)


class Threshold(Activation):
    """x where x > threshold, else value. For 0 and 1 see Step."""

    function = F.threshold

    def __init__(self, threshold, value, inplace=False):
        super().__init__(threshold=threshold, value=value, inplace=inplace)


class Step(Activation):
    """0 where x < threshold, else 1: the first neuron. Its slope is 0, so nothing behind it learns by gradients."""

    function = F.step

    def __init__(self, threshold=0.0):
        super().__init__(threshold=threshold)


class Hardtanh(Activation):
    """min(max(x, min_val), max_val)."""

    function = F.hardtanh

    def __init__(self, min_val=-1.0, max_val=1.0, inplace=False):
        super().__init__(min_val=min_val, max_val=max_val, inplace=inplace)


class Hardsigmoid(Activation):
    """min(max(x + 3, 0), 6) / 6."""

    function = F.hardsigmoid

    def __init__(self, inplace=False):
        super().__init__(inplace=inplace)


class Hardswish(Activation):
    """x · hardsigmoid(x)."""

    function = F.hardswish

    def __init__(self, inplace=False):
        super().__init__(inplace=inplace)


class ELU(Activation):
    """x where x > 0, else alpha·(eˣ - 1)."""

    function = F.elu

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__(alpha=alpha, inplace=inplace)


class SELU(Activation):
    """The exponential linear unit whose scale keeps mean 0 and variance 1 from layer to layer."""

    function = F.selu

    def __init__(self, inplace=False):
        super().__init__(inplace=inplace)


class CELU(Activation):
    """x where x > 0, else alpha·(e^(x/alpha) - 1): an exponential linear unit without a kink."""

    function = F.celu

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__(alpha=alpha, inplace=inplace)


class Softplus(Activation):
    """ln(1 + e^(beta·x)) / beta; where beta·x > threshold simply x."""

    function = F.softplus

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__(beta=beta, threshold=threshold)


class GELU(Activation):
    """x·Φ(x); approximate="tanh" or "sigmoid" takes one of its two approximations."""

    function = F.gelu

    def __init__(self, approximate="none"):
        super().__init__(approximate=approximate)


class SiLU(Activation):
    """x·σ(x), also called swish."""

    function = F.silu

    def __init__(self, inplace=False):
        super().__init__(inplace=inplace)


class Mish(Activation):
    """x·tanh(softplus(x))."""

    function = F.mish

    def __init__(self, inplace=False):
        super().__init__(inplace=inplace)


class Sigmoid(Activation):
    """1 / (1 + e⁻ˣ)."""

    function = F.sigmoid


class Tanh(Activation):
    """tanh x."""

    function = F.tanh


class LogSigmoid(Activation):
    """ln σ(x)."""

    function = F.logsigmoid


class Softsign(Activation):
    """x / (1 + |x|)."""

    function = F.softsign


class Tanhshrink(Activation):
    """x - tanh x."""

    function = F.tanhshrink


class Softshrink(Activation):
    """x brought nearer to 0 by lambd, and 0 within it."""

    function = F.softshrink

    def __init__(self, lambd=0.5):
        super().__init__(lambd=_not_negative(lambd))


class Hardshrink(Activation):
    """x where |x| > lambd, else 0."""

    function = F.hardshrink

    def __init__(self, lambd=0.5):
        super().__init__(lambd=lambd)


class GLU(Activation):
    """a·σ(b), where a and b are the halves of the input along `dim`."""

    function = F.glu

    def __init__(self, dim=-1):
        super().__init__(dim=dim)


class Softmax(Activation):
    """e^x_i / Σ_k e^x_k along `dim`: positive numbers that add up to 1."""

    function = F.softmax

    def __init__(self, dim=None):
        super().__init__(dim=dim)


class LogSoftmax(Activation):
    """The logarithm of the softmax along `dim`."""

    function = F.log_softmax

    def __init__(self, dim=None):
        super().__init__(dim=dim)


class Softmin(Activation):
    """The softmax of -x along `dim`."""

    function = F.softmin

    def __init__(self, dim=None):
        super().__init__(dim=dim)


def _not_negative(lambd):
    if lambd < 0:
        raise ArgumentError(f"lambd is not negative, {lambd} was given")
    return lambd
