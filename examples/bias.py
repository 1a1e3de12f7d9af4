"""S3.7: in σ(w·x + b), w turns the curve and b shifts it.

    python examples/bias.py
"""

from experiment import arguments, report, save
from matplotlib import pyplot

import viz

TURNS, SHIFTS = (0.5, 1.0, 2.0), (-4.0, 0.0, 4.0)


def main():
    arguments(__doc__, epochs=1)
    curves = [(w, 0.0) for w in TURNS] + [(1.0, b) for b in SHIFTS]
    rows = [{"w": w, "b": b, "is ½ at x": 0.0 - b / w, "steepness there": w / 4} for w, b in curves]
    print(f"table: {report('bias', rows)}")
    _, (turned, shifted) = pyplot.subplots(1, 2, figsize=(10, 3.8), layout="constrained", sharey=True)
    for w in TURNS:
        viz.plot_neuron("sigmoid", w=w, b=0.0, low=-8, high=8, axes=turned)
    for b in SHIFTS:
        viz.plot_neuron("sigmoid", w=1.0, b=b, low=-8, high=8, axes=shifted)
    turned.set_title("w turns the curve")
    shifted.set_title("b shifts it")
    save(turned.figure, "bias.png")


if __name__ == "__main__":
    main()
