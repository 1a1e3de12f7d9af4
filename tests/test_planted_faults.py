"""The checkers of users are tested by planted faults: in copies of rules, in a Function, and in the engine itself.

Each fault has a name; each is found, and the message names the operation that has it.
"""

import naive_engine
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from test_programs import OURS, weights

import autograd
from autograd import TABLE, Function, Value, sweep
from autograd.operation import Operation
from autograd.testing import GradcheckError, check_gates, check_operation, gradcheck
from autograd.testing.strategies import programs
from autograd.value import constant


def still(x):
    """The numbers of x as a constant."""
    return x.detach() if isinstance(x, Value) else x


def _softmax_along_0(g, y, x, dim, dtype=None):
    return y * (g - (g * y).sum(0, keepdims=True))


def _mean_along_0(g, y, x, dim=None, keepdim=False, dtype=None):
    return g.reshape((1, -1)) / 2.0 + 0.0 * x


def _only_double(x):
    return 2.0 if getattr(x, "dtype", None) == np.float32 else 1.0


def _packed(x):
    data = getattr(x, "_data", x)
    return not isinstance(data, np.ndarray) or data.flags.c_contiguous


_TO_ONE_SIDE = [
    lambda g, y, a, b: autograd.where(a >= b, g, 0.0),
    lambda g, y, a, b: autograd.where(a > b, 0.0, g),
]
# fault -> (row, its rules with the fault, inputs or None, parameters, the law that finds it)
FIRST, SECOND = "gradients equal differences", "second derivatives equal differences"
FAULTS = {
    "a sign turned round": ("cos", [lambda g, y, x: g * autograd.sin(x)], None, {}, FIRST),
    "a factor missing": ("square", [lambda g, y, x: g * x], None, {}, FIRST),
    "a factor too many": ("sqrt", [lambda g, y, x: g / y], None, {}, FIRST),
    "the slope of another operation": ("exp2", [lambda g, y, x: g * y], None, {}, FIRST),
    "the upstream gradient forgotten": ("sin", [lambda g, y, x: autograd.cos(x)], None, {}, FIRST),
    "the result in the place of the input": ("tanh", [lambda g, y, x: g * (1.0 - x * x)], None, {}, FIRST),
    "inputs exchanged": ("sub", [lambda g, y, a, b: -g, lambda g, y, a, b: g], None, {}, FIRST),
    "one input forgotten": ("mul", [lambda g, y, a, b: g * b, lambda g, y, a, b: 0.0], None, {}, FIRST),
    "the wrong axis": ("softmax", [_softmax_along_0], ((2, 3),), {"dim": 1}, FIRST),
    "an axis not put back where it was": ("mean", [_mean_along_0], ((2, 2),), {"dim": 1}, FIRST),
    "a sum that is not divided": ("mean", [lambda g, y, x, **_: g + 0.0 * x], ((3,),), {}, FIRST),
    "a transpose forgotten": (
        "matmul", [lambda g, y, a, b: g @ b, lambda g, y, a, b: a.mT @ g], ((3, 3), (3, 3)), {}, FIRST,
    ),
    "all of a tie to one side": ("maximum", _TO_ONE_SIDE, (np.array([1.0, 2.0]), np.array([1.0, 3.0])), {}, FIRST),
    "all of a tie to one side, unmet by random numbers": ("maximum", _TO_ONE_SIDE, None, {}, "at its kink a = b"),
    "all of a tie to each": ("amax", [lambda g, y, x, **_: g * (x == y)], (np.array([2.0, 1.0, 2.0]),), {}, FIRST),
    "the wrong choice at a kink": ("abs", [lambda g, y, x: autograd.where(x >= 0.0, g, -g)], None, {}, "at its kink 0"),
    "a slope that cannot be differentiated": ("square", [lambda g, y, x: g * 2.0 * still(x)], None, {}, SECOND),
    "one that can, but for one input": (
        "mul", [lambda g, y, a, b: g * still(b), lambda g, y, a, b: g * a], None, {}, SECOND,
    ),
    "right in one precision only": ("exp", [lambda g, y, x: g * y * _only_double(x)], None, {}, "float32 give"),
    "memory read as if it were packed": (
        "exp", [lambda g, y, x: g * y * (1.0 if _packed(x) else 2.0)], None, {}, "strided arrays give",
    ),
}  # fmt: skip


