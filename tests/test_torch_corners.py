"""Corners where PyTorch's answers are held: who owns a gradient, hooks, empty arrays, nan, kinds of numbers."""

import itertools

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.errors import DtypeError

torch = pytest.importorskip("torch")
LIBRARIES = pytest.mark.parametrize("T", [autograd, torch], ids=["autograd", "torch"])
NAN, INF = float("nan"), float("inf")


def leaf(T, numbers):
    return T.tensor(numbers, dtype=T.float64, requires_grad=True)


# -- gradients and hooks ----------------------------------------------------------------------------------------------


@LIBRARIES
@pytest.mark.parametrize("numbers", [2.0, [1.0, 2.0], [1.0] * 500])
def test_a_gradient_that_a_hook_kept_is_not_added_to(T, numbers):
    x, seen = leaf(T, numbers), []
    x.register_hook(lambda g: seen.append(g) and None)
    for factor in (2, 3):
        (x * factor).sum().backward()
    assert [np.unique(g.tolist()).tolist() for g in seen] == [[2.0], [3.0]]
    assert np.unique(x.grad.tolist()).tolist() == [5.0]


@LIBRARIES
@pytest.mark.parametrize("fan_out", [1, 2])
def test_a_hook_changes_what_goes_on_and_not_what_grad_reports_of_its_value(T, fan_out):
    x = leaf(T, [1.0, 2.0])
    y = x * 3
    y.register_hook(lambda g: g * 7)
    total = sum(y * 2 for _ in range(fan_out)).sum()
    by_x, by_y = T.autograd.grad(total, [x, y])
    assert by_x.tolist() == [42.0 * fan_out] * 2
    assert by_y.tolist() == [2.0 * fan_out] * 2


@LIBRARIES
def test_a_hook_at_a_leaf_changes_what_grad_reports(T):
    x = leaf(T, [1.0])
    x.register_hook(lambda g: g * 7)
    assert T.autograd.grad(x * 2, x)[0].tolist() == [14.0]


@LIBRARIES
def test_a_gradient_of_another_dtype_is_refused(T):
    x = leaf(T, [1.0, 2.0])
    with pytest.raises(RuntimeError):
        x.grad = T.tensor([1, 2])
    with pytest.raises(RuntimeError):
        x.grad = T.tensor([1.0, 2.0], dtype=T.float32)
    assert x.grad is None


def test_the_refusal_says_what_to_write():
    with pytest.raises(DtypeError, match=r"g\.to\(x\.dtype\)"):
        Value([1.0]).grad = autograd.tensor([1])


@LIBRARIES
def test_backward_of_one_root_needs_no_list(T):
    x = leaf(T, [1.0, 2.0])
    T.autograd.backward((x * 2).sum())
    T.autograd.backward(x * 3, T.tensor([1.0, 2.0], dtype=T.float64))
    assert x.grad.tolist() == [5.0, 8.0]


@LIBRARIES
def test_one_upstream_gradient_an_output(T):
    x = leaf(T, [1.0, 2.0])
    for call in (
        lambda: T.autograd.grad([x * 2, x * 3], x, [T.ones_like(x)]),
        lambda: T.autograd.backward([x * 2, x * 3], [T.ones_like(x)]),
    ):
        with pytest.raises(RuntimeError):
            call()


@LIBRARIES
def test_whole_numbers_get_no_gradient(T):
    x = T.tensor([1, 2])

    def differentiate():
        x.requires_grad = True  # where PyTorch refuses, and here backward
        (x * 1.5).sum().backward()

    with pytest.raises((RuntimeError, TypeError)):
        differentiate()
    assert x.grad is None


# -- no entries, one entry, nan ---------------------------------------------------------------------------------------

