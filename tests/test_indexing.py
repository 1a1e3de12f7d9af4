"""x[index] in all its forms, against NumPy and PyTorch: values, gradients, views, writing, and its transpose."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import TABLE, Value, grad
from autograd.errors import RangeError
from autograd.ops.indexing import getitem, place

torch = pytest.importorskip("torch")


@st.composite
def shapes(draw):
    return tuple(draw(st.lists(st.integers(0, 4), max_size=4)))


@st.composite
def indices(draw, shape, arrays=True):
    """An index that fits `shape`: integers, slices with steps either way, None, an ellipsis, arrays and masks."""
    items, axis = [], 0
    length = draw(st.integers(1, 3)) if arrays else 0  # arrays of one index broadcast with each other
    while axis < len(shape) and draw(st.integers(0, 5)):
        size = shape[axis]
        kinds = ["slice", "slice", "none", "int", "array", "mask"]
        kinds = [
            kind
            for kind in kinds
            if (size or kind not in ("int", "array")) and (arrays or kind not in ("array", "mask"))
        ]
        kind = draw(st.sampled_from(kinds))
        if kind == "none":
            items.append(None)
            continue
        if kind == "int":
            items.append(draw(st.integers(-size, size - 1)))
        elif kind == "slice":
            bound = st.none() | st.integers(-6, 6)
            items.append(slice(draw(bound), draw(bound), draw(st.sampled_from([None, 1, 2, -1, -2]))))
        elif kind == "array":
            rows = draw(st.sampled_from([(length,), (2, length), (1,)]))
            numbers = draw(st.lists(st.integers(-size, size - 1), min_size=6, max_size=6))
            items.append(np.resize(np.array(numbers), rows))
        else:
            count = 1 + (axis + 1 < len(shape) and draw(st.booleans()))
            mask = np.array(draw(st.lists(st.booleans(), min_size=16, max_size=16)))
            items.append(np.resize(mask, shape[axis : axis + count]))
            axis += count - 1
        axis += 1
    if draw(st.booleans()):
        items.insert(len(items) if axis < len(shape) else draw(st.integers(0, len(items))), Ellipsis)
    return tuple(items)


def is_array(item):
    return isinstance(item, np.ndarray)


def numbers(shape):
    return np.random.default_rng(3).permutation(int(np.prod(shape))).reshape(shape) + 0.5


def expected(array, index):
    """What PyTorch takes: integers first; then NumPy."""
    if any(map(is_array, index)):
        rest = tuple(slice(None) if is_array(i) and i.dtype != bool else i for i in index if not is_mask(i))
        assume(not (any(isinstance(i, int) for i in rest) and any(map(is_mask, index))))  # NumPy cannot say it in steps
        if any(isinstance(i, int) for i in index):
            whole = lambda i: i if isinstance(i, int) or i is Ellipsis else slice(None)
            first = tuple(whole(i) for i in index if i is not None)
            second = tuple(i for i in index if not isinstance(i, int))
            return array[first][second]
    return array[index]


def is_mask(item):
    return is_array(item) and item.dtype == bool


@given(st.data())
def test_like_numpy(data):
    shape = data.draw(shapes())
    index = data.draw(indices(shape))
    array = numbers(shape)
    try:
        wanted = expected(array, index)
    except IndexError:  # arrays that do not broadcast with each other
        with pytest.raises(IndexError):
            Value(array)[index]
        return
    x = Value(array)
    y = x[index]
    assert y.shape == wanted.shape
    np.testing.assert_array_equal(np.asarray(y.data), wanted)
    weights = np.arange(1.0, wanted.size + 1).reshape(wanted.shape)
    (g,) = grad(y, x, weights if weights.ndim else float(weights))
    counted = np.zeros(shape)
    np.add.at(counted.reshape(-1), expected(np.arange(array.size).reshape(shape), index), weights)
    np.testing.assert_array_equal(np.asarray(g.data), counted)


@given(st.data())
def test_like_torch(data):
    shape = data.draw(shapes())
    index = data.draw(indices(shape))
    assume(not any(isinstance(item, slice) and (item.step or 1) < 0 for item in index))
    array = numbers(shape)
    x, other = Value(array), torch.tensor(array, requires_grad=True)
    theirs = tuple(torch.tensor(item) if is_array(item) else item for item in index)
    as_value = lambda item: is_array(item) and data.draw(st.booleans())
    ours = tuple(Value(item, requires_grad=False) if as_value(item) else item for item in index)
    try:
        wanted = other[theirs]
    except IndexError:
        with pytest.raises(IndexError):
            x[ours]
        return
    y = x[ours]
    assert tuple(y.shape) == tuple(wanted.shape)
    np.testing.assert_array_equal(np.asarray(y.data), wanted.detach().numpy())
    (y * y).sum().backward()
    (wanted * wanted).sum().backward()
    np.testing.assert_array_equal(np.asarray(x.grad.data), other.grad.numpy())


@given(st.data())
def test_writing_like_numpy(data):
    """x[index] = number or array, recorded or not; the gradient goes to what was written and to the rest of x."""
    shape = data.draw(shapes())
    index = data.draw(indices(shape))
    array = numbers(shape)
    try:
        places = expected(np.arange(array.size).reshape(shape), index)
    except IndexError:
        return
    assume(np.unique(places).size == np.size(places))  # who wins is not defined otherwise
    part = np.linspace(-1.0, 1.0, np.size(places)).reshape(np.shape(places))
    new = part if data.draw(st.booleans()) else 7.0
    wanted = array.copy().reshape(-1)
    wanted[places] = new
    wanted = wanted.reshape(shape)
    buffer = Value(array, requires_grad=False)
    buffer[index] = new
    np.testing.assert_array_equal(np.asarray(buffer.data), wanted)
    x, v = Value(array), Value(new)
    y = x * 1
    y[index] = v
    np.testing.assert_array_equal(np.asarray(y.data), wanted)
    weights = np.arange(1.0, array.size + 1).reshape(shape)
    (y * weights).sum().backward()
    kept = weights.copy().reshape(-1)
    kept[places] = 0.0
    np.testing.assert_array_equal(np.asarray(x.grad.data), kept.reshape(shape))
    there = weights.reshape(-1)[places]
    np.testing.assert_array_equal(np.asarray(v.grad.data), there if new is part else there.sum())


@given(st.data())
def test_views_share_memory_and_copies_do_not(data):
    shape = data.draw(shapes())
    index = data.draw(indices(shape, arrays=data.draw(st.booleans())))
    x = Value(numbers(shape), requires_grad=False)
    try:
        y = x[index]
    except IndexError:
        return
    before, taken = np.array(x.data), np.array(y.data)
    y.mul_(-1)
    if any(map(is_array, index)):
        np.testing.assert_array_equal(x.data, before)
    else:
        changed = np.array(before)
        changed[index] = -taken
        np.testing.assert_array_equal(np.asarray(x.data), changed)
        x.mul_(2)
        np.testing.assert_array_equal(np.asarray(y.data), -2 * taken)


@given(st.data())
def test_place_is_the_transpose(data):
    """⟨place(u), x⟩ = ⟨u, x[index]⟩, and the rule of each is the other."""
    shape = data.draw(shapes())
    index = data.draw(indices(shape))
    x = numbers(shape)
    try:
        part = getitem(x, index=index)
    except IndexError:
        return
    u = np.random.default_rng(1).standard_normal(np.shape(part))
    back = place(u, shape=shape, index=index)
    assert np.shape(back) == shape
    assert np.sum(back * x) == pytest.approx(np.sum(u * part))
    value = Value(x)
    (g,) = grad(value[index], value, Value(u), create_graph=True)
    assert g.op is None or g.op is place


@pytest.mark.parametrize(
    "index",
    [
        0, -1, slice(1, None), [0, 1], ([[0, 1], [1, 1]],), (0, [1, 2]), (slice(None), [0, 2]), ([0, 1], [1, 2]), None,
        (0, slice(None), [1, 0]), ([1, 0], slice(None), [1, 0]), ([1, 0], 1), (1, [0, 2], slice(None)), True, range(2),
        (None, [1], None), ([[0], [1]], slice(None), [0, 1]), np.int64(1), (Ellipsis, [0, 1]), ([True, False],),
        (Ellipsis, 0),
    ],
    ids=repr,
)  # fmt: skip
def test_forms_like_torch(index):
    array = numbers((2, 3, 2))
    theirs = list(index) if isinstance(index, range) else index
    np.testing.assert_array_equal(Value(array)[index].data, torch.tensor(array)[theirs].numpy())


def test_values_as_indices():
    x = Value(np.arange(12.0).reshape(3, 4))
    i = autograd.tensor([2, 0])
    assert x[autograd.tensor(1)].tolist() == [4, 5, 6, 7]
    assert x[i].shape == (2, 4)
    assert x[i, 1:].tolist() == [[9, 10, 11], [1, 2, 3]]
    assert x[x > 9].tolist() == [10, 11]
    assert x[autograd.tensor(1) : autograd.tensor(2)].shape == (1, 4)
    assert x[[i[0], i[1]], 0].tolist() == [8, 0]
    y = x[i].sum()
    i.zero_()  # the index was taken as it was
    y.backward()
    assert x.grad.sum(1).tolist() == [4, 0, 4]


def test_a_repeated_row_gets_the_sum():
    table = Value(np.ones((4, 2)))
    rows = table[autograd.tensor([[0, 1], [0, 0]])]
    rows.backward(np.arange(8.0).reshape(2, 2, 2))
    assert table.grad.tolist() == [[10, 13], [2, 3], [0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (5, "out of bounds"), ((0, 0, 0), "too many indices"), ("a", "integers, slices"), (1.5, "float64"),
        (np.array([9]), "out of bounds"), (np.array([True, False, True]), "boolean"),
        (autograd.tensor([0.5]), "float32"), (autograd.tensor([1], dtype=autograd.uint8), "mask"),
    ],
)  # fmt: skip
def test_errors(index, message):
    x = Value(np.ones((2, 3)))
    for act in (lambda: x[index], lambda: x.detach().__setitem__(index, 0.0)):
        with pytest.raises(IndexError, match=message) as found:
            act()
        assert isinstance(found.value, RangeError)
    with pytest.raises(IndexError):
        Value(2.0)[0]


def test_iteration_and_membership():
    x = Value(np.arange(6.0).reshape(2, 3))
    assert [row.tolist() for row in x] == [[0, 1, 2], [3, 4, 5]]
    first, second = x
    (first * second).sum().backward()
    assert x.grad.tolist() == [[3, 4, 5], [0, 1, 2]]
    assert 4.0 in x
    assert 9.0 not in x


def test_rows_of_selecting_are_in_the_table():
    assert {"getitem", "place", "overwrite", "gather", "scatter", "scatter_add", "masked_fill"} <= TABLE.keys()
