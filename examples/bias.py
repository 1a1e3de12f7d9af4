"""S3.7: in σ(w·x + b), w turns the curve and b shifts it.

    python examples/bias.py
"""

from experiment import save
from matplotlib import pyplot

import viz


def main():
    _, (turned, shifted) = pyplot.subplots(1, 2, figsize=(10, 3.8), layout="constrained", sharey=True)
    for w in (0.5, 1.0, 2.0):
        viz.plot_neuron("sigmoid", w=w, b=0.0, low=-8, high=8, axes=turned)
    for b in (-4.0, 0.0, 4.0):
        viz.plot_neuron("sigmoid", w=1.0, b=b, low=-8, high=8, axes=shifted)
    turned.set_title("w turns the curve")
    shifted.set_title("b shifts it")
    save(turned.figure, "bias.png")


if __name__ == "__main__":
    main()
