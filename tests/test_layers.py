"""The imports form the layers of ARCHITECTURE.md: a module imports only from below, and never inside a function."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Lowest first. A module belongs to the line with the longest prefix that fits it.
LAYERS = [
    ("autograd.errors", "autograd.arrays", "autograd.text", "autograd.mode", "autograd.kernels", "autograd.operation"),
    tuple(f"autograd.{m}" for m in ("memory", "value", "recording", "graph", "release", "sweep", "backward", "walk")),
    ("autograd.ops",),
    ("autograd",),
    ("nn.functional",),
    ("nn",),
    ("viz",),
]
HEAVY = {"numba", "scipy", "matplotlib", "sklearn", "torch", "rich", "graphviz", "pygraphviz", "IPython", "ipywidgets"}


def modules():
    for package in ("autograd", "nn", "viz"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())


def layer_of(name):
    fits = [
        (len(prefix), number)
        for number, line in enumerate(LAYERS)
        for prefix in line
        if name == prefix or name.startswith(prefix + ".")
    ]
    return max(fits)[1]


def imports(name, path):
    """Every module of the project that `path` imports, with whether the import stands inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(n) for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.Lambda)) for n in ast.walk(f)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found = [f"{stem}.{alias.name}" if f"{stem}.{alias.name}" in MODULES else stem for alias in node.names]
        else:
            continue
        for target in found:
            yield target, id(node) in inside


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down(name):
    for target, inside in imports(name, MODULES[name]):
        if target in MODULES:
            assert layer_of(target) <= layer_of(name), f"{name} imports {target}, which stands above it"
            assert not inside, f"{name} imports {target} inside a function"


def test_no_circles():
    graph = {name: {t for t, _ in imports(name, path) if t in MODULES and t != name} for name, path in MODULES.items()}
    faces = {name for name, path in MODULES.items() if path.name == "__init__.py"}
    left = {name: targets - faces for name, targets in graph.items() if name not in faces}
    while left:
        free = {name for name, targets in left.items() if not targets & left.keys()}
        assert free, f"these import each other in a circle: {sorted(left)}"
        left = {name: targets for name, targets in left.items() if name not in free}


@pytest.mark.parametrize("name", [n for n in MODULES if n.startswith(("autograd", "nn"))])
def test_heavy_packages_are_imported_when_needed(name):
    for target, inside in imports(name, MODULES[name]):
        if target.partition(".")[0] in HEAVY and not name.startswith(("autograd.kernels.", "autograd.program.")):
            assert inside, f"{name} imports {target} at import time"


def test_importing_loads_nothing_heavy():
    code = "import sys, autograd, nn, nn.optim, nn.data; print(*(name.partition('.')[0] for name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert not HEAVY & set(loaded.split())
