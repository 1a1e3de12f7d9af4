"""Layers, losses, and the small things between them (shapes, slices, sums), float32: against PyTorch."""

import statistics

import numpy as np

import autograd
import nn

from .harness import OURS, Table, measure
from .peers import missing, peer

BOTH = " and back"
TABLE, CLASSES = np.arange(64) % 7, np.arange(32) % 10
# name: function of the library, its nn and the inputs; shapes of the inputs, or their numbers
SMALL = {
    "x.T": (lambda lib, nn, x: x.T, (8, 16)),
    "x[0]": (lambda lib, nn, x: x[0], (8, 16)),
    "x[:, 1:3]": (lambda lib, nn, x: x[:, 1:3], (8, 16)),
    "x.reshape(4, 32)": (lambda lib, nn, x: x.reshape(4, 32), (8, 16)),
    "x.flatten()": (lambda lib, nn, x: x.flatten(), (8, 16)),
    "x.squeeze(1)": (lambda lib, nn, x: x.squeeze(1), (8, 1, 16)),
    "x.permute(2, 0, 1)": (lambda lib, nn, x: x.permute(2, 0, 1), (4, 8, 4)),
    "x.expand(8, 16)": (lambda lib, nn, x: x.expand(8, 16), (1, 16)),
    "cat of two": (lambda lib, nn, x, y: lib.cat([x, y]), (8, 16), (8, 16)),
    "stack of two": (lambda lib, nn, x, y: lib.stack([x, y]), (8, 16), (8, 16)),
    "first of x.chunk(2, 1)": (lambda lib, nn, x: x.chunk(2, 1)[0], (8, 16)),
    "x.sum(1)": (lambda lib, nn, x: x.sum(1), (8, 16)),
    "x.mean(0)": (lambda lib, nn, x: x.mean(0), (8, 16)),
    "x.max(1).values": (lambda lib, nn, x: x.max(1).values, (8, 16)),
}


def _layer_norm(lib, nn, x, weight, bias):
    return nn.functional.layer_norm(x, x.shape[1:], weight, bias)


def _batch_norm(lib, nn, x, weight, bias):
    return nn.functional.batch_norm(x, None, None, weight, bias, training=True)


LAYERS = {
    "layer norm, 8 × 16": (_layer_norm, (8, 16), (16,), (16,)),
    "layer norm, 64 × 128": (_layer_norm, (64, 128), (128,), (128,)),
    "layer norm, 256 × 1024": (_layer_norm, (256, 1024), (1024,), (1024,)),
    "batch norm, 64 × 128": (_batch_norm, (64, 128), (128,), (128,)),
    "batch norm, 8 × 16 × 10": (_batch_norm, (8, 16, 10), (16,), (16,)),
    "softmax along axis 1, 8 × 10 × 12": (lambda lib, nn, x: nn.functional.softmax(x, 1), (8, 10, 12)),
    "dropout, 64 × 128": (lambda lib, nn, x: nn.functional.dropout(x), (64, 128)),
    "embedding, 64 of 100 × 32": (lambda lib, nn, x, i: nn.functional.embedding(i, x), (100, 32), TABLE),
    "cross-entropy, 32 × 10": (lambda lib, nn, x, t: nn.functional.cross_entropy(x, t), (32, 10), CLASSES),
    "cross-entropy, smoothed": (
        lambda lib, nn, x, t: nn.functional.cross_entropy(x, t, label_smoothing=0.1), (32, 10), CLASSES,
    ),
    "nll_loss, 32 × 10": (lambda lib, nn, x, t: nn.functional.nll_loss(x, t), (32, 10), CLASSES),
    "mse_loss, 32 × 10": (lambda lib, nn, x, y: nn.functional.mse_loss(x, y), (32, 10), (32, 10)),
}  # fmt: skip
QUICK = ("x.T", "x[0]", "cat of two", "layer norm, 64 × 128", "nll_loss, 32 × 10")


def candidates(function, *inputs):
    """Forward alone, and forward and back, in both libraries."""
    random = np.random.default_rng(0)
    drawn = [x if isinstance(x, np.ndarray) else random.standard_normal(x).astype(np.float32) for x in inputs]
    found = _ways(OURS, function, autograd, nn, drawn)
    if peer("torch"):
        found |= _ways("PyTorch", function, peer("torch"), peer("torch").nn, drawn)
    return found


def _ways(who, function, library, network, arrays):
    inputs = [library.tensor(array, requires_grad=array.dtype.kind == "f") for array in arrays]
    forward = lambda: function(library, network, *inputs)
    upstream = library.ones_like(forward().detach())

    def both():
        for x in inputs:
            x.grad = None
        forward().backward(upstream)

    return {who: forward, who + BOTH: both}


def table(title, works, budget):
    """A row for each work."""
    rows, ratios, short = [], {"": [], BOTH: []}, {}
    for name, (function, *shapes) in works.items():
        if budget.quick and name not in QUICK:
            continue
        case = measure(name, candidates(function, *shapes), budget, ours=(OURS, OURS + BOTH))
        row = [name]
        for way in ("", BOTH):
            row.append(f"{case.timings[OURS + way].median * 1e6:,.3g}")
            if peer("torch"):
                ratios[way].append(case.ratio(OURS + way, "PyTorch" + way))
                row.append(f"{ratios[way][-1]:.2f}")
        rows.append(row)
    of_peer = ("/ PyTorch",) * bool(peer("torch"))
    columns = ("work", "forward, µs", *of_peer, "and back, µs", *of_peer)
    if peer("torch"):
        means = [statistics.geometric_mean(ratios[way]) for way in ("", BOTH)]
        rows.append(["geometric mean", "", f"{means[0]:.2f}", "", f"{means[1]:.2f}"])
        short = {f"{title}, forward and back, mean": {"PyTorch": means[1]}}
    return Table(title, columns=columns, rows=rows, notes=missing("torch"), short=short)


def run(budget):
    """One table of small things, one of layers and losses."""
    return [table("Shapes, slices and sums", SMALL, budget), table("Layers and losses", LAYERS, budget)]
