"""Where kernels cannot run NumPy does the work; how they are compiled."""

import os
import pathlib
import platform
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_kernels import needs_numba

import autograd
from autograd import TABLE
from autograd.kernels import KERNELS, compiling, layout
from autograd.kernels.losses import _cross_entropy as cross_entropy_loops
from autograd.kernels.pointwise import Pointwise

# -- where kernels cannot run -----------------------------------------------------------------------------------------


def program(code, **environment):
    """What a new interpreter prints."""
    root = pathlib.Path(autograd.__file__).parent.parent
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=root, check=False,
        env={**os.environ, "PYTHONPATH": str(root), **environment},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


RELU = "x = Value(np.linspace(-3, 3, 5000)); TABLE['relu'](x).sum().backward()\nprint(int(x.grad.data.sum()))"
START = "import sys, numpy as np; from autograd import Value, TABLE\n"


def test_numba_is_imported_when_a_kernel_is_compiled(tmp_path):
    imported = "; print('numba' in sys.modules)\n"
    code = START + "TABLE['relu'](np.ones(10))" + imported + "TABLE['relu'](np.ones(5000))" + imported
    assert program(code, NUMBA_CACHE_DIR=str(tmp_path)).split() == ["False", str(compiling.numba() is not None)]
    assert program(code, NUMBA_CACHE_DIR=str(tmp_path)).split() == ["False", "False"]


def test_without_numba_numpy_does_the_work():
    assert program("import sys; sys.modules['numba'] = None\n" + START + RELU) == "2500"


@needs_numba
def test_where_nothing_can_be_written(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no directory")
    code = (
        "import tempfile, os\n"
        "def refuse(*arguments, **options): raise PermissionError('read-only')\n"
        "tempfile.TemporaryFile = refuse\n" + START + RELU
    )
    assert program(code, NUMBA_CACHE_DIR=str(blocked), HOME=str(blocked)) == "2500"


@needs_numba
def test_a_broken_cache_is_compiled_anew(tmp_path):
    code = START + RELU
    assert program(code, NUMBA_CACHE_DIR=str(tmp_path)) == "2500"
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        path.write_bytes(b"nonsense")
    assert program(code, NUMBA_CACHE_DIR=str(tmp_path)) == "2500"


@needs_numba
def test_a_kernel_that_does_not_compile_is_done_without(caplog):
    def impossible(x):
        return x.no_such_thing

    kernel = Pointwise(impossible, above=1)
    assert kernel.forward(np.ones(3)) is NotImplemented
    assert kernel.forward(np.ones(3)) is NotImplemented
    assert caplog.text.count("NumPy computes impossible") == 1


@needs_numba
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_kernels_run_in_threads_and_after_a_fork():
    code = (
        "import os, threading\n" + START + "x = np.linspace(-3, 3, 6_000_000); expected = TABLE['relu'](x)\n"
        "results = []\n"
        "threads = [threading.Thread(target=lambda: results.append(TABLE['relu'](x))) for _ in range(4)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "assert all((r == expected).all() for r in results)\n"
        "child = os.fork()\n"
        "if not child: os._exit(0 if (TABLE['relu'](x) == expected).all() else 1)\n"
        "print(os.waitpid(child, 0)[1])"
    )
    assert program(code) == "0"


@needs_numba
def test_without_a_compiler_kept_code_is_left_alone(tmp_path):
    """Numbers must not depend on what is left on a disk."""
    assert program(START + RELU, NUMBA_CACHE_DIR=str(tmp_path)) == "2500"
    code = "import sys; sys.modules['numba'] = None\n" + START + "from autograd.kernels import KERNELS\n"
    code += "print(KERNELS['relu'].forward(np.ones(5)) is NotImplemented)"
    assert program(code, NUMBA_CACHE_DIR=str(tmp_path)) == "True"


def test_where_arrays_stand_otherwise_in_memory(monkeypatch):
    monkeypatch.setattr(compiling, "_as_python", lambda: False)
    monkeypatch.setattr(layout, "FITTING", 0x1 | 0x2)  # as if flags meant something else
    layout.known.cache_clear()
    compiling._possible.cache_clear()
    try:
        kernel = KERNELS["relu"]
        assert Pointwise(*kernel.bodies).forward(np.ones(5000)) is NotImplemented
    finally:
        layout.known.cache_clear()
        compiling._possible.cache_clear()


# -- from Python into a loop ------------------------------------------------------------------------------------------

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
        (), (X,), (X, Y, Y), (X, 1.0), (X, None), (X, [0.0] * 6), (X, Y.astype(np.float64)), (X.astype(np.int32), Y),
        (X, Y.astype(">f4")), (X[::2], Y), (X, Y[::2]), (MATRIX.T, Y), (X, locked(Y)), (np.ma.array(X), Y),
        (X, np.frombuffer(bytearray(25), np.float32, 6, 1)),
    ],
)  # fmt: skip
def test_a_loop_takes_what_it_was_compiled_for(arguments):
    loop = KERNELS["relu"].forward_loop[X.dtype]
    with pytest.raises(TypeError, match=r"relu_float32 takes contiguous arrays .* as it was compiled for: in out"):
        loop(*arguments)


@needs_numba
def test_numbers_and_shapes_on_their_way_into_a_loop():
    relu, leaky = KERNELS["relu"].forward_loop[X.dtype], KERNELS["leaky_relu"].forward_loop[X.dtype]
    for shape in ((6,), (2, 3), (1, 6, 1), (3, 1, 2)):
        out = np.empty(shape, np.float32)
        assert relu((X - 3).reshape(shape), out) is None
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
    with pytest.raises(TypeError, match="cross_entropy_float32 takes"):
        classes(MATRIX, np.array([0, 2], np.int32), -100, 1)
    with pytest.raises(TypeError, match="float"):
        classes(MATRIX, np.array([0, 2]), 1.5, 1)
    with pytest.raises(TypeError, match="cross_entropy_float32 takes"):
        classes(X, np.array([0, 2]), -100, 1)


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


# -- compiling --------------------------------------------------------------------------------------------------------


@needs_numba
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20))
def test_float32_bodies_compute_in_float32(numbers):
    x = np.array(numbers, np.float32)
    np.testing.assert_array_equal(KERNELS["gelu_tanh"].forward(x).dtype, np.float32)
    wide = TABLE["gelu_tanh"].forward(x.astype(np.float64))
    np.testing.assert_allclose(KERNELS["gelu_tanh"].forward(x), wide, rtol=1e-5, atol=1e-6)


@needs_numba
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86-64 machine code")
@pytest.mark.parametrize("name", ["gelu", "softplus", "elu"])
def test_loops_work_on_several_numbers_at_once(name, monkeypatch, tmp_path):
    building, built = pytest.importorskip("autograd.kernels.building"), []

    def watched(*loop):
        built.append(building.library(*loop))
        return built[0].machine_code()

    monkeypatch.setattr(building, "object_code", watched)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    kernel = KERNELS[name]
    Pointwise(*kernel.bodies, **kernel.defaults).forward(np.ones(8, np.float32))
    assert "mulps" in built[0].get_asm_str()  # packed single precision, as many as a register holds
