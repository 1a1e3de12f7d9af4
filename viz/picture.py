"""`draw`: the picture of the graph behind a Value."""

import itertools
import re
from hashlib import sha256
from html import escape
from pathlib import Path

import graphviz

from autograd import trace
from autograd.value import Value

from . import layout
from .dot import SIDES, body_of, name_of, to_dot
from .drawing import describe
from .errors import DrawingError
from .gradients import Recorded, compute
from .names import caller_names
from .numbers import NOT_KEPT, RELEASED
from .themes import theme_of
from .translation import translate
from .view import check_size, view

MOST_DRAWN = 2_000  # boxes and wires
_shown = itertools.count(1)
# Graphviz titles each element with its id in DOT, and hover texts are links without a target: better is one title,
# the hover text.
_OWN_TITLE = re.compile(r'(class="(?:graph|node|edge|cluster)\b[^>]*>)\n<title>[^<]*</title>')
_ANCHOR = re.compile(r'<g( id="[^"]*")><a [^>]*?xlink:title="([^"]*)"[^>]*>')
_SECOND_ID = re.compile(r' id="a_(?:n|e|out|cluster)\d+"')
_ID = re.compile(r' id="(?:a_)?([^"]+)"')


def draw(
    *values, backward=False, gradient=None, theme="lecture", direction="LR", fold=None, depth=None, force=False,
    names=None, caption=True, digits=4,
):  # fmt: skip
    """The graph behind one or more Values as a `Picture`: values above the wires, gradients below.

    backward    True: run a backward pass for the picture (`gradient`: upstream of the root); no `.grad` changes.
                Otherwise the gradients of the last backward pass are shown, and `·` where there are none
    theme       "lecture", "blue-orange", "okabe-ito", "dark", "high-contrast", or a `Theme`
    direction   "LR", left to right, or another rankdir of Graphviz
    fold        None: above 150 nodes, scopes or repeated structure are folded; True: always; False: never
    depth       fold the scopes at this depth (1: the outermost)
    force       draw more than 2,000 boxes and wires
    names       {name: Value}, for example locals(); default: the variables of the calling code; False: none of them
    caption     True: which pass the picture is of and what is folded; a string: that; False: nothing
    digits      significant digits of the numbers

    Raises GradientError for a Value without a graph, DrawingError for too many nodes.
    """
    values, theme = _flat(values), theme_of(theme)
    if direction not in SIDES:
        raise DrawingError(f"there is no direction {direction!r}; choose one of {', '.join(SIDES)}")
    graph = trace(*values)
    gradients = compute(graph, gradient) if backward else None
    return picture_of(graph, gradients, theme, direction, fold, depth, force, names, caption, digits)


def picture_of(
    graph, gradients, theme, direction="LR", fold=None, depth=None, force=False, names=None, caption=False, digits=4,
    found=None, lang="en",
):  # fmt: skip
    """The picture of a traced graph. Arguments as in `draw`, besides these:

    gradients   those to show; None: those of the last backward pass
    found       {id(Value): name}, if somebody has looked for names already
    lang        of what stands in boxes and hover texts: "en" or "ru"
    """
    most = None if force else MOST_DRAWN
    shown = view(graph, fold, depth, most)
    seen = {id(edge.value): edge.value for edge in shown.edges if isinstance(edge.value, Value)}
    if found is None:
        found = caller_names([*seen.values(), *graph.roots], names)
    gradients = gradients or Recorded(graph, seen.values())
    drawing = translate(describe(shown, gradients, found, digits), lang)
    check_size(len(drawing.boxes) + len(drawing.wires), most)
    if caption:
        drawing.caption = caption if isinstance(caption, str) else _caption(shown, gradients, drawing, direction)
    return Picture(drawing, theme, direction)


def _flat(values):
    flat = list(itertools.chain.from_iterable(v if isinstance(v, (list, tuple)) else [v] for v in values))
    if not flat:
        raise DrawingError("draw() takes at least one Value")
    return flat


def _caption(shown, gradients, drawing, direction):
    title = drawing.title
    root = title if len(shown.graph.roots) == 1 else f"({title.replace(', ', ' + ')})"
    value, gradient = ("Left of", "right of") if direction in ("TB", "BT") else ("Above", "below")
    if not isinstance(gradients, Recorded):
        told = f"{value} each wire its value; {gradient} it ∂{root}/∂wire."
    elif gradients.ran:
        told = f"{value} each wire its value; {gradient} it ∂{root}/∂wire, from the last backward pass."
    else:
        told = f"Forward pass only: gradients (·) are known after {root}.backward()."
    cut = "Long wires are cut: at the open end stands the name." if any(map(_is_cut, drawing.wires)) else ""
    return " ".join(text for text in (told, shown.sentence, cut, _gone(drawing, title)) if text)


