"""compile_step: training by programs and training step by step give the same numbers, or the program says why not."""

import copy
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
import nn.functional as F
from autograd import Value, manual_seed, tensor
from autograd.errors import RangeError
from nn import optim
from nn.compile_step import compile_step

OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.05),
    "SGD, weight decay": lambda p: optim.SGD(p, lr=0.05, weight_decay=0.01),
    "momentum": lambda p: optim.SGD(p, lr=0.02, momentum=0.9),
    "dampening": lambda p: optim.SGD(p, lr=0.02, momentum=0.8, dampening=0.3, weight_decay=0.01),
    "nesterov": lambda p: optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True),
    "Adam": lambda p: optim.Adam(p, lr=0.01),
    "amsgrad": lambda p: optim.Adam(p, lr=0.01, amsgrad=True, weight_decay=0.01),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01),
    "RMSprop, centered": lambda p: optim.RMSprop(p, lr=0.01, centered=True, momentum=0.9),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.05, lr_decay=0.01),
    "Adadelta": lambda p: optim.Adadelta(p),
}


def net(*sizes, activation=nn.Tanh, seed=0, dtype=np.float64):
    """A multilayer perceptron with weights that depend on the seed only."""
    random = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), activation()]
    model = nn.Sequential(*layers[:-1])
    model = model.double() if dtype is np.float64 else model
    for p in model.parameters():
        p.data = (random.standard_normal(p.shape) * 0.5).astype(dtype)
    return model


def data(items, inputs, outputs=None, classes=None, seed=1, dtype=np.float64):
    """Inputs and targets: numbers, or classes."""
    random = np.random.default_rng(seed)
    x = random.standard_normal((items, inputs)).astype(dtype)
    return x, random.standard_normal((items, outputs)).astype(dtype) if outputs else random.integers(0, classes, items)


def twins(model, make_optimizer):
    """The model and a copy, each with an optimizer of its own."""
    other = copy.deepcopy(model)
    return (model, make_optimizer(model.parameters())), (other, make_optimizer(other.parameters()))


def eagerly(model, loss, optimizer, batches):
    """The losses of training steps, one after the other."""
    losses = []
    for *inputs, target in batches:
        optimizer.zero_grad()
        value = loss(model(*map(tensor, inputs)), tensor(target))
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


def cut(arrays, size, epochs=1):
    """Batches as they stand."""
    return [
        [array[first : first + size] for array in arrays]
        for _ in range(epochs)
        for first in range(0, len(arrays[0]), size)
    ]


def assert_same(model, other, tolerance=1e-9):
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=tolerance, atol=tolerance)


def assert_same_state(optimizer, other, tolerance=1e-9):
    ours, theirs = optimizer.state_dict()["state"], other.state_dict()["state"]
    assert ours.keys() == theirs.keys()
    for number, entries in ours.items():
        assert entries.keys() == theirs[number].keys()
        for name, entry in entries.items():
            if entry is None or isinstance(entry, int):
                assert entry == theirs[number][name]
            else:
                np.testing.assert_allclose(entry, theirs[number][name], rtol=tolerance, atol=tolerance)


# -- the same numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_over_200_steps(name):
    (model, optimizer), (other, other_optimizer) = twins(net(3, 5, 2), OPTIMIZERS[name])
    arrays = data(40, 3, 2)
    losses = compile_step(model, F.mse_loss, optimizer).run(arrays, epochs=50, batch_size=10)
    expected = eagerly(other, F.mse_loss, other_optimizer, cut(arrays, 10, 50))
    np.testing.assert_allclose(losses, expected, rtol=1e-9)
    assert_same(model, other)
    assert_same_state(optimizer, other_optimizer)
    assert optimizer.steps_taken == other_optimizer.steps_taken == 200


@pytest.mark.parametrize("name", ["SGD", "nesterov", "Adam", "RMSprop"])
def test_optimizers_in_single_precision(name):
    (model, optimizer), (other, other_optimizer) = twins(net(3, 17, 4, dtype=np.float32), OPTIMIZERS[name])
    arrays = data(60, 3, classes=4, dtype=np.float32)
    losses = compile_step(model, F.cross_entropy, optimizer).run(arrays, epochs=4, batch_size=10)
    expected = eagerly(other, F.cross_entropy, other_optimizer, cut(arrays, 10, 4))
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    assert_same(model, other, 1e-3)
    assert all(p.dtype == np.float32 for p in model.parameters())


