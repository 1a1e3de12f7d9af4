"""exp, log, tanh, erf and their kin for float32, without a branch, so that LLVM computes eight or more at a time.

Each is a scalar function of plain arithmetic: reduce the argument to a small interval, evaluate a minimax polynomial,
put the result together. Its literals become float32 when it is compiled (`compiling.specialise`). NaN, infinities,
signed zeros and subnormal numbers come out as NumPy's. `tests/test_accuracy.py` holds every function to 2 ulp against
extended precision; the worst found is named with each. `double` has the same functions for float64.
"""

import numpy as np

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.693145751953125, 1.428606765330187e-06  # high has 16 bits: a small integer times it is exact
SHIFT = 12582912.0  # 1.5 · 2^23: adding it leaves the nearest integer in the low bits of the sum
SHIFT_BITS = 0x4B400000  # its bits
ONE_BITS = 127  # exponent field of 1.0
SQRT_HALF_BITS = 0x3F3504F3  # bits of √½
SMALLEST, LARGEST = -87.33654475, 88.72283906  # between these e^x is a normal number
INFINITY, NAN = float("inf"), float("nan")


def _bits(x):
    return np.float32(x).view(np.int32)


def _from_bits(bits):
    return np.int32(bits).view(np.float32)


def rank(x):
    """An integer that grows with x: integers are compared eight at a time, floats, for the sake of NaN, one by one."""
    bits = _bits(x)
    return np.int32(bits ^ (np.int32(bits >> 31) & 0x7FFFFFFF))


def of_rank(bits):
    """The number with this rank."""
    return _from_bits(bits ^ (np.int32(bits >> 31) & 0x7FFFFFFF))


def _power_of_two(k):
    """2^k; of k only the last bits count, so that it may be the bits of n + SHIFT."""
    return _from_bits((k + ONE_BITS) << 23)


def _expm1_reduced(r):
    """e^r - 1 for |r| ≤ ½ ln 2."""
    q = (((1.394655245e-3 * r + 8.366642673e-3) * r + 0.04166628067) * r + 0.1666654256) * r + 0.5000000062
    return q * (r * r) + r


def exp(x):
    """e^x (1.0 ulp; below the smallest normal number it is 0)."""
    shifted = x * LOG2_E + SHIFT
    n = shifted - SHIFT
    p = _expm1_reduced((x - n * LN2_HIGH) - n * LN2_LOW) + 1.0
    y = _from_bits(_bits(p) + (_bits(shifted) << 23))  # p · 2^n: n goes where the exponent is
    y = y if x <= LARGEST else x * INFINITY  # NaN too
    return 0.0 if x < SMALLEST else y


def exp_of_square(x, factor):
    """e^(factor · x²) for a factor -1 or -½: the rounding error of x², which it would multiply, is kept out."""
    x = 40.0 if x > 40.0 else (-40.0 if x < -40.0 else x)  # beyond, the result is 0
    head = _from_bits(_bits(x) & -4096)  # its square is exact
    e = exp(factor * (head * head))
    return e + e * _expm1_reduced(factor * ((x - head) * (x + head)))


def expm1(x):
    """e^x - 1 (1.1 ulp)."""
    z = 89.0 if x > 89.0 else x
    z = -18.0 if z < -18.0 else z
    shifted = z * LOG2_E + SHIFT
    n = shifted - SHIFT
    p = _expm1_reduced((z - n * LN2_HIGH) - n * LN2_LOW)
    scale = _power_of_two(_bits(shifted) - 1)  # half of it: 2^128 would be inf
    y = (p * scale + (scale - 0.5)) * 2.0
    return x if abs(x) < 1e-9 else y


def _log_reduced(f, e, correction):
    """ln(2^e · (1 + f)) + correction, for 1 + f in [√½, √2)."""
    p = 0.1276164677 - 0.07634624079 * f
    p = ((((p * f - 0.131601632) * f + 0.142017465) * f - 0.1662335853) * f + 0.2000122743) * f - 0.25000821
    p = p * f + 0.333333317
    square = f * f
    small = (p * f - 0.5) * square + (e * LN2_LOW + correction)
    return e * LN2_HIGH + (f + small)


