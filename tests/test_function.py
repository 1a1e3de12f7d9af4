"""Operations that users write: rows of their own, and `Function` with forward and backward."""

import numpy as np
import pytest
from hypothesis import given
from own_functions import Cube

import autograd
from autograd import TABLE, Function, Value, functional
from autograd.errors import AutogradError, GradientError, InplaceError, RegistryError, ShapeError
from autograd.function import once_differentiable
from autograd.operation import operation, pointwise
from autograd.testing import GradcheckError, check_operation, gradcheck, gradgradcheck
from autograd.testing.strategies import arrays

X, Y = np.array([0.5, -1.5, 2.0]), np.array([1.5, 0.25, -1.0])


class Power(Function):
    """x ** n · scale with the result saved, in PyTorch's newer form."""

    @staticmethod
    def forward(x, n, scale):
        return x**n * scale

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, n, scale = inputs
        ctx.n = n
        ctx.save_for_backward(x, scale, output)

    @staticmethod
    def backward(ctx, grad):
        x, scale, y = ctx.saved_tensors
        return grad * ctx.n * y / x, None, grad * y / scale


class SinCos(Function):
    """Two results, and where each sine is positive."""

    @staticmethod
    def forward(ctx, x):
        sine, cosine, positive = autograd.sin(x), autograd.cos(x), x > 0
        ctx.save_for_backward(sine, cosine)
        ctx.mark_non_differentiable(positive)
        return sine, cosine, positive

    @staticmethod
    def backward(ctx, by_sine, by_cosine, by_positive):
        sine, cosine = ctx.saved_tensors
        assert not np.any(np.asarray(by_positive))
        return by_sine * cosine - by_cosine * sine


class NumpyExp(Function):
    """Written in NumPy, and so differentiable once."""

    @staticmethod
    def forward(ctx, x):
        ctx.numbers = np.exp(x.numpy())
        return ctx.numbers

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        return Value(grad.numpy() * ctx.numbers, requires_grad=False)


class Reversal(Function):
    """The gradient reversal layer: nothing forward, a sign backward."""

    @staticmethod
    def forward(ctx, x, weight=1.0):
        ctx.weight = weight
        return x

    @staticmethod
    def backward(ctx, grad):
        return -ctx.weight * grad, None


@given(x=arrays((3,), low=0.5), scale=arrays((), low=0.5))
def test_gradients_of_every_order_equal_the_same_in_operations(x, scale):
    assert check_operation(Cube, (x,))
    assert gradcheck(lambda x, s: Power.apply(x, 3, s), (x, scale), check_forward_ad=True)
    assert gradgradcheck(lambda x, s: Power.apply(x, 3, s), (x, scale))
    found = functional.hessian(lambda x, s: Power.apply(x, 3, s).sum(), (x, scale))
    wanted = functional.hessian(lambda x, s: (x**3 * s).sum(), (x, scale))
    for row, expected in zip(found, wanted, strict=True):
        for block, other in zip(row, expected, strict=True):
            np.testing.assert_allclose(np.asarray(block), np.asarray(other), rtol=1e-9, atol=1e-9)


def test_floats_arrays_and_float32():
    assert Cube.apply(Value(2.0)).data == 8.0
    x = Value(X.astype(np.float32))
    Cube.apply(x).sum().backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_allclose(x.grad.data, 3 * X**2, rtol=1e-6)


def test_the_backward_runs_once_a_pass_and_knows_what_is_needed():
    needed = []

    class Product(Function):
        @staticmethod
        def forward(ctx, a, b, note):
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx, grad):
            needed.append(ctx.needs_input_grad)
            a, b = ctx.saved_tensors
            return grad * b, grad * a, None

    a, b = Value(X), Value(Y)
    Product.apply(a, b, "note").sum().backward()
    np.testing.assert_array_equal(a.grad.data, Y)
    np.testing.assert_array_equal(b.grad.data, X)
    Product.apply(a, Y, None).sum().backward()
    assert needed == [(True, True, False), (True, False, False)]
    y = Product.apply(a, a, None)
    np.testing.assert_array_equal(autograd.grad(y.sum(), a)[0].data, 2 * X)


