"""exp, log, tanh, erf and their kin for float32, without a branch, so that LLVM computes eight or more at a time.

Each is a scalar function of plain arithmetic: reduce the argument to a small interval, evaluate a minimax polynomial,
put the result together. Its literals become float32 when it is compiled (`compiling.specialised`). NaN, infinities,
signed zeros and subnormal numbers come out as NumPy's. `tests/test_accuracy.py` holds every function against extended
precision; the worst error found is named with each. `double` has the same functions for float64.

A "raised" exponential is 2^64 times too large, so that it is a normal number where the exponential itself is not, but
the product with it may be: who uses it multiplies by `LOWER` last.
"""

import numpy as np

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.693145751953125, 1.428606765330187e-06  # high has 16 bits: a small integer times it is exact
SHIFT = 12582912.0  # 1.5 · 2^23: adding it leaves the nearest integer in the low bits of the sum
SHIFT_BITS = 0x4B400000  # its bits
ONE_BITS = 127  # exponent field of 1.0
SQRT_HALF_BITS = 0x3F3504F3  # bits of √½
LOWEST, HIGHEST = -130.0, 100.0  # beyond these e^x is 0 or inf
RAISED_SHIFT = 12583103.0  # SHIFT + 64 + 127: its low bits, moved up, are 2^64 times the power of two
LOWERED_SHIFT = 12582975.0  # the same with 2^-64
MANTISSA = 23  # bits
SIGN = -2147483648  # its bit
HEAD, FIRST_BITS = -4096, -65536  # bits of the upper half of a number, and of the upper third
THIRD = 0.3333333433
GRID = 49152.0  # 1.5 · 2^15: adding and taking it off again leaves 256ths, whose squares are exact up to 16
LOWER, HIGHER = 5.421010862427522e-20, 1.8446744073709552e19  # 2^-64, 2^64
GATE_HIGH, GATE_LOW = 1.7021484375, -0.0001484375  # 1.702; high has 12 bits
CUBIC, CUBIC_HIGH, CUBIC_LOW = 1.5957691216057308, 1.595703125, 6.599660573071176e-05  # 2√(2/π); high: 2^-12ths
CUBE, CUBE_HIGH, CUBE_MIDDLE, CUBE_LOW = 0.07135481627260025, 0.078125, -0.0068359375, 6.575377260024877e-05
EIGHTHS = 1572864.0  # 1.5 · 2^20: adding and taking it off again leaves a multiple of 1/8
DENSITY, TWO_BY_ROOT_PI = 0.3989422804014327, 1.1283791670955126  # 1/√(2π), 2/√π
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
    """e^x (1.0 ulp; below the smallest normal number, half a unit of what is there)."""
    z = HIGHEST if x > HIGHEST else x
    z = LOWEST if z < LOWEST else z
    shifted = z * LOG2_E + SHIFT
    n = shifted - SHIFT
    p = _expm1_reduced((z - n * LN2_HIGH) - n * LN2_LOW) + 1.0
    first = _power_of_two(_bits(shifted + (64.0 if z < 0.0 else -64.0)))  # in two steps: 2^n may be no normal number
    return p * first * (LOWER if z < 0.0 else HIGHER)


def raised(x, rest, total):
    """(power, more) with 2^64 · e^(x + rest) = power · (1 + more), for `total`, about x + rest, from LOWEST to 40."""
    shifted = total * LOG2_E + RAISED_SHIFT
    n = shifted - RAISED_SHIFT
    more = _expm1_reduced((x - n * LN2_HIGH) - (n * LN2_LOW - rest))
    return _from_bits(_bits(shifted) << MANTISSA), more


def in_reach(z):
    """z, but no more than where e^-z has long been 0."""
    return -LOWEST if z > -LOWEST else z


def least_reached(x):
    """x, but no less than where e^x has long been 0."""
    return LOWEST if x < LOWEST else x


def raised_parts(x):
    """(power, more) with 2^64 · e^x = power · (1 + more) for x `in_reach` and ≤ 40: a product is rounded but once."""
    return raised(x, 0.0, x)


def raised_parts_of_sum(x, rest):
    """The same of e^(x + rest) for any finite x ≤ 40 and a small `rest`."""
    power, more = raised(x, rest, x + rest)
    return 0.0 if x < LOWEST else power, more


