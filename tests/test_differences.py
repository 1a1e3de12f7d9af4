"""docs/differences-from-pytorch.md, line by line: what we do, and that PyTorch still does something else."""

import math

import differences_of_numbers  # noqa: F401 - for its checks
import numpy as np
import pytest
from differences import CHECKS, TF, difference, lines, only_here, torch

import autograd
import nn
import nn.functional as F
from autograd import Value
from autograd.errors import FreedGraphError, ShapeError


@pytest.mark.parametrize("line", lines())
def test_line(line):
    CHECKS[line]()


def test_no_check_without_its_line():
    assert sorted(CHECKS) == sorted(lines())


# -- engine -----------------------------------------------------------------------------------------------------------


@difference("second backward")
def second_backward():
    mine, theirs = Value(2.0), torch.tensor(2.0, requires_grad=True)
    y, z = mine + 1.0, theirs + 1.0
    y.backward()
    with pytest.raises(FreedGraphError, match="retain_graph"):
        y.backward()
    z.backward()
    z.backward()
    assert theirs.grad == 2.0


@difference("`Value(3)`")
def whole_numbers():
    assert Value(3).requires_grad
    assert Value(3).data == 3.0
    assert not autograd.tensor([3]).requires_grad
    with pytest.raises(RuntimeError):
        torch.tensor(3, requires_grad=True)


@difference("float64 and float32 numbers of shape () together")
def numbers_of_two_formats():
    mine = autograd.tensor(1.5, dtype=autograd.float32) * autograd.tensor(1.5, dtype=autograd.float64)
    theirs = torch.tensor(1.5, dtype=torch.float32) * torch.tensor(1.5, dtype=torch.float64)
    assert (mine.dtype, theirs.dtype) == (np.float32, torch.float64)


@difference("0-d `.data`")
def data_of_scalars():
    assert type(Value(2.0).data) is float
    assert type(torch.tensor(2.0).data) is torch.Tensor


@difference("`np.asarray(tracked)`")
def as_numpy():
    assert np.asarray(Value([1.0, 2.0])).tolist() == [1.0, 2.0]
    with pytest.raises(RuntimeError):
        np.asarray(torch.tensor([1.0], requires_grad=True))


@difference("in place on a part from `split`, `chunk`, `unbind`")
def in_place_on_parts():
    for cut in (lambda y: y.split(1)[0], lambda y: y.chunk(2)[0], lambda y: y.unbind()[0]):
        mine, theirs = Value([1.0, 2.0]), torch.tensor([1.0, 2.0], requires_grad=True)
        y, z = mine * 1.0, theirs * 1.0
        cut(y).mul_(3.0)
        y.sum().backward()
        assert mine.grad.tolist() == [3.0, 1.0]
        with pytest.raises(RuntimeError, match="view"):
            cut(z).mul_(3.0)


@difference("`Function` whose backward gives None")
def no_gradient():
    for library, x, seen in ((autograd, Value([1.0]), [0.0]), (torch, torch.ones(1, requires_grad=True), None)):
        forward, backward = (lambda ctx, x, y: x * 2.0), (lambda ctx, g: (g * 2.0, None))
        methods = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
        kept = type("Kept", (library.autograd.Function,), methods)
        y = x.detach().requires_grad_()
        kept.apply(x, y).sum().backward()
        assert (None if y.grad is None else y.grad.tolist()) == seen


@difference("`y.requires_grad = …` of a result, of integers")
def attribute():
    y, whole = Value([1.0]) * 2.0, autograd.tensor([1])
    y.requires_grad = False
    whole.requires_grad = True
    with pytest.raises(TypeError):
        (whole * 1.5).sum().backward()
    with pytest.raises(TypeError):
        autograd.tensor([1]).requires_grad_()
    for tensor, flag in ((torch.ones(1, requires_grad=True) * 2.0, False), (torch.tensor([1]), True)):
        with pytest.raises(RuntimeError):
            tensor.requires_grad = flag


@difference("in place after saving")
def in_place():
    mine, theirs = Value([1.0]), torch.tensor([1.0], requires_grad=True)
    y, z = mine.exp(), theirs.exp()
    y += 1.0
    z += 1.0
    y.sum().backward()
    np.testing.assert_allclose(mine.grad, [math.e])
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


