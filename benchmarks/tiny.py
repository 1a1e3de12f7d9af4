"""(b) Training steps of tiny nets: XOR's 2-4-2 at batch 4 and 2-16-2 at batch 100. Overhead is everything."""

from . import digits


def run(budget):
    """One table a net."""
    return [
        digits.table(
            "A training step of 2 → 4 → 2", lambda batch: digits.Task(batch, 2, 4, 2, loop=1000), (4,), budget, 4
        ),
        digits.table(
            "A training step of 2 → 16 → 2", lambda batch: digits.Task(batch, 2, 16, 2, loop=1000), (100,), budget, 100
        ),
    ]
