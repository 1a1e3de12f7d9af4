"""The machines that run programs: loaded when the first program is made, since they bring the compiler along."""

import importlib
import sys
import threading
from functools import cache

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
