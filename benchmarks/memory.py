"""(g) Peak memory of training the digit net, above what a bare interpreter takes."""

import sys

from .harness import OURS, Table
from .peers import missing, peer
from .programs import run_program

# What importing this project takes is counted only where it does the training: every program needs the task from it.
PROGRAM = """
import pathlib
def now(name):
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name))) / 1024
bare = now("VmRSS")
import numpy
before = now("VmRSS")
from benchmarks.digits import Task, {maker}
from benchmarks.peers import peer
this = 0 if {ours} else now("VmRSS") - before
peer({package!r})
task = Task({batch})
framework = now("VmRSS")
step = {maker}(task)
for _ in range(30):
    step()
print(framework - bare - this, now("VmHWM") - bare - this)
"""


def run(budget):
    """Megabytes at batch 64 and 1024."""
    if not sys.platform.startswith("linux"):
        return [Table("Peak memory", notes=["measured on Linux only"])]
    makers = {OURS: ("gradwalk", None), f"{OURS} compiled": ("gradwalk_compiled", None)}
    makers["NumPy by hand"] = ("numpy_by_hand", "numpy")
    if peer("torch"):
        makers["PyTorch"] = ("torch_eager", "torch")
    if peer("jax") and not budget.quick:
        makers["JAX jit"] = ("jax_steps", "jax")
    if peer("mygrad") and not budget.quick:
        makers["MyGrad"] = ("mygrad_step", "mygrad")
    batches = (64,) if budget.quick else (64, 1024)
    rows, peaks = [], {}
    for who, (maker, package) in makers.items():
        for batch in batches:
            code = PROGRAM.format(maker=maker, package=package or "numpy", batch=batch, ours=package is None)
            before, peaks[who, batch] = map(float, run_program(code).split())
        ratios = (f"{peaks[OURS, batch] / peaks[who, batch]:.2f}" for batch in batches)
        rows.append((who, f"{before:.0f}", *(f"{peaks[who, batch]:.0f}" for batch in batches), *ratios))
    columns = ("who", "imported", *(f"batch {b}, MiB" for b in batches), *(f"{b}: ours / theirs" for b in batches))
    notes = [
        "30 steps with SGD (compiled: 30 times 50 steps, over 50 batches); all figures are above the bare interpreter; "
        "imported: framework and data, before the first step; kernels come from the disk",
        *missing("torch"),
    ]
    short = {"peak memory, digit net": {who: peaks[OURS, 64] / peaks[who, 64] for who in makers if OURS not in who}}
    return [Table("Peak memory of training the digit net", columns=columns, rows=rows, notes=notes, short=short)]
