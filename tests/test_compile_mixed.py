"""Programs in which float32 and float64 meet, and operations that programs compute in both."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_compile import same

import autograd
import nn
import nn.functional as F
from autograd import TABLE, Value, tensor
from nn import optim
from nn.compile_step import compile_step

KINDS = {
    "both wide in the end": lambda x, y: (x * y).sum() + x.mean(),
    "narrow again": lambda x, y: (x.double() * y).float() * x,
    "a choice between them": lambda x, y: autograd.where(x > y, x, y).sum(dim=0),
    "a truth value of narrow ones": lambda x, y: (x > 0.3) * y,
    "products of matrices": lambda x, y: ((x @ x.T) @ y).tanh(),
    "joined": lambda x, y: autograd.cat([x.double(), y], 0).exp(),
    "picked": lambda x, y: x[1:] * y[[2, 0]],
    "single numbers": lambda x, y: x * 0.1 + y * 0.1 + x.sum() * 2.0,
    "softmax": lambda x, y: F.softmax(x, 1) * F.log_softmax(y, 1),
    "places": lambda x, y: x.argmax(1) * y.sum(1),
    "turned": lambda x, y: x.T.double() + y.T * x[:1].T,
}


def pair(shape=(3, 3), seed=0):
    random = np.random.default_rng(seed)
    return random.standard_normal(shape).astype(np.float32), random.standard_normal(shape)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("turned", [False, True])
def test_arrays_of_both_dtypes(name, turned):
    function, numbers = KINDS[name], pair()[::-1] if turned else pair()
    eager_inputs, inputs = ([Value(x) for x in numbers] for _ in range(2))
    eager, result = function(*eager_inputs), autograd.compile(function)(*inputs)
    assert (result.shape, result.dtype) == (eager.shape, eager.dtype)
    same(result, eager, 1e-6)
    eager.sum().backward()
    result.sum().backward()
    for x, eager_x in zip(inputs, eager_inputs, strict=True):
        assert (x.grad is None) == (eager_x.grad is None)
        if x.grad is not None:
            assert x.grad.dtype == eager_x.grad.dtype
            same(x.grad, eager_x.grad, 1e-5)


def test_float64_is_not_computed_in_float32():
    x, y = pair()
    narrow, wide = autograd.compile(lambda x, y: (x * 2.0, y / 3.0 + 1e-12))(x, y)
    assert narrow.dtype == np.float32
    np.testing.assert_array_equal(wide.data, y / 3.0 + 1e-12)


@given(steps=st.lists(st.tuples(st.sampled_from("+-*tdf@"), st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_random_mixtures(steps):
    def function(*made):
        made = list(made)
        for sign, i, j in steps:
            a, b = made[i % len(made)], made[j % len(made)]
            made.append({
                "+": lambda a, b: a + b, "-": lambda a, b: a - b * 0.5, "*": lambda a, b: a.tanh() * b,
                "t": lambda a, b: (a * 0.3).sin(), "d": lambda a, b: a.double(), "f": lambda a, b: a.float(),
                "@": lambda a, b: (a @ b.to(a.dtype)) * 0.3,
            }[sign](a, b))  # fmt: skip
        return made[-1].sum() + made[len(made) // 2].mean()

    numbers = pair()
    eager_inputs, inputs = ([Value(x) for x in numbers] for _ in range(2))
    eager, result = function(*eager_inputs), autograd.compile(function)(*inputs)
    assert result.dtype == eager.dtype
    same(result, eager, 1e-4)
    eager.backward()
    result.backward()
    for x, eager_x in zip(inputs, eager_inputs, strict=True):
        assert (x.grad is None) == (eager_x.grad is None) or not np.any(eager_x.grad.data)
        if x.grad is not None and eager_x.grad is not None:
            same(x.grad, eager_x.grad, 1e-3)


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, lr=0.1, momentum=0.9), lambda p: optim.Adam(p, lr=0.01)])
def test_data_in_float64_for_a_model_in_float32(make):
    random = np.random.default_rng(0)
    x, t = random.standard_normal((20, 3)), random.standard_normal((20, 2))
    losses, ends = [], []
    for compiled in (True, False):
        autograd.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
        optimizer = make(model.parameters())
        if compiled:
            losses.append(compile_step(model, F.mse_loss, optimizer).run((x, t), batch_size=5, epochs=3))
        else:
            own = []
            for _ in range(3):
                for k in range(0, 20, 5):
                    optimizer.zero_grad()
                    loss = F.mse_loss(model(tensor(x[k : k + 5])), tensor(t[k : k + 5]))
                    loss.backward()
                    optimizer.step()
                    own.append(loss.item())
            losses.append(own)
        ends.append([p.data.copy() for p in model.parameters()])
    np.testing.assert_allclose(*losses, rtol=1e-5)
    for a, b in zip(*ends, strict=True):
        assert a.dtype == b.dtype == np.float32
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


NUMBERS = [-7.5, -3.0, -2.0, -1e-3, -0.0, 0.0, 1e-3, 0.3, 1.0, 2.0, 3.0, 7.5, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floor_divide_as_numpy(dtype):
    a, b = (x.ravel() for x in np.meshgrid(*[np.array(NUMBERS, dtype)] * 2))
    result = autograd.compile(TABLE["floor_divide"])(a, b)
    with np.errstate(all="ignore"):
        expected = np.floor_divide(a, b)
    np.testing.assert_array_equal(result.data, expected)
    np.testing.assert_array_equal(np.signbit(result.data[expected == 0]), np.signbit(expected[expected == 0]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_erfinv_as_eager(dtype):
    x = np.concatenate([np.linspace(-0.999, 0.999, 41), [1.0, -1.0, 1 - 1e-7, 1e-20]]).astype(dtype)
    eager, compiled = Value(x), Value(x)
    expected, result = TABLE["erfinv"](eager), autograd.compile(TABLE["erfinv"])(compiled)
    limit = 1e-13 if dtype is np.float64 else 3e-7
    np.testing.assert_allclose(result.data, expected.data, rtol=limit)
    with np.errstate(all="ignore"):
        expected.sum().backward()
        result.sum().backward()
    np.testing.assert_allclose(compiled.grad.data, eager.grad.data, rtol=20 * limit)
