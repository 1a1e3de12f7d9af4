"""autograd.compile: programs do what the functions do, for every row and for random graphs, or say why they cannot."""

import math
import threading
import warnings

import cases
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import TABLE, Value
from autograd.errors import CompileError, FreedGraphError
from autograd.testing.strategies import VOCABULARY, programs

ROWS = dict(TABLE)
REFUSED = {"nonzero"}  # its shape depends on numbers
DIFFERENTIABLE = sorted(name for name, op in ROWS.items() if op.differentiable and name not in REFUSED)
CONSTANT = sorted(name for name, op in ROWS.items() if not op.differentiable and name not in REFUSED)
SHAPELESS = ("add", "sub", "mul", "div", "maximum", "minimum", "tanh", "sigmoid", "exp", "sin", "relu", "square", "neg")


def weights(value):
    """An upstream gradient without zeros or pattern."""
    waves = np.cos(1.0 + np.arange(value.numel())).reshape(value.shape).astype(value.dtype)
    return Value(waves, requires_grad=False)


def same(a, b, tolerance):
    a, b = (np.asarray(x.data if isinstance(x, Value) else x, np.float64) for x in (a, b))
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def agree(function, numbers, tolerance=1e-10):
    """Compiled and eager: results of the same form and numbers, and the same gradients."""
    eager_inputs, inputs = ([Value(x) for x in numbers] for _ in range(2))
    eager, result = function(*eager_inputs), autograd.compile(function)(*inputs)
    assert (result.shape, result.dtype, result.requires_grad) == (eager.shape, eager.dtype, eager.requires_grad)
    assert isinstance(result.data, float) == isinstance(eager.data, float)
    same(result, eager, tolerance)
    if eager.requires_grad:
        eager.backward(weights(eager))
        result.backward(weights(result))
        for x, eager_x in zip(inputs, eager_inputs, strict=True):
            assert (x.grad is None) == (eager_x.grad is None) or not np.any(eager_x.grad.data)
            if x.grad is not None and eager_x.grad is not None:
                assert (x.grad.shape, x.grad.dtype) == (eager_x.grad.shape, eager_x.grad.dtype)
                same(x.grad, eager_x.grad, 10 * tolerance)


# -- rows --------------------------------------------------------------------------------------------------------------


def some_cases(op):
    """One case for each example of a row, and a few with zeros and ties."""
    seen = {}
    for case in cases.every_case(op):
        seen.setdefault((*map(np.shape, case.operands), repr(case.parameters)), []).append(case)
    firsts = [found[0] for found in seen.values()]
    return firsts + [case for found in seen.values() for case in found[1:2]][:3]


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_every_row(name):
    for number, case in enumerate(some_cases(ROWS[name])):
        agree(lambda *drawn, case=case: case.run(drawn), case.drawn)
        if number < 2 and name != "to":
            agree(lambda *drawn, case=case: case.run(drawn), [np.asarray(x, np.float32) for x in case.drawn], 1e-3)


@pytest.mark.parametrize("name", CONSTANT)
def test_every_row_without_derivative(name):
    kind = bool if name.startswith("bitwise") else float
    for shapes, parameters in cases.examples_of(ROWS[name]):
        numbers = [np.cos(np.arange(math.prod(np.shape(np.zeros(s))))).reshape(s).astype(kind) for s in shapes]
        function = lambda *xs, parameters=parameters: ROWS[name](*xs, **parameters)
        try:
            result = autograd.compile(function)(*numbers)
        except CompileError as error:
            if not any(reason in str(error) for reason in ("no instruction", "numbers of a Value")):
                raise
            return
        expected = function(*numbers)
        assert np.array_equal(result.data, expected)
        assert result.dtype == np.asarray(expected).dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extremes(dtype):
    """Infinities, NaN, signed zeros and subnormal numbers come out as NumPy's, by every elementwise instruction."""
    with np.errstate(all="ignore"):
        points = np.array(cases.EXTREMES).astype(dtype)
    for name, op in ROWS.items():
        if name in REFUSED or op.shape != "()->()" or op.parameters or name == "bitwise_not":
            continue
        compiled = autograd.compile(lambda x, op=op: op(x))
        with np.errstate(all="ignore"):
            expected = op(points)
            got = compiled(points).data
        limit = 1e-12 if dtype is np.float64 else 1e-5
        np.testing.assert_allclose(got, expected, rtol=limit, atol=1e-30, err_msg=name)


# -- random graphs -----------------------------------------------------------------------------------------------------

FUNCTIONS = {name: TABLE[name] for name in VOCABULARY}


