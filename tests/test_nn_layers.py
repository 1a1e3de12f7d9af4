"""Layers, against PyTorch, and the networks of the lectures by hand."""

import numpy as np
import pytest

import nn
import nn.functional as F
from autograd import Value, grad, manual_seed, no_grad, trace
from autograd.errors import DtypeError, ShapeError

# -- with and without scale and shift ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("with_weight", [False, True])
def test_layer_norm_is_standardizing_then_scale_and_shift(with_weight, with_bias, dtype):
    """One operation where there is a weight; its pieces give the same, forward and for every gradient."""
    random = np.random.default_rng(0)
    x, weight, bias, g = (random.standard_normal(shape).astype(dtype) for shape in ((6, 9), (9,), (9,), (6, 9)))
    leaves = [Value(x), Value(weight) if with_weight else None, Value(bias) if with_bias else None]
    again = [None if leaf is None else Value(leaf.data) for leaf in leaves]
    y = F.layer_norm(leaves[0], (9,), *leaves[1:])
    assert len({*trace(y).values}) == 2 + with_weight + (with_bias if with_weight else 2 * with_bias)
    pieces = F.normalization.standardize(again[0], dim=(1,))
    pieces = pieces if again[1] is None else pieces * again[1]
    pieces = pieces if again[2] is None else pieces + again[2]
    tolerance = {"rtol": 1e-5, "atol": 1e-5} if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(y.data, pieces.data, **tolerance)
    y.backward(g)
    pieces.backward(g)
    for one, other in zip(leaves, again, strict=True):
        if one is not None:
            np.testing.assert_allclose(one.grad.data, other.grad.data, **tolerance)


# -- layers against PyTorch -------------------------------------------------------------------------------------------


def twins(torch, ours, theirs):
    """Ours with the state of theirs, in float64."""
    ours, theirs = ours.double(), theirs.double()
    assert repr(ours.load_state_dict(theirs.state_dict())) == "<All keys matched successfully>"
    return ours, theirs


def check_layer(ours, theirs, *inputs, rounds=1):
    torch = pytest.importorskip("torch")
    ours, theirs = twins(torch, ours, theirs)
    for _ in range(rounds):
        xs = [Value(x) if x.dtype.kind == "f" else Value(x, requires_grad=False) for x in inputs]
        us = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
        y, z = ours(*xs), theirs(*us)
        assert np.allclose(y.data, z.detach().numpy(), rtol=1e-10, atol=1e-12)
        v = np.cos(np.arange(z.numel())).reshape(z.shape)
        y.backward(v)
        z.backward(torch.tensor(v))
        for x, u in zip(xs, us, strict=True):
            if u.requires_grad:
                assert np.allclose(x.grad, u.grad, rtol=1e-9, atol=1e-11)
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert np.allclose(p.grad, q.grad, rtol=1e-9, atol=1e-11)
    for name, state in theirs.state_dict().items():
        assert np.allclose(ours.state_dict()[name], state, rtol=1e-12), name
    return ours, theirs


