"""Helpers of compiled steps: the same numbers to the last bit, whoever computes them."""

import threading

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd.errors import RangeError
from autograd.program import helpers
from nn import optim
from nn.compile_step import compile_step


def trained(monkeypatch, count, sizes=(200, 128, 40), batch=64, optimizer=optim.Adam, last=0):
    """Losses and parameters after 24 steps with so many helpers."""
    monkeypatch.setattr(helpers, "possible", lambda: count)
    monkeypatch.setattr(helpers.Choice, "_wanted", lambda self: count > 0)
    autograd.manual_seed(0)
    model = nn.Sequential(nn.Linear(sizes[0], sizes[1]), nn.ReLU(), nn.Linear(sizes[1], sizes[2]))
    random = np.random.default_rng(0)
    x, t = random.standard_normal((batch * 4, sizes[0])).astype(np.float32), random.integers(0, 40, batch * 4)
    t[-1] = last
    step = compile_step(model, F.cross_entropy, optimizer(model.parameters(), lr=0.01))
    losses = step.run((x, t), batch_size=batch, epochs=6)
    (program,) = step.programs.values()
    return losses, [p.data for p in model.parameters()], program.code.has_tasks


@pytest.mark.parametrize("optimizer", [optim.SGD, optim.Adam])
@pytest.mark.parametrize("sizes", [(200, 128, 40), (784, 128, 40), (33, 700, 40)])
def test_the_same_numbers(monkeypatch, sizes, optimizer):
    losses, numbers, has_tasks = trained(monkeypatch, 0, sizes, optimizer=optimizer)
    assert has_tasks
    for count in (1, 3):
        others, again, _ = trained(monkeypatch, count, sizes, optimizer=optimizer)
        assert np.array_equal(losses, others)
        assert all(map(np.array_equal, numbers, again))
    assert not [thread for thread in threading.enumerate() if thread.name == "gradwalk step helper"]


def test_helpers_go_when_a_step_fails(monkeypatch):
    with pytest.raises(RangeError, match="class index"):
        trained(monkeypatch, 2, last=40)
    assert not [thread for thread in threading.enumerate() if thread.name == "gradwalk step helper"]


def test_small_steps_have_no_tasks(monkeypatch):
    assert not trained(monkeypatch, 0, (8, 16, 40))[2]


def test_only_the_main_thread_has_helpers():
    found = []
    thread = threading.Thread(target=lambda: found.append(helpers.possible()))
    thread.start()
    thread.join()
    assert found == [0]
    assert helpers.possible() >= 0


def test_what_pays_is_chosen(monkeypatch):
    monkeypatch.setattr(helpers, "possible", lambda: 1)
    for faster in (True, False):
        choice = helpers.Choice()
        for _ in range(helpers.Choice.AGAIN - 1):
            helped = choice.helpers() > 0
            choice.took(helped, 1.0 if helped is faster else 1.2)
        assert choice.helpers() == faster
        assert len(choice.times[not faster]) == helpers.Choice.TRIED
        choice.took(faster, 1.0)
        assert choice.times == {False: [], True: []}
    choice = helpers.Choice()
    for number in range(100):
        helped = choice.helpers() > 0
        assert helped is (number == 1)
        choice.took(helped, 2.0 if helped else 1.0)
