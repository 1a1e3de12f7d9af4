"""`play`: a live, gate-by-gate walk through the graph behind a Value."""

from html import escape
from pathlib import Path

from autograd import trace, walk
from autograd.value import Value

from ..errors import DrawingError
from ..names import caller_names
from ..picture import draw
from ..themes import THEMES
from .page import page
from .timeline import frames
from .words import words_of

MOST_STEPS = 5_000


def play(value, gradient=None, names=None, lang="en", theme="lecture", fold=None, check=True, start=0, title=None):
    """A player of the forward and the backward pass behind `value`: shows itself in a notebook, elsewhere `save` it.

    gradient   upstream gradient of the root; needed unless it has one entry (then 1)
    names      {name: Value}, for example locals(); default: the variables of the calling code; False: none of them
    lang       "en" or "ru"
    theme      the colours it opens with, as in `viz.draw`
    fold       as in `viz.draw`: above 150 nodes scopes or repeated structure are folded
    check      mark each wire with the verdict of a finite-difference check of its gate
    start      number of the step at which it opens, from 0; -1: the last
    title      heading; default: the name of the root

    No `.grad` changes. Raises GradientError for a Value without a graph, DrawingError for more than 5,000 operations.
    """
    words = words_of(lang)
    if theme not in THEMES:
        raise DrawingError(f"there is no theme {theme!r}; choose one of {', '.join(THEMES)}")
    graph = trace(value)
    if len(graph) > MOST_STEPS:
        raise DrawingError(
            f"a walk through {len(graph):,} operations has more steps than anybody watches; play a part of it, or "
            "see it folded with viz.draw()"
        )
    found = caller_names([node.value for node in graph.nodes if isinstance(node.value, Value)], names)
    walked = walk(value, gradient, found)
    picture = draw(value, backward=True, gradient=gradient, names=_by_name(found, graph), fold=fold, caption=False)
    steps = frames(walked, picture.drawing, words, check)
    start = start % len(steps)
    return Player(page(picture, steps, title or picture.drawing.title, lang, theme, start), walked, picture)


def _by_name(found, graph):
    """{name: Value} from {id: name}, as `draw` takes it."""
    values = {id(node.value): node.value for node in graph.nodes}
    return {name: values[key] for key, name in found.items() if key in values}


class Player:
    """A page that walks through a graph: `html` its text, `walk` its steps, `picture` the drawing it moves through."""

    def __init__(self, html, walk, picture):
        self.html, self.walk, self.picture = html, walk, picture

    def __repr__(self):
        return f"<player of {self.picture.drawing.title}: {len(self.walk)} steps; .save('player.html') writes the page>"

    def save(self, path):
        """Write the page, one HTML file that needs no network. Returns the path."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.html, encoding="utf-8")
        return path

    def _repr_mimebundle_(self, include=None, exclude=None):
        frame = (
            f'<iframe srcdoc="{escape(self.html, quote=True)}" sandbox="allow-scripts" title="player" '
            'style="width:100%;height:36rem;border:1px solid #ddd"></iframe>'
        )
        return {"text/html": frame, "text/plain": repr(self)}