RANDOM = np.random.default_rng(7)
LAYERS = {
    "linear": (lambda nn: nn.Linear(4, 3), [RANDOM.normal(size=(2, 4))]),
    "linear without bias": (lambda nn: nn.Linear(4, 3, bias=False), [RANDOM.normal(size=(2, 5, 4))]),
    "linear of a vector": (lambda nn: nn.Linear(4, 3), [RANDOM.normal(size=4)]),
    "linear of nothing": (lambda nn: nn.Linear(4, 3), [np.zeros((0, 4))]),
    "bilinear": (lambda nn: nn.Bilinear(3, 4, 2), [RANDOM.normal(size=(5, 3)), RANDOM.normal(size=(5, 4))]),
    "embedding": (lambda nn: nn.Embedding(5, 3), [np.array([[0, 4, 4], [1, 0, 0]])]),
    "embedding with padding": (lambda nn: nn.Embedding(5, 3, padding_idx=-1), [np.array([[0, 4, 4], [1, 0, 0]])]),
    "layer norm": (lambda nn: nn.LayerNorm(4), [RANDOM.normal(size=(2, 3, 4))]),
    "layer norm of two axes": (lambda nn: nn.LayerNorm((3, 4), eps=0.1, bias=False), [RANDOM.normal(size=(2, 3, 4))]),
    "rms norm": (lambda nn: nn.RMSNorm(4), [RANDOM.normal(size=(2, 3, 4))]),
    "batch norm": (lambda nn: nn.BatchNorm1d(4), [RANDOM.normal(size=(6, 4))]),
    "batch norm of a sequence": (lambda nn: nn.BatchNorm1d(4, momentum=0.3), [RANDOM.normal(size=(3, 4, 2))]),
    "batch norm without memory": (
        lambda nn: nn.BatchNorm1d(4, track_running_stats=False, affine=False), [RANDOM.normal(size=(6, 4))]),
    "batch norm by average": (lambda nn: nn.BatchNorm1d(4, momentum=None), [RANDOM.normal(size=(6, 4))]),
    "flatten": (lambda nn: nn.Flatten(), [RANDOM.normal(size=(2, 3, 4))]),
    "unflatten": (lambda nn: nn.Unflatten(1, (2, -1)), [RANDOM.normal(size=(2, 4, 3))]),
    "prelu": (lambda nn: nn.PReLU(4), [RANDOM.normal(size=(2, 4, 3))]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_layers_equal_pytorchs(name):
    torch = pytest.importorskip("torch")
    build, inputs = LAYERS[name]
    ours, theirs = check_layer(build(nn), build(torch.nn), *inputs, rounds=3)
    ours.zero_grad()
    theirs.zero_grad()
    check_layer(ours.eval(), theirs.eval(), *inputs)


def test_layers_differentiate_twice():
    torch = pytest.importorskip("torch")
    for build, x in ((lambda nn: nn.LayerNorm(4), RANDOM.normal(size=(2, 4))),
                     (lambda nn: nn.BatchNorm1d(4), RANDOM.normal(size=(5, 4))),
                     (lambda nn: nn.RMSNorm(4), RANDOM.normal(size=(2, 4)))):  # fmt: skip
        ours, theirs = twins(torch, build(nn), build(torch.nn))
        mine, their = Value(x), torch.tensor(x, requires_grad=True)
        (g,) = grad((ours(mine) ** 3).sum(), mine, create_graph=True)
        (h,) = torch.autograd.grad((theirs(their) ** 3).sum(), their, create_graph=True)
        (g * g).sum().backward()
        (h * h).sum().backward()
        assert np.allclose(mine.grad, their.grad, rtol=1e-8)


def test_linear_says_what_does_not_fit():
    with pytest.raises(ShapeError, match=r"\(2, 5\) does not end in 4$"):
        nn.Linear(4, 3)(Value(np.ones((2, 5))))
    with pytest.raises(ShapeError, match=r"view\(-1, 784\)"):
        nn.Linear(784, 3)(Value(np.ones((2, 1, 28, 28))))
    with pytest.raises(ShapeError, match="does not end in"):
        nn.LayerNorm(4)(Value(np.ones((2, 5))))
    with pytest.raises(ShapeError, match="BatchNorm1d"):
        nn.BatchNorm1d(4)(Value(np.ones((2, 5))))
    with pytest.raises(ValueError, match="more than one value"):
        nn.BatchNorm1d(4)(Value(np.ones((1, 4))))
    with pytest.raises(IndexError, match="5 rows"):
        nn.Embedding(5, 3)(Value(np.array([5])))
    with pytest.raises(DtypeError, match="long"):
        nn.Embedding(5, 3)(Value([1.0]))
    with pytest.raises(ShapeError, match="bilinear"):
        nn.Bilinear(2, 3, 4)(Value(np.ones((1, 2))), Value(np.ones((1, 4))))
    with pytest.raises(ShapeError, match="Unflatten"):
        nn.Unflatten(1, (2, 2))(Value(np.ones((2, 5))))
    with pytest.raises(ValueError, match="probability"):
        nn.Dropout(1.5)


def test_dropout_keeps_the_mean_and_follows_the_seed():
    layer, x = nn.Dropout(0.25), Value(np.ones(20000))
    manual_seed(1)
    y = layer(x)
    assert set(np.unique(y.data)) == {0.0, 1 / 0.75}
    assert np.mean(y.data) == pytest.approx(1.0, abs=0.02)
    y.sum().backward()
    assert np.array_equal(x.grad.data, y.data)
    manual_seed(1)
    assert np.array_equal(layer(x).data, y.data)
    assert not np.array_equal(layer(x).data, y.data)
    assert layer.eval()(x) is x
    assert not np.any(F.dropout(Value(np.ones(5)), p=1.0).data)
    assert F.dropout(x, 0.0) is x


def test_embedding_from_pretrained():
    table = nn.Embedding.from_pretrained(Value([[1.0, 2.0], [3.0, 4.0]]))
    assert not table.weight.requires_grad
    assert table(Value(np.array([1]))).tolist() == [[3.0, 4.0]]


# -- the lectures -----------------------------------------------------------------------------------------------------


def test_S3_2_forward_of_the_xor_net_by_hand():
    w = [0.45, 0.78, -0.12, 0.13, 1.5, -2.3]
    net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Sigmoid(), nn.Linear(2, 1, bias=False), nn.Sigmoid()).double()
    net.load_state_dict({"0.weight": [[w[0], w[2]], [w[1], w[3]]], "2.weight": [[w[4], w[5]]]})
    x = Value([[1.0, 0.0]], requires_grad=False)
    assert np.allclose(net[:2](x).data, [[0.610639, 0.685680]], atol=5e-7)
    assert np.allclose(net[:3](x).data, [[-0.661105]], atol=5e-7)
    assert np.allclose(net(x).data, [[0.340491]], atol=5e-7)


def test_S3_3_two_linear_layers_collapse_into_one():
    manual_seed(0)
    first, second = nn.Linear(4, 8, bias=False).double(), nn.Linear(8, 3, bias=False).double()
    one = nn.Linear(4, 3, bias=False).double()
    one.load_state_dict({"weight": second.weight.data @ first.weight.data})
    x = Value(np.random.default_rng(0).normal(size=(5, 4)))
    assert np.allclose(second(first(x)).data, one(x).data, rtol=1e-12)
    assert not np.allclose(second(F.relu(first(x))).data, one(x).data)


def test_S3_7_weight_turns_and_bias_shifts():
    x = Value(np.linspace(-20, 20, 4001), requires_grad=False)
    for w, b in ((1.0, 0.0), (2.0, 3.0), (-0.5, 1.0)):
        neuron = Value(w), Value(b)
        y = F.sigmoid(neuron[0] * x + neuron[1])
        assert x.data[np.argmin(np.abs(y.data - 0.5))] == pytest.approx(-b / w, abs=0.011)  # b shifts the middle
        steepest = np.max(np.abs(np.gradient(y.data, x.data)))
        assert steepest == pytest.approx(abs(w) / 4, rel=1e-3)  # w sets the slope there, w/4


def test_a_training_loop_of_five_lines():
    manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    x = Value(np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), requires_grad=False)
    y = Value(np.array([[0], [1], [1], [0]], np.float32), requires_grad=False)
    for _ in range(600):
        net.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        with no_grad():
            for p in net.parameters():
                p -= 0.3 * p.grad
    assert loss.item() < 0.01
