"""Products: every shape that NumPy's matmul takes, einsum against NumPy, linear against its parts."""

import math
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import TABLE, Value, grad
from autograd.errors import ShapeError

ROW = TABLE["linear"]


def numbers(shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


@st.composite
def factors(draw):
    """Two shapes that matmul takes: vectors, matrices, batches that broadcast, lengths of 0."""
    n, k, m = (draw(st.integers(0, 3)) for _ in range(3))
    batch = draw(st.lists(st.integers(1, 3), max_size=2))
    left, right = ([1 if draw(st.booleans()) else size for size in batch] for _ in range(2))
    left, right = left[draw(st.integers(0, len(left))) :], right[draw(st.integers(0, len(right))) :]
    a = (k,) if draw(st.integers(0, 3)) == 0 else (*left, n, k)
    b = (k,) if draw(st.integers(0, 3)) == 0 else (*right, k, m)
    return a, b


@given(factors())
def test_matmul_and_its_gradients(shapes):
    """The gradient of ⟨w, a @ b⟩ is the product's other factor against w, said by einsum over explicit axes."""
    a, b = (numbers(shape, seed) for seed, shape in enumerate(shapes))
    y = Value(a) @ Value(b)
    np.testing.assert_allclose(np.asarray(y.data), a @ b, rtol=1e-14, atol=1e-14)
    x, z = Value(a), Value(b)
    y = x @ z
    w = numbers(tuple(y.shape), 5)
    found = grad(y, [x, z], w if w.ndim else float(w))
    wide = w[..., None] if len(shapes[1]) == 1 else w
    wide = wide[..., None, :] if len(shapes[0]) == 1 else wide
    row, column = a if a.ndim > 1 else a[None, :], b if b.ndim > 1 else b[:, None]
    for g, shape, full in (
        (found[0], row.shape, np.einsum("...ik,...jk->...ij", wide, column)),
        (found[1], column.shape, np.einsum("...ki,...kj->...ij", row, wide)),
    ):
        lead = full.ndim - len(shape)
        stretched = tuple(axis for axis in range(lead, full.ndim) if shape[axis - lead] == 1 != full.shape[axis])
        wanted = full.sum((*range(lead), *stretched), keepdims=True).reshape(shape)
        np.testing.assert_allclose(np.asarray(g.data).reshape(shape), wanted, rtol=1e-12, atol=1e-13)


@given(factors())
def test_matmul_twice_differentiated(shapes):
    """Both second derivatives of ⟨w, a @ b⟩ that are not 0 are w against directions, since it is bilinear."""
    x, z = (Value(numbers(shape, seed)) for seed, shape in enumerate(shapes))
    da, db = (numbers(shape, 9) for shape in shapes)
    y = x @ z
    w = Value(numbers(tuple(y.shape), 5)) if y.ndim else Value(1.5)
    ga, gb = grad(y, [x, z], w, create_graph=True)
    along = (ga * da).sum() + (gb * db).sum()
    hx, hz, hw = grad(along, [x, z, w], allow_unused=True, materialize_grads=True)
    second = np.sum(w.data * (da @ db))
    assert np.sum(hx.data * da) + np.sum(hz.data * db) == pytest.approx(2 * second, rel=1e-10, abs=1e-12)
    np.testing.assert_allclose(np.asarray(hw.data), da @ z.data + x.data @ db, rtol=1e-12, atol=1e-12)


@st.composite
def sums(draw):
    """An einsum in which every label of the result is in an input, with repeats, broadcasting and an ellipsis."""
    lengths = {label: draw(st.integers(1, 3)) for label in "abcd"}
    dots = [draw(st.integers(1, 3)) for _ in range(draw(st.integers(0, 2)))]
    terms, shapes = [], []
    for _ in range(draw(st.integers(1, 3))):
        labels = draw(st.lists(st.sampled_from("abcd"), max_size=3))
        rest = dots[draw(st.integers(0, len(dots))) :] if dots and draw(st.booleans()) else None
        place = draw(st.integers(0, len(labels)))
        before, after = labels[:place], labels[place:]
        terms.append("".join(before) + ("" if rest is None else "...") + "".join(after))
        shapes.append((*(lengths[label] for label in before), *(rest or ()), *(lengths[label] for label in after)))
    used = sorted(set("".join(terms)) - {"."})
    out = draw(st.permutations(used))[: draw(st.integers(0, len(used)))]
    has_dots = any("..." in term for term in terms)
    equation = ",".join(terms)
    if draw(st.booleans()):
        equation += "->" + ("..." if has_dots else "") + "".join(out)
    return equation, shapes


@given(sums())
def test_einsum_like_numpy(case):
    equation, shapes = case
    operands = [numbers(shape, seed) for seed, shape in enumerate(shapes)]
    wanted = np.einsum(equation, *operands)
    values = [Value(x) for x in operands]
    y = autograd.einsum(equation, *values)
    np.testing.assert_allclose(np.asarray(y.data), wanted, rtol=1e-12, atol=1e-12)
    # The sum is linear in each input: its value at a direction is the gradient against the direction.
    w = numbers(wanted.shape, 4)
    found = grad(y, values, w if w.ndim else float(w), allow_unused=True)
    for position, g in enumerate(found):
        direction = numbers(shapes[position], 8)
        moved = np.einsum(equation, *operands[:position], direction, *operands[position + 1 :])
        assert g.shape == shapes[position]
        assert np.sum(g.data * direction) == pytest.approx(np.sum(w * moved), rel=1e-10, abs=1e-11)


def test_einsum_forms():
    a, b = numbers((2, 3)), numbers((3, 4))
    x, y = Value(a), Value(b)
    for z in (
        autograd.einsum("ij,jk->ik", x, y),
        autograd.einsum("ij , jk", x, y),
        autograd.einsum("ij,jk", [x, y]),
        autograd.einsum("Zj,ja->Za", x, y),
        autograd.einsum(x, [0, 1], y, [1, 2], [0, 2]),
        autograd.einsum(x, [0, 1], y, [1, 2]),
        autograd.einsum(x, [Ellipsis, 1], y, [1, 2], [Ellipsis, 2]),
    ):
        np.testing.assert_allclose(z.data, a @ b)
    np.testing.assert_allclose(autograd.einsum("ij,jk", a, b), a @ b)
    large = [Value(numbers((20, 20), seed)) for seed in range(3)]
    np.testing.assert_allclose(
        autograd.einsum("ij,jk,kl->il", *large).data, large[0].data @ large[1].data @ large[2].data, rtol=1e-10
    )


@pytest.mark.parametrize(
    ("equation", "shapes", "message"),
    [
        ("ij,jk", [(2, 3)], "speaks of 2 inputs"), ("ij->ik", [(2, 3)], "'k' of the result is in no input"),
        ("ij->ii", [(2, 3)], "stands twice"), ("ijk", [(2, 3)], "does not fit an input with 2 axes"),
        ("i", [(2, 3)], "does not fit"), ("i.j", [(2, 3)], "labels are letters"), ("ii", [(2, 3)], "share 'i'"),
        ("ij,ij", [(2, 3), (3, 2)], "does not fit"), ("......", [(2, 3)], "labels are letters"),
    ],
)  # fmt: skip
def test_einsum_refusals(equation, shapes, message):
    with pytest.raises(ShapeError, match=message):
        autograd.einsum(equation, *(Value(np.ones(shape)) for shape in shapes))


def test_einsum_with_all_letters():
    x = Value(np.ones((1,) * 20))
    equation = f"{string.ascii_letters[:20]},...->{string.ascii_letters[:20]}..."
    assert autograd.einsum(equation, x, Value(np.ones((2, 3)))).shape == (1,) * 20 + (2, 3)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3), (0, 3)])
