"""S3.1: the weights of a linear classifier, shown as one template picture a class.

    python examples/templates.py --epochs 10
"""

from experiment import arguments, digits, report, save

import nn
import viz
from nn import optim
from nn.data import DataLoader
from nn.metrics import accuracy


def main():
    options = arguments(__doc__, epochs=10, data=True)
    train_set, test_set = digits(options.data)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    history = nn.fit(
        model, nn.CrossEntropyLoss(), optim.Adam(model.parameters()),
        DataLoader(train_set, batch_size=64, shuffle=True, seed=options.seed), DataLoader(test_set, batch_size=256),
        epochs=options.epochs, metrics=[accuracy], seed=options.seed, verbose=False,
    )  # fmt: skip
    rows = [{"epoch": k, "held-out accuracy": a} for k, a in enumerate(history["validation_accuracy"], 1)]
    print(f"table: {report('templates', rows)}")
    axes = viz.plot_templates(model[1].weight.data.T, shape=(28, 28))
    save(axes.ravel()[0].figure, "templates.png")


if __name__ == "__main__":
    main()
