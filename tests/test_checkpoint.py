"""checkpoint: the same results and gradients, with less kept."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn.functional as F
from autograd import TABLE, Value
from autograd.checkpoint import checkpoint
from autograd.errors import AutogradError, InplaceError
from autograd.testing.strategies import VOCABULARY, programs

ROWS = {name: TABLE[name] for name in VOCABULARY}


def arrays_of(gradients, inputs):
    return [np.zeros(x.shape) if g is None else np.asarray(g.detach()) for g, x in zip(gradients, inputs, strict=True)]


@given(program=programs(), cut=st.integers(0, 10), nested=st.booleans())
def test_any_part_of_a_program_may_be_recomputed(program, cut, nested):
    head, tail = program.lines[:cut], program.lines[cut:]

    def whole(*inputs):
        return program.run(ROWS, inputs)[-1]

    def in_two(*inputs):
        variables = list(inputs)
        for line in head:
            variables.append(ROWS[line.name](*(variables[n] for n in line.operands), **line.parameters))
        if not tail:
            return variables[-1]

        def rest(first):
            state = [first, *variables[1:]]  # the others are found outside
            for line in tail:
                state.append(ROWS[line.name](*(state[n] for n in line.operands), **line.parameters))
            return state[-1]

        return checkpoint((lambda x: checkpoint(rest, x)) if nested else rest, variables[0])

    results = []
    for function in (whole, in_two):
        inputs = [Value(x) for x in program.inputs]
        y = function(*inputs)
        g = np.cos(1.0 + np.arange(y.numel())).reshape(y.shape)
        first = autograd.grad(y, inputs, g, create_graph=True, allow_unused=True)
        tracked = [f for f in first if f is not None and f.requires_grad]
        seeds = [np.ones(f.shape) for f in tracked]
        second = (
            autograd.grad(tracked, inputs, seeds, retain_graph=True, allow_unused=True)
            if tracked
            else [None] * len(inputs)
        )
        y.backward(Value(g, requires_grad=False))
        results.append(
            (y.data, arrays_of(first, inputs), arrays_of(second, inputs), arrays_of([x.grad for x in inputs], inputs))
        )
    for a, b in zip(*results, strict=True):
        for one, other in zip(a, b, strict=True) if isinstance(a, list) else [(a, b)]:
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


def test_what_is_closed_over_gets_its_gradient_and_counts_once():
    w = Value(np.array([1.0, 2.0]))
    h = w * 3.0  # both w and what was made of it are used inside
    checkpoint(lambda x: autograd.exp(x * 0.1) * h * w, h).sum().backward()
    expected = w.grad.data
    w.grad = None
    h = w * 3.0
    (autograd.exp(h * 0.1) * h * w).sum().backward()
    np.testing.assert_allclose(expected, w.grad.data)


def test_nothing_on_the_way_is_kept():
    kept = []

    def function(x):
        middle = autograd.exp(x)
        kept.append(weakref.ref(middle))
        return autograd.sin(middle)

    x = Value(np.ones(1000))
    gc.disable()
    try:
        y = checkpoint(function, x)
        assert kept[0]() is None
        y.sum().backward()
        assert len(kept) == 2
        assert kept[1]() is None
    finally:
        gc.enable()


def test_the_same_random_numbers_twice_and_the_stream_goes_on():
    x = Value(np.ones(50))
    results = []
    for wrap in (lambda f, x: f(x), checkpoint):
        autograd.manual_seed(7)
        x.grad = None
        y = wrap(lambda x: x * autograd.rand(50), x)
        after = autograd.rand(3).data
        y.sum().backward()
        results.append((y.data, x.grad.data, after, autograd.rand(3).data))
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(results[1][0], results[1][1])  # the gradient is the factor that was drawn


def test_results_may_be_nested_and_partly_untracked():
    x = Value(np.array([1.0, 2.0]))
    constant = Value(5.0, requires_grad=False)
    returned = checkpoint(lambda x: {"a": (x * x, constant), "b": [x, "text"]}, x)
    assert returned["a"][1] is constant
    assert returned["b"][1] == "text"
    assert returned["b"][0] is x
    returned["a"][0].sum().backward()
    np.testing.assert_array_equal(x.grad.data, 2 * x.data)
    several = checkpoint(lambda x: (x * 2, x.sum()), x)
    (several[0].sum() + several[1]).backward()
    np.testing.assert_array_equal(x.grad.data, 2 * x.data + 3)


def test_without_recording_it_is_a_plain_call():
    with autograd.no_grad():
        assert not checkpoint(lambda x: x * 2, Value(1.0)).requires_grad
    assert checkpoint(lambda x, *, by: x * by, Value(3.0, requires_grad=False), by=2.0).item() == 6.0


def test_retained_graphs_and_hooks():
    x, seen = Value(2.0), []
    y = checkpoint(lambda x: x * x * x, x)
    x.register_hook(lambda g: seen.append(g.item()))
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 24.0
    assert seen == [12.0, 12.0]


def test_a_function_that_does_not_repeat_itself_is_refused():
    x, other, calls = Value(np.ones(3)), Value(np.ones(3)), []

    def fickle(x, change):
        calls.append(1)
        return change(x) if len(calls) == 2 else x * 2

    for change, reason in ((lambda x: x * other, "other Values"), (lambda x: x.detach() * 2, "other outputs")):
        calls.clear()
        y = checkpoint(fickle, x, change)
        with pytest.raises(AutogradError, match=f"did not compute the same.*{reason}"):
            y.sum().backward()


def test_overwritten_arguments_are_refused():
    h = Value(np.ones(3)) * 2
    with pytest.raises(InplaceError, match="overwrote its argument"):
        checkpoint(lambda h: h.add_(1.0) * 2, h)
    x = Value(np.ones(3)) * 1.0
    y = checkpoint(lambda x: x * x, x)
    x.add_(1.0)
    with pytest.raises(InplaceError):
        y.sum().backward()


def test_random_numbers_that_are_not_preserved():
    x = Value(np.ones(200))
    autograd.manual_seed(0)
    y = checkpoint(lambda x: F.dropout(x, 0.5), x, preserve_rng_state=False)
    y.sum().backward()
    assert set(np.unique(x.grad.data)) == {0.0, 2.0}
    assert not np.array_equal(x.grad.data, y.data)  # other entries were dropped the second time
