"""Where the batches of compile_step come from, and what happens between calls."""

import copy
import tracemalloc

import numpy as np
import pytest
from test_compile_step import OPTIMIZERS, assert_same, assert_same_state, cut, data, eagerly, net, twins

import nn.functional as F
from autograd import tensor
from nn import optim
from nn.compile_step import compile_step
from nn.data import DataLoader, Subset, TensorDataset

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
