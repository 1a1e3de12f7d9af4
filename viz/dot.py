"""A drawing as DOT text, the language of Graphviz.

A wire is a small table without borders: value, a line, gradient. Edges run from gates to the ends of that line, so
that it looks like one wire with its numbers above and below (left and right, where wires run up or down).
"""

import re

from .drawing import Drawing
from .numbers import NOT_KEPT, NOT_YET
from .themes import Theme

FONT = "Helvetica,Arial,sans-serif"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\\": "\\\\"}
_TABLE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">'
_TIGHT = _TABLE.replace('"1"', '"0"')
_LEFT = '<BR ALIGN="LEFT"/>'
SIDES = {"LR": "we", "RL": "ew", "TB": "ns", "BT": "sn"}  # where edges enter and leave a wire
_ROUND = 5  # letters up to which a gate is a circle


def to_dot(drawing: Drawing, theme: Theme, direction="LR"):
    """DOT text of a drawing; `direction` is Graphviz's rankdir (LR, TB, RL, BT)."""
    writer = _Writer(drawing, theme, direction)
    return "\n".join([f'digraph "{name_of(drawing)}" {{', *writer.body(), "}", ""])


def name_of(drawing):
    """A name for the graph that can be a file's name too."""
    return re.sub(r"\W+", "_", drawing.title).strip("_") or "graph"


def body_of(drawing, theme, direction="LR"):
    """The lines between the braces, for `graphviz.Digraph(body=...)`."""
    return [line + "\n" for line in _Writer(drawing, theme, direction).body()]


# -- text that Graphviz shows as it is ------------------------------------------------------------------------------


def visible(text):
    """Characters that no file can hold, as signs that stand for them (␀, �); a tab is a space."""
    text = text.replace("\t", " ")
    return _CONTROL.sub(lambda m: chr(0x2400 + ord(m[0])) if ord(m[0]) < 0x20 else "\ufffd", text)


