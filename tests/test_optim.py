"""Optimizers: the same trajectories as PyTorch's, what they refuse, and state that goes on where it stopped."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.errors import InplaceError, ShapeError
from nn import optim

VARIANTS = {
    "SGD": [
        {"lr": 0.05},
        {"lr": 0.05, "weight_decay": 0.1},
        {"lr": 0.01, "momentum": 0.9},
        {"lr": 0.01, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
        {"lr": 0.01, "momentum": 0.8, "nesterov": True, "weight_decay": 0.02},
        {"lr": 0.01, "momentum": 0.5, "maximize": True},
    ],
    "Adam": [
        {},
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-4},
        {"lr": 0.1, "weight_decay": 0.1},
        {"lr": 0.1, "amsgrad": True},
        {"lr": 0.01, "maximize": True, "weight_decay": 0.1},
        {"lr": 0.1, "betas": (0.0, 0.0)},
    ],
    "AdamW": [{"lr": 0.1}, {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True}, {"lr": 0.1, "maximize": True}],
    "RMSprop": [
        {},
        {"lr": 0.05, "alpha": 0.9, "weight_decay": 0.1},
        {"lr": 0.02, "centered": True},
        {"lr": 0.01, "momentum": 0.9},
        {"lr": 0.01, "momentum": 0.9, "centered": True, "eps": 1e-3, "maximize": True},
    ],
    "Adagrad": [
        {"lr": 0.1},
        {"lr": 0.5, "lr_decay": 0.05, "weight_decay": 0.01},
        {"lr": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3, "maximize": True},
    ],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}, {"lr": 0.5, "maximize": True}],
}
CASES = [pytest.param(name, options, id=f"{name}-{options}") for name, all_of in VARIANTS.items() for options in all_of]
DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def slope(x, step):
    """The gradient of a bumpy bowl that moves a little each step; `x` is an array."""
    return (x - 1.0 + 0.5 * np.sin(3.0 * x) + 0.1 * np.cos(0.7 * step)).astype(x.dtype)


def start(dtype, shapes=((3, 4), (5,), ())):
    random = np.random.default_rng(7)
    return [np.asarray(random.normal(size=shape) * 2, dtype=dtype) for shape in shapes]


def run(optimizer, parameters, steps, first=0):
    for step in range(first, first + steps):
        for p in parameters:
            p.grad = slope(np.asarray(p.data), step)
        optimizer.step()


def run_torch(torch, optimizer, parameters, steps):
    path = []
    for step in range(steps):
        for p in parameters:
            p.grad = torch.from_numpy(np.asarray(slope(p.detach().numpy(), step)))
        optimizer.step()
        path.append([p.detach().numpy().copy() for p in parameters])
    return path


@DTYPES
@pytest.mark.parametrize(("name", "options"), CASES)
def test_a_hundred_steps_are_those_of_pytorch(name, options, dtype):
    torch = pytest.importorskip("torch")
    theirs = [torch.from_numpy(x.copy()).requires_grad_() for x in start(dtype)]
    path = run_torch(torch, getattr(torch.optim, name)(theirs, **options), theirs, 100)
    ours = [Value(x) for x in start(dtype)]
    optimizer = getattr(optim, name)(ours, **options)
    tolerance = {"rtol": 1e-9, "atol": 1e-11} if dtype == np.float64 else {"rtol": 5e-4, "atol": 5e-5}
    for step, expected in enumerate(path):
        run(optimizer, ours, 1, first=step)
        for p, x in zip(ours, expected, strict=True):
            np.testing.assert_allclose(p.data, x, **tolerance, err_msg=f"step {step}")
    assert [p.dtype for p in ours] == [np.dtype(dtype)] * 3
    assert type(ours[2].data) is (float if dtype == np.float64 else np.float32)


@given(st.floats(-1e3, 1e3), st.floats(0, 2), st.floats(0, 0.99))
@settings(max_examples=50, deadline=None)
def test_a_float_moves_as_an_entry_of_an_array(x, lr, momentum):
    alone, entry = Value(x), Value([x, 0.0])
    one = optim.SGD([alone], lr=lr, momentum=momentum)
    other = optim.SGD([entry], lr=lr, momentum=momentum)
    for gradient in (0.5, -3.0, 0.0):
        alone.grad, entry.grad = gradient, np.array([gradient, 1.0])
        one.step()
        other.step()
    assert alone.data == entry.data[0]
    assert type(alone.data) is float


@DTYPES
@pytest.mark.parametrize(("name", "options"), CASES)
def test_scalars_that_miss_steps_keep_a_state_of_their_own(name, options, dtype):
    numbers = np.random.default_rng(2).normal(size=6).astype(dtype)
    scalars, arrays = [Value(x) for x in numbers], [Value(x.reshape(1)) for x in numbers]
    optimizers = [getattr(optim, name)(parameters, **options) for parameters in (scalars, arrays)]
    for step in range(9):
        for number, (scalar, array) in enumerate(zip(scalars, arrays, strict=True)):
            idle = (step + number) % (number + 2) == 0
            gradient = slope(array.data, step)
            array.grad, scalar.grad = (None, None) if idle else (gradient, gradient[0])
        for optimizer in optimizers:
            optimizer.step()
        for scalar, array in zip(scalars, arrays, strict=True):
            np.testing.assert_allclose(scalar.data, array.data[0], rtol=1e-12 if dtype == np.float64 else 1e-5)
            assert scalar.dtype == dtype


def test_arrays_are_updated_in_place_and_gradients_left_alone():
    for name, all_of in VARIANTS.items():
        for options in all_of:
            p, twin = Value(np.ones(4)), None
            array, p.grad = p.data, np.arange(4.0)
            twin = p.grad.data.copy()
            optimizer = getattr(optim, name)([p], **options)
            optimizer.step()
            optimizer.step()
            assert p.data is array
            np.testing.assert_array_equal(p.grad.data, twin)


def test_parameters_without_a_gradient_stay():
    used, unused = Value([1.0]), Value([1.0])
    used.grad = [1.0]
    optimizer = optim.Adam([used, unused], weight_decay=0.1)
    optimizer.step()
    assert unused.data[0] == 1.0
    assert unused not in optimizer.state


@pytest.mark.parametrize("name", VARIANTS)
def test_empty_arrays_and_extremes(name):
    empty, extreme = Value(np.zeros((0, 3))), Value([1.0, 1.0, 1.0])
    optimizer = getattr(optim, name)([empty, extreme], lr=0.1, weight_decay=0)
    empty.grad, extreme.grad = np.zeros((0, 3)), np.array([0.0, 1e-200, np.inf])
    optimizer.step()
    assert empty.shape == (0, 3)
    assert extreme.data[0] == 1.0
    assert np.isfinite(extreme.data[1])


def test_S3_14_gradient_descent_of_the_lecture():
    x, y = np.array([1.0, 2.0, 3.0, 4.0], np.float32), np.array([2.0, 4.0, 6.0, 8.0], np.float32)
    weight = Value(np.float32(1.0))
    optimizer = optim.SGD([weight], lr=0.005)
    weights, losses = [], []
    for epoch in range(102):
        residue = weight * x - y
        loss = (residue * residue).sum() / 4
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if epoch % 10 == 1:
            weights.append(f"{weight:.3f}")
            losses.append(f"{loss:.8f}")
    assert " ".join(weights) == "1.144 1.608 1.820 1.917 1.962 1.983 1.992 1.996 1.998 1.999 2.000"
    assert (losses[0][:7], losses[-1][:9]) == ("6.41718", "0.0000010")


def test_a_step_makes_an_older_graph_stale():
    w = Value([1.0, 2.0])
    optimizer = optim.SGD([w], lr=0.1)
    loss = (w * w).sum()
    w.grad = [1.0, 1.0]
    optimizer.step()
    with pytest.raises(InplaceError):
        loss.backward()


# -- groups ------------------------------------------------------------------------------------------------------------


def test_groups_have_hyperparameters_of_their_own():
    a, b, c = Value([1.0]), Value([1.0]), Value([1.0])
    optimizer = optim.SGD([{"params": [a]}, {"params": b_generator(b), "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": [("c", c)], "lr": 1.0})
    for p in (a, b, c):
        p.grad = [1.0]
    optimizer.step()
    assert [float(p.data[0]) for p in (a, b, c)] == pytest.approx([0.9, 0.5, 0.0])
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.5, 1.0]
    assert "lr=0.5" in repr(optimizer)


def b_generator(value):
    yield value


def test_zero_grad():
    p, q = Value([1.0, 2.0]), Value(1.0)
    optimizer = optim.SGD([p, q])
    p.grad, q.grad = [1.0, 1.0], 3.0
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.tolist() == [0.0, 0.0]
    assert q.grad.data == 0.0
    optimizer.zero_grad()
    assert p.grad is None
    assert q.grad is None


def test_a_closure_is_called_before_the_step_and_its_loss_returned():
    from autograd import no_grad

    w = Value(3.0)
    optimizer = optim.SGD([w], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = w * w
        loss.backward()
        return loss

    with no_grad():
        loss = optimizer.step(closure)
    assert loss.data == 9.0
    assert w.data == pytest.approx(3.0 - 0.6)


# -- state -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), CASES)
def test_a_saved_state_goes_on_as_if_never_stopped(name, options):
    through, before = [Value(x) for x in start(np.float64)], [Value(x) for x in start(np.float64)]
    optimizer = getattr(optim, name)(through, **options)
    run(optimizer, through, 12)
    first = getattr(optim, name)(before, **options)
    run(first, before, 5)
    after = [Value(p.data) for p in before]
    second = getattr(optim, name)(after, lr=123.0)
    second.load_state_dict(first.state_dict())
    run(first, before, 3)  # the saved state is a copy
    run(second, after, 7, first=5)
    for p, q in zip(through, after, strict=True):
        np.testing.assert_array_equal(p.data, q.data)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_state_of_pytorch_is_taken_over(name):
    torch = pytest.importorskip("torch")
    options = VARIANTS[name][-1]
    theirs = [torch.from_numpy(x).requires_grad_() for x in start(np.float64)]
    their_optimizer = getattr(torch.optim, name)(theirs, **options)
    run_torch(torch, their_optimizer, theirs, 5)
    ours = [Value(p.detach().numpy()) for p in theirs]
    optimizer = getattr(optim, name)(ours, **options)
    optimizer.load_state_dict(their_optimizer.state_dict())
    run(optimizer, ours, 1, first=0)
    run_torch(torch, their_optimizer, theirs, 1)
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-10)


def test_state_of_another_model_is_refused():
    optimizer = optim.Adam([Value(np.ones(3))])
    run(optimizer, optimizer.param_groups[0]["params"], 1)
    state = optimizer.state_dict()
    with pytest.raises(ValueError, match="same parameters"):
        optim.Adam([Value(np.ones(3)), Value(1.0)]).load_state_dict(state)
    with pytest.raises(ShapeError, match="exp_avg"):
        optim.Adam([Value(np.ones(4))]).load_state_dict(state)


def test_an_optimizer_can_be_copied_with_its_parameters():
    parameters = [Value(x) for x in start(np.float64)]
    optimizer = optim.Adam(parameters)
    run(optimizer, parameters, 3)
    twin_parameters, twin = copy.deepcopy((parameters, optimizer))
    run(optimizer, parameters, 3, first=3)
    run(twin, twin_parameters, 3, first=3)
    for p, q in zip(parameters, twin_parameters, strict=True):
        np.testing.assert_array_equal(p.data, q.data)


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VARIANTS)
def test_hyperparameters_out_of_range(name):
    make, w = getattr(optim, name), Value(1.0)
    with pytest.raises(ValueError, match=r"lr must be at least 0, not -1"):
        make([w], lr=-1)
    with pytest.raises(ValueError, match="weight_decay"):
        make([w], weight_decay=-0.1)
    with pytest.raises(ValueError, match="lr"):
        make([{"params": [w], "lr": float("nan")}])
    with pytest.raises(TypeError, match="must be a number"):
        make([w], lr="fast")
    with pytest.raises(ValueError, match="has no hyperparameter 'rate'"):
        make([{"params": [w], "rate": 1.0}])


def test_particular_hyperparameters():
    w = Value(1.0)
    for betas in [(1.0, 0.9), (0.9, 1.0), (-0.1, 0.9)]:
        with pytest.raises(ValueError, match="below 1"):
            optim.Adam([w], betas=betas)
    with pytest.raises(ValueError, match="rho"):
        optim.Adadelta([w], rho=1.0)
    for options in ({"nesterov": True}, {"nesterov": True, "momentum": 0.9, "dampening": 0.1}):
        with pytest.raises(ValueError, match="momentum > 0 and dampening = 0"):
            optim.SGD([w], **options)


def test_what_cannot_be_optimized():
    w = Value(1.0, name="w")
    with pytest.raises(ValueError, match="empty parameter list"):
        optim.SGD([])
    with pytest.raises(TypeError, match=r"\[W\] instead of W"):
        optim.SGD(w)
    for wrong in ({w}, 3, "w"):
        with pytest.raises(TypeError, match="ordered collection"):
            optim.SGD(wrong)
    with pytest.raises(TypeError, match="takes Values, not float"):
        optim.SGD([1.0])
    with pytest.raises(TypeError, match="takes Values, not tuple"):
        optim.SGD([(w, w)])
    with pytest.raises(ValueError, match="w was given to the optimizer twice"):
        optim.SGD([w, w])
    with pytest.raises(ValueError, match="twice"):
        optim.SGD([{"params": [w]}, {"params": [w]}])
    with pytest.raises(ValueError, match="result of operations"):
        optim.SGD([w * 2.0])
    with pytest.raises(TypeError, match="do not mix"):
        optim.SGD([w, {"params": [w]}])
    with pytest.raises(TypeError, match="dictionary"):
        optim.SGD([w]).add_param_group([w])


def test_a_gradient_of_another_shape_is_refused():
    w = Value(np.ones(3))
    w.grad = np.ones(3)
    for other in (np.ones(4), 1.0):
        w.data = other
        with pytest.raises(ShapeError, match="zero_grad"):
            optim.SGD([w]).step()


def test_a_rate_may_be_a_value():
    optimizer = optim.SGD([Value(1.0)], lr=Value(0.5))
    assert optimizer.param_groups[0]["lr"] == 0.5
    assert type(optimizer.param_groups[0]["lr"]) is float
