"""The checkers: right gradients pass, wrong ones are found and explained; Hypothesis draws what it says."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

import autograd
from autograd import TABLE, Function, Value
from autograd.errors import AutogradError
from autograd.operation import pointwise
from autograd.testing import GradcheckError, check_gates, check_operation, gradcheck, gradgradcheck, strategies

X, W = np.array([0.5, -1.5, 2.0]), np.array([[0.2, -0.4, 0.1], [1.1, 0.3, -0.9]])


def network(x, w):
    return autograd.tanh(w @ x).sum() * x.sum()


def smooth_pair(x, w):
    return autograd.exp(x * 0.2), (w @ x).sum()


class HalfCube(Function):
    """x³ with a factor missing in its gradient."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * 1.5 * x**2


def generate(count):
    """Hypothesis without shrinking, for properties that are meant to fail."""
    return settings(max_examples=count, database=None, derandomize=True, phases=[Phase.generate])


def failure(check, *args, **options):
    """The message of a check that fails."""
    with pytest.raises(GradcheckError) as caught:
        check(*args, **options)
    assert check(*args, raise_exception=False, **options) is False
    return str(caught.value)


# -- what is right passes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [network, smooth_pair])
@pytest.mark.parametrize("options", [{}, {"fast_mode": True}, {"check_forward_ad": True}, {"complex_step": True}])
def test_right_gradients_pass(function, options):
    assert gradcheck(function, (X, W), **options)
    assert gradcheck(function, (Value(X), W[:, :]), **options)


@pytest.mark.parametrize("options", [{}, {"fast_mode": True}, {"complex_step": True}])
def test_right_second_derivatives_pass(options):
    assert gradgradcheck(network, (X, W), **options)
    assert gradgradcheck(lambda x: x * 2, X, (np.ones(3),), **options)


def test_complex_steps_are_exact():
    assert gradcheck(network, (X, W), complex_step=True, atol=1e-14, rtol=1e-14)
    with pytest.raises(AutogradError, match="abs has no forward for complex"):
        gradcheck(lambda x: autograd.abs(x), X, complex_step=True)


def test_arguments_of_every_kind():
    assert gradcheck(lambda x, name, scale: x * scale if name == "times" else x, (2.0, "times", Value(3)))
    assert gradcheck(lambda x: x.sum(), np.zeros((2, 0)))
    assert gradcheck(lambda x: (x * 2, x > 0), X)
    assert gradcheck(lambda x, y: x * 2, (X, Value(X, requires_grad=False)))
    with pytest.raises(ValueError, match="needs an input"):
        gradcheck(lambda x: x, Value(X, requires_grad=False))
    with pytest.raises(ValueError, match="nothing that has a gradient"):
        gradcheck(lambda x: x > 0, X)


def test_parameters_that_a_function_closes_over_are_moved_and_put_back():
    weight = Value(W)
    before = weight.data
    loss = (weight * weight).sum()
    assert gradcheck(lambda _: autograd.tanh(weight @ X), weight)
    assert weight.data is before
    assert weight.grad is None
    loss.backward()  # the graph from before is still good
    np.testing.assert_array_equal(weight.grad.data, 2 * W)


# -- what is wrong is explained ---------------------------------------------------------------------------------------


def test_the_worst_element_both_numbers_and_the_gate_are_named():
    x = Value(np.array([0.1, 2.0, -1.0]), name="weights")
    message = failure(gradcheck, lambda x: HalfCube.apply(autograd.exp(x)), x)
    assert "output 0 at [1] with respect to input 0 (weights) at [1] is wrong" in message
    assert "backward mode says  605.14" in message
    assert "differences say     1210.2" in message
    assert "50 % of the larger" in message
    assert "3 wrong entries, of 9" in message
    assert "suspected: the rule of `HalfCube` for its input x" in message
    assert "`exp`" not in message
    assert "HalfCube" in failure(gradcheck, lambda x: HalfCube.apply(x * 2), X, fast_mode=True)
    forward = failure(gradcheck, HalfCube.apply, X, check_backward_ad=False, check_forward_ad=True)
    assert "forward mode says" in forward


