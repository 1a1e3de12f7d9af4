"""What the experiments share: their command line, their data, and a report as table, CSV and picture in out/."""

import argparse
import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from rich.console import Console
from rich.table import Table

from autograd import manual_seed
from nn.data import mnist_or_digits
from nn.data.transforms import Compose, Normalize, ToTensor

OUT = Path("out")


def arguments(description, epochs, data=False, **choices):
    """The command line of an experiment: --epochs, --seed and, where it takes digits, --data. Seeds the run.

    choices   further options, each with the values it may take, the first being the default
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, values in choices.items():
        parser.add_argument(f"--{name}", choices=values, default=values[0])
    parser.add_argument("--epochs", type=int, default=epochs, help=f"passes over the data (default {epochs})")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same numbers (default 0)")
    if data:
        help_text = "folder with MNIST; without it, scikit-learn's digits are used"
        parser.add_argument("--data", default="./MNIST", help=help_text)
    options = parser.parse_args()
    manual_seed(options.seed)
    return options


def digits(folder, normalize=True):
    """Training and test digits of 28×28: MNIST from `folder` if it is there, else scikit-learn's digits, enlarged."""
    transform = Compose([ToTensor(), Normalize(0.5, 0.5)]) if normalize else ToTensor()
    return [mnist_or_digits(folder, train=part, transform=transform) for part in (True, False)]


def report(name, rows):
    """Print rows (dictionaries) as a table and write them to out/name.csv. Returns the path."""
    table = Table(*rows[0], box=None, header_style="bold")
    for row in rows:
        table.add_row(*(f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in row.values()))
    Console().print(table)
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def save(figure, name):
    """Write a figure to out/name and say where."""
    OUT.mkdir(exist_ok=True)
    path = OUT / name
    figure.savefig(path, dpi=110)
    print(f"picture: {path}")
    return path
