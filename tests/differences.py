"""The lines of docs/differences-from-pytorch.md, the checks that are registered for them, and two ways to compare."""

import math
import pathlib

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd import Value

torch = pytest.importorskip("torch")
TF = torch.nn.functional
PAGE = pathlib.Path(__file__).parents[1] / "docs" / "differences-from-pytorch.md"
CHECKS = {}


def lines():
    """The first column of the page's table."""
    cells = [line.split("|")[1].strip() for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    return cells[1:]


def difference(line):
    """Register the check of one line."""

    def register(check):
        CHECKS[line] = check
        return check

    return register


def slopes(function, *numbers):
    """Gradients of the sum of function(library, *inputs) here and in PyTorch, in float64."""
    mine = [Value(np.array(x, np.float64)) for x in numbers]
    function(autograd, *mine).sum().backward()
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
    function(torch, *theirs).sum().backward()
    return [np.asarray(v.grad) for v in mine], [v.grad.numpy() for v in theirs]


def both(function, x):
    """(value, slope, second derivative or None) of function(functional, x) at a float, here and in PyTorch."""
    mine = Value(x)
    y = function(F, mine)
    y.backward(create_graph=True)
    first, mine.grad = mine.grad, None
    second = None
    if first.requires_grad:
        first.backward()
        second = float(mine.grad)
    theirs = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    z = function(TF, theirs)
    (slope,) = torch.autograd.grad(z, theirs, create_graph=True)
    try:
        (bend,) = torch.autograd.grad(slope, theirs)
    except RuntimeError:
        bend = torch.tensor(math.nan)
    return (float(y), float(first), second), (z.item(), slope.item(), bend.item())


def only_here(function, error=Exception):
    """What function(library, functional, modules) gives here; in PyTorch it is an error."""
    with pytest.raises(error):
        function(torch, TF, torch.nn)
    return function(autograd, F, nn)
