"""vmap: running on a batch equals running example by example, for every row and for derivatives taken inside."""

from collections import namedtuple

import numpy as np
import pytest
from cases import examples_of
from hypothesis import given
from hypothesis import strategies as st
from own_functions import Cube

import autograd
import nn
import nn.functional as F
from autograd import TABLE, Value, batching, func
from autograd.errors import BatchError, ShapeError
from autograd.func import vmap
from autograd.testing.drawing import smooth_inputs
from autograd.testing.strategies import VOCABULARY, programs

ROWS = dict(TABLE)
X = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])
W = np.array([[1.0, -2.0, 0.5], [0.3, 0.7, -1.1]])
# Rows for which vmap runs example by example, at least for some parameters: what their examples need differs too much.
BY_EXAMPLE = {
    *("all", "any", "argmax", "argmin", "cat", "count_nonzero", "cumprod", "cumsum", "diag_embed", "getitem"),
    *("max_values", "median_values", "min_values", "nonzero", "overwrite", "place", "put_back", "roll", "scatter"),
    *("scatter_add", "sorted_values", "std", "topk_values", "var"),
}


def looped(function, dims, *args):
    """The same one after the other."""
    size = next(np.shape(x)[0] for x, dim in zip(args, dims, strict=True) if dim == 0)
    return [function(*(x if dim is None else x[k] for x, dim in zip(args, dims, strict=True))) for k in range(size)]


def numbers(x):
    return np.asarray(x.detach() if isinstance(x, Value) else x)


def same(a, b):
    np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_every_row_on_a_batch_is_the_row_on_each_example(name, monkeypatch):
    op, random, slow = ROWS[name], np.random.default_rng(0), []
    one_by_one = batching.one_by_one
    monkeypatch.setattr(batching, "one_by_one", lambda *args: slow.append(name) or one_by_one(*args))
    for shapes, parameters in examples_of(op):
        open_places = [place for place, shape in enumerate(shapes) if not isinstance(shape, np.ndarray)]
        for batched in [set(open_places), *({place} for place in open_places if len(open_places) > 1)]:
            args, dims = [], []
            for place, shape in enumerate(shapes):
                draws = 3 if place in batched else 1
                drawn = (
                    [np.asarray(smooth_inputs(op, [shape], random, [place])[0]) for _ in range(draws)]
                    if place in open_places
                    else [shape]
                )
                args.append(np.stack(drawn) if place in batched else drawn[0])
                dims.append(0 if place in batched else None)
            check_row(op, args, dims, parameters)
    assert bool(slow) <= (name in BY_EXAMPLE)


def check_row(op, args, dims, parameters):
    """Result, shape, dtype and gradients, of a row on a batch."""
    if op.name.startswith("bitwise"):
        args = [x.astype(int) for x in args]
    function = lambda *xs: op(xs, **parameters) if op.variadic else op(*xs, **parameters)
    together, apart = ([Value(x) if x.dtype.kind == "f" else x for x in args] for _ in range(2))
    y, each = vmap(function, tuple(dims))(*together), looped(function, dims, *apart)
    wanted = np.stack([numbers(part) for part in each])
    assert y.shape == wanted.shape
    assert y.dtype == wanted.dtype
    np.testing.assert_allclose(numbers(y), wanted, rtol=1e-12, atol=1e-14)
    if y.requires_grad:
        g = np.cos(1.0 + np.arange(wanted.size)).reshape(wanted.shape)
        tracked = lambda xs: [x for x in xs if isinstance(x, Value)]
        options = {"allow_unused": True, "materialize_grads": True}
        found = autograd.grad(y, tracked(together), g, **options)
        expected = autograd.grad(each, tracked(apart), [Value(part, requires_grad=False) for part in g], **options)
        for a, b in zip(found, expected, strict=True):
            same(a, b)


@given(program=programs(max_lines=6), data=st.data())
def test_random_programs_and_their_gradients(program, data):
    dims = (0, *(data.draw(st.sampled_from([0, None]), label="dim") for _ in program.inputs[1:]))
    args = [
        Value(x if dim is None else np.stack([np.multiply(x, factor) for factor in (1.0, 0.5, -0.75)]))
        for x, dim in zip(program.inputs, dims, strict=True)
    ]
    rows = {name: ROWS[name] for name in VOCABULARY}

    def loss(*xs):
        y = program.run(rows, xs)[-1]
        return (y * np.cos(1.0 + np.arange(y.numel())).reshape(y.shape)).sum()

    for function in (loss, func.grad(loss), func.hessian(loss)):
        with np.errstate(all="ignore"):
            same(vmap(function, dims)(*args), np.stack([numbers(y) for y in looped(function, dims, *args)]))