def raised_exp(x):
    """2^64 · e^x for x `in_reach` and ≤ 40."""
    power, more = raised_parts(x)
    return power + power * more


def raised_parts_of_square(x, factor):
    """`raised_parts` of factor · x² for 0 ≤ x ≤ 40 and a factor -1 or -½; the rounding error of x² is kept out."""
    head = _from_bits(_bits(x) & HEAD)  # its square is exact
    return raised_parts_of_sum(factor * (head * head), factor * ((x - head) * (x + head)))


def raised_parts_of_gate(z):
    """`raised_parts` of -1.702 z for z ≥ 0 `in_reach`."""
    head = _from_bits(_bits(z) & HEAD)
    return raised_parts_of_sum(-(head * GATE_HIGH), -(head * GATE_LOW + (z - head) * 1.702))


def _powered_cubic(z, shift):
    """u = 2√(2/π) (z + 0.044715 z³), and e^-u = power · (1 + more), raised or lowered by `shift`; |z| ≤ 16."""
    near = (z + EIGHTHS) - EIGHTHS
    square, away = near * near, z - near
    whole = CUBIC_HIGH * near + CUBE_HIGH * (square * near)  # exact, and so are the next two
    middle = CUBE_MIDDLE * (square * near)
    steep = CUBIC_HIGH + (3.0 * CUBE_HIGH + 3.0 * CUBE_MIDDLE) * square
    bend = CUBIC_LOW + 3.0 * CUBE_LOW * square + CUBE * away * (3.0 * near + away)
    rest = near * (CUBIC_LOW + CUBE_LOW * square) + away * bend
    shifted = shift - (whole + middle + (away * steep + rest)) * LOG2_E
    n = shifted - shift
    more = _expm1_reduced((((-whole - n * LN2_HIGH) - middle) - away * steep) - (n * LN2_LOW + rest))
    return whole + middle, _from_bits(_bits(shifted) << MANTISSA), more


def raised_parts_of_cubic(z):
    """`raised_parts` of -2√(2/π) (z + 0.044715 z³) for z ≥ 0."""
    whole, power, more = _powered_cubic(16.0 if z > 16.0 else z, RAISED_SHIFT)
    return 0.0 if whole > -LOWEST else power, more


def expm1(x):
    """e^x - 1 (1.8 ulp)."""
    z = 89.0 if x > 89.0 else x
    z = -18.0 if z < -18.0 else z
    shifted = z * LOG2_E + SHIFT
    n = shifted - SHIFT
    p = _expm1_reduced((z - n * LN2_HIGH) - n * LN2_LOW)
    scale = _power_of_two(_bits(shifted) - 1)  # half of it: 2^128 would be inf
    y = (p * scale + (scale - 0.5)) * 2.0
    return x if abs(x) < 1e-9 else y


def log_of_rest(f):
    """ln(1 + f) - f for 1 + f in [√½, √2)."""
    p = 0.1276164677 - 0.07634624079 * f
    p = ((((p * f - 0.131601632) * f + 0.142017465) * f - 0.1662335853) * f + 0.2000122743) * f - 0.25000821
    p = p * f + 0.333333317
    return (p * f - 0.5) * (f * f)


def _log_reduced(f, e, correction):
    """ln(2^e · (1 + f)) + correction, for 1 + f in [√½, √2)."""
    return e * LN2_HIGH + (f + (log_of_rest(f) + (e * LN2_LOW + correction)))


def split(x):
    """x = 2^e · (1 + f) with 1 + f in [√½, √2), for a normal x > 0."""
    bits = _bits(x)
    e = np.int32(np.int32(bits - SQRT_HALF_BITS) >> 23)
    f = _from_bits(bits - np.int32(e << 23)) - 1.0
    return f, _from_bits(e + SHIFT_BITS) - SHIFT


def with_ends_of_log(y, x):
    """`y` for a number, and what logarithms have at infinity, at 0, below it and at NaN."""
    y = y if x < INFINITY else x
    y = y if x > 0.0 else (-INFINITY if x == 0.0 else NAN)
    return y if x == x else x


def log(x):
    """ln x (1.0 ulp)."""
    subnormal = x < 1.1754944e-38
    f, e = split(x * 8388608.0 if subnormal else x)
    return with_ends_of_log(_log_reduced(f, e - 23.0 if subnormal else e, 0.0), x)


