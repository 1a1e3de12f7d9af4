"""Functions inside compiled functions: hand-written ones, checkpoints, and those that draw random numbers."""

import numpy as np
import pytest
from own_functions import Cube

import autograd
import nn
import nn.functional as F
from autograd import Function, Value
from autograd.checkpoint import checkpoint
from autograd.errors import CompileError, RangeError
from nn import optim
from nn.compile_step import compile_step


class Both(Function):
    """Sum and product, with a wrong but known gradient, so that it is seen whose backward ran."""

    @staticmethod
    def forward(ctx, x, y, factor):
        ctx.factor, ctx.kept = factor, x.exp()
        product = x * y * factor
        ctx.save_for_backward(x, product, ctx.kept)
        return x + y, product

    @staticmethod
    def backward(ctx, g, h):
        _, product, kept = ctx.saved_tensors
        return g * 10.0 + kept, h * ctx.factor + product, None


class Straight(Function):
    """Rounding that lets gradients pass."""

    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, grad):
        return grad


class RawForward(Cube):
    @staticmethod
    def forward(ctx, x):
        return Value(np.exp(x.numpy()))


class RawBackward(Cube):
    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return Value(grad.numpy() * x.numpy())


FUNCTIONS = {
    "one input": lambda x, y: Cube.apply(x * y).sum(),
    "twice": lambda x, y: Cube.apply(Cube.apply(x) + y).sum(),
    "several outputs": lambda x, y: sum(p.sum() * (k + 1.0) for k, p in enumerate(Both.apply(x, y, 2.0))),
    "one output used": lambda x, y: Both.apply(x, y, 3.0)[1].sum(),
    "straight through": lambda x, y: (Straight.apply(x * 3.0) * y).sum(),
    "a gradient inside": lambda x, y: autograd.grad((Cube.apply(x) * y).sum(), [x], create_graph=True)[0].sum(),
    "a checkpoint": lambda x, y: checkpoint(lambda a, b: (a * b).tanh(), x, y).sum(),
    "a checkpoint with dropout": lambda x, y: checkpoint(lambda a: F.dropout(a * y, 0.5), x).sum(),
}


def both(function, numbers):
    """Results and gradients, eagerly and compiled, from the same random stream."""
    found = []
    for run in (function, autograd.compile(function)):
        inputs = [Value(x) for x in numbers]
        autograd.manual_seed(4)
        result = run(*inputs)
        result.backward()
        found.append([result.data, *(x.grad.data for x in inputs if x.grad is not None)])
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_functions(name, shape):
    random = np.random.default_rng(0)
    eager, compiled = both(FUNCTIONS[name], [random.standard_normal(shape) for _ in range(2)])
    for a, b in zip(eager, compiled, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_second_derivatives_of_a_function():
    compiled = autograd.compile(lambda x: Cube.apply(x))
    x = Value(2.0)
    (first,) = autograd.grad(compiled(x), [x], create_graph=True)
    assert autograd.grad(first, [x])[0].item() == pytest.approx(12.0)


@pytest.mark.parametrize("function", [RawForward, RawBackward])
def test_raw_numbers_in_a_function(function):
    half = function.__name__.removeprefix("Raw").lower()
    with pytest.raises(CompileError, match=rf"{function.__name__}.{half} computes with raw numbers.*operations on"):
        autograd.compile(lambda x: function.apply(x))(Value(2.0))


def test_a_function_in_a_training_step():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 2)

        def forward(self, x):
            return self.second(Cube.apply(checkpoint(self.first, x)))

    random = np.random.default_rng(0)
    x, t = (random.standard_normal(shape).astype(np.float32) for shape in ((6, 3), (6, 2)))
    losses = []
    for compiled in (True, False):
        autograd.manual_seed(1)
        model = Net()
        optimizer = optim.SGD(model.parameters(), lr=0.01)
        if compiled:
            losses.append(compile_step(model, F.mse_loss, optimizer).run((x, t), epochs=5))
        else:
            own = []
            for _ in range(5):
                optimizer.zero_grad()
                loss = F.mse_loss(model(autograd.tensor(x)), autograd.tensor(t))
                loss.backward()
                optimizer.step()
                own.append(loss.item())
            losses.append(own)
    np.testing.assert_allclose(*losses, rtol=1e-5)


CHOICES = {
    "max along an axis": lambda x, y: ((m := x.max(dim=1))[0] * (m.indices + 1.0)).sum() + y.sum(),
    "min, kept": lambda x, y: (x.min(dim=0, keepdim=True).values * y).sum(),
    "turned by t": lambda x, y: (x.t() @ y).sum(),
    "rows by a computed index": lambda x, y: (x[y.argmax(1)[:1]] * y[:1]).sum(),
    "entries by computed indices": lambda x, y: (x[range(2), x.argmax(1)] * 3.0).sum() + x[x.argmin(0)[0]].sum(),
    "from behind": lambda x, y: x[x.argmax(1) % 2 - 2, [1, 2]].sum(),
    "picked by a computed index": lambda x, y: (autograd.gather(x, 1, x.argmax(1, True)) * y).sum(),
}


