"""What every elementwise function of one number is, in extended precision: one line a row, its derivative beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import mpmath

mp = mpmath.mp.clone()
mp.prec = 180  # a difference of two float64 numbers keeps all digits of a float64


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def erfc(x):
    """Beyond 10⁴ nothing is left, and mpmath's own series does not end."""
    return mp.erfc(x) if abs(x) < 1e4 else mp.mpf(2 * (x < 0))


def normal(x):
    """The standard normal distribution function, and its density."""
    return erfc(-x / mp.sqrt(2)) / 2, mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def softplus(x):
    return mp.log1p(mp.exp(x))


def sech2(x):
    return 1 / mp.cosh(x) ** 2


def sinpi_by_x(x):
    return mp.sinpi(x) / (mp.pi * x) if x else mp.one


def sinc_slope(x):
    if abs(x) < 1e-12:
        return -(mp.pi**2) * x / 3
    return (mp.cospi(x) - sinpi_by_x(x)) / x


def bessel(x):
    """The spherical Bessel function of order 1."""
    return x / 3 if abs(x) < 1e-12 else (mp.sin(x) / x - mp.cos(x)) / x


def bessel_slope(x):
    return mp.one / 3 if abs(x) < 1e-30 else mp.sin(x) / x - 2 * bessel(x) / x


def inner(x):
    """What the tanh of the approximate GELU is of, twice; and its derivative."""
    root = mp.sqrt(2 / mp.pi)
    return 2 * root * (x + mp.mpf("0.044715") * x**3), 2 * root * (1 + mp.mpf("0.134145") * x**2)


def gelu_tanh_slope(x):
    u, slope = inner(x)
    return sigmoid(u) * (1 + x * sigmoid(-u) * slope)


def tanhshrink(x):
    return x**3 / 3 if abs(x) < 1e-14 else x - mp.tanh(x)


def mish_slope(x):
    s = softplus(x)
    return mp.tanh(s) + x * sigmoid(x) * sech2(s)


def gelu_slope(x):
    below, density = normal(x)
    return below + x * density


ALPHA, SCALE = mp.mpf("1.6732632423543772848170429916717"), mp.mpf("1.0507009873554804934193349852946")
TENTH = mp.mpf(0.01)  # the double: a default argument is one
GATE = mp.mpf("1.702")
LN2, LN10 = mp.log(2), mp.log(10)


@dataclass
class Reference:
    """A function and its derivative on numbers of extended precision, and what to try it with.

    near       points around which many numbers are tried, beside 0 and the ends of the domain
    roots      where the derivative crosses zero although its terms do not: within 1/2, the unit is that of 1/8 at least
    waves      the size that result and derivative have between their zeros, for functions that go on swinging
    """

    function: Callable
    derivative: Callable
    near: tuple = ()
    roots: tuple = ()
    waves: tuple = (None, None)
    parameters: dict = field(default_factory=dict)


def constant(slope):
    return lambda x: mp.mpf(slope)


def pieces(*parts, last):
    """A function by pieces: (end, function) pairs in order; a piece holds up to its end, end included."""

    def function(x):
        return next((piece for end, piece in parts if x <= end), last)(x)

    return function


ZERO, ONE, ITSELF = constant(0), constant(1), lambda x: x