def _split(x):
    """x = 2^e · (1 + f) with 1 + f in [√½, √2), for a normal x > 0."""
    bits = _bits(x)
    e = np.int32(np.int32(bits - SQRT_HALF_BITS) >> 23)
    f = _from_bits(bits - np.int32(e << 23)) - 1.0
    return f, _from_bits(e + SHIFT_BITS) - SHIFT


def log(x):
    """ln x (1.0 ulp)."""
    subnormal = x < 1.1754944e-38
    f, e = _split(x * 8388608.0 if subnormal else x)
    y = _log_reduced(f, e - 23.0 if subnormal else e, 0.0)
    y = y if x < INFINITY else x  # inf and nan
    y = y if x > 0.0 else (-INFINITY if x == 0.0 else NAN)
    return y if x == x else x


def log1p(x):
    """ln(1 + x) (1.3 ulp)."""
    u = 1.0 + x
    rounding = (x - (u - 1.0)) if x < 1.0 else (1.0 - (u - x))
    f, e = _split(u)
    y = _log_reduced(f, e, rounding / u)
    y = y if x < INFINITY else x
    y = y if x > -1.0 else (-INFINITY if x == -1.0 else NAN)
    return x if abs(x) < 1e-9 or x != x else y


def log1p_of_share(x):
    """ln(1 + x) for 0 ≤ x ≤ 1, in half the time (1.5 ulp)."""
    u = 2.0 * x - 1.0
    p = ((-6.521211768e-06 * u + 2.052138295e-05) * u - 5.23169278e-05) * u + 0.0001808763893
    p = ((p * u - 0.0006431343115) * u + 0.002289717649) * u - 0.008460875509
    p = ((p * u + 0.03315225087) * u - 0.1442635618) * u + 0.81093022
    return p * x


def tanh_less_one(x):
    """tanh(x) / x - 1 for |x| < 0.625."""
    s = x * x
    p = (((-5.717045374e-3 * s + 0.02065058765) * s - 0.05374349822) * s + 0.1333149129) * s - 0.3333328393
    return p * s


def tanh(x):
    """(e^x - e^-x) / (e^x + e^-x) (1.3 ulp)."""
    z = abs(x)
    small = x * (1.0 + tanh_less_one(x))  # so that -0 stays -0
    large = 1.0 - 2.0 / (exp(2.0 * z) + 1.0)
    large = large if x > 0.0 else -large
    return small if z < 0.625 else large


def sigmoid(x):
    """1 / (1 + e^-x) (2.0 ulp)."""
    e = exp(-abs(x))
    return (e if x < 0.0 else 1.0) / (1.0 + e)


def _erf_near(x):
    """erf x for |x| < 1."""
    s = x * x
    p = ((7.885851855e-05 * s - 0.0008019944568) * s + 0.005189443873) * s - 0.02685440205
    p = ((p * s + 0.1128359929) * s - 0.3761262707) * s + 0.1283791659
    return p * x + x


def erfc_scaled(z):
    """e^(z²) · (1 - erf z) for z ≥ 0."""
    t = 3.0 / (z + 3.0)
    u = t * 2.5882596542 - 1.5882596542
    p = ((1.065148389e-05 * u + 7.723977828e-06) * u - 0.000183899024) * u - 0.0004616013811
    p = ((p * u + 0.001985166737) * u + 0.01755861209) * u + 0.06650270891
    p = ((p * u + 0.1675898237) * u + 0.3105729067) * u + 0.4364179047
    return p * t


def erf(x):
    """2/√π ∫₀ˣ e^(-t²) dt (1.2 ulp)."""
    z = abs(x)
    z = 6.0 if z > 6.0 else z
    far = 1.0 - exp(-z * z) * erfc_scaled(z)
    far = far if x > 0.0 else -far
    return far if z >= 1.0 else _erf_near(x)


def erfc(x):
    """1 - erf x (6 ulp where x > 0)."""
    z = abs(x)
    z = 12.0 if z > 12.0 else z
    far = exp_of_square(z, -1.0) * erfc_scaled(z)
    far = far if x > 0.0 else 2.0 - far
    return far if z >= 0.5 else 1.0 - _erf_near(x)
