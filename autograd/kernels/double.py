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
SMALLEST, LARGEST = -708.3964185322641, 709.782712893384  # between these e^x is a normal number
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
    """e^x (1.0 ulp; below the smallest normal number it is 0)."""
    shifted = x * LOG2_E + SHIFT
    n = shifted - SHIFT
    p = _expm1_reduced((x - n * LN2_HIGH) - n * LN2_LOW) + 1.0
    y = _from_bits(_bits(p) + (_bits(shifted) << 52))  # p · 2^n: n goes where the exponent is
    y = y if x <= LARGEST else x * INFINITY  # NaN too
    return 0.0 if x < SMALLEST else y


def exp_of_square(x, factor):
    """e^(factor · x²) for a factor -1 or -½: the rounding error of x², which it would multiply, is kept out."""
    x = 40.0 if x > 40.0 else (-40.0 if x < -40.0 else x)  # beyond, the result is 0
    head = _from_bits(_bits(x) & -134217728)  # its square is exact
    e = exp(factor * (head * head))
    return e + e * _expm1_reduced(factor * ((x - head) * (x + head)))


def expm1(x):
    """e^x - 1 (1.1 ulp)."""
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


def _split(x):
    """x = 2^e · (1 + f) with 1 + f in [√½, √2), for a normal x > 0."""
    bits = _bits(x)
    e = np.int64(np.int64(bits - SQRT_HALF_BITS) >> 52)
    f = _from_bits(bits - np.int64(e << 52)) - 1.0
    return f, _from_bits(e + SHIFT_BITS) - SHIFT


def log(x):
    """ln x (1.0 ulp)."""
    subnormal = x < 2.2250738585072014e-308
    f, e = _split(x * 18014398509481984.0 if subnormal else x)
    y = _log_reduced(f, e - 54.0 if subnormal else e, 0.0)
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
    return x if abs(x) < 1e-17 or x != x else y


def log1p_of_share(x):
    """ln(1 + x) for 0 ≤ x ≤ 1, in half the time (1.5 ulp)."""
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
    return p * x


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


def sigmoid(x):
    """1 / (1 + e^-x) (2.0 ulp)."""
    e = exp(-abs(x))
    return (e if x < 0.0 else 1.0) / (1.0 + e)


def _erf_near(x):
    """erf x for |x| < 1."""
    s = x * x
    p = (
        (5.9579861804175679e-11 * s - 1.1373404067814567e-09) * s + 1.4659939232624163e-08
    ) * s - 1.6350340180567313e-07
    p = ((p * s + 1.6461003376288504e-06) * s - 1.4925595466262048e-05) * s + 0.00012055331120754248
    p = ((p * s - 0.00085483269811062414) * s + 0.0052239776248231536) * s - 0.026866170645077361
    p = ((p * s + 0.11283791670954882) * s - 0.37612638903183748) * s + 0.12837916709551259
    return p * x + x


def erfc_scaled(z):
    """e^(z²) · (1 - erf z) for z ≥ 0."""
    t = 4.0 / (z + 4.0)
    u = t * 2.2930520522815868 - 1.2930520522815868
    p = ((3.9160070291666952e-11 * u - 1.041110522632405e-10) * u - 6.6055639077011538e-10) * u + 1.4022909053646377e-09
    p = ((p * u + 7.7669104165349125e-09) * u - 1.0780845221151848e-08) * u - 8.9358094521691187e-08
    p = ((p * u + 1.8667538867160684e-08) * u + 1.010455361412146e-06) * u + 1.5961685487736906e-06
    p = ((p * u - 8.6348090998726286e-06) * u - 4.4280061701606243e-05) * u - 3.338939200749219e-05
    p = ((p * u + 0.00050573716147359114) * u + 0.0031347187201973244) * u + 0.011313064324384375
    p = ((p * u + 0.030581141732250273) * u + 0.066957100941118938) * u + 0.12305689357201356
    p = ((p * u + 0.19340719500479145) * u + 0.26246522780459103) * u + 0.30866269140578512
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
    z = 28.0 if z > 28.0 else z
    far = exp_of_square(z, -1.0) * erfc_scaled(z)
    far = far if x > 0.0 else 2.0 - far
    return far if z >= 0.5 else 1.0 - _erf_near(x)