@pytest.fixture
def copies():
    """Makes copies of rows with other rules; they leave the table after the test."""
    before = set(TABLE)

    def copy(name, rules):
        row = TABLE[name]
        return Operation(
            f"copy_of_{name}",
            row.forward,
            rules,
            shape=row.shape,
            domain=row.domain,
            kinks=row.kinks,
            symbol=row.symbol,
        )

    yield copy
    for name in set(TABLE) - before:
        del TABLE[name]


@pytest.mark.parametrize("fault", FAULTS)
def test_check_operation_finds_it(fault, copies):
    name, rules, inputs, parameters, law = FAULTS[fault]
    sound = copies(name, TABLE[name].rules)
    assert check_operation(sound, inputs, **parameters)
    del TABLE[sound.name]
    with pytest.raises(GradcheckError, match=rf"copy_of_{name}\(.*{law}"):
        check_operation(copies(name, rules), inputs, **parameters)


@pytest.mark.parametrize("fault", [fault for fault, entry in FAULTS.items() if entry[-1] == FIRST])
def test_gradcheck_of_a_program_names_the_gate(fault, copies):
    name, rules, inputs, parameters, _ = FAULTS[fault]
    op = copies(name, rules)
    if inputs is None:
        inputs = ((3,),) * len(op.inputs)
    random = np.random.default_rng(1)
    inputs = tuple(random.uniform(0.5, 1.5, x) if isinstance(x, tuple) else x for x in inputs)

    def program(*xs):
        middle = op(*(x * 1.0 for x in xs), **parameters)
        return (autograd.sin(middle) * middle).sum()

    with pytest.raises(GradcheckError, match=rf"suspected: the rule of `copy_of_{name}` for its input") as caught:
        gradcheck(program, inputs)
    assert "the rule of `sin`" not in str(caught.value)
    verdicts = check_gates(program(*map(Value, inputs)))
    assert {verdict.op.name for verdict in verdicts if verdict.state in ("wrong", "kink")} == {op.name}


def _spoils(x):
    if isinstance(x, np.ndarray) and x.size:
        x.flat[0] += 1.0
    return np.array(x)


def _counts(x, calls=[0]):  # noqa: B006 - the fault: something is kept from call to call
    calls[0] += 1
    return x + calls[0]