def test_corners_of_what_is_checked():
    constant = lambda x: x.detach() * 0.0 + 1.0
    for options in ({}, {"fast_mode": True, "check_forward_ad": True}):
        assert gradcheck(lambda x: (x * 2, constant(x)), X, **options)
        assert gradcheck(lambda x, y: x * 2, (X, W), **options)
        assert gradcheck(lambda x, y: x * 2, (X, np.zeros((0, 2))), **options)
    with pytest.raises(AutogradError, match="atan2 has no forward for complex"):
        gradcheck(lambda x: autograd.atan2(x, 2.0), X, complex_step=True)
    assert check_operation("floor")
    assert check_operation("softsign")  # its kink and its slope there are told in words


def test_verdicts_have_texts():
    (first, _) = check_gates(Value(2.0) * Value(3.0))
    assert str(first) == "the rule of `mul` for its input a is right"

    def refusing(g, y, x):
        raise AutogradError("not yet")

    try:
        (verdict,) = check_gates(pointwise("planted", np.exp, refusing)(Value(2.0)))
        assert verdict.state == "unknown"
    finally:
        TABLE.pop("planted", None)


def test_what_is_not_finite_is_told_from_mistakes():
    message = failure(gradcheck, lambda x: autograd.exp(autograd.sqrt(x - 1.0)), X)
    assert "backward mode says  nan" in message
    assert "suspected: not finite: `sqrt` gives inf or nan here, outside of its domain" in message
    assert "no single gate" not in message
    message = failure(gradcheck, autograd.sqrt, 0.0)  # finite itself, with an infinite slope
    assert "suspected: not finite: inf or nan appears in the backward pass or next to this point" in message


def test_float32_on_the_way_is_suspected():
    message = failure(gradcheck, lambda x: (x.float() * 2).double().sum(), X)
    assert "suspected: `to` computes in float32: differences of float32 numbers are good to two digits" in message
    assert "a kink" not in message


def test_kinks_are_told_from_mistakes():
    message = failure(gradcheck, autograd.relu, 0.0)
    assert "a kink: the slope is 0 to the left and 1 to the right, and the gradient is a choice between them" in message
    assert "the rule of `relu` for its input x is at a kink" in message
    near = failure(gradcheck, lambda x: autograd.relu(x).sum(), np.array([1.0, 3e-7]))
    assert "a kink or a strong bend within the step" in near
    assert gradcheck(lambda x: autograd.abs(x), 0.0)  # its choice is what a central difference gives


def test_float32_is_told():
    x = Value(X.astype(np.float32))
    with pytest.warns(UserWarning, match="float32"):
        message = failure(lambda *a, **k: gradcheck(*a, **k), lambda x: (x * 1000.0).sum(), x, rtol=1e-6)
    assert "input 0 is float32" in message


def test_what_passes_by_the_graph_is_told():
    assert "passes by the graph" in failure(gradcheck, lambda x: x * x.detach(), X)
    assert "does not reach output 0" in failure(gradcheck, lambda x: Value(x.data * 2), X)
    kept = []

    def stale(x):
        kept.append(x.data * 1)
        return x * Value(kept[0], requires_grad=False) * 2 + Value(x.data * 3, requires_grad=False)

    assert "numbers kept from an earlier call" in failure(gradcheck, stale, X)


def test_rounding_is_told():
    message = failure(gradcheck, lambda x: x * x + 1e14, 1.0)
    assert "rounding: a result this large" in message


