"""Activations and their gradients as scalar functions, for float64 as written and for float32 once specialised.

Each pair is a row's forward f(x, parameters...) and its rule b(g, x, parameters...). The formulas, and the values at
kinks, are those of the rows of the same name.
"""

from .double import (
    erfc_scaled,
    exp,
    expm1,
    log1p_of_share,
    raised_exp,
    raised_exp_of_cubic,
    raised_exp_of_gate,
    raised_exp_of_square,
    sigmoid,
    tanh,
    tanh_gap,
)

LOWER = 5.421010862427522e-20  # 2^-64, which takes the raising of a raised exponential back
ROOT_HALF = 0.7071067811865476
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
    e = raised_exp(-abs(x), 0.0) * LOWER  # y(1 - y) would lose its digits where y is near 1
    whole = 1.0 + e
    return g * (e / (whole * whole))


def tanh_back(g, x):
    raised = raised_exp(-2.0 * abs(x), 0.0)
    whole = 1.0 + raised * LOWER
    return g * (raised / (whole * whole) * (4.0 * LOWER))


def log_one_plus_exp(x):
    """ln(1 + e^x)."""
    larger = 0.0 if x < 0.0 else x
    return larger + log1p_of_share(exp(-abs(x)))


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
    square = x * x
    return x * square * tanh_gap(square) if z < 1.0 else (far if x > 0.0 else -far)


def tanhshrink_back(g, x):
    y = tanh(x)
    return g * y * y


# -- gates ------------------------------------------------------------------------------------------------------------


def _gated(raised, x):
    """x·σ(u) for a u with the sign of x, from 2^64 · e^-|u|."""
    y = x / (1.0 + raised * LOWER)
    return y * raised * LOWER if x < 0.0 else y


def _gated_slope(raised, steep, x):
    """Its slope σ(u)·(1 + w·σ(-u)) with w = x·u', over one denominator, so that nothing but 1 + w can cancel."""
    small = raised * LOWER
    below = raised * (1.0 + steep + small) * LOWER
    above = 1.0 + small * (1.0 + steep)
    whole = 1.0 + small
    return (below if x < 0.0 else above) / (whole * whole)


def least(x, limit):
    return limit if x > limit else x


def silu(x):
    return _gated(raised_exp(-abs(x), 0.0), x)


def silu_back(g, x):
    x = hardtanh(x, -1e4, 1e4)
    return g * _gated_slope(raised_exp(-abs(x), 0.0), x, x)


def gelu(x):
    z = least(abs(x), 40.0)
    raised, share = raised_exp_of_square(z, -0.5), 0.5 * erfc_scaled(ROOT_HALF * z)
    return x * share * raised * LOWER if x < 0.0 else x * (1.0 - share * raised * LOWER)


def gelu_back(g, x):
    z = least(abs(x), 40.0)
    below = raised_exp_of_square(z, -0.5) * (0.5 * erfc_scaled(ROOT_HALF * z) - DENSITY * z) * LOWER
    return g * (below if x < 0.0 else 1.0 - below)


def gelu_tanh(x):
    return _gated(raised_exp_of_cubic(abs(x)), x)


def gelu_tanh_back(g, x):
    x = hardtanh(x, -1e4, 1e4)  # far beyond where the slope is 0 or 1, and its cube is finite
    return g * _gated_slope(raised_exp_of_cubic(abs(x)), x * (CUBIC + THRICE_CUBE * (x * x)), x)


def gelu_sigmoid(x):
    return _gated(raised_exp_of_gate(abs(x)), x)


def gelu_sigmoid_back(g, x):
    x = hardtanh(x, -1e4, 1e4)
    return g * _gated_slope(raised_exp_of_gate(abs(x)), 1.702 * x, x)


def mish(x):
    raised = raised_exp(20.0 if x > 20.0 else x, 0.0)
    e = raised * LOWER  # tanh(ln(1 + e)) = e(e + 2) / (e(e + 2) + 2), which is 1 beyond 20
    y = (e + 2.0) / (e * (e + 2.0) + 2.0) * x * raised * LOWER
    return x if x > 20.0 else y


def mish_back(g, x):
    x = hardtanh(x, -1e4, 20.0)
    raised = raised_exp(x, 0.0)
    e = raised * LOWER
    whole = e * (e + 2.0) + 2.0
    return g * ((4.0 * (1.0 + x) + e * ((6.0 + 4.0 * x) + e * (4.0 + e))) / whole * (raised / whole) * LOWER)


def erf_back(g, x):
    return g * (raised_exp_of_square(least(abs(x), 40.0), -1.0) * (TWO_BY_ROOT_PI * LOWER))


def erfc_back(g, x):
    return -erf_back(g, x)
