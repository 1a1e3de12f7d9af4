"""compile_step when something goes wrong: interrupts, wrong data, refusals."""

import threading

import numpy as np
import pytest
from test_compile_step import OPTIMIZERS, assert_same, assert_same_state, cut, data, eagerly, net, twins

import autograd
import nn
import nn.functional as F
from autograd import Value, manual_seed
from autograd.errors import CompileError, RangeError, ShapeError
from nn import optim
from nn.compile_step import FIRST_STEPS, compile_step
from nn.data import DataLoader, TensorDataset


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
    program.at_once = FIRST_STEPS
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
    "other random numbers": (
        lambda: net(3, 2),
        lambda y, t: F.mse_loss(y + np.random.default_rng().random(2), t),
        "changes from run",
    ),
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