@given(
    sizes=st.lists(st.integers(1, 20), min_size=2, max_size=4),
    activation=st.sampled_from([nn.ReLU, nn.Tanh, nn.GELU, nn.Sigmoid, nn.SiLU, nn.LeakyReLU, nn.ELU, nn.Softplus]),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    batch=st.integers(1, 9),
    classes=st.booleans(),
    seed=st.integers(0, 99),
)
def test_random_nets(sizes, activation, optimizer, batch, classes, seed):
    model = net(*sizes, activation=activation, seed=seed)
    (model, ours), (other, theirs) = twins(model, OPTIMIZERS[optimizer])
    loss = F.cross_entropy if classes else F.smooth_l1_loss
    arrays = data(12, sizes[0], *((None, sizes[-1]) if classes else (sizes[-1],)), seed=seed)
    losses = compile_step(model, loss, ours).run(arrays, epochs=2, batch_size=batch)
    np.testing.assert_allclose(losses, eagerly(other, loss, theirs, cut(arrays, batch, 2)), rtol=1e-8, atol=1e-12)
    assert_same(model, other, 1e-7)


@pytest.mark.parametrize("sizes", [(90, 80, 70), (210, 77, 70), (420, 330, 9)])
def test_large_layers(sizes):
    """By tiles, by panels of a turned matrix, and by the BLAS."""
    (model, optimizer), (other, theirs) = twins(net(*sizes), OPTIMIZERS["momentum"])
    arrays = data(200, sizes[0], sizes[-1])
    losses = compile_step(model, nn.MSELoss(), optimizer).run(arrays, batch_size=66)
    np.testing.assert_allclose(losses, eagerly(other, nn.MSELoss(), theirs, cut(arrays, 66)), rtol=1e-9)
    assert_same(model, other)


def test_a_step_at_a_time():
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["Adam"])
    step, batches = compile_step(model, F.mse_loss, optimizer), cut(data(30, 3, 2), 6)
    losses = [step(x, Value(y, requires_grad=False)) for x, y in batches]
    assert not losses[-1].requires_grad
    expected = eagerly(other, F.mse_loss, theirs, batches)
    np.testing.assert_allclose([loss.item() for loss in losses], expected, rtol=1e-10)
    assert_same(model, other)
    assert all(p.grad is None for p in model.parameters())


def test_several_inputs_and_functions_as_models():
    def make():
        return Value([[0.5, -1.0], [0.25, 2.0]]), Value(0.5)

    (w, b), (w2, b2) = make(), make()
    x, z, y = np.arange(8.0).reshape(4, 2) / 8, np.ones((4, 2)), np.full((4, 2), 0.5)
    step = compile_step(lambda x, z: x @ w + z * b, F.mse_loss, optim.SGD([w, b], lr=0.1, momentum=0.5))
    other = optim.SGD([w2, b2], lr=0.1, momentum=0.5)
    losses = step.run((x, z, y), epochs=20)
    expected = eagerly(lambda x, z: x @ w2 + z * b2, F.mse_loss, other, [(x, z, y)] * 20)
    np.testing.assert_allclose(losses, expected, rtol=1e-10)
    np.testing.assert_allclose(w.data, w2.data)
    assert isinstance(b.data, float)
    assert b.data == pytest.approx(b2.data)


def test_parameters_without_gradient_stay_and_groups_have_their_own_settings():
    (model, _), (other, _) = twins(net(3, 4, 4, 2), OPTIMIZERS["SGD"])

    def grouped(m):
        m[2].weight.requires_grad_(False)
        unused = Value([1.0, 2.0])
        groups = [
            {"params": m[0].parameters()},
            {"params": [*m[2].parameters(), *m[4].parameters(), unused], "lr": 0.1},
        ]
        return optim.Adam(groups, lr=0.01), unused

    (ours, unused), (theirs, _) = grouped(model), grouped(other)
    arrays, before = data(20, 3, 2), model[2].weight.data.copy()
    losses = compile_step(model, F.mse_loss, ours).run(arrays, epochs=30)
    np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, [arrays] * 30), rtol=1e-9)
    assert_same(model, other)
    assert np.array_equal(model[2].weight.data, before)
    assert unused.tolist() == [1.0, 2.0]


