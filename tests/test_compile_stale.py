"""Compiled functions are never stale: what they reach is looked at before each call; nor do calls share numbers."""

import collections
import copy
import pickle
import threading
import types

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd import Value, tensor
from nn import optim
from nn.compile_step import compile_step

NUMBER = 2.0


class Config:
    number = 2.0


class Base:
    def __call__(self, x):
        return self.helper(x)

    def helper(self, x):
        return x * NUMBER * self.also * self.part(x.shape)

    @property
    def also(self):
        return Config.number

    @staticmethod
    def part(shape):
        return NUMBER


class Derived(Base):
    pass


class Net(nn.Module):
    factor = 2.0

    def forward(self, x):
        return self.scaled(x)

    def scaled(self, x):
        return x * NUMBER * self.factor


class Slim:
    __slots__ = ("number",)

    def __init__(self):
        self.number = 2.0


THINGS = types.SimpleNamespace(
    slim=Slim(), set={1.0, 2.0}, deque=collections.deque([1.0, 2.0]), signed=[0.0], numbers={"a": {"b": [2.0]}}
)


def set_global(number):
    global NUMBER
    NUMBER = number


inner = autograd.compile(lambda x: x * NUMBER)

CHANGES = {
    "an attribute of a class": (lambda x: x * Config.number, lambda: setattr(Config, "number", 5.0)),
    "a global of a compiled function inside": (lambda x: inner(x) + 1.0, lambda: set_global(5.0)),
    "a global of a method": (Derived(), lambda: set_global(5.0)),
    "an attribute behind a property": (Derived(), lambda: setattr(Config, "number", 7.0)),
    "a global of a module's method": (Net(), lambda: set_global(5.0)),
    "an attribute of a module's class": (Net(), lambda: setattr(Net, "factor", 5.0)),
    "a method of a class": (Net(), lambda: setattr(Net, "scaled", lambda self, x: x * 11.0)),
    "a slot": (lambda x: x * THINGS.slim.number, lambda: setattr(THINGS.slim, "number", 3.0)),
    "a set": (lambda x: x * sum(THINGS.set), lambda: THINGS.set.add(5.0)),
    "a deque": (lambda x: x * sum(THINGS.deque), lambda: THINGS.deque.append(5.0)),
    "a list in dictionaries": (lambda x: x * THINGS.numbers["a"]["b"][0], lambda: THINGS.numbers["a"].update(b=[4.0])),
    "the sign of zero": (
        lambda x: autograd.atan2(x * 0.0, THINGS.signed[0]),
        lambda: THINGS.signed.__setitem__(0, -0.0),
    ),
    "the default dtype": (
        lambda x: (x + tensor(0.1)).double(),
        lambda: autograd.set_default_dtype(autograd.float64),
    ),
}


@pytest.fixture(autouse=True)
def as_before():
    before = {name: Net.__dict__[name] for name in ("factor", "scaled")}
    yield
    for name, thing in before.items():
        setattr(Net, name, thing)
    set_global(2.0)
    Config.number = 2.0
    autograd.set_default_dtype(autograd.float32)


@pytest.mark.parametrize("name", CHANGES)
def test_changes_are_seen(name):
    function, change = CHANGES[name]
    compiled, x = autograd.compile(function), Value(1.0)
    first = compiled(x).item()
    assert first == function(x).item()
    change()
    assert compiled(x).item() == function(x).item() != first


def test_arguments_that_look_alike():
    by = autograd.compile(lambda x, k: x / k)
    assert [by(Value(1.0), 0.0).item(), by(Value(1.0), -0.0).item()] == [np.inf, -np.inf]
    for _ in range(3):
        assert np.isnan(by(Value(1.0), float("nan")).item())
    assert len(by.programs) == 3
    kinds = autograd.compile(lambda x, k: x * (2.0 if k is True else 3.0))
    assert [kinds(Value(1.0), k).item() for k in (True, 1, 1.0)] == [2.0, 3.0, 3.0]


