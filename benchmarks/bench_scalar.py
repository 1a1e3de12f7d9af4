"""Eager scalars, forward and backward: `python benchmarks/bench_scalar.py`, or the question `scalars`.

A chain of x·c + a and relu, as in a neuron, in this project, micrograd and PyTorch.
"""

import pathlib
import sys

if __name__ == "__main__":  # run as a file: the project stands one floor up
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from autograd import Value
from benchmarks.harness import FULL, OURS, Table, measure
from benchmarks.peers import missing, peer

LENGTH = 1000  # links of three operations each


def chain(make, relu):
    """Builds a chain from a leaf; its result and the leaves."""

    def forward():
        x = start = make(0.5)
        shift = make(0.001)
        for _ in range(LENGTH):
            x = relu(x * 0.999 + shift)
        return x, start

    return forward


def candidates():
    """Forward passes by name."""
    found = {OURS: chain(Value, Value.relu)}
    if peer("micrograd"):
        from micrograd.engine import Value as Micrograd

        found["micrograd"] = chain(Micrograd, Micrograd.relu)
    if peer("torch"):
        torch = peer("torch")
        found["PyTorch"] = chain(lambda number: torch.tensor(number, requires_grad=True), torch.relu)
    return found


def run(budget=FULL):
    """Times of one operation, forward alone and with backward."""
    operations = 3 * LENGTH
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 20 * LENGTH))  # micrograd's backward is recursive
    made = candidates()
    forward = {who: (build, operations) for who, build in made.items()}

    def both(build):
        return lambda: build()[0].backward()

    passes = {who: (both(build), operations) for who, build in made.items()}
    cases = [
        measure("an operation, forward", forward, budget),
        measure("an operation, forward and backward", passes, budget),
    ]
    notes = [f"a chain of {LENGTH} links relu(x * c + a): {operations} operations", *missing("micrograd", "torch")]
    short = cases[1].short("a scalar operation, forward and backward")
    return [Table("Scalars, eager: time an operation", cases, notes=notes, short=short)]


if __name__ == "__main__":
    from benchmarks.report import show

    for answer in run():
        show(answer)
