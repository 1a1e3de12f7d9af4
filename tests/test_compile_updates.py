"""What compiled steps do with large weights: updates beside the products that they need, and their instructions."""

import itertools

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd import Value
from nn import optim
from nn.compile_step import compile_step

NUMBERS = np.array([0.0, -0.0, 1e-42, 3e-20, 1e-8, 0.3, 1.0, 7.5, 2e15, 3e19, 1e30, np.inf, np.nan], np.float32)
EPS = [1e-8, 0.0, 1e-12, 1e3, 1e20, np.inf, np.nan]


@pytest.mark.parametrize("eps", EPS)
@pytest.mark.parametrize("single", [True, False])
def test_a_step_divided_by_a_root(eps, single):
    b, square = map(np.array, zip(*itertools.product([*NUMBERS, *-NUMBERS], NUMBERS), strict=True))
    a, rate = np.ones_like(b), np.float32(0.25)
    eps = np.float32(eps)

    def function(a, rate, b, square, eps):
        return a - rate * (b / (square.sqrt() + eps))

    plain = [rate, b, square, eps] if single else [np.full_like(b, rate), b, square, np.full_like(b, eps)]
    with np.errstate(all="ignore"):
        expected = a - rate * (b / (np.sqrt(square) + eps))
        got = autograd.compile(function)(*map(Value, (a, *plain))).data
    np.testing.assert_allclose(got, expected, rtol=2e-6, atol=1e-30)


@pytest.mark.parametrize("single", [True, False])
def test_running_means(single):
    random = np.random.default_rng(0)
    a, b, array = random.standard_normal((3, 37)).astype(np.float32)
    share = np.float32(0.1) if single else array
    toward = autograd.compile(lambda a, b, share: a + (b - a) * share)
    squares = autograd.compile(lambda a, keep, b, share: a * keep + b * b * share)
    np.testing.assert_allclose(toward(a, b, share).data, a + (b - a) * share, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(squares(a, share, b, share).data, a * share + b * b * share, rtol=1e-5, atol=1e-7)


class Tied(nn.Module):
    """A weight that is used twice, so that its gradient is a sum and its old numbers are needed late."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(160, 160, bias=False)

    def forward(self, x):
        return F.linear(F.tanh(self.inner(x)), self.inner.weight)


def deep():
    return nn.Sequential(nn.Linear(160, 160), nn.Tanh(), nn.Linear(160, 160), nn.Tanh(), nn.Linear(160, 160))


@pytest.mark.parametrize("make", [Tied, deep])
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda p: optim.SGD(p, lr=0.1),
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
        lambda p: optim.Adam(p, lr=0.01),
        lambda p: optim.AdamW(p, lr=0.01, weight_decay=0.1),
        lambda p: optim.RMSprop(p, lr=0.01),
    ],
)
def test_large_weights(make, optimizer):
    random = np.random.default_rng(0)
    x, y = random.standard_normal((2, 256, 160)).astype(np.float32)
    autograd.manual_seed(0)
    model = make()
    twin = make()
    twin.load_state_dict(model.state_dict())
    step = compile_step(model, F.mse_loss, optimizer(model.parameters()))
    losses = step.run((x, y), epochs=3, batch_size=64)
    mine, expected = optimizer(twin.parameters()), []
    for begin in [*range(0, 256, 64)] * 3:
        mine.zero_grad()
        loss = F.mse_loss(twin(Value(x[begin : begin + 64])), Value(y[begin : begin + 64]))
        loss.backward()
        mine.step()
        expected.append(loss.item())
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-3, atol=1e-4)


def test_shuffled_and_large_items():
    """Batches that lie apart, and the last one of an array, whose following items are not there."""
    random = np.random.default_rng(0)
    x, y = random.standard_normal((200, 1000)).astype(np.float32), random.integers(0, 10, 200)
    results = []
    for whole in (True, False):
        autograd.manual_seed(0)
        model = nn.Sequential(nn.Linear(1000, 64), nn.ReLU(), nn.Linear(64, 10))
        step = compile_step(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1))
        order = np.random.default_rng(1).permutation(200).reshape(1, -1)
        if whole:
            results.append(step.run((x, y), batch_size=50, order=order))
        else:
            results.append([float(step(x[rows], y[rows])) for rows in order.reshape(-1, 50)])
    np.testing.assert_allclose(*results, rtol=1e-5)
