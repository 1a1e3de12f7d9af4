"""(f) How long until something happens: import, and the first training step with cold and with warm kernel cache."""

import shutil
import statistics
import tempfile

from .harness import OURS, Table
from .peers import missing, peer
from .programs import run_program

TIMED = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"
FIRST_STEP = """
import time
start = time.perf_counter()
from benchmarks.digits import Task, {maker}
step = {maker}(Task(64))
step()
print(time.perf_counter() - start)
"""


def imports(budget):
    """Seconds of each import, in turns, in fresh interpreters."""
    statements = {"NumPy": "import numpy", OURS: "import autograd", f"{OURS} with nn": "import autograd, nn"}
    names = {"PyTorch": "torch", "JAX": "jax", "MyGrad": "mygrad", "micrograd": "micrograd.engine"}
    for who, name in names.items():
        if peer(name.partition(".")[0]):
            statements[who] = f"import {name}"
    seconds = {who: [] for who in statements}
    for turn in range(1 if budget.quick else 8):
        for who, statement in statements.items():
            taken = float(run_program(TIMED.format(statement)))
            if turn or budget.quick:  # the first reads from disk
                seconds[who].append(taken)
    medians = {who: statistics.median(taken) for who, taken in seconds.items()}
    rows = [(who, f"{1e3 * taken:.0f}", f"{medians[OURS] / taken:.2f}") for who, taken in medians.items()]
    short = {"import": {who: medians[OURS] / medians[who] for who in medians if who in ("PyTorch", "JAX", "MyGrad")}}
    notes = missing("torch", "jax", "mygrad")
    return Table("Import", columns=("who", "ms", "ours / theirs"), rows=rows, notes=notes, short=short)


def first_steps(budget):
    """Seconds from the start of the program's imports to the end of the first training step."""
    makers = {OURS: "gradwalk"}
    if peer("torch"):
        makers["PyTorch"] = "torch_eager"
    if peer("jax"):
        makers["JAX jit"] = "jax_steps"
    rows, seconds = [], {}
    for who, maker in makers.items():
        folder = tempfile.mkdtemp()
        try:
            code = FIRST_STEP.format(maker=maker)
            cold = float(run_program(code, NUMBA_CACHE_DIR=folder))
            rounds = 5 if not budget.quick else who == OURS  # peers keep nothing on disk: cold is as warm
            warm = [float(run_program(code, NUMBA_CACHE_DIR=folder)) for _ in range(rounds)] or [cold]
        finally:
            shutil.rmtree(folder)
        seconds[who] = statistics.median(warm)
        rows.append((who, f"{cold:.2f}", f"{seconds[who]:.2f}"))
    title = "From the start of the program to the first training step of the digit net"
    notes = ["cold: kernels are compiled; warm: they come from the disk; peers keep nothing there"]
    short = {"import to first training step, warm": {who: seconds[OURS] / seconds[who] for who in [*seconds][1:]}}
    return Table(title, columns=("who", "cold, s", "warm, s"), rows=rows, notes=notes, short=short)


def run(budget):
    """Import and first step."""
    return [imports(budget), first_steps(budget)]
