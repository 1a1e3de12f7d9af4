"""Operations that users write: rows of their own, and `Function` with forward and backward."""

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.operation import TABLE, operation, pointwise


@pytest.fixture
def row():
    """Makes rows that leave the table when the test ends."""
    before = set(TABLE)
    yield {"pointwise": pointwise, "operation": operation}
    for name in set(TABLE) - before:
        del TABLE[name]


def test_second_derivative_of_a_fused_row_whose_inputs_depend_on_each_other(row):
    product = row["pointwise"](
        "closed_product", np.multiply, lambda g, y, a, b: np.asarray(g) * b, lambda g, y, a, b: np.asarray(g) * a,
        composite=lambda a, b: a * b, open=False,
    )  # fmt: skip
    x = Value(np.array([3.0, 2.0]))
    for y, first in ((product(x, x * 2.0), 4 * x.data), (product(x, x), 2 * x.data)):
        (plain,) = autograd.grad(y, x, np.ones(2), retain_graph=True)
        (tracked,) = autograd.grad(y, x, np.ones(2), create_graph=True)
        np.testing.assert_array_equal(plain.data, first)
        np.testing.assert_array_equal(tracked.data, first)
        (second,) = autograd.grad(tracked.sum() if hasattr(tracked, "sum") else TABLE["sum"](tracked), x)
        np.testing.assert_array_equal(second.data, first / x.data)