# -- derivatives inside and outside -----------------------------------------------------------------------------------


def squared_error(w, x):
    return (autograd.tanh(w @ x) ** 2).sum()


def test_a_gradient_for_each_example():
    wanted = np.stack([numbers(func.grad(squared_error)(W, x)) for x in X])
    same(vmap(func.grad(squared_error), in_dims=(None, 0))(W, X), wanted)
    parameter = Value(W)
    inside = lambda x: autograd.grad(squared_error(parameter, x), parameter, create_graph=True)[0]
    same(vmap(inside)(X), wanted)
    value, gradient = vmap(func.value_and_grad(squared_error), in_dims=(None, 0))(W, X)
    assert value.shape == (2,)
    same(gradient, wanted)
    assert parameter.grad is None


def test_gradients_flow_out_to_arguments_and_closures():
    w, x = Value(W), Value(X)
    gradients = autograd.grad(vmap(lambda x: squared_error(w, x))(x).sum(), [w, x])
    expected = autograd.grad(sum(squared_error(w, x[k]) for k in range(2)), [w, x])
    for a, b in zip(gradients, expected, strict=True):
        same(a, b)
    norms = vmap(lambda x: (func.grad(squared_error)(w, x) ** 2).sum())(x)
    expected = sum((func.grad(squared_error)(w, x[k]) ** 2).sum() for k in range(2))
    same(autograd.grad(norms.sum(), w)[0], autograd.grad(expected, w)[0])


@pytest.mark.parametrize("loss", [F.cross_entropy, lambda y, t: F.nll_loss(F.log_softmax(y, dim=-1), t)])
def test_a_network_with_its_loss(loss):
    autograd.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    parameters, targets = list(model.parameters()), np.array([0, 1])
    function = lambda x, t: tuple(autograd.grad(loss(model(x), t), parameters, create_graph=True))
    together = vmap(function)(X.astype(np.float32), targets)
    for k in range(2):
        each = function(Value(X[k].astype(np.float32)), Value(targets[k]))
        for a, b in zip(together, each, strict=True):
            np.testing.assert_allclose(numbers(a)[k], numbers(b), rtol=1e-4, atol=1e-6)


def test_jacobians_and_tangents_inside():
    function = lambda x: autograd.exp(x) * x.sum()
    for derivative in (func.jacrev(function), func.jacfwd(function), func.jacrev(func.jacfwd(function))):
        same(vmap(derivative)(X), np.stack([numbers(derivative(x)) for x in X]))
    same(
        vmap(lambda x: func.jvp(function, (x,), (np.ones(3),))[1])(X),
        np.stack([numbers(func.jvp(function, (x,), (np.ones(3),))[1]) for x in X]),
    )


def test_nested():
    same(vmap(vmap(lambda a, b: a * b, in_dims=(None, 0)), in_dims=(0, None))(X[0], X[1]), np.outer(X[0], X[1]))
    same(vmap(vmap(func.grad(lambda x: x**3)))(X), 3 * X**2)
    same(func.grad(lambda x: vmap(lambda row: (row * row).sum())(x).sum())(X), 2 * X)


# -- arguments and results --------------------------------------------------------------------------------------------


def test_axes_of_arguments_and_results():
    function = lambda x, y: (x + y, x.sum())
    total, sums = vmap(function, in_dims=(1, None), out_dims=(1, 0))(X, np.ones(2))
    same(total, X + 1)
    same(sums, X.sum(0))
    same(vmap(lambda x: x * 2, in_dims=-1, out_dims=-1)(X), X * 2)
    found = vmap(lambda d, s: {"a": d["x"] * s, "b": [d["y"]]}, in_dims=({"x": 0, "y": None}, None))(
        {"x": X, "y": W[0]}, 2.0
    )
    same(found["a"], 2 * X)
    same(found["b"][0], np.stack([W[0], W[0]]))
    same(vmap(lambda x: 7.0)(X), [7.0, 7.0])
    same(vmap(lambda x, power: x**power, in_dims=(0, None))(X, 2), X**2)


