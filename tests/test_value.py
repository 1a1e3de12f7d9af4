"""A Value as it is handled and seen: its text, its attributes, copies, in-place corners, and what it refuses."""

import copy
import functools
import pickle

import numpy as np
import pytest

import autograd
import nn
from autograd import TABLE, Function, Value, no_grad, scope, set_grad_enabled, trace
from autograd.errors import AutogradError, DtypeError, GradientError, RegistryError, ShapeError
from autograd.mode import mode
from autograd.operation import operation, pointwise

A = np.array([1.0, 2.0])


# -- text -------------------------------------------------------------------------------------------------------------


def test_the_repr_tells_what_is_not_as_one_expects():
    x = Value(A, name="x")
    (x * x).sum().backward()
    assert repr(x) == "Value([1., 2.], name='x', grad=…)"
    assert repr(Value(np.zeros((0, 3)), requires_grad=False)) == "Value([], shape=(0, 3), requires_grad=False)"
    y = Value(3.0)
    (2 * y).backward()
    assert repr(y) == "Value(3.0, grad=2.0)"
    assert repr(Value(True)) == "Value(True)"
    assert repr(autograd.tensor([1])) == "Value([1], dtype=int64)"
    assert repr(x * 2) == "Value([2., 4.], by='mul')"


def test_what_was_released_says_so():
    x = Value(np.ones(500))
    y = x * 2.0
    z = (y * y).sum()
    del y
    z.backward()
    released = [value for value in trace(z).values if "released" in repr(value)]
    assert {repr(value) for value in released} == {"Value(released, shape=(500,), by='mul')"}


def test_makers_graphs_and_their_parts_have_texts():
    x = Value(2.0, name="x")
    y = x * x
    assert repr(y.grad_fn) == "<mul of x, x>"
    graph = trace(y)
    assert repr(graph) == "<graph of 2 tracked values behind 4.0 (made by mul)>"
    assert [repr(node) for node in graph.nodes] == ["<leaf 0: x>", "<copy 1: x>", "<gate 2: 4.0 (made by mul)>"]
    assert repr(graph.edges[0]) == "<edge 0 → 1>"
    assert f"{Value(A / 3):.2f}" == "[0.33, 0.67]"
    assert f"{x}" == repr(x)
    assert repr(autograd.Size((2, 3))) == "(2, 3)"
    assert x.shape.numel() == 1
    assert Value(np.ones((2, 3))).shape.numel() == 6


# -- attributes -------------------------------------------------------------------------------------------------------


def test_data_keeps_its_kind():
    x = Value(A.astype(np.float32))
    x.data = np.array([3.0, 4.0])
    assert x.dtype == np.float32
    x.data = Value([5.0, 6.0])
    assert x.tolist() == [5.0, 6.0]
    with pytest.raises(DtypeError, match="cannot hold int64"):
        x.data = np.array([1, 2, 3])
    assert Value(Value(A), requires_grad=False).tolist() == [1.0, 2.0]


def test_gradients_that_are_assigned():
    x = Value(A)
    x.grad = 2.0
    assert x.grad.tolist() == [2.0, 2.0]
    with pytest.raises(GradientError, match=r"shape \(3,\) does not belong"):
        x.grad = np.ones(3)
    del x.grad
    assert x.grad is None


def test_copies():
    x = Value(A, name="x")
    shallow, deep = copy.copy(x * 2), copy.deepcopy(x)
    assert not shallow.requires_grad
    assert (deep.name, deep.requires_grad, deep.tolist()) == ("x", True, [1.0, 2.0])
    for refused in (copy.deepcopy, pickle.dumps):
        with pytest.raises(AutogradError, match="only leaves"):
            refused(x * 2)


REFUSED = {
    "only a leaf's tracking": lambda: (Value(A) * 2).requires_grad_(False),
    r"retain_grad\(\) on a Value": lambda: Value(A, requires_grad=False).retain_grad(),
    "would never be called": lambda: Value(A, requires_grad=False).register_hook(print),
    "np.linalg|has no gradient here": lambda: np.logaddexp.reduce(Value(A)),
    "iteration over a Value": lambda: iter(Value(1.0)),
    "scope's name": lambda: scope(""),
    "not used to compute the result": lambda: (Value(1.0) * 2).backward(inputs=[Value(2.0)]),
    "with another shape": lambda: _with_hook(lambda g: np.ones(3)).backward(),
    "only a leaf can be overwritten": lambda: nn.init.zeros_(Value(A) * 2),
    "got 'dim' twice": lambda: autograd.sum(Value(A), 0, dim=0),
    "got 'axis' twice|got 'dim' twice": lambda: autograd.sum(Value(A), dim=0, axis=0),
    "got 'x' twice": lambda: autograd.exp(Value(1.0), x=2.0),
    "reaches beyond": lambda: autograd.gather(Value(np.ones((2, 2))), 0, np.zeros((2, 3), int)),
    "2 inputs .* but 1 rules": lambda: operation("planted", lambda a, b: a, (lambda g, y, a, b: g,)),
    "need a composite": lambda: pointwise("planted", np.exp, lambda g, y, x: g * y, open=False),
}


def _with_hook(hook):
    x = Value(A)
    x.register_hook(hook)
    return (x * 2).sum()


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_refused(message):
    with pytest.raises((AutogradError, TypeError), match=message):
        REFUSED[message]()


# -- modes and scopes as decorators ---------------------------------------------------------------------------------


