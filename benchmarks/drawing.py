"""(i) Walking, drawing and playing graphs from 10 to 100,000 nodes."""

import time

import viz
from autograd import Value, trace, walk

from .harness import Table


def net(count):
    """A chain of neurons with about `count` nodes."""
    x, w, b = Value(0.5), Value(0.9), Value(0.1)
    y = x
    for _ in range(max(count // 4, 1)):
        y = (y * w + b).tanh()
    return y


def seconds(action):
    """Time of one call; for short ones the best of five."""
    taken = []
    while len(taken) < 5 and sum(taken) < 1.0:
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return min(taken)


def run(budget):
    """What is drawn is folded above 150 nodes, as by default."""
    rows = []
    for count in (10, 100, 1_000) if budget.quick else (10, 100, 1_000, 10_000, 100_000):
        y = net(count)
        graph = trace(y)
        nodes = len(graph.nodes)
        actions = (
            lambda y=y: trace(y).nodes,
            lambda y=y: walk(y),
            lambda y=y: viz.draw(y).source,
            lambda y=y: viz.draw(y).svg,
            lambda y=y: viz.play(y, names=False).html,
        )
        rows.append((f"{nodes:,}", *(f"{1e3 * seconds(action):,.1f}" for action in actions)))
    columns = ("nodes", "trace, ms", "walk, ms", "DOT text, ms", "SVG, ms", "player's page, ms")
    notes = ["above 150 nodes the picture folds what repeats; trace and walk see every node"]
    return [Table("Walking and drawing", columns=columns, rows=rows, notes=notes)]
