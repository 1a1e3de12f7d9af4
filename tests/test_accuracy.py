"""The mathematics of the kernels against extended precision, in units in the last place."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import TABLE
from autograd.kernels import bodies, double
from autograd.kernels.pointwise import Pointwise

mpmath = pytest.importorskip("mpmath")
pytest.importorskip("numba")

FORMATS = [np.dtype(np.float32), np.dtype(np.float64)]
PRECISE = mpmath.mp.clone()
PRECISE.prec = 160


def tanhshrink(x):
    return x**3 / 3 if abs(x) < 1e-14 else x - PRECISE.tanh(x)


# name: the function in extended precision, the worst error allowed (ulp), the numbers where it is defined
FUNCTIONS = {
    "exp": (PRECISE.exp, 1.1, (-math.inf, math.inf)),
    "expm1": (PRECISE.expm1, 1.8, (-math.inf, math.inf)),
    "log": (PRECISE.log, 1.0, (0.0, math.inf)),
    "log1p": (PRECISE.log1p, 1.5, (-1.0, math.inf)),
    "log1p_by_itself": (lambda x: PRECISE.log1p(x) / x, 1.5, (0.0, 1.0)),
    "tanh": (PRECISE.tanh, 2.0, (-math.inf, math.inf)),
    "sigmoid": (lambda x: 1 / (1 + PRECISE.exp(-x)), 1.65, (-math.inf, math.inf)),
    "erf": (PRECISE.erf, 1.2, (-math.inf, math.inf)),
    "erfc": (PRECISE.erfc, 1.6, (-math.inf, math.inf)),
    "tanhshrink": (tanhshrink, 1.7, (-math.inf, math.inf)),
    "silu": (lambda x: x / (1 + PRECISE.exp(-x)), 1.65, (-math.inf, math.inf)),
}
SINGLE = {
    "exp": (PRECISE.exp, 1.1, (-math.inf, math.inf)),
    "expm1": (PRECISE.expm1, 1.8, (-math.inf, math.inf)),
    "log": (PRECISE.log, 1.0, (0.0, math.inf)),
    "log10": (PRECISE.log10, 1.0, (0.0, math.inf)),
    "asin": (PRECISE.asin, 1.4, (-1.0, 1.0)),
    "acos": (PRECISE.acos, 1.25, (-1.0, 1.0)),
    "tan": (PRECISE.tan, 1.6, (-math.inf, math.inf)),
}
KERNELS = {name: Pointwise(getattr(double, name, None) or getattr(bodies, name)) for name in FUNCTIONS}
NUMPY = ["exp", "expm1", "log", "log1p", "tanh"]


def numbers(dtype, low, high, count=400):
    """Numbers of all sizes, close to 0, around 1, and as far out as the function goes on changing."""
    random = np.random.default_rng(7)
    reach = -np.log(np.finfo(dtype).smallest_normal)
    drawn = [
        random.standard_normal(count),
        random.uniform(-1.5, 1.5, count),
        random.uniform(-reach, reach, count),
        random.choice([-1.0, 1.0], count) * 10.0 ** random.uniform(-12, 3, count),
        10.0 ** random.uniform(np.log10(float(np.finfo(dtype).smallest_normal)), 30, count),
        -np.log(2) * random.uniform(np.finfo(dtype).nmant + 0.5, np.finfo(dtype).nmant + 2, count),  # 1 + e^-x = e^-x
    ]
    x = np.concatenate(drawn).astype(dtype)
    return x[(x > low) & (x < high)]


def worst(results, exact, dtype):
    """Largest error in units in the last place, over results that are normal numbers, and where."""
    limits, worst, where = np.finfo(dtype), 0.0, None
    for i, (y, truth) in enumerate(zip(results.tolist(), exact, strict=True)):
        if not limits.smallest_normal <= abs(truth) <= limits.max:
            continue
        unit = PRECISE.ldexp(1, PRECISE.frexp(truth)[1] - limits.nmant - 1)
        error = float(abs(y - truth) / unit)
        if not error <= worst:
            worst, where = error, i
    return worst, where


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_error_in_units_in_the_last_place(name, dtype):
    function, allowed, domain = FUNCTIONS[name]
    x = numbers(dtype, *domain)
    error, where = worst(KERNELS[name].forward(x), [function(PRECISE.mpf(v)) for v in x.tolist()], dtype)
    assert error <= allowed, f"{name}({x[where]!r}) is {error:.2f} ulp off"


@pytest.mark.parametrize("name", SINGLE)
def test_kernels_for_float32_alone(name):
    function, allowed, domain = SINGLE[name]
    x = numbers(np.float32, *domain)
    kernel, row = TABLE[name].kernel, TABLE[name]
    truths = [function(PRECISE.mpf(v)) for v in x.tolist()]
    with np.errstate(over="ignore"):
        rounded = row.forward(x)
    for results, bound in ((kernel.forward(x), allowed), (rounded, 0.51)):
        assert results.dtype == np.float32
        error, where = worst(results, truths, np.dtype(np.float32))
        assert error <= bound, f"{name}({x[where]!r}) is {error:.2f} ulp off"
    assert kernel.forward(x.astype(np.float64)) is NotImplemented
    assert kernel.forward(x[::2]) is NotImplemented
    assert np.isnan(kernel.forward(np.array([np.nan], np.float32)))
    with np.errstate(all="ignore"):
        beyond = np.array([0.0, -0.0, math.inf, -math.inf, 1e-42, -3.0], np.float32)
        expected = row.forward(beyond)
    np.testing.assert_allclose(kernel.forward(beyond), expected, rtol=3e-7)
    np.testing.assert_array_equal(np.signbit(kernel.forward(beyond)[:2]), np.signbit(expected[:2]))


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
def test_exponentials_fade_out_step_by_step(dtype):
    limits = np.finfo(dtype)
    x = np.linspace(math.log(limits.smallest_subnormal) - 1, math.log(limits.smallest_normal) + 1, 300).astype(dtype)
    with np.errstate(under="ignore"):
        expected = np.exp(x.astype(np.longdouble))
        y = KERNELS["exp"].forward(x)
    assert np.all(np.abs(y - expected) <= np.maximum(limits.eps * expected, 0.51 * limits.smallest_subnormal))


SPECIAL = [0.0, -0.0, 1.0, -1.0, -2.0, math.inf, -math.inf, math.nan, 1e-40, -1e-40, 1e-310, 3e38, -3e38, 200.0, -200.0]


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("name", NUMPY)
def test_special_numbers_are_as_numpy_has_them(name, dtype):
    x = np.array(SPECIAL, dtype)
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
    y = KERNELS[name].forward(x)
    np.testing.assert_allclose(y, expected, rtol=4 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(np.signbit(y[x == 0]), np.signbit(expected[x == 0]))


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
@given(payload=st.integers(1, 2**22 - 1), negative=st.booleans())
def test_any_nan_stays_nan(name, dtype, payload, negative):
    whole, quiet, sign = (np.uint32, 0x7FC00000, 31) if dtype == np.float32 else (np.uint64, 0x7FF8000000000000, 63)
    x = np.array([quiet | payload | (negative << sign)], whole).view(dtype)
    assert np.isnan(KERNELS[name].forward(x)).all()


@pytest.mark.parametrize("dtype", FORMATS, ids=str)
def test_saturation(dtype):
    x = np.array([-math.inf, -1e30, -50.0, 50.0, 1e30, math.inf], dtype)
    np.testing.assert_array_equal(KERNELS["tanh"].forward(x), np.sign(x))
    np.testing.assert_array_equal(KERNELS["erf"].forward(x), np.sign(x))
    np.testing.assert_array_equal(KERNELS["erfc"].forward(x), (1 - np.sign(x)).astype(dtype))
    assert KERNELS["sigmoid"].forward(x)[[0, 1, 4, 5]].tolist() == [0, 0, 1, 1]
