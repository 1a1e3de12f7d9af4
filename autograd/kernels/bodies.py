"""Activations and their gradients as scalar functions, for float64 as written and for float32 once specialised.

Each pair is a row's forward f(x, parameters...) and its rule b(g, x, parameters...). The formulas, and the values at
kinks, are those of the rows of the same name.
"""

from .double import erfc_scaled, exp, exp_of_square, expm1, log1p_of_share, sigmoid, tanh, tanh_less_one

ROOT_HALF, ROOT_TWO_OVER_PI = 0.7071067811865476, 0.7978845608028654
DENSITY = 0.3989422804014327  # 1/√(2π)
TWO_BY_ROOT_PI = 1.1283791670955126
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


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
    e = exp(-abs(x))  # y(1 - y) would lose its digits where y is near 1
    share = 1.0 / (1.0 + e)
    return g * (e * share * share)


def tanh_back(g, x):
    e = exp(-2.0 * abs(x))
    share = 1.0 / (1.0 + e)
    return g * (4.0 * e * share * share)


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
    return SELU_SCALE * (x if x > 0.0 else SELU_ALPHA * expm1(x))


def selu_back(g, x):
    return g * SELU_SCALE * (1.0 if x > 0.0 else SELU_ALPHA * exp(x))


def celu(x, alpha):
    return x if x > 0.0 else alpha * expm1(x / alpha)


def celu_back(g, x, alpha):
    return g if x > 0.0 else g * exp(x / alpha)


def tanhshrink(x):
    near = -x * tanh_less_one(x)
    return near if abs(x) < 0.625 else x - tanh(x)


def tanhshrink_back(g, x):
    y = tanh(x)
    return g * y * y


# -- gates ------------------------------------------------------------------------------------------------------------


def silu(x):
    return x * sigmoid(x)


def silu_back(g, x):
    gate = sigmoid(x)
    return g * (gate * (1.0 + x * (1.0 - gate)))


def _normal(x):
    """Distribution function of the standard normal distribution, and e^(-x²/2): one exponential serves both."""
    e = exp_of_square(x, -0.5)
    tail = 0.5 * e * erfc_scaled(ROOT_HALF * abs(x))
    return (tail if x < 0.0 else 1.0 - tail), e


def gelu(x):
    below, _ = _normal(x)
    return x * below


def gelu_back(g, x):
    below, e = _normal(x)
    return g * (below + x * (DENSITY * e))


def gelu_tanh(x):
    return x * sigmoid(2.0 * ROOT_TWO_OVER_PI * (x + 0.044715 * (x * x * x)))


def gelu_tanh_back(g, x):
    x = hardtanh(x, -1e4, 1e4)  # far beyond where the slope is 0 or 1, and its cube is finite
    square = x * x
    gate = sigmoid(2.0 * ROOT_TWO_OVER_PI * (x + 0.044715 * (square * x)))
    slope = ROOT_TWO_OVER_PI * (1.0 + 0.134145 * square)
    return g * (gate + gate * (1.0 - gate) * (2.0 * x * slope))


def gelu_sigmoid(x):
    return x * sigmoid(1.702 * x)


def gelu_sigmoid_back(g, x):
    gate = sigmoid(1.702 * x)
    return g * (gate + gate * x * (1.702 * (1.0 - gate)))  # in this order 1.702·x, which may overflow, does not occur


def mish(x):
    e = exp(20.0 if x > 20.0 else x)  # tanh(ln(1 + e)) = e(e + 2) / (e(e + 2) + 2), which is 1 beyond 20
    n = e * (e + 2.0)
    return x * (n / (n + 2.0))


def mish_back(g, x):
    inner = 20.0 if x > 20.0 else x
    e = exp(inner)
    n = e * (e + 2.0)
    share = 1.0 / (n + 2.0)
    return g * (n * share + inner * (e / (1.0 + e)) * (4.0 * (n + 1.0) * share * share))


def erf_back(g, x):
    return g * (TWO_BY_ROOT_PI * exp_of_square(x, -1.0))


def erfc_back(g, x):
    return -erf_back(g, x)
