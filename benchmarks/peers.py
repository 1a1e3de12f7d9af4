"""The other frameworks, where they are installed; every one of them gets the same number of threads."""

import importlib
import os

PEERS = ("torch", "jax", "mygrad", "micrograd")
LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

_loaded = {}


def limit_threads(threads):
    """Set the number of threads of libraries that read it from the environment when they are imported."""
    os.environ.update(dict.fromkeys(LIBRARIES, str(threads)))
    if threads == 1:  # JAX has no setting for a number
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def threads():
    """How many threads everyone has."""
    return int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))


def peer(name):
    """The package, or None if it is not installed."""
    if name not in _loaded:
        try:
            _loaded[name] = importlib.import_module(name)
        except ImportError:
            _loaded[name] = None
        if name == "torch" and _loaded[name]:
            _loaded[name].set_num_threads(threads())
    return _loaded[name]


def missing(*names):
    """A note on peers that are not there, as a list."""
    absent = [name for name in names if peer(name) is None]
    return [f"not installed, so not compared: {', '.join(absent)} (`make bench` brings them along)"] if absent else []