ORDERED = {
    "sort": lambda x: x.sort(1)[0], "sort down": lambda x: x.sort(-2, descending=True)[0],
    "places": lambda x: x.sort(1)[1], "topk": lambda x: x.topk(2, 1)[0], "max": lambda x: x.max(1)[0],
    "max kept": lambda x: x.max(0, keepdim=True)[0], "min": lambda x: x.min(-1)[0], "median": lambda x: x.median(1)[0],
    "two places": lambda x: x.topk(2, 0, largest=False)[1],
}  # fmt: skip


@pytest.mark.parametrize("name", ORDERED)
def test_order_in_each_example(name):
    """Each has its own places, for its numbers, its gradients and its second derivatives."""
    function, examples = ORDERED[name], np.stack([X, -1.3 * X, X[:, ::-1] * 0.7 + 0.1])
    same(vmap(function)(examples), np.stack([numbers(function(Value(x))) for x in examples]))
    same(vmap(function, in_dims=2)(np.moveaxis(examples, 0, 2)), vmap(function)(examples))
    if "places" not in name:
        loss = lambda x: (function(x) ** 3).sum()
        for derivative in (func.grad(loss), func.hessian(loss)):
            same(vmap(derivative)(examples), np.stack([numbers(derivative(x)) for x in examples]))


def test_a_function_of_the_user_s_own():
    same(vmap(lambda x: Cube.apply(x).sum())(X), (X**3).sum(1))
    same(vmap(func.grad(lambda x: Cube.apply(x).sum()))(X), 3 * X**2)
    same(vmap(func.hessian(lambda x: Cube.apply(x).sum()))(X)[0], np.diag(6 * X[0]))


def test_named_tuples_and_lengths():
    point = namedtuple("Point", "x y")
    same(vmap(lambda p: p.x * p.y)(point(X, W)), X * W)
    found = vmap(lambda p: point(p.y, p.x * 2))(point(X, W))
    assert isinstance(found, point)
    same(found.y, 2 * X)
    same(vmap(lambda x: x * len(x))(X), 3 * X)
    same(vmap(lambda x: x.reshape(1, 3).sum(0) if hasattr(x, "reshape") else x)(X), X)


def test_numbers_that_are_asked_for_are_refused_or_run_example_by_example():
    function = lambda x: x if x > 0 else -x
    with pytest.raises(BatchError, match="fallback=True"):
        vmap(function)(X[0])
    same(vmap(function, fallback=True)(X[0]), np.abs(X[0]))
    for asks in (
        lambda x: float(x),
        lambda x: x.item(),
        lambda x: np.sin(x.data),
        lambda x: (x * 1).add_(1),
        lambda x: autograd.grad(x * x, x)[0],
    ):
        with pytest.raises(BatchError):
            vmap(asks)(Value(X[0]))
    kept = []
    vmap(lambda x: kept.append(x) or x)(X)
    with pytest.raises(BatchError):
        kept[0] + 1


def test_random_numbers():
    autograd.manual_seed(0)
    draw = lambda x: x * 0 + autograd.rand(3, dtype=autograd.float64)
    with pytest.raises(BatchError, match="randomness"):
        vmap(draw)(X)
    alike = numbers(vmap(draw, randomness="same")(X))
    np.testing.assert_array_equal(alike[0], alike[1])
    apart = numbers(vmap(draw, randomness="different")(X))
    assert np.all(apart[0] != apart[1])
    with pytest.raises(ValueError, match="randomness is"):
        vmap(draw, randomness="perhaps")


def test_mistakes_are_explained():
    with pytest.raises(ShapeError, match=r"lengths \[2, 3\]"):
        vmap(lambda x, y: x)(X, X.T)
    with pytest.raises(ShapeError, match="pass None"):
        vmap(lambda x, y: x)(X, 2.0)
    with pytest.raises(ShapeError, match="in_dims has 2 parts"):
        vmap(lambda x: x, in_dims=(0, 0))(X)
    with pytest.raises(ShapeError, match="without examples"):
        vmap(lambda x: x)(np.zeros((0, 3)))
    assert autograd.is_grad_enabled()