def log1p(x):
    """ln(1 + x) (1.3 ulp)."""
    u = 1.0 + x
    rounding = (x - (u - 1.0)) if x < 1.0 else (1.0 - (u - x))
    f, e = split(u)
    y = _log_reduced(f, e, rounding / u)
    y = y if x < INFINITY else x
    y = y if x > -1.0 else (-INFINITY if x == -1.0 else NAN)
    return x if abs(x) < 1e-9 or x != x else y


def log1p_by_itself(x):
    """ln(1 + x) / x for 0 ≤ x ≤ 1 (1.5 ulp)."""
    u = 2.0 * x - 1.0
    p = ((-6.521211768e-06 * u + 2.052138295e-05) * u - 5.23169278e-05) * u + 0.0001808763893
    p = ((p * u - 0.0006431343115) * u + 0.002289717649) * u - 0.008460875509
    p = ((p * u + 0.03315225087) * u - 0.1442635618) * u + 0.81093022
    return p


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


def tanh_gap(s):
    """((x - tanh x) / x³ - ⅓) / s for s = x² < 1."""
    p = ((-0.0002035287762 * s + 0.001141648623) * s - 0.003516247263) * s + 0.008917069994
    return ((p * s - 0.02191008255) * s + 0.05397772044) * s - 0.1333340853


def gap_to_tanh(x, head):
    """x - tanh x for |x| < 1; `head` is about x, and its cube is exact. -0 stays -0."""
    square = x * x
    bend = tanh_gap(square)
    gap = THIRD + bend * square
    lost = (THIRD - gap) + bend * square
    rest = (head - x) * (square + head * (x + head)) * gap - head * head * head * lost
    return head * head * head * gap - rest


def signed_as(y, x):
    """y ≥ 0, or y of the sign of x, with the sign of x: so that -0 stays -0."""
    return _from_bits(_bits(y) | (_bits(x) & SIGN))


def upper_third(x):
    """The first bits of x, so few that their cube is exact."""
    return _from_bits(_bits(x) & FIRST_BITS)


def one_and(power, more):
    """2^-64 · (1 + e^u) from 2^-64 · e^u = power · (1 + more), rounded but once."""
    both = LOWER + power
    lost = LOWER - (both - power)
    return both + (lost + power * more)


def lowered(x, rest, total):
    """The same with 2^-64: e^(x + rest) may be beyond all numbers; `total` from -40 to -LOWEST."""
    shifted = total * LOG2_E + LOWERED_SHIFT
    n = shifted - LOWERED_SHIFT
    more = _expm1_reduced((x - n * LN2_HIGH) - (n * LN2_LOW - rest))
    return _from_bits(_bits(shifted) << MANTISSA), more


def one_more(x, rest):
    """2^-64 · (1 + e^(x + rest)) for a small `rest`, x `in_reach` and ≥ -40."""
    power, more = lowered(x, rest, x)
    return one_and(power, more)


def least_reached_by_gate(x):
    """x, but no less than where e^(1.702 x) has long been 0."""
    return -76.3 if x < -76.3 else x


def one_more_than_gate(x):
    """2^-64 · (1 + e^(-1.702 x)) for x `least_reached_by_gate`."""
    x = 23.0 if x > 23.0 else x
    head = _from_bits(_bits(x) & HEAD)
    return one_more(-(head * GATE_HIGH), -(head * GATE_LOW + (x - head) * 1.702))


def one_more_than_cubic(x):
    """2^-64 · (1 + e^(-2√(2/π) (x + 0.044715 x³)))."""
    x = -11.5 if x < -11.5 else x
    _, power, more = _powered_cubic(7.25 if x > 7.25 else x, LOWERED_SHIFT)
    return one_and(power, more)


def sigmoid(x):
    """1 / (1 + e^-x) (1.5 ulp)."""
    return LOWER / one_more(in_reach(-40.0 if x > 40.0 else -x), 0.0)


def erf_near(x):
    """erf x for |x| < 0.75."""
    s = x * x
    p = ((-0.0006749512814 * s + 0.00511434677) * s - 0.026834626) * s + 0.1128337663
    p = (p * s - 0.3761261876) * s + 0.1283791655
    return p * x + x


