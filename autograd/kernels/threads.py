"""Large arrays in halves, on two threads: only where starting the second one costs little beside the work.

A thread lives for one loop, so nothing of it is there when a process forks.
"""

import threading

from .compiling import numba

MANY = 5_000_000  # entries from which on two threads win, as the benchmark `activations` has it


def run(loop, arrays, settings):
    """`loop(*arrays, *settings)` over vectors of one length."""
    count = arrays[0].size
    if count < MANY or not _may_share():
        loop(*arrays, *settings)
        return
    middle = count // 2
    other = threading.Thread(target=loop, args=(*[a[:middle] for a in arrays], *settings))
    other.start()
    loop(*[a[middle:] for a in arrays], *settings)
    other.join()


def _may_share():
    """Whether a second thread is there for this one: others than the main thread are themselves somebody's share."""
    return numba().config.NUMBA_NUM_THREADS > 1 and threading.current_thread() is threading.main_thread()