def test_set_grad_enabled_as_a_decorator():
    @set_grad_enabled(False)
    def double(x):
        return x * 2

    assert autograd.is_grad_enabled()
    assert not double(Value(1.0)).requires_grad
    assert autograd.is_grad_enabled()
    with no_grad():

        @set_grad_enabled(True)
        def triple(x):
            return x * 3

        assert triple(Value(1.0)).requires_grad
        assert not autograd.is_grad_enabled()
        with set_grad_enabled(True):
            assert autograd.is_grad_enabled()
        assert not autograd.is_grad_enabled()
    assert mode.special == 0  # or scalars would take the long way from now on


def test_a_scope_as_a_decorator():
    @scope("inner")
    def double(x):
        return x * 2

    assert [trace(double(Value(1.0))).nodes[-1].scope for _ in range(2)] == [("inner",)] * 2


# -- corners of the engine --------------------------------------------------------------------------------------------


def test_backward_into_results_of_operations():
    x = Value(A)
    y = x * 2
    (y * y).sum().backward(inputs=[y, x], create_graph=True)
    assert y.grad.tolist() == [4.0, 8.0]
    assert x.grad.tolist() == [8.0, 16.0]
    assert y.grad.requires_grad


def test_a_rule_without_a_gradient_when_gradients_are_differentiated():
    class Kept(Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x)
            return x * x * y

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 2 * x, None

    x, y = Value(A), Value(A)
    by_x, by_y = autograd.grad(Kept.apply(x, y).sum(), [x, y], create_graph=True)
    assert by_y.tolist() == [0.0, 0.0]
    assert autograd.grad(by_x.sum(), x)[0].tolist() == [2.0, 2.0]


def test_three_scalars_and_what_python_refuses():
    a, b, w = Value(1.0), Value(3.0), Value(0.25)
    autograd.lerp(a, b, w).backward()
    assert (a.grad.item(), b.grad.item(), w.grad.item()) == (0.75, 0.25, 2.0)
    assert Value(1000.0).exp().item() == np.inf
    assert Value(2.0).__pow__(0).item() == 1.0
    x = Value(2.0)
    (x**0).backward()
    assert x.grad.item() == 0.0


def test_a_row_whose_forward_is_wrapped():
    @functools.wraps(np.exp)
    def doubled(x, *, times=2.0):
        return x * times

    del doubled.__wrapped__
    partial = functools.partial(lambda x, *, times: x * times, times=2.0)
    try:
        row = pointwise("planted", partial, lambda g, y, x, times=2.0: g * times)
        assert row.inputs == ("x",)
        assert row(Value(3.0)).item() == 6.0
    finally:
        TABLE.pop("planted", None)


def test_corners_of_changes_in_place():
    x = Value(A)
    y = x * 1
    assert y.copy_(y) is y
    y[:] = np.ones((1, 1, 2))
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]
    assert Value(np.ones(1)).broadcast_to(2, 3).shape == (2, 3)
    with pytest.raises(ShapeError):
        y[:] = np.ones((2, 1, 2))


def test_operators_with_what_is_no_number():
    for compare in (lambda x: x & "text", lambda x: "text" & x, lambda x: x < "text"):
        with pytest.raises(TypeError):
            compare(autograd.tensor([1]))
    assert (Value(A) == "text") is False


# -- modules ----------------------------------------------------------------------------------------------------------


def test_modules_before_and_after_they_are_ready():
    class Late(nn.Module):
        def __init__(self):
            self.number = 3  # before super().__init__(): plain attributes may be set
            super().__init__()

    late = Late()
    assert late.number == 3
    late.layer, late.weight = nn.Linear(1, 1), nn.Parameter(A)
    late.register_buffer("seen", Value(1.0, requires_grad=False))
    late.layer = late.weight = None
    assert list(late.parameters()) == []
    with pytest.raises(TypeError, match="it holds a tensor or None"):
        late.seen = 3
    with pytest.raises(TypeError, match="is a string"):
        late.add_module(3, nn.Tanh())
    with pytest.raises(TypeError, match="it can be an"):
        late.layer = 3
    del late.number
    assert not hasattr(late, "number")
    assert late.cpu() is late

    class Never(nn.Module):
        def __init__(self):
            self.register_buffer("seen", None)

    with pytest.raises(AttributeError, match="before registering"):
        Never()


@pytest.mark.parametrize("make", [lambda: nn.LayerNorm(2), lambda: nn.RMSNorm(2), lambda: nn.BatchNorm1d(2)])
def test_normalizations_begin_anew(make):
    layer, fresh = make(), make()
    layer(Value(np.array([[1.0, 5.0], [2.0, 9.0]], np.float32)))
    for parameter in layer.parameters():
        nn.init.constant_(parameter, 7.0)
    layer.reset_parameters()
    for name, numbers in layer.state_dict().items():
        np.testing.assert_array_equal(numbers, fresh.state_dict()[name])
    assert repr(layer) == repr(fresh)


def test_texts_of_layers_and_states():
    assert repr(nn.Unflatten(1, (2, -1))) == "Unflatten(dim=1, unflattened_size=(2, -1))"
    missing = nn.Linear(1, 1).load_state_dict({"weight": np.ones((1, 1)), "more": np.ones(1)}, strict=False)
    assert repr(missing) == "<missing ['bias'], unexpected ['more']>"
    with pytest.raises(NotImplementedError):
        nn.optim.Optimizer([nn.Parameter(A)], {"lr": 0.1}).update(None, None, {}, {})


def test_a_table_keeps_its_rows():
    with pytest.raises(RegistryError, match="already in the table"):
        pointwise("exp", np.exp)
