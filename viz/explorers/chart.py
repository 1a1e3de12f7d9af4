"""A small chart as SVG text, for explorers whose numbers come from Python; the page draws the same in script."""

from dataclasses import dataclass
from html import escape

import numpy as np

from ..webpage import colors_of

WIDTH, HEIGHT = 560, 380
LEFT, RIGHT, TOP, BOTTOM = 52, 548, 12, 350
COLORS = ("#d97706", "#7c3aed", "#0891b2", "#be185d", "#65a30d", "#78716c")  # of the single neurons
_DASHES = {"dashed": ' stroke-dasharray="7 5"'}
_WIDTHS = {"": 2.4, "thin": 1.4, "dashed": 1.8}


@dataclass
class Curve:
    """Points to be joined: `kind` is "" (thick), "thin" or "dashed"; `name` is written into the legend."""

    x: np.ndarray
    y: np.ndarray
    color: str
    name: str = ""
    kind: str = ""


@dataclass
class Mark:
    """A point that is pointed at."""

    x: float
    y: float
    color: str


def span(low, high):
    """Ends of an axis that leave some room around the numbers."""
    room = 0.08 * ((high - low) or 1.0)
    return low - room, high + room


def chart(title, curves, marks, across, up, theme="lecture"):
    """HTML of a chart.

    across, up   the ends of the two axes
    """
    colors = colors_of(theme)
    place = _Scale(*across, *up)
    parts = [*_grid(place, across, up, colors), *(_line(curve, place) for curve in curves)]
    parts += [
        f'<circle cx="{place.x(mark.x):.2f}" cy="{place.y(mark.y):.2f}" r="5" fill="{mark.color}"/>' for mark in marks
    ]
    told = ", ".join(curve.name for curve in curves if curve.name)
    return (
        f'<figure style="margin:0;background:{colors["paper"]};color:{colors["ink"]}">'
        f'<figcaption style="text-align:center;color:{colors["quiet"]}">{escape(title)}</figcaption>'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(told or title, quote=True)}" style="width:100%;max-width:{WIDTH}px;display:block">'
        f"{''.join(parts)}</svg>{_legend(curves)}</figure>"
    )


class _Scale:
    """From numbers to places in the chart."""

    def __init__(self, low, high, bottom, top):
        self.low, self.wide, self.bottom, self.tall = low, high - low, bottom, top - bottom

    def x(self, number):
        return LEFT + (number - self.low) / self.wide * (RIGHT - LEFT)

    def y(self, number):
        return BOTTOM - (number - self.bottom) / self.tall * (BOTTOM - TOP)


def ticks(low, high):
    """About six round numbers between two."""
    rough = (high - low) / 6
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(k * power for k in (1, 2, 5, 10) if k * power >= rough * (1 - 1e-9))
    return (np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step + 0.0).tolist()


def _grid(place, across, up, colors):
    def line(x1, x2, y1, y2, number):
        color = colors["quiet"] if abs(number) < 1e-9 else colors["fold"]
        return f'<line x1="{x1:.2f}" x2="{x2:.2f}" y1="{y1:.2f}" y2="{y2:.2f}" stroke="{color}"/>'

    def text(x, y, anchor, number):
        look = f'text-anchor="{anchor}" font-size="13" fill="{colors["quiet"]}"'
        return f'<text x="{x:.2f}" y="{y:.2f}" {look}>{f"{number:.6g}".replace("-", "−")}</text>'

    for x in ticks(*across):
        yield line(place.x(x), place.x(x), TOP, BOTTOM, x) + text(place.x(x), BOTTOM + 18, "middle", x)
    for y in ticks(*up):
        yield line(LEFT, RIGHT, place.y(y), place.y(y), y) + text(LEFT - 6, place.y(y) + 4, "end", y)


def _line(curve, place):
    """The curve as far as it lies in the chart; what leaves it ends at the rim."""
    inside = np.clip(place.y(np.asarray(curve.y)), TOP - 1.0, BOTTOM + 1.0)
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in zip(place.x(np.asarray(curve.x)), inside))
    look = f'stroke="{curve.color}" stroke-width="{_WIDTHS[curve.kind]}"{_DASHES.get(curve.kind, "")}'
    return f'<polyline fill="none" {look} points="{points}"/>'


def _legend(curves):
    names = "".join(
        f'<span style="margin:0 .6rem"><i style="display:inline-block;width:1.6rem;vertical-align:middle;margin-right:'
        f'.4rem;border-top:3px {"dashed" if curve.kind == "dashed" else "solid"} {curve.color}"></i>'
        f"{escape(curve.name)}</span>"
        for curve in curves
        if curve.name
    )
    return f'<div style="text-align:center">{names}</div>' if names else ""
