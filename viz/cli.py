"""The command line: `gradwalk step`, `gradwalk draw`, `gradwalk play`, `gradwalk doctor`."""

import argparse
import sys
import webbrowser
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from autograd.errors import AutogradError

from . import doctor
from .errors import ExpressionError, ProgramError
from .expressions import bind, evaluate
from .picture import draw
from .player import play
from .player.animation import animated_svg, gif
from .step_table import print_steps, steps
from .terminal import interact
from .themes import THEMES
from .user_file import choose, run
from .words import LANGUAGES

FORMATS = ("svg", "png", "pdf", "dot")
_EXAMPLE = 'gradwalk step "1/(1+exp(-(w0*x0+w1*x1+w2)))" w0=2 x0=-1 w1=-3 x1=-2 w2=-3 --svg out/f.svg'


def main(arguments=None):
    """Run the command line; gives the exit code: 0, 1 for an error in what was given, 2 for a wrong call."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks ∂ shows ? instead of failing
    parser = _parser()
    options = parser.parse_args(_with_formulas(arguments))
    if options.command is None:
        parser.print_help()
        return 2
    try:
        return options.command(options)
    except AutogradError as error:
        print(f"gradwalk: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read us has seen enough
        sys.stderr.close()
        return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="gradwalk",
        description="Watch backpropagation: step by step, as a picture.",
        epilog=f"for example:  {_EXAMPLE}",
    )
    parser.add_argument("--version", action="version", version=f"gradwalk {_version()}")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="step | draw | play | doctor")
    step = commands.add_parser("step", help="print every forward and backward step", epilog=f"for example:  {_EXAMPLE}")
    step.set_defaults(command=_step)
    _add_source(step)
    step.add_argument("--all", action="store_true", help="also the middle of a long pass")
    step.add_argument("-i", "--interactive", action="store_true", help="a key a step (? shows the keys)")
    _add_language(step)
    for format in FORMATS:
        step.add_argument(f"--{format}", metavar="FILE", help=f"write the picture as {format.upper()}")
    _add_looks(step)
    drawing = commands.add_parser("draw", help="write the picture alone")
    drawing.set_defaults(command=_draw)
    _add_source(drawing)
    drawing.add_argument("--format", choices=FORMATS, help="default: the suffix of --out, else svg")
    drawing.add_argument("-o", "--out", metavar="FILE", help="where to; - is the terminal (default: NAME.FORMAT)")
    _add_looks(drawing)
    playing = commands.add_parser("play", help="write a page that walks through the graph")
    playing.set_defaults(command=_play)
    _add_source(playing)
    playing.add_argument("--html", metavar="FILE", help="where to; - is the terminal (default: NAME.html)")
    playing.add_argument("--svg", metavar="FILE", help="write the walk as an animated SVG too")
    playing.add_argument("--gif", metavar="FILE", help="write the walk as a GIF too (needs Pillow)")
    playing.add_argument("--open", action="store_true", help="open the page in the browser")
    _add_language(playing)
    playing.add_argument("--theme", choices=THEMES, default="lecture", help="colours it opens with (default: lecture)")
    playing.add_argument("--no-fold", action="store_true", help="draw every node of a large graph")
    check = commands.add_parser("doctor", help="what is installed, and what stands in the way")
    check.set_defaults(command=_doctor)
    return parser


def _add_source(parser):
    parser.add_argument("source", metavar="FORMULA|FILE.py", help="a formula, or a Python file to run")
    parser.add_argument(
        "rest", nargs="*", metavar="NAME=NUMBER", help="its numbers: w0=2 W=[[1,2],[3,4]]; or the file's arguments"
    )
    parser.add_argument(
        "--value", metavar="NAME", help="the file's variable to look at (default: loss, else the last result)"
    )


def _add_language(parser):
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the sentences (default: en)")


def _add_looks(parser):
    looks = parser.add_argument_group("the picture")
    looks.add_argument("--theme", choices=THEMES, default="lecture", help="colours (default: lecture)")
    looks.add_argument(
        "--direction", choices=("LR", "TB", "RL", "BT"), default="LR", help="LR: left to right (default)"
    )
    looks.add_argument("--no-fold", action="store_true", help="draw every node of a large graph")
    looks.add_argument("--depth", type=int, metavar="N", help="fold scopes at this depth (1: the outermost)")
    looks.add_argument("--force", action="store_true", help="draw more than 2,000 nodes")


def _with_formulas(arguments):
    """A formula may begin with a minus. A space before it tells argparse that `-x*2` is no option."""
    options = ("-h", "-i", "-o")
    return [f" {a}" if a[:1] == "-" and a[1:2] not in ("", "-") and a not in options else a for a in arguments]


def _version():
    try:
        return version("gradwalk")
    except PackageNotFoundError:
        return "(not installed)"


# -- commands -------------------------------------------------------------------------------------------------------


def _step(options):
    with _graph(options) as (value, gradient, names):
        if options.interactive:
            interact(value, gradient, names, options.lang)
            return 0
        print_steps(steps(value, gradient, names, options.all))
        wanted = [(format, getattr(options, format)) for format in FORMATS if getattr(options, format)]
        if wanted:
            picture = _picture(options, value, gradient, names)
            for format, path in wanted:
                _write(picture, path, format)
    return 0


def _draw(options):
    with _graph(options) as (value, gradient, names):
        picture = _picture(options, value, gradient, names)
        suffix = Path(options.out).suffix.removeprefix(".").lower() if options.out else ""
        format = options.format or (suffix if suffix in FORMATS else "svg")
        _write(picture, options.out or f"{_file_name(picture)}.{format}", format)
    return 0


def _play(options):
    with _graph(options) as (value, gradient, names):
        player = play(value, gradient, names, options.lang, options.theme, fold=False if options.no_fold else None)
    path = options.html or f"{_file_name(player.picture)}.html"
    _put(player.html.encode(), path)
    if options.svg:
        _put(animated_svg(player.picture, player.frames).encode(), options.svg)
    if options.gif:
        _put(gif(player.picture, player.frames), options.gif)
    if options.open and path != "-":
        webbrowser.open(Path(path).resolve().as_uri())
    return 0


def _doctor(options):
    text, healthy = doctor.report()
    print(text)
    return 0 if healthy else 1


def _picture(options, value, gradient, names):
    return draw(
        value, backward=True, gradient=gradient, names=names, theme=options.theme, direction=options.direction,
        fold=False if options.no_fold else None, depth=options.depth, force=options.force,
    )  # fmt: skip


def _file_name(picture):
    name = "".join(c for c in picture.drawing.title if c.isalnum() or c in "_-")
    return name or "picture"


def _write(picture, path, format):
    _put(picture.rendered(format), path)


def _put(data, path):
    """Write bytes to a file, and say so; - is the terminal."""
    if path == "-":
        sys.stdout.buffer.write(data)
        return
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise ProgramError(f"cannot write {path}: {error.strerror}") from error
    print(f"wrote {path}")


# -- where the graph comes from -------------------------------------------------------------------------------------


@contextmanager
def _graph(options):
    """The Value to look at, its upstream gradient, and {name: Value}; a file's graph is whole inside the block."""
    source = options.source.strip()
    if source.endswith(".py"):
        variables, memory = run(source, options.rest)
        name, value = choose(variables, options.value)
        if options.value is None:
            print(f"(--value {name}: the graph behind the variable {name} of {source})\n", file=sys.stderr)
        with memory.restored(value):
            yield value, _upstream(value, name), {name: value, **variables}
        return
    if options.value is not None:
        raise ExpressionError("--value belongs to a Python file; a formula has one result")
    bindings = dict(bind(text.strip()) for text in options.rest)
    value = evaluate(source, bindings)
    name = next(name for name in ("f", "out", "result", "result_") if name not in bindings)
    if not getattr(value, "requires_grad", False) or value.op is None:
        raise ExpressionError(
            f"there is nothing to differentiate in {source!r}: use a name with a number, like w*2 w=3"
        )
    yield value, _upstream(value, name), {name: value}


def _upstream(value, name):
    """A result of many entries is looked at through its sum: an upstream gradient of ones."""
    if value.numel() == 1:
        return None
    shape = "×".join(map(str, value.shape))
    print(f"({name} has {shape} entries: the gradients are those of their sum)\n", file=sys.stderr)
    return np.ones(value.shape, value.dtype)
