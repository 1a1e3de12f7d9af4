"""Activations and their gradients as scalar functions, for float64 as written and for float32 once specialised.

Each pair is a row's forward f(x, parameters...) and its rule b(g, x, parameters...). The formulas, and the values at
kinks, are those of the rows of the same name.
"""

from .double import (
    exp,
    expm1,
    gap_to_tanh,
    in_reach,
    log1p_by_itself,
    normal_share,
    normal_tail,
    one_more_than_gate,
    raised_exp,
    raised_parts,
    raised_parts_of_cubic,
    raised_parts_of_gate,
    raised_parts_of_square,
    sigmoid,
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
    whole = 1.0 + e
    return g * (e / (whole * whole))


def tanh_back(g, x):
    raised = raised_exp(-in_reach(2.0 * abs(x)))
    whole = 1.0 + raised * LOWER
    return g * (raised / (whole * whole) * (4.0 * LOWER))


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
    return g if x > 0.0 else g * exp(x / alpha)


def tanhshrink(x):
    z = abs(x)
    far = (z - 1.0) + 2.0 / (exp(2.0 * z) + 1.0)
    return gap_to_tanh(x, upper_third(x)) if z < 1.0 else (far if x > 0.0 else -far)


def tanhshrink_back(g, x):
    y = tanh(x)
    return g * y * y


# -- gates ------------------------------------------------------------------------------------------------------------


def _gated(power, more, z, x):
    """x·σ(u) for a u with the sign of x, from 2^64 · e^-|u| = power · (1 + more); z is |x|, or where e^-|u| is 0."""
    small, scaled = power * LOWER, -z * power
    y = (scaled + scaled * more if x < 0.0 else x) / ((1.0 + small) + small * more)
    return y * LOWER if x < 0.0 else y


def _gated_slope(power, more, steep, x):
    """Its slope σ(u)·(1 + w·σ(-u)) with w = x·u', over one denominator, so that nothing but 1 + w can cancel."""
    small = (power + power * more) * LOWER
    scaled = (1.0 + steep + small) * power
    below = (scaled + scaled * more) * LOWER
    above = 1.0 + small * (1.0 + steep)
    return (below if x < 0.0 else above) / (1.0 + small * (2.0 + small))


def least(x, limit):
    return limit if x > limit else x


def silu(x):
    z = in_reach(abs(x))
    power, more = raised_parts(-z)
    return _gated(power, more, z, x)


def silu_back(g, x):
    z = in_reach(abs(x))
    power, more = raised_parts(-z)
    return g * _gated_slope(power, more, -z if x < 0.0 else z, x)


def gelu(x):
    """max(x, 0) - |x|·Φ(-|x|)."""
    z = least(abs(x), 40.0)
    power, more, share, rest = normal_tail(z)
    scaled = z * power
    tail = scaled * share + scaled * (rest + (share + rest) * more)
    return (0.0 if x <= 0.0 else x) - tail * LOWER


def gelu_back(g, x):
    z = least(abs(x), 38.6)
    power, more = raised_parts_of_square(z, -0.5)
    p, above = normal_share(z)
    slope = p / above - z * DENSITY
    below = (slope + slope * more) * power * LOWER
    return g * (below if x < 0.0 else 1.0 - below)


def gelu_tanh(x):
    power, more = raised_parts_of_cubic(abs(x))
    return _gated(power, more, least(abs(x), 1000.0), x)


def gelu_tanh_back(g, x):
    x = hardtanh(x, -1e4, 1e4)  # far beyond where the slope is 0 or 1, and its cube is finite
    power, more = raised_parts_of_cubic(abs(x))
    return g * _gated_slope(power, more, x * (CUBIC + THRICE_CUBE * (x * x)), x)


def gelu_sigmoid(x):
    y = hardtanh(x, -450.0, 1e3) / one_more_than_gate(x) * LOWER
    return x if x > 1e3 else y


def gelu_sigmoid_back(g, x):
    z = in_reach(abs(x))
    power, more = raised_parts_of_gate(z)
    return g * _gated_slope(power, more, 1.702 * (-z if x < 0.0 else z), x)


def mish(x):
    """x·e·(1 - e(1 + e)/d) with e = e^x and d = 2 + 2e + e²; from 0 on x·(1 - 2/d)."""
    z = in_reach(-x)
    power, more = raised_parts(least(-z, 20.0))
    scaled = -z * power
    e = (power + power * more) * LOWER
    whole = (scaled + scaled * more) * LOWER if x < 0.0 else x
    share = (e * (1.0 + e) if x < 0.0 else 2.0) / (e * (e + 2.0) + 2.0)
    return whole - least(whole, 20.0) * share


def mish_back(g, x):
    """e·(4(1 + x) + e(6 + 4x + e(4 + e)))/d², where nothing but 1 + x cancels; from 0 on as 1 less the rest."""
    x = least(-in_reach(-x), 20.0)
    raised = raised_exp(x)
    e = raised * LOWER
    whole = e * (e + 2.0) + 2.0
    left = 4.0 * (1.0 + x) + e * ((6.0 + 4.0 * x) + e * (4.0 + e))
    right = whole - 2.0 * x * (e * (1.0 + e))
    part = (left if x < 0.0 else right) / whole * ((raised if x < 0.0 else 2.0) / whole)
    return g * (part * LOWER if x < 0.0 else 1.0 - part)


def erf_back(g, x):
    power, more = raised_parts_of_square(least(abs(x), 40.0), -1.0)
    raised = power * (TWO_BY_ROOT_PI * LOWER)
    return g * (raised + raised * more)


def erfc_back(g, x):
    return -erf_back(g, x)
