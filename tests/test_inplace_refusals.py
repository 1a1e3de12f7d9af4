"""Changes in place that are refused, by PyTorch's rules: the error says what to do, and nothing is left half done."""

import numpy as np
import pytest

import autograd
from autograd import Value, grad, no_grad
from autograd.errors import GradientError, InplaceError, ShapeError

torch = pytest.importorskip("torch")

X = np.array([[0.5, -1.5, 2.0], [1.25, 0.75, -0.25]])
W = np.array([1.5, -0.5, 0.75])


@pytest.mark.parametrize("library", [autograd, torch], ids=["autograd", "torch"])
@pytest.mark.parametrize("scalar", [False, True])
def test_a_leaf_is_not_changed_while_operations_are_recorded(library, scalar):
    numbers = 2.0 if scalar else X
    for change in (
        lambda x: x.add_(1),
        lambda x: x.zero_(),
        lambda x: x.__setitem__(..., 1.0),
        lambda x: x.view(-1).mul_(2),
        lambda x: x.normal_(),
    ):
        x = library.tensor(numbers, requires_grad=True, dtype=library.float64)
        with pytest.raises(RuntimeError, match="leaf"):
            change(x)
        np.testing.assert_array_equal(x.detach().numpy(), numbers)
        assert x.is_leaf
        with library.no_grad():
            change(x)
        x.detach().add_(1)


@pytest.mark.parametrize("library", [autograd, torch], ids=["autograd", "torch"])
@pytest.mark.parametrize("scalar", [False, True])
def test_overwritten_numbers_that_are_needed(library, scalar):
    def fresh():
        x = library.tensor(2.0 if scalar else X, requires_grad=True, dtype=library.float64)
        y = x * 1.5
        return x, y

    def changed_by_view(y):
        y.view(-1)[0] = 1.0

    def changed_by_twin(y):
        y.detach().add_(1)

    def changed_without_record(y):
        with library.no_grad():
            y.add_(1)

    def changed(y):
        y.add_(1)

    for change in (changed, changed_without_record, changed_by_twin, changed_by_view):
        x, y = fresh()
        z = y * y
        change(y)
        with pytest.raises(RuntimeError, match=r"in.?place"):
            z.sum().backward()
        x, y = fresh()
        z = y + 1
        change(y)
        z.sum().backward()
        np.testing.assert_allclose(x.grad.tolist(), np.full(x.shape, 1.5))


@pytest.mark.parametrize("library", [autograd, torch], ids=["autograd", "torch"])
@pytest.mark.parametrize("scalar", [False, True])
def test_a_leaf_updated_before_backward(library, scalar):
    x = library.tensor(2.0 if scalar else X, requires_grad=True, dtype=library.float64)
    linear, squared = (x * 3).sum(), (x * x).sum()
    with library.no_grad():
        x += 1
    linear.backward()
    np.testing.assert_allclose(x.grad.tolist(), np.full(x.shape, 3.0))
    with pytest.raises(RuntimeError, match=r"in.?place"):
        squared.backward()


def test_a_constant_operand_overwritten():
    x, c = Value(X), Value(W, requires_grad=False)
    y = (x * c).sum()
    c.mul_(2)
    with pytest.raises(InplaceError, match="overwritten in place"):
        y.backward()
    (z,) = [x * c]
    view = c[:2]
    view.zero_()
    with pytest.raises(InplaceError):
        z.sum().backward(create_graph=True)


def test_create_graph_passes_where_no_number_is_needed():
    x = Value(X)
    y = x * 3
    z = (y + 1).sum()
    with no_grad():
        y.add_(1)
        x.mul_(2)
    (g,) = grad(z, x, create_graph=True)
    np.testing.assert_array_equal(g.data, np.full(X.shape, 3.0))


def test_what_does_not_fit():
    y = Value(X) * 1
    with pytest.raises(ShapeError, match="does not fit"):
        y.add_(np.ones((2, 2, 3)))
    with pytest.raises(ShapeError, match="do not fit"):
        y[0] = np.ones(2)
    with pytest.raises(ShapeError, match="clone"):
        (Value(W) * 1).expand(2, 3).add_(1)
    with pytest.raises(TypeError, match="int64"):
        autograd.tensor([1, 2]).add_(0.5)
    with pytest.raises(TypeError, match="NoneType"):
        y[0] = None
    with pytest.raises(TypeError):
        y += None
    with no_grad():
        seen = y[0]
    with pytest.raises(GradientError, match="under no_grad"):
        seen += 1
    np.testing.assert_array_equal(y.data, X)
    y.sum().backward()


def test_a_failed_change_changes_nothing():
    x = Value(X)
    y = x * 2
    z = y * y
    before = y.index, y.op, y.inputs
    with pytest.raises(ValueError, match="does not fit"):
        y.add_(np.ones((4, 4)))
    assert (y.index, y.op, y.inputs) == before
    z.sum().backward()
    np.testing.assert_allclose(x.grad.data, 8 * X)
