"""S2.2–S2.5: every activation beside its derivative, as one picture and as an animation.

    python examples/activation_gallery.py
"""

from textwrap import fill

import numpy as np
from experiment import OUT, arguments, report, save
from matplotlib import pyplot
from matplotlib.animation import FuncAnimation, PillowWriter

import nn.functional  # noqa: F401 - puts the activations into the table
import viz
from autograd import TABLE
from viz.plots import curve


def activations():
    """Rows of activations that work on one number at a time, by name."""
    rows = [row for row in TABLE.values() if row.family == "activation" and row.pointwise and len(row.inputs) == 1]
    return sorted((row for row in rows if not row.required), key=lambda row: row.name)


def show(row, pair):
    """An activation and its derivative on two panels, with their formulas."""
    viz.plot_activation(row, low=-5, high=5, axes=pair)
    for panel, text in zip(pair, (f"{row.name}(x) = {row.text}", f"derivative: {row.slopes[0]}"), strict=True):
        panel.set_title(fill(text, 44), fontsize="small", parse_math=False)
        panel.set_xlabel("")


def gallery(rows):
    lines = -(-len(rows) // 2)
    figure, axes = pyplot.subplots(lines, 4, figsize=(14, 2.3 * lines), layout="constrained")
    pairs = axes.reshape(-1, 2)
    for row, pair in zip(rows, pairs, strict=False):
        show(row, pair)
    for panel in pairs[len(rows) :].ravel():
        panel.set_axis_off()
    return figure


def animation(rows, path):
    figure, axes = pyplot.subplots(1, 2, figsize=(8, 3.2), layout="constrained")

    def frame(row):
        for panel in axes:
            panel.clear()
        show(row, axes)

    OUT.mkdir(exist_ok=True)
    FuncAnimation(figure, frame, frames=rows, interval=900).save(path, writer=PillowWriter(fps=1))
    print(f"animation: {path}")


def values(rows):
    """Each activation and its slope at −1, 0 and 1."""
    points = np.array([-1.0, 0.0, 1.0])
    for row in rows:
        y, slope = curve(row, points)
        shown = {f"value at {x:g}": float(v) for x, v in zip(points, y, strict=True)}
        shown |= {f"slope at {x:g}": float(v) for x, v in zip(points, slope, strict=True)}
        yield {"activation": row.name, **shown}


def main():
    arguments(__doc__, epochs=1)
    rows = activations()
    print(f"table: {report('activation_gallery', list(values(rows)))}")
    save(gallery(rows), "activation_gallery.png")
    animation(rows, OUT / "activation_gallery.gif")


if __name__ == "__main__":
    main()
