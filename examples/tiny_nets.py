"""S1.3, S1.4: two or three hidden neurons against x² and sin x: weights found by hand, and then learned.

    python examples/tiny_nets.py --epochs 2000
"""

import numpy as np
from experiment import arguments, report, save
from matplotlib import pyplot

import autograd as torch
import viz
from nn import optim

# w1, b1, w2, b2, w3, b3, w4 of the lecture; sigmoid: the sliders' w2 = −0.31 (the printed 0.30 makes no parabola).
PARABOLA = {
    "sigmoid": (0.30, -3.45, -0.31, -3.45, 300.0, -11.5, 300.0),
    "tanh": (0.66, -0.90, -0.66, -0.90, 5.0, 7.0, 5.0),
    "relu": (1.40, -0.90, -1.40, -0.90, 1.8, 0.0, 1.8),
    "elu": (1.30, -1.90, -1.30, -1.90, 3.0, 5.11, 3.0),
    "leaky_relu": (0.80, -0.40, -0.80, -0.40, 3.5, 0.0, 3.5),
}


def by_hand(name):
    """The hand-tuned parabola as layers [(weight, bias), …]."""
    w1, b1, w2, b2, w3, b3, w4 = PARABOLA[name]
    return [(np.array([[w1], [w2]]), np.array([b1, b2])), (np.array([[w3, w4]]), np.array([b3]))]


def sine_start():
    """Three tanh neurons that each take one bend of the sine on [−π, π]."""
    first = np.array([[1.0], [1.0], [1.0]]), np.array([2.5, 0.0, -2.5])
    return [first, (np.array([[-1.0, 2.0, -1.0]]), np.array([0.0]))]


def learn(layers, activation, target, low, high, epochs):
    """Fit the layers to `target` on [low, high], from where they stand. Returns them and the mean squared error."""
    x = torch.tensor(np.linspace(low, high, 201).reshape(1, -1))
    y = torch.tensor(target(x.data))
    parameters = [torch.tensor(p, requires_grad=True) for layer in layers for p in (layer[0], layer[1].reshape(-1, 1))]
    optimizer = optim.Adam(parameters, lr=0.02)
    function = torch.TABLE[activation]
    for _ in range(epochs):
        optimizer.zero_grad()
        hidden = function(parameters[0] @ x + parameters[1])
        loss = ((parameters[2] @ hidden + parameters[3] - y) ** 2).mean()
        loss.backward()
        optimizer.step()
    numbers = [p.data for p in parameters]
    return [(numbers[0], numbers[1].ravel()), (numbers[2], numbers[3].ravel())], loss.item()


def error(layers, activation, target, low, high):
    """Mean squared error on [low, high]."""
    x = np.linspace(low, high, 201)
    y, _ = viz.tiny_net(layers, activation, x)
    return float(np.mean((y - target(x)) ** 2))


def compare(cases, target, low, high, options, name):
    _, axes = pyplot.subplots(len(cases), 2, figsize=(10, 3 * len(cases)), layout="constrained", squeeze=False)
    rows = []
    for (activation, layers), pair in zip(cases.items(), axes, strict=True):
        learned, _ = learn(layers, activation, target, low, high, options.epochs)
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
    compare({name: by_hand(name) for name in PARABOLA}, np.square, -10, 10, options, "parabola")
    compare({"tanh": sine_start()}, np.sin, -np.pi, np.pi, options, "sine")


if __name__ == "__main__":
    main()