def test_gradients_have_memory_of_their_own():
    kept = Value(np.ones(3), requires_grad=False)

    class Same(Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, grad):
            return kept, kept

    a, b = Value(X), Value(Y)
    y = Same.apply(a, b)
    for _ in range(2):
        y.sum().backward(retain_graph=True)
    for x in (a, b):
        np.testing.assert_array_equal(x.grad.data, [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(kept.data, [1.0, 1.0, 1.0])


def test_several_results_some_of_them_constants():
    x = Value(X)
    sine, cosine, positive = SinCos.apply(x)
    assert not positive.requires_grad
    np.testing.assert_array_equal(positive.data, X > 0)
    assert (sine.shape, cosine.shape) == ((3,), (3,))
    (sine * 2).sum().backward(retain_graph=True)
    np.testing.assert_allclose(x.grad.data, 2 * np.cos(X))
    assert gradcheck(lambda x: SinCos.apply(x)[:2], x)
    assert gradgradcheck(lambda x: SinCos.apply(x)[:2], x)


def test_results_do_not_share_memory_with_inputs():
    x = Value(X)
    y = Reversal.apply(x * 1.0, 0.5)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, np.full(3, -0.5))
    z = Reversal.apply(x.detach())
    z += 1
    np.testing.assert_array_equal(x.data, X)


def test_a_backward_in_numpy_refuses_to_be_differentiated_again():
    x = Value(X)
    y = NumpyExp.apply(x)
    np.testing.assert_allclose(autograd.grad(y.sum(), x, retain_graph=True)[0].data, np.exp(X))
    (first,) = autograd.grad(y.sum(), x, create_graph=True)
    np.testing.assert_allclose(first.data, np.exp(X))
    with pytest.raises(GradientError, match="once_differentiable"):
        first.sum().backward()


def test_without_tracking_nothing_is_recorded():
    assert not Cube.apply(Value(2.0, requires_grad=False)).requires_grad
    assert Cube.apply(np.array([2.0])).data == [8.0]
    with autograd.no_grad():
        assert not Cube.apply(Value(2.0)).requires_grad


def test_saved_inputs_that_were_overwritten_are_not_used():
    x = Value(X) * 1.0
    y = Cube.apply(x)
    x.add_(1.0)
    with pytest.raises(InplaceError):
        y.sum().backward()


def test_mistakes_are_explained():
    class Half(Function):
        @staticmethod
        def forward(ctx, a, b):
            return a * b

        @staticmethod
        def backward(ctx, grad):
            return grad

    class Wide(Half):
        @staticmethod
        def backward(ctx, grad):
            return Value(np.ones(7)), None

    with pytest.raises(GradientError, match="returned 1 gradients for the 2 arguments"):
        Half.apply(Value(1.0), Value(2.0)).backward()
    with pytest.raises(ShapeError, match="rule of Wide"):
        Wide.apply(Value(X), Value(X)).sum().backward()
    with pytest.raises(AutogradError, match=r"Cube.apply"):
        Cube()
    with pytest.raises(NotImplementedError, match="forward"):
        type("Empty", (Function,), {}).apply(Value(1.0))
    with pytest.raises(GradcheckError, match="gradients equal differences"):
        check_operation(type("Wrong", (Cube,), {"backward": staticmethod(lambda ctx, g: g)}), (X,))
    kept = []

    class Keeps(Cube):
        @staticmethod
        def backward(ctx, grad):
            kept.append(ctx)
            return grad

    Keeps.apply(Value(1.0)).backward()
    with pytest.raises(AutogradError, match="while backward runs"):
        kept[0].saved_tensors  # noqa: B018


def test_pictures_and_steps_show_it():
    y = Cube.apply(Value(2.0, name="x"))
    steps = autograd.walk(y)
    assert any(step.formula == "x³" and step.result == 8.0 for step in steps)
    assert y.grad_fn.name == "Cube"


# -- rows -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def rows():
    """Rows made in the test leave the table when it ends."""
    before = set(TABLE)
    yield
    for name in set(TABLE) - before:
        del TABLE[name]


@pytest.mark.usefixtures("rows")
def test_a_row_of_ones_own_brings_formula_picture_and_tests():
    swish = pointwise(
        "my_swish", lambda x: x / (1 + np.exp(-x)), lambda g, y, x: g * (y + (1 - y / x) * y / x * x),
        symbol="swish", text="x * sigmoid(x)", latex=r"x\,\sigma(x)", slopes=("σ(x) + x σ(x) (1 - σ(x))",),
    )  # fmt: skip
    with pytest.raises(GradcheckError, match="my_swish"):
        check_operation(swish)
    del TABLE["my_swish"]
    swish = pointwise(
        "my_swish", lambda x: x / (1 + np.exp(-x)),
        lambda g, y, x: g * autograd.sigmoid(x) * (1 + x * (1 - autograd.sigmoid(x))),
        symbol="swish", text="x * sigmoid(x)", latex=r"x\,\sigma(x)", slopes=("σ(x) + x σ(x) (1 - σ(x))",),
    )  # fmt: skip
    assert check_operation(swish)
    assert check_operation("my_swish", ((2, 3),))
    steps = autograd.walk(swish(Value(2.0, name="x")))
    assert any(step.numbers == "2.0 * sigmoid(2.0)" for step in steps)
    assert "x * sigmoid(x)" in swish.__doc__
    with pytest.raises(RegistryError, match="already in the table"):
        pointwise("my_swish", np.exp)


@pytest.mark.usefixtures("rows")
def test_a_row_with_parameters_and_one_that_is_fused():
    norm = operation(
        "my_norm", lambda x, *, dim: np.sqrt(np.sum(x * x, axis=dim)),
        (lambda g, y, x, dim: autograd.unsqueeze(g / y, dim) * x,), shape="(n)->()",
    )  # fmt: skip
    assert check_operation(norm, [((3,),), ((2, 3),)], dim=-1)
    fused = pointwise(
        "my_logistic", lambda x: np.logaddexp(0, x), lambda g, y, x: np.asarray(g) / (1 + np.exp(-np.asarray(x))),
        composite=lambda x: autograd.log(1 + autograd.exp(x)), open=False,
    )  # fmt: skip
    assert check_operation(fused)
    TABLE["my_logistic"].composite = lambda x: autograd.log(2 + autograd.exp(x))
    with pytest.raises(GradcheckError, match="a fused row equals its composite"):
        check_operation(fused)


@pytest.mark.usefixtures("rows")
def test_second_derivative_of_a_fused_row_whose_inputs_depend_on_each_other():
    product = pointwise(
        "closed_product", np.multiply, lambda g, y, a, b: np.asarray(g) * b, lambda g, y, a, b: np.asarray(g) * a,
        composite=lambda a, b: a * b, open=False,
    )  # fmt: skip
    x = Value(np.array([3.0, 2.0]))
    for y, first in ((product(x, x * 2.0), 4 * x.data), (product(x, x), 2 * x.data)):
        (plain,) = autograd.grad(y, x, np.ones(2), retain_graph=True)
        (tracked,) = autograd.grad(y, x, np.ones(2), create_graph=True)
        np.testing.assert_array_equal(plain.data, first)
        np.testing.assert_array_equal(tracked.data, first)
        (second,) = autograd.grad(tracked.sum(), x)
        np.testing.assert_array_equal(second.data, first / x.data)
    np.testing.assert_allclose(functional.jvp(lambda x: product(x, x * 2.0), x, np.ones(2))[1].data, 4 * x.data)
