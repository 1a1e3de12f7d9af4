"""The history of a training: one row of numbers an epoch."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np


class History(Mapping):
    """What was measured in each epoch: `history["loss"]` is the list over the epochs, `history.rows` has them by epoch.

    interrupted  whether Ctrl-C ended the training
    stopped      why a callback ended it, or None
    """

    def __init__(self):
        self.rows, self.interrupted, self.stopped = [], False, None

    def add(self, numbers):
        """Append an epoch's numbers, {name: number}."""
        self.rows.append(dict(numbers))

    def __getitem__(self, name):
        if name not in self.names():
            raise KeyError(f"nothing named {name!r} was measured; there is {', '.join(self.names()) or 'no epoch yet'}")
        return [row.get(name, float("nan")) for row in self.rows]

    def __iter__(self):
        return iter(self.names())

    def __len__(self):
        return len(self.names())

    def names(self):
        """What was measured, in the order in which it appeared."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def curves(self):
        """The names of what can be drawn: one number an epoch."""
        return [name for name in self.names() if all(np.ndim(entry) == 0 for entry in self[name])]

    @property
    def epochs(self):
        """Number of whole epochs."""
        return len(self.rows)

    def to_csv(self, path):
        """Write a table with a line an epoch, counted from 1. Returns the path."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, ["epoch", *self.curves()], extrasaction="ignore", lineterminator="\n")
            table.writeheader()
            for number, row in enumerate(self.rows, 1):
                table.writerow({"epoch": number, **row})
        return path

    @classmethod
    def from_csv(cls, path):
        """Read a table that `to_csv` wrote."""
        history = cls()
        with Path(path).open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                history.add({name: float(text) for name, text in row.items() if name != "epoch" and text})
        return history

    def plot(self, names=None, axes=None):
        """Curves over the epochs with matplotlib: losses in one picture, each other quantity in one beside it.

        A quantity and its validation share a picture; with `axes` (matplotlib's), everything goes into that one.

        names  what to draw; default: all curves

        Returns the axes, or a list of them where there are several pictures.
        """
        from matplotlib import pyplot

        names = self.curves() if names is None else [names] if isinstance(names, str) else list(names)
        groups = {}
        for name in names:
            groups.setdefault("" if axes is not None else name.removeprefix("validation_"), []).append(name)
        if axes is None:
            count = max(len(groups), 1)
            _, pictures = pyplot.subplots(1, count, figsize=(4.8 * count, 3.6), squeeze=False, layout="constrained")
            pictures = list(pictures[0])
        else:
            pictures = [axes]
        for picture, (title, members) in zip(pictures, groups.items()):
            self._draw(picture, title, members)
        return pictures[0] if len(pictures) == 1 else pictures

    def _draw(self, picture, title, names):
        numbers = range(1, self.epochs + 1)
        for name in names:
            style = "--" if name.startswith("validation_") else "-"
            picture.plot(numbers, self[name], style, marker=".", label=name.replace("_", " "))
        picture.set(xlabel="epoch", ylabel=title)
        picture.xaxis.get_major_locator().set_params(integer=True)
        picture.grid(alpha=0.3)
        if names:
            picture.legend()

    def __repr__(self):
        ended = " interrupted," if self.interrupted else ""
        last = ", ".join(f"{name}={value:.4g}" for name, value in (self.rows[-1] if self.rows else {}).items())
        return f"History({self.epochs} epochs,{ended} last: {last or 'none'})"
