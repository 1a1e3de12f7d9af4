"""The laws themselves are tested: each catches the mistakes that it is there for."""

import cases
import laws
import numpy as np
import pytest

from autograd import TABLE, Value
from autograd.operation import Kink, pointwise
from autograd.ops.exponential import exp, log1p
from autograd.ops.piecewise import abs, choose, relu, sign
from autograd.ops.trigonometric import sin


@pytest.fixture
def plant():
    """Makes a faulty row, which leaves the table after the test."""

    def planted(*arguments, **columns):
        return pointwise("planted", *arguments, **columns)

    yield planted
    TABLE.pop("planted", None)


def every(law):
    """The law on every example of the planted row."""

    def check(op):
        for case in cases.every_case(op):
            law(case)

    return check


def form(op):
    for case in cases.every_case(op):
        laws.law_of_gradients_form(case, [np.float32] * len(case.drawn))


FAULTS = {
    "a slope with the wrong sign": (every(laws.law_of_the_adjoint), [np.cos, lambda g, y, x: g * sin(x)], {}),
    "a slope wrong only at 0": (
        every(laws.law_of_the_adjoint),
        [np.exp, lambda g, y, x: choose(x == 0.0, 0.0, g * y)],
        {},
    ),
    "the inputs' gradients swapped": (
        every(laws.law_of_the_adjoint),
        [np.subtract, lambda g, y, a, b: -g, lambda g, y, a, b: g],
        {},
    ),
    "a right slope that hides its own curvature": (
        every(laws.law_of_second_order),
        [np.square, lambda g, y, x: g * (2.0 * _still(x))],
        {},
    ),
    "a false kink: kinks that cancel in value and slope, not in curvature": (
        every(laws.law_of_second_order),
        [lambda x: np.logaddexp(0, x), lambda g, y, x: g * (0.5 * (1.0 + sign(x)) - sign(x) * _tail(x))],
        {},
    ),
    "a gradient not linear in the upstream gradient": (
        every(laws.law_of_second_order),
        [np.positive, lambda g, y, x: g * g],
        {},
    ),
    "a kink with another slope than stated": (
        laws.law_of_kinks,
        [np.absolute, lambda g, y, x: choose(x >= 0.0, g, -g)],
        {"kinks": (Kink(0.0, 0.0),)},
    ),
    "a composite that means something else": (
        every(laws.law_of_the_composite),
        [np.expm1, lambda g, y, x: g * exp(x)],
        {"composite": lambda x: exp(x) - 1.001},
    ),
    "a composite with a false kink": (
        every(laws.law_of_the_composite),
        [lambda x: np.logaddexp(0, x), lambda g, y, x: g * (1.0 / (1.0 + exp(-x)))],
        {"composite": lambda x: relu(x) + log1p(exp(-abs(x)))},
    ),
    "an input changed": (every(laws.law_of_the_adjoint), [lambda x: _spoil(x), lambda g, y, x: g], {}),
    "a gradient of another size in float32": (
        form,
        [np.positive, lambda g, y, x: g * (2.0 if np.result_type(x) == np.float32 else 1.0)],
        {},
    ),
    "a float that is not what an array gives": (
        lambda op: laws.law_of_floats(op, (np.inf,)),
        [np.positive, lambda g, y, x: g],
        {"scalar": lambda x: 0.0},
    ),
    "a wrong third derivative": (
        lambda op: laws.law_of_third_order(op, np.array([0.4, 1.3])),
        [np.exp, lambda g, y, x: g * (_still(exp(x)) * (1.0 + x - _still(x)))],
        {},
    ),
}  # fmt: skip


def _still(x):
    """The numbers of x as a constant."""
    return x.detach() if isinstance(x, Value) else x


def _tail(x):
    return exp(-abs(x)) / (1.0 + exp(-abs(x)))


def _spoil(x):
    if isinstance(x, np.ndarray) and x.size:
        x.flat[0] += 1.0
    return np.array(x)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_laws_catch(fault, plant):
    law, arguments, columns = FAULTS[fault]
    with pytest.raises(AssertionError):
        law(plant(*arguments, **columns))


def test_a_row_without_example_is_told_what_to_add(plant):
    op = plant(lambda x, *, strength: x * strength, lambda g, y, x, strength: g * strength)
    with pytest.raises(AssertionError, match=r"add to EXAMPLES in tests/row_examples\.py"):
        cases.examples_of(op)


def test_a_described_kink_without_operands_is_told_what_to_add(plant):
    op = plant(np.positive, lambda g, y, x: g, kinks=(Kink("x is a Tuesday", 1.0),))
    with pytest.raises(AssertionError, match=r"KINKS in tests/row_examples\.py"):
        laws.law_of_kinks(op)


def test_a_right_row_passes(plant):
    op = plant(np.sinh, lambda g, y, x: g * 0.5 * (exp(x) + exp(-x)), composite=lambda x: 0.5 * (exp(x) - exp(-x)))
    for case in cases.every_case(op):
        assert laws.law_of_the_adjoint(case)
        assert laws.law_of_second_order(case)
        laws.law_of_gradients_form(case, [np.float32])
        laws.law_of_the_composite(case)
    laws.law_of_third_order(op, np.array([-0.3, 0.0, 1.2]))