@pytest.mark.parametrize("name", CHOICES)
def test_choices(name):
    numbers = [np.random.default_rng(0).standard_normal((2, 3)), np.ones((2, 3))]
    numbers[0][0, :2] = 2.0  # a tie: the first gets the gradient
    eager, compiled = both(CHOICES[name], numbers)
    for a, b in zip(eager, compiled, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_computed_indices_are_checked():
    by = autograd.compile(lambda x, i: x[i, [0, 1]])
    x = Value(np.arange(6.0).reshape(2, 3))
    assert by(x, np.array([1, -1])).tolist() == [3.0, 4.0]
    for wrong in ([2, 0], [0, -3]):
        with pytest.raises(RangeError, match="out of range"):
            by(x, np.array(wrong))
    for function in (lambda x: x[x > 1.0].sum(), lambda x: x[:, x.argmax(1)].sum()):
        with pytest.raises(CompileError, match=r"x\[i, j\]"):
            autograd.compile(function)(x)


def test_picked_log_probabilities():
    """The cross-entropy of lectures, written out."""
    random = np.random.default_rng(0)
    x, t = random.standard_normal((8, 3)).astype(np.float32), random.integers(0, 4, 8)
    losses = []
    for compiled in (True, False):
        autograd.manual_seed(0)
        model = nn.Linear(3, 4)
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        loss_of = (lambda y, t: -F.log_softmax(y, 1)[range(8), t].mean()) if compiled else F.cross_entropy
        losses.append(compile_step(model, loss_of, optimizer).run((x, t), epochs=4))
    np.testing.assert_allclose(*losses, rtol=1e-5)


# -- random numbers ----------------------------------------------------------------------------------------------------

RANDOM = {
    "dropout": lambda x, y: (F.dropout(x, 0.4) * y).sum(),
    "two dropouts": lambda x, y: F.dropout(F.dropout(x * y, 0.2).tanh(), 0.5).sum(),
    "rrelu": lambda x, y: F.rrelu(x * y, training=True).sum(),
    "randn_like": lambda x, y: (x + y * autograd.randn_like(y)).square().sum(),
    "rand": lambda x, y: (autograd.rand(2, 3, dtype=autograd.float64) * x * y).sum(),
    "bernoulli": lambda x, y: (autograd.bernoulli(np.full((2, 3), 0.3)) * x * y).sum(),
    "normal": lambda x, y: (autograd.normal(1.0, 2.0, (2, 3), dtype=autograd.float64) * x * y).sum(),
}


@pytest.mark.parametrize("name", RANDOM)
def test_random_numbers_are_those_of_the_stream(name):
    random = np.random.default_rng(0)
    function, numbers = RANDOM[name], [random.standard_normal((2, 3)) for _ in range(2)]
    compiled = autograd.compile(function)
    results = []
    for run in (function, compiled):
        autograd.manual_seed(3)
        own = []
        for _ in range(3):
            inputs = [Value(x) for x in numbers]
            result = run(*inputs)
            result.backward()
            own.append([result.item(), *(x.grad.data for x in inputs), autograd.rand(()).item()])
        results.append(own)
    for eager, again in zip(*results, strict=True):
        for a, b in zip(eager, again, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
    assert len(compiled.programs) == 1
    assert len({own[0] for own in results[1]}) > 1


def test_higher_derivatives_see_the_same_random_numbers():
    compiled = autograd.compile(lambda x: (F.dropout(x, 0.5) ** 3).sum())
    x = Value(np.ones(50))
    result = compiled(x)
    autograd.rand(7)
    (first,) = autograd.grad(result, [x], create_graph=True)
    following = autograd.rand(3).tolist()
    (second,) = autograd.grad(first.sum(), [x])
    np.testing.assert_allclose(first.data, np.where(first.data > 0, 24.0, 0.0))
    np.testing.assert_allclose(second.data, 2.0 * first.data)
    assert following != autograd.rand(3).tolist()


def test_a_generator_of_its_own_is_refused():
    generator = autograd.Generator().manual_seed(1)
    with pytest.raises(CompileError, match="changes from run to run"):
        autograd.compile(lambda x: x * autograd.rand((), generator=generator))(Value(1.0))


def test_noise_in_a_training_step():
    """A variational autoencoder's sampling, and its numbers."""
    random = np.random.default_rng(0)
    x = random.standard_normal((12, 3)).astype(np.float32)

    def loss_of(y, t):
        mean, spread = y[:, :3], y[:, 3:]
        return F.mse_loss(mean + autograd.randn_like(mean) * spread.exp(), t)

    losses = []
    for compiled in (True, False):
        autograd.manual_seed(1)
        model = nn.Linear(3, 6)
        optimizer = optim.SGD(model.parameters(), lr=0.01)
        autograd.manual_seed(2)
        if compiled:
            losses.append(compile_step(model, loss_of, optimizer).run((x, x), epochs=3, batch_size=4))
        else:
            own = []
            for k in [0, 4, 8] * 3:
                optimizer.zero_grad()
                loss = loss_of(model(autograd.tensor(x[k : k + 4])), autograd.tensor(x[k : k + 4]))
                loss.backward()
                optimizer.step()
                own.append(loss.item())
            losses.append(own)
    np.testing.assert_allclose(*losses, rtol=1e-5)