# fault -> (forward, rule, composite, the law that finds it); all of them fused, without rules for the next order
FUSED_FAULTS = {
    "an input changed": (_spoils, lambda g, y, x: g, lambda x: x * 1.0, "inputs stay as they were"),
    "other numbers each time": (_counts, lambda g, y, x: g, lambda x: x * 1.0, "plain numbers and Values give"),
    "another function": (np.expm1, lambda g, y, x: g * np.exp(x), lambda x: autograd.exp(x), "equals its composite"),
    "another gradient": (np.square, lambda g, y, x: g * x, lambda x: x * x, "its composite's gradient"),
    "half of float32": (np.negative, lambda g, y, x: -g / _only_double(x), lambda x: -x, "float32 give"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FUSED_FAULTS)
def test_check_operation_finds_it_in_fused_rows(fault, copies):
    forward, rule, composite, law = FUSED_FAULTS[fault]
    op = Operation("copy_of_fused", lambda x: forward(x), [rule], composite=composite, open=False)
    with pytest.raises(GradcheckError, match=rf"copy_of_fused\(.*{law}"):
        check_operation(op, (np.array([0.5, -1.5]),))


def test_a_sound_fused_row_passes_and_has_tangents_of_every_order(copies):
    """Its rule is plain NumPy: what differentiates further goes through the composite."""
    op = Operation(
        "copy_of_dot", lambda a, b: np.sum(a * b), [lambda g, y, a, b: g * b, lambda g, y, a, b: g * a],
        shape="(n),(n)->()", composite=lambda a, b: (a * b).sum(), open=False,
    )  # fmt: skip
    assert check_operation(op, (np.array([0.5, -1.5]), np.array([2.0, 0.25])))
    a, b, u = np.array([0.5, -1.5]), np.array([2.0, 0.25]), np.array([1.0, 2.0])
    _, tangent = autograd.functional.jvp(lambda x: op(x, b), Value(a), Value(u))
    assert float(tangent) == u @ b
    x = Value(a)
    _, tangent = autograd.functional.jvp(lambda x: op(x, x), x, Value(u), create_graph=True)
    (second,) = autograd.grad(tangent, x)
    np.testing.assert_allclose(second.data, 2.0 * u)


def test_a_stale_save_is_found():
    """A Function that keeps what it saved at its first call, for all calls after."""
    saved = []

    class Stale(Function):
        @staticmethod
        def forward(ctx, x):
            saved.append(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return grad * 2 * saved[0]

    Stale.apply(Value(np.array([1.0, 2.0])))
    with pytest.raises(GradcheckError, match="the rule of `Stale` for its input x"):
        gradcheck(Stale.apply, np.array([3.0, 4.0]))


def test_a_buffer_that_is_used_twice_is_found():
    buffer = np.zeros(2)

    class Buffered(Function):
        @staticmethod
        def forward(ctx, x):
            buffer[:] = x.numpy()
            ctx.save_for_backward(constant(buffer))
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (kept,) = ctx.saved_tensors
            return grad * 2 * kept

    with pytest.raises(GradcheckError, match="the rule of `Buffered` for its input x"):
        gradcheck(lambda x: Buffered.apply(x) * Buffered.apply(x + 1.0), np.array([3.0, 4.0]))


# -- faults of an engine ----------------------------------------------------------------------------------------------


def _overwrite(leaf, gradient):
    """A leaf forgets what earlier passes brought."""
    leaf._grad = constant(gradient)


def _total_of_two(arrived):
    """Only two gradients are added up."""
    return sum(arrived[1:2], arrived[0])


def _unsummed(gradient, data):
    """Broadcasting is undone by taking the first entry in the place of the sum."""
    gradient = np.asarray(gradient, np.float64)
    shape = np.shape(data)
    while gradient.ndim > len(shape):
        gradient = gradient[0]
    for axis, side in enumerate(shape):
        if side == 1 and gradient.shape[axis] != 1:
            gradient = gradient.take([0], axis)
    return np.broadcast_to(gradient, shape).copy() if shape else float(gradient)


ENGINE_FAULTS = {
    "gradients of a fan-out overwrite each other": ("total", lambda arrived: arrived[-1]),
    "only two gradients of a fan-out count": ("total", _total_of_two),
    "passes do not accumulate in leaves": ("accumulate", _overwrite),
    "stretched axes are not summed": ("fit", _unsummed),
}


def against_naive(program):
    """Two passes over a program, in our engine and in the naive one."""
    inputs, plain_inputs = [Value(x) for x in program.inputs], [naive_engine.Node(x) for x in program.inputs]
    root, plain_root = program.run(OURS, inputs)[-1], program.run(naive_engine.FUNCTIONS, plain_inputs)[-1]
    for keep in (True, False):
        root.backward(Value(weights(root.shape), requires_grad=False), retain_graph=keep)
        naive_engine.backward(plain_root, weights(root.shape))
    for x, plain in zip(inputs, plain_inputs, strict=True):
        found = np.zeros(x.shape) if x.grad is None else np.asarray(x.grad)
        np.testing.assert_allclose(found, plain.grad + np.zeros(x.shape), rtol=1e-10, atol=1e-12)


def compare(examples):
    """Hold the engine against the naive one over random programs."""

    @settings(max_examples=examples, database=None, derandomize=True, phases=[Phase.generate])
    @given(program=programs())
    def hold(program):
        against_naive(program)

    hold()


@pytest.mark.parametrize("fault", ENGINE_FAULTS)
def test_random_programs_find_faults_of_the_engine(fault, monkeypatch):
    compare(60)
    name, faulty = ENGINE_FAULTS[fault]
    monkeypatch.setattr(sweep, name, faulty)
    with pytest.raises((AssertionError, ExceptionGroup)):
        compare(2_000)  # it ends at the first that differs; which are drawn depends on what else is loaded
