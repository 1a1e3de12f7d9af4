"""Changes in place: the numbers and the gradients are PyTorch's, of first and second order."""

import numpy as np
import pytest

import autograd
from autograd import Value, grad

torch = pytest.importorskip("torch")

X = np.array([[0.5, -1.5, 2.0], [1.25, 0.75, -0.25]])
W = np.array([1.5, -0.5, 0.75])


def chain(T, x, w):
    y = x * 2
    y += w
    y *= w
    y -= x
    y /= 4
    y **= 2
    return y


def own_numbers(T, x, w):
    y = x * 2
    y *= y
    y += y * 3
    return y


def reflexive(T, x, w):
    c = x * 1.5
    c += c + 1
    c += 1 + c + (-x)
    return c


def columns(T, x, w):
    y = x * 2
    y[:, 1] *= 3
    y[0] += w
    y[..., -1] -= y[:, 0]
    return y


def one_entry(T, x, w):
    y = x * 2
    y[0, 1] = w[2]
    y[1, 0] *= w[0]
    y[1][2].add_(w[1])
    return y


def buffer(T, x, w):
    out = T.zeros(4, 3, dtype=T.float64)
    for i in range(4):
        out[i] = x[i % 2] * w * i
    return out


def mask(T, x, w):
    y = x * 2
    y[y > 1] = 0.5
    y[x < 0] *= 3
    y[:, T.tensor([0, 2])] = w[:2]
    return y


def repeated_rows(T, x, w):
    y = x * 2
    y[T.tensor([1, 0])] += w
    return y


def rows_by_method(T, x, w):
    y = x * 2
    y[0].add_(1).mul_(w)
    return y


def flat_view(T, x, w):
    y = x * 2
    flat = y.view(-1)
    flat += 1
    flat[4] = w[0]
    return y, flat


def view_of_view(T, x, w):
    y = x * 2
    middle = y.t()[1:]
    corner = middle[0]
    corner *= w[1]
    return y, middle, corner


def sibling_views(T, x, w):
    y = x * 2
    first, second, flat = y[0], y[:, 1], y.view(6)
    second.mul_(3)
    return y, first * w, second, flat


def base_after_view(T, x, w):
    y = x * 2
    row = y[1]
    y *= w
    return row * row, y


def broadcast_source(T, x, w):
    y = x * 2
    y[:] = w
    y[0, :2] = x[1, 1]
    y[1:, :] = x[:1, :]
    return y


def overlapping(T, x, w):
    y = x * 2
    y[:, 1:] = y[:, :-1].clone()
    return y


def functions(T, x, w):
    y = x * x + 1
    y.exp_().clamp_(max=20.0)
    y.sqrt_()
    y.tanh_()
    y.sigmoid_()
    y.relu_().abs_().neg_().square_()
    return y


def more_functions(T, x, w):
    y = x * 2
    y.lerp_(x * w, 0.25)
    y.addcmul_(x, w, value=2)
    y.masked_fill_(x > 1, 0.5)
    y.index_add_(1, T.tensor([0, 2]), x[:, :2])
    y.scatter_(1, T.tensor([[1], [0]]), w[:1].expand(2, 1))
    y.clip_(-3, 3).tril_()
    return y


def filled(T, x, w):
    y = x * 2
    y[0].zero_()
    y[:, 2].fill_(3.0)
    y[1].copy_(w)
    y.diagonal().add_(w[0])
    return y


def copied_over(T, x, w):
    y = x * 2
    y.copy_(w)
    z = x * 1
    z.zero_()
    z += w
    return y, z


def old_consumer_that_needs_no_numbers(T, x, w):
    y = x * 2
    z = y + 1
    y += w
    return y, z


def buffer_in_a_buffer(T, x, w):
    a, b = T.zeros(3, dtype=T.float64), T.zeros(2, 3, dtype=T.float64)
    a += w
    b[0] = a
    a *= 2
    b[1] = a
    return a, b


def narrow_parts(T, x, w):
    y = x * 2
    left, right = y.narrow(1, 0, 1), y.narrow(1, 1, 2)
    left += w[0]
    right[0] *= w[:2]
    return y


def transposed(T, x, w):
    y = x * 2
    y.T[0] = w[:2]
    y.transpose(0, 1).mul_(2)
    y.unsqueeze(0)[:, :, 1] += 1
    return y


