"""The backward pass: figures of the lectures, accumulation, fan-out, freeing, hooks, higher derivatives."""

import math
import threading

import numpy as np
import pytest

from autograd import Value, enable_grad, grad, no_grad, set_grad_enabled, trace
from autograd.errors import DtypeError, FreedGraphError, GradientError, ShapeError
from autograd.operation import TABLE

exp = TABLE["exp"]


def test_S3_8_circuit():
    w0, x0, w1, x1, w2 = (Value(v) for v in (2.0, -1.0, -3.0, -2.0, -3.0))
    f = 1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))
    f.backward()
    sigma = 1 / (1 + math.exp(-1))
    slope = sigma * (1 - sigma)
    assert f.item() == pytest.approx(0.731058578630005, abs=1e-12)
    expected = [-1 * slope, 2 * slope, -2 * slope, -3 * slope, slope]
    for leaf, value in zip((w0, x0, w1, x1, w2), expected, strict=True):
        assert leaf.grad.item() == pytest.approx(value, abs=1e-12)
    assert [round(leaf.grad.item(), 6) for leaf in (w0, x0, w1, x1, w2)] == [
        -0.196612, 0.393224, -0.393224, -0.589836, 0.196612,
    ]  # fmt: skip
    assert w0.grad.data == -0.19661193324148188


def test_S3_13_accumulation_and_retain_graph():
    X, Y = (Value(np.array(v), requires_grad=False) for v in ([1.0, 2, 3, 4], [2.0, 4, 6, 8]))
    W = Value(1.0)
    E = W * X - Y
    E.retain_grad()
    product = E * E
    loss = TABLE["sum"](product) / 4
    assert loss.item() == 7.5
    loss.backward(retain_graph=True)
    assert W.grad.item() == -15
    assert product.grad is None
    np.testing.assert_array_equal(E.grad.data, [-0.5, -1, -1.5, -2])
    loss.backward(retain_graph=True)
    assert W.grad.item() == -30
    np.testing.assert_array_equal(E.grad.data, 2 * np.array([-0.5, -1, -1.5, -2]))
    W.grad = 0.0
    loss.backward()
    assert W.grad.item() == -15
    np.testing.assert_array_equal(E.grad.data, 3 * np.array([-0.5, -1, -1.5, -2]))
    with pytest.raises(FreedGraphError, match="retain_graph=True"):
        loss.backward()


def test_two_passes_accumulate_in_the_leaf_only():
    a = Value(2.0)
    b = 3 * a
    c = b * b
    c.backward(retain_graph=True)
    assert a.grad.item() == 36
    c.backward(retain_graph=True)
    assert a.grad.item() == 72


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda a, b: a * a, (6.0, None)),
        (lambda a, b: a + a, (2.0, None)),
        (lambda a, b: a - b, (1.0, -1.0)),
        (lambda a, b: b - a, (-1.0, 1.0)),
        (lambda a, b: a * b + a / b + a, (5.0 + 0.2 + 1, 3 - 3 / 25)),
    ],
)
def test_fan_out_and_order(function, expected):
    a, b = Value(3.0), Value(5.0)
    function(a, b).backward()
    for leaf, value in zip((a, b), expected, strict=True):
        if value is None:
            assert leaf.grad is None
        else:
            assert leaf.grad.item() == pytest.approx(value, rel=1e-15)


def test_copy_nodes_stand_in_the_graph():
    a = Value(3.0)
    y = a * a + a
    graph = trace(y)
    copies = [node for node in graph.nodes if node.kind == "copy"]
    assert len(copies) == 1
    assert len(copies[0].outputs) == 3
    assert copies[0].inputs[0].source.value is a
    assert [edge.position for edge in copies[0].outputs] == [0, 1, 1]
    assert graph.fan_out[0] == 3


def test_inputs_keep_their_order():
    a, b = Value(1.0), Value(2.0)
    for y, order in ((a - b, (a, b)), (b - a, (b, a))):
        gate = trace(y).nodes[-1]
        assert all(edge.source.value is value for edge, value in zip(gate.inputs, order, strict=True))


def test_broadcasting_is_summed_back():
    a, b = Value(np.ones((2, 1, 3))), Value(np.arange(4.0).reshape(4, 1))
    y = a * b
    assert y.shape == (2, 4, 3)
    y.backward(np.ones((2, 4, 3)))
    np.testing.assert_array_equal(a.grad.data, np.full((2, 1, 3), 6.0))
    np.testing.assert_array_equal(b.grad.data, np.full((4, 1), 6.0))
    (edge_a, edge_b) = trace(a * b).nodes[-1].inputs
    assert (edge_a.axes, edge_b.axes) == ((1,), (0, 2))


def test_gradient_keeps_dtype_and_shape():
    x = Value(np.ones((2, 3), dtype=np.float32))
    s = Value(2.0)
    y = TABLE["sum"](x * s * np.ones((2, 3)))
    y.backward()
    assert (x.grad.dtype, x.grad.shape) == (np.float32, (2, 3))
    assert isinstance(s.grad.data, float)


