"""S3.4: the perceptron with error correction, and ADALINE beside it: both learn AND and OR, neither learns XOR.

    python examples/perceptron.py --epochs 50
"""

import numpy as np
from experiment import arguments, report, save
from matplotlib import pyplot

from nn.perceptron import Adaline, Perceptron

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
TARGETS = {"AND": [-1, -1, -1, 1], "OR": [-1, 1, 1, 1], "XOR": [-1, 1, 1, -1]}
LEARNERS = {"perceptron": Perceptron, "ADALINE": Adaline}


def border(axes, weights, bias, **style):
    """The line w·x + b = 0, where there is one."""
    if weights[1]:
        x = np.array([-0.5, 1.5])
        axes.plot(x, -(weights[0] * x + bias) / weights[1], **style)
    elif weights[0]:
        axes.axvline(-bias / weights[0], **style)


def draw(axes, unit, targets, title):
    """The four points, the borders on the way in grey, the last one in blue."""
    for step in unit.history[:-1][-12:]:
        border(axes, step.weights, step.bias, color="#cccccc", linewidth=1)
    border(axes, unit.history[-1].weights, unit.history[-1].bias, color="#0877bd", linewidth=2.5)
    right = unit(X) == np.array(targets)
    for point, target, is_right in zip(X, targets, right, strict=True):
        color = "#1a7f37" if is_right else "#c1121f"
        axes.scatter(*point, s=120, marker="o" if target > 0 else "X", color=color, zorder=3)
    axes.set(title=title, xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=(0, 1), yticks=(0, 1), aspect="equal")


def main():
    options = arguments(__doc__, epochs=50)
    _, axes = pyplot.subplots(len(LEARNERS), len(TARGETS), figsize=(9, 6.4), layout="constrained")
    rows = []
    for line, (name, learner) in zip(axes, LEARNERS.items(), strict=True):
        for panel, (task, targets) in zip(line, TARGETS.items(), strict=True):
            unit = learner(2)
            learned = unit.fit(X, targets, epochs=options.epochs)
            rows.append({"learner": name, "task": task, "outcome": str(learned)})
            draw(panel, unit, targets, f"{name}: {task}")
    print(f"table: {report('perceptron', rows)}")
    save(axes[0, 0].figure, "perceptron.png")


if __name__ == "__main__":
    main()
