"""S3.2: XOR. No linear model solves it, a net with one hidden layer does; first the forward pass by hand.

    python examples/xor.py --epochs 500
"""

import numpy as np
from experiment import arguments, report, save
from matplotlib import pyplot

import autograd as torch
import nn
from nn import optim

X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])


def by_hand():
    """I = (1, 0), w1 … w6 as in the lecture: hidden 0.61, 0.69, output 0.34."""
    hidden = torch.sigmoid(torch.tensor([[1.0, 0.0]]) @ torch.tensor([[0.45, 0.78], [-0.12, 0.13]]))
    output = hidden @ torch.tensor([[1.5], [-2.3]])
    answer = torch.sigmoid(output)
    print(f"by hand: hidden {np.round(hidden.data, 6)[0]}, output {output.item():.6f} → {answer.item():.6f}")


def small_net():
    """2 → 8 tanh → 1: with Adam at 0.05 and 500 epochs it solves XOR from each of the seeds 0 … 19."""
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))


def train(model, epochs, lr=0.05):
    """Returns the loss at each epoch."""
    loss, optimizer, losses = nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=lr), []
    for _ in range(epochs):
        optimizer.zero_grad()
        value = loss(model(X), Y)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


def right(model):
    """How many of the four cases come out right."""
    with torch.no_grad():
        return int(((model(X) > 0) == (Y > 0.5)).sum())


def main():
    options = arguments(__doc__, epochs=500)
    by_hand()
    _, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    rows = []
    for name, model in {"linear": nn.Linear(2, 1), "2-8-1 tanh": small_net()}.items():
        losses = train(model, options.epochs)
        rows.append({"model": name, "loss": losses[-1], "right of 4": right(model)})
        axes.plot(losses, label=name)
    axes.set(title="XOR", xlabel="epoch", ylabel="binary cross-entropy", yscale="log")
    axes.legend(frameon=False)
    print(f"table: {report('xor', rows)}")
    save(axes.figure, "xor.png")


if __name__ == "__main__":
    main()
