"""`gradwalk doctor`: what is installed, what lays pictures out, and what stands in the way."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

import autograd
import nn

from . import layout

PACKAGES = ("autograd", "nn", "viz")
_OPTIONAL = ("numpy", "numba", "graphviz", "rich", "pygraphviz", "matplotlib", "scikit-learn", "ipywidgets", "torch")


def examine():
    """Findings as (what, what was found, whether it is right)."""
    yield "gradwalk", _version("gradwalk") or "not installed as a package", True
    yield "Python", f"{platform.python_version()} at {sys.executable}", sys.version_info >= (3, 11)
    for name in _OPTIONAL:
        needed = name in ("numpy", "numba", "graphviz", "rich")
        found = _version(name)
        yield (
            name,
            found or ("missing: pip install gradwalk" if needed else "not installed (optional)"),
            bool(found) or not needed,
        )
    yield from _layout()
    yield from _kernel_cache()
    yield from _imports()
    yield from _clashes()


def report():
    """The findings as text, and whether all is right."""
    findings = list(examine())
    width = max(len(what) for what, _, _ in findings)
    lines = [f"{'  ' if right else '! '}{what.ljust(width)}  {found}" for what, found, right in findings]
    healthy = all(right for _, _, right in findings)
    lines.append("" if healthy else "\nLines with ! need attention.")
    return "\n".join(lines).rstrip(), healthy


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _layout():
    engine = layout.find_engine()
    if engine is None:
        yield "layout engine", layout.MISSING.partition("\n")[0] + ' pip install "gradwalk[draw]"', False
        return
    try:
        layout.render('digraph { a -> b [label="→"] }', "svg")
    except layout.LayoutError as error:
        yield "layout engine", f"{engine.name} {engine.version} fails: {error}", False
    else:
        yield "layout engine", f"{engine.name} {engine.version} ({engine.where})", True


def _kernel_cache():
    """Where compiled kernels are kept: beside the source, or where NUMBA_CACHE_DIR says."""
    place = Path(os.environ.get("NUMBA_CACHE_DIR") or Path(autograd.__file__).parent)
    writable = os.access(place, os.W_OK) or (not place.exists() and os.access(place.parent, os.W_OK))
    note = str(place) if writable else f"{place} cannot be written; kernels go to the user's cache directory instead"
    yield "kernel cache", note, True


def _imports():
    """Where each package was imported from: all three from one place."""
    home = Path(__file__).resolve().parent.parent
    for name, module in zip(PACKAGES, (autograd, nn, sys.modules[__package__]), strict=True):
        place = Path(module.__file__ or "?").resolve()
        right = place.parent.parent == home
        yield f"import {name}", str(place) + ("" if right else f": not the one of gradwalk, which is in {home}"), right


def _clashes():
    """Other distributions that install a package of the same name."""
    found = {}
    for dist in distributions():
        name = dist.metadata["Name"]
        if name and name != "gradwalk":
            for package in PACKAGES:
                if package in _top_level(dist):
                    found.setdefault(package, set()).add(name)
    for package, names in sorted(found.items()):
        others = ", ".join(sorted(names))
        yield f"name {package}", f"also installed by {others}: pip uninstall {others}", False
    if not found:
        yield "names", f"no other installed package is called {', '.join(PACKAGES)}", True


def _top_level(dist):
    told = dist.read_text("top_level.txt")
    if told:
        return set(told.split())
    return {path.parts[0] for path in dist.files or () if len(path.parts) > 1 and path.suffix == ".py"}