@pytest.mark.parametrize("bias", [None, (4,), (1,), ()])
def test_linear(shape, bias):
    x, w = Value(numbers(shape)), Value(numbers((4, 3)))
    b = None if bias is None else Value(numbers(bias))
    leaves = [x, w] if b is None else [x, w, b]
    y = autograd.linear(x, w, b)
    z = x @ w.T if b is None else ROW.composite(x, w, b)
    np.testing.assert_allclose(y.data, z.data, rtol=1e-13)
    upstream = numbers(tuple(y.shape), 3)
    for mine, parts in zip(grad(y, leaves, upstream), grad(z, leaves, upstream), strict=True):
        np.testing.assert_allclose(np.asarray(mine.data), np.asarray(parts.data), rtol=1e-12, atol=1e-14)


def test_linear_keeps_float32():
    x, w, b = (Value(numbers(s).astype(np.float32)) for s in ((5, 3), (4, 3), (4,)))
    y = autograd.linear(x, w, b)
    assert y.dtype == np.float32
    y.sum().backward()
    assert {leaf.grad.dtype for leaf in (x, w, b)} == {np.dtype(np.float32)}
    wide = autograd.linear(x, w, Value(numbers((4,))))
    assert wide.dtype == np.float64


def test_linear_leaves_its_inputs_alone():
    x, w, b = numbers((2, 3)), numbers((4, 3)), numbers((4,))
    kept = [a.copy() for a in (x, w, b)]
    autograd.linear(x, w, b)
    autograd.linear(Value(x), Value(w), Value(b)).sum().backward()
    for now, before in zip((x, w, b), kept, strict=True):
        np.testing.assert_array_equal(now, before)


def test_arrays_on_either_side():
    a, b = numbers((2, 3)), numbers((3, 2))
    for y in (Value(a) @ b, a @ Value(b), Value(a) @ b.tolist(), a.tolist() @ Value(b), np.matmul(a, Value(b))):
        assert isinstance(y, Value)
        assert y.requires_grad
        np.testing.assert_allclose(y.data, a @ b)
    assert isinstance(autograd.matmul(a, b), np.ndarray)
    with pytest.raises(TypeError):
        Value(a) @ "b"
    with pytest.raises(ShapeError, match="does not fit"):
        Value(a) @ Value(a)
    with pytest.raises(ShapeError, match="matmul"):
        Value(2.0) @ Value(3.0)


def test_two_linear_layers_are_one():
    """S3.3: x W1ᵀ W2ᵀ = x (W2 W1)ᵀ."""
    x, w1, w2 = numbers((5, 4)), numbers((6, 4)), numbers((2, 6))
    deep = autograd.linear(autograd.linear(Value(x), Value(w1)), Value(w2))
    np.testing.assert_allclose(deep.data, autograd.linear(x, w2 @ w1), rtol=1e-12)


def test_products_of_many_matrices():
    """A chain of products is differentiated in order: d/dA tr(ABC) = (BC)ᵀ."""
    a, b, c = (Value(numbers((3, 3), seed)) for seed in range(3))
    (a @ b @ c).trace().backward()
    np.testing.assert_allclose(a.grad.data, (b.data @ c.data).T)
    np.testing.assert_allclose(b.grad.data, (c.data @ a.data).T)
    np.testing.assert_allclose(c.grad.data, (a.data @ b.data).T)
    assert math.isfinite(float(a.grad.sum()))
