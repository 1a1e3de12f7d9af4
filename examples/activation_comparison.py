"""S0.3: which activation trains best? 28×28 digits → 128 → activation → 10, Adam, batches of 32.

    python examples/activation_comparison.py --epochs 5
"""

from experiment import arguments, digits, report, save
from matplotlib import pyplot

import nn
from nn import optim
from nn.data import DataLoader
from nn.metrics import accuracy

ACTIVATIONS = [nn.ReLU, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.ELU]  # one more is one more name here


def train(activation, train_set, test_set, options):
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), activation(), nn.Linear(128, 10))
    batches = DataLoader(train_set, batch_size=32, shuffle=True, seed=options.seed)
    held_out = DataLoader(test_set, batch_size=256)
    return nn.fit(
        model, nn.CrossEntropyLoss(), optim.Adam(model.parameters()), batches, held_out,
        epochs=options.epochs, metrics=[accuracy], seed=options.seed, verbose=False,
    )  # fmt: skip


def main():
    options = arguments(__doc__, epochs=5, data=True)
    train_set, test_set = digits(options.data, normalize=False)
    _, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    rows = []
    for activation in ACTIVATIONS:
        history = train(activation, train_set, test_set, options)
        curve = history["validation_accuracy"]
        rows.append({"activation": activation.__name__, "loss": history["loss"][-1], "held-out accuracy": curve[-1]})
        axes.plot(range(1, len(curve) + 1), curve, marker="o", label=activation.__name__)
    axes.set(title="Which activation trains best?", xlabel="epoch", ylabel="held-out accuracy")
    axes.legend(frameon=False)
    print(f"table: {report('activation_comparison', rows)}")
    save(axes.figure, "activation_comparison.png")


if __name__ == "__main__":
    main()