def quoted(text):
    """A DOT string that shows `text` whatever its characters: Graphviz reads backslashes and HTML entities."""
    text = visible(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\n", "\\n") + '"'


def hover(text):
    """`text` as a tooltip: Graphviz reads the backslashes of these twice."""
    return quoted(text.replace("\\", "\\\\"))


def html(text):
    """`text` inside an HTML-like label."""
    for character, entity in _ENTITIES.items():
        text = text.replace(character, entity)
    return visible(text).replace("\n", "<BR/>")


def attribute(text):
    """`text` as an attribute of an HTML-like label: a tooltip, an id."""
    return '"' + html(text).replace("<BR/>", "&#10;") + '"'


def _attributes(**given):
    return " [" + " ".join(f"{name}={value}" for name, value in given.items() if value is not None) + "]"


# -- the writer -----------------------------------------------------------------------------------------------------


class _Writer:
    def __init__(self, drawing, theme, direction):
        self.drawing, self.theme, self.direction = drawing, theme, direction
        self.upright = direction in ("TB", "BT")  # wires run up or down: value to the left, gradient to the right
        self.room = ' CELLPADDING="4"' if self.upright else ""

    def body(self):
        yield from self._head()
        inside = {}
        for box in self.drawing.boxes:
            inside.setdefault(_key(box.cluster), []).append(self._box(box))
        for wire in self.drawing.wires:
            inside.setdefault(_key(wire.cluster), []).append(self._wire(wire))
        yield from self._frame(None, inside, "  ")
        for wire in self.drawing.wires:
            yield from self._ends(wire)

    def _head(self):
        theme, font = self.theme, quoted(FONT)
        caption = None
        if self.drawing.caption:
            lines = html(_wrapped(self.drawing.caption)).replace("<BR/>", _LEFT) + _LEFT
            caption = f"<{self._font(lines, theme.quiet, 11)}>"
        yield "  graph" + _attributes(
            rankdir=self.direction, bgcolor=quoted(theme.paper), pad="0.2", nodesep="0.12", ranksep="0.14",
            fontname=font, labelloc="b", labeljust="l" if caption else None, label=caption, outputorder="edgesfirst",
            **{"class": '"gradwalk"'},
        )  # fmt: skip
        yield "  node" + _attributes(
            shape="plain", fontname=font, fontsize="14", fontcolor=quoted(theme.ink), color=quoted(theme.ink),
            penwidth=f"{theme.line:g}",
        )  # fmt: skip
        yield "  edge" + _attributes(
            color=quoted(theme.ink), penwidth=f"{theme.line:g}", arrowhead="none", arrowsize="0.6"
        )

    def _frame(self, cluster, inside, indent):
        yield from (indent + line for line in inside.get(_key(cluster), ()))
        for child in self.drawing.clusters:
            if child.parent is cluster:
                label = self._font(html(child.label), self.theme.quiet, 12)
                yield f"{indent}subgraph {child.id} {{"
                yield f"{indent}  graph" + _attributes(
                    id=quoted(child.id), label=f"<{label}>", labelloc="t", labeljust="l", style='"rounded"',
                    color=quoted(self.theme.quiet), margin="8", **{"class": '"scope"'},
                )  # fmt: skip
                yield from self._frame(child, inside, indent + "  ")
                yield f"{indent}}}"

    def _box(self, box):
        shape = {"copy": self._dot, "fold": self._fold, "gate": self._gate}[box.kind](box)
        common = {
            "id": quoted(box.id),
            "class": quoted(box.classes),
            "tooltip": hover(box.hover) if box.hover else None,
        }
        return box.id + _attributes(**shape, **common)

    def _dot(self, box):
        ink = quoted(self.theme.ink)
        return {"shape": "point", "width": "0.09", "color": ink, "fillcolor": ink}

    def _fold(self, box):
        label = f"<{html(box.symbol)}{self._small(box.detail)}>"
        style = {"style": '"rounded,filled"', "fillcolor": quoted(self.theme.fold), "peripheries": "2"}
        return {"shape": "box", "margin": '"0.14,0.08"', "label": label, **style}

    def _gate(self, box):
        """A circle for a short symbol, else a box with round corners."""
        look = {"fillcolor": quoted(self.theme.gate), "ordering": '"in"' if box.ordered else None}
        if len(box.symbol) > _ROUND or box.detail:
            label = f"<{html(box.symbol)}{self._small(box.detail)}>"
            box_look = {
                "shape": "box",
                "height": "0.46",
                "margin": '"0.11,0.04"',
                "fontsize": "15",
                "style": '"filled,rounded"',
            }
            return {**box_look, "label": label, **look}
        width, size = ("0.52", 20) if len(box.symbol) == 1 else ("0.52", 15) if len(box.symbol) < 4 else ("0.64", 14)
        circle = {"shape": "circle", "width": width, "fixedsize": "true", "fontsize": size, "style": '"filled"'}
        return {**circle, "label": quoted(box.symbol), **look}

    def _small(self, text):
        return f"<BR/>{self._font(html(text), self.theme.quiet, 11)}" if text else ""

    # -- wires ------------------------------------------------------------------------------------------------

    def _wire(self, wire):
        common = {
            "id": quoted(wire.id),
            "class": quoted(wire.classes),
            "tooltip": hover(wire.hover) if wire.hover else None,
        }
        return wire.id + _attributes(**common, label=f"<{self._table(wire)}>")

    def _table(self, wire):
        """Value, line, gradient: above each other, or side by side; the name at the open end of a leaf or output."""
        wide = max(_matrix_width(shown.rows) for shown in (wire.value, wire.gradient or wire.value))
        value = self._numbers(wire, "value", wire.value, self.theme.value, wide, self._inner_name(wire))
        gradient = self._numbers(wire, "gradient", wire.gradient, self.theme.gradient, wide)
        long, thin = 40 if wire.source and wire.target else 44, f"{self.theme.line:g}"
        across, down = (thin, long) if self.upright else (long, thin)
        line = f'<TD PORT="w" BGCOLOR={quoted(self.theme.ink)} HEIGHT="{down}" WIDTH="{across}" CELLPADDING="0"></TD>'
        table = _TABLE + self._lined_up([value, line, gradient], self.upright) + "</TABLE>"
        if wire.source and wire.target:
            return table
        aside = f"<BR/>{self._font(html(wire.aside), self.theme.gradient, 11)}" if wire.aside else ""
        cells = [f'<TD CELLPADDING="4">{html(wire.name)}{aside}</TD>', f"<TD>{table}</TD>"]
        if (wire.target is None) != (self.direction in ("RL", "BT")):
            cells.reverse()
        return _TIGHT + self._lined_up(cells, not self.upright) + "</TABLE>"

    @staticmethod
    def _lined_up(cells, side_by_side):
        return f"<TR>{''.join(cells)}</TR>" if side_by_side else "".join(f"<TR>{cell}</TR>" for cell in cells)

    def _inner_name(self, wire):
        inside = wire.source is not None and wire.target is not None
        return f"{self._font(html(wire.name), self.theme.ink)}  " if inside and wire.name else ""

    def _numbers(self, wire, which, shown, color, wide, before=""):
        if shown is None:
            return f"<TD{self.room}>{before} </TD>"
        if shown is NOT_YET:
            return f"<TD{self.room}><B>{self._font(shown.lines[0], color)}</B></TD>"
        if not shown.known:
            color = self.theme.quiet
        smaller = 11 if shown is NOT_KEPT else None
        # Older Graphviz makes an element of a cell only if it has a target.
        spot = f' ID="{wire.id}-{which}" TARGET="_self" TOOLTIP={attribute(shown.hover)}' if shown.hover else ""
        note = self._font(html(shown.note), color, 11)
        if shown.rows:
            around, spot = (spot, "") if note and not before else ("", spot)  # a note is part of the number
            matrix = self._matrix(shown.rows, color, spot, wide)
            under = f"<TR><TD>{note}</TD></TR>" if note else ""
            name = f"<TR><TD>{before}</TD></TR>" if before else ""
            table = _TABLE.replace("<TABLE", f"<TABLE{around}")
            return f'<TD CELLPADDING="3">{table}{name}<TR><TD>{matrix}</TD></TR>{under}</TABLE></TD>'
        lines = [self._font(html(line), color, smaller if i == 0 else 11) for i, line in enumerate(shown.lines)]
        return f"<TD{self.room}{spot}>{before}{'<BR/>'.join([*lines, note] if note else lines)}</TD>"

    def _matrix(self, rows, color, spot, wide):
        cells = "".join(
            "<TR>" + "".join(f'<TD ALIGN="RIGHT">{self._font(html(x), color, 11)}</TD>' for x in row) + "</TR>"
            for row in rows
        )
        bracket = '<TD BORDER="1" SIDES="{}" COLOR=' + quoted(color) + ' WIDTH="4"></TD>'
        inner = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="1" CELLPADDING="1">{cells}</TABLE>'
        open_, close = bracket.format("LTB"), bracket.format("RTB")
        table = f'<TABLE{spot} BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
        return f'{table}<TR>{open_}<TD WIDTH="{wide}">{inner}</TD>{close}</TR></TABLE>'

    def _font(self, text, color, size=None):
        if not text:
            return ""
        points = f' POINT-SIZE="{size}"' if size else ""
        return f'<FONT COLOR="{color}"{points}>{text}</FONT>'

    def _ends(self, wire):
        enters, leaves = SIDES[self.direction]
        if wire.source is not None:
            start = {"id": quoted(wire.id + "-start"), "class": '"wire"'}
            yield f"  {wire.source.id} -> {wire.id}:w:{enters}" + _attributes(**start)
        if wire.target is not None:
            arrow = None if wire.target.kind == "copy" else "vee"
            end = {"id": quoted(wire.id + "-end"), "class": '"wire"', "arrowhead": arrow}
            yield f"  {wire.id}:w:{leaves} -> {wire.target.id}" + _attributes(**end)


def _matrix_width(rows):
    """Points that a matrix takes at most: value and gradient get brackets of one width."""
    return round(sum(6.5 * max(map(len, column)) + 4 for column in zip(*rows, strict=True)))


def _key(cluster):
    return None if cluster is None else cluster.id


def _wrapped(text, width=84):
    """Long captions in lines, broken at spaces."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return "\n".join(lines)
