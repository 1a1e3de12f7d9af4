"""Large arrays in parts, one for each core: where waking a thread costs little beside the work.

The helping threads wait between loops. A process that forks leaves them behind and starts its own.
"""

import os
import queue
import threading
from functools import cache
from itertools import pairwise

import numpy as np

# Entries worth a thread's while, as the benchmarks `activations` and `updates` have it: to wake one can take a tenth of
# a millisecond.
PART = 250_000
LIGHT = 500_000  # of loops that hardly compute
_jobs = queue.SimpleQueue()
_helpers = []


def run(loop, arrays, settings, part=PART):
    """`loop(*arrays, *settings)` over arrays of one shape, with a thread for each `part` entries."""
    count = arrays[0].size
    if count < 2 * part or (parts := _parts(count, part)) < 2:
        loop(*arrays, *settings)
        return
    arrays = [a.reshape(-1) for a in arrays]
    ends = [count * i // parts for i in range(parts + 1)]
    jobs = [_Job(loop, (*[a[i:j] for a in arrays], *settings)) for i, j in pairwise(ends[1:])]
    for job in jobs:
        _jobs.put(job)
    loop(*[a[: ends[1]] for a in arrays], *settings)
    for job in jobs:
        job.wait()


def made(loop, arrays, settings=(), part=PART):
    """A new array from `loop(*arrays, new, *settings)`, in threads as above; NotImplemented if they do not fit."""
    first = arrays[0]
    if first.size < 2 * part:
        return loop(*arrays, None, *settings)
    for a in arrays:
        if a.__class__ is not np.ndarray or a.dtype != first.dtype or not a.flags.c_contiguous or a.size != first.size:
            return NotImplemented
    y = np.empty_like(first)
    run(loop, (*arrays, y), settings, part)
    return y


def _parts(count, part):
    """How many threads share the work. Only the main thread has helpers: others are themselves somebody's share."""
    if threading.current_thread() is not threading.main_thread():
        return 1
    parts = min(_cores(), count // part)
    while len(_helpers) < parts - 1:
        _helpers.append(threading.Thread(target=_help, args=(_jobs,), name="gradwalk helper", daemon=True))
        _helpers[-1].start()
    return parts


@cache
def _cores():
    """As many as Numba would use: NUMBA_NUM_THREADS, or all that this process may run on."""
    if chosen := os.environ.get("NUMBA_NUM_THREADS"):
        return int(chosen)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Job:
    """A part of a loop, done by whoever takes it; its error, if there is one, is raised where it is waited for."""

    def __init__(self, loop, arguments):
        self.loop, self.arguments, self.error = loop, arguments, None
        self.done = threading.Lock()
        self.done.acquire()

    def run(self):
        try:
            self.loop(*self.arguments)
        except BaseException as error:
            self.error = error
        self.arguments = None  # a waiting helper keeps nobody's arrays alive
        self.done.release()

    def wait(self):
        self.done.acquire()
        if self.error is not None:
            raise self.error


def _help(jobs):
    while True:
        jobs.get().run()


def _forget_helpers():
    """In a new process: the threads are not there, and the queue may have been forked in the middle of a job."""
    global _jobs
    _jobs = queue.SimpleQueue()
    _helpers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)
