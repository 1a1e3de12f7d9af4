"""State of modules: what goes out comes in again, PyTorch's states load, and mistakes are told all at once."""

import copy
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
import nn.functional as F
from autograd import Value, manual_seed, no_grad
from nn.parameter import StateError


def net():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Sequential(nn.Linear(4, 2)))


def test_names_and_entries():
    model = net()
    state = model.state_dict()
    assert list(state) == [
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked",
        "3.0.weight", "3.0.bias",
    ]  # fmt: skip
    assert all(isinstance(entry, Value) and not entry.requires_grad for entry in state.values())
    assert all(name.startswith("net.") for name in model.state_dict(prefix="net."))
    assert model.state_dict(keep_vars=True)["0.weight"] is model[0].weight


def test_buffers_that_are_not_persistent_stay_out():
    model = nn.Module()
    model.register_buffer("kept", Value([1.0], requires_grad=False))
    model.register_buffer("passing", Value([2.0], requires_grad=False), persistent=False)
    assert list(model.state_dict()) == ["kept"]
    assert len(list(model.buffers())) == 2


def test_a_round_trip_gives_the_same_network():
    manual_seed(0)
    one, other = net(), net()
    x = Value(np.random.default_rng(0).normal(size=(5, 3)))
    one(x)
    assert not np.array_equal(one.eval()(x).data, other.eval()(x).data)
    matched = other.load_state_dict(one.state_dict())
    assert repr(matched) == "<All keys matched successfully>"
    assert np.array_equal(one(x).data, other(x).data)
    assert int(other[1].num_batches_tracked) == 1


def test_entries_share_memory_until_they_are_copied():
    model = nn.Linear(2, 1)
    state, kept = model.state_dict(), copy.deepcopy(model.state_dict())
    with no_grad():
        model.weight += 1.0
    assert np.array_equal(state["weight"].data, model.weight.data)
    assert np.allclose(kept["weight"].data + 1.0, model.weight.data)
    model.load_state_dict(kept)
    assert np.array_equal(state["weight"].data, kept["weight"].data)


def test_loading_keeps_the_parameters_and_their_dtype():
    model = nn.Linear(2, 1)
    weight = model.weight
    model.load_state_dict({"weight": [[1.0, 2.0]], "bias": np.array([3.0])})
    assert model.weight is weight
    assert weight.dtype == np.float32
    assert weight.tolist() == [[1.0, 2.0]]
    assert weight.requires_grad


@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=5), bias=st.booleans(), seed=st.integers(0, 99),
    activation=st.sampled_from(["ReLU", "Tanh", "Sigmoid", "GELU", "LeakyReLU"]), wide=st.booleans(),
)  # fmt: skip
def test_a_pytorch_state_of_an_mlp_gives_the_same_outputs(sizes, bias, seed, activation, wide):
    torch = pytest.importorskip("torch")
    torch.manual_seed(seed)

    def mlp(nn):
        layers = [
            layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b, bias=bias), getattr(nn, activation)())
        ]
        return nn.Sequential(*layers[:-1])

    theirs, ours = mlp(torch.nn), mlp(nn)
    if wide:
        theirs, ours = theirs.double(), ours.double()
    arrays = {name: tensor.numpy() for name, tensor in theirs.state_dict().items()}
    x = np.random.default_rng(seed).normal(size=(4, sizes[0])).astype(np.float64 if wide else np.float32)
    expected = theirs(torch.tensor(x)).detach().numpy()
    for state in (arrays, theirs.state_dict(), dict(theirs.named_parameters())):
        ours.load_state_dict(mlp(nn).state_dict())
        ours.load_state_dict(state)
        assert np.allclose(ours(Value(x)).data, expected, rtol=1e-9 if wide else 1e-4, atol=1e-6)
    theirs.load_state_dict({name: torch.tensor(np.asarray(entry)) for name, entry in ours.state_dict().items()})


def test_every_mistake_is_told_and_nothing_is_loaded():
    model = net()
    before = copy.deepcopy(model.state_dict())
    state = copy.deepcopy(before)
    del state["0.bias"], state["3.0.bias"]
    state["0.weight"] = np.ones((4, 3))
    state["1.weight"] = np.ones(5)
    state["fc.weight"] = np.ones(2)
    with pytest.raises(StateError) as caught:
        model.load_state_dict(state)
    text = str(caught.value)
    assert "Sequential" in text
    assert "1.weight: (5,) in the state, (4,) in the module" in text
    assert "0.bias: missing" in text
    assert "3.0.bias: missing" in text
    assert "fc.weight: unexpected" in text
    assert isinstance(caught.value, RuntimeError)
    for name, entry in model.state_dict().items():
        assert np.array_equal(entry.data, before[name].data), name


def test_not_strict_loads_what_fits():
    model = nn.Linear(2, 1)
    answer = model.load_state_dict({"weight": [[1.0, 2.0]], "other": 3.0}, strict=False)
    assert answer.missing_keys == ["bias"]
    assert answer.unexpected_keys == ["other"]
    assert model.weight.tolist() == [[1.0, 2.0]]
    with pytest.raises(StateError, match="strict=False"):
        model.load_state_dict({"weight": [[1.0, 2.0]]})
    with pytest.raises(StateError, match=r"\(2,\) in the state"):
        model.load_state_dict({"weight": [1.0, 2.0]}, strict=False)
    with pytest.raises(StateError, match="no numbers"):
        model.load_state_dict({"weight": [["a", "b"]], "bias": [0.0]})
    with pytest.raises(TypeError, match="dictionary"):
        model.load_state_dict([1, 2])


def test_states_go_through_npz(tmp_path):
    model, other = net(), net()
    np.savez(tmp_path / "state.npz", **{name: entry.data for name, entry in model.state_dict().items()})
    with np.load(tmp_path / "state.npz") as state:
        other.load_state_dict(state)
    x = Value(np.ones((2, 3)))
    assert np.array_equal(model.eval()(x).data, other.eval()(x).data)


def test_a_forward_pass_after_loading_uses_the_new_numbers():
    model = nn.Linear(1, 1)
    x = Value(np.ones((1, 1)))
    loss = F.mse_loss(model(x), Value(np.zeros((1, 1))))
    loss.backward()
    model.load_state_dict({"weight": [[5.0]], "bias": [1.0]})
    assert model(x).item() == 6.0
