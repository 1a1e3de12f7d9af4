"""Optimizer steps over one parameter, float32."""

import numpy as np

from autograd.value import Value, constant
from nn import optim

from .harness import OURS, Table, measure
from .peers import missing, peer

METHODS = {
    "SGD": ("SGD", {"lr": 1e-3}),
    "SGD, momentum": ("SGD", {"lr": 1e-3, "momentum": 0.9}),
    "Adam": ("Adam", {}),
    "AdamW": ("AdamW", {}),
    "RMSprop": ("RMSprop", {}),
}


def candidates(method, size):
    """A step of each library's optimizer."""
    name, settings = METHODS[method]
    random = np.random.default_rng(0)
    start, gradient = (random.standard_normal(size).astype(np.float32) for _ in range(2))
    parameter = Value(start)
    parameter.grad = constant(gradient)
    found = {OURS: getattr(optim, name)([parameter], **settings).step}
    if peer("torch"):
        torch = peer("torch")
        theirs = torch.tensor(start, requires_grad=True)
        theirs.grad = torch.tensor(gradient)
        found["PyTorch"] = getattr(torch.optim, name)([theirs], **settings).step
    return found


def run(budget):
    """Each method at several sizes."""
    sizes = (100_000,) if budget.quick else (1_000, 100_000, 1_000_000)
    cases = [measure(f"{method}, {size:,}", candidates(method, size), budget) for method in METHODS for size in sizes]
    short = {}
    for case in cases:
        if case.name == "Adam, 100,000":
            short = case.short("Adam's update of 100,000 parameters")
    return [Table("Optimizer steps", cases, notes=missing("torch"), short=short)]