@settings(max_examples=2 * settings.default.max_examples)
@given(program=programs())
def test_random_programs(program):
    agree(lambda *inputs: program.run(FUNCTIONS, inputs)[-1], program.inputs)


@st.composite
def scalar_programs(draw):
    """Operations on numbers made before: (name, places of the operands)."""
    steps = []
    for made in range(2, draw(st.integers(3, 40))):
        name = draw(st.sampled_from(SHAPELESS))
        places = [draw(st.integers(0, made - 1)) for _ in ROWS[name].inputs]
        steps.append((name, places))
    return steps


@settings(max_examples=2 * settings.default.max_examples)
@given(steps=scalar_programs(), x=st.floats(-1, 1), y=st.floats(-1, 1))
def test_random_scalar_graphs(steps, x, y):
    def function(*numbers):
        numbers = list(numbers)
        for name, places in steps:
            numbers.append(ROWS[name](*(numbers[place] for place in places)))
        return numbers[-1] * 0.5 + numbers[len(numbers) // 2]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        agree(function, [x, y], 1e-9)


def test_long_chains_and_wide_fans():
    def chain(x, c):
        for _ in range(3000):
            x = (x * c + 0.25).tanh() if _ % 3 == 0 else x * c
        return x

    def fan(x, c):
        return sum((x * k + c for k in range(1000)), x * 0.0)

    for function in (chain, fan):
        agree(function, [0.3, 0.99])


# -- calls -------------------------------------------------------------------------------------------------------------


def test_a_program_for_each_kind_of_call():
    compiled = autograd.compile(lambda x, k=2: x * k)
    x = Value([1.0, 2.0])
    assert compiled(x).tolist() == [2.0, 4.0]
    assert compiled(x, 3).tolist() == [3.0, 6.0]
    assert compiled(x, k=3).tolist() == [3.0, 6.0]
    assert compiled(Value([[1.0]])).tolist() == [[2.0]]
    assert compiled(Value(np.float32([1.0]))).dtype == np.float32
    assert not compiled(Value([1.0, 2.0], requires_grad=False)).requires_grad
    with autograd.no_grad():
        assert not compiled(x).requires_grad
    known = len(compiled.programs)
    assert compiled(Value([5.0, 6.0])).tolist() == [10.0, 12.0]
    assert len(compiled.programs) == known == 7


def test_results_in_any_structure():
    @autograd.compile
    def function(x, y):
        return {"sum": x + y, "parts": (x * y, 7, x.detach() * 2), "same": y}

    x, y = Value([1.0, 2.0]), Value(3.0)
    result = function(x, y)
    assert result["sum"].tolist() == [4.0, 5.0]
    assert result["parts"][0].tolist() == [3.0, 6.0]
    assert result["parts"][1] == 7
    assert result["parts"][2].tolist() == [2.0, 4.0]
    assert not result["parts"][2].requires_grad
    (result["sum"].sum() * 10.0 + result["parts"][0].sum() + result["same"]).backward()
    assert x.grad.tolist() == [13.0, 13.0]
    assert y.grad.item() == 24.0


def test_calls_do_not_disturb_each_other():
    compiled = autograd.compile(lambda x: (x * x).exp())
    x, y = Value([0.1, 0.2]), Value([0.3, 0.4])
    first, second = compiled(x), compiled(y)
    second.sum().backward()
    first.sum().backward(retain_graph=True)
    first.sum().backward()
    expected = 2 * x.data * np.exp(x.data**2)
    np.testing.assert_allclose(x.grad.data, 2 * expected)
    np.testing.assert_allclose(y.grad.data, 2 * y.data * np.exp(y.data**2))
    with pytest.raises(FreedGraphError):
        first.sum().backward()


def test_higher_derivatives_go_through_the_function():
    compiled = autograd.compile(lambda x: x**3 * 2.0)
    x = Value(1.5)
    (first,) = autograd.grad(compiled(x), [x], create_graph=True)
    (second,) = autograd.grad(first, [x], create_graph=True)
    (third,) = autograd.grad(second, [x])
    assert [first.item(), second.item(), third.item()] == [13.5, 18.0, 12.0]


def test_a_gradient_inside_a_compiled_function():
    """A gradient penalty: the graph that is recorded contains a backward pass."""

    def penalty(x, w):
        y = (x @ w).tanh().sum()
        (slope,) = autograd.grad(y, [x], create_graph=True)
        return (slope * slope).sum() + y

    rng = np.random.default_rng(0)
    agree(penalty, [rng.normal(size=(3, 2)), rng.normal(size=(2, 4))])


def test_parameters_from_outside_are_read_at_each_call():
    w, b = Value([1.0, 2.0]), Value(0.5)
    compiled = autograd.compile(lambda x: (x * w).sum() + b)
    x = Value([3.0, 4.0], requires_grad=False)
    assert compiled(x).item() == 11.5
    w.data = np.array([2.0, 2.0])
    b.data = 1.0
    result = compiled(x)
    assert result.item() == 15.0
    result.backward()
    assert w.grad.tolist() == [3.0, 4.0]
    assert b.grad.item() == 1.0
    w.data[0] = 0.0  # also without the knowledge of the engine
    assert compiled(x).item() == 9.0
    assert len(compiled.programs) == 1
    w.data = np.array([1.0])
    assert compiled(x).item() == 8.0


def test_parameters_that_are_results_pass_gradients_on():
    a = Value([1.0, 2.0])
    w = a * 2.0
    compiled = autograd.compile(lambda x: (x * w).sum())
    compiled(Value([1.0, 1.0])).backward()
    assert a.grad.tolist() == [2.0, 2.0]


DETACHED = {
    "an argument": lambda x, w: (x.detach() * x).sum(),
    "a result": lambda x, w: ((x * x).detach() * x + x * x).sum(),
    "a parameter": lambda x, w: (w.detach() * x * w).sum(),
    "part of a parameter": lambda x, w: (w.detach()[1:] * x[:1] * w[0]).sum(),
    "a choice": lambda x, w: autograd.where(x > 1.5, x.detach(), x).sum() * w.sum(),
}


@pytest.mark.parametrize("name", DETACHED)
def test_no_gradient_passes_what_is_detached(name):
    w, function = Value([2.0, 3.0]), DETACHED[name]
    compiled = autograd.compile(lambda x: function(x, w))
    for numbers in ([2.0, 3.0], [-1.0, 5.0]):
        w.data = np.array(numbers)
        x, eager_x, eager_w = Value([1.0, 2.0]), Value([1.0, 2.0]), Value(numbers)
        result, eager = compiled(x), function(eager_x, eager_w)
        assert result.item() == eager.item()
        w.grad = None
        result.backward()
        eager.backward()
        assert x.grad.tolist() == eager_x.grad.tolist()
        assert (w.grad is None) == (eager_w.grad is None)
        assert w.grad is None or w.grad.tolist() == eager_w.grad.tolist()
    assert not autograd.compile(lambda x: x.detach())(Value(1.0)).requires_grad


def test_methods_closures_and_nested_programs():
    class Line:
        def __init__(self):
            self.slope = Value(2.0)

        @autograd.compile
        def at(self, x):
            return self.slope * x

    inner = autograd.compile(lambda x: x * 3.0)
    outer = autograd.compile(lambda x: inner(x) + 1.0)
    line = Line()
    line.at(Value(4.0)).backward()
    assert line.slope.grad.item() == 4.0
    assert outer(Value(2.0)).item() == 7.0


def test_threads_share_a_program():
    compiled = autograd.compile(lambda x: (x * x).sum())
    compiled(Value(np.ones(1000)))
    wrong = []

    def work(k):
        for _ in range(50):
            x = Value(np.full(1000, float(k)))
            result = compiled(x)
            if result.item() != 1000.0 * k * k:
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# -- what a function reaches besides its arguments ---------------------------------------------------------------------

FACTOR = 2.0


def test_numbers_that_change_are_seen():
    global FACTOR
    settings_of = {"power": 2, "list": [1.0, 2.0]}
    array, constant = np.array([1.0, 2.0]), Value([1.0, 2.0], requires_grad=False)

    class Thing:
        scale = 1.0

    thing = Thing()
    thing.scale = 3.0

    @autograd.compile
    def function(x):
        made = Value(array * 2.0, requires_grad=False)
        return (x ** settings_of["power"] * FACTOR * thing.scale * sum(settings_of["list"]) * made * constant).sum()

    def expected(x):
        factors = FACTOR * thing.scale * sum(settings_of["list"])
        return (x ** settings_of["power"] * factors * array * 2.0 * constant.data).sum()

    x = np.array([1.5, 2.5])
    changes = (
        lambda: settings_of.update(power=3),
        lambda: settings_of["list"].append(4.0),
        lambda: setattr(thing, "scale", -1.0),
        lambda: array.__setitem__(0, 7.0),
        lambda: constant.data.__setitem__(1, 9.0),
        lambda: setattr(constant, "data", np.array([1.0, 1.0])),
        lambda: globals().update(FACTOR=5.0),
        lambda: None,
    )
    for change in changes:
        assert function(Value(x)).item() == pytest.approx(expected(x))
        change()
    FACTOR = 2.0
