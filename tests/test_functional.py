"""Derivatives of functions: against PyTorch's functions of the same names, and against each other."""

import numpy as np
import pytest
from hypothesis import given

import autograd
from autograd import Value
from autograd import functional as F
from autograd.errors import DtypeError, GradientError, ShapeError
from autograd.functional import transforms
from autograd.testing.strategies import VOCABULARY, arrays, programs
from autograd.tree import flatten

X, W = np.array([0.3, -1.2, 0.7]), np.array([[0.5, -0.4, 0.1], [1.1, 0.2, -0.9]])


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


# Functions of (library, inputs): the same line runs in both.
def one_number(lib, x):
    return (lib.exp(x * 0.3) * x).sum()


def one_vector(lib, x):
    return lib.tanh(x) * x.sum()


def of_two(lib, x, w):
    return (lib.sin(w @ x) * x.sum()).sum()


def of_two_to_vector(lib, x, w):
    return lib.tanh(w @ x)


def to_two(lib, x, w):
    return w @ x, (x * x).sum()


def ignores_second(lib, x, w):
    return (x * x * x).sum()


CASES = [
    (one_number, (X,)),
    (one_vector, (X,)),
    (of_two, (X, W)),
    (of_two_to_vector, (X, W)),
    (to_two, (X, W)),
    (ignores_second, (X, W)),
]
SCALAR = [case for case in CASES if case[0] in (one_number, of_two, ignores_second)]


def numbers(result):
    """Nested tuples of arrays, of either library."""
    if isinstance(result, (tuple, list)):
        return tuple(numbers(part) for part in result)
    return np.asarray(result.detach()) if isinstance(result, Value) else result.numpy(force=True)


def agree(ours, theirs):
    if isinstance(theirs, tuple):
        assert isinstance(ours, tuple)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            agree(a, b)
    else:
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


def both(torch, function, inputs, *vectors):
    """(function, inputs, vectors) in our terms and in PyTorch's; a single one is not wrapped in a tuple."""
    bare = lambda xs: xs[0] if len(xs) == 1 else tuple(xs)
    ours = (lambda *xs: function(autograd, *xs), bare([Value(x) for x in inputs]))
    theirs = (lambda *xs: function(torch, *xs), bare([torch.tensor(x) for x in inputs]))
    ours += tuple(bare([Value(v) for v in vs]) for vs in vectors)
    theirs += tuple(bare([torch.tensor(v) for v in vs]) for vs in vectors)
    return ours, theirs


def alike(shapes):
    """Vectors without pattern."""
    return [np.cos(1.0 + np.arange(np.prod(shape, dtype=int)) + k).reshape(shape) for k, shape in enumerate(shapes)]


@pytest.mark.parametrize(("function", "inputs"), CASES)
def test_vjp_and_jvp_against_pytorch(torch, function, inputs):
    outputs = function(torch, *map(torch.tensor, inputs))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    ours, theirs = both(torch, function, inputs, alike([tuple(y.shape) for y in outputs]))
    agree(numbers(F.vjp(*ours)), numbers(torch.autograd.functional.vjp(*theirs)))
    ours, theirs = both(torch, function, inputs, alike([x.shape for x in inputs]))
    agree(numbers(F.jvp(*ours)), numbers(torch.autograd.functional.jvp(*theirs)))


@pytest.mark.parametrize(("function", "inputs"), SCALAR)
def test_hessian_products_against_pytorch(torch, function, inputs):
    ours, theirs = both(torch, function, inputs, alike([x.shape for x in inputs]))
    for name in ("vhp", "hvp"):
        agree(numbers(getattr(F, name)(*ours)), numbers(getattr(torch.autograd.functional, name)(*theirs)))


@pytest.mark.parametrize("vectorize", [False, True])
@pytest.mark.parametrize("strategy", ["reverse-mode", "forward-mode"])
@pytest.mark.parametrize(("function", "inputs"), CASES)
def test_jacobian_against_pytorch(torch, function, inputs, strategy, vectorize):
    ours, theirs = both(torch, function, inputs)
    found = F.jacobian(*ours, vectorize=vectorize, strategy=strategy)
    agree(numbers(found), numbers(torch.autograd.functional.jacobian(*theirs)))
    assert not any(block.requires_grad for block in flatten(found))


@pytest.mark.parametrize("vectorize", [False, True])
@pytest.mark.parametrize("strategy", ["reverse-mode", "forward-mode"])
@pytest.mark.parametrize(("function", "inputs"), SCALAR)
def test_hessian_against_pytorch(torch, function, inputs, strategy, vectorize):
    ours, theirs = both(torch, function, inputs)
    found = F.hessian(*ours, vectorize=vectorize, outer_jacobian_strategy=strategy)
    agree(numbers(found), numbers(torch.autograd.functional.hessian(*theirs)))


