"""exp, log, tanh, erf and their kin for float64, without a branch, so that LLVM computes four or more at a time.

As `single`, with longer polynomials and the constants of the other format.
"""

import numpy as np

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # high has 33 bits: a small integer times it is exact
SHIFT = 6755399441055744.0  # 1.5 · 2^52: adding it leaves the nearest integer in the low bits of the sum
SHIFT_BITS = 0x4338000000000000  # its bits
ONE_BITS = 1023  # exponent field of 1.0
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD  # bits of √½
LOWEST, HIGHEST = -752.0, 720.0  # beyond these e^x is 0 or inf
RAISED_SHIFT = 6755399441056831.0  # SHIFT + 64 + 1023: its low bits, moved up, are 2^64 times the power of two
LOWERED_SHIFT = 6755399441056703.0  # the same with 2^-64
MANTISSA = 52  # bits
SIGN = -9223372036854775808  # its bit
HEAD, FIRST_BITS = -134217728, -68719476736  # bits of the upper half of a number, and of the upper third
THIRD = 0.3333333333333333
GRID = 6442450944.0  # 1.5 · 2^32: adding and taking it off again leaves 2^-20ths, whose squares are exact up to 64
LOWER, HIGHER = 5.421010862427522e-20, 1.8446744073709552e19  # 2^-64, 2^64
GATE_HIGH, GATE_LOW = 1.701999992132187, 7.867813110351563e-09  # 1.702; high has 26 bits
CUBIC, CUBIC_HIGH, CUBIC_LOW = 1.5957691216057308, 1.5957691216026433, 3.0874305383944692e-12  # 2√(2/π); 2^-35ths
CUBE, CUBE_HIGH, CUBE_LOW = 0.07135481627260025, 0.07135391235351562, 9.039190846237764e-07  # high: 2^-19ths
FRACTIONS = 26388279066624.0  # 1.5 · 2^44: adding and taking it off again leaves a multiple of 1/256
DENSITY, TWO_BY_ROOT_PI = 0.3989422804014327, 1.1283791670955126  # 1/√(2π), 2/√π
INFINITY, NAN = float("inf"), float("nan")


def _bits(x):
    return np.float64(x).view(np.int64)


def _from_bits(bits):
    return np.int64(bits).view(np.float64)


def rank(x):
    """An integer that grows with x: integers are compared eight at a time, floats, for the sake of NaN, one by one."""
    bits = _bits(x)
    return np.int64(bits ^ (np.int64(bits >> 63) & 0x7FFFFFFFFFFFFFFF))


def of_rank(bits):
    """The number with this rank."""
    return _from_bits(bits ^ (np.int64(bits >> 63) & 0x7FFFFFFFFFFFFFFF))


def _power_of_two(k):
    """2^k; of k only the last bits count, so that it may be the bits of n + SHIFT."""
    return _from_bits((k + ONE_BITS) << 52)


def _expm1_reduced(r):
    """e^r - 1 for |r| ≤ ½ ln 2."""
    q = (2.511457632719938846e-8 * r + 2.7626446925285142322e-7) * r + 2.7557227653874026593e-6
    q = ((q * r + 2.4801504158779616925e-5) * r + 1.9841269903332389356e-4) * r + 1.3888888932602511736e-3
    q = ((q * r + 8.3333333333144711251e-3) * r + 0.041666666666572998998) * r + 0.1666666666666668615
    q = q * r + 0.50000000000000055946
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


def cubic(z):
    """2√(2/π) (z + 0.044715 z³) as a number that is exact and the rest, for |z| ≤ 24."""
    near = (z + FRACTIONS) - FRACTIONS
    cube, away = near * near * near, z - near
    rest = (CUBIC_LOW * near + CUBE_LOW * cube) + away * (CUBIC + CUBE * (z * z + z * near + near * near))
    return CUBIC_HIGH * near + CUBE_HIGH * cube, rest


def raised_parts_of_cubic(z):
    """`raised_parts` of -2√(2/π) (z + 0.044715 z³) for z ≥ 0."""
    whole, rest = cubic(24.0 if z > 24.0 else z)
    return raised_parts_of_sum(-whole, -rest)


def expm1(x):
    """e^x - 1 (1.8 ulp)."""
    z = 710.0 if x > 710.0 else x
    z = -40.0 if z < -40.0 else z
    shifted = z * LOG2_E + SHIFT
    n = shifted - SHIFT
    p = _expm1_reduced((z - n * LN2_HIGH) - n * LN2_LOW)
    scale = _power_of_two(_bits(shifted) - 1)  # half of it: 2^1024 would be inf
    y = (p * scale + (scale - 0.5)) * 2.0
    return x if abs(x) < 1e-17 else y


def _log_reduced(f, e, correction):
    """ln(2^e · (1 + f)) + correction, for 1 + f in [√½, √2)."""
    s = f / (2.0 + f)
    z = s * s
    r = ((0.147959493738588858 * z + 0.153140505879347134) * z + 0.181835643245691772) * z + 0.222221985732179085
    r = ((r * z + 0.285714287423872551) * z + 0.399999999994146802) * z + 0.666666666666673441
    half = 0.5 * f * f
    return e * LN2_HIGH - ((half - (s * (half + r * z) + (e * LN2_LOW + correction))) - f)


