"""(g) Peak memory of training the digit net, above what the interpreter and the framework take before."""

import sys

from .harness import OURS, Table
from .peers import missing, peer
from .programs import run_program

PROGRAM = """
import pathlib
from benchmarks.digits import Task, {maker}
from benchmarks.peers import peer
peer({package!r})
task = Task({batch})
def now(name):
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name))) / 1024
before = now("VmRSS")
step = {maker}(task)
for _ in range(30):
    step()
print(now("VmHWM") - before, before)
"""


def run(budget):
    """Megabytes at batch 64 and 1024."""
    if not sys.platform.startswith("linux"):
        return [Table("Peak memory", notes=["measured on Linux only"])]
    makers = {OURS: ("gradwalk", None), "NumPy by hand": ("numpy_by_hand", None)}
    makers[f"{OURS} compiled"] = ("gradwalk_compiled", None)
    if peer("torch"):
        makers["PyTorch"] = ("torch_eager", "torch")
    if peer("jax"):
        makers["JAX jit"] = ("jax_steps", "jax")
    if peer("mygrad"):
        makers["MyGrad"] = ("mygrad_step", "mygrad")
    rows = []
    for who, (maker, package) in makers.items():
        row = [who]
        for batch in (64,) if budget.quick else (64, 1024):
            code = PROGRAM.format(maker=maker, package=package or "numpy", batch=batch)
            peak, before = map(float, run_program(code).split())
            row.append(f"{peak:.1f}")
        rows.append((*row, f"{before:.0f}"))
    columns = ("who", *(f"batch {batch}, MiB" for batch in ((64,) if budget.quick else (64, 1024))), "before, MiB")
    notes = [
        "30 steps with SGD; before: interpreter, framework and data; kernels come from the disk",
        *missing("torch"),
    ]
    return [Table("Peak memory of training the digit net", columns=columns, rows=rows, notes=notes)]
