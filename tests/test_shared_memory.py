"""What shares memory and what in-place changes cost; the habits of lectures and micrograd."""

import gc

import numpy as np
import pytest
from test_inplace import SCENES, W, X, torch

import autograd
from autograd import Value, grad, no_grad, trace
from autograd.errors import FreedGraphError, GradientError, InplaceError


@pytest.mark.parametrize("numbers", [3.0, W], ids=["scalar", "array"])
def test_descent_by_hand(numbers):
    w = Value(numbers)
    for _ in range(3):
        (w * w).sum().backward()
        with no_grad():
            w -= 0.1 * w.grad
        assert w.requires_grad
        assert w.is_leaf
        w.grad.zero_()
        (w * w).sum().backward()
        w.data -= 0.1 * w.grad
        w.grad = None
        (w * w).sum().backward()
        w.data += -0.1 * w.grad.data
        w.grad = 0
    np.testing.assert_allclose(w.data, np.asarray(numbers) * 0.8**9)
    np.testing.assert_array_equal(w.grad.data, np.zeros(np.shape(numbers)))


def test_a_plain_array_takes_no_gradient():
    x, array = Value(W), W.copy()
    with pytest.raises(GradientError, match="detach"):
        array -= x
    array -= x.detach()
    np.testing.assert_array_equal(array, np.zeros(3))


def test_memory_is_shared():
    array = W.copy()
    value = autograd.from_numpy(array)
    view, twin, copy = value[1:], value.detach(), value.clone()
    value += 1
    view *= 2
    np.testing.assert_array_equal(array, [2.5, 1.0, 3.5])
    np.testing.assert_array_equal(twin.data, array)
    np.testing.assert_array_equal(copy.data, W)
    assert value.numpy() is array
    first = value[0]
    array[0] = 9.0
    value.add_(0)
    assert first.item() == 9.0


def test_numbers_of_scalars_are_shared_too():
    x = Value(2.0)
    twin, row = x.detach(), x.view(1)
    with no_grad():
        x += 1
    assert twin.item() == 3.0
    assert row.tolist() == [3.0]
    twin.mul_(2)
    assert x.item() == 6.0
    x.data = 7.0
    assert twin.item() == 7.0
    with no_grad():
        row[0] = 8.0
    assert x.item() == 8.0


def test_new_data_leaves_the_shared_memory():
    x = Value(W)
    twin = x.detach()
    x.data = np.zeros(3)
    np.testing.assert_array_equal(twin.data, W)
    twin.add_(1)
    np.testing.assert_array_equal(x.data, np.zeros(3))


def test_setting_data_is_noticed():
    x = Value(W)
    y = (x * x).sum()
    x.data = x.data * 2
    with pytest.raises(InplaceError):
        y.backward()


def test_retained_gradients_and_hooks():
    """A hook stays with what the Value was, a retained gradient belongs to what it is; as in PyTorch."""
    for library in (autograd, torch):
        x = library.tensor(W, requires_grad=True)
        y = x * 2
        seen = []
        y.register_hook(lambda g, seen=seen: seen.append(g.tolist()))
        y.retain_grad()
        y.mul_(3)
        y.sum().backward()
        assert seen == [[3.0, 3.0, 3.0]]
        assert y.grad.tolist() == [1.0, 1.0, 1.0]
        assert x.grad.tolist() == [6.0, 6.0, 6.0]


def test_detach_in_place():
    x = Value(W)
    y = x * 2
    z = y * y
    y.detach_()
    y.add_(1)
    assert y.is_leaf
    assert not y.requires_grad
    z.sum().backward()
    np.testing.assert_allclose(x.grad.data, 8 * W)
    with pytest.raises(GradientError, match="view"):
        (x * 2)[0:1].detach_()


def test_the_graph_shows_what_ran():
    x = Value(3.0, name="x")
    y = x * 2
    y += 1
    nodes = trace(y).nodes
    assert [node.symbol for node in nodes if node.kind == "gate"] == ["*", "+"]
    assert [node.value.item() for node in nodes if node.kind == "gate"] == [6.0, 7.0]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_no_circles(scene):
    """The graph goes when its last Value goes, without Python's collector, whether or not a backward pass ran."""
    gc.freeze()  # what was there before is not looked at
    gc.disable()
    try:
        for backward in (False, True):
            x, w = Value(X), Value(W)
            results = scene(autograd, x, w)
            if backward:
                results = results if isinstance(results, tuple) else (results,)
                sum((result * result).sum() for result in results).backward()
            del x, w, results
            assert gc.collect() == 0
    finally:
        gc.enable()
        gc.unfreeze()


def test_many_changes_take_linear_time_and_memory():
    x = Value(1.0)
    total = x * 0
    for _ in range(20_000):
        total += x
    total.backward()
    assert x.grad.item() == 20_000
    out = autograd.zeros(1000, dtype=autograd.float64)
    for i in range(1000):
        out[i] = x * i
    out.sum().backward()
    assert x.grad.item() == 20_000 + sum(range(1000))


def test_a_view_outlives_many_updates():
    """A transposed weight that is made once stays right, and its graph does not grow."""
    w = Value(X)
    transposed = w.T
    for _ in range(50):
        y = (transposed * 2).sum()
        (g,) = grad(y, w, retain_graph=True)
        np.testing.assert_array_equal(g.data, np.full(X.shape, 2.0))
        with no_grad():
            w -= 0.1 * g
    np.testing.assert_array_equal(transposed.data, w.data.T)
    assert len(trace((transposed * 2).sum()).values) == 4
    stale = (transposed * transposed).sum()
    with no_grad():
        w += 1
    with pytest.raises(InplaceError):
        stale.backward()


def test_a_buffer_that_is_detached_each_step_stays_small():
    x, running = Value(np.ones(1000)), autograd.zeros(1000, dtype=autograd.float64)
    for _ in range(20):
        running += x * x
        running.sum().backward()
        running.detach_()
    held = [stand_in for stand_in in running.extra.history[:-1] if stand_in.inputs]
    assert not held
    np.testing.assert_array_equal(x.grad.data, np.full(1000, 40.0))


def test_an_old_consumer_of_a_released_version():
    x = Value(np.ones(3))
    y = x * 2
    z = y + 1
    y += 1
    y.sum().backward()
    y += 1
    with pytest.raises(FreedGraphError):
        z.sum().backward()


def test_large_arrays_are_not_copied_for_a_sum():
    x, w = Value(np.ones(1000)), Value(np.full(1000, 3.0))
    y = x * w
    y += w
    y *= w
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, np.full(1000, 9.0))
    np.testing.assert_array_equal(w.grad.data, np.full(1000, 12.0))


def test_an_integer_buffer_takes_numbers_and_no_gradient():
    buffer = autograd.zeros(3, dtype=autograd.long)
    buffer[0] = Value(2.7)
    assert buffer.tolist() == [2, 0, 0]
    assert not buffer.requires_grad
