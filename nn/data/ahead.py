"""Making things ahead: a thread fills a short queue while the program uses what came before."""

import queue
import threading

END = object()


def made_ahead(things, depth):
    """The same things in the same order, made by a thread that is at most `depth` ahead.

    An error in the thread is raised where the thing it was making is asked for. The thread ends with the iteration,
    also one that is left early.
    """
    ready, left = queue.Queue(max(depth, 1)), threading.Event()
    thread = threading.Thread(target=_make, args=(things, ready, left), name="DataLoader", daemon=True)
    thread.start()
    try:
        while True:
            thing, error = ready.get()
            if error is not None:
                raise error
            if thing is END:
                return
            yield thing
    finally:
        left.set()
        while thread.is_alive():  # it may be waiting for room in the queue
            _drain(ready)
            thread.join(0.01)


def _make(things, ready, left):
    try:
        for thing in things:
            ready.put((thing, None))
            if left.is_set():
                return
        ready.put((END, None))
    except BaseException as error:
        ready.put((END, error))


def _drain(ready):
    try:
        while True:
            ready.get_nowait()
    except queue.Empty:
        return
