"""Random programs: the engine against a naive one and against PyTorch.

With fan-out, broadcasting, views, in-place steps, accumulation and retained graphs.
"""

from collections import Counter

import naive_engine
import numpy as np
import pytest
from hypothesis import Phase, given, reject, settings
from hypothesis import strategies as st

import autograd
import autograd.functional
from autograd import TABLE, Value
from autograd.errors import FreedGraphError, InplaceError
from autograd.testing.strategies import IN_PLACE, VOCABULARY, programs

many = settings(max_examples=4 * settings.default.max_examples)  # programs are quick, and many small ones tell more
OURS = {name: TABLE[name] for name in VOCABULARY}
OURS |= {name: lambda x, *others, method=name: getattr(x, method)(*others) for name in IN_PLACE}


def weights(shape):
    """An upstream gradient without zeros or pattern."""
    return np.cos(1.0 + np.arange(np.prod(shape, dtype=int))).reshape(shape)


def ours(program):
    """Inputs and all variables, in our engine."""
    inputs = [Value(x) for x in program.inputs]
    return inputs, program.run(OURS, inputs)


def naive(program):
    """The same in the naive one."""
    inputs = [naive_engine.Node(x) for x in program.inputs]
    return inputs, program.run(naive_engine.FUNCTIONS, inputs)


def same(a, b):
    np.testing.assert_allclose(np.asarray(a), b, rtol=1e-10, atol=1e-12)


def test_programs_are_what_they_are_for():
    """Fan-out, broadcasting, in-place steps, views, arrays without entries: all are drawn, and often."""
    seen = Counter()

    @settings(max_examples=300, database=None, derandomize=True, phases=[Phase.generate])
    @given(program=programs(in_place=True))
    def count(program):
        shapes = [variable.data.shape for variable in naive(program)[1]]
        pairs = [line.operands for line in program.lines if len(line.operands) == 2 and line.name != "matmul"]
        seen["fan-out"] += max(program.fan_out) > 1
        seen["broadcasting"] += any(shapes[a] != shapes[b] for a, b in pairs)
        seen["in place"] += any(line.in_place for line in program.lines)
        seen["views"] += any(line.name in ("reshape", "transpose") for line in program.lines)
        seen["products"] += any(line.name == "matmul" for line in program.lines)
        seen["no entries"] += any(0 in shape for shape in shapes)

    count()
    least = {"fan-out": 150, "broadcasting": 30, "in place": 50, "views": 25, "products": 2, "no entries": 3}
    assert all(seen[what] >= count for what, count in least.items()), seen


@many
@given(program=programs(), times=st.integers(1, 3))
def test_against_a_naive_engine(program, times):
    inputs, variables = ours(program)
    plain_inputs, plain_variables = naive(program)
    for variable, plain in zip(variables, plain_variables, strict=True):
        same(variable.data, plain.data)
    upstream = weights(variables[-1].shape)
    for remaining in reversed(range(times)):
        variables[-1].backward(Value(upstream, requires_grad=False), retain_graph=remaining > 0)
        naive_engine.backward(plain_variables[-1], upstream)
    for x, plain in zip(inputs, plain_inputs, strict=True):
        same(0.0 if x.grad is None else x.grad.data, plain.grad + np.zeros(x.shape))
    if variables[-1].op is not None:
        with pytest.raises(FreedGraphError):
            variables[-1].backward(Value(upstream, requires_grad=False))


@many
@given(program=programs(), data=st.data())
def test_gradients_of_two_results_accumulate(program, data):
    inputs, variables = ours(program)
    plain_inputs, plain_variables = naive(program)
    made = [number for number, variable in enumerate(variables) if variable.op is not None]
    first, second = data.draw(st.sampled_from(made)), data.draw(st.sampled_from(made))
    for number, keep in ((first, True), (second, False)):
        upstream = weights(variables[number].shape)
        variables[number].backward(Value(upstream, requires_grad=False), retain_graph=keep)
        naive_engine.backward(plain_variables[number], upstream)
    for x, plain in zip(inputs, plain_inputs, strict=True):
        same(0.0 if x.grad is None else x.grad.data, plain.grad + np.zeros(x.shape))


@many
@given(program=programs(), data=st.data())
def test_grad_is_backward_without_accumulation(program, data):
    inputs, variables = ours(program)
    root, upstream = variables[-1], weights(variables[-1].shape)
    middle = data.draw(st.lists(st.sampled_from(variables), unique_by=id, max_size=3))
    for x in middle:
        x.retain_grad()
    wanted = list({id(x): x for x in (*inputs, *middle)}.values())
    found = autograd.grad(root, wanted, upstream, retain_graph=True, allow_unused=True)
    tracked = autograd.grad(root, wanted, upstream, create_graph=True, allow_unused=True)
    assert all(x.grad is None for x in inputs)
    for x in middle:
        x.grad = None
    root.backward(Value(upstream, requires_grad=False))
    for x, g, h in zip(wanted, found, tracked, strict=True):
        if x.grad is None:
            assert g is None
            assert h is None
        else:
            same(g.data, x.grad.data)
            same(h.data, x.grad.data)


