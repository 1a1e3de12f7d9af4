"""What `import autograd` offers: every row under its name, everything documented, nothing heavy imported."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import TABLE, Value
from autograd.operation import Operation
from autograd.ops import methods

INTERNAL = {
    "max_values", "median_values", "min_values", "overwrite", "place", "put_back", "shift", "sorted_values",
    "spherical_bessel", "sum_to", "to", "topk_values", "trace", "view",
}  # fmt: skip
OF_AUTOGRAD = [
    name for name, op in TABLE.items() if getattr(op.forward, "__module__", "").startswith("autograd.ops") or
    isinstance(op.forward, np.ufunc)
]  # fmt: skip


def test_every_row_is_a_function():
    missing = [name for name in OF_AUTOGRAD if name not in INTERNAL and not hasattr(autograd, name)]
    assert not missing, f"say so in autograd/__init__.py: {missing}"


@pytest.mark.parametrize("name", autograd.__all__)
def test_everything_is_documented(name):
    thing = getattr(autograd, name)
    if isinstance(thing, (float, dict, type(None), np.dtype)):
        return
    documentation = thing.__doc__ or ""
    assert len(documentation) > 8, f"autograd.{name} has no docstring"


def test_methods_are_documented():
    for name in dir(Value):
        thing = getattr(Value, name)
        if not name.startswith("_") and (callable(thing) or isinstance(thing, property)):
            assert thing.__doc__, f"Value.{name} has no docstring"
            assert not isinstance(thing, Operation), f"Value.{name} would not get the Value"


def test_the_lists_of_methods_name_what_there_is():
    for module, names in methods._FUNCTIONS.items():
        for name in names.split():
            assert hasattr(module, name)
    assert TABLE.keys() >= methods._NOT_METHODS


def test_the_version_is_one():
    said = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert autograd.__version__ == said["project"]["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", autograd.__version__)


def test_nothing_heavy_is_imported():
    heavy = "numba scipy matplotlib rich graphviz sklearn torch hypothesis numpy.random numpy.testing"
    program = f"import autograd, sys; print([m for m in {heavy.split()} if m in sys.modules])"
    seen = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"


def test_the_package_under_another_name():
    import autograd as torch

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (g,) = torch.autograd.grad((x * x).sum(), x)
    assert g.tolist() == [2.0, 4.0]
    torch.autograd.backward([(x * 3).sum()])
    assert x.grad.tolist() == [3.0, 3.0]
    assert isinstance(x, torch.Tensor)
    assert x.size() == torch.Size((2,))
    assert x.dtype == torch.float32 == torch.float
    namespace = {}
    exec("from autograd import *", namespace)
    assert namespace["tensor"] is torch.tensor
    assert "np" not in namespace


def test_print_options():
    before = np.get_printoptions()
    try:
        autograd.set_printoptions(precision=2, sci_mode=False)
        assert repr(Value(np.array([1 / 3, 1e-9]))) == "Value([0.33, 0.  ])"
        autograd.set_printoptions(profile="full")
        assert np.get_printoptions()["threshold"] == float("inf")
    finally:
        np.set_printoptions(**before)


def test_grad_fn_of_a_long_chain():
    x = Value(1.0)
    y = x
    for _ in range(5000):
        y = y * 2.0
    assert y.grad_fn.name == "mul"
    steps, maker = 0, y.grad_fn
    while maker is not None:
        ((maker, _),), steps = maker.next_functions, steps + 1
    assert steps == 5000
    assert Value(np.ones(3)).sum(dim=0).grad_fn.parameters == {"dim": 0}
