"""(h) How time and memory grow with the graph: linearly, if a node costs the same everywhere."""

import gc
import time
import tracemalloc

import numpy as np

from autograd import Value

from .harness import Table


def chain(count):
    """One operation after another."""
    x = y = Value(1.0)
    for _ in range(count):
        y = y * 1.0
    return y, x


def wide(count):
    """A sum of many products."""
    x = Value(1.0)
    total = Value(0.0)
    for _ in range(count // 2):
        total = total + x * 2.0
    return total, x


def fan_out(count):
    """One value that every operation uses: the copy node adds up as many gradients."""
    x = Value(1e-9)
    y = x
    for _ in range(count):
        y = y + x
    return y, x


def doubling(count):
    """Each value used twice by the next: 2^count ways from end to end, one visit each."""
    x = y = Value(0.0)
    for _ in range(count):
        y = y + y
    return y, x


def vectors(count):
    """A chain of operations on arrays of 1,000 entries."""
    x = y = Value(np.zeros(1000))
    for _ in range(count):
        y = y + 1.0
    return y.sum(), x


SHAPES = {"chain": chain, "wide sum": wide, "fan-out": fan_out, "doubling": doubling, "arrays of 1,000": vectors}


def cost(build, count):
    """Nanoseconds a node forward and backward, and bytes a node while the graph is held."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        result, _ = build(count)
        middle = time.perf_counter()
        result.backward()
        end = time.perf_counter()
        del result
    finally:
        gc.enable()
    tracemalloc.start()
    held = build(min(count, 10_000))
    size = tracemalloc.get_traced_memory()[0] / min(count, 10_000)
    tracemalloc.stop()
    del held
    return (middle - start) / count * 1e9, (end - middle) / count * 1e9, size


def run(budget):
    """Every shape at several sizes."""
    sizes = (1_000, 100_000) if budget.quick else (1_000, 10_000, 100_000, 1_000_000)
    rows = []
    for name, build in SHAPES.items():
        for count in sizes:
            if build is vectors and count > 10_000:
                continue  # a gigabyte
            best = min(cost(build, count) for _ in range(3))
            rows.append((name, f"{count:,}", *(f"{number:,.0f}" for number in best)))
    columns = ("graph", "nodes", "forward, ns a node", "backward, ns a node", "bytes a node")
    return [Table("Growth with the number of nodes", columns=columns, rows=rows)]
