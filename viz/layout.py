"""From DOT text to a picture: the `dot` program where there is one, else the Graphviz inside pygraphviz."""

import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from .errors import LayoutError

MISSING = """no Graphviz found to lay out the picture. Either
    pip install "gradwalk[draw]"        (brings Graphviz along, no other program needed)
or install the program `dot`:
    Debian, Ubuntu   sudo apt install graphviz
    Fedora           sudo dnf install graphviz
    macOS            brew install graphviz
    Windows          winget install graphviz
The DOT text needs neither: picture.source, picture.save("f.dot")."""


@dataclass(frozen=True)
class Engine:
    """What lays pictures out: `name` ("dot" or "pygraphviz"), its `version`, and where it is."""

    name: str
    version: str
    where: str


def find_engine():
    """The layout engine of this machine, or None."""
    program = shutil.which("dot")
    if program is not None:
        return Engine("dot", _dot_version(program), program)
    try:
        import pygraphviz
    except ImportError:
        return None
    try:
        release = version("pygraphviz")
    except PackageNotFoundError:  # pragma: no cover - imported from a source tree
        release = getattr(pygraphviz, "__version__", "0")
    if int(release.partition(".")[0]) < 2:  # earlier ones call the program `dot` themselves
        return None
    return Engine("pygraphviz", release, pygraphviz.__file__)


def _dot_version(program):
    told = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stderr
    return told.strip().removeprefix("dot - graphviz version ") or "unknown"


def render(dot, format="svg"):
    """A picture of DOT text as bytes, in any format that Graphviz knows (svg, png, pdf ...).

    Raises LayoutError if there is no Graphviz, or if it refuses.
    """
    engine = find_engine()
    if engine is None:
        raise LayoutError(MISSING)
    return _with_dot(engine.where, dot, format) if engine.name == "dot" else _with_pygraphviz(dot, format)


def _with_dot(program, dot, format):
    done = subprocess.run([program, f"-T{format}"], input=dot.encode(), capture_output=True, check=False)
    if done.returncode or not done.stdout:
        raise LayoutError(f"{program} -T{format} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _with_pygraphviz(dot, format):
    import pygraphviz

    graph = pygraphviz.AGraph(string=dot)
    try:
        return graph.draw(format=format, prog="dot")
    except ValueError as error:
        raise LayoutError(f"Graphviz (in pygraphviz) cannot make {format!r}: {error}") from error
    finally:
        graph.close()