def split(x):
    """x = 2^e · (1 + f) with 1 + f in [√½, √2), for a normal x > 0."""
    bits = _bits(x)
    e = np.int64(np.int64(bits - SQRT_HALF_BITS) >> 52)
    f = _from_bits(bits - np.int64(e << 52)) - 1.0
    return f, _from_bits(e + SHIFT_BITS) - SHIFT


def log(x):
    """ln x (1.0 ulp)."""
    subnormal = x < 2.2250738585072014e-308
    f, e = split(x * 18014398509481984.0 if subnormal else x)
    y = _log_reduced(f, e - 54.0 if subnormal else e, 0.0)
    y = y if x < INFINITY else x  # inf and nan
    y = y if x > 0.0 else (-INFINITY if x == 0.0 else NAN)
    return y if x == x else x


def log1p(x):
    """ln(1 + x) (1.3 ulp)."""
    u = 1.0 + x
    rounding = (x - (u - 1.0)) if x < 1.0 else (1.0 - (u - x))
    f, e = split(u)
    y = _log_reduced(f, e, rounding / u)
    y = y if x < INFINITY else x
    y = y if x > -1.0 else (-INFINITY if x == -1.0 else NAN)
    return x if abs(x) < 1e-17 or x != x else y


def log1p_by_itself(x):
    """ln(1 + x) / x for 0 ≤ x ≤ 1 (1.5 ulp)."""
    u = 2.0 * x - 1.0
    p = (
        (-8.0691452215496385e-12 * u + 2.3950635816184371e-11) * u - 3.0860461959249754e-11
    ) * u + 1.0465287042913626e-10
    p = ((p * u - 4.3707902334801e-10) * u + 1.3699448996775958e-09) * u - 4.2170224742138864e-09
    p = ((p * u + 1.3492447753424035e-08) * u - 4.3405168353841818e-08) * u + 1.3990916156719262e-07
    p = ((p * u - 4.5349884563010752e-07) * u + 1.4798657676421361e-06) * u - 4.8668909979672127e-06
    p = ((p * u + 1.6156949767339627e-05) * u - 5.4260895738768971e-05) * u + 0.00018490300170223106
    p = ((p * u - 0.00064215037272450195) * u + 0.0022882409076982512) * u - 0.0084610804138589117
    p = ((p * u + 0.033152438438550695) * u - 0.14426354954966211) * u + 0.81093021621632877
    return p


def tanh_less_one(x):
    """tanh(x) / x - 1 for |x| < 0.625."""
    s = x * x
    p = ((-1.61075651092660668e-5 * s + 7.72192216216389124e-5) * s - 2.286332816756688e-4) * s + 5.86352505963318121e-4
    p = ((p * s - 1.45497048341532542e-3) * s + 3.59199157232061212e-3) * s - 8.86322131949534239e-3
    p = ((p * s + 0.0218694876019857759) * s - 0.0539682539324833733) * s + 0.133333333332649182
    p = p * s - 0.33333333333332878
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
    p = (-2.5155023659382105e-08 * s + 2.6330772232959337e-07) * s - 1.3791814499083342e-06
    p = ((p * s + 4.987760317520347e-06) * s - 1.4606131676715378e-05) * s + 3.8389607893147334e-05
    p = ((p * s - 9.646277743313181e-05) * s + 0.00023895705228738225) * s - 0.0005899792946300052
    p = ((p * s + 0.0014558246920964941) * s - 0.003592126679366341) * s + 0.008863235404578283
    p = ((p * s - 0.02186948852912909) * s + 0.05396825396804637) * s - 0.1333333333333309
    return p


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
    return -441.8 if x < -441.8 else x


def one_more_than_gate(x):
    """2^-64 · (1 + e^(-1.702 x)) for x `least_reached_by_gate`."""
    x = 23.0 if x > 23.0 else x
    head = _from_bits(_bits(x) & HEAD)
    return one_more(-(head * GATE_HIGH), -(head * GATE_LOW + (x - head) * 1.702))


def one_more_than_cubic(x):
    """2^-64 · (1 + e^(-2√(2/π) (x + 0.044715 x³))) for x ≥ -24."""
    whole, rest = cubic(7.25 if x > 7.25 else x)
    whole = in_reach(-whole)
    power, more = lowered(whole, -rest, whole - rest)
    return one_and(power, more)


def sigmoid(x):
    """1 / (1 + e^-x) (1.5 ulp)."""
    return LOWER / one_more(in_reach(-40.0 if x > 40.0 else -x), 0.0)


def erf_near(x):
    """erf x for |x| < 1."""
    s = x * x
    p = (
        (5.9579861804175679e-11 * s - 1.1373404067814567e-09) * s + 1.4659939232624163e-08
    ) * s - 1.6350340180567313e-07
    p = ((p * s + 1.6461003376288504e-06) * s - 1.4925595466262048e-05) * s + 0.00012055331120754248
    p = ((p * s - 0.00085483269811062414) * s + 0.0052239776248231536) * s - 0.026866170645077361
    p = ((p * s + 0.11283791670954882) * s - 0.37612638903183748) * s + 0.12837916709551259
    return p * x + x