def test_what_is_handed_out_stays():
    compiled, x = autograd.compile(lambda x: (x * 2.0, x.T, x[0], x)), np.ones((2, 2))
    results = compiled(x)
    before = [result.data.copy() for result in results]
    compiled(np.full((2, 2), 7.0))
    assert all(np.array_equal(a, b.data) for a, b in zip(before, results, strict=True))
    results[0].data[...] = results[3].data[...] = 100.0
    assert compiled(np.ones((2, 2)))[0].tolist() == [[2.0, 2.0]] * 2
    assert x.tolist() == [[1.0, 1.0]] * 2


def test_copies_record_their_own():
    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 1)
            self.compiled = autograd.compile(self.inner)

        def forward(self, x):
            return self.compiled(x)

    model, x = Outer(), tensor(np.ones((1, 2), np.float32))
    model(x)
    twin = copy.deepcopy(model)
    with autograd.no_grad():
        twin.inner.weight.add_(1.0)
    assert twin(x).item() == pytest.approx(twin.inner(x).item(), abs=1e-6)
    assert model(x).item() == pytest.approx(model.inner(x).item(), abs=1e-6)
    assert twin(x).item() != model(x).item()
    again = pickle.loads(pickle.dumps(autograd.compile(model.inner)))
    assert again(x).item() == pytest.approx(model(x).item())


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda step: pickle.loads(pickle.dumps(step))])
def test_copies_of_a_step_go_their_own_way(copied):
    model = nn.Linear(2, 1)
    step = compile_step(model, F.mse_loss, optim.Adam(model.parameters()))
    data = np.ones((4, 2), np.float32), np.ones((4, 1), np.float32)
    step.run(data, epochs=3)
    twin = copied(step)
    np.testing.assert_allclose(twin.run(data, epochs=3), step.run(data, epochs=3), rtol=1e-6)
    assert twin.model is not model


def test_threads_record_one_after_the_other():
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1))
    compiled, wrong = autograd.compile(model), []
    inputs = [np.full((3 + k % 3, 4), 0.1 * k, np.float32) for k in range(6)]
    wanted = [model(tensor(x)).data for x in inputs]

    def work(k):
        try:
            for _ in range(10):
                np.testing.assert_allclose(compiled(inputs[k]).data, wanted[k], rtol=1e-5)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def step_by_step(compiled, changes, steps=8):
    """Parameters after some steps with changes between them, by number of the step."""
    autograd.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    optimizer = optim.Adam(model[0].parameters(), lr=0.1)
    x, t = np.ones((4, 2), np.float32), np.ones((4, 1), np.float32)
    program, kept = compile_step(model, F.mse_loss, optimizer), {}
    for number in range(steps):
        if number in changes:
            changes[number](model, optimizer, kept)
        if compiled:
            program(x, t)
            continue
        optimizer.zero_grad()
        F.mse_loss(model(tensor(x)), tensor(t)).backward()
        optimizer.step()
        optimizer.zero_grad()
    return np.concatenate([p.data.ravel() for p in model.parameters()])


def save(model, optimizer, kept):
    kept.update(model=copy.deepcopy(model.state_dict()), optimizer=copy.deepcopy(optimizer.state_dict()))


def load(model, optimizer, kept):
    model.load_state_dict(kept["model"])
    optimizer.load_state_dict(kept["optimizer"])


BETWEEN = {
    "a group more": {3: lambda m, o, _: o.add_param_group({"params": list(m[1].parameters()), "lr": 0.2})},
    "a state that is emptied": {4: lambda m, o, _: o.state.clear()},
    "a state that is loaded": {2: save, 6: load},
    "hyperparameters": {
        2: lambda m, o, _: o.param_groups[0].update(betas=(0.5, 0.6)),
        4: lambda m, o, _: o.param_groups[0].update(weight_decay=0.1),
        5: lambda m, o, _: o.param_groups[0].update(weight_decay=0.3, eps=1e-2),
    },
    "layers that stand still for a while": {
        3: lambda m, o, _: m[0].weight.requires_grad_(False),
        5: lambda m, o, _: m[0].weight.requires_grad_(True),
    },
}


@pytest.mark.parametrize("name", BETWEEN)
def test_changes_between_steps(name):
    eager, compiled = (step_by_step(way, BETWEEN[name]) for way in (False, True))
    np.testing.assert_allclose(compiled, eager, rtol=1e-4)
