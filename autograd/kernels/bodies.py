"""Activations and their gradients as scalar functions, for float64 as written and for float32 once specialised.

Each pair is a row's forward f(x, parameters...) and its rule b(g, x, parameters...). The formulas, and the values at
kinks, are those of the rows of the same name.
"""

from .double import (
    exp,
    expm1,
    gap_to_tanh,
    in_reach,
    least_reached,
    least_reached_by_gate,
    log1p_by_itself,
    normal_share,
    normal_tail,
    one_more,
    one_more_than_cubic,
    one_more_than_gate,
    raised_exp,
    raised_parts,
    raised_parts_of_cubic,
    raised_parts_of_gate,
    raised_parts_of_square,
    sigmoid,
    signed_as,
    tanh,
    upper_third,
)

LOWER = 5.421010862427522e-20  # 2^-64, which takes the raising of a raised exponential back
CUBIC, THRICE_CUBE = 1.5957691216057308, 0.21406444881780073  # 2√(2/π), and 3 · 0.044715 times it
DENSITY = 0.3989422804014327  # 1/√(2π)
TWO_BY_ROOT_PI = 1.1283791670955126
SELU_SCALE, SELU_BOTH = 1.0507009873554805, 1.7580993408473768


# -- straight pieces --------------------------------------------------------------------------------------------------


def relu(x):
    return 0.0 if x <= 0.0 else x


def relu_back(g, x):
    return 0.0 if x <= 0.0 else g


def leaky_relu(x, slope):
    return x if x > 0.0 else slope * x


def leaky_relu_back(g, x, slope):
    return g if x > 0.0 else g * slope


def threshold(x, threshold, value):
    return value if x <= threshold else x


def threshold_back(g, x, threshold, value):
    return 0.0 if x <= threshold else g


def hardtanh(x, low, high):
    return low if x < low else (high if x > high else x)


def hardtanh_back(g, x, low, high):
    return 0.0 if x <= low or x >= high else g


def relu6(x):
    return hardtanh(x, 0.0, 6.0)


def relu6_back(g, x):
    return hardtanh_back(g, x, 0.0, 6.0)


def hardsigmoid(x):
    return hardtanh(x + 3.0, 0.0, 6.0) / 6.0


def hardsigmoid_back(g, x):
    return 0.0 if x <= -3.0 or x >= 3.0 else g / 6.0


def hardswish(x):
    return x * (hardtanh(x + 3.0, 0.0, 6.0) / 6.0)


def hardswish_back(g, x):
    inside = g * (x / 3.0 + 0.5) if x < 3.0 else g
    return 0.0 if x <= -3.0 else inside


def softshrink(x, width):
    below = x + width if x < -width else x * 0.0
    return x - width if x > width else below


def softshrink_back(g, x, width):
    return 0.0 if abs(x) <= width else g


def hardshrink(x, width):
    return 0.0 if abs(x) <= width else x


hardshrink_back = softshrink_back


def softsign(x):
    return x / (1.0 + abs(x))


def softsign_back(g, x):
    size = 1.0 + abs(x)
    return g / (size * size)


# -- exponentials -----------------------------------------------------------------------------------------------------


def sigmoid_back(g, x):
    e = raised_exp(-in_reach(abs(x))) * LOWER  # y(1 - y) would lose its digits where y is near 1
    return g * (e / (1.0 + e * (2.0 + e)))


def tanh_back(g, x):
    raised = raised_exp(-in_reach(2.0 * abs(x)))
    e = raised * LOWER
    return g * (raised / (1.0 + e * (2.0 + e)) * (4.0 * LOWER))


def log_one_plus_exp(x):
    """ln(1 + e^x)."""
    power, more = raised_parts(-in_reach(abs(x)))
    power = power * LOWER
    scaled = log1p_by_itself(power + power * more) * power
    return (0.0 if x < 0.0 else x) + (scaled + scaled * more)


def softplus(x, beta, threshold):
    scaled = beta * x
    return x if scaled > threshold else log_one_plus_exp(scaled) / beta


def softplus_back(g, x, beta, threshold):
    scaled = beta * x
    return g if scaled > threshold else g * sigmoid(scaled)


def logsigmoid(x):
    return -log_one_plus_exp(-x)


def logsigmoid_back(g, x):
    return g * sigmoid(-x)


def elu(x, alpha):
    return x if x > 0.0 else alpha * expm1(x)


def elu_back(g, x, alpha):
    return g if x > 0.0 else g * alpha * exp(x)


def selu(x):
    return SELU_SCALE * x if x > 0.0 else SELU_BOTH * expm1(x)


def selu_back(g, x):
    return g * (SELU_SCALE if x > 0.0 else SELU_BOTH * exp(x))


def celu(x, alpha):
    return x if x > 0.0 else alpha * expm1(x / alpha)


