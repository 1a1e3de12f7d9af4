"""diagnose on nets made to have each illness of S3.16, and on a healthy one."""

import numpy as np
import pytest

import autograd as ag
import nn
import viz
from nn import optim


def batch(count=64, inputs=8, seed=0):
    random = np.random.default_rng(seed)
    x = random.standard_normal((count, inputs))
    return ag.tensor(x), ag.tensor((x[:, :1] > 0).astype(float))


def net(activation, depth=3, width=32, scale=None, bias=None):
    """A net in float64; `scale` and `bias` overwrite its hidden weights."""
    ag.manual_seed(0)
    layers = []
    for number in range(depth):
        layers += [nn.Linear(8 if number == 0 else width, width), activation()]
    model = nn.Sequential(*layers, nn.Linear(width, 1)).double()
    random = np.random.default_rng(1)
    for layer in list(model)[:-1:2]:
        if scale is not None:
            layer.weight.data = scale * random.standard_normal(layer.weight.shape)
        if bias is not None:
            layer.bias.data = np.full(layer.bias.shape, bias)
    return model


def said(model, **options):
    return " ".join(viz.diagnose(model, batch(), nn.BCEWithLogitsLoss(), **options).suspicions)


def test_a_healthy_net_gets_no_suspicion():
    model = net(nn.ReLU, scale=0.25, bias=0.0)
    report = viz.diagnose(model, batch(), nn.BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=0.01))
    assert report.suspicions == []
    assert "Nothing suspicious" in str(report)
    assert [layer.kind for layer in report.layers].count("relu") == 3


def test_vanishing():
    assert "Vanishing gradients" in said(net(nn.Sigmoid, depth=8))


def test_exploding():
    assert "Exploding gradients" in said(net(nn.LeakyReLU, depth=8, scale=3.0))


def test_dead_units():
    text = said(net(nn.ReLU, bias=-20.0))
    assert "Dead units: 100%" in text


def test_paralysis():
    assert "Saturation" in said(net(nn.Tanh, scale=20.0))


@pytest.mark.parametrize(("rate", "words"), [(50.0, "Step too large"), (1e-9, "Step too small")])
def test_steps(rate, words):
    model = net(nn.Tanh)
    assert words in said(model, optimizer=optim.SGD(model.parameters(), lr=rate))


def test_overfitting_from_a_history():
    history = {"loss": [1.0, 0.6, 0.3, 0.1, 0.02], "validation_loss": [1.0, 0.7, 0.6, 0.8, 1.1]}
    assert "Overfitting: the validation loss was lowest in epoch 3" in said(net(nn.Tanh), history=history)
    improving = {"loss": [1.0, 0.6, 0.3, 0.1, 0.02], "validation_loss": [1.0, 0.7, 0.6, 0.5, 0.4]}
    assert "Overfitting" not in said(net(nn.Tanh), history=improving)


def test_looking_changes_nothing():
    model = net(nn.Tanh)
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    loss = nn.BCEWithLogitsLoss()
    x, y = batch()
    loss(model(x), y).backward()
    optimizer.step()
    before = {name: p.data.copy() for name, p in model.named_parameters()}
    grads = {name: p.grad.data.copy() for name, p in model.named_parameters()}
    viz.diagnose(model, (x, y), loss, optimizer)
    for name, p in model.named_parameters():
        np.testing.assert_array_equal(p.data, before[name])
        np.testing.assert_array_equal(p.grad.data, grads[name])
    optimizer.step()
    twin = net(nn.Tanh)
    other = optim.Adam(twin.parameters(), lr=0.1)
    loss(twin(x), y).backward()
    other.step()
    other.step()
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)


def test_not_finite():
    model = net(nn.Tanh)
    model[0].weight.data = np.full(model[0].weight.shape, np.nan)
    assert "The loss is nan" in said(model)