def test_what_is_not_deterministic_is_told():
    random = np.random.default_rng(0)
    assert "differs between two calls" in failure(gradcheck, lambda x: x * random.standard_normal(), X)
    assert gradcheck(lambda x: x + 1e-9 * random.standard_normal(), X, nondet_tol=1e-6, atol=1e-2)

    class Fickle(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * (2 + 0.1 * random.standard_normal())

    assert "differs between two backward passes" in failure(gradcheck, Fickle.apply, X)


def test_a_rule_right_at_first_order_and_wrong_at_second_is_named():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 2 * x.detach()

    function = lambda x: autograd.sin(Square.apply(x))
    assert gradcheck(function, X)
    message = failure(gradgradcheck, function, X)
    assert message.startswith("second order:")
    assert "the rule of `Square`, differentiated again, is wrong for that gate alone" in message
    assert "`sin`, differentiated" not in message


# -- every gate of a graph --------------------------------------------------------------------------------------------


def test_verdicts_on_every_gate():
    x = Value(np.array([0.0, 1.0]), name="x")
    y = (HalfCube.apply(autograd.relu(x) * 2.0 + 1.0)).sum()
    verdicts = {(verdict.op.name, verdict.position): verdict.state for verdict in check_gates(y)}
    assert verdicts == {
        ("relu", 0): "kink",
        ("mul", 0): "right",
        ("add", 0): "right",
        ("HalfCube", 0): "wrong",
        ("sum", 0): "right",
    }
    wrong = next(verdict for verdict in check_gates(y) if verdict.state == "wrong")
    assert wrong.numeric == pytest.approx(2 * wrong.analytic)
    assert str(wrong).startswith("the rule of `HalfCube` for its input x:")
    assert x.grad is None
    y.backward()
    np.testing.assert_allclose(x.grad.data, [0.0, 27.0])


def test_verdicts_after_a_backward_pass_and_on_large_arrays():
    x = Value(np.linspace(0.1, 1.0, 500))
    y = autograd.exp(autograd.sin(x)).sum()
    assert {verdict.state for verdict in check_gates(y)} == {"right"}
    y.backward()
    assert {verdict.state for verdict in check_gates(y)} == {"unknown"}  # large arrays are gone
    small = autograd.exp(Value(1.0))
    small.backward()
    assert [verdict.state for verdict in check_gates(small)] == ["right"]
    edge = autograd.sqrt(Value(0.0))
    assert [verdict.state for verdict in check_gates(edge)] == ["unknown"]
    assert {v.state for v in check_gates(autograd.log(Value(np.array([0.5, 2.0], np.float32))))} == {"right"}


# -- check_operation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mul", "tanh", "where", "matmul", "logaddexp", "log", "acos", "erfinv", "dot"])
def test_rows_pass(name):
    inputs = (np.array([True, False, True]), (3,), (2, 3)) if name == "where" else None
    assert check_operation(name, inputs, samples=1)


def test_rows_with_parameters_pass():
    assert check_operation("sum", [((2, 3),), ((0, 2),)], dim=1)
    assert check_operation("softmax", ((2, 3),), dim=-1)
    assert check_operation("cat", ((2, 3), (1, 3)), dim=0)
    with pytest.raises(AutogradError, match="pass inputs"):
        check_operation("cat", dim=0)
    with pytest.raises(AutogradError, match="a Function does not say"):
        check_operation(HalfCube)


# -- Hypothesis -------------------------------------------------------------------------------------------------------


@given(data=st.data())
def test_arrays_for_a_row_fit_it(data):
    op = TABLE[data.draw(st.sampled_from(["add", "log", "log1p", "atanh", "sqrt", "matmul", "dot", "logit", "abs"]))]
    extreme, smooth = data.draw(st.booleans()), data.draw(st.booleans())
    drawn = data.draw(strategies.arrays_for(op, extreme=extreme, smooth=smooth))
    assert len(drawn) == len(op.inputs)
    for x, domain in zip(drawn, op.domain, strict=True):
        finite = np.asarray(x)[np.isfinite(x)]
        assert np.all((finite >= domain.low) & (finite <= domain.high))
        if smooth and op.name in ("abs", "sqrt"):
            assert np.all(np.abs(finite) > 1 / 32) or op.name == "sqrt"
        if not extreme:
            assert np.all(np.isfinite(x))
    with np.errstate(all="ignore"):
        op(*drawn)


@given(x=strategies.values(), y=strategies.values((2,), dtype=np.float32, requires_grad=False), z=strategies.arrays(()))
def test_values_are_tracked_numbers_on_a_grid(x, y, z):
    assert x.requires_grad
    assert not y.requires_grad
    assert y.dtype == np.float32
    assert isinstance(z, float)
    assert np.all(np.asarray(x.detach()) * strategies.GRID % 1 == 0)


@given(program=strategies.programs(in_place=True))
def test_programs_can_be_pasted(program):
    rows = {name: TABLE[name] for name in strategies.VOCABULARY}
    names = {**rows, "np": np, "Value": lambda data: Value(np.array(data) if isinstance(data, list) else data)}
    exec(compile(str(program), "program", "exec"), names)
    functions = {**rows, **{n: lambda x, *o, n=n: getattr(x, n)(*o) for n in strategies.IN_PLACE}}
    variables = program.run(functions, [Value(x) for x in program.inputs])
    for number, variable in enumerate(variables):
        np.testing.assert_allclose(np.asarray(names[f"v{number}"].detach()), np.asarray(variable.detach()), atol=1e-7)
    assert len(program.fan_out) >= len(variables)


@strategies.gradients_hold(x=strategies.values((3,)), w=strategies.values((2, 3)))
def test_three_lines_make_a_property_of_a_function(x, w):
    return autograd.tanh(w @ x).sum()


@strategies.gradients_hold(strategies.values((4,)))
def test_kinks_are_passed_over(x):
    return autograd.relu(x) * autograd.maximum(x, 0.5)


def test_a_wrong_gradient_fails_the_property():
    @generate(20)
    @strategies.gradients_hold(strategies.values(()))
    def wrong(x):
        return HalfCube.apply(x)

    with pytest.raises(GradcheckError, match="HalfCube"):
        wrong()


def test_a_right_slope_at_a_kink_does_not_hide_a_wrong_one_elsewhere():
    @generate(50)
    @strategies.gradients_hold(strategies.values((3,)), order=1)
    def wrong(x):
        assume(np.any(x.data > 0.5))
        return HalfCube.apply(autograd.relu(x))

    with pytest.raises(GradcheckError, match="HalfCube"):
        wrong()


def test_hypothesis_is_needed_by_the_strategies_alone():
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import autograd; from autograd.testing import gradcheck, check_operation\n"
        "assert gradcheck(lambda x: x * x, 2.0) and check_operation('exp')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_is_warned_of_in_double_precision():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gradcheck(network, (X, W))


@pytest.fixture
def planted():
    """A row in the table whose gradient is wrong at ties alone."""
    pointwise(
        "planted_maximum", np.maximum, lambda g, y, a, b: autograd.where(a >= b, g, 0.0),
        lambda g, y, a, b: autograd.where(a > b, 0.0, g), kinks=(),
    )  # fmt: skip
    yield
    del TABLE["planted_maximum"]


@pytest.mark.usefixtures("planted")
def test_drawn_ties_find_a_wrong_choice_that_random_numbers_never_meet():
    rule = TABLE["planted_maximum"]
    assert check_operation(rule)  # no ties among random numbers

    @generate(100)
    @given(strategies.arrays_for(rule))
    def shares_add_up(pair):
        a, b = map(Value, pair)
        y = rule(a, b)
        parts = autograd.grad(y.sum(), [a, b])
        assert sum(float(np.sum(np.asarray(part))) for part in parts) == pytest.approx(y.numel())

    with pytest.raises(AssertionError):
        shares_add_up()