def between_erfcs(near, away):
    """e^(near²) · (erfc(near) - erfc(near + away)) for a small `away`."""
    w = near * away
    return away * (TWO_BY_ROOT_PI - w * (TWO_BY_ROOT_PI - w * (0.7522527780636751 - w * 0.37612638903183754)))


def between_normals(near, away):
    """e^(near²/2) · (Φ(-near) - Φ(-near - away)) for a small `away`."""
    w = near * away
    return away * (DENSITY - w * (0.5 * DENSITY - w * (DENSITY / 6.0)))


def erfc_share(z):
    """(p, above) with e^(z²) · erfc z = p / above for 0 ≤ z ≤ 27.3, as `normal_share`."""
    above = 1.125 * z + 1.0
    t = (z - 3.828125) / (z + 3.828125)
    p = ((-1.729687500411056e-09 * t - 4.319336128178691e-09) * t + 1.419164046851152e-08) * t + 3.945173757693865e-08
    p = ((p * t - 1.0227823645279636e-07) * t - 2.2987827783924807e-07) * t + 8.374803375348519e-07
    p = ((p * t + 8.455088285278193e-07) * t - 7.027610054325014e-06) * t + 4.066398124289791e-06
    p = ((p * t + 4.780771493340702e-05) * t - 0.00014138939862055292) * t - 2.758737765682341e-05
    p = ((p * t + 0.0014009822497025102) * t - 0.005511306205246718) * t + 0.013341330142893855
    p = ((p * t - 0.02294584962061646) * t + 0.027167046124277085) * t - 0.014067648783370492
    p = ((p * t - 0.02800167622315378) * t + 0.10210692002591297) * t - 0.1964143693163339
    p = p * t + 0.757760584931886
    return p, above


def erfc_tail(z):
    """(power, more, share, rest) with 2^64 · erfc z = power · (1 + more) · (share + rest); z ≥ 0. As `normal_tail`."""
    z = 27.3 if z > 27.3 else z
    near = (z + GRID) - GRID
    away = z - near
    power, more = raised(-(near * near), 0.0, -(near * near))
    p, above = erfc_share(near)
    each = 1.0 / above
    share = p * each
    return power, more, share, (p - share * above) * each - between_erfcs(near, away)


def erf(x):
    """2/√π ∫₀ˣ e^(-t²) dt (1.2 ulp)."""
    z = abs(x)
    power, more, share, rest = erfc_tail(z)
    far = 1.0 - (share + (rest + (share + rest) * more)) * power * LOWER
    far = far if x > 0.0 else -far
    return far if z >= 1.0 else erf_near(x)


def erfc(x):
    """1 - erf x (1.6 ulp)."""
    power, more, share, rest = erfc_tail(abs(x))
    tail = (share + (rest + (share + rest) * more)) * power * LOWER
    return 2.0 - tail if x < 0.0 else tail


def normal_share(z):
    """(p, above) with e^(z²/2) · Φ(-z) = p / above for 0 ≤ z ≤ 38.6.

    above is a straight line, so that p varies little, and so does little with the error of t.
    The form is that of Shepherd & Laframboise, Chebyshev approximation of (1+2x)exp(x²)erfc x, Mathematics of
    Computation 36, 1981; the middle of t is chosen so that the coefficient left of it is hardly rounded.
    """
    above = 0.75 * z + 1.0
    t = (z - 6.03125) / (z + 6.03125)
    p = ((1.1747346101780653e-09 * t + 2.866757598987888e-09) * t - 1.0413009426023777e-08) * t - 2.1237831263636292e-08
    p = ((p * t + 9.144017576404666e-08) * t + 5.079533489657891e-08) * t - 7.622396861697474e-07
    p = ((p * t + 9.906038605399832e-07) * t + 4.101156281252204e-06) * t - 1.8926707849131365e-05
    p = ((p * t + 1.9699131760315927e-05) * t + 0.00010970094350554969) * t - 0.0006502077745061898
    p = ((p * t + 0.002025310065864781) * t - 0.004534948064544027) * t + 0.007787071310266659
    p = ((p * t - 0.010042006384559666) * t + 0.008000603886005037) * t + 0.0023908942591827536
    p = ((p * t - 0.024025930577328422) * t + 0.05637552627017076) * t - 0.09427549678698008
    p = p * t + 0.3560409766056062
    return p, above


def normal_tail(z):
    """(power, more, share, rest) with 2^64 · Φ(-z) = power · (1 + more) · (share + rest) for z ≥ 0.

    share is at a number near z whose square is exact. rest is what lies between the two, and the error of the division.
    """
    z = 38.6 if z > 38.6 else z  # beyond, nothing is left
    near = (z + GRID) - GRID
    away = z - near
    square = -0.5 * (near * near)
    power, more = raised(square, 0.0, square)
    p, above = normal_share(near)
    each = 1.0 / above
    share = p * each
    return power, more, share, (p - share * above) * each - between_normals(near, away)
