"""log10, asin and acos for float32 alone, as in `single`: in float64 NumPy's are exact and fast."""

import numpy as np

from .single import log_of_rest, split, with_ends_of_log

LOG10_2_HIGH, LOG10_2_LOW = 0.301025390625, 4.605038981195214e-06
LOG10_E_HIGH, LOG10_E_LOW = 0.4342944920063019, -1.0103050118726031e-08
HALF_PI_HIGH, HALF_PI_LOW = 1.5707963705062866, -4.371139000186241e-08


def log10(x):
    """ln x / ln 10 (1.1 ulp)."""
    subnormal = x < 1.1754944e-38
    f, e = split(x * 8388608.0 if subnormal else x)
    e = e - 23.0 if subnormal else e
    small = log_of_rest(f) * LOG10_E_HIGH + (f * LOG10_E_LOW + e * LOG10_2_LOW)
    return with_ends_of_log(e * LOG10_2_HIGH + (f * LOG10_E_HIGH + small), x)


def _asin_gap(square):
    """(arcsin r - r) / r for r² ≤ ¼."""
    p = ((0.0380850248 * square + 0.02655454166) * square + 0.04500138015) * square + 0.07498855144
    return (p * square + 0.1666667312) * square


def asin(x):
    """The angle between -π/2 and π/2 with this sine (1.3 ulp)."""
    z = abs(x)
    outer = z > 0.5
    square = 0.5 * (1.0 - z) if outer else z * z
    root = np.sqrt(square) if outer else z  # the sine of half the angle that is missing to π/2
    gap = root * _asin_gap(square)
    y = HALF_PI_HIGH - (2.0 * root + (2.0 * gap - HALF_PI_LOW)) if outer else z + gap
    return y if x > 0.0 else -y if x < 0.0 else x


def acos(x):
    """The angle between 0 and π with this cosine (1.3 ulp)."""
    z = abs(x)
    outer = z > 0.5
    square = 0.5 * (1.0 - z) if outer else z * z
    root = np.sqrt(square) if outer else x
    gap = root * _asin_gap(square)
    half = 2.0 * (root + gap)
    outside = half if x > 0.0 else 2.0 * HALF_PI_HIGH - (half - 2.0 * HALF_PI_LOW)
    return outside if outer else HALF_PI_HIGH - (root + (gap - HALF_PI_LOW))
