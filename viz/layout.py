"""From DOT text to a picture: the `dot` program where there is one, else the Graphviz inside pygraphviz.

Either runs as a process of its own: a layout can be interrupted, and what C libraries print stays out of the way.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from .errors import LayoutError

_PROLOG = b"<?xml"
PATIENCE = 60  # seconds
HURRY = 3  # after this part of it the layout starts again, with less care
LARGE = 30_000  # characters of DOT text, about 25 gates
BOUNDED = "graph [nslimit=1 nslimit1=1]"  # rounds that improve a large picture: more change little and take long
LESS_CARE = "graph [nslimit=0 nslimit1=0 mclimit=0.01 splines=line]"  # for long chains over few leaves
MISSING = """no Graphviz found to lay out the picture. Either
    pip install "gradwalk[draw]"        (brings Graphviz along, no other program needed)
or install the program `dot`:
    Debian, Ubuntu   sudo apt install graphviz
    Fedora           sudo dnf install graphviz
    macOS            brew install graphviz
    Windows          winget install graphviz
The DOT text needs neither: picture.source, picture.save("f.dot")."""

_BETWEEN = "\0"  # stands in no DOT text
_PYGRAPHVIZ = """
import sys, pygraphviz
for text in sys.stdin.buffer.read().decode().split(chr(0)):
    graph = pygraphviz.AGraph(string=text)
    try:
        sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
    except ValueError as error:
        sys.exit(str(error))
"""


@dataclass(frozen=True)
class Engine:
    """What lays pictures out: `name` ("dot" or "pygraphviz"), its `version`, where it is, and how it is called."""

    name: str
    version: str
    where: str
    command: tuple[str, ...]


def find_engine():
    """The layout engine of this machine, or None."""
    program = shutil.which("dot")
    if program is not None:
        return Engine("dot", _dot_version(program), program, (program, "-T"))
    found = find_spec("pygraphviz")
    if found is None or found.origin is None:
        return None
    try:
        release = version("pygraphviz")
    except PackageNotFoundError:
        return None
    if int(release.partition(".")[0]) < 2:  # earlier ones call the program `dot` themselves
        return None
    return Engine("pygraphviz", release, found.origin, (sys.executable, "-P", "-c", _PYGRAPHVIZ, ""))


def _dot_version(program):
    told = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stderr
    return told.strip().removeprefix("dot - graphviz version ") or "unknown"


def render(dot, format="svg"):
    """A picture of DOT text as bytes, in any format that Graphviz knows (svg, png, pdf ...).

    A layout that takes long is started again with fewer rounds of improvement and straight lines.

    Raises LayoutError if there is no Graphviz, if it refuses, or if it takes more than a minute even so.
    """
    engine = find_engine()
    try:
        return _run(engine, _bounded(dot), format, PATIENCE / HURRY)
    except subprocess.TimeoutExpired:
        hurried = dot.replace("{", "{ " + LESS_CARE, 1)
    try:
        return _run(engine, hurried, format, PATIENCE)
    except subprocess.TimeoutExpired:
        raise LayoutError(
            f"the layout takes more than {PATIENCE} seconds: fold the picture (depth=1, or fold=True)"
        ) from None


def render_all(sources):
    """The pictures of several DOT texts as SVG, by one process."""
    engine = find_engine()
    between = _BETWEEN if engine is not None and engine.name == "pygraphviz" else "\n"
    try:
        done = _run(engine, between.join(map(_bounded, sources)), "svg", PATIENCE / HURRY)
    except subprocess.TimeoutExpired:
        done = b""
    pictures = [_PROLOG + each for each in done.split(_PROLOG)[1:]]
    if len(pictures) != len(sources):
        return [render(source) for source in sources]
    return pictures


def _bounded(dot):
    return dot.replace("{", "{ " + BOUNDED, 1) if len(dot) > LARGE else dot


def _run(engine, dot, format, patience):
    if engine is None:
        raise LayoutError(MISSING)
    *command, last = engine.command
    done = subprocess.run(
        [*command, last + format], input=dot.encode(), capture_output=True, check=False, timeout=patience
    )
    if done.returncode or not done.stdout:
        raise LayoutError(f"{engine.name} cannot make {format!r}: {_complaint(done.stderr)}")
    return done.stdout


def _complaint(stderr):
    lines = stderr.decode(errors="replace").strip().splitlines()
    return "\n".join(line for line in lines if not line.startswith("Fontconfig")) or "no reason given"
