"""Schedules: the same rates as PyTorch's over a hundred steps, state, combinations, and what they refuse."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from nn import optim
from nn.optim import lr_scheduler

EPOCHS = 100
SCHEDULES = [
    ("LambdaLR", {"lr_lambda": lambda epoch: 0.95**epoch}),
    ("LambdaLR", {"lr_lambda": [lambda epoch: 1 / (epoch + 1), lambda epoch: 2.0]}),
    ("StepLR", {"step_size": 7}),
    ("StepLR", {"step_size": 1, "gamma": 0.97}),
    ("MultiStepLR", {"milestones": [30, 5, 5, 80], "gamma": 0.3}),
    ("MultiStepLR", {"milestones": [0, 1]}),
    ("ExponentialLR", {"gamma": 0.98}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.1, "end_factor": 0.5, "total_iters": 40}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 99}),
    ("CosineAnnealingLR", {"T_max": 100}),
    ("CosineAnnealingLR", {"T_max": 13, "eta_min": 0.001}),
    ("CosineAnnealingLR", {"T_max": 1, "eta_min": 0.01}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": EPOCHS + 1}),
    ("OneCycleLR", {"max_lr": [0.5, 0.1], "epochs": 11, "steps_per_epoch": 10, "anneal_strategy": "linear"}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 120, "three_phase": True, "pct_start": 0.2}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 120,
                    "pct_start": 0.9, "base_momentum": 0.5, "max_momentum": [0.9, 0.8]}),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 101, "cycle_momentum": False,
                    "div_factor": 3, "final_div_factor": 7}),
]  # fmt: skip
CASES = [pytest.param(name, options, id=f"{name}-{number}") for number, (name, options) in enumerate(SCHEDULES)]
OPTIMIZERS = [("SGD", {"lr": 0.1, "momentum": 0.9}), ("Adam", {"lr": 0.01})]


def ours(name="SGD", **options):
    optimizer = getattr(optim, name)([{"params": [Value([1.0])]}, {"params": [Value([1.0])], "lr": 0.02}], **options)
    return optimizer


def theirs(torch, name, **options):
    groups = [{"params": [torch.ones(1).requires_grad_()]}, {"params": [torch.ones(1).requires_grad_()], "lr": 0.02}]
    return getattr(torch.optim, name)(groups, **options)


def seen(optimizer):
    """What a schedule may change."""
    return [[g["lr"], g.get("momentum", 0.0), *g.get("betas", ())] for g in optimizer.param_groups]


@pytest.mark.parametrize(("kind", "settings"), OPTIMIZERS)
@pytest.mark.parametrize(("name", "options"), CASES)
def test_a_hundred_rates_are_those_of_pytorch(name, options, kind, settings):
    torch = pytest.importorskip("torch")
    a, b = ours(kind, **settings), theirs(torch, kind, **settings)
    one, other = getattr(lr_scheduler, name)(a, **options), getattr(torch.optim.lr_scheduler, name)(b, **options)
    for epoch in range(EPOCHS):
        np.testing.assert_allclose(seen(a), seen(b), rtol=1e-12, atol=1e-16, err_msg=f"epoch {epoch}")
        np.testing.assert_allclose(one.get_last_lr(), other.get_last_lr(), rtol=1e-12, atol=1e-16)
        a.step()
        b.step()
        one.step()
        other.step()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"factor": 0.5, "patience": 2},
        {"mode": "max", "factor": 0.7, "patience": 1, "threshold": 0.05},
        {"factor": 0.5, "patience": 0, "threshold_mode": "abs", "threshold": 0.1, "cooldown": 3},
        {"mode": "max", "threshold_mode": "abs", "threshold": 0.2, "patience": 3, "min_lr": [0.01, 0.001]},
        {"factor": 0.1, "patience": 0, "eps": 1e-3},
    ],
)
@given(st.lists(st.one_of(st.floats(-5, 5), st.sampled_from([1.0, math.inf, math.nan])), min_size=1, max_size=60))
@settings(max_examples=30, deadline=None)
def test_plateaus_are_found_as_by_pytorch(options, metrics):
    torch = pytest.importorskip("torch")
    a, b = ours(lr=0.1), theirs(torch, "SGD", lr=0.1)
    one = lr_scheduler.ReduceLROnPlateau(a, **options)
    other = torch.optim.lr_scheduler.ReduceLROnPlateau(b, **options)
    for metric in metrics:
        one.step(Value(metric))
        other.step(metric)
        assert one.get_last_lr() == pytest.approx(other.get_last_lr(), rel=1e-12)
        assert one.num_bad_epochs == other.num_bad_epochs


@pytest.mark.parametrize("second", ["CosineAnnealingLR", "ExponentialLR", "StepLR", "LambdaLR"])
def test_one_schedule_after_another(second):
    torch = pytest.importorskip("torch")
    options = dict(SCHEDULES[10:11] + [s for s in SCHEDULES if s[0] == second])[second]
    paths = []
    for optimizer, module in [(ours(lr=0.1), lr_scheduler), (theirs(torch, "SGD", lr=0.1), torch.optim.lr_scheduler)]:
        warm = module.LinearLR(optimizer, start_factor=0.01, total_iters=10)
        main = getattr(module, second)(optimizer, **options)
        both = module.SequentialLR(optimizer, [warm, main], milestones=[10])
        path = [both.get_last_lr()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's calls a deprecated form of its own
            for _ in range(40):
                optimizer.step()
                both.step()
                path.append(both.get_last_lr())
        paths.append(path)
    np.testing.assert_allclose(paths[0], paths[1], rtol=1e-12)


def test_two_schedules_at_once_multiply():
    optimizer = ours(lr=1.0)
    one, other = lr_scheduler.ExponentialLR(optimizer, 0.9), lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
    for _ in range(4):
        optimizer.step()
        one.step()
        other.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.9**4 * 0.25)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_a_saved_schedule_goes_on(name, options):
    through = ours("SGD", lr=0.1, momentum=0.9)
    schedule = getattr(lr_scheduler, name)(through, **options)
    states, path = None, []
    for epoch in range(50):
        if epoch == 20:
            states = through.state_dict(), schedule.state_dict()
        through.step()
        schedule.step()
        path.append(seen(through))
    again = ours("SGD", lr=77.0, momentum=0.1)
    resumed = getattr(lr_scheduler, name)(again, **options)
    again.load_state_dict(states[0])
    resumed.load_state_dict(states[1])
    for epoch in range(20, 50):
        again.step()
        resumed.step()
        np.testing.assert_allclose(seen(again), path[epoch], rtol=1e-12)


def test_a_sequence_and_a_plateau_can_be_saved():
    def make():
        optimizer = ours(lr=0.1)
        parts = [lr_scheduler.LinearLR(optimizer, total_iters=3), lr_scheduler.ExponentialLR(optimizer, 0.9)]
        return optimizer, lr_scheduler.SequentialLR(optimizer, parts, [4])

    optimizer, schedule = make()
    again, resumed = make()
    for epoch in range(12):
        if epoch == 6:
            again.load_state_dict(optimizer.state_dict())
            resumed.load_state_dict(schedule.state_dict())
        for stepped, scheduled in [(optimizer, schedule), (again, resumed)][: 1 + (epoch >= 6)]:
            stepped.step()
            scheduled.step()
    assert resumed.get_last_lr() == schedule.get_last_lr()
    plateau, other = (lr_scheduler.ReduceLROnPlateau(ours(lr=0.1), patience=3) for _ in range(2))
    plateau.step(1.0)
    other.load_state_dict(plateau.state_dict())
    assert (other.best, other.last_epoch) == (1.0, 1)


def test_stepping_the_schedule_first_is_told():
    schedule = lr_scheduler.StepLR(ours(lr=0.1), 3)
    with pytest.warns(UserWarning, match="step the optimizer first"):
        schedule.step()
    schedule.step()  # told once


def test_a_schedule_resumed_by_its_epoch():
    optimizer = ours(lr=0.1)
    with pytest.raises(ValueError, match="never had one"):
        lr_scheduler.StepLR(optimizer, 3, last_epoch=5)
    lr_scheduler.StepLR(optimizer, 3)
    assert lr_scheduler.StepLR(optimizer, 3, last_epoch=5).get_last_lr() == pytest.approx([0.01, 0.002])


def test_what_schedules_refuse():
    optimizer = ours(lr=0.1)
    for make in (lambda o: lr_scheduler.StepLR(o, 3), lr_scheduler.ReduceLROnPlateau):
        with pytest.raises(TypeError, match="rates of an optimizer"):
            make([Value(1.0)])
    refused = [
        ("StepLR", {"step_size": 0}, "at least 1"),
        ("LambdaLR", {"lr_lambda": [abs]}, "1 functions for 2"),
        ("LinearLR", {"start_factor": 0}, "between 0 and 1"),
        ("LinearLR", {"end_factor": 2}, "between 0 and 1"),
        ("LinearLR", {"total_iters": 0}, "at least 1"),
        ("CosineAnnealingLR", {"T_max": 0}, "at least 1"),
        ("OneCycleLR", {"max_lr": 1.0}, "know its length"),
        ("OneCycleLR", {"max_lr": 1.0, "total_steps": 0}, "whole number"),
        ("OneCycleLR", {"max_lr": 1.0, "epochs": 2, "steps_per_epoch": 1.5}, "whole number"),
        ("OneCycleLR", {"max_lr": [1.0], "total_steps": 5}, "1 entries for 2"),
        ("OneCycleLR", {"max_lr": 1.0, "total_steps": 5, "pct_start": 2}, "share"),
        ("OneCycleLR", {"max_lr": 1.0, "total_steps": 5, "anneal_strategy": "exp"}, "anneal_strategy"),
        ("ReduceLROnPlateau", {"factor": 1.0}, "below 1"),
        ("ReduceLROnPlateau", {"mode": "lower"}, "mode"),
        ("ReduceLROnPlateau", {"min_lr": [0.1]}, "1 entries for 2"),
    ]
    for name, options, message in refused:
        with pytest.raises(ValueError, match=message):
            getattr(lr_scheduler, name)(optimizer, **options)
    with pytest.raises(ValueError, match="no momentum to cycle"):
        lr_scheduler.OneCycleLR(ours("Adagrad", lr=0.1), max_lr=1.0, total_steps=5)
    schedule = lr_scheduler.StepLR(optimizer, 3)
    with pytest.raises(ValueError, match="need 1 milestones"):
        lr_scheduler.SequentialLR(optimizer, [schedule, schedule], [1, 2])
    with pytest.raises(ValueError, match="made for this optimizer"):
        lr_scheduler.SequentialLR(ours(lr=0.1), [schedule], [])


def test_one_cycle_ends_when_it_said():
    optimizer = ours(lr=0.1)
    schedule = lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10, pct_start=0.1)
    assert schedule.get_last_lr() == [1.0, 1.0]  # the climb is over at once
    optimizer.step()
    for _ in range(9):
        schedule.step()
    assert schedule.get_last_lr() == pytest.approx([1 / 25 / 1e4] * 2)
    with pytest.raises(ValueError, match="made for 10 steps"):
        schedule.step()
