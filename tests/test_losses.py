"""Losses: PyTorch's values and derivatives with every reduction and weight, figures of the lectures, shape mistakes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import nn
import nn.functional as F
from autograd import Value, grad
from autograd.arrays import plain
from autograd.errors import DtypeError, ShapeError

REDUCTIONS = ("mean", "sum", "none")
W3, THREE = np.array([0.5, 2.0, 1.25]), np.array(3.0)


def some(x):
    """Weights that depend on the numbers of `x`."""
    return np.abs(np.cos(np.asarray(x.detach()))) + 0.1


# How each loss is called, in ours and PyTorch's nn.functional alike, with T making a tensor: a new one is a line here.
NUMBERS = {
    "mse": lambda F, a, b, T, r: F.mse_loss(a, b, reduction=r),
    "mse weight": lambda F, a, b, T, r: F.mse_loss(a, b, reduction=r, weight=T(some(a))),
    "l1": lambda F, a, b, T, r: F.l1_loss(a, b, reduction=r),
    "smooth_l1": lambda F, a, b, T, r: F.smooth_l1_loss(a, b, reduction=r),
    "smooth_l1 0.5": lambda F, a, b, T, r: F.smooth_l1_loss(a, b, reduction=r, beta=0.5),
    "smooth_l1 0": lambda F, a, b, T, r: F.smooth_l1_loss(a, b, reduction=r, beta=0.0),
    "huber": lambda F, a, b, T, r: F.huber_loss(a, b, reduction=r),
    "huber 2": lambda F, a, b, T, r: F.huber_loss(a, b, reduction=r, delta=2.0),
    "bce logits": lambda F, a, b, T, r: F.binary_cross_entropy_with_logits(a, b, reduction=r),
    "bce logits pos": lambda F, a, b, T, r: F.binary_cross_entropy_with_logits(a, b, reduction=r, pos_weight=T(THREE)),
    "poisson": lambda F, a, b, T, r: F.poisson_nll_loss(a * 0.1, b, reduction=r),
    "kl log": lambda F, a, b, T, r: F.kl_div(a, b * 0.1, reduction=r, log_target=True),
}  # fmt: skip
FRACTIONS = {
    "bce": lambda F, a, b, T, r: F.binary_cross_entropy(a, b, reduction=r),
    "bce weight": lambda F, a, b, T, r: F.binary_cross_entropy(a, b, weight=T(np.array(0.7)), reduction=r),
    "kl": lambda F, a, b, T, r: F.kl_div(a, b, reduction=r),
    "poisson full": lambda F, a, b, T, r: F.poisson_nll_loss(a, b * 5, log_input=False, full=True, reduction=r),
    "gaussian": lambda F, a, b, T, r: F.gaussian_nll_loss(a, b, a * a.detach() + 0.5, reduction=r, full=True),
}  # fmt: skip
CLASSES = {
    "cross_entropy": lambda F, x, t, T, r: F.cross_entropy(x, t, reduction=r),
    "cross_entropy weight": lambda F, x, t, T, r: F.cross_entropy(x, t, weight=T(W3), reduction=r),
    "cross_entropy all": lambda F, x, t, T, r: F.cross_entropy(
        x, t, weight=T(W3), ignore_index=1, reduction=r, label_smoothing=0.2
    ),
    "cross_entropy smooth": lambda F, x, t, T, r: F.cross_entropy(x, t, reduction=r, label_smoothing=0.3),
    "nll": lambda F, x, t, T, r: F.nll_loss(x, t, reduction=r),
    "nll weight": lambda F, x, t, T, r: F.nll_loss(x, t, weight=T(W3), ignore_index=2, reduction=r),
}  # fmt: skip
ROWS = {
    "multi_margin": lambda F, x, t, T, r: F.multi_margin_loss(x, t, reduction=r),
    "multi_margin 2": lambda F, x, t, T, r: F.multi_margin_loss(x, t, p=2, margin=0.5, weight=T(W3), reduction=r),
}  # fmt: skip
PROBABILITIES = {
    "cross_entropy p": lambda F, x, t, T, r: F.cross_entropy(x, t, reduction=r),
    "cross_entropy p weight": lambda F, x, t, T, r: F.cross_entropy(
        x, t, weight=T(W3), reduction=r, label_smoothing=0.25
    ),
}  # fmt: skip
ALL = NUMBERS | FRACTIONS | CLASSES | ROWS | PROBABILITIES
# PyTorch has no second derivative of these.
ONCE_ONLY = ("multi_margin", "multi_margin 2", "smooth_l1 0", "l1")

numbers = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 30.0, -30.0]), st.floats(-6, 6, width=16))
fractions = st.one_of(st.sampled_from([0.5, 0.25, 1e-3, 0.999]), st.floats(0.0625, 0.9375, width=16))


@st.composite
def pairs(draw, elements):
    """Two arrays of one shape, size 0 and 0-d among them."""
    shape = draw(arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    return [draw(arrays.arrays(np.float64, shape, elements=elements)) for _ in range(2)]


@st.composite
def labelled(draw, most_axes=3):
    """Logits of three classes and class indices."""
    shape = draw(st.sampled_from([(3,), (1, 3), (4, 3), (2, 3, 2), (2, 3, 1, 2)][: 2 + most_axes]))
    logits = draw(arrays.arrays(np.float64, shape, elements=numbers))
    rest = shape[:1] * (len(shape) > 1) + shape[2:]
    return [logits, draw(arrays.arrays(np.int64, rest, elements=st.integers(0, 2)))]


@st.composite
def distributions(draw):
    """Logits of three classes and probabilities."""
    logits = draw(labelled())[0]
    return [logits, draw(arrays.arrays(np.float64, logits.shape, elements=st.floats(0, 1, width=16)))]


def ours(call, arguments, reduction, v, w):
    """Value, gradients, and gradients of the products of those with w."""
    values = [Value(plain(x)) for x in arguments]
    tracked = [x for x in values if x.requires_grad]
    y = call(F, *values, lambda x: Value(x, requires_grad=False), reduction)
    first = grad(y, tracked, [plain(v)], create_graph=True, allow_unused=True, materialize_grads=True)
    live = [(g, plain(u)) for g, u in zip(first, w, strict=True) if g.requires_grad]
    second = [np.zeros_like(u) for u in w]
    if live:
        gs, us = zip(*live, strict=True)
        second = grad(gs, tracked, us, allow_unused=True, materialize_grads=True)
    return [np.asarray(z) for z in (y, *first, *second)]


def theirs(torch, call, arguments, reduction, v, w, twice):
    """The same by PyTorch; without a second derivative, NaN."""
    tensors = [torch.tensor(x) for x in arguments]
    tracked = [x.requires_grad_() for x in tensors if x.is_floating_point()]
    y = call(torch.nn.functional, *tensors, torch.as_tensor, reduction)
    first = torch.autograd.grad(y, tracked, torch.tensor(v), create_graph=True, allow_unused=True)
    first = [torch.zeros_like(x) if g is None else g for g, x in zip(first, tracked, strict=True)]
    second = [torch.full_like(x, np.nan) for x in tracked]
    if twice:
        total = sum((g * torch.tensor(u)).sum() for g, u in zip(first, w, strict=True))
        second = [torch.zeros_like(x) for x in tracked]
        if total.requires_grad:
            found = torch.autograd.grad(total, tracked, allow_unused=True)
            second = [z if g is None else g for g, z in zip(found, second, strict=True)]
    return [z.detach().numpy() for z in (y, *first, *second)]


def check_against_torch(name, arguments, reduction, seed):
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(seed)
    shape = np.shape(np.asarray(ALL[name](F, *(Value(plain(x)) for x in arguments), Value, reduction)))
    v = random.uniform(-2, 2, shape)
    w = [random.uniform(-2, 2, x.shape) for x in arguments if x.dtype.kind == "f"]
    twice = name not in ONCE_ONLY
    mine = ours(ALL[name], arguments, reduction, v, w)
    wanted = theirs(torch, ALL[name], arguments, reduction, v, w, twice)
    for number, (a, b) in enumerate(zip(mine, wanted, strict=True)):
        assert a.shape == b.shape
        second = number > len(w)
        tolerance = 1e-7 if second else 1e-9  # PyTorch's second derivative of bce has a small constant in it
        same = np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True) | (second & np.isnan(b))
        assert np.all(same), f"{name} {reduction} of {arguments}, result {number}: {a}, PyTorch {b}"


@pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch's advice about kl_div
@pytest.mark.parametrize("name", ALL)
@given(data=st.data())
def test_equals_pytorch(name, data):
    kinds = [(NUMBERS, pairs(numbers)), (FRACTIONS, pairs(fractions)), (CLASSES, labelled()), (ROWS, labelled(1)),
             (PROBABILITIES, distributions())]  # fmt: skip
    strategy = next(drawn for calls, drawn in kinds if name in calls)
    check_against_torch(
        name, data.draw(strategy), data.draw(st.sampled_from(REDUCTIONS)), data.draw(st.integers(0, 99))
    )


@pytest.mark.parametrize("name", CLASSES)
def test_logits_far_out_stay_finite(name):
    logits = np.array([[1e4, -1e4, 0.0], [0.0, 0.0, 1e4], [-1e4, 3.0, -1e4], [1e4, 1e4, 1e4]])
    if name.startswith("nll"):
        logits = np.asarray(F.log_softmax(logits, dim=1))
    check_against_torch(name, [logits, np.array([0, 1, 2, 0])], "mean", seed=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_certain_answers_and_extreme_logits(dtype):
    torch = pytest.importorskip("torch")
    p, t = np.array([0.0, 1.0, 0.0, 1.0, 1e-30, 0.5], dtype), np.array([1.0, 0.0, 0.0, 1.0, 1.0, 1.0], dtype)
    x = np.array([-1e4, 1e4, 1e4, -1e4, 100.0, 0.0], dtype)
    for call, a in ((lambda F, a, b: F.binary_cross_entropy(a, b), p),
                    (lambda F, a, b: F.binary_cross_entropy_with_logits(a, b), x)):  # fmt: skip
        mine, their = Value(a), torch.tensor(a, requires_grad=True)
        loss, wanted = call(F, mine, Value(t, requires_grad=False)), call(torch.nn.functional, their, torch.tensor(t))
        loss.backward()
        wanted.backward()
        assert loss.dtype == dtype
        assert loss.item() == pytest.approx(wanted.item(), rel=1e-6)
        assert np.allclose(mine.grad, their.grad, rtol=1e-5)


def test_minus_infinity_masks_a_class():
    x = Value([[1.0, -math.inf, 2.0]])
    loss = F.cross_entropy(x, Value(np.array([0])))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(1 + math.e))
    assert np.allclose(x.grad, [[1 / (1 + math.e) - 1, 0.0, 1 - 1 / (1 + math.e)]])


@given(pairs(numbers))
def test_log_cosh(arguments):
    a, b = arguments
    x, t = Value(plain(a)), Value(plain(b))
    loss = F.log_cosh_loss(x, t, reduction="none")
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(40):
        exact = [float(mpmath.log(mpmath.cosh(mpmath.mpf(u) - v))) for u, v in zip(a.flat, b.flat, strict=True)]
    assert np.allclose(np.asarray(loss).reshape(-1), exact, rtol=1e-13, atol=0)
    loss.backward(np.ones(a.shape))
    assert np.allclose(x.grad, np.tanh(a - b))
    assert np.allclose(t.grad, np.tanh(b - a))


def test_log_cosh_keeps_small_and_large_errors():
    assert F.log_cosh_loss(Value(1e-9), 0.0).item() == pytest.approx(5e-19, rel=1e-12)
    assert F.log_cosh_loss(Value(1e4), 0.0).item() == pytest.approx(1e4 - math.log(2))


@pytest.mark.parametrize("margin", [0.0, 0.3])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_cosine_embedding_equals_pytorch(margin, reduction):
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    a, b, t = random.normal(size=(4, 3)), random.normal(size=(4, 3)), np.array([1, -1, -1, 1])
    b[1] = a[1]
    xs, us = [Value(a), Value(b)], [torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)]
    mine = nn.CosineEmbeddingLoss(margin, reduction=reduction)(*xs, Value(t))
    their = torch.nn.functional.cosine_embedding_loss(*us, torch.tensor(t), margin=margin, reduction=reduction)
    assert np.allclose(mine.detach(), their.detach())
    mine.sum().backward()
    their.sum().backward()
    for x, u in zip(xs, us, strict=True):
        assert np.allclose(x.grad, u.grad)


def test_hinge():
    x, t = Value([0.3, -2.0, 1.0, 5.0]), Value([1.0, 1.0, 1.0, -1.0])
    loss = F.hinge_loss(x, t, reduction="none")
    assert np.allclose(loss.detach(), [0.7, 3.0, 0.0, 6.0])
    loss.sum().backward()
    assert x.grad.tolist() == [-1.0, -1.0, 0.0, 1.0]
    with pytest.raises(ValueError, match=r"2 \* target - 1"):
        F.hinge_loss(x, Value([0.0, 1.0, 1.0, 0.0]))


def test_gaussian_nll_takes_one_variance_a_row():
    x, t = Value(np.ones((2, 3))), Value(np.zeros((2, 3)))
    by_row = F.gaussian_nll_loss(x, t, Value([1.0, 4.0]), reduction="none")
    assert np.allclose(by_row.detach(), [[0.5] * 3, [0.5 * (math.log(4) + 0.25)] * 3])
    with pytest.raises(ShapeError, match="variance"):
        F.gaussian_nll_loss(x, t, Value([1.0, 4.0, 1.0]))
    with pytest.raises(ValueError, match="negative"):
        F.gaussian_nll_loss(x, t, Value([-1.0, 4.0]))


@pytest.mark.parametrize(("dim", "eps"), [(0, 1e-8), (1, 1e-8), (-1, 0.5)])
def test_cosine_similarity_and_normalize_equal_pytorch(dim, eps):
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    a, b = random.normal(size=(3, 4)), random.normal(size=(3, 4))
    a[1] = 0.0
    for call in (lambda F, a, b: F.cosine_similarity(a, b, dim=dim, eps=eps),
                 lambda F, a, b: F.normalize(a, dim=dim) * b,
                 lambda F, a, b: F.normalize(a, p=1, dim=dim) * b):  # fmt: skip
        xs, us = [Value(a), Value(b)], [torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)]
        mine, their = call(F, *xs), call(torch.nn.functional, *us)
        assert np.allclose(mine.detach(), their.detach())
        mine.sum().backward()
        their.sum().backward()
        for x, u in zip(xs, us, strict=True):
            assert np.allclose(x.grad, u.grad)


# -- the lectures -----------------------------------------------------------------------------------------------------


def test_S0_2_losses_of_the_experiments():
    y, guess = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), np.array([[0.2, 0.7, 0.1], [0.4, 0.5, 0.1]])
    assert np.allclose(F.mse_loss(guess, y), np.mean((guess - y) ** 2))
    assert np.allclose(F.l1_loss(guess, y), np.mean(np.abs(guess - y)))
    assert np.allclose(F.categorical_cross_entropy(guess, y), -(math.log(0.7) + math.log(0.4)) / 2)
    assert np.allclose(F.binary_cross_entropy(guess, y), -np.mean(y * np.log(guess) + (1 - y) * np.log(1 - guess)))
    errors = np.array([0.3, -2.0, 1.0])
    delta = 1.0
    huber = np.where(np.abs(errors) <= delta, errors**2 / 2, delta * (np.abs(errors) - delta / 2))
    assert np.allclose(F.huber_loss(errors, np.zeros(3), reduction="none", delta=delta), huber)
    assert np.allclose(F.log_cosh_loss(errors, np.zeros(3), reduction="sum"), np.log(np.cosh(errors)).sum())


def test_S0_2_one_hot_targets_reach_every_gradient():
    labels = Value(np.array([2, 0]))
    logits = Value([[1.0, 2.0, 0.5], [0.0, -1.0, 1.0]])
    one_hot = F.one_hot(labels, 3)
    assert one_hot.tolist() == [[0, 0, 1], [1, 0, 0]]
    F.categorical_cross_entropy(F.softmax(logits, dim=1), one_hot.float()).backward()
    by_probabilities = np.asarray(logits.grad).copy()
    for target in (labels, one_hot.float()):
        logits.grad = None
        F.cross_entropy(logits, target).backward()
        assert np.allclose(logits.grad, by_probabilities)


def test_S3_5_losses_of_the_lecture():
    guess, y = Value([0.5, -0.25, 0.75]), Value([1.0, 0.25, 0.25], requires_grad=False)
    assert nn.MSELoss()(guess, y).item() == 0.25
    assert nn.L1Loss()(guess, y).item() == 0.5
    logits = Value([[2.0, 1.0, 0.1], [0.5, 2.5, 0.3]])
    weights = np.array([1.0, 2.0, 3.0])
    log_p = np.asarray(logits) - np.log(np.exp(np.asarray(logits)).sum(1, keepdims=True))
    loss = nn.CrossEntropyLoss(weight=weights)(logits, Value(np.array([0, 2])))
    assert loss.item() == pytest.approx((-1.0 * log_p[0, 0] - 3.0 * log_p[1, 2]) / 4.0)
    p = nn.Sigmoid()(Value([0.3, -1.0]))
    target = Value([1.0, 0.0], requires_grad=False)
    expected = -(math.log(1 / (1 + math.exp(-0.3))) + math.log(1 - 1 / (1 + math.e))) / 2
    assert nn.BCELoss()(p, target).item() == pytest.approx(expected)
    assert nn.BCEWithLogitsLoss()(Value([0.3, -1.0]), target).item() == pytest.approx(expected)


# -- mistakes ---------------------------------------------------------------------------------------------------------

ELEMENTWISE = [
    F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss, F.log_cosh_loss, F.binary_cross_entropy, F.kl_div,
    F.binary_cross_entropy_with_logits, F.poisson_nll_loss, F.hinge_loss, F.categorical_cross_entropy,
]  # fmt: skip


@pytest.mark.parametrize("loss", ELEMENTWISE, ids=lambda loss: loss.__name__)
def test_shapes_that_would_only_broadcast_are_refused(loss):
    with pytest.raises(ShapeError, match=r"\(5, 1\).*\(5,\).*reshape"):
        loss(Value(np.full((5, 1), 0.5)), Value(np.ones(5)))
    with pytest.raises(ShapeError, match=r"\(5,\).*\(5, 1\).*reshape"):
        loss(Value(np.full(5, 0.5)), Value(np.ones((5, 1))))
    with pytest.raises(ShapeError, match="same shape"):
        loss(Value(np.full((4, 3), 0.5)), Value(np.ones(3)))


def test_class_targets_that_do_not_fit():
    logits = Value(np.zeros((2, 3)))
    with pytest.raises(ShapeError, match=r"reshape\(\(2,\)\)"):
        F.cross_entropy(logits, Value(np.array([[0], [1]])))
    with pytest.raises(ShapeError, match=r"target\.float\(\)"):
        F.cross_entropy(logits, Value(np.eye(3, dtype=int)[:2]))
    with pytest.raises(ShapeError, match="shape of the logits"):
        F.cross_entropy(logits, Value(np.ones((2, 4))))
    with pytest.raises(DtypeError, match=r"target\.long\(\)"):
        F.cross_entropy(logits, Value([0.0, 1.0]))
    with pytest.raises(IndexError, match="target 3 is no class; there are 3"):
        F.cross_entropy(logits, Value(np.array([0, 3])))
    with pytest.raises(IndexError, match="-1"):
        F.nll_loss(logits, Value(np.array([0, -1])))
    with pytest.raises(ShapeError, match="weight"):
        F.cross_entropy(logits, Value(np.array([0, 1])), weight=np.ones(2))
    with pytest.raises(ValueError, match="label_smoothing"):
        F.cross_entropy(logits, Value(np.array([0, 1])), label_smoothing=2.0)


def test_numbers_that_are_no_probabilities():
    with pytest.raises(ValueError, match="with_logits"):
        F.binary_cross_entropy(Value([1.5]), Value([1.0]))
    with pytest.raises(ValueError, match="cross_entropy"):
        F.categorical_cross_entropy(Value([[1.5, 0.2]]), Value([[1.0, 0.0]]))
    with pytest.raises(ValueError, match="reduction"):
        F.mse_loss(Value([1.0]), Value([1.0]), reduction="average")
    with pytest.raises(ValueError, match="reduction"):
        nn.MSELoss(reduction="average")


def test_ignoring_everything_gives_nan_as_in_pytorch():
    loss = F.cross_entropy(Value(np.zeros((2, 3))), Value(np.array([-100, -100])))
    assert math.isnan(loss.item())


def test_nan_is_passed_on():
    lost = Value([math.nan, 0.5])
    for loss in ELEMENTWISE:
        assert math.isnan(loss(lost, Value([1.0, 1.0])).item()), loss.__name__


# -- modules ----------------------------------------------------------------------------------------------------------

MODULES = [
    (nn.MSELoss(), "mse"), (nn.L1Loss(), "l1"),
    (nn.SmoothL1Loss(beta=0.5), "smooth_l1 0.5"),
    (nn.HuberLoss(delta=2.0), "huber 2"), (nn.BCEWithLogitsLoss(pos_weight=3.0), "bce logits pos"),
    (nn.KLDivLoss(), "kl"), (nn.BCELoss(weight=0.7), "bce weight"),
    (nn.CrossEntropyLoss(W3, ignore_index=1, label_smoothing=0.2), "cross_entropy all"),
    (nn.NLLLoss(W3, ignore_index=2), "nll weight"), (nn.MultiMarginLoss(2, 0.5, W3), "multi_margin 2"),
    (nn.CrossEntropyLoss(W3, label_smoothing=0.25), "cross_entropy p weight"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "name"), MODULES, ids=[name for _, name in MODULES])
def test_modules_are_their_functions(module, name):
    random = np.random.default_rng(0)
    x = random.uniform(0.1, 0.9, (4, 3))
    t = np.array([0, 1, 2, 2]) if name in CLASSES | ROWS else random.uniform(0.1, 0.9, (4, 3))
    expected = ALL[name](F, Value(x), Value(t), lambda w: Value(w, requires_grad=False), module.reduction)
    assert module(Value(x), Value(t)).item() == pytest.approx(expected.item(), rel=1e-6)


def test_other_modules():
    x, t = Value([[0.2, 0.8]]), Value([[0.0, 1.0]])
    assert nn.CategoricalCrossEntropyLoss()(x, t).item() == pytest.approx(-math.log(0.8))
    assert nn.LogCoshLoss()(x, t).item() == pytest.approx(math.log(math.cosh(0.2)))
    assert nn.HingeLoss()(x, Value([[1.0, -1.0]])).item() == pytest.approx((0.8 + 1.8) / 2)
    assert nn.PoissonNLLLoss()(x, t).item() == pytest.approx((math.exp(0.2) + math.exp(0.8) - 0.8) / 2)
    assert nn.GaussianNLLLoss()(x, t, Value(np.ones((1, 2)))).item() == pytest.approx(0.5 * 0.04)
    assert list(nn.CrossEntropyLoss(W3).state_dict()) == ["weight"]
