"""The machines that run programs: loaded when the first program is made, since they bring the compiler along."""

import importlib
import sys
import threading
from contextlib import contextmanager
from functools import cache

import numpy as np

from ..kernels.blas import address
from .vocabulary import BLOCKS, INSTRUCTIONS, LINK, TASKS, UNIT

PATIENCE = 1.0  # seconds of compiling before it is announced


def machine(name):
    """The module of a machine, ready to run programs."""
    with _lock:
        return _prepared(name)


_lock = threading.Lock()


@cache
def _prepared(name):
    with _announced():
        module = importlib.import_module(f"{__package__}.{name}")
        module.compiled(module.run)
    return module


@contextmanager
def _announced():
    """A block that may have to compile something: says so if it takes long."""
    note = threading.Timer(PATIENCE, _announce)
    note.daemon = True
    note.start()
    try:
        yield
    finally:
        note.cancel()


def _announce():
    print(
        "autograd.compile: compiling the machine that runs programs; it is kept on disk for the next time",
        file=sys.stderr,
    )


def address_of(array):
    """Where an array begins."""
    return array.__array_interface__["data"][0]


FLOATS = {1: np.dtype(np.float32), 2: np.dtype(np.float64)}  # by the words of a number


class Runner:
    """The machine for arrays.

    blas       for each dtype the function for products (see `kernels.blas`), and from which size on it is used
    tiles_of   how many tiles a product consists of that is not left to the BLAS
    """

    def __init__(self):
        self.machine = machine("machine")
        self.run = self.machine.compiled(self.machine.run)
        products = importlib.import_module(f"{__package__}.products")
        self.blas = {dtype: (*address("gemm", dtype), products.LARGE) for dtype in FLOATS.values()}
        self.tiles_of = products.tiles_of

    def link(self, program):
        """Write into each line the address of its instruction's function, which is compiled if it is the first time.

        This is the program that is run from now on.
        """
        self.at = address_of(program)
        with _announced():
            function_of = importlib.import_module(f"{__package__}.machine_code").address_of
            for line in program:
                if line[0] not in (BLOCKS, TASKS):
                    line[LINK] = function_of(INSTRUCTIONS[int(line[0])], FLOATS[int(line[UNIT])])

    def __call__(self, memory, program, start, stop):
        """Run instructions once. Returns the number of one that failed, or -1."""
        return self.run(self.at, start, stop, memory.words_at, memory.whole_at)

    def train(self, job):
        """Run a program many times: see the machine's `train`."""
        return self.machine.compiled(self.machine.train)(address_of(job))

    def help(self, memory, program, team):
        """Do tasks as long as the team has some."""
        self.machine.compiled(self.machine.help)(self.at, memory.words_at, memory.whole_at, address_of(team))
