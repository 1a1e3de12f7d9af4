"""docs/differences-from-pytorch.md, line by line: what we do, and that PyTorch still does something else."""

import math
import pathlib
import warnings

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd import Value
from autograd.errors import FreedGraphError, ShapeError

torch = pytest.importorskip("torch")
TF = torch.nn.functional
PAGE = pathlib.Path(__file__).parents[1] / "docs" / "differences-from-pytorch.md"
CHECKS = {}


def lines():
    """The first column of the page's table."""
    cells = [line.split("|")[1].strip() for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    return cells[1:]


def difference(line):
    """Register the check of one line."""

    def register(check):
        CHECKS[line] = check
        return check

    return register


def slopes(function, *numbers):
    """Gradients of the sum of function(library, *inputs) here and in PyTorch, in float64."""
    mine = [Value(np.array(x, np.float64)) for x in numbers]
    function(autograd, *mine).sum().backward()
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
    function(torch, *theirs).sum().backward()
    return [np.asarray(v.grad) for v in mine], [v.grad.numpy() for v in theirs]


def both(function, x):
    """(value, slope, second derivative or None) of function(functional, x) at a float, here and in PyTorch."""
    mine = Value(x)
    y = function(F, mine)
    y.backward(create_graph=True)
    first, mine.grad = mine.grad, None
    second = None
    if first.requires_grad:
        first.backward()
        second = float(mine.grad)
    theirs = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    z = function(TF, theirs)
    (slope,) = torch.autograd.grad(z, theirs, create_graph=True)
    try:
        (bend,) = torch.autograd.grad(slope, theirs)
    except RuntimeError:
        bend = torch.tensor(math.nan)
    return (float(y), float(first), second), (z.item(), slope.item(), bend.item())


@pytest.mark.parametrize("line", lines())
def test_line(line):
    CHECKS[line]()


def test_no_check_without_its_line():
    assert list(CHECKS) == lines()


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


def only_here(function, error=Exception):
    """What function(library, functional, modules) gives here; in PyTorch it is an error."""
    with pytest.raises(error):
        function(torch, TF, torch.nn)
    return function(autograd, F, nn)


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


# -- corners ----------------------------------------------------------------------------------------------------------


@difference("`logsumexp` of infinities")
def infinities():
    for x, shares in (([math.inf, math.inf, 1.0], [0.5, 0.5, 0.0]), ([-math.inf] * 2, [0.5, 0.5])):
        (mine,), (theirs,) = slopes(lambda m, x: m.logsumexp(x, 0), x)
        assert mine.tolist() == shares
        assert np.isnan(theirs[:2]).all()


@difference("`hypot` at the origin")
def origin():
    mine, theirs = slopes(lambda m, a, b: m.hypot(a, b), [0.0], [0.0])
    assert mine == [0.0, 0.0]
    assert np.isnan(theirs).all()


@difference("`xlogy` at (0, 0)")
def nothing_times_log():
    mine, theirs = slopes(lambda m, a, b: m.xlogy(a, b), [0.0], [0.0])
    assert mine == [0.0, 0.0]
    assert np.isnan(theirs[1]).all()


@difference("`a ** b` at b = 0, mixed second derivative")
def power_zero():
    a, b = Value(0.5), Value(0.0)
    (a**b).backward(create_graph=True)
    slope, b.grad = a.grad, None
    slope.backward()
    assert float(b.grad) == 2.0
    a, b = (torch.tensor(x, requires_grad=True) for x in (0.5, 0.0))
    (slope,) = torch.autograd.grad(a**b, a, create_graph=True)
    assert torch.autograd.grad(slope, b)[0] == 0.0


@difference("`floor`, `ceil`, `round`, `trunc`, `sign`: tracked")
def steps():
    for name in ("floor", "ceil", "round", "trunc", "sign"):
        assert not getattr(autograd, name)(Value([0.5])).requires_grad
        assert getattr(torch, name)(torch.tensor([0.5], requires_grad=True)).requires_grad


@difference("`amax` and `amin` of nan, slopes")
def largest_of_unknowns():
    for name in ("amax", "amin"):
        (mine,), (theirs,) = slopes(lambda T, x, name=name: getattr(T, name)(x), [1.0, math.nan, math.nan])
        assert mine.tolist() == [0.0, 0.5, 0.5]
        assert np.isnan(theirs).all()


@difference("`median` of tied entries, slope")
def tied_median():
    (mine,), (theirs,) = slopes(lambda T, x: T.median(x), [2.0, 2.0, 2.0, 5.0])
    assert sorted(mine.tolist()) == [0.0, 0.0, 0.0, 1.0]
    assert theirs.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0.0])


