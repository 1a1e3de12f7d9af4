"""Activations: PyTorch's values and derivatives on and off the kinks, the figures of the lectures, large numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import nn
import nn.functional as F
from autograd import TABLE, Value, grad, manual_seed
from autograd.arrays import plain
from autograd.errors import GradientError, ShapeError

# How each activation is called, in ours and in PyTorch's nn.functional alike: a new one is a line here.
CALLS = {
    "sigmoid": lambda F, x: F.sigmoid(x),
    "tanh": lambda F, x: F.tanh(x),
    "relu": lambda F, x: F.relu(x),
    "leaky_relu": lambda F, x: F.leaky_relu(x),
    "leaky_relu 0.3": lambda F, x: F.leaky_relu(x, 0.3),
    "rrelu": lambda F, x: F.rrelu(x, 0.1, 0.4),
    "elu": lambda F, x: F.elu(x),
    "elu 0.7": lambda F, x: F.elu(x, alpha=0.7),
    "selu": lambda F, x: F.selu(x),
    "celu": lambda F, x: F.celu(x),
    "celu 2": lambda F, x: F.celu(x, 2.0),
    "gelu": lambda F, x: F.gelu(x),
    "gelu tanh": lambda F, x: F.gelu(x, approximate="tanh"),
    "silu": lambda F, x: F.silu(x),
    "mish": lambda F, x: F.mish(x),
    "softplus": lambda F, x: F.softplus(x),
    "softplus 2 5": lambda F, x: F.softplus(x, beta=2.0, threshold=5.0),
    "softsign": lambda F, x: F.softsign(x),
    "hardtanh": lambda F, x: F.hardtanh(x),
    "hardtanh -3 0.5": lambda F, x: F.hardtanh(x, -3.0, 0.5),
    "relu6": lambda F, x: F.relu6(x),
    "hardsigmoid": lambda F, x: F.hardsigmoid(x),
    "hardswish": lambda F, x: F.hardswish(x),
    "logsigmoid": lambda F, x: F.logsigmoid(x),
    "tanhshrink": lambda F, x: F.tanhshrink(x),
    "softshrink": lambda F, x: F.softshrink(x),
    "softshrink 1": lambda F, x: F.softshrink(x, lambd=1.0),
    "hardshrink": lambda F, x: F.hardshrink(x),
    "threshold": lambda F, x: F.threshold(x, 0.5, 20.0),
}
ALONG = {
    "softmax": lambda F, x: F.softmax(x, dim=-1),
    "log_softmax": lambda F, x: F.log_softmax(x, dim=0),
    "softmin": lambda F, x: F.softmin(x, dim=-1),
    "glu": lambda F, x: F.glu(x, dim=-1),
}
POINTS = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 6.0, 2.5, 20.0, 30.0, -30.0, 1e4, -1e4, 1e-3, -1e-3]
# Where softplus turns into a straight line: ours has the left second derivative there, PyTorch the right one.
BENDS = {"softplus": 20.0, "softplus 2 5": 2.5}
DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def inputs(dtype, min_dims=0):
    """Arrays of any small shape with kinks, zeros and large numbers among ordinary ones."""
    ordinary = st.floats(-8, 8, width=32).filter(lambda x: x == 0 or abs(x) > 1e-3)
    shapes = arrays.array_shapes(min_dims=min_dims, max_dims=3, min_side=0 if min_dims == 0 else 1, max_side=4)
    return arrays.arrays(dtype, shapes, elements=st.one_of(st.sampled_from(POINTS), ordinary).map(dtype))


def ours(call, x, v, w):
    """Value, gradient of <v, value>, and gradient of <w, that gradient>."""
    x = Value(plain(x))
    y = call(F, x)
    (first,) = grad(y, x, plain(v), create_graph=True, allow_unused=True, materialize_grads=True)
    if not first.requires_grad:
        return [np.asarray(y), np.asarray(first), np.zeros_like(w)]
    (second,) = grad(first, x, plain(w), allow_unused=True, materialize_grads=True)
    return [np.asarray(z) for z in (y, first, second)]


def theirs(torch, call, x, v, w):
    """The same by PyTorch."""
    x = torch.tensor(x, requires_grad=True)
    y = call(torch.nn.functional, x)
    (first,) = torch.autograd.grad(y, x, torch.tensor(v), create_graph=True)
    if not first.requires_grad:
        return [z.detach().numpy() for z in (y, first, torch.zeros_like(x))]
    try:
        (second,) = torch.autograd.grad(first, x, torch.tensor(w), allow_unused=True)
    except RuntimeError:  # PyTorch has no second derivative of hardsigmoid
        second = torch.full_like(x, np.nan)
    second = torch.zeros_like(x) if second is None else second
    return [z.detach().numpy() for z in (y, first, second)]


def check_against_torch(name, x, seed):
    call = (CALLS | ALONG)[name]
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(seed)
    shape = np.shape(np.asarray(call(F, Value(plain(x)))))
    v, w = random.uniform(-2, 2, shape).astype(x.dtype), random.uniform(-2, 2, x.shape).astype(x.dtype)
    exact = x.dtype == np.float64 and name != "hardsigmoid"  # whose slope 1/6 PyTorch rounds to float32
    tolerance = 1e-11 if exact else 2e-5
    mine, wanted = ours(call, x, v, w), theirs(torch, call, x, v, w)
    for what, a, b in zip(("value", "gradient", "second derivative"), mine, wanted, strict=True):
        assert a.shape == b.shape, f"{what} has shape {a.shape}, PyTorch's {b.shape}"
        assert a.dtype == b.dtype or a.shape == (), f"{what} in {a.dtype}"
        same = np.isclose(a, b, rtol=tolerance, atol=tolerance)
        if what == "second derivative":
            same |= np.isnan(b) & np.isfinite(a) | (x == BENDS.get(name, np.nan))
        assert np.all(same), f"{what} at {x!r}: {a}, PyTorch {b}"


@DTYPES
@pytest.mark.parametrize("name", CALLS)
def test_equals_pytorch_on_every_point(name, dtype):
    check_against_torch(name, np.array(POINTS, dtype), seed=0)
    check_against_torch(name, np.zeros((0, 3), dtype), seed=0)


@DTYPES
@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
def test_equals_pytorch(name, dtype, data):
    check_against_torch(name, data.draw(inputs(dtype)), data.draw(st.integers(0, 99)))


@DTYPES
@pytest.mark.parametrize("name", ALONG)
@given(data=st.data())
def test_equals_pytorch_along_an_axis(name, dtype, data):
    x = data.draw(inputs(dtype, min_dims=1))
    x = np.concatenate([x, x], axis=-1) if name == "glu" else x
    check_against_torch(name, x, data.draw(st.integers(0, 99)))


@given(data=st.data(), dtype=st.sampled_from([np.float64, np.float32]))
def test_prelu_equals_pytorch(data, dtype):
    torch = pytest.importorskip("torch")
    x = data.draw(inputs(dtype, min_dims=1))
    weight = data.draw(st.sampled_from([1, x.shape[1] if x.ndim > 1 else 1]))
    weight = np.linspace(-0.5, 0.75, weight).astype(dtype)
    a, w = Value(x), Value(weight)
    F.prelu(a, w).sum().backward()
    b, u = torch.tensor(x, requires_grad=True), torch.tensor(weight, requires_grad=True)
    torch.nn.functional.prelu(b, u).sum().backward()
    assert np.allclose(a.grad, b.grad, rtol=1e-5)
    assert np.allclose(w.grad, u.grad, rtol=1e-5)


@pytest.mark.parametrize("name", F.ACTIVATIONS)
def test_is_a_row_with_everything_that_a_reader_wants(name):
    op = F.ACTIVATIONS[name]
    assert TABLE[op.name] is op
    assert op.text
    assert op.latex
    assert len(op.slopes) == len(op.derivatives) == len(op.inputs)


@DTYPES
@pytest.mark.parametrize("name", [*CALLS, *ALONG])
def test_is_stable_far_out_and_passes_nan_on(name, dtype):
    call = (CALLS | ALONG)[name]
    far = np.array([-1e4, -100.0, 0.0, 100.0, 1e4, 1.0], dtype)
    x = Value(far)
    y = call(F, x)
    y.backward(np.ones(y.shape))
    assert np.all(np.isfinite(np.asarray(y)))
    assert np.all(np.isfinite(np.asarray(x.grad)))
    assert y.dtype == x.grad.dtype == dtype
    lost = np.isnan(np.asarray(call(F, Value(np.array([np.nan, 1.0], dtype)))))
    assert lost.any()


@pytest.mark.parametrize("name", CALLS)
def test_a_float_gives_what_an_array_gives(name):
    for number in POINTS:
        alone, inside = Value(number), Value(np.array([number]))
        y, z = CALLS[name](F, alone), CALLS[name](F, inside)
        y.backward()
        z.backward(np.ones(1))
        assert y.item() == pytest.approx(np.asarray(z)[0], rel=1e-14, abs=1e-300)
        assert alone.grad.item() == pytest.approx(np.asarray(inside.grad)[0], rel=1e-13, abs=1e-300)


# -- the lectures -----------------------------------------------------------------------------------------------------


def test_S0_1_activations_of_the_experiment():
    x = np.array([-2.0, -0.5, 0.0, 1.5])
    rows = {
        "relu": np.maximum(x, 0),
        "leaky_relu": np.where(x > 0, x, 0.01 * x),
        "sigmoid": 1 / (1 + np.exp(-x)),
        "tanh": np.tanh(x),
        "softplus": np.log(1 + np.exp(x)),
        "elu": np.where(x > 0, x, np.exp(x) - 1),
    }
    for name, expected in rows.items():
        assert np.allclose(F.ACTIVATIONS[name](x), expected, rtol=1e-14), name
    assert np.allclose(F.elu(x, alpha=0.3), np.where(x > 0, x, 0.3 * (np.exp(x) - 1)))
    assert np.allclose(F.softmax(x, dim=0), np.exp(x) / np.exp(x).sum())


def test_S2_1_the_threshold_function_learns_nothing():
    b = 0.7
    x = Value([-1.0, 0.69, b, 5.0])
    y = F.step(x, threshold=b)
    assert y.tolist() == [0.0, 0.0, 1.0, 1.0]
    y.sum().backward()
    assert x.grad.tolist() == [0.0] * 4
    assert "jumps" in str(F.step.kinks[0].slope)
    neuron = nn.Sequential(nn.Linear(2, 1), nn.Step())
    F.mse_loss(neuron(Value([[1.0, 2.0]])), Value([[3.0]])).backward()
    assert not neuron[0].weight.grad.data.any()


S2_2 = [
    (F.sigmoid, [-4.1746, 3.2210, -2.6507, -6.7530, 2.0411], [0.0151, 0.9616, 0.0659, 0.0012, 0.8850]),
    (F.tanh, [11.1529, 4.3029, 0.5081, -3.8456, -1.9058], [1.0000, 0.9996, 0.4685, -0.9991, -0.9567]),
    (nn.LeakyReLU(0.01), [-0.2762, -0.8034, 0.4943, -1.2415, 0.3380], [-0.0028, -0.0080, 0.4943, -0.0124, 0.3380]),
    (F.relu, [0.1650, -0.1988, 0.6777, 0.0415, 0.1600], [0.1650, 0, 0.6777, 0.0415, 0.1600]),
    (nn.GELU(), [2.5845, -2.3937, 2.7921, 5.3007, 7.7047], [2.5719, -0.0200, 2.7847, 5.3007, 7.7047]),
]


@pytest.mark.parametrize(("activation", "x", "printed"), S2_2)
def test_S2_2_values_to_the_four_printed_digits(activation, x, printed):
    slack = 1.5e-4 if isinstance(activation, nn.GELU) else 1e-4  # the printed inputs are rounded too
    assert np.allclose(np.asarray(activation(Value(x))), printed, atol=slack, rtol=0)


def test_S2_3_gelu_three_ways():
    mpmath = pytest.importorskip("mpmath")
    x = np.linspace(-6, 6, 25)
    exact = [float(t * mpmath.ncdf(t)) for t in x]
    by_tanh = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    assert np.allclose(F.gelu(x), exact, rtol=1e-13, atol=0)
    assert np.allclose(F.gelu(x, "tanh"), by_tanh, rtol=1e-9, atol=1e-15)
    assert np.allclose(F.gelu(x, "sigmoid"), x / (1 + np.exp(-1.702 * x)), rtol=1e-13)
    assert np.max(np.abs(F.gelu(x, "tanh") - exact)) < 5e-4
    assert 5e-3 < np.max(np.abs(F.gelu(x, "sigmoid") - exact)) < 0.03


@pytest.mark.parametrize("name", [name for name, op in F.ACTIVATIONS.items() if len(op.inputs) == 1 and op.pointwise])
def test_S2_4_function_beside_its_derivative(name):
    """What the gallery draws: the derivative is that of the curve beside it, wherever the curve has one."""
    op, parameters = F.ACTIVATIONS[name], {"threshold": 0.5, "value": 0.5} if name == "threshold" else {}
    x = np.arange(-7, 7, 0.25) + 0.03
    y = op.forward(x, **parameters)
    slope = op.rules[0](np.ones_like(x), y, x, **parameters)
    by_differences = (op.forward(x + 1e-6, **parameters) - op.forward(x - 1e-6, **parameters)) / 2e-6
    assert np.allclose(slope, by_differences, atol=1e-7)


def test_S2_5_derivatives_in_terms_of_the_function():
    x = np.linspace(-5, 5, 21)
    s, t = F.sigmoid.forward(x), F.tanh.forward(x)
    assert np.allclose(F.sigmoid.rules[0](1.0, s, x), s * (1 - s), rtol=1e-15)
    assert np.allclose(F.tanh.rules[0](1.0, t, x), 1 - t * t, rtol=1e-15)
    assert "y" in F.sigmoid.slopes[0]
    assert "y" in F.tanh.slopes[0]


def test_S3_6_activations_with_learned_and_random_slopes():
    x = Value([-2.0, -1.0, 0.5])
    learned = nn.PReLU()
    learned(x).sum().backward()
    assert learned.weight.grad.item() == -3.0  # the sum of the negative inputs
    assert np.allclose(x.grad, [0.25, 0.25, 1.0])
    manual_seed(3)
    leaky = nn.RReLU()
    slopes = np.asarray(leaky(Value(-np.ones(1000)))) * -1
    assert 1 / 8 <= slopes.min() < 0.13 < 0.32 < slopes.max() <= 1 / 3
    assert np.allclose(slopes.mean(), (1 / 8 + 1 / 3) / 2, atol=0.01)
    manual_seed(3)
    assert np.array_equal(np.asarray(leaky(Value(-np.ones(1000)))) * -1, slopes)
    assert np.allclose(np.asarray(leaky.eval()(x)), [-2 * 11 / 48, -11 / 48, 0.5])


def test_S4_1_rules_by_hand_are_the_layers_of_the_lecture():
    x, g = np.array([[-2.0, 0.0, 0.7], [3.0, -0.1, 1e4]]), np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -3.0]])
    a = 0.01
    lecture = {
        "sigmoid": lambda y: g * y * (1 - y),
        "tanh": lambda y: g * (1 - y * y),
        "relu": lambda y: g * (x > 0),
        "leaky_relu": lambda y: g * ((x > 0) + a * (x <= 0)),
    }
    for name, formula in lecture.items():
        op = F.ACTIVATIONS[name]
        y = op.forward(x)
        assert np.allclose(op.rules[0](g, y, x), formula(y), rtol=1e-15), name
    op = F.ACTIVATIONS["softmax"]
    p = op.forward(x, dim=1)
    assert np.allclose(op.rules[0](g, p, x, dim=1), p * (g - (g * p).sum(1, keepdims=True)), rtol=1e-14)
    assert F.relu.rules[0](1.0, 0.0, 0.0) == 0.0


@pytest.mark.parametrize("name", sorted(set(F.ACTIVATIONS) - {"softmax", "log_softmax", "softmin", "threshold"}))
def test_S4_1_every_row_by_hand(name):
    """forward and rules on plain arrays are what a backward pass does."""
    op = F.ACTIVATIONS[name]
    xs = [np.array([-4.0, -0.3, 0.0, 0.8, 5.0]), np.array([0.3, 0.25, -0.5, 2.0, 1.0])][: len(op.inputs)]
    g = np.array([1.0, -2.0, 0.5, 3.0, -1.0])
    values = [Value(x) for x in xs]
    y = op(*values)
    found = grad(y, values, g)
    assert np.array_equal(op.forward(*xs), y.data)
    for rule, gradient in zip(op.rules, found, strict=True):
        assert np.array_equal(rule(g, op.forward(*xs), *xs), gradient.data)


# -- arguments and modules --------------------------------------------------------------------------------------------

MODULES = [
    (nn.ReLU(), "relu"), (nn.LeakyReLU(0.3), "leaky_relu 0.3"), (nn.ReLU6(), "relu6"), (nn.ELU(0.7), "elu 0.7"),
    (nn.SELU(), "selu"), (nn.CELU(2.0), "celu 2"), (nn.GELU(), "gelu"), (nn.GELU("tanh"), "gelu tanh"),
    (nn.SiLU(), "silu"), (nn.Mish(), "mish"), (nn.Softplus(2.0, 5.0), "softplus 2 5"), (nn.Softsign(), "softsign"),
    (nn.Hardtanh(-3.0, 0.5), "hardtanh -3 0.5"), (nn.Hardsigmoid(), "hardsigmoid"), (nn.Hardswish(), "hardswish"),
    (nn.LogSigmoid(), "logsigmoid"), (nn.Tanhshrink(), "tanhshrink"), (nn.Softshrink(1.0), "softshrink 1"),
    (nn.Hardshrink(), "hardshrink"), (nn.Threshold(0.5, 20.0), "threshold"), (nn.Sigmoid(), "sigmoid"),
    (nn.Tanh(), "tanh"), (nn.RReLU(0.1, 0.4).eval(), "rrelu"), (nn.Softmax(dim=-1), "softmax"),
    (nn.LogSoftmax(dim=0), "log_softmax"), (nn.Softmin(dim=-1), "softmin"), (nn.GLU(), "glu"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "name"), MODULES, ids=[repr(m) for m, _ in MODULES])
def test_modules_are_their_functions(module, name):
    x = np.array([-4.0, -0.3, 0.0, 0.8])
    assert np.array_equal(np.asarray(module(Value(x))), np.asarray((CALLS | ALONG)[name](F, Value(x))))
    torch = pytest.importorskip("torch")
    assert type(module).__name__ in dir(torch.nn)


@pytest.mark.parametrize("name", ["relu", "elu 0.7", "leaky_relu 0.3", "hardtanh", "selu", "silu", "mish", "relu6"])
def test_inplace_overwrites_the_input(name):
    call = CALLS[name]
    x = Value([-2.0, 0.0, 1.5])
    h = x * 2.0

    class InPlace:
        """nn.functional with inplace=True everywhere."""

        def __getattr__(self, function):
            return lambda *a, **k: getattr(F, function)(*a, inplace=True, **k)

    y = call(InPlace(), h)
    assert y is h
    expected = Value([-2.0, 0.0, 1.5])
    z = call(F, expected * 2.0)
    assert np.array_equal(np.asarray(h.detach()), np.asarray(z.detach()))
    y.sum().backward()
    z.sum().backward()
    assert np.array_equal(np.asarray(x.grad), np.asarray(expected.grad))
    with pytest.raises(GradientError, match="leaf"):
        call(InPlace(), x)


def test_arguments_by_name_and_by_place():
    x = Value([-1.0, 2.0])
    assert F.leaky_relu(x, 0.5, False).tolist() == F.leaky_relu(input=x, negative_slope=0.5).tolist() == [-0.5, 2.0]
    assert F.relu(x.detach(), True).tolist() == [0.0, 2.0]
    with pytest.raises(TypeError, match="slop"):
        F.leaky_relu(x, slop=0.5)
    with pytest.raises(TypeError):
        nn.LeakyReLU(slope=0.5)


def test_mistakes_are_named():
    x = Value([[1.0, 2.0, 3.0]])
    with pytest.raises(ShapeError, match="halves"):
        F.glu(x)
    with pytest.raises(ShapeError, match="channels"):
        F.prelu(x, Value([0.1, 0.2]))
    with pytest.raises(ValueError, match="approximate"):
        F.gelu(x, approximate="erf")
    with pytest.raises(ValueError, match="lower"):
        F.rrelu(x, 0.5, 0.1)
    with pytest.raises(ValueError, match="lambd"):
        nn.Softshrink(-1)
    with pytest.warns(UserWarning, match="dim=1"):
        F.softmax(x)


@DTYPES
@pytest.mark.parametrize("name", ["tanhshrink", "gelu", "gelu_tanh", "gelu_sigmoid", "mish", "silu", "softsign", "elu"])
def test_minus_nought_stays(name, dtype):
    """By a kernel, by NumPy and as a Python float."""
    row, noughts = TABLE[name], np.array([-0.0, 0.0] * 200, dtype)
    for y in (row(noughts), row(noughts[:2]), [row(-0.0), row(0.0)]):
        assert np.signbit(y).tolist() == [True, False] * (len(y) // 2)


@DTYPES
def test_slopes_of_celu_far_left(dtype):
    """A quotient that was rounded would be many units of the power."""
    x = -np.linspace(1.0, 50.0 if dtype == np.float32 else 400.0, 400).astype(dtype)
    exact = np.exp(x.astype(np.longdouble) / np.longdouble(dtype(0.6)))
    for numbers in (x, x[:5]):
        value = Value(numbers)
        F.celu(value, 0.6).sum().backward()
        units = np.abs(value.grad.data - exact[: numbers.size]) / np.spacing(exact[: numbers.size].astype(dtype))
        assert units.max() <= 2.5