@given(program=programs(max_lines=6))
def test_jacobians_of_programs_by_rows_and_by_columns(program):
    rows = {name: autograd.TABLE[name] for name in VOCABULARY}
    function = lambda *xs: program.run(rows, xs)[-1]
    by_rows = F.jacobian(function, program.inputs)
    by_columns = F.jacobian(function, program.inputs, strategy="forward-mode")
    for a, b in zip(by_rows, by_columns, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-9, atol=1e-9)


@given(x=arrays((3,)), v=arrays((3,)), w=arrays((2, 3)))
def test_products_are_products_with_the_matrices(x, v, w):
    matrix = np.asarray(F.jacobian(lambda x: of_two_to_vector(autograd, x, w), x))
    u = np.array([1.0, -2.0])
    np.testing.assert_allclose(
        np.asarray(F.jvp(lambda x: of_two_to_vector(autograd, x, w), x, v)[1]), matrix @ v, atol=1e-12
    )
    np.testing.assert_allclose(
        np.asarray(F.vjp(lambda x: of_two_to_vector(autograd, x, w), x, u)[1]), u @ matrix, atol=1e-12
    )
    square = np.asarray(F.hessian(lambda x: of_two(autograd, x, w), x))
    np.testing.assert_allclose(square, square.T, atol=1e-12)
    for product in (F.hvp, F.vhp):
        np.testing.assert_allclose(
            np.asarray(product(lambda x: of_two(autograd, x, w), x, v)[1]), square @ v, atol=1e-11
        )


def test_create_graph_connects_results_to_inputs_and_vectors():
    x, v = Value(X), Value(X[::-1].copy())
    _, product = F.jvp(lambda x: autograd.exp(x), x, v, create_graph=True)
    by_x, by_v = autograd.grad(product.sum(), [x, v])
    np.testing.assert_allclose(np.asarray(by_x), np.exp(X) * np.asarray(v))
    np.testing.assert_allclose(np.asarray(by_v), np.exp(X))
    for function in (F.vjp, F.hvp, F.vhp):
        found = function(lambda x: (x * x * x).sum(), x, None if function is F.vjp else v, create_graph=True)[1]
        assert found.requires_grad
        assert not function(lambda x: (x * x * x).sum(), x, None if function is F.vjp else v)[1].requires_grad
    third = F.jacobian(lambda x: F.hessian(lambda y: (y * y * y).sum(), x, create_graph=True), x)
    expected = np.zeros((3, 3, 3))
    expected[range(3), range(3), range(3)] = 6.0
    np.testing.assert_allclose(np.asarray(third), expected)


def test_no_grad_of_inputs_is_touched():
    x = Value(X)
    F.hessian(lambda x: one_number(autograd, x), x)
    F.jacobian(lambda x: one_vector(autograd, x), x)
    assert x.grad is None
    with autograd.no_grad():
        assert not F.vjp(lambda x: one_number(autograd, x), x)[1].requires_grad
    assert autograd.is_grad_enabled()


def test_what_does_not_depend_is_zero_or_an_error():
    agree(numbers(F.vjp(lambda x, y: x.sum(), (X, W))[1]), (np.ones(3), np.zeros((2, 3))))
    for function in (F.vjp, F.jacobian, F.vhp, F.hvp, F.hessian):
        with pytest.raises(GradientError, match="does not depend"):
            function(
                lambda x, y: (x * x).sum(),
                (2.0, 3.0),
                strict=True,
                **({"v": (1.0, 1.0)} if function in (F.vhp, F.hvp) else {}),
            )
    with pytest.raises(GradientError, match="does not depend"):
        F.jvp(lambda x: Value(1.0), 2.0, strict=True)
    assert F.jvp(lambda x: Value(1.0), 2.0)[1].item() == 0.0
    agree(numbers(F.hessian(lambda x: x.sum(), X)), np.zeros((3, 3)))


def test_mistakes_are_explained():
    with pytest.raises(ShapeError, match="part 0 of v has shape"):
        F.vjp(lambda x: x * 2, X, np.ones(4))
    with pytest.raises(ShapeError, match="v has 1 parts"):
        F.jvp(lambda x, y: x, (X, X), (X,))
    with pytest.raises(GradientError, match="v can only be left out"):
        F.vjp(lambda x: x * 2, X)
    with pytest.raises(GradientError, match="must return one number"):
        F.hessian(lambda x: x * 2, X)
    with pytest.raises(TypeError, match="result 0 is float"):
        F.vjp(lambda x: 2.0, X)
    with pytest.raises(DtypeError, match="floating-point"):
        F.vjp(lambda x: x, np.arange(3))
    with pytest.raises(ValueError, match="vectorize"):
        F.jacobian(lambda x: x, X, strict=True, vectorize=True)
    with pytest.raises(ValueError, match="strategy"):
        F.jacobian(lambda x: x, X, strategy="sideways")


def test_empty_inputs_and_outputs():
    assert F.jacobian(lambda x: x * 2, np.zeros(0)).shape == (0, 0)
    assert F.jacobian(lambda x: x * 2, np.zeros(0), strategy="forward-mode").shape == (0, 0)
    assert F.jacobian(lambda x: x.sum(), np.zeros((2, 0))).shape == (2, 0)


