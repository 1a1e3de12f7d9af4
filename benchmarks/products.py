"""(e) Matrix products and linear layers, float32."""

import numpy as np

from autograd import tensor
from autograd.ops.linear import linear, matmul

from .harness import OURS, Table, measure
from .peers import missing, peer


def products(size):
    """A square product, without a graph."""
    random = np.random.default_rng(0)
    a, b = (random.standard_normal((size, size)).astype(np.float32) for _ in range(2))
    x, y = tensor(a), tensor(b)
    found = {OURS: lambda: matmul(x, y), "NumPy": lambda: a @ b}
    if peer("torch"):
        p, q = peer("torch").tensor(a), peer("torch").tensor(b)
        found["PyTorch"] = lambda: p @ q
    return found


def layer(batch, inputs, outputs):
    """x Wᵀ + b and all three gradients."""
    random = np.random.default_rng(0)
    shapes = (batch, inputs), (outputs, inputs), (outputs,)
    arrays = [random.standard_normal(shape).astype(np.float32) for shape in shapes]
    upstream = random.standard_normal((batch, outputs)).astype(np.float32)
    mine = [tensor(array, requires_grad=True) for array in arrays]

    def ours():
        for leaf in mine:
            leaf.grad = None
        linear(*mine).backward(upstream)

    x, w, b = arrays

    def by_hand():
        y = x @ w.T
        y += b
        return y, upstream @ w, upstream.T @ x, upstream.sum(0)

    found = {OURS: ours, "NumPy by hand": by_hand}
    if peer("torch"):
        torch = peer("torch")
        theirs = [torch.tensor(array, requires_grad=True) for array in arrays]
        g = torch.tensor(upstream)

        def torch_layer():
            for leaf in theirs:
                leaf.grad = None
            torch.nn.functional.linear(*theirs).backward(g)

        found["PyTorch"] = torch_layer
    return found


def run(budget):
    """One table of products, one of layers."""
    sizes = (4, 64, 512) if budget.quick else (4, 16, 64, 256, 1024)
    layers = ((4, 2, 4), (64, 784, 128)) if budget.quick else ((4, 2, 4), (100, 2, 16), (64, 784, 128), (256, 512, 512))
    notes = missing("torch")
    return [
        Table("Matrix products n × n", [measure(f"n = {n}", products(n), budget) for n in sizes], notes=notes),
        Table(
            "A linear layer with its three gradients",
            [measure(f"batch {n}, {i} → {o}", layer(n, i, o), budget) for n, i, o in layers],
            notes=notes,
        ),
    ]
