"""(d) Every activation, forward and backward, float32: against PyTorch, NumPy, and the copying of memory."""

import statistics

import numpy as np

import nn.functional  # its rows  # noqa: F401
from autograd import TABLE, tensor
from autograd.kernels import KERNELS, without_kernels
from autograd.kernels.pointwise import Pointwise

from .harness import OURS, Table, measure
from .peers import missing, peer

PARAMETERS = {"threshold": {"threshold": 0.1, "value": 20.0}}
NAMES = ["relu", *(name for name, kernel in KERNELS.items() if isinstance(kernel, Pointwise) and name != "relu")]


def in_torch(name):
    """PyTorch's function of the same meaning."""
    torch = peer("torch")
    functional = torch.nn.functional
    special = {
        "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
        "gelu_sigmoid": lambda x: x * torch.sigmoid(1.702 * x),
        "threshold": lambda x: functional.threshold(x, 0.1, 20.0),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
    }
    return special.get(name) or getattr(functional, name, None) or getattr(torch, name)


def candidates(name, size):
    """Forward and backward of one activation."""
    random = np.random.default_rng(0)
    numbers, upstream = (random.standard_normal(size).astype(np.float32) for _ in range(2))
    x, row, parameters = tensor(numbers, requires_grad=True), TABLE[name], PARAMETERS.get(name, {})

    def ours():
        x.grad = None
        row(x, **parameters).backward(upstream)

    def plain():
        with without_kernels():
            ours()

    buffer = np.empty_like(numbers)
    found = {OURS: ours, "copy": lambda: np.copyto(buffer, numbers)}
    if size <= 100_000:  # above, NumPy takes seconds
        found["NumPy"] = plain
    if peer("torch"):
        function, g = in_torch(name), peer("torch").tensor(upstream)
        leaf = peer("torch").tensor(numbers, requires_grad=True)

        def theirs():
            leaf.grad = None
            function(leaf).backward(g)

        found["PyTorch"] = theirs
    return found


def run(budget):
    """A row an activation, columns for each size; and the geometric means."""
    sizes = (100_000,) if budget.quick else (1_000, 100_000, 10_000_000)
    peers_of = lambda size: ["NumPy"] * (size <= 100_000) + ["PyTorch"] * bool(peer("torch"))
    columns = ["activation"]
    for size in sizes:
        columns += [f"{size:,}: µs", "copies", *(f"/ {who}" for who in peers_of(size))]
    rows, ratios = [], {(size, who): [] for size in sizes for who in peers_of(size)}
    for name in NAMES[::3] if budget.quick else NAMES:
        row = [name]
        for size in sizes:
            case = measure(name, candidates(name, size), budget)
            row += [f"{case.timings[OURS].median * 1e6:,.4g}", f"{case.ratio(OURS, 'copy'):.3g}"]
            for who in peers_of(size):
                ratios[size, who].append(case.ratio(OURS, who))
                row.append(f"{ratios[size, who][-1]:.2f}")
        rows.append(row)
    means, short = ["geometric mean"], {}
    for size in sizes:
        short[f"activations of {size:,} entries, mean"] = {
            who: statistics.geometric_mean(ratios[size, who]) for who in peers_of(size)
        }
        means += ["", "", *(f"{statistics.geometric_mean(ratios[size, who]):.2f}" for who in peers_of(size))]
    notes = [
        "forward and backward together; the columns with / are our time by theirs; copies: by one copy of the array"
    ]
    notes += missing("torch")
    return [Table("Activations, float32", columns=tuple(columns), rows=[*rows, means], notes=notes, short=short)]
