"""Threads that help the machine with its tasks, as long as a loop of steps runs."""

import _thread
import importlib
import os
import threading
from contextlib import contextmanager

import numpy as np

from .vocabulary import MOST_TASKS, NEXT, NOTHING, STOP, TEAM

ALONE = np.zeros(0, np.int64)  # the words of a team without helpers


def possible():
    """How many helpers there may be: threads of others, and whoever limits threads, get what is theirs."""
    if threading.current_thread() is not threading.main_thread():
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, importlib.import_module("numba").config.NUMBA_NUM_THREADS, MOST_TASKS) - 1


@contextmanager
def helping(count, code, memory):
    """A block in which `count` helpers wait for tasks of a step's code. Gives the words that are shared with them."""
    if not count:
        yield ALONE
        return
    team = np.zeros(TEAM, np.int64)
    team[NEXT] = NOTHING
    for _ in range(count):  # nobody waits until they are there: tasks are done without them
        _thread.start_new_thread(code.runner.help, (memory, code.program, team))
    try:
        yield team
    finally:
        team[NEXT] = STOP  # no task is left, and none can be taken any more: whoever comes late goes at once


class Choice:
    """Whether helpers pay, found out by trying both: pieces of a loop with and without them, and their times.

    The same every so often, since other programs come and go.
    """

    TRIED, AGAIN = 3, 200  # pieces of each kind that are timed, and after how many it is tried anew
    HOPELESS = 1.3  # times as long, where one piece is enough

    def __init__(self):
        self.times, self.count = {False: [], True: []}, 0

    def helpers(self):
        """How many helpers the next piece is to have."""
        return possible() if self._wanted() else 0

    def _wanted(self):
        without, with_them = self.times[False], self.times[True]
        if with_them and min(with_them) > self.HOPELESS * min(without):
            return False
        if min(len(without), len(with_them)) < self.TRIED:
            return len(with_them) < len(without)
        return min(with_them) < 0.95 * min(without)

    def took(self, helped, seconds):
        """How long a step of a piece took."""
        self.times[helped].append(seconds)
        self.count += 1
        if self.count % self.AGAIN == 0:
            self.times = {False: [], True: []}
