"""Changes in place: the numbers, the gradients and the refusals are PyTorch's; the graph has no circles."""

import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, grad, no_grad, trace
from autograd.errors import FreedGraphError, GradientError, InplaceError, ShapeError

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


# -- refusals -------------------------------------------------------------------------------------------------------


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


# -- lectures' and micrograd's ways ---------------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", [3.0, W], ids=["scalar", "array"])
def test_descent_by_hand(numbers):
    w = Value(numbers)
    for _ in range(3):
        (w * w).sum().backward()
        with no_grad():
            w -= 0.1 * w.grad
        assert w.requires_grad
        assert w.is_leaf
        w.grad.zero_()
        (w * w).sum().backward()
        w.data -= 0.1 * w.grad
        w.grad = None
        (w * w).sum().backward()
        w.data += -0.1 * w.grad.data
        w.grad = 0
    np.testing.assert_allclose(w.data, np.asarray(numbers) * 0.8**9)
    np.testing.assert_array_equal(w.grad.data, np.zeros(np.shape(numbers)))


def test_a_plain_array_takes_no_gradient():
    x, array = Value(W), W.copy()
    with pytest.raises(GradientError, match="detach"):
        array -= x
    array -= x.detach()
    np.testing.assert_array_equal(array, np.zeros(3))


def test_memory_is_shared():
    array = W.copy()
    value = autograd.from_numpy(array)
    view, twin, copy = value[1:], value.detach(), value.clone()
    value += 1
    view *= 2
    np.testing.assert_array_equal(array, [2.5, 1.0, 3.5])
    np.testing.assert_array_equal(twin.data, array)
    np.testing.assert_array_equal(copy.data, W)
    assert value.numpy() is array
    first = value[0]
    array[0] = 9.0
    value.add_(0)
    assert first.item() == 9.0


def test_numbers_of_scalars_are_shared_too():
    x = Value(2.0)
    twin, row = x.detach(), x.view(1)
    with no_grad():
        x += 1
    assert twin.item() == 3.0
    assert row.tolist() == [3.0]
    twin.mul_(2)
    assert x.item() == 6.0
    x.data = 7.0
    assert twin.item() == 7.0
    with no_grad():
        row[0] = 8.0
    assert x.item() == 8.0


def test_new_data_leaves_the_shared_memory():
    x = Value(W)
    twin = x.detach()
    x.data = np.zeros(3)
    np.testing.assert_array_equal(twin.data, W)
    twin.add_(1)
    np.testing.assert_array_equal(x.data, np.zeros(3))


def test_setting_data_is_noticed():
    x = Value(W)
    y = (x * x).sum()
    x.data = x.data * 2
    with pytest.raises(InplaceError):
        y.backward()


def test_retained_gradients_and_hooks():
    """A hook stays with what the Value was, a retained gradient belongs to what it is; as in PyTorch."""
    for library in (autograd, torch):
        x = library.tensor(W, requires_grad=True)
        y = x * 2
        seen = []
        y.register_hook(lambda g, seen=seen: seen.append(g.tolist()))
        y.retain_grad()
        y.mul_(3)
        y.sum().backward()
        assert seen == [[3.0, 3.0, 3.0]]
        assert y.grad.tolist() == [1.0, 1.0, 1.0]
        assert x.grad.tolist() == [6.0, 6.0, 6.0]


def test_detach_in_place():
    x = Value(W)
    y = x * 2
    z = y * y
    y.detach_()
    y.add_(1)
    assert y.is_leaf
    assert not y.requires_grad
    z.sum().backward()
    np.testing.assert_allclose(x.grad.data, 8 * W)
    with pytest.raises(GradientError, match="view"):
        (x * 2)[0:1].detach_()


