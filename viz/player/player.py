"""`play`: a live, gate-by-gate walk through the graph behind a Value."""

from pathlib import Path

from autograd import trace, walk
from autograd.value import Value

from ..errors import DrawingError
from ..gradients import compute
from ..names import caller_names
from ..picture import picture_of
from ..themes import THEMES, theme_of
from ..webpage import WebPage
from ..words import words_of
from .animation import animated_svg, gif
from .folds import coarse_frames
from .own_sums import OwnSums
from .page import Scene, page
from .scenes import Opener, Source
from .timeline import frames

MOST_STEPS = 5_000


def play(value, gradient=None, names=None, lang="en", theme="lecture", fold=None, check=True, start=0, title=None):
    """A player of the forward and the backward pass behind `value`: shows itself in a notebook, elsewhere `save` it.

    gradient   upstream gradient of the root; needed unless it has one entry (then 1)
    names      {name: Value}, for example locals(); default: the variables of the calling code; False: none of them
    lang       "en" or "ru"
    theme      the colours it opens with, as in `viz.draw`
    fold       as in `viz.draw`: above 150 nodes scopes or repeated structure are folded
    check      finite-difference checks: of each gate, told at its wires, and of the whole graph, told at its leaves
    start      number of the step at which it opens, from 0; -1: the last
    title      heading; default: the name of the root

    A box that stands for several operations (a fused gate, a module, what repeats) opens to what is inside, and boxes
    in there open too, as far as one page has room. Above 5,000 operations each visible box is one step of each pass.

    No `.grad` changes. Raises GradientError for a Value without a graph.
    """
    words = words_of(lang)
    if theme not in THEMES:
        raise DrawingError(f"there is no theme {theme!r}; choose one of {', '.join(THEMES)}")
    graph = trace(value)
    gradients, walked, found = compute(graph, gradient), None, None
    if len(graph) <= MOST_STEPS:
        found = caller_names([node.value for node in graph.nodes if isinstance(node.value, Value)], names)
        walked = walk(value, gradient, found)
    picture = picture_of(graph, gradients, theme_of("lecture"), fold=fold, names=names, found=found, lang=lang)
    drawing, sums = picture.drawing, OwnSums()
    steps = frames(walked, drawing, words, check, sums=sums) if walked is not None else coarse_frames(drawing, words)
    source = Source(graph, walked, gradients, _sentence_names(walked, drawing), drawing.title)
    scenes = Opener(lang, check, fold, sums).open_all(Scene(picture, steps, title or drawing.title), source)
    return Player(page(scenes, lang, theme, start % len(steps)), steps, walked, picture)


def _sentence_names(walked, drawing):
    """{id(Value): name} as the sentences have them."""
    if walked is not None:
        return {id(node.value): walked.names[node.id] for node in walked.graph.nodes}
    nodes = [box.node for box in drawing.boxes] + [wire.edge.source for wire in drawing.wires if wire.edge]
    return {id(node.value): drawing.names[node.id] for node in nodes if node.kind != "fold"}


class Player(WebPage):
    """A page that walks through a graph.

    html      its text
    frames    its steps, as the page has them
    walk      the steps of the engine; None above 5,000 operations
    picture   the drawing that it moves through
    """

    def __init__(self, html, frames, walk, picture):
        super().__init__(html)
        self.frames, self.walk, self.picture = frames, walk, picture

    def save(self, path):
        """Write the walk; the suffix says how: .html the page, .svg an animation without script, .gif a film.

        A GIF needs Pillow (extra `plot`) and about a tenth of a second a step. Returns the path.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in (".gif", ".svg"):
            return super().save(path)
        made = gif(self.picture, self.frames) if kind == ".gif" else animated_svg(self.picture, self.frames).encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made)
        return path

    def __repr__(self):
        return (
            f"<player of {self.picture.drawing.title}: {len(self.frames)} steps; .save('player.html') writes the page>"
        )
