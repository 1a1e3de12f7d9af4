"""S1.3, S1.4: two or three hidden neurons against x² and sin x: weights found by hand, and then learned.

    python examples/tiny_nets.py --epochs 2000
"""

import numpy as np
from experiment import arguments, report, save
from matplotlib import pyplot

import viz
from viz.explorers.network import PARABOLA, SINE, learn, parabola_by_hand, sine_by_hand


def error(layers, activation, target, low, high):
    """Mean squared error on [low, high]."""
    x = np.linspace(low, high, 201)
    y, _ = viz.tiny_net(layers, activation, x)
    return float(np.mean((y - target(x)) ** 2))


def compare(cases, target, low, high, options, name):
    _, axes = pyplot.subplots(len(cases), 2, figsize=(10, 3 * len(cases)), layout="constrained", squeeze=False)
    rows = []
    for (activation, layers), pair in zip(cases.items(), axes, strict=True):
        learned, _ = learn(layers, activation, target, low, high, options.epochs, lr=0.02)
        for panel, net, how in zip(pair, (layers, learned), ("by hand", "learned"), strict=True):
            viz.plot_tiny_net(net, activation, target, low, high, axes=panel, title=f"{activation}, {how}")
        rows.append({
            "activation": activation,
            "error by hand": error(layers, activation, target, low, high),
            "error learned": error(learned, activation, target, low, high),
        })  # fmt: skip
    print(f"table: {report(name, rows)}")
    save(axes[0, 0].figure, f"{name}.png")


def main():
    options = arguments(__doc__, epochs=2000)
    compare({name: parabola_by_hand(name) for name in PARABOLA}, np.square, -10, 10, options, "parabola")
    compare({name: sine_by_hand(name) for name in SINE}, np.sin, -np.pi, np.pi, options, "sine")


if __name__ == "__main__":
    main()
