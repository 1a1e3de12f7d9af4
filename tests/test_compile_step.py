"""compile_step: training by programs and training step by step give the same numbers, or the program says why not."""

import copy
import threading
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
import nn.functional as F
from autograd import Value, manual_seed, tensor
from autograd.errors import CompileError, RangeError, ShapeError
from nn import optim
from nn.compile_step import FIRST_STEPS, compile_step
from nn.data import DataLoader, Subset, TensorDataset

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


# -- where the batches come from --------------------------------------------------------------------------------------


def test_a_last_batch_that_is_smaller():
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["Adam"])
    arrays = data(11, 3, 2)
    step = compile_step(model, F.mse_loss, optimizer)
    losses = step.run(arrays, epochs=5, batch_size=4)
    np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, cut(arrays, 4, 5)), rtol=1e-10)
    assert_same(model, other)
    assert len(step.programs) == 2


def test_order():
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["SGD"])
    arrays = data(12, 3, 2)
    order = np.array([np.random.default_rng(seed).permutation(12) for seed in range(3)])
    order.flags.writeable = False
    losses = compile_step(model, F.mse_loss, optimizer).run(arrays, epochs=3, batch_size=4, order=order)
    batches = [batch for rows in order for batch in cut([array[rows] for array in arrays], 4)]
    np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, batches), rtol=1e-10)


@pytest.mark.parametrize("subset", [False, True])
def test_loaders(subset):
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["Adam"])
    dataset = TensorDataset(*map(tensor, data(22, 3, 2)))
    dataset = Subset(dataset, [*range(5, 15), 2]) if subset else dataset

    def loader():
        return DataLoader(dataset, batch_size=4, shuffle=True, seed=5)

    losses = compile_step(model, F.mse_loss, optimizer).run(loader(), epochs=3)
    seen = loader()
    batches = [[part.data for part in batch] for _ in range(3) for batch in seen]
    np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, batches), rtol=1e-10)
    assert_same(model, other)


def test_batches_of_any_iterable():
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["SGD"])
    batches = [tuple(map(tensor, batch)) for batch in cut(data(10, 3, 2), 5)]
    losses = compile_step(model, F.mse_loss, optimizer).run(batches)
    np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, [[p.data for p in b] for b in batches]))


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8])
def test_whole_targets(kind):
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["SGD"])
    x, t = data(12, 3, classes=2)
    losses = compile_step(model, F.cross_entropy, optimizer).run((x, t.astype(kind)), batch_size=4)
    np.testing.assert_allclose(losses, eagerly(other, F.cross_entropy, theirs, cut((x, t), 4)), rtol=1e-10)


def test_arrays_that_do_not_lie_in_order():
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["SGD"])
    x, y = data(12, 3, 2)
    awkward = np.asfortranarray(x)[::-1], np.broadcast_to(y[:1], (12, 2))
    losses = compile_step(model, F.mse_loss, optimizer).run(awkward, batch_size=4)
    plain = [np.ascontiguousarray(part) for part in awkward]
    np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, cut(plain, 4)), rtol=1e-10)


def test_the_data_is_not_copied():
    model = net(50, 3, dtype=np.float32)
    arrays = data(20_000, 50, classes=3, dtype=np.float32)
    step = compile_step(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1))
    step.run([array[:64] for array in arrays], batch_size=32, epochs=2)
    tracemalloc.start()
    step.run(arrays, batch_size=32)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.5 * arrays[0].nbytes


def test_no_batches_no_losses():
    model = net(3, 2)
    step = compile_step(model, F.mse_loss, optim.SGD(model.parameters()))
    assert step.run((np.zeros((0, 3)), np.zeros((0, 2)))).shape == (0,)
    assert step.run(data(4, 3, 2), epochs=0).shape == (0,)


# -- between calls ----------------------------------------------------------------------------------------------------


def test_schedulers_between_calls():
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["Adam"])
    ours, their_schedule = (optim.lr_scheduler.StepLR(o, step_size=2, gamma=0.5) for o in (optimizer, theirs))
    arrays = data(12, 3, 2)
    step = compile_step(model, F.mse_loss, optimizer)
    for _ in range(6):
        losses = step.run(arrays, batch_size=4)
        np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, cut(arrays, 4)), rtol=1e-10)
        ours.step()
        their_schedule.step()
    assert_same(model, other)
    assert len(step.programs) == 1


def test_eager_and_compiled_steps_in_turn_and_a_saved_state():
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["Adam"])
    arrays = data(12, 3, 2)
    step = compile_step(model, F.mse_loss, optimizer)
    for round in range(4):
        if round % 2:
            eagerly(model, F.mse_loss, optimizer, cut(arrays, 4))
        else:
            step.run(arrays, batch_size=4)
        eagerly(other, F.mse_loss, theirs, cut(arrays, 4))
        saved, weights = optimizer.state_dict(), copy.deepcopy(model.state_dict())
        if round == 2:  # leave, come back
            step.run(arrays, epochs=3)
            optimizer.load_state_dict(saved)
            model.load_state_dict(weights)
    assert_same(model, other)
    assert_same_state(optimizer, theirs)


