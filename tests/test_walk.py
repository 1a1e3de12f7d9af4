"""The walk shows what the sweep did: same numbers, every gate and wire once, copies with what arrived."""

import numpy as np
import pytest

from autograd import TABLE, Value, walk
from autograd.errors import FreedGraphError, GradientError

exp = TABLE["exp"]


def circuit():
    leaves = [
        Value(v, name=n) for n, v in zip(("w0", "x0", "w1", "x1", "w2"), (2.0, -1.0, -3.0, -2.0, -3.0), strict=True)
    ]
    w0, x0, w1, x1, w2 = leaves
    return leaves, 1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))


def test_S3_8_steps_in_the_order_of_the_lecture():
    leaves, f = circuit()
    steps = walk(f)
    gates = [step for step in steps if step.kind == "forward"]
    assert [step.node.symbol for step in gates] == ["*", "*", "+", "+", "×(−1)", "exp", "+", "/"]
    assert [round(step.result, 2) for step in gates] == [-2, 6, 4, 1, -1, 0.37, 1.37, 0.73]
    assert (gates[0].formula, gates[0].numbers) == ("w0 * x0", "2.0 * (-1.0)")
    wires = [step for step in steps if step.kind == "backward"]
    assert [round(step.downstream, 2) for step in wires] == [
        -0.53, -0.53, -0.2, 0.2, 0.2, 0.2, 0.2, 0.2, -0.39, -0.59, -0.2, 0.39,
    ]  # fmt: skip
    for step in wires:
        assert step.upstream * step.local == pytest.approx(step.downstream, rel=1e-15)
    f.backward()
    for leaf, step in zip(leaves, sorted((s for s in steps if s.kind == "leaf"), key=lambda s: s.node.id), strict=True):
        assert step.result == leaf.grad.item()


def test_walking_changes_nothing():
    leaves, f = circuit()
    walk(f)
    assert all(leaf.grad is None for leaf in leaves)
    f.backward()
    grads = [leaf.grad.item() for leaf in leaves]
    walk(f)  # a released graph of small numbers is still there to look at
    assert [leaf.grad.item() for leaf in leaves] == grads
    with pytest.raises(FreedGraphError):
        f.backward()


def test_copies_tell_what_has_arrived():
    a = Value(3.0, name="a")
    steps = walk(a * a + a)
    into_a = [step for step in steps if step.kind == "backward" and step.target.kind == "copy"]
    assert [(step.arrived, step.expected) for step in into_a] == [((1.0,), 3), ((1.0, 3.0), 3), ((1.0, 3.0, 3.0), 3)]
    (copy,) = [step for step in steps if step.kind == "copy"]
    assert (copy.upstream, copy.result, copy.numbers) == ((1.0, 3.0, 3.0), 7.0, "1.0 + 3.0 + 3.0")
    assert copy.number > into_a[-1].number


def test_broadcast_axes_are_named():
    x, b = Value(np.ones((2, 3)), name="x"), Value(np.zeros(3), name="b")
    steps = walk(TABLE["sum"](x + b))
    step = next(s for s in steps if s.kind == "backward" and s.target.value is b)
    assert step.axes == (0,)
    np.testing.assert_array_equal(step.downstream, [2, 2, 2])
    np.testing.assert_array_equal(step.local, np.ones((2, 3)))


def test_names_do_not_collide():
    v1, other = Value(1.0, name="v1"), Value(2.0)
    steps = walk(v1 * other + 1, names={id(other): "outer"})
    assert [step.name for step in steps.forward] == ["v1", "outer", "v2", "v3"]


def test_errors():
    with pytest.raises(GradientError, match="does not require"):
        walk(Value(1.0, requires_grad=False))
    with pytest.raises(GradientError, match="upstream"):
        walk(Value(np.ones(2)) * 2)
    with pytest.raises(TypeError, match="Value"):
        walk(3.0)
    x = Value(np.ones(1000))
    y = TABLE["sum"]((x * 2) * x)
    y.backward()
    with pytest.raises(FreedGraphError, match="released"):
        walk(y)


def test_a_negative_base_stands_in_brackets():
    x = Value(-2.0, name="x")
    assert walk(x**3).forward[-1].numbers == "(-2.0) ** 3"
    assert walk(x * 3).forward[-1].numbers == "-2.0 * 3"
