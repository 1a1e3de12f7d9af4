"""The translator of plain loops: the same text as Python and as machine code."""

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

numba = pytest.importorskip("numba")
ir = pytest.importorskip("llvmlite.ir")
from numba.core.compiler_lock import global_compiler_lock  # noqa: E402
from numba.core.registry import cpu_target  # noqa: E402

from autograd.program import loops, plain  # noqa: E402

WHOLE = ir.IntType(64)
LIMIT = 7  # a global that the functions below read


def arithmetic(a, b, out):
    out[0] = a + b - a * 3
    out[1] = a // b
    out[2] = a % b
    out[3] = (a >> 2) + (b << 1)
    out[4] = (a & 255) | 1
    out[5] = -a
    out[6] = min(a, b) - max(a, LIMIT)
    out[7] = a if a > b else b
    return out[0]


def decisions(a, b, out):
    out[0] = int(a < b <= LIMIT)
    out[1] = int(a == b or a != LIMIT)
    out[2] = int(not a)
    if a > 0 and out[a % 8] == 0:
        out[3] = 1
    elif b > 0:
        out[3] = 2
    else:
        out[3] = 3
    out[4], out[5] = b, a
    return 1 if a else -1


def steps(a, b, out):
    total, i = 0, 0
    for k in range(a % 50):
        if k % 3 == 0:
            continue
        for j in range(k, a % 50, 2):
            total += j * k
    while i < b % 40 and total > -1:
        i += 1
        out[i % 8] += total
        if i == 30:
            return i
    for _ in range(5, 2):
        total = -1
    out[0] = total
    return total


def called(a, b, out):
    out[2] = arithmetic(a, b, out) + LIMIT
    return out[2]


def compiled(function, kinds):
    """A function as machine code, kept nowhere."""
    codegen = cpu_target.target_context.codegen()
    with global_compiler_lock:
        library = codegen.create_library(function.__name__)
        module = library.create_ir_module(function.__name__)
        plain.write_function(module, function, kinds, "tried")
        library.add_ir_module(module)
        library.finalize()
    return library, plain.callable_in(library, "tried", len(kinds))


@functools.cache
def machine_code(function):
    return compiled(function, [WHOLE, WHOLE, WHOLE.as_pointer()])


@pytest.mark.parametrize("function", [arithmetic, decisions, steps, called])
@given(a=st.integers(-(2**30), 2**30), b=st.integers(-(2**30), 2**30).filter(bool))
def test_whole_numbers(function, a, b):
    agree(function, a, b)


@pytest.mark.parametrize("function", [arithmetic, decisions, steps, called])
@pytest.mark.parametrize("a", [-7, -1, 0, 1, 6, 7, 8, 100])
@pytest.mark.parametrize("b", [-8, -7, -2, -1, 1, 2, 7, 9])
def test_small_whole_numbers(function, a, b):
    agree(function, a, b)


def agree(function, a, b):
    expected, got = np.zeros(8, np.int64), np.zeros(8, np.int64)
    result = function(a, b, expected)
    assert machine_code(function)[1](a, b, got.ctypes.data) == result
    assert np.array_equal(got, expected)


@pytest.mark.parametrize(("dtype", "real"), [(np.float32, ir.FloatType()), (np.float64, ir.DoubleType())])
def test_real_numbers(dtype, real):
    """Running sums of a real instruction, as Python and as machine code; NaN counts as the largest."""
    kinds = [real.as_pointer(), WHOLE.as_pointer(), WHOLE.as_pointer(), WHOLE, WHOLE]
    random = np.random.default_rng(0)
    for function, mode in ((loops.running, 0), (loops.running, 1), (loops.largest, 0), (loops.largest, 1)):
        numbers = random.standard_normal(80).astype(dtype)
        numbers[[3, 17]] = np.nan, np.inf
        line = np.array([0, 40, 2, 5, 4, 0, mode, 1], np.int64)
        whole, mine = np.zeros(1, np.int64), numbers.copy()
        with np.errstate(all="ignore"):
            assert function(mine, whole, line, 0, 0) == 1
        library, run = compiled(function, kinds)
        assert run(numbers.ctypes.data, whole.ctypes.data, line.ctypes.data, 0, 0) == 1
        np.testing.assert_allclose(numbers, mine, rtol=1e-6)
        del library
