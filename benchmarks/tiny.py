"""(b) Training steps of tiny nets: XOR's 2-4-2 at batch 4 and 2-16-2 at batch 100. Overhead is everything."""

from . import digits


def run(budget):
    """One table a net."""
    tables = []
    for hidden, batch in ((4, 4),) if budget.quick else ((4, 4), (16, 100)):
        make = lambda batch, hidden=hidden: digits.Task(batch, 2, hidden, 2, loop=1000)
        tables.append(digits.table(f"A training step of 2 → {hidden} → 2", make, (batch,), budget, batch))
    return tables
