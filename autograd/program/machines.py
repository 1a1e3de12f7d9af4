"""The machines that run programs: loaded when the first program is made, since they bring the compiler along."""

import importlib
import sys
import threading
from functools import cache

import numpy as np

PATIENCE = 1.0  # seconds of compiling before it is announced


@cache
def machine(name, *kind):
    """The module of a machine, ready to run programs of a kind."""
    note = threading.Timer(PATIENCE, _announce)
    note.daemon = True
    note.start()
    try:
        module = importlib.import_module(f"{__package__}.{name}")
        module.prepare(*kind)
    finally:
        note.cancel()
    return module


def _announce():
    print(
        "autograd.compile: compiling the machine that runs programs; it is kept on disk for the next time",
        file=sys.stderr,
    )


class Runner:
    """The machine for arrays of one dtype."""

    def __init__(self, dtype):
        module = machine("tensor_machine", dtype)
        self.run = module.run
        self.function, self.width = module.blas(dtype)
        self.has_blas = bool(self.function)
        none = np.zeros(0, np.int64)
        self._once = none.reshape(0, 4), none, 0, np.zeros((0, 0), dtype), none, 0, np.zeros(1, dtype)

    def __call__(self, memory, program, start, stop):
        """Run instructions once. Returns the number of one that failed, or -1."""
        return self.steps(memory, program, start, stop, *self._once)[1]

    def steps(self, memory, program, start, stop, *steps):
        """Run them many times: see the machine's `run`."""
        return self.run(program, start, stop, memory.real, memory.whole, self.function, self.width, *steps)
