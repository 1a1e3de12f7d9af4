"""Every row of the table under the laws of tests/laws.py."""

import cases
import laws
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import nn.functional  # noqa: F401 - for its rows
from autograd import TABLE, Value

ROWS = dict(TABLE)
DIFFERENTIABLE = sorted(name for name, op in ROWS.items() if op.differentiable)
FUSED = sorted(name for name in DIFFERENTIABLE if ROWS[name].composite is not None)
WITH_SCALAR = sorted(name for name, op in ROWS.items() if op.scalar is not None)
UNARY = sorted(n for n in DIFFERENTIABLE if ROWS[n].shape == "()->()" and not ROWS[n].parameters)
DTYPES = st.sampled_from([np.float32, np.float64])
SPARINGLY = settings(max_examples=settings.default.max_examples // 3)  # there are many rows, and each has its examples


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_every_example(name):
    """Each row with each of its parameters, at 0, at ties, on empty arrays; nearly all points must be smooth."""
    tried = [
        law(case)
        for case in cases.every_case(ROWS[name])
        for law in (laws.law_of_the_adjoint, laws.law_of_second_order)
    ]
    assert np.mean(tried) > 0.8, f"{name}: only {sum(tried)} of {len(tried)} cases lay at smooth points"


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@SPARINGLY
@given(data=st.data())
def test_random_points(name, data):
    """First and second derivatives, and the form of gradients, wherever the row claims to be smooth."""
    case = data.draw(cases.drawn_cases(ROWS[name]))
    laws.law_of_gradients_form(case, data.draw(st.lists(DTYPES, min_size=len(case.drawn), max_size=len(case.drawn))))
    assume(laws.law_of_the_adjoint(case))
    assume(laws.law_of_second_order(case))


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@SPARINGLY
@given(data=st.data())
def test_gradients_are_linear_at_kinks_too(name, data):
    laws.law_of_superposition(data.draw(cases.drawn_cases(ROWS[name], kinks=True)))


@pytest.mark.parametrize("name", sorted(set(ROWS) - set(DIFFERENTIABLE)))
def test_rows_without_derivative_give_constants(name):
    op = ROWS[name]
    kind = bool if name.startswith("bitwise") else float
    for shapes, parameters in cases.examples_of(op):
        numbers = [np.ones(shape, kind) for shape in shapes]
        result = op(*map(Value, numbers), **parameters)
        assert not result.requires_grad
        assert np.array_equal(np.asarray(result.data), np.asarray(op(*numbers, **parameters)))


@pytest.mark.parametrize("name", FUSED)
@SPARINGLY
@given(data=st.data())
def test_fused_rows_equal_their_composites(name, data):
    laws.law_of_the_composite(data.draw(cases.drawn_cases(ROWS[name])))


@pytest.mark.parametrize("name", WITH_SCALAR)
def test_floats_follow_ieee_as_arrays_do(name):
    op = ROWS[name]
    if len(op.inputs) == 1:
        points = [(x,) for x in cases.EXTREMES + cases.GENERIC]
    else:
        points = [(a, b) for a in cases.EXTREMES for b in cases.EXTREMES] + list(zip(cases.GENERIC, cases.GENERIC[1:]))
    for numbers in points:
        laws.law_of_floats(op, numbers)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_kinks_have_the_stated_slope(name):
    laws.law_of_kinks(ROWS[name])


@pytest.mark.parametrize("name", UNARY)
def test_third_derivatives_agree_with_differences(name):
    op = ROWS[name]
    kinks = [kink.at for kink in op.kinks if not isinstance(kink.at, str)]
    ordinary, special = cases.numbers_for(op.domain[0], kinks)
    numbers = ordinary + special if len(kinks) == len(op.kinks) else ordinary
    numbers = np.array([x for x in numbers if np.isfinite(op.evaluate((x,)))])
    laws.law_of_third_order(op, numbers)