@difference("`optimizer.state_dict()`")
def state_of_optimizers():
    for tensor, library in ((nn.Parameter(np.ones(1)), nn.optim), (torch.nn.Parameter(torch.ones(1)), torch.optim)):
        optimizer = library.SGD([tensor], lr=0.1, momentum=0.5)
        (tensor * tensor).sum().backward()
        optimizer.step()
        state = optimizer.state_dict()["state"][0]["momentum_buffer"]
        before = float(state[0])
        optimizer.step()
        assert (float(state[0]) == before) is (library is nn.optim)


@difference("parameter given twice")
def twice():
    p = nn.Parameter(np.ones(2))
    with pytest.raises(ValueError, match="twice"):
        nn.optim.SGD([p, p], lr=0.1)
    q = torch.nn.Parameter(torch.ones(2))
    with pytest.warns(UserWarning, match="duplicate"):
        torch.optim.SGD([q, q], lr=0.1)


# -- losses -----------------------------------------------------------------------------------------------------------


@difference("losses of shapes that broadcast")
def broadcasting_losses():
    with pytest.raises(ShapeError, match="write target"):
        F.mse_loss(Value(np.ones((3, 1))), np.ones(3))
    with pytest.warns(UserWarning, match="target size"):
        TF.mse_loss(torch.ones(3, 1), torch.ones(3))


@difference("numbers and lists in place of tensors")
def numbers_for_tensors():
    larger = only_here(lambda T, F, nn: T.maximum(T.tensor([1.0, -1.0]), 0.0), TypeError)
    assert larger.tolist() == [1.0, 0.0]
    assert autograd.sum([1.0, 2.0]) == 3.0
    with pytest.raises(TypeError):
        torch.sum([1.0, 2.0])


@difference("whole numbers where fractions are meant")
def whole_numbers_for_fractions():
    assert only_here(lambda T, F, nn: F.elu(T.tensor([1, 2])), RuntimeError).tolist() == [1.0, 2.0]


@difference("`True` for 1, 2 for `True`")
def truth_values():
    assert only_here(lambda T, F, nn: T.tensor([[1.0, 2.0]]).sum(dim=1, keepdim=2), TypeError).tolist() == [[3.0]]


@difference("what is no number at all, in place of a tensor")
def no_number():
    with pytest.raises(ShapeError):
        F.layer_norm(None, (3,))
    with pytest.raises(TypeError):
        TF.layer_norm(None, (3,))


@difference("`ones()`, `randn()`, `normal(0.0, 1.0)` without a size")
def without_a_size():
    for make in (lambda T, F, nn: T.ones(), lambda T, F, nn: T.randn(), lambda T, F, nn: T.normal(0.0, 1.0)):
        assert only_here(make, TypeError).shape == ()


@difference('`pad` with mode "reflect", "replicate", "circular"')
def pad_of_a_vector():
    padded = only_here(lambda T, F, nn: F.pad(T.tensor([1.0, 2.0, 3.0]), (1, 1), mode="reflect"), NotImplementedError)
    assert padded.tolist() == [2.0, 1.0, 2.0, 3.0, 2.0]


@difference("`label_smoothing` below 0")
def negative_smoothing():
    with pytest.raises(ValueError, match="label_smoothing"):
        F.cross_entropy(Value(np.zeros((1, 2))), np.array([0]), label_smoothing=-1.0)
    TF.cross_entropy(torch.zeros(1, 2), torch.tensor([0]), label_smoothing=-1.0)


@difference("settings that are not used, or change nothing")
def unused_settings():
    assert only_here(lambda T, F, nn: nn.Hardtanh(-1.0, -1.0), AssertionError)(Value([3.0])).tolist() == [-1.0]


@difference("targets beyond [0, 1] in `binary_cross_entropy`")
def targets_beyond():
    assert F.binary_cross_entropy(Value([0.5]), np.array([2.0])).item() == pytest.approx(math.log(2))
    with pytest.raises(RuntimeError):
        TF.binary_cross_entropy(torch.tensor([0.5]), torch.tensor([2.0]))