@difference("slopes of `gelu`, `silu`, `mish`, `softsign` at ±inf")
def limits_of_slopes():
    for name, limit in (("gelu", 1.0), ("silu", 1.0), ("mish", 1.0), ("softsign", 0.0)):
        (mine,), (theirs,) = slopes(lambda T, x, name=name: getattr(TF if T is torch else F, name)(x), [math.inf])
        assert mine == pytest.approx(limit, rel=1e-15)
        assert np.isnan(theirs).all()


@difference("`gelu`, `silu`, `mish` at −inf, and their second derivatives at ±inf")
def gates_at_infinity():
    for name in ("gelu", "silu", "mish"):
        mine, theirs = (getattr(module, name) for module in (F, torch.nn.functional))
        ends = np.array([-np.inf, np.inf])
        x, t = Value(ends), torch.tensor(ends, requires_grad=True)
        y, z = mine(x), theirs(t)
        assert y.data[0] == 0.0
        assert torch.isnan(z[0])
        (slope,) = autograd.grad(y, x, np.ones(2), create_graph=True)
        assert slope.data.tolist() == [0.0, 1.0]
        assert autograd.grad(slope, x, np.ones(2))[0].data.tolist() == [0.0, 0.0]
        (slope,) = torch.autograd.grad(z, t, torch.ones_like(t), create_graph=True)
        assert torch.isnan(torch.autograd.grad(slope, t, torch.ones_like(t))[0]).all()


@difference("slopes of `prod` and `cumprod` beside a nan")
def products_with_an_unknown():
    for function in (lambda T, x: T.prod(x), lambda T, x: T.cumprod(x, 0)[-1:]):
        (mine,), (theirs,) = slopes(function, [math.nan, 2.0, 3.0])
        assert mine[0] == 6.0
        assert np.isnan(theirs).all()


@difference("slopes of `abs`, `l1_loss`, `norm` at nan")
def slopes_at_unknowns():
    for function in (lambda T, x: T.abs(x), lambda T, x: T.norm(x, p=1)):
        (mine,), (theirs,) = slopes(function, [math.nan])
        assert np.isnan(mine).all()
        assert not theirs.any()
    mine, theirs = both(lambda f, x: f.l1_loss(x, 0.0 * x.detach() if f is F else torch.tensor(0.0).double()), math.nan)
    assert math.isnan(mine[1])
    assert theirs[1] == 0.0


@difference("`sign(nan)`")
def sign_of_nan():
    assert math.isnan(autograd.sign(math.nan))
    assert np.isnan(autograd.sign(np.array([math.nan]))).all()
    assert torch.sign(torch.tensor(math.nan)) == 0.0


@difference("`heaviside(nan, b)`")
def heaviside_of_nan():
    assert np.isnan(autograd.heaviside(np.array([math.nan]), 0.5)).all()
    assert torch.heaviside(torch.tensor(math.nan), torch.tensor(0.5)) == 0.0


@difference("slopes of `hardsigmoid` in float64")
def hardsigmoid_slope():
    mine, theirs = both(lambda f, x: f.hardsigmoid(x), 1.0)
    assert mine[1] == 1.0 / 6.0 != theirs[1]


@difference("slopes of `celu` in float64")
def celu_slope():
    mine, theirs = both(lambda f, x: f.celu(x, alpha=0.3), -1.0)
    assert mine[1] == pytest.approx(math.exp(-1.0 / 0.3), rel=1e-15)
    assert theirs[1] != pytest.approx(math.exp(-1.0 / 0.3), rel=1e-9)


@difference("`hardsigmoid` twice differentiated")
def hardsigmoid_twice():
    mine, theirs = both(lambda f, x: f.hardsigmoid(x), 1.0)
    assert not mine[2]
    assert math.isnan(theirs[2])  # RuntimeError, see `both`