SHAPES = [(0,), (0, 3), (3, 0), (2, 0, 3), ()]
OF_FEW = {
    "amax": lambda T, x: T.amax(x, 0), "max": lambda T, x: T.max(x, 0)[0], "max of all": lambda T, x: T.max(x),
    "argmax": lambda T, x: T.argmax(x), "argmin along": lambda T, x: T.argmin(x, -1),
    "median": lambda T, x: T.median(x),
    "largest norm": lambda T, x: T.norm(x, p=INF), "logsumexp": lambda T, x: T.logsumexp(x, 0),
    "flip": lambda T, x: T.flip(x, (0,)), "masked_select": lambda T, x: T.masked_select(x, x > 0),
    "gather": lambda T, x: T.gather(x, 0, T.tensor(np.zeros(tuple(x.shape), int))),
    "cumsum": lambda T, x: T.cumsum(x, 0),
    "softmax": lambda T, x: T.softmax(x, 0), "std": lambda T, x: T.std(x), "sort": lambda T, x: T.sort(x, 0)[0],
    "beyond": lambda T, x: T.sum(x, 3), "argmax beyond": lambda T, x: T.argmax(x, 3),
    "sort beyond": lambda T, x: T.sort(x, 3)[0],
    "cumsum beyond": lambda T, x: T.cumsum(x, 3),
}  # fmt: skip
UNKNOWN = [[NAN, 1.0, 2.0], [1.0, NAN, 2.0], [NAN] * 3, [INF, -INF, NAN], [INF, INF, 1.0], [-INF] * 3, [0.0, -0.0, 0.0]]
OF_UNKNOWNS = {
    "max": lambda T, x: T.max(x), "min": lambda T, x: T.min(x), "max along": lambda T, x: T.max(x, 0)[0],
    "argmax": lambda T, x: T.argmax(x), "median along": lambda T, x: T.median(x, 0)[0],
    "place of the median": lambda T, x: T.median(x, 0)[1], "clamp": lambda T, x: T.clamp(x, 0, 1),
    "clamp below": lambda T, x: T.clamp(x, min=0), "clamp above": lambda T, x: T.clamp(x, max=0),
    "sort": lambda T, x: T.sort(x)[0], "topk": lambda T, x: T.topk(x, 2)[0], "std": lambda T, x: T.std(x),
    "maximum": lambda T, x: T.maximum(x, T.ones(3, dtype=T.float64)), "relu": lambda T, x: T.relu(x),
    "softmax": lambda T, x: T.softmax(x, 0), "square": lambda T, x: T.square(x), "sqrt": lambda T, x: T.sqrt(x),
}  # fmt: skip


def result_and_gradient(T, function, numbers):
    """Numbers of both, or the kinds of the error."""
    x = leaf(T, numbers)
    try:
        y = function(T, x)
    except Exception as error:
        return error
    if y.requires_grad:
        y.backward(T.ones_like(y))
    return y.tolist(), None if x.grad is None else x.grad.tolist()


@pytest.mark.parametrize("numbers", [*map(np.ones, SHAPES), *UNKNOWN], ids=lambda x: str(getattr(x, "shape", x)))
@pytest.mark.filterwarnings("ignore")  # PyTorch's
def test_few_entries_and_unknown_ones(numbers):
    table = OF_FEW if isinstance(numbers, np.ndarray) else OF_UNKNOWNS
    for name, function in table.items():
        ours, theirs = (result_and_gradient(T, function, numbers) for T in (autograd, torch))
        if isinstance(theirs, Exception):
            kind = next(kind for kind in (IndexError, RuntimeError, ValueError, TypeError) if isinstance(theirs, kind))
            assert isinstance(ours, kind), f"{name}: {ours!r}, in PyTorch {theirs!r}"
        else:
            assert not isinstance(ours, Exception), f"{name}: {ours!r}"
            for mine, yours in zip(ours, theirs, strict=True):
                assert (mine is None) == (yours is None), name
                np.testing.assert_allclose(np.array(mine, float), np.array(yours, float), err_msg=name)


# -- kinds of numbers -------------------------------------------------------------------------------------------------

OPERANDS = {
    "float32": ([1.0, 2.0], "float32"), "float64": ([1.0, 2.0], "float64"), "int64": ([1, 2], "int64"),
    "int32": ([1, 2], "int32"), "uint8": ([1, 2], "uint8"), "bool": ([True, False], "bool"),
    "one float32": (1.5, "float32"), "one int64": (2, "int64"), "one bool": (True, "bool"),
}  # fmt: skip
TOGETHER = {
    "add": lambda T, a, b: a + b, "mul": lambda T, a, b: a * b, "maximum": lambda T, a, b: T.maximum(a, b),
    "where": lambda T, a, b: T.where(T.tensor([True, False]), a, b), "equal": lambda T, a, b: a == b,
}  # fmt: skip
OF_ONE = {
    name: lambda T, x, name=name: getattr(T, name)(x)
    for name in ("exp", "sqrt", "sin", "reciprocal", "square", "abs", "sum", "sigmoid", "tanh", "log1p")
}


def kind(T, function, *names):
    made = [T.tensor(numbers, dtype=getattr(T, dtype)) for numbers, dtype in map(OPERANDS.get, names)]
    result = function(T, *made)
    return str(result.dtype).removeprefix("torch."), tuple(result.shape)


@pytest.mark.parametrize("name", TOGETHER)
def test_kinds_of_numbers_together(name):
    for pair in itertools.product(OPERANDS, repeat=2):
        assert kind(autograd, TOGETHER[name], *pair) == kind(torch, TOGETHER[name], *pair), pair


@pytest.mark.parametrize("name", OF_ONE)
def test_functions_of_small_integers(name):
    """No result has a kind that a Value does not hold; whole numbers give fractions where PyTorch's do."""
    for operand in ("uint8", "int32", "int64", "float32", "one float32"):
        ours, theirs = (kind(T, OF_ONE[name], operand) for T in (autograd, torch))
        assert ours[1] == theirs[1]
        assert ours[0] == theirs[0] or (ours[0], theirs[0]) == ("float64", "float32"), operand