R = Reference
REFERENCES = {
    "abs": R(abs, mp.sign),
    "neg": R(lambda x: -x, constant(-1)),
    "positive": R(ITSELF, ONE),
    "clone": R(ITSELF, ONE),
    "square": R(lambda x: x * x, lambda x: 2 * x),
    "reciprocal": R(lambda x: 1 / x, lambda x: -1 / x**2),
    "frac": R(lambda x: x - (mp.floor(x) if x > 0 else mp.ceil(x)), ONE),
    "clamp": R(pieces((-0.5, constant(-0.5)), (0.75, ITSELF), last=constant(0.75)),
               lambda x: mp.mpf(-0.5 <= x <= 0.75), (-0.5, 0.75), parameters={"min": -0.5, "max": 0.75}),
    "exp": R(mp.exp, mp.exp),
    "exp2": R(lambda x: mp.exp(x * LN2), lambda x: LN2 * mp.exp(x * LN2)),
    "expm1": R(mp.expm1, mp.exp),
    "log": R(mp.log, lambda x: 1 / x, (1.0,)),
    "log2": R(lambda x: mp.log(x) / LN2, lambda x: 1 / (x * LN2), (1.0,)),
    "log10": R(lambda x: mp.log(x) / LN10, lambda x: 1 / (x * LN10), (1.0,)),
    "log1p": R(mp.log1p, lambda x: 1 / (1 + x)),
    "sqrt": R(mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x))),
    "rsqrt": R(lambda x: 1 / mp.sqrt(x), lambda x: -1 / (2 * x * mp.sqrt(x))),
    "cbrt": R(lambda x: mp.sign(x) * mp.cbrt(abs(x)), lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2)),
    "logit": R(lambda x: mp.log(x) - mp.log1p(-x), lambda x: 1 / (x * (1 - x)), (0.5,)),
    "sin": R(mp.sin, mp.cos, (1.5, 3.0)),
    "cos": R(mp.cos, lambda x: -mp.sin(x), (1.5, 3.0)),
    "tan": R(mp.tan, lambda x: 1 / mp.cos(x) ** 2, (1.5,)),
    "asin": R(mp.asin, lambda x: 1 / mp.sqrt((1 - x) * (1 + x))),
    "acos": R(mp.acos, lambda x: -1 / mp.sqrt((1 - x) * (1 + x))),
    "atan": R(mp.atan, lambda x: 1 / (1 + x * x)),
    "sinh": R(mp.sinh, mp.cosh),
    "cosh": R(mp.cosh, mp.sinh),
    "tanh": R(mp.tanh, sech2),
    "asinh": R(mp.asinh, lambda x: 1 / mp.sqrt(1 + x * x)),
    "acosh": R(mp.acosh, lambda x: 1 / mp.sqrt((x - 1) * (x + 1))),
    "atanh": R(mp.atanh, lambda x: 1 / ((1 - x) * (1 + x))),
    "deg2rad": R(lambda x: x * mp.pi / 180, constant(mp.pi / 180)),
    "rad2deg": R(lambda x: x * 180 / mp.pi, constant(180 / mp.pi)),
    "sinc": R(sinpi_by_x, sinc_slope, (1.0, 2.0, 10.0), waves=(None, lambda x: 1 / abs(x) if abs(x) > 1 else 0)),
    "spherical_bessel": R(bessel, bessel_slope, (2.0,), waves=(lambda x: 1 / abs(x) if abs(x) > 2 else 0,) * 2,
                          parameters={"order": 1}, roots=(-2.0816, 2.0816)),
    "sigmoid": R(sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "logsigmoid": R(lambda x: -softplus(-x), lambda x: sigmoid(-x)),
    "softplus": R(pieces((20, softplus), last=ITSELF), pieces((20, sigmoid), last=ONE), (20.0,)),
    "erf": R(mp.erf, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x), (1.0,)),
    "erfc": R(erfc, lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x), (1.0,)),
    "erfinv": R(mp.erfinv, lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(mp.erfinv(x) ** 2)),
    "silu": R(lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * sigmoid(-x)), (-90.0, -710.0),
              roots=(-1.2785,)),
    "gelu": R(lambda x: x * normal(x)[0], gelu_slope, (-13.2, -37.5), roots=(-0.7518,)),
    "gelu_tanh": R(lambda x: x * sigmoid(inner(x)[0]), gelu_tanh_slope, (-10.0, -21.0), roots=(-0.7525,)),
    "gelu_sigmoid": R(lambda x: x * sigmoid(GATE * x),
                      lambda x: sigmoid(GATE * x) * (1 + GATE * x * sigmoid(-GATE * x)), (-53.0, -418.0),
                      roots=(-0.7512,)),
    "mish": R(lambda x: x * mp.tanh(softplus(x)), mish_slope, (-90.0, -710.0), roots=(-1.1924,)),
    "tanhshrink": R(tanhshrink, lambda x: mp.tanh(x) ** 2),
    "softsign": R(lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "elu": R(pieces((0, mp.expm1), last=ITSELF), pieces((0, mp.exp), last=ONE)),
    "celu": R(pieces((0, mp.expm1), last=ITSELF), pieces((0, mp.exp), last=ONE)),
    "selu": R(pieces((0, lambda x: SCALE * ALPHA * mp.expm1(x)), last=lambda x: SCALE * x),
              pieces((0, lambda x: SCALE * ALPHA * mp.exp(x)), last=constant(SCALE))),
    "relu": R(pieces((0, ZERO), last=ITSELF), pieces((0, ZERO), last=ONE)),
    "leaky_relu": R(pieces((0, lambda x: TENTH * x), last=ITSELF), pieces((0, constant(TENTH)), last=ONE)),
    "relu6": R(pieces((0, ZERO), (6, ITSELF), last=constant(6)), lambda x: mp.mpf(0 < x < 6), (6.0,)),
    "hardtanh": R(pieces((-1, constant(-1)), (1, ITSELF), last=ONE), lambda x: mp.mpf(-1 < x < 1), (-1.0, 1.0)),
    "hardsigmoid": R(pieces((-3, ZERO), (3, lambda x: (x + 3) / 6), last=ONE),
                     lambda x: mp.one / 6 if -3 < x < 3 else mp.zero, (-3.0, 3.0)),
    "hardswish": R(pieces((-3, ZERO), (3, lambda x: x * (x + 3) / 6), last=ITSELF),
                   lambda x: mp.zero if x <= -3 else x / 3 + mp.mpf(0.5) if x < 3 else mp.one, (-3.0, 3.0), (-1.5,)),
    "softshrink": R(lambda x: x - mp.sign(x) / 2 if abs(x) > 0.5 else mp.zero, lambda x: mp.mpf(abs(x) > 0.5),
                    (-0.5, 0.5)),
    "hardshrink": R(lambda x: x if abs(x) > 0.5 else mp.zero, lambda x: mp.mpf(abs(x) > 0.5), (-0.5, 0.5)),
    "threshold": R(pieces((0.5, constant(2)), last=ITSELF), pieces((0.5, ZERO), last=ONE), (0.5,),
                   parameters={"threshold": 0.5, "value": 2.0}),
    "step": R(lambda x: mp.mpf(x >= 0), ZERO),
}  # fmt: skip