def scalar_view(T, x, w):
    y = w * 2
    first = y[0]
    first += 1
    y[1] *= first.clone()
    last = y[-1]
    y += 1
    return y, last * last


def scalars(T, x, w):
    s = w.sum()
    t = s * 2
    t += s
    t *= t
    t.view(1).add_(1)
    return t


def under_no_grad(T, x, w):
    y = x * 2
    with T.no_grad():
        y += 1
        y[0] *= 2
    return y + w


def detached_twin(T, x, w):
    y = x + w
    y.detach().mul_(2)
    return y * 3


SCENES = [
    chain, own_numbers, reflexive, columns, one_entry, buffer, mask, repeated_rows, rows_by_method, flat_view,
    view_of_view, sibling_views, base_after_view, broadcast_source, overlapping, functions, more_functions, filled,
    copied_over, old_consumer_that_needs_no_numbers, buffer_in_a_buffer, narrow_parts, transposed, scalar_view, scalars,
    under_no_grad, detached_twin,
]  # fmt: skip


def play(library, scene):
    """Results of a scene and the gradients of their weighted sum."""
    x, w = (library.tensor(numbers, requires_grad=True) for numbers in (X, W))
    results = scene(library, x, w)
    results = results if isinstance(results, tuple) else (results,)
    random = np.random.default_rng(5)
    total = 0.0
    for result in results:
        total = total + (result * library.tensor(random.uniform(-1, 1, tuple(result.shape)))).sum()
    total.backward()
    grads = [np.zeros(leaf.shape) if leaf.grad is None else np.array(leaf.grad.tolist()) for leaf in (x, w)]
    return [np.array(result.tolist()) for result in results], grads, [result.requires_grad for result in results]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
@pytest.mark.filterwarnings("ignore")  # PyTorch's
def test_like_torch(scene):
    """Where PyTorch refuses because an operation needs its own changed result, the gradients are right all the same."""
    ours = play(autograd, scene)
    try:
        theirs = play(torch, scene)
    except RuntimeError:
        theirs = play(torch, without_in_place(scene))
    for mine, yours in zip(ours[0] + ours[1], theirs[0] + theirs[1], strict=True):
        np.testing.assert_allclose(mine, yours, rtol=1e-12, atol=1e-14)
    assert ours[2] == theirs[2]


def without_in_place(scene):
    """The scenes in which PyTorch refuses, said without changes in place."""

    def functions(T, x, w):
        y = (x * x + 1).exp().clamp(max=20.0).sqrt().tanh().sigmoid()
        return y.relu().abs().neg().square()

    def own_numbers(T, x, w):
        y = x * 2
        y = y * y
        return y + y * 3

    def scalars(T, x, w):
        t = w.sum() * 3
        return t * t + 1

    return {"functions": functions, "own_numbers": own_numbers, "scalars": scalars}[scene.__name__]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_second_derivatives_through_changes(scene):
    """Differentiated twice, a scene agrees with differences of its gradients."""
    random = np.random.default_rng(11)

    def first(x, w, create_graph):
        x, w = Value(x), Value(w)
        results = scene(autograd, x, w)
        results = results if isinstance(results, tuple) else (results,)
        salt = np.random.default_rng(5)
        loss = 0.0
        for result in results:
            loss = loss + (result * result * salt.uniform(-1, 1, tuple(result.shape))).sum()
        return (x, w), grad(loss, [x, w], create_graph=create_graph, allow_unused=True, materialize_grads=True)

    if scene in (under_no_grad, detached_twin):
        pytest.skip("what is changed outside the graph has no derivative to compare")
    direction, weights = ([random.uniform(-1, 1, a.shape) for a in (X, W)] for _ in range(2))
    leaves, grads = first(X, W, True)
    inner = sum((g * v).sum() for g, v in zip(grads, weights, strict=True))
    if inner.requires_grad:
        second = grad(inner, leaves, allow_unused=True, materialize_grads=True)
        found = sum((h.data * d).sum() for h, d in zip(second, direction, strict=True))
    else:
        found = 0.0
    moved = lambda t: sum(
        (g.data * v).sum()
        for g, v in zip(first(X + t * direction[0], W + t * direction[1], False)[1], weights, strict=True)
    )
    expected = (moved(1e-5) - moved(-1e-5)) / 2e-5
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-7)
