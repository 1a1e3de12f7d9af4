"""The error function and its kin against extended precision, in units in the last place; and sin(x)/x near 0."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, grad
from autograd.ops.special import erf, erfc, erfinv
from autograd.ops.trigonometric import sinc, spherical_bessel

PRECISE = mpmath.mp.clone()
PRECISE.dps = 40


def error_in_units(actual, exact, dtype):
    """Distance of `actual` from an mpmath number, in the spacing of floats there."""
    spacing = max(float(np.spacing(dtype(abs(float(exact))))), float(np.finfo(dtype).smallest_subnormal))
    return float(abs(PRECISE.mpf(float(actual)) - exact) / spacing)


# name: row, the function in extended precision, units allowed, where
FUNCTIONS = {
    "erf": (erf, PRECISE.erf, 1.5, (-7.0, 7.0)),
    "erfc": (erfc, PRECISE.erfc, 2.0, (-7.0, 27.5)),
    "erfinv": (erfinv, PRECISE.erfinv, 3.0, (-1.0, 1.0)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
def test_accuracy(name, dtype, data):
    row, exact, allowed, (low, high) = FUNCTIONS[name]
    width = np.finfo(dtype).bits
    inside = st.floats(low, high, width=width, exclude_min=name == "erfinv", exclude_max=name == "erfinv")
    numbers = np.array(data.draw(st.lists(inside, min_size=1, max_size=20)), dtype)
    results = row(numbers)
    assert results.dtype == dtype
    for x, y in zip(numbers, results, strict=True):
        assert error_in_units(y, exact(PRECISE.mpf(float(x))), dtype) <= allowed, f"{name}({x!r}) = {y!r}"


@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_every_part_of_the_range(name):
    """Where one formula gives way to the next, into the tail of erfc, and below the smallest normal number."""
    row, exact, allowed, _ = FUNCTIONS[name]
    edges = [
        n + sign * eps for n in (0.0, 1.0, 6.0, 26.5, 27.2) for eps in (0.0, 1e-16, 1e-9, 1e-3) for sign in (1, -1)
    ]
    numbers = np.array(
        [*edges, *(-x for x in edges), 5e-324, 1e-300, *np.linspace(0.9, 1.1, 41), *np.linspace(1, 27, 200)]
    )
    for x, y in zip(numbers, row(numbers), strict=True):
        assert error_in_units(y, exact(PRECISE.mpf(float(x))), np.float64) <= allowed, f"{name}({x!r}) = {y!r}"


def test_ends_of_the_range():
    ends = np.array([np.inf, -np.inf, np.nan, -0.0])
    assert np.array_equal(erf(ends), [1.0, -1.0, np.nan, 0.0], equal_nan=True)
    assert np.signbit(erf(ends)[3])
    assert np.array_equal(erfc(ends), [0.0, 2.0, np.nan, 1.0], equal_nan=True)
    assert np.array_equal(
        erfinv(np.array([1.0, -1.0, 0.0, 1.1, np.nan])), [np.inf, -np.inf, 0, np.nan, np.nan], equal_nan=True
    )


@pytest.mark.parametrize("shape", [(0,), (3, 0), (1,), (2, 3), (20_000,)])
def test_shapes_and_layouts(shape):
    numbers = np.linspace(-3, 3, math.prod(shape)).reshape(shape)
    result = erf(numbers)
    assert result.shape == shape
    alone = np.array([math.erf(x) for x in numbers.ravel().tolist()]).reshape(shape)
    for same in (result, erf(np.asfortranarray(numbers)), np.flip(erf(np.flip(numbers)))):
        assert np.allclose(same, alone, rtol=1e-15, atol=0.0)


def test_integers_become_float64():
    assert erf(np.array([0, 1])).dtype == np.float64
    assert erf(np.array([0, 1]))[1] == pytest.approx(math.erf(1), rel=1e-15)


@given(x=st.floats(-30, 30), order=st.integers(0, 6))
def test_spherical_bessel_functions(x, order):
    exact = _spherical_bessel(order, x)
    assert float(spherical_bessel(np.array([x]), order=order)[0]) == pytest.approx(exact, rel=1e-13, abs=2e-15)


def _spherical_bessel(order, x):
    if x == 0:
        return float(order == 0)
    x = PRECISE.mpf(x)
    sign = -1 if x < 0 and order % 2 else 1
    return float(sign * PRECISE.sqrt(PRECISE.pi / (2 * abs(x))) * PRECISE.besselj(order + 0.5, abs(x)))


@pytest.mark.parametrize("x", [0.0, 1e-300, 1e-9, 1e-4, -1e-4, 0.03, 1.0, -2.5, 7.0])
def test_derivatives_of_sinc_of_every_order(x):
    """Also next to 0, where the textbook's formula (cos πx − sinc x)/x loses its digits."""
    y = sinc(v := Value([x]))
    for order in range(1, 5):
        (y,) = grad(y, v, np.ones(1), create_graph=True)
        assert y.data[0] == pytest.approx(_sinc_derivative(x, order), rel=1e-12, abs=1e-12), f"order {order}"


def _sinc_derivative(x, order):
    """∫₀¹ of the derivatives of cos(πxt), whose integral sinc is."""
    x = PRECISE.mpf(x)
    wave = lambda t: (PRECISE.pi * t) ** order * PRECISE.cos(PRECISE.pi * x * t + order * PRECISE.pi / 2)
    return float(PRECISE.quad(wave, PRECISE.linspace(0, 1, 2 + int(abs(x)))))