def _is_cut(wire):
    return wire.classes == "wire stub"


def _gone(drawing, title):
    """How to see what a backward pass has let go of."""
    if any(RELEASED in wire.value.lines for wire in drawing.wires):
        return "Large arrays were released by backward(); retain_graph=True keeps them."
    if any(wire.gradient is NOT_KEPT for wire in drawing.wires):
        return f"Large gradients are not kept by backward(); draw({title}, backward=True) shows them."
    return ""


class Picture:
    """A picture of a graph. It shows itself in a notebook; elsewhere `save` it.

    source      its DOT text
    svg         its SVG text, with ids that no other picture has
    caption     which pass it shows, and what is folded
    drawing     what is in it, as data (`viz.drawing.Drawing`)
    """

    def __init__(self, drawing, theme, direction="LR"):
        self.drawing, self.theme, self.direction = drawing, theme, direction
        self.source = to_dot(drawing, theme, direction)
        self._laid_out = None

    caption = property(lambda self: self.drawing.caption)

    def __repr__(self):
        gates = sum(box.kind == "gate" for box in self.drawing.boxes)
        return f"<picture of {self.drawing.title}: {gates} gates, {len(self.drawing.wires)} wires. {self.caption}>"

    @staticmethod
    def lay_out(pictures):
        """Lay out several pictures at once: a process for each takes longer than most layouts."""
        for picture, svg in zip(pictures, layout.render_all([each.source for each in pictures]), strict=True):
            picture._laid_out = svg

    # -- output -----------------------------------------------------------------------------------------------

    @property
    def svg(self):
        """SVG text; needs a layout engine. The ids begin with a mark of this picture's content."""
        return self._svg(f"g{sha256(self.source.encode()).hexdigest()[:8]}-")

    def _svg(self, prefix):
        text = (self._laid_out or layout.render(self.source, "svg")).decode()
        text = _OWN_TITLE.sub(r"\1", text)
        text = _ANCHOR.sub(r"<g\1><g><title>\2</title>", text).replace("</a>", "</g>")
        text = _ID.sub(lambda m: f' id="{prefix}{m[1].replace("&#45;", "-")}"', _SECOND_ID.sub("", text))
        label = escape(f"computation graph of {self.drawing.title}", quote=True)
        return text.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)

    def _inline(self):
        """SVG to stand inside a page: without prolog, with ids of its own at each showing."""
        svg = self._svg(f"g{sha256(self.source.encode()).hexdigest()[:8]}-{next(_shown)}-")
        return svg[svg.index("<svg ") :]

    def _repr_mimebundle_(self, include=None, exclude=None):
        try:
            svg = self._inline()
        except layout.LayoutError as error:
            return {"text/plain": f"{self!r}\n{error}"}
        html = f'<div class="gradwalk-picture" style="overflow-x:auto">{svg}</div>'
        return {"text/html": html, "image/svg+xml": svg, "text/plain": repr(self)}

    def rendered(self, format):
        """The picture as bytes: "svg", "png", "pdf" …, or "dot" for the text."""
        if format in ("dot", "gv"):
            return self.source.encode()
        return self.svg.encode() if format == "svg" else layout.render(self.source, format)

    def save(self, path):
        """Write the picture; the suffix says how: .svg, .png, .pdf …, or .dot, .gv or none for the text.

        Returns the path.
        """
        path = Path(path)
        data = self.rendered(path.suffix.lower().removeprefix(".") or "dot")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def render(self, filename="picture", format="svg", view=False, cleanup=False):
        """As `graphviz.Digraph.render`: writes the DOT text to `filename` and the picture to `filename.format`.

        `view` opens the picture, `cleanup` removes the text again. Returns the picture's path as a string.
        """
        source = Path(filename)
        picture = self.save(source.with_name(f"{source.name}.{format}"))
        if not cleanup:
            source.write_text(self.source, encoding="utf-8")
        if view:
            graphviz.backend.viewing.view(str(picture)) if hasattr(graphviz.backend, "viewing") else graphviz.view(
                picture
            )
        return str(picture)

    def to_graphviz(self):
        """The same as a `graphviz.Digraph`, to be changed further."""
        return graphviz.Digraph(name_of(self.drawing), body=body_of(self.drawing, self.theme, self.direction))