def test_the_graph_shows_what_ran():
    x = Value(3.0, name="x")
    y = x * 2
    y += 1
    nodes = trace(y).nodes
    assert [node.symbol for node in nodes if node.kind == "gate"] == ["*", "+"]
    assert [node.value.item() for node in nodes if node.kind == "gate"] == [6.0, 7.0]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_no_circles(scene):
    """The graph goes when its last Value goes, without Python's collector, whether or not a backward pass ran."""
    gc.freeze()  # what was there before is not looked at
    gc.disable()
    try:
        for backward in (False, True):
            x, w = Value(X), Value(W)
            results = scene(autograd, x, w)
            if backward:
                results = results if isinstance(results, tuple) else (results,)
                sum((result * result).sum() for result in results).backward()
            del x, w, results
            assert gc.collect() == 0
    finally:
        gc.enable()
        gc.unfreeze()


def test_many_changes_take_linear_time_and_memory():
    x = Value(1.0)
    total = x * 0
    for _ in range(20_000):
        total += x
    total.backward()
    assert x.grad.item() == 20_000
    out = autograd.zeros(1000, dtype=autograd.float64)
    for i in range(1000):
        out[i] = x * i
    out.sum().backward()
    assert x.grad.item() == 20_000 + sum(range(1000))


def test_a_view_outlives_many_updates():
    """A transposed weight that is made once stays right, and its graph does not grow."""
    w = Value(X)
    transposed = w.T
    for _ in range(50):
        y = (transposed * 2).sum()
        (g,) = grad(y, w, retain_graph=True)
        np.testing.assert_array_equal(g.data, np.full(X.shape, 2.0))
        with no_grad():
            w -= 0.1 * g
    np.testing.assert_array_equal(transposed.data, w.data.T)
    assert len(trace((transposed * 2).sum()).values) == 4
    stale = (transposed * transposed).sum()
    with no_grad():
        w += 1
    with pytest.raises(InplaceError):
        stale.backward()


def test_a_buffer_that_is_detached_each_step_stays_small():
    x, running = Value(np.ones(1000)), autograd.zeros(1000, dtype=autograd.float64)
    for _ in range(20):
        running += x * x
        running.sum().backward()
        running.detach_()
    held = [stand_in for stand_in in running.extra.history[:-1] if stand_in.inputs]
    assert not held
    np.testing.assert_array_equal(x.grad.data, np.full(1000, 40.0))


def test_an_old_consumer_of_a_released_version():
    x = Value(np.ones(3))
    y = x * 2
    z = y + 1
    y += 1
    y.sum().backward()
    y += 1
    with pytest.raises(FreedGraphError):
        z.sum().backward()


def test_large_arrays_are_not_copied_for_a_sum():
    x, w = Value(np.ones(1000)), Value(np.full(1000, 3.0))
    y = x * w
    y += w
    y *= w
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, np.full(1000, 9.0))
    np.testing.assert_array_equal(w.grad.data, np.full(1000, 12.0))


def test_an_integer_buffer_takes_numbers_and_no_gradient():
    buffer = autograd.zeros(3, dtype=autograd.long)
    buffer[0] = Value(2.7)
    assert buffer.tolist() == [2, 0, 0]
    assert not buffer.requires_grad


# -- any program ----------------------------------------------------------------------------------------------------

SIZE = 6
INDICES = [slice(0, 3), slice(2, None), slice(None, None, 2), slice(1, 5), 2, -1, [0, 2], [1, 1]]


@st.composite
def programs(draw):
    """Steps on a growing list of vectors; number 0 is the leaf."""
    steps = []
    for _ in range(draw(st.integers(1, 10))):
        kind = draw(st.sampled_from(["new", "view", "change", "change", "set", "set", "twin", "quiet"]))
        number = st.integers(0, 20)
        name = draw(st.sampled_from(["add", "mul", "sub"]))
        steps.append((kind, draw(number), draw(number), name, draw(st.integers(0, len(INDICES) - 1))))
    return steps