def celu_back(g, x, alpha):
    quotient = x / alpha
    slope = exp(quotient)
    rest = (x - quotient * alpha) * (1.0 / alpha)  # what the quotient lost in rounding would be many units of the power
    return g if x > 0.0 else g * (slope + slope * rest if abs(quotient) < 1e3 else slope)


def tanhshrink(x):
    z = abs(x)
    far = (z - 1.0) + 2.0 / (exp(2.0 * z) + 1.0)
    return gap_to_tanh(x, upper_third(x)) if z < 1.0 else (far if x > 0.0 else -far)


def tanhshrink_back(g, x):
    y = tanh(x)
    return g * y * y


# -- gates ------------------------------------------------------------------------------------------------------------


def _gated(x, below):
    """x·σ(u) for `below` = 2^-64 · (1 + e^-u), for an x that is no less than where this has long been 0."""
    return x if x > 1e3 else x / below * LOWER


def _gated_slope(power, more, line, curve, x):
    """Its slope σ(u)·(1 + x·u'·σ(-u)), from 2^64 · e^-|u| = power · (1 + more) and x·u' = line + curve.

    Over one denominator, so that nothing but 1 - line - curve can cancel; right of 0 it is 1 less that of -x.
    """
    small = (power + power * more) * LOWER
    scaled = ((1.0 - curve) + small - line) * power
    below = (scaled + scaled * more) / (1.0 + small * (2.0 + small)) * LOWER
    return below if x < 0.0 else 1.0 - below


def least(x, limit):
    return limit if x > limit else x


def silu(x):
    x = least_reached(x)
    return _gated(x, one_more(-least(x, 40.0), 0.0))


def silu_back(g, x):
    z = in_reach(abs(x))
    power, more = raised_parts(-z)
    return g * _gated_slope(power, more, z, 0.0, x)


def gelu(x):
    """max(x, 0) - |x|·Φ(-|x|)."""
    z = least(abs(x), 40.0)
    power, more, share, rest = normal_tail(z)
    scaled = z * power
    tail = scaled * share + scaled * (rest + (share + rest) * more)
    return (0.0 if x < 0.0 else x) - tail * LOWER  # -0 stays -0


def gelu_back(g, x):
    z = least(abs(x), 38.6)
    power, more = raised_parts_of_square(z, -0.5)
    p, above = normal_share(z)
    slope = p / above - z * DENSITY
    below = (slope + slope * more) * power * LOWER
    return g * (below if x < 0.0 else 1.0 - below)


def gelu_tanh(x):
    x = -24.0 if x < -24.0 else x
    return _gated(x, one_more_than_cubic(x))


def gelu_tanh_back(g, x):
    z = least(abs(x), 1e4)  # far beyond where the slope is 0 or 1, and its cube is finite
    power, more = raised_parts_of_cubic(z)
    return g * _gated_slope(power, more, CUBIC * z, THRICE_CUBE * z * (z * z), x)


def gelu_sigmoid(x):
    x = least_reached_by_gate(x)
    return _gated(x, one_more_than_gate(x))


def gelu_sigmoid_back(g, x):
    z = in_reach(abs(x))
    power, more = raised_parts_of_gate(z)
    return g * _gated_slope(power, more, 1.702 * z, 0.0, x)


def mish(x):
    """x·(1 - 2/d), or far left, where this cancels, x·e·(1 - e(1 + e)/d); e = e^x, d = 2 + 2e + e² = 5 + m(4 + m)."""
    z = least_reached(x)
    power, more = raised_parts(least(z, 20.0))
    scaled, small = z * power, power * LOWER
    m = (small - 1.0) + small * more
    far = x < -0.45
    whole = (scaled + scaled * more) * LOWER if far else x
    share = (1.0 + m) * (2.0 + m) if far else 2.0
    return signed_as(whole - least(whole, 20.0) * (share / (5.0 + m * (4.0 + m))), x)


def mish_back(g, x):
    """e·(4(1 + x) + e(6 + 4x + e(4 + e)))/d² with e = e^x and d = 2 + 2e + e², where nothing but 1 + x cancels.

    From 0 on it is 1 less the rest.
    """
    x = least(-in_reach(-x), 20.0)
    power, more = raised_parts(x)
    e = (power + power * more) * LOWER
    partly = e * e + 2.0 * e
    scaled = (4.0 * x + (4.0 + e * ((6.0 + 4.0 * x) + e * (4.0 + e)))) * power
    right = (4.0 + 2.0 * partly) - 4.0 * x * (e * (1.0 + e))
    part = (scaled + scaled * more if x < 0.0 else right) / (4.0 + partly * (4.0 + partly))
    return g * (part * LOWER if x < 0.0 else 1.0 - part)


def erf_back(g, x):
    power, more = raised_parts_of_square(least(abs(x), 40.0), -1.0)
    raised = power * (TWO_BY_ROOT_PI * LOWER)
    return g * (raised + raised * more)


def erfc_back(g, x):
    return -erf_back(g, x)
