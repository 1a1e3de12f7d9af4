"""Shapes: views share memory, splitting undoes joining, gradients go back where the entries came from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, grad
from autograd.errors import RangeError, ShapeError

X = np.arange(24.0).reshape(2, 3, 4)


MOVES = [
    lambda x: x.reshape(4, 6),
    lambda x: x.view(-1),
    lambda x: x.flatten(1),
    lambda x: x.unsqueeze(1),
    lambda x: x.permute(2, 0, 1),
    lambda x: x.transpose(0, -1),
    lambda x: x.mT,
    lambda x: x.T,
    lambda x: x.movedim(0, 2),
    lambda x: x.flip(0, 2),
    lambda x: x.roll((1, -1), (0, 2)),
    lambda x: x.repeat(2, 1, 1, 2),
    lambda x: x.tile(2),
    lambda x: x.repeat_interleave(2, 1),
    lambda x: x.expand(3, 2, 3, 4),
    lambda x: x[:, ::-1, [0, 0, 3]],
    lambda x: x.diagonal(0, 1, 2),
    lambda x: x.tril(1),
    lambda x: x.triu(),
    lambda x: autograd.pad(x, (1, 2, 0, 1)),
    lambda x: autograd.pad(x, (-1, 0, 0, 2)),
    lambda x: autograd.pad(x, (1, 1), mode="reflect"),
    lambda x: autograd.pad(x, (2, 1, 1, 1), mode="replicate"),
    lambda x: autograd.pad(x, (2, 1), mode="circular"),
    lambda x: autograd.rot90(x, 1, (1, 2)),
    lambda x: x.unflatten(2, (2, -1)),
    lambda x: autograd.cat([x, x[:, :1]], dim=1),
    lambda x: autograd.stack([x, x], dim=2),
    lambda x: x.gather(2, x.argsort(2)),
    lambda x: autograd.cat(x.split(2, dim=2)[::-1], dim=2),
    lambda x: autograd.stack(x.unbind(1)),
    lambda x: x.swapaxes(0, 1),
    lambda x: autograd.cat(x.chunk(3, dim=1)),
    lambda x: autograd.hstack([x, x]),
    lambda x: autograd.vstack([x, x]),
    lambda x: autograd.dstack([x, x]),
    lambda x: x.select(1, 2),
    lambda x: x.narrow(2, 1, 2),
    lambda x: x.take_along_dim(x.argsort(1), 1),
]


@pytest.mark.parametrize("number", range(len(MOVES)))
def test_gradients_go_back_where_entries_came_from(number):
    """The result shows which entry stands where; so the gradient of an entry is the sum of g over its places."""
    numbered = X + 1  # 0 is a place that holds no entry
    x = Value(numbered)
    y = MOVES[number](x)
    places = np.asarray(y.data).astype(int)
    g = np.random.default_rng(0).standard_normal(places.shape)
    wanted = np.zeros(25)
    np.add.at(wanted, places, g)
    (found,) = grad(y, x, g)
    np.testing.assert_allclose(found.data, wanted[1:].reshape(X.shape), rtol=1e-13)


VIEWS = [
    lambda x: x.reshape(4, 6),
    lambda x: x.view(24),
    lambda x: x.flatten(),
    lambda x: x.unsqueeze(-1),
    lambda x: x.squeeze(),
    lambda x: x.permute(2, 0, 1),
    lambda x: x.transpose(0, 1),
    lambda x: x.T,
    lambda x: x.mT,
    lambda x: x.movedim(0, 1),
    lambda x: x[1],
    lambda x: x[0, 1, 2],
    lambda x: x[..., ::-2],
    lambda x: x.diagonal(0, 1, 2),
    lambda x: x.split(1)[1],
    lambda x: x.chunk(2, 2)[0],
    lambda x: x.unbind(2)[3],
    lambda x: x.narrow(1, 1, 2),
    lambda x: x.select(0, 1),
    lambda x: x.unflatten(2, (2, 2)),
    lambda x: x.detach(),
    lambda x: x.ravel(),
    lambda x: x.view_as(x),
    lambda x: x.contiguous(),
]
COPIES = [
    lambda x: x.clone(),
    lambda x: x.flip(0),
    lambda x: x.roll(1),
    lambda x: x.repeat(1, 1, 1),
    lambda x: x.T.reshape(-1),
    lambda x: x.T.contiguous(),
    lambda x: x[[0, 1]],
    lambda x: x[x > -1],
    lambda x: autograd.cat([x]),
    lambda x: x.tril(),
    lambda x: autograd.stack([x]),
    lambda x: x.index_select(0, np.array([0, 1])),
    lambda x: autograd.einsum("ijk->kji", x),
    lambda x: x.to(np.float64, copy=True),
    lambda x: autograd.tensor(x),
    lambda x: x + 0,
    lambda x: autograd.pad(x, (0, 0)),
    lambda x: autograd.einsum("iji->ji", x[:, :, :2]),
]


@pytest.mark.parametrize("number", range(len(VIEWS)))
def test_views(number):
    x = Value(X, requires_grad=False)
    y = VIEWS[number](x)
    y.mul_(0).add_(100)
    assert np.sum(x.data == 100) == y.numel()
    x.fill_(7)
    assert np.all(np.asarray(y.data) == 7)


@pytest.mark.parametrize("number", range(len(COPIES)))
def test_copies(number):
    x = Value(X, requires_grad=False)
    y = COPIES[number](x)
    y.fill_(100)
    np.testing.assert_array_equal(x.data, X)


def test_a_view_of_other_strides_is_refused():
    x = Value(X).transpose(0, 2)
    with pytest.raises(ShapeError, match=r"reshape\(\)"):
        x.view(-1)
    assert x.reshape(-1).shape == (24,)
    with pytest.raises(TypeError, match="converts"):
        x.view(np.float32)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4), st.integers(-2, 1), st.data())
def test_split_undoes_cat(lengths, dim, data):
    other = data.draw(st.integers(0, 3))
    shape = lambda n: (n, other) if dim % 2 == 0 else (other, n)
    parts = [Value(np.random.default_rng(i).standard_normal(shape(n))) for i, n in enumerate(lengths)]
    whole = autograd.cat(parts, dim)
    again = whole.split(lengths, dim)
    for part, back in zip(parts, again, strict=True):
        np.testing.assert_array_equal(part.data, back.data)
    total = sum((back * (i + 1)).sum() for i, back in enumerate(again))
    for i, g in enumerate(grad(total, parts)):
        np.testing.assert_array_equal(g.data, np.full(parts[i].shape, i + 1.0))


@given(st.integers(0, 12), st.integers(1, 6))
def test_pieces(length, count):
    x = Value(np.arange(float(length)))
    for pieces in (x.chunk(count), x.tensor_split(count), x.split(count)):
        np.testing.assert_array_equal(np.concatenate([p.data for p in pieces]), x.data)
    sizes = [p.numel() for p in x.tensor_split(count)]
    assert len(sizes) == count
    assert max(sizes) - min(sizes) <= 1


def test_scalars_have_shapes_too():
    x = Value(3.0)
    for y, shape in (
        (x.view(1, 1), (1, 1)),
        (x.reshape(()), ()),
        (x.unsqueeze(0), (1,)),
        (x.expand(2, 2), (2, 2)),
        (x.flatten(), (1,)),
        (x.squeeze(), ()),
        (x.permute(), ()),
        (x.T, ()),
        (x.repeat(2), (2,)),
        (autograd.stack([x, x]), (2,)),
        (x[None], (1,)),
        (x[...], ()),
        (x.flip(0), ()),
        (autograd.broadcast_to(x, (3,)), (3,)),
        (x.transpose(0, -1), ()),
        (x.movedim(0, 0), ()),
    ):
        assert y.shape == shape
        (g,) = grad(y.sum(), x)
        assert g.item() == y.numel()


def test_functions_take_arrays_and_give_arrays():
    for y in (
        autograd.reshape(X, (4, 6)),
        autograd.transpose(X, 0, 1),
        autograd.flatten(X),
        autograd.cat([X, X]),
        autograd.stack([X]),
        autograd.split(X, 1)[0],
        autograd.pad(X, (1, 1)),
        autograd.tile(X, 2),
        autograd.squeeze(X),
        autograd.gather(X, 0, X.astype(int) % 2),
        autograd.diag(X[0, 0]),
        autograd.index_select(X, 0, [1]),
        autograd.masked_select(X, X > 3),
        autograd.narrow(X, 0, 0, 1),
        autograd.einsum("ijk->", X),
        autograd.where(X > 3, X, 0.0),
        autograd.add(X, 1, alpha=2),
    ):
        assert isinstance(y, (np.ndarray, float))


def test_numpy_functions_find_the_methods():
    x = Value(X)
    assert np.transpose(x).shape == (4, 3, 2)
    assert np.transpose(x, (1, 0, 2)).shape == (3, 2, 4)
    assert np.swapaxes(x, 0, 1).requires_grad
    assert np.squeeze(x).requires_grad
    assert np.ravel(x).shape == (24,)
    assert np.sum(x, axis=0, keepdims=True).requires_grad
    assert np.max(x, axis=2)[0].shape == (2, 3)
    assert np.argmax(x) == 23
    assert np.shape(x) == (2, 3, 4)
    assert np.ndim(x) == 3
    assert np.mean(x).item() == 11.5


def test_numpy_names_of_arguments():
    x = Value(X)
    assert x.sum(axis=(0, 1), keepdims=True).shape == (1, 1, 4)
    assert x.max(axis=1).indices.shape == (2, 4)
    assert autograd.sort(x, axis=0).values.shape == X.shape
    assert x.diagonal(axis1=1, axis2=2).shape == (2, 3)
    assert autograd.amax(x, axis=-1, keepdims=True).shape == (2, 3, 1)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda x: x.unsqueeze(5), RangeError, "no axis 5"),
        (lambda x: x.transpose(0, 3), RangeError, "no axis 3"),
        (lambda x: x.expand(2, 3), ShapeError, "one size an axis"),
        (lambda x: x.repeat(2), ShapeError, "one size"),
        (lambda x: x.t(), ShapeError, "mT"),
        (lambda x: x.flatten(2, 1), ShapeError, "stands after"),
        (lambda x: x.unflatten(1, (2, 2)), ShapeError, "do not multiply"),
        (lambda x: autograd.cat([]), ShapeError, "nothing to join"),
        (lambda x: x.split([1, 5]), ShapeError, "do not add up"),
        (lambda x: x.movedim((0, 1), (1, 1)), ShapeError, "each of them once"),
        (lambda x: autograd.pad(x, (1,)), ShapeError, "two lengths"),
        (lambda x: autograd.pad(x, (9, 9), mode="reflect"), ShapeError, "length 4"),
        (lambda x: x.reshape(5, 5), ShapeError, "reshape"),
        (lambda x: x.narrow(0, 1, 5), RangeError, "of an axis of length 2"),
        (lambda x: autograd.broadcast_shapes((2,), (3,)), ShapeError, "do not go together"),
        (lambda x: x.diag(), ShapeError, "diagonal"),
        (lambda x: x.scatter(0, np.zeros((2, 3, 4), int), 1.0, reduce="max"), ValueError, "reduce"),
        (lambda x: x.take_along_dim(np.array([[[9]]]), 0), RangeError, "no entry 9"),
        (lambda x: x.cuda(), TypeError, "CPU"),
    ],
)
def test_errors_say_what_to_do(act, error, message):
    with pytest.raises(error, match=message):
        act(Value(X))


def test_pad_with_a_value():
    x = Value(np.ones((2, 2)))
    y = autograd.pad(x, (1, 0, 0, 1), value=-1.0)
    assert y.tolist() == [[-1, 1, 1], [-1, 1, 1], [-1, -1, -1]]
    assert autograd.pad(x, (-1, 2)).tolist() == [[1, 0, 0], [1, 0, 0]]


def test_conversions():
    x = Value(np.array([1.7, -1.7, 0.0]))
    assert x.long().tolist() == [1, -1, 0]
    assert not x.long().requires_grad
    assert x.bool().tolist() == [True, True, False]
    assert x.double() is x
    y = x.float()
    assert y.dtype == np.float32
    y.sum().backward()
    assert x.grad.dtype == np.float64
    assert x.type() == "float64"
    assert x.type(autograd.LongTensor).dtype == np.int64
    assert x.to("cpu") is x
    assert x.to(y).dtype == np.float32
    assert x.to(dtype=autograd.int32, device="cpu").dtype == np.int32
    with pytest.raises(TypeError, match="not supported"):
        x.to(np.float16)