def test_higher_derivatives():
    x = Value(1.3)
    y = x**4
    derivative, order = y, 1
    for expected in (4 * 1.3**3, 12 * 1.3**2, 24 * 1.3, 24.0):
        (derivative,) = grad(derivative, x, create_graph=True)
        assert derivative.item() == pytest.approx(expected, rel=1e-14), order
        order += 1
    assert x.grad is None


def test_backward_with_create_graph():
    x = Value(3.0)
    y = x * x * x
    y.backward(create_graph=True)
    first = x.grad
    assert first.requires_grad
    x.grad = None
    first.backward()
    assert x.grad.item() == 18


def test_grad_of_results_and_unused():
    x, other = Value(2.0), Value(5.0)
    h = x * 3
    y = h * h
    (dh, dx) = grad(y, [h, x], retain_graph=True)
    assert (dh.item(), dx.item()) == (12, 36)
    with pytest.raises(GradientError, match="allow_unused"):
        grad(y, [other], retain_graph=True)
    assert grad(y, [other, x], allow_unused=True, retain_graph=True)[0] is None
    assert grad(y, [other], materialize_grads=True)[0].item() == 0


def test_backward_into_chosen_inputs():
    x, w = Value(2.0), Value(3.0)
    (x * w).backward(inputs=[w])
    assert x.grad is None
    assert w.grad.item() == 2


def test_hooks():
    x = Value(2.0)
    h = x * 3
    seen = []
    handle = h.register_hook(lambda g: seen.append(g.item()))
    x.register_hook(lambda g: g * 10)
    y = h * h
    y.backward(retain_graph=True)
    assert seen == [12]
    assert x.grad.item() == 360
    handle.remove()
    handle.remove()
    y.backward()
    assert seen == [12]


def test_a_hook_may_run_another_backward_over_shared_leaves():
    w = Value(2.0)

    def hook(gradient):
        (inner,) = grad(w * w * w, w)
        return gradient + inner

    h = w * 5
    h.register_hook(hook)
    (h * w + w).backward()
    assert w.grad.item() == pytest.approx(5 * (2 + 12) + 10 + 1)


def test_a_failed_pass_leaves_the_graph_usable():
    w = Value(2.0)
    h = w * 5
    fails = [True]

    def hook(gradient):
        if fails.pop():
            raise KeyError("planned")

    h.register_hook(hook)
    y = h * w
    with pytest.raises(KeyError):
        y.backward(retain_graph=True)
    fails.append(False)
    y.backward()
    assert w.grad.item() == 20


def test_messages_for_mistakes():
    x = Value(np.ones(3))
    with pytest.raises(GradientError, match="upstream gradient"):
        (x * 2).backward()
    with pytest.raises(ShapeError, match="does not fit"):
        (x * 2).backward(np.ones(2))
    with pytest.raises(GradientError, match="does not require a gradient"):
        Value(np.ones(3), requires_grad=False).backward(np.ones(3))
    with pytest.raises(DtypeError, match="floating-point"):
        Value(np.array([1, 2]), requires_grad=True)
    with pytest.raises(DtypeError, match="complex"):
        Value(1 + 2j)
    with pytest.raises(TypeError, match="final"):
        type("Mine", (Value,), {})


def test_recording_switches():
    x = Value(2.0)
    with no_grad():
        assert not (x * 2).requires_grad
        with enable_grad():
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad

    @no_grad()
    def plain():
        return x * 2

    @no_grad
    def bare():
        return x * 2

    assert not plain().requires_grad
    assert not bare().requires_grad
    with set_grad_enabled(False):
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
    set_grad_enabled(False)
    assert not (x * 2).requires_grad
    set_grad_enabled(True)
    assert (x * 2).requires_grad


def test_no_grad_belongs_to_its_thread():
    x, seen = Value(2.0), []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * 2).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_threads_share_leaves():
    w = Value(1.0)

    def work():
        for _ in range(200):
            y = w
            for _ in range(20):
                y = y * 1.0 + w
            y.backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert w.grad.item() == 4 * 200 * 21


def test_ieee_results():
    x = Value(0.0)
    y = 1 / x
    assert y.item() == math.inf
    y.backward()
    assert x.grad.item() == -math.inf
    assert exp(Value(1e4)).item() == math.inf
    assert math.isnan((Value(-8.0) ** (1 / 3)).item())
    assert (Value(1e200) ** 2).item() == math.inf
    z = Value(0.0)
    (z**2 + z**1).backward()
    assert z.grad.item() == 1


def test_released_graph_still_shows_itself():
    x = Value(2.0)
    y = (x * x).named("square") + 1
    y.backward()
    assert [node.kind for node in trace(y).nodes] == ["leaf", "copy", "gate", "constant", "gate"]
    with pytest.raises(FreedGraphError):
        y.backward()


def test_large_arrays_are_let_go():
    x = Value(np.ones(1000))
    h = x * 2
    y = TABLE["sum"](h * h)
    inner = y.inputs[0]
    y.backward()
    assert y.inputs[0] is not inner
    assert y.inputs[0].shape == (1000,)
    with pytest.raises(FreedGraphError, match="released"):
        y.inputs[0]._data + 1
    np.testing.assert_array_equal(h.data, np.full(1000, 2.0))
    np.testing.assert_array_equal(x.grad.data, np.full(1000, 8.0))