def _erf_far(z):
    """1 - erfc z for ¾ ≤ z ≤ 4, beyond which it is 1. There erfc z is a power of two whose exponent is a polynomial."""
    exponent = ((2.579802002e-05 * z - 0.0005750497555) * z + 0.005776348108) * z - 0.0356306919
    exponent = ((exponent * z + 0.1553153984) * z + 0.9145050193) * z + 1.629179896
    exponent = exponent * z - 0.0001800198126
    shifted = SHIFT - exponent
    r = (SHIFT - shifted) - exponent
    p = ((0.0001546973198 * r + 0.001339087134) * r + 0.009618030782) * r + 0.05550357094
    p = (p * r + 0.2402265108) * r + 0.693147188
    power = _power_of_two(_bits(shifted))
    return 1.0 - (power * p * r + power)


def erf(x):
    """2/√π ∫₀ˣ e^(-t²) dt (1.0 ulp)."""
    z = abs(x)
    far = _erf_far(4.0 if z > 4.0 else z)
    far = far if x > 0.0 else -far
    return far if z >= 0.75 else erf_near(x)


def between_erfcs(near, away):
    """e^(near²) · (erfc(near) - erfc(near + away)) for a small `away`."""
    w = near * away
    return away * (TWO_BY_ROOT_PI - w * (TWO_BY_ROOT_PI - w * (0.7522527780636751 - w * 0.37612638903183754)))


def between_normals(near, away):
    """e^(near²/2) · (Φ(-near) - Φ(-near - away)) for a small `away`."""
    w = near * away
    return away * (DENSITY - w * (0.5 * DENSITY - w * (DENSITY / 6.0)))


def erfc_share(z):
    """(p, above) with e^(z²) · erfc z = p / above for 0 ≤ z ≤ 10.5, as `normal_share`."""
    above = z + 1.0
    t = (z - 2.515625) / (z + 2.515625)
    p = ((0.0002141129879 * t + 0.0003302187697) * t - 0.001726879094) * t - 0.001089515192
    p = ((p * t + 0.01476091607) * t - 0.03144894292) * t + 0.01542701841
    p = ((p * t + 0.07726180597) * t - 0.2465682006) * t + 0.7370533959
    return p, above


def erfc_tail(z):
    """(power, more, share, rest) with 2^64 · erfc z = power · (1 + more) · (share + rest); z ≥ 0. As `normal_tail`."""
    z = 10.5 if z > 10.5 else z
    near = (z + GRID) - GRID
    away = z - near
    power, more = raised(-(near * near), 0.0, -(near * near))
    p, above = erfc_share(near)
    each = 1.0 / above
    share = p * each
    return power, more, share, (p - share * above) * each - between_erfcs(near, away)


def erfc(x):
    """1 - erf x (1.6 ulp)."""
    power, more, share, rest = erfc_tail(abs(x))
    tail = (share + (rest + (share + rest) * more)) * power * LOWER
    return 2.0 - tail if x < 0.0 else tail


def normal_share(z):
    """(p, above) with e^(z²/2) · Φ(-z) = p / above for 0 ≤ z ≤ 15.0.

    above is a straight line, so that p varies little, and so does little with the error of t.
    The form is that of Shepherd & Laframboise, Chebyshev approximation of (1+2x)exp(x²)erfc x, Mathematics of
    Computation 36, 1981; the middle of t is chosen so that the coefficient left of it is hardly rounded.
    """
    above = 0.75 * z + 1.0
    t = (z - 3.65625) / (z + 3.65625)
    p = ((0.0001193451559 * t + 0.0002735625053) * t - 0.0008710090698) * t - 0.001170530897
    p = ((p * t + 0.008880143287) * t - 0.01779802647) * t + 0.01008781904
    p = ((p * t + 0.03542131082) * t - 0.1185949912) * t + 0.3828949937
    return p, above


def normal_tail(z):
    """(power, more, share, rest) with 2^64 · Φ(-z) = power · (1 + more) · (share + rest) for z ≥ 0.

    share is at a number near z whose square is exact. rest is what lies between the two, and the error of the division.
    """
    z = 15.0 if z > 15.0 else z  # beyond, nothing is left
    near = (z + GRID) - GRID
    away = z - near
    square = -0.5 * (near * near)
    power, more = raised(square, 0.0, square)
    p, above = normal_share(near)
    each = 1.0 / above
    share = p * each
    return power, more, share, (p - share * above) * each - between_normals(near, away)
