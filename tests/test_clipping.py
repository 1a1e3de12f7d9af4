"""Gradients kept within bounds, as by PyTorch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.errors import GradientError
from nn.utils import clip_grad_norm_, clip_grad_value_

NUMBERS = st.floats(-1e3, 1e3)


def make(*gradients):
    values = [Value(np.zeros_like(g)) for g in gradients]
    for value, gradient in zip(values, gradients, strict=True):
        value.grad = gradient.copy()
    return [*values, Value(1.0)]  # the last has no gradient


@given(st.lists(NUMBERS, min_size=1, max_size=5), NUMBERS, st.floats(0, 50), st.sampled_from([1.0, 2.0, 3.5, np.inf]))
@settings(max_examples=80, deadline=None)
def test_norms_are_clipped_as_by_pytorch(row, number, max_norm, order):
    torch = pytest.importorskip("torch")
    gradients = [np.array([row, row]), np.array(number)]
    ours = make(*gradients)
    theirs = [torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for g in gradients]
    for p, g in zip(theirs, gradients, strict=True):
        p.grad = torch.from_numpy(g.copy())
    total = clip_grad_norm_(iter(ours), max_norm, norm_type=order)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type=order)
    assert float(total) == pytest.approx(float(expected), rel=1e-12)
    for p, q in zip(ours, theirs, strict=False):
        np.testing.assert_allclose(p.grad.data, q.grad.numpy(), rtol=1e-12)
        assert type(p.grad.data) is (float if p.shape == () else np.ndarray)


@given(st.lists(NUMBERS, min_size=1, max_size=5), NUMBERS, st.floats(0, 50))
@settings(max_examples=40, deadline=None)
def test_values_are_clipped(row, number, bound):
    values = make(np.array(row, dtype=np.float32), np.array(number))
    clip_grad_value_(values, bound)
    np.testing.assert_array_equal(values[0].grad.data, np.clip(np.float32(row), -bound, bound).astype(np.float32))
    assert values[1].grad.data == np.clip(number, -bound, bound)
    assert values[0].grad.dtype == np.float32


def test_small_gradients_are_left_alone_in_their_memory():
    (value, _) = make(np.array([3.0, 4.0]))
    memory = value.grad.data
    assert clip_grad_norm_(value, 10.0).item() == 5.0
    assert value.grad.data is memory
    np.testing.assert_array_equal(memory, [3.0, 4.0])
    clip_grad_norm_([value], 1.0)
    np.testing.assert_allclose(memory, [0.6, 0.8], rtol=1e-6)


def test_norms_that_overflow_float32_and_norms_of_nothing():
    (value, _) = make(np.array([3e38, 3e38], dtype=np.float32))
    assert np.isfinite(clip_grad_norm_(value, 1.0).item())
    assert clip_grad_norm_([], 1.0).item() == 0.0
    assert clip_grad_norm_(make(np.zeros((0, 2))), 1.0, norm_type=np.inf).item() == 0.0


@pytest.mark.parametrize("wrong", [np.inf, np.nan])
def test_norms_that_are_not_finite(wrong):
    (value, _) = make(np.array([1.0, wrong]))
    with pytest.raises(GradientError, match="not finite"):
        clip_grad_norm_(value, 1.0, error_if_nonfinite=True)
    assert not np.isfinite(clip_grad_norm_(value, 1.0).item())