# -- functions made of functions -------------------------------------------------------------------------------------


def test_grad_of_a_function_nests():
    cube = lambda x: x * x * x
    assert transforms.grad(cube)(2.0).item() == 12.0
    assert transforms.grad(transforms.grad(cube))(2.0).item() == 12.0
    assert transforms.grad(transforms.grad(transforms.grad(cube)))(2.0).item() == 6.0


def test_inner_and_outer_variables_are_told_apart():
    assert transforms.grad(lambda x: x * transforms.grad(lambda y: x * y)(x))(3.0).item() == 6.0
    assert transforms.grad(lambda x: x * transforms.jvp(lambda y: x * y, (x,), (1.0,))[1])(3.0).item() == 6.0


def test_grad_takes_outputs_and_inputs_too():
    x = Value(3.0)
    assert transforms.grad(x * x, x)[0].item() == 6.0
    assert transforms.grad([x * x], [x], create_graph=True)[0].requires_grad


def test_value_and_grad_of_nested_arguments():
    def loss(parameters, x, scale=1.0):
        return ((parameters["w"] @ x + parameters["b"][0]) * scale).sum(), "aux"

    parameters = {"w": W, "b": [np.array([1.0, 2.0])]}
    (value, aux), gradient = transforms.value_and_grad(loss, has_aux=True)(parameters, X, scale=2.0)
    assert aux == "aux"
    assert value.item() == pytest.approx(2 * (W @ X + [1, 2]).sum())
    agree(numbers(gradient["w"]), np.tile(2 * X, (2, 1)))
    agree(numbers(gradient["b"][0]), np.array([2.0, 2.0]))
    by_both = transforms.grad(lambda a, b: (a * b).sum(), argnums=(0, 1))(X, X * 2)
    agree(numbers(by_both), (X * 2, X))
    assert transforms.grad(lambda a, b: a * b, 1)(2.0, 3.0).item() == 2.0
    assert transforms.grad(lambda a, b: a * b, -1)(2.0, 3.0).item() == 2.0
    assert [x.item() for x in transforms.grad_and_value(lambda a: a * a)(3.0)] == [6.0, 9.0]
    assert transforms.grad(lambda a: (a * a, a), has_aux=True)(3.0)[1].item() == 3.0


def test_results_are_tracked_if_anything_outside_is():
    w, x = Value(2.0), Value(3.0)
    assert not transforms.grad(lambda x: x * x)(3.0).requires_grad
    assert not transforms.grad(lambda x: x * x)(Value(3.0, requires_grad=False)).requires_grad
    by_argument = transforms.grad(lambda x: x * x * x)(x)
    assert autograd.grad(by_argument, x)[0].item() == 18.0
    by_closure = transforms.grad(lambda x: w * x * x)(3.0)
    assert autograd.grad(by_closure, w)[0].item() == 6.0
    with autograd.no_grad():
        value, gradient = transforms.value_and_grad(lambda x: w * x * x)(x)
    assert not value.requires_grad
    assert not gradient.requires_grad


def test_jacobians_as_functions():
    function = lambda x, w: {"a": w @ x, "b": (x * x).sum()}
    rows, columns = transforms.jacrev(function, (0, 1))(X, W), transforms.jacfwd(function, (0, 1))(X, W)
    for found in (rows, columns):
        agree(numbers(found["a"][0]), W)
        agree(numbers(found["b"][0]), 2 * X)
        assert found["a"][1].shape == (2, 2, 3)
    agree(numbers(transforms.hessian(lambda x: (x * x * x).sum())(X)), np.diag(6 * X))
    assert transforms.jacrev(lambda x: (x, 1), has_aux=True)(X)[1] == 1


def test_vjp_and_jvp_as_jax_has_them():
    output, pullback = transforms.vjp(lambda a, b: a * b, 2.0, 3.0)
    assert output.item() == 6.0
    assert [g.item() for g in pullback(1.0)] == [3.0, 2.0]
    assert [g.item() for g in pullback(2.0)] == [6.0, 4.0]
    v = Value(1.0)
    tracked = pullback(v)
    assert autograd.grad(tracked[0], v)[0].item() == 3.0
    output, tangent, aux = transforms.jvp(lambda a: (a * a, "aux"), (3.0,), (2.0,), has_aux=True)
    assert (output.item(), tangent.item(), aux) == (9.0, 12.0, "aux")


def test_wrong_argnums_and_results_are_explained():
    with pytest.raises(GradientError, match="argnums=1"):
        transforms.grad(lambda x: x, argnums=1)(2.0)
    with pytest.raises(GradientError, match="one number"):
        transforms.grad(lambda x: x)(X)
    with pytest.raises(TypeError, match="return what it computed"):
        transforms.grad(lambda x: x.item())(2.0)