def test_changes_between_calls_are_seen():
    (model, optimizer), (other, theirs) = twins(net(3, 4, 4, 2), OPTIMIZERS["momentum"])
    arrays = data(12, 3, 2)
    step = compile_step(model, F.mse_loss, optimizer)
    changes = (
        lambda m, o: None,
        lambda m, o: o.param_groups[0].update(lr=0.001),
        lambda m, o: o.param_groups[0].update(weight_decay=0.1),
        lambda m, o: m[2].weight.requires_grad_(False),
        lambda m, o: m[0].bias.data.fill(0.5),
        lambda m, o: setattr(m[0].weight, "data", np.ones((4, 3))),
        lambda m, o: o.param_groups[0].update(nesterov=True),
    )
    for change in changes:
        change(model, optimizer)
        change(other, theirs)
        losses = step.run(arrays, epochs=3)
        np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, [arrays] * 3), rtol=1e-9)
    assert_same(model, other)


def test_programs_are_recorded_once():
    model = net(3, 4, 2)
    step = compile_step(model, F.mse_loss, optim.Adam(model.parameters()))
    step.run(data(8, 3, 2), batch_size=4)
    programs = list(step.programs.values())
    for _ in range(3):
        step.run(data(8, 3, 2, seed=9), batch_size=4)
        step(*data(4, 3, 2))
    assert list(step.programs.values()) == programs


# -- when something goes wrong ----------------------------------------------------------------------------------------


def test_an_interrupt_leaves_the_steps_that_were_taken(monkeypatch):
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["Adam"])
    arrays = data(12, 3, 2)
    step = compile_step(model, F.mse_loss, optimizer)
    step.run(arrays, epochs=2)
    (program,) = step.programs.values()
    train, calls = program.code.train, []

    def interrupted(*given):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return train(*given)

    monkeypatch.setattr(program.code, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        step.run(arrays, epochs=5 * FIRST_STEPS)
    monkeypatch.undo()
    eagerly(other, F.mse_loss, theirs, [arrays] * (2 + FIRST_STEPS))
    assert_same(model, other)
    assert_same_state(optimizer, theirs)
    assert optimizer.steps_taken == 2 + FIRST_STEPS
    step.run(arrays)
    eagerly(other, F.mse_loss, theirs, [arrays])
    assert_same(model, other)


def test_a_class_that_is_not_there():
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["Adam"])
    x, t = data(20, 3, classes=2)
    step = compile_step(model, F.cross_entropy, optimizer)
    step.run((x, t), batch_size=4)
    wrong = t.copy()
    wrong[9] = 2
    with pytest.raises(RangeError, match="class index"):
        step.run((x, wrong), batch_size=4)
    eagerly(other, F.cross_entropy, theirs, cut((x, t), 4))
    eagerly(other, F.cross_entropy, theirs, cut((x, t), 4)[:2])
    assert optimizer.steps_taken == 7
    assert {entries["step"] for entries in optimizer.state.values()} == {7}
    step.run((x, t), batch_size=4)
    assert optimizer.steps_taken == 12


def test_nan_stays_nan():
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["Adam"])
    x, y = data(12, 3, 2)
    x[5, 1] = np.nan
    losses = compile_step(model, F.mse_loss, optimizer).run((x, y), batch_size=4)
    np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, cut((x, y), 4)), equal_nan=True)
    assert np.isnan(losses).tolist() == [False, True, True]
    assert_same(model, other)


def test_wrong_data():
    model = net(3, 2)
    step = compile_step(model, F.mse_loss, optim.SGD(model.parameters()))
    x, y = data(6, 3, 2)
    with pytest.raises(ShapeError, match="unequal lengths"):
        step.run((x, y[:5]))
    for order, error in ([[0, 6]], RangeError), ([[0, -1]], RangeError), ([[0.5, 1.0]], TypeError):
        with pytest.raises(error):
            step.run((x, y), order=order, batch_size=2)
    with pytest.raises(TypeError, match="DataLoader"):
        step.run(DataLoader(TensorDataset(x, y)), batch_size=3)


def branching(y, t):
    return F.mse_loss(y, t) if y.sum() > 0 else F.l1_loss(y, t)


class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 2).double()
        self.count = 0

    def forward(self, x):
        self.count += 1
        return self.inner(x) * float(self.count)


