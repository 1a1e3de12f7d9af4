"""Programs written for micrograd run with one line changed: `from autograd import Value`."""

import gc
import random
from itertools import pairwise

import pytest

from autograd import Value


def test_the_readme_example():
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


class Module:
    """What has parameters."""

    def zero_grad(self):
        for p in self.parameters():
            p.grad = 0

    def parameters(self):
        return []


class Neuron(Module):
    """Weighted sum, bias, relu."""

    def __init__(self, inputs, nonlinear=True):
        self.weights = [Value(random.uniform(-1, 1)) for _ in range(inputs)]
        self.bias = Value(0)
        self.nonlinear = nonlinear

    def __call__(self, x):
        act = sum((w * xi for w, xi in zip(self.weights, x)), self.bias)
        return act.relu() if self.nonlinear else act

    def parameters(self):
        return [*self.weights, self.bias]


class Layer(Module):
    """Neurons side by side."""

    def __init__(self, inputs, outputs, **options):
        self.neurons = [Neuron(inputs, **options) for _ in range(outputs)]

    def __call__(self, x):
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


class Net(Module):
    """Layers one after another."""

    def __init__(self, inputs, outputs):
        sizes = [inputs, *outputs]
        self.layers = [Layer(a, b, nonlinear=i != len(outputs) - 1) for i, (a, b) in enumerate(pairwise(sizes))]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


def loss_of(net, points, labels):
    """Hinge loss and a little weight decay, as micrograd's demonstration has them."""
    scores = [net(list(map(Value, point))) for point in points]
    losses = [(1 + -label * score).relu() for label, score in zip(labels, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    decay = 1e-4 * sum(p * p for p in net.parameters())
    right = [(label > 0) == (score.data > 0) for label, score in zip(labels, scores)]
    return data_loss + decay, sum(right) / len(right)


def test_a_training_loop():
    random.seed(1337)
    net = Net(2, [8, 8, 1])
    points = [(random.uniform(-1, 1), random.uniform(-1, 1)) for _ in range(24)]
    labels = [1 if x * y > 0 else -1 for x, y in points]
    history = []
    for k in range(40):
        total, accuracy = loss_of(net, points, labels)
        net.zero_grad()
        total.backward()
        rate = 1.0 - 0.9 * k / 100
        for p in net.parameters():
            p.data += -rate * 0.2 * p.grad
        history.append(total.data)
    assert history[-1] < 0.5 * history[0]
    assert accuracy > 0.9
    assert all(type(p.data) is float for p in net.parameters())
    assert all(p.is_leaf for p in net.parameters())


def test_a_training_step_leaves_nothing_behind():
    random.seed(0)
    net = Net(2, [4, 1])

    def step():
        total, _ = loss_of(net, [(0.5, -0.5)], [1])
        net.zero_grad()
        total.backward()
        for p in net.parameters():
            p.data += -0.01 * p.grad

    step()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(20):
            step()
        assert len(gc.get_objects()) - before < 50
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("change", ["+=", "-=", "*=", "/=", "**="])
def test_rebinding_operators_on_results(change):
    """`x op= y` gives the gradient of `x = x op y`."""
    gradients = []
    for statement in (f"z {change} b", f"z = z {change[:-1]} b"):
        a, b = Value(1.7), Value(0.6)
        scope = {"z": a * a, "b": b}
        exec(statement, scope)
        scope["z"].backward()
        gradients.append((a.grad.data, b.grad.data))
    assert gradients[0] == pytest.approx(gradients[1], rel=1e-15)
