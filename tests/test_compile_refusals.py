"""What `compile` refuses, and what a program is inside."""

import math
import random

import numpy as np
import pytest

import autograd
import nn.functional  # for its rows
from autograd import TABLE, Value
from autograd.errors import CompileError, GradientError, RangeError

# -- refusals ----------------------------------------------------------------------------------------------------------


def counted(x, count=[0]):  # noqa: B006 - a function with a memory
    count[0] += 1
    return x * count[0]


def kept(x, store=[]):  # noqa: B006
    store.append(x * 2.0)
    return store[0] * x


W = Value(2.0)


def overwritten(x):
    W.data = 3.0
    return W * x


REFUSALS = {
    "a branch": (lambda x: x if x > 0 else -x, "numbers of a Value"),
    "float()": (lambda x: x * float(x), "numbers of a Value"),
    "item()": (lambda x: x * x.item(), "numbers of a Value"),
    "data": (lambda x: x * np.exp(x.data), "numbers of a Value"),
    "a loop": (lambda x: x * sum(1 for _ in range(int(x))), "numbers of a Value"),
    "in place": (lambda x: (x * 1.0).mul_(2.0), "numbers of a Value"),
    "backward": (lambda x: [y := x * x, y.backward()][0], "numbers of a Value"),
    "a parameter's number": (lambda x: x * float(W), "numbers of a Value"),
    "random": (lambda x: x * random.random(), "changes from run to run"),
    "numpy's random": (lambda x: x * np.random.default_rng().normal(), "changes from run to run"),
    "random whole numbers": (lambda x: x * autograd.randperm(3), "changes from run to run"),
    "a counter": (counted, "changes from run to run"),
    "a Value that was kept": (kept, "an earlier recording"),
    "a change outside": (overwritten, "overwrites"),
    "no instruction": (lambda x: TABLE["nonzero"](x), "no instruction for nonzero"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name):
    function, reason = REFUSALS[name]
    with pytest.raises(CompileError, match=reason):
        autograd.compile(function)(Value(0.5))
    assert W.item() == 2.0


def test_the_random_stream_is_as_it_was_after_a_refusal():
    autograd.manual_seed(3)
    expected = autograd.rand(2).tolist()
    autograd.manual_seed(3)
    with pytest.raises(CompileError):
        autograd.compile(lambda x: x * autograd.rand(()) if x > 0 else x)(Value(1.0))
    assert autograd.rand(2).tolist() == expected


def test_fallback_runs_the_function_and_says_so_once():
    compiled = autograd.compile(lambda x: x if x > 0 else -x, fallback=True)
    with pytest.warns(UserWarning, match="runs uncompiled.*numbers of a Value"):
        assert compiled(Value(-2.0)).item() == 2.0
    assert compiled(Value(-3.0)).item() == 3.0


def test_errors_of_the_function_come_through():
    with pytest.raises(ZeroDivisionError):
        autograd.compile(lambda x: x * (1 / 0))(Value(1.0))
    with pytest.raises(TypeError, match="takes a function"):
        autograd.compile(3)
    assert autograd.compile(lambda x: x * 2)(Value(2.0)).item() == 4.0


def test_indices_are_checked_when_the_program_runs():
    rows = autograd.compile(lambda x, i: autograd.gather(x, 0, i))
    x = Value([1.0, 2.0, 3.0])
    assert rows(x, np.array([2, 0])).tolist() == [3.0, 1.0]
    with pytest.raises(RangeError, match="out of range"):
        rows(x, np.array([2, 3]))
    losses = autograd.compile(nn.functional.cross_entropy)
    logits = Value([[1.0, 2.0], [3.0, 4.0]])
    assert losses(logits, np.array([0, 1])).item() == pytest.approx(math.log(1 + math.e) - 0.5)
    assert losses(logits, np.array([-100, 1])).item() == pytest.approx(math.log(1 + math.e) - 1)
    with pytest.raises(RangeError, match="class index"):
        losses(logits, np.array([0, 2]))


def test_a_gradient_of_an_untracked_result_is_refused():
    with pytest.raises(GradientError):
        autograd.compile(lambda x: x * 2)(Value([1.0], requires_grad=False)).backward()


# -- inside ------------------------------------------------------------------------------------------------------------


def test_the_words_and_their_meanings_are_the_same_list():
    elements = pytest.importorskip("autograd.program.elements")
    from autograd.program.vocabulary import CODES, ELEMENTWISE

    assert set(elements.ELEMENTS) == set(ELEMENTWISE)
    assert len(set(CODES.values())) == len(CODES)


def test_memory_is_used_again():
    """A chain of large arrays needs a few of them at a time, not all."""

    def chain(x):
        for _ in range(50):
            x = x.exp().sin()
        return x.sum()

    compiled = autograd.compile(chain)
    compiled(Value(np.zeros(10_000), requires_grad=False))
    (program,) = compiled.programs.values()
    assert program.code.room[0] < 3 * 20_000  # words of 32 bits