OUT_OF_PLACE = {"add": lambda a, b: a + b, "mul": lambda a, b: a * b, "sub": lambda a, b: a - b}


class Pure:
    """The same programs without a change in place: every value is some positions of a base that is replaced."""

    def __init__(self, base, places):
        self.base, self.places = base, places

    def read(self):
        return self.base[0][torch.as_tensor(self.places)]

    def write(self, places, new):
        flat, places = torch.as_tensor(np.ravel(places)), np.asarray(places)
        self.base[0] = self.base[0].index_put((flat,), new.expand(places.shape).reshape(-1))


def run_ours(steps, leaf):
    values = [leaf, leaf * 1.0]
    for kind, i, j, name, k in steps:
        a, b = values[1 + i % (len(values) - 1)], values[j % len(values)]
        index = INDICES[k]
        if kind == "new":
            values.append(OUT_OF_PLACE[name](a, b.sum()))
        elif kind == "view" and a.ndim and a.numel() == SIZE and not isinstance(index, list):
            values.append(a[index])
        elif kind == "change":
            getattr(a, f"{name}_")(b.sum() if j % 2 else b if b.shape == a.shape else 2.0)
        elif kind == "set" and a.ndim and a.numel() == SIZE:
            a[index] = b.sum() if j % 3 else a[index] * 2
        elif kind == "twin":
            values.append(a.detach() * 1.0)
        elif kind == "quiet":
            with no_grad():
                values.append(a * 2.0)
    return values


def run_pure(steps, leaf):
    values = [Pure([leaf], np.arange(SIZE)), Pure([leaf * 1.0], np.arange(SIZE))]
    whole = lambda tensor: Pure([tensor.reshape(-1)], np.arange(tensor.numel()).reshape(tuple(tensor.shape)))
    for kind, i, j, name, k in steps:
        a, b = values[1 + i % (len(values) - 1)], values[j % len(values)]
        index, sized = INDICES[k], np.ndim(a.places) and np.size(a.places) == SIZE
        if kind == "new":
            values.append(whole(OUT_OF_PLACE[name](a.read(), b.read().sum())))
        elif kind == "view" and sized and not isinstance(index, list):
            values.append(Pure(a.base, a.places[index]))
        elif kind == "change":
            same = np.shape(b.places) == np.shape(a.places)
            other = b.read().sum() if j % 2 else b.read() if same else torch.tensor(2.0, dtype=torch.float64)
            a.write(a.places, OUT_OF_PLACE[name](a.read(), other))
        elif kind == "set" and sized:
            a.write(a.places[index], b.read().sum() if j % 3 else a.read()[index] * 2)
        elif kind == "twin":
            values.append(whole(a.read().detach() * 1.0))
        elif kind == "quiet":
            values.append(whole(a.read().detach() * 2.0))
    return [value.read() for value in values]


@given(programs())
def test_any_program_has_the_gradients_of_its_pure_form(steps):
    """Right gradients or a refusal, never wrong ones."""
    numbers = np.array([0.5, -1.0, 1.5, 2.0, -0.25, 0.75])
    leaf, other = Value(numbers), torch.tensor(numbers, requires_grad=True)
    ours, pure = run_ours(steps, leaf), run_pure(steps, other)
    for mine, yours in zip(ours, pure, strict=True):
        np.testing.assert_allclose(np.asarray(mine.data), yours.detach().numpy(), rtol=1e-12)
        assert mine.requires_grad == yours.requires_grad
    weights = np.random.default_rng(1).uniform(-1, 1, len(ours))
    total = sum((value * value).sum() * float(c) for value, c in zip(ours, weights, strict=True))
    expected = sum((value * value).sum() * float(c) for value, c in zip(pure, weights, strict=True))
    expected.backward()
    try:
        total.backward()
    except InplaceError:
        return
    np.testing.assert_allclose(leaf.grad.data, other.grad.numpy(), rtol=1e-9, atol=1e-9)
