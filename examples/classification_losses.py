"""S0.4: the same net trained with categorical cross-entropy and with the mean squared error of its probabilities.

    python examples/classification_losses.py --epochs 5
"""

from experiment import arguments, digits, report, save
from matplotlib import pyplot

import nn
import nn.functional as F
from nn import optim
from nn.data import DataLoader
from nn.metrics import accuracy


def cross_entropy(logits, targets):
    return F.cross_entropy(logits, targets)


def mean_squared_error(logits, targets):
    return F.mse_loss(F.softmax(logits, dim=1), F.one_hot(targets, 10).float())


LOSSES = [cross_entropy, mean_squared_error]  # one more is one more name here


def main():
    options = arguments(__doc__, epochs=5, data=True)
    train_set, test_set = digits(options.data, normalize=False)
    _, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    rows = []
    for loss in LOSSES:
        model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
        history = nn.fit(
            model, loss, optim.Adam(model.parameters()),
            DataLoader(train_set, batch_size=32, shuffle=True, seed=options.seed), DataLoader(test_set, batch_size=256),
            epochs=options.epochs, metrics=[accuracy], seed=options.seed, verbose=False,
        )  # fmt: skip
        name, curve = loss.__name__.replace("_", " "), history["validation_accuracy"]
        rows.append({"loss": name, "held-out accuracy": curve[-1]})
        axes.plot(range(1, len(curve) + 1), curve, marker="o", label=name)
    axes.set(title="Cross-entropy or squared error?", xlabel="epoch", ylabel="held-out accuracy")
    axes.legend(frameon=False)
    print(f"table: {report('classification_losses', rows)}")
    save(axes.figure, "classification_losses.png")


if __name__ == "__main__":
    main()
