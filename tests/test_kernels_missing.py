"""Where kernels cannot run NumPy does the work; how they are compiled."""

import os
import pathlib
import platform
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_kernels import needs_numba

import autograd
from autograd import TABLE
from autograd.kernels import KERNELS, compiling, layout
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
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    monkeypatch.setattr(layout, "FITTING", 0x1 | 0x2)  # as if flags meant something else
    layout.known.cache_clear()
    compiling._possible.cache_clear()
    try:
        kernel = KERNELS["relu"]
        assert Pointwise(*kernel.bodies).forward(np.ones(5000)) is NotImplemented
    finally:
        layout.known.cache_clear()
        compiling._possible.cache_clear()


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
