"""From Python into a loop: what it takes, what it answers, and what it leaves behind."""

import sys
import threading

import numpy as np
import pytest
from test_kernels import needs_numba

from autograd.kernels import KERNELS
from autograd.kernels.losses import _cross_entropy as cross_entropy_loops
from autograd.kernels.products import _small_linear as small_linear_loops
from autograd.kernels.products import _small_linear_back as small_linear_back_loops

X, Y = np.arange(6, dtype=np.float32), np.zeros(6, np.float32)
MATRIX = np.zeros((2, 3), np.float32)


def locked(array):
    array = array.copy()
    array.flags.writeable = False
    return array


@needs_numba
@pytest.mark.parametrize(
    "arguments",
    [
        (), (X,), (X, Y, Y), (X, 1.0), (None, Y), (X, [0.0] * 6), (None,), (X, None, Y),
        (X, Y.astype(np.float64)), (X.astype(np.int32), Y),
        (X, Y.astype(">f4")), (X[::2], Y), (X, Y[::2]), (MATRIX.T, Y), (X, locked(Y)), (np.ma.array(X), Y),
        (X, np.frombuffer(bytearray(25), np.float32, 6, 1)),
    ],
)  # fmt: skip
def test_a_loop_takes_what_it_was_compiled_for(arguments):
    loop = KERNELS["relu"].forward_loop[X.dtype]
    with pytest.raises(TypeError, match=r"relu_float32 takes contiguous arrays in its format and numbers: in new"):
        loop(*arguments)


@needs_numba
def test_numbers_and_shapes_on_their_way_into_a_loop():
    relu, leaky = KERNELS["relu"].forward_loop[X.dtype], KERNELS["leaky_relu"].forward_loop[X.dtype]
    for shape in ((6,), (2, 3), (1, 6, 1), (3, 1, 2)):
        out = np.empty(shape, np.float32)
        assert relu((X - 3).reshape(shape), out) is out
        np.testing.assert_array_equal(out.ravel(), [0, 0, 0, 0, 1, 2])
    nought, empty = np.array(-2, np.float32), np.empty((0, 3), np.float32)
    relu(nought, out := np.empty((), np.float32))
    assert out == 0.0
    relu(empty, np.empty_like(empty))
    for slope in (-1.0, -1, True, np.float32(-1), np.array(2.0)):  # -1 is the sign of an error, too
        leaky(X - 3, Y, slope)
        np.testing.assert_array_equal(Y, np.where(X < 3, (X - 3) * float(slope), X - 3))
    for slope in ("a", None, 1j):
        with pytest.raises(TypeError):
            leaky(X - 3, Y, slope)
    classes = cross_entropy_loops[X.dtype]
    assert classes(MATRIX, np.array([0, 2]), -100, True) == pytest.approx(np.log(3))
    with pytest.raises(TypeError, match="float"):
        classes(MATRIX, np.array([0, 2]), 1.5, 1)
    with pytest.raises(TypeError, match="cross_entropy_float32 takes"):
        classes(MATRIX, np.array([0, 2]), -100)
    assert classes(MATRIX, np.array([0, 2], np.int32), -100, 1) is NotImplemented
    assert classes(X, np.array([0, 2]), -100, 1) is NotImplemented


@needs_numba
def test_answers_of_a_loop():
    """New arrays, and NotImplemented for what does not fit; nothing is lost or kept too long."""
    relu = KERNELS["relu"].forward_loop[X.dtype]
    for unfit in (None, 1.0, X.astype(np.float64), X[::2], np.ma.array(X)):
        assert relu(unfit, None) is NotImplemented
    for shape in ((6,), (2, 3), (1, 6, 1), (3, 1, 2)):
        made = relu((X - 3).reshape(shape), None)
        assert (made.__class__, made.dtype, made.shape, made.base) == (np.ndarray, X.dtype, shape, None)
        assert made.flags.owndata
        np.testing.assert_array_equal(made.ravel(), [0, 0, 0, 0, 1, 2])
        assert sys.getrefcount(made) == 2
    assert relu(np.array(2, np.float32), None).shape == ()
    assert relu(np.empty((0, 3), np.float32), None).shape == (0, 3)
    out = np.empty(6, np.float32)
    before = [sys.getrefcount(thing) for thing in (None, NotImplemented, X, out)]
    for _ in range(100):
        relu(X, None)
        relu(X, out)
        relu(1.0, None)
    assert [sys.getrefcount(thing) for thing in (None, NotImplemented, X, out)] == before


@needs_numba
def test_several_answers_of_a_loop():
    loop = small_linear_back_loops[X.dtype]
    g, x, weight, bias = MATRIX[:, :2].copy() + 1, MATRIX + 2, np.full((2, 3), 3, np.float32), np.zeros(2, np.float32)
    mine = np.empty((2, 3), np.float32)
    to_x, to_weight, to_bias = loop(g, x, weight, bias, mine, None, None, 1)
    assert to_x is mine
    assert sys.getrefcount(to_weight) == sys.getrefcount(to_bias) == 2
    np.testing.assert_array_equal(to_x, np.full((2, 3), 6))
    np.testing.assert_array_equal(to_weight, np.full((2, 3), 4))
    np.testing.assert_array_equal(to_bias, [2, 2])
    assert loop(g.T, x, weight, bias, None, None, None, 1) is NotImplemented
    with pytest.raises(TypeError, match="small_linear_back_float32 takes"):
        loop(g.T, x, weight, bias, mine, None, None, 1)
    small = small_linear_loops[X.dtype]
    assert small(x, np.ones((5, 3), np.float32), np.ones(5, np.float32), None).shape == (2, 5)


@needs_numba
def test_other_threads_run_during_a_long_loop():
    loop, many = KERNELS["gelu"].forward_loop[np.dtype(np.float64)], np.linspace(-3, 3, 5_000_000)
    seen, done = [], threading.Event()

    def watch():
        while not done.is_set():
            seen.append(done.is_set())
            done.wait(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    before = len(seen)
    loop(many, np.empty_like(many))
    during = len(seen) - before
    done.set()
    watcher.join()
    assert during > 1