@many
@given(program=programs())
def test_tangents_are_adjoint_to_gradients(program):
    inputs = tuple(Value(x) for x in program.inputs)
    directions = tuple(Value(weights(x.shape), requires_grad=False) for x in inputs)
    function = lambda *xs: program.run(OURS, xs)[-1]
    y, tangent = autograd.functional.jvp(function, inputs, directions)
    v = Value(weights(y.shape), requires_grad=False)
    _, gradients = autograd.functional.vjp(function, inputs, v)
    left = np.sum(np.asarray(tangent) * v.data)
    right = sum(np.sum(np.asarray(g) * u.data) for g, u in zip(gradients, directions, strict=True))
    assert left == pytest.approx(right, rel=1e-9, abs=1e-9)


@many
@given(program=programs(in_place=True, aliases=False))
def test_in_place_steps_against_a_naive_engine(program):
    inputs, variables = ours(program)
    plain_inputs, plain_variables = naive(program)
    upstream = weights(variables[-1].shape)
    for variable, plain in zip(variables, plain_variables, strict=True):
        same(variable.data, plain.data)
    try:
        variables[-1].backward(Value(upstream, requires_grad=False))
    except InplaceError:
        return
    naive_engine.backward(plain_variables[-1], upstream)
    for x, plain in zip(inputs, plain_inputs, strict=True):
        same(0.0 if x.grad is None else x.grad.data, plain.grad + np.zeros(x.shape))


# -- against PyTorch --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def theirs(torch, program):
    """Inputs and all variables, in PyTorch."""
    functions = {name: getattr(torch, name) for name in VOCABULARY}
    functions |= {name: lambda x, *others, method=name: getattr(x, method)(*others) for name in IN_PLACE}
    inputs = [torch.tensor(np.asarray(x), requires_grad=True) for x in program.inputs]
    return inputs, program.run(functions, inputs)


@many
@given(program=programs())
def test_second_derivatives_against_pytorch(torch, program):
    inputs, variables = ours(program)
    tensors, torch_variables = theirs(torch, program)
    found = second_order(autograd.grad, variables[-1], inputs, np.asarray)
    expected = second_order(torch.autograd.grad, torch_variables[-1], tensors, torch.tensor)
    for ours_, torch_, x in zip(found, expected, inputs, strict=True):
        ours_ = np.zeros(x.shape) if ours_ is None else np.asarray(ours_)
        torch_ = np.zeros(x.shape) if torch_ is None else torch_.numpy(force=True)
        np.testing.assert_allclose(ours_, torch_, rtol=1e-8, atol=1e-8)


@many
@given(program=programs(in_place=True))
def test_second_derivatives_through_in_place_steps_against_pytorch(torch, program):
    inputs, variables = ours(program)
    try:
        tensors, torch_variables = theirs(torch, program)
        expected = second_order(torch.autograd.grad, torch_variables[-1], tensors, torch.tensor)
    except RuntimeError:  # where it refuses, the gradients are compared with differences below
        reject()
    if not variables[-1].requires_grad:
        return
    try:
        found = second_order(autograd.grad, variables[-1], inputs, np.asarray)
    except InplaceError:
        reject()
    for ours_, torch_, x in zip(found, expected, inputs, strict=True):
        ours_ = np.zeros(x.shape) if ours_ is None else np.asarray(ours_)
        torch_ = np.zeros(x.shape) if torch_ is None else torch_.numpy(force=True)
        np.testing.assert_allclose(ours_, torch_, rtol=1e-8, atol=1e-8)


def second_order(grad, y, inputs, array):
    """Gradient of a weighted sum of the gradients."""
    first = grad([y], inputs, [array(weights(tuple(y.shape)))], create_graph=True, allow_unused=True)
    first = [g for g in first if g is not None and g.requires_grad]
    if not first:
        return [None] * len(inputs)
    upstream = [array(weights(tuple(g.shape))) for g in first]
    return grad(first, inputs, upstream, allow_unused=True)


@many
@given(program=programs(in_place=True))
def test_in_place_steps_and_views_against_pytorch(torch, program):
    inputs, variables = ours(program)
    try:
        tensors, torch_variables = theirs(torch, program)
    except RuntimeError:  # it cannot write to memory that it reads in another shape
        reject()
    for variable, tensor in zip(variables, torch_variables, strict=True):
        same(variable.data, tensor.detach().numpy())
    upstream = weights(variables[-1].shape)
    refused = ()
    try:
        torch_variables[-1].backward(torch.tensor(upstream))
    except RuntimeError:
        refused = InplaceError  # we may refuse too, or know better: then the gradient has to be right
    try:
        variables[-1].backward(Value(upstream, requires_grad=False))
    except refused:
        return
    for number, (x, tensor) in enumerate(zip(inputs, tensors, strict=True)):
        gradient = np.zeros(x.shape) if x.grad is None else np.asarray(x.grad)
        if refused:
            slope = by_differences(program, number, upstream)
            assert slope is None or np.sum(gradient) == pytest.approx(slope, rel=1e-4, abs=1e-4)
        else:
            same(gradient, np.zeros(x.shape) if tensor.grad is None else tensor.grad.numpy())


def by_differences(program, number, upstream):
    """How the weighted result changes when all entries of one input grow together; None at a kink."""

    def at(distance):
        inputs = [Value(x, requires_grad=False) for x in program.inputs]
        inputs[number] = Value(program.inputs[number] + distance, requires_grad=False)
        return np.sum(np.asarray(program.run(OURS, inputs)[-1]) * upstream)

    slopes = [(at(h) - at(-h)) / (2 * h) for h in (1e-4, 5e-5)] + [(at(1e-5) - at(0.0)) / 1e-5]
    return (4 * slopes[1] - slopes[0]) / 3 if np.ptp(slopes) < 1e-3 * (1 + abs(slopes[0])) else None