class Words(nn.Module):
    """Embedded indices, and the same as one-hot codes."""

    def __init__(self, padding=None):
        super().__init__()
        self.table, self.codes = nn.Embedding(7, 3, padding_idx=padding), nn.Linear(7, 2)
        self.out = nn.Linear(12, 2)

    def forward(self, index):
        codes = F.one_hot(index, 7).to(self.codes.weight.dtype)
        return self.out(self.table(index).flatten(1)) + self.codes(codes).sum(dim=1)


CHANGING = {
    "dropout": lambda: nn.Sequential(
        nn.Linear(3, 9), nn.Dropout(0.3), nn.Linear(9, 9), nn.Dropout(0.6), nn.Linear(9, 2)
    ),
    "dropout of everything": lambda: nn.Sequential(nn.Linear(3, 9), nn.Dropout(1.0), nn.Linear(9, 2)),
    "rrelu": lambda: nn.Sequential(nn.Linear(3, 9), nn.RReLU(), nn.Dropout(0.1), nn.Linear(9, 2)),
    "batch norm": lambda: nn.Sequential(nn.Linear(3, 9, bias=False), nn.BatchNorm1d(9), nn.ReLU(), nn.Linear(9, 2)),
    "batch norm of all batches": lambda: nn.Sequential(nn.BatchNorm1d(3, momentum=None), nn.Linear(3, 2)),
    "batch norm of all batches twice": lambda: nn.Sequential(*[nn.BatchNorm1d(3, momentum=None)] * 2, nn.Linear(3, 2)),
    "batch norm twice": lambda: nn.Sequential(
        nn.Linear(3, 3, bias=False), *[nn.BatchNorm1d(3, momentum=0.3)] * 2, nn.Linear(3, 2)
    ),
}


@pytest.mark.parametrize("name", CHANGING)
def test_layers_that_draw_or_remember(name):
    """The same draws from the same stream, and the same running statistics."""
    manual_seed(1)
    (model, optimizer), (other, theirs) = twins(CHANGING[name]().double(), OPTIMIZERS["momentum"])
    arrays = data(26, 3, 2)
    manual_seed(2)
    step = compile_step(model, F.mse_loss, optimizer)
    losses = [*step.run(arrays, epochs=4, batch_size=8), step(*arrays).item(), *step.run(arrays)]
    following = autograd.rand(3).tolist()
    manual_seed(2)
    expected = eagerly(other, F.mse_loss, theirs, [*cut(arrays, 8, 4), arrays, arrays])
    np.testing.assert_allclose(losses, expected, rtol=1e-9)
    assert following == autograd.rand(3).tolist()
    assert_same(model, other)
    for ours, buffer in zip(model.buffers(), other.buffers(), strict=True):
        np.testing.assert_allclose(ours.data, buffer.data, rtol=1e-9, atol=1e-12)
    model.eval()
    assert np.isfinite(step.run(arrays, epochs=2)).all()
    for ours, buffer in zip(model.buffers(), other.buffers(), strict=True):
        np.testing.assert_allclose(ours.data, buffer.data, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("padding", [None, 2])
def test_indices_as_inputs(padding):
    manual_seed(3)
    (model, optimizer), (other, theirs) = twins(Words(padding).double(), OPTIMIZERS["Adam"])
    index, target = np.random.default_rng(0).integers(0, 7, (20, 4)), data(20, 1, 2)[1]
    losses = compile_step(model, F.mse_loss, optimizer).run((index, target), batch_size=5, epochs=3)
    np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, cut((index, target), 5, 3)), rtol=1e-9)
    assert_same(model, other)
    for wrong in (7, -1):
        index[3, 2] = wrong
        with pytest.raises(RangeError):
            compile_step(model, F.mse_loss, optimizer).run((index, target), batch_size=5)