REFUSALS = {
    "a choice": (lambda: net(3, 2), branching, "numbers of a Value"),
    "several losses": (lambda: net(3, 2), lambda y, t: (y - t).square(), "one number"),
    "a constant loss": (lambda: net(3, 2), lambda y, t: t.sum(), "one number"),
    "a counter": (Counting, F.mse_loss, "changes"),
    "an average of all batches": (lambda: nn.BatchNorm1d(3, momentum=None).double(), F.mse_loss, "momentum=None"),
    "other random numbers": (lambda: net(3, 2), lambda y, t: F.mse_loss(y + autograd.randn(2), t), "changes from run"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name):
    make, loss, reason = REFUSALS[name]
    model = make()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    step = compile_step(model, loss, optimizer)
    before = [p.data.copy() for p in model.parameters()]
    with pytest.raises(CompileError, match=reason):
        step.run(data(6, 3, 2), batch_size=3)
    for p, numbers in zip(model.parameters(), before, strict=True):
        assert np.array_equal(p.data, numbers)


def test_compile_alone_changes_no_statistics():
    norm = nn.BatchNorm1d(3)
    with pytest.raises(CompileError, match="compile_step"):
        autograd.compile(norm)(Value(np.ones((4, 3), np.float32)))
    assert norm.num_batches_tracked.item() == 0
    assert norm.running_mean.tolist() == [0.0] * 3
    norm.eval()
    assert autograd.compile(norm)(Value(np.ones((4, 3), np.float32))).shape == (4, 3)


def with_hook(on):
    model = net(3, 4, 2)
    if on == "parameter":
        model[0].weight.register_hook(lambda g: g * 0.1)
    elif on == "module":
        model[1].register_full_backward_hook(lambda module, given, arrived: None)
    else:
        model[1].register_forward_hook(lambda module, inputs, output: output.register_hook(lambda g: -g) and None)
    return model


@pytest.mark.parametrize("on", ["parameter", "module", "result"])
def test_hooks_of_gradients_are_refused(on):
    model = with_hook(on)
    step = compile_step(model, F.mse_loss, optim.SGD(model.parameters()))
    with pytest.raises(CompileError, match="has a hook"):
        step.run(data(6, 3, 2), batch_size=2)


def test_a_hook_that_comes_later():
    model = net(3, 2)
    step = compile_step(model, F.mse_loss, optim.SGD(model.parameters()))
    step.run(data(6, 3, 2), batch_size=2)
    hook = model[0].weight.register_hook(lambda g: g * 0.1)
    with pytest.raises(CompileError, match="has a hook"):
        step.run(data(6, 3, 2), batch_size=2)
    hook.remove()
    step.run(data(6, 3, 2), batch_size=2)


def test_forward_hooks_are_part_of_the_program():
    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), OPTIMIZERS["SGD"])
    for m in (model, other):
        m[1].register_forward_hook(lambda module, inputs, output: output * 2.0)
    arrays = data(6, 3, 2)
    losses = compile_step(model, F.mse_loss, optimizer).run(arrays, epochs=4)
    np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, [arrays] * 4), rtol=1e-9)


def test_an_optimizer_that_is_no_arithmetic():
    class Sorting(optim.SGD):
        def update(self, parameter, gradient, state, group):
            parameter -= np.sort(gradient) * group["lr"]

    model = net(3, 2)
    step = compile_step(model, F.mse_loss, Sorting(model.parameters()))
    with pytest.raises(CompileError, match="sort"):
        step.run(data(6, 3, 2), batch_size=3)


def test_an_optimizer_of_ones_own():
    """Whatever an update computes entry by entry is recorded, also with a step size that depends on the count."""

    class Own(optim.Optimizer):
        def __init__(self, params, lr=0.1):
            super().__init__(params, {"lr": lr})

        def begin(self, parameter, group):
            return {"step": 0, "sign": np.zeros_like(parameter)}

        def update(self, parameter, gradient, state, group):
            state["step"] += 1
            state["sign"] *= 0.9
            state["sign"] += 0.1 * np.sign(gradient)
            rate = group["lr"] / state["step"] if state["step"] > 7 else 0.5 * group["lr"]
            parameter -= rate * state["sign"]

    (model, optimizer), (other, theirs) = twins(net(3, 4, 2), Own)
    arrays = data(12, 3, 2)
    losses = compile_step(model, F.mse_loss, optimizer).run(arrays, epochs=20)
    np.testing.assert_allclose(losses, eagerly(other, F.mse_loss, theirs, [arrays] * 20), rtol=1e-10)
    assert_same(model, other)
    assert_same_state(optimizer, theirs)


def test_threads_take_turns():
    model = net(3, 4, 2)
    optimizer = optim.Adam(model.parameters())
    step, arrays = compile_step(model, F.mse_loss, optimizer), data(12, 3, 2)
    step.run(arrays, epochs=2)
    threads = [threading.Thread(target=lambda: step.run(arrays, epochs=200)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {entries["step"] for entries in optimizer.state.values()} == {602}
    assert all(np.isfinite(p.data).all() for p in model.parameters())


def test_the_same_numbers_twice():
    def run():
        manual_seed(0)
        model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
        step = compile_step(model, nn.CrossEntropyLoss(), optim.Adam(model.parameters()))
        return step.run(data(30, 5, classes=3, dtype=np.float32), batch_size=7, epochs=3)

    assert np.array_equal(run(), run())