@difference("`softplus` at its threshold, second derivative")
def softplus_threshold():
    mine, theirs = both(lambda f, x: f.softplus(x), 20.0)
    assert mine[2] == pytest.approx(math.exp(-20.0), rel=1e-8)
    assert theirs[2] == 0.0


@difference("`mish` far out, second derivative")
def mish_far_out():
    mine, theirs = both(lambda f, x: f.mish(x), 1e4)
    assert mine[2] == 0.0
    assert math.isnan(theirs[2])


# -- digits -----------------------------------------------------------------------------------------------------------


@difference('`gelu(approximate="tanh")` far out, slope')
def gelu_tanh_far_out():
    for x, slope in ((1e200, 1.0), (-1e200, 0.0)):
        mine, theirs = both(lambda f, x: f.gelu(x, approximate="tanh"), x)
        assert mine[1] == slope
        assert math.isnan(theirs[1])


@difference("`silu` and `mish` where eˣ is subnormal")
def gates_of_subnormal_powers():
    truth = -712.0 * math.exp(-600.0) * math.exp(-112.0)
    for name in ("silu", "mish"):
        mine, theirs = both(lambda f, x, name=name: getattr(f, name)(x), -712.0)
        assert mine[0] == pytest.approx(truth, rel=1e-15, abs=0)
        assert theirs[0] != pytest.approx(truth, rel=1e-15, abs=0)


@difference("`sinh` and `cosh` of arrays near their overflow")
def nearly_overflowing():
    x = np.full(64, 710.0)  # so many that PyTorch takes several at a time
    for name in ("sinh", "cosh"):
        mine = getattr(autograd, name)(Value(x))
        assert np.all(np.isfinite(mine.data))
        assert torch.isinf(getattr(torch, name)(torch.tensor(x))).any()


@difference("`hardswish` of huge numbers")
def hardswish_far_out():
    mine, theirs = both(lambda f, x: f.hardswish(x), 1e308)
    assert mine[0] == 1e308
    assert theirs[0] == math.inf


@difference("`gelu` of negative numbers")
def gelu_tail():
    mine, theirs = both(lambda f, x: f.gelu(x), -10.0)
    assert mine[0] == pytest.approx(-10.0 * 0.5 * math.erfc(10.0 / math.sqrt(2.0)), rel=1e-13)
    assert theirs[0] == 0.0


@difference("slope of `tanh`, saturated")
def tanh_saturated():
    mine, theirs = both(lambda f, x: x.tanh(), 20.0)
    assert mine[1] == pytest.approx(4.0 * math.exp(-40.0), rel=1e-15)
    assert theirs[1] == 0.0


@difference("slope of `expm1`, far left")
def expm1_far_left():
    mine, theirs = both(lambda f, x: x.expm1(), -40.0)
    assert mine[1] == math.exp(-40.0)
    assert theirs[1] == 0.0


@difference("slopes of `asinh` and `acosh`, far out")
def area_functions_far_out():
    for name in ("asinh", "acosh"):
        mine, theirs = both(lambda f, x, name=name: getattr(x, name)(), 1e200)
        assert mine[1] == pytest.approx(1e-200, rel=1e-15)
        assert theirs[1] == 0.0


@difference("`sinc` of large numbers")
def sinc_far_out():
    mine, theirs = both(lambda f, x: x.sinc(), 1e10)
    assert mine[0] == 0.0
    assert mine[1] == pytest.approx(1e-10, rel=1e-15)
    assert theirs[0] != 0.0


@difference("`tanhshrink` near 0")
def tanhshrink_near_zero():
    mine, theirs = both(lambda f, x: f.tanhshrink(x), 1e-9)
    assert mine[0] == pytest.approx(1e-27 / 3.0, rel=1e-15, abs=0)
    assert theirs[0] == 0.0


@difference("`logit` near 1/2")
def logit_near_half():
    x = 0.5 + 2.0**-40
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mine, theirs = float(autograd.logit(x)), torch.logit(torch.tensor(x, dtype=torch.float64)).item()
    truth = 4.0 * 2.0**-40  # and a term of the third order, far below the last digit
    assert mine == pytest.approx(truth, rel=1e-15, abs=0)
    assert theirs != pytest.approx(truth, rel=1e-15, abs=0)
