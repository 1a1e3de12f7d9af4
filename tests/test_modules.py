"""Modules: registration, walking, calling, hooks, text; layers against PyTorch; figures of S3.2, S3.3, S3.7."""

import copy
import math
import pickle

import numpy as np
import pytest

import nn
from autograd import Value, trace
from autograd.errors import DtypeError, GradientError


class Net(nn.Module):
    """The net of the lectures, small."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 3)
        self.act = nn.ReLU()
        self.fc2 = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


class Scale(nn.Module):
    """A module that tests can see through."""

    def __init__(self, factor=2.0):
        super().__init__()
        self.factor = nn.Parameter(np.array([factor]))

    def forward(self, x):
        return x * self.factor


def names(pairs):
    return [name for name, _ in pairs]


# -- parameters -------------------------------------------------------------------------------------------------------


def test_a_parameter_is_a_flagged_leaf():
    array = np.ones(3)
    p = nn.Parameter(array)
    assert isinstance(p, nn.Parameter)
    assert isinstance(p, Value)
    assert p.is_leaf
    assert p.requires_grad
    assert p.data is array
    assert not isinstance(Value(1.0), nn.Parameter)
    assert not isinstance(p * 2, nn.Parameter)
    assert not isinstance(p.detach(), nn.Parameter)
    assert isinstance(copy.deepcopy(p), nn.Parameter)
    assert isinstance(pickle.loads(pickle.dumps(p)), nn.Parameter)
    assert not nn.Parameter(array, requires_grad=False).requires_grad
    assert nn.Parameter([1.0, 2.0]).dtype == np.float32
    with pytest.raises(DtypeError, match="1\\. instead of 1"):
        nn.Parameter(np.array([1, 2]))


def test_what_is_assigned_is_found_in_order():
    net = Net()
    assert names(net.named_parameters()) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
    assert names(net.named_children()) == ["fc1", "act", "fc2"]
    assert names(net.named_modules()) == ["", "fc1", "act", "fc2"]
    assert len(list(net.parameters())) == 4
    assert names(net.named_parameters(prefix="net")) == [f"net.{n}" for n in names(net.named_parameters())]
    assert list(net.parameters(recurse=False)) == []
    assert net.get_submodule("fc1") is net.fc1
    assert net.get_parameter("fc2.bias") is net.fc2.bias
    with pytest.raises(AttributeError, match="fc3"):
        net.get_submodule("fc3")
    with pytest.raises(AttributeError, match=r"fc2\.b"):
        net.get_parameter("fc2.b")


def test_shared_parameters_and_modules_come_once():
    net = nn.Module()
    net.a, net.b = nn.Linear(2, 2), nn.Linear(2, 2)
    net.b.weight = net.a.weight
    net.again = net.a
    assert names(net.named_parameters()) == ["a.weight", "a.bias", "b.bias"]
    assert names(net.named_modules()) == ["", "a", "b"]
    assert names(net.named_parameters(remove_duplicate=False))[-1] == "again.bias"
    twin = copy.deepcopy(net)
    assert twin.b.weight is twin.a.weight
    assert twin.again is twin.a
    assert set(net.state_dict()) == {"a.weight", "a.bias", "b.weight", "b.bias", "again.weight", "again.bias"}


def test_attributes_move_between_registries():
    net = nn.Module()
    net.thing = 3
    net.thing = nn.Parameter(np.zeros(2))
    assert names(net.named_parameters()) == ["thing"]
    net.thing = nn.Linear(1, 1)
    assert names(net.named_parameters()) == ["thing.weight", "thing.bias"]
    del net.thing
    assert names(net.named_parameters()) == []
    with pytest.raises(AttributeError, match="thing"):
        net.thing  # noqa: B018
    net.register_parameter("bias", None)
    assert net.bias is None
    net.register_buffer("seen", Value(0.0, requires_grad=False))
    net.seen = Value(1.0, requires_grad=False)
    assert [b.item() for b in net.buffers()] == [1.0]
    assert "seen" in dir(net)


def test_mistakes_of_registration_are_named():
    class Early(nn.Module):
        def __init__(self):
            self.fc = nn.Linear(1, 1)

    with pytest.raises(AttributeError, match=r"super\(\).__init__\(\)"):
        Early()
    net = Net()
    with pytest.raises(TypeError, match=r"nn\.Parameter or None"):
        net.fc1.weight = np.ones((3, 4))
    with pytest.raises(TypeError, match=r"nn\.Module or None"):
        net.fc1 = "linear"
    with pytest.raises(KeyError, match="already"):
        net.register_parameter("forward", nn.Parameter([1.0]))
    with pytest.raises(KeyError, match="point"):
        net.register_buffer("a.b", Value(1.0))
    with pytest.raises(TypeError, match="not a Module"):
        net.add_module("f", math.sin)
    with pytest.raises(TypeError, match=r"nn.Parameter\(...\)"):
        net.register_parameter("w", Value(1.0))
    with pytest.raises(NotImplementedError, match="forward"):
        nn.Module()(1)


# -- calling ----------------------------------------------------------------------------------------------------------


def test_pictures_know_names_and_scopes():
    net = Net()
    loss = net(Value(np.ones((2, 4)))).sum()
    graph = trace(loss)
    assert [n.name for n in graph.nodes if n.kind == "leaf"][:4] == names(net.named_parameters())
    scopes = {n.op.name: n.scope for n in graph.nodes if n.op is not None}
    assert scopes["relu"] == ("Net", "act")
    assert {n.scope for n in graph.nodes if n.op is not None and n.op.name == "linear"} == {
        ("Net", "fc1"),
        ("Net", "fc2"),
    }
    assert scopes["sum"] == ()


def test_names_reach_through_containers_and_leave_own_names_alone():
    inner = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    inner[1].bias.name = "my bias"
    net = nn.Module()
    net.body = inner
    assert [p.name for p in net.parameters()] == ["body.0.weight", "body.0.bias", "body.1.weight", "my bias"]
    inner(Value(np.ones((1, 2))))
    assert inner._scope == "body"
    assert inner[0]._scope == "Linear[0]"
    assert [p.name for p in inner[1:].parameters()] == ["body.1.weight", "my bias"]


def test_train_eval_apply_requires_grad_zero_grad():
    net = Net()
    assert all(m.training for m in net.modules())
    assert net.eval() is net
    assert not any(m.training for m in net.modules())
    net.train()
    seen = []
    assert net.apply(lambda m: seen.append(type(m).__name__)) is net
    assert seen == ["Linear", "ReLU", "Linear", "Net"]
    net.requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())
    net.requires_grad_()
    net(Value(np.ones((2, 4)))).sum().backward()
    net.zero_grad(set_to_none=False)
    assert all(not np.any(p.grad.data) for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    with pytest.raises(ValueError, match="True or False"):
        net.train("yes")


def test_dtypes_and_devices():
    net = Net()
    net(Value(np.ones((2, 4)))).sum().backward()
    assert {p.dtype for p in net.parameters()} == {np.dtype(np.float32)}
    before = net.fc1.weight
    assert net.double() is net
    assert net.fc1.weight is before
    assert {p.dtype for p in net.parameters()} == {p.grad.dtype for p in net.parameters()} == {np.dtype(np.float64)}
    assert net.float().fc1.weight.dtype == net.to("cpu", dtype=np.float32).fc1.bias.dtype == np.float32
    with pytest.raises(DtypeError, match="cuda"):
        net.to("cuda")
    with pytest.raises(DtypeError, match="float32 or float64"):
        net.to(np.int64)
    norm = nn.BatchNorm1d(3).double()
    assert norm.running_mean.dtype == np.float64
    assert norm.num_batches_tracked.dtype == np.int64


def test_pickle_and_deepcopy():
    net = Net()
    x = Value(np.ones((2, 4)))
    net(x).sum().backward()
    for twin in (pickle.loads(pickle.dumps(net)), copy.deepcopy(net)):
        assert np.array_equal(twin(x).data, net(x).data)
        assert names(twin.named_parameters()) == names(net.named_parameters())
        assert [p.name for p in twin.parameters()] == [p.name for p in net.parameters()]
        twin.fc1.weight.data[:] = 0
        assert np.any(net.fc1.weight.data)
    assert np.array_equal(copy.deepcopy(net).fc1.weight.grad, net.fc1.weight.grad)


# -- hooks ------------------------------------------------------------------------------------------------------------


def test_forward_hooks_see_and_replace():
    net, seen = Scale(), []
    handles = [
        net.register_forward_pre_hook(lambda m, inputs: (inputs[0] + 1.0,)),
        net.register_forward_hook(lambda m, inputs, output: seen.append((inputs[0].item(), output.item()))),
        net.register_forward_hook(lambda m, inputs, output: output * 10.0),
    ]
    assert net(Value([1.0])).item() == 40.0
    assert seen == [(2.0, 4.0)]
    for handle in handles:
        handle.remove()
    assert net(Value([1.0])).item() == 2.0


def test_backward_hooks_see_both_ends():
    seen = []
    net = nn.Sequential(Scale(2.0), Scale(3.0))
    for module in net:
        module.register_full_backward_hook(lambda m, grad_input, grad_output: seen.append((grad_input, grad_output)))
    x = Value([5.0])
    (net(x) * 7.0).backward()
    (second, first) = seen
    assert (second[0][0].item(), second[1][0].item()) == (21.0, 7.0)
    assert (first[0][0].item(), first[1][0].item()) == (42.0, 21.0)
    assert x.grad.item() == 42.0
    seen.clear()
    net(Value([5.0], requires_grad=False)).backward()
    assert seen[1][0] == (None,)
    assert seen[1][1][0].item() == 3.0


def test_backward_hooks_replace_the_gradient_of_one_input():
    net = Scale(2.0)
    net.register_full_backward_hook(lambda m, grad_input, grad_output: (grad_input[0] * 100.0,))
    x = Value([5.0])
    net(x).backward()
    assert x.grad.item() == 200.0
    pair = nn.Bilinear(1, 1, 1)
    pair.register_full_backward_hook(lambda m, grad_input, grad_output: grad_input)
    with pytest.raises(GradientError, match="only one"):
        pair(Value(np.ones((1, 1))), Value(np.ones((1, 1)))).backward(np.ones((1, 1)))


# -- containers -------------------------------------------------------------------------------------------------------


def test_sequential_is_a_list():
    a, b, c = nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)
    net = nn.Sequential(a, b).append(c)
    assert len(net) == 3
    assert list(net) == [a, b, c]
    assert net[-1] is c
    assert list(net[:2]) == [a, b]
    assert isinstance(net[1:], nn.Sequential)
    net.insert(1, nn.Identity())
    assert names(net.named_children()) == ["0", "1", "2", "3"]
    assert isinstance(net.pop(1), nn.Identity)
    del net[1]
    assert list(net) == [a, c]
    net[1] = b
    assert list(net + nn.Sequential(c)) == [a, b, c]
    assert b in net
    assert c not in net
    net.extend([c])
    x = Value(np.ones((4, 2)))
    assert np.allclose(net(x).data, c(b(a(x))).data)
    named = nn.Sequential({"hidden": a, "out": c})
    assert names(named.named_parameters())[0] == "hidden.weight"
    assert named.hidden is a
    with pytest.raises(IndexError, match="no number 7"):
        net[7]


def test_module_lists_and_dictionaries():
    layers = nn.ModuleList([nn.Linear(1, 1) for _ in range(3)])
    assert len(layers) == len(layers[1:]) + 1 == 3
    layers += [nn.Tanh()]
    assert names(layers.named_children()) == ["0", "1", "2", "3"]
    chosen = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
    chosen["out"] = nn.Linear(1, 1)
    assert list(chosen) == ["relu", "tanh", "out"]
    assert names(chosen.named_parameters()) == ["out.weight", "out.bias"]
    assert "tanh" in chosen
    assert isinstance(chosen.pop("tanh"), nn.Tanh)
    assert len(chosen) == 2
    free = nn.ParameterList([np.ones(2), Value([1.0])])
    assert names(free.named_parameters()) == ["0", "1"]
    by_name = nn.ParameterDict({"w": np.ones(2)})
    assert isinstance(by_name["w"], nn.Parameter)
    assert "w: Parameter of shape (2,)" in repr(by_name).replace("(w)", "w")


@pytest.mark.parametrize(
    "build",
    [
        lambda nn: nn.Sequential(nn.Linear(4, 3), nn.ReLU(inplace=True), nn.Sequential(nn.Linear(3, 2, bias=False))),
        lambda nn: nn.ModuleDict({"a": nn.Dropout(0.2), "b": nn.LeakyReLU(0.2), "c": nn.GELU()}),
        lambda nn: nn.Sequential(nn.Flatten(), nn.BatchNorm1d(3), nn.LayerNorm((3, 2)), nn.Embedding(3, 4, 1)),
        lambda nn: nn.Sequential(nn.Bilinear(2, 3, 4), nn.ELU(), nn.Softplus(), nn.Softmax(dim=1), nn.PReLU()),
        lambda nn: nn.Sequential(nn.Hardtanh(-2, 2.0), nn.RReLU(), nn.GLU(), nn.MSELoss(), nn.CrossEntropyLoss()),
    ],
)  # fmt: skip
def test_repr_is_pytorchs(build):
    torch = pytest.importorskip("torch")
    assert repr(build(nn)) == repr(build(torch.nn))
