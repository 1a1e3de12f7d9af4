"""S0.5: y = x² + noise, 80 points to train, 20 to test, 1 → 64 ReLU → 1, Adam; four losses compared by their MAE.

    python examples/regression_losses.py --epochs 50
"""

import numpy as np
from experiment import arguments, report, save
from matplotlib import pyplot

import autograd
import nn
import nn.functional as F
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.metrics import mae

LOSSES = {"MSE": F.mse_loss, "MAE": F.l1_loss, "Huber": F.huber_loss, "log-cosh": F.log_cosh_loss}


def points(seed):
    """100 points on [−1, 1], the first 80 to train."""
    noise = np.random.default_rng(seed)
    x = np.linspace(-1, 1, 100, dtype=np.float32).reshape(-1, 1)
    y = x**2 + noise.normal(0, 0.1, x.shape).astype(np.float32)
    order = noise.permutation(100)
    x, y = x[order], y[order]
    return (x[:80], y[:80]), (x[80:], y[80:])


def main():
    options = arguments(__doc__, epochs=50)
    (x, y), (x_test, y_test) = points(options.seed)
    train = TensorDataset(autograd.tensor(x), autograd.tensor(y))
    test = TensorDataset(autograd.tensor(x_test), autograd.tensor(y_test))
    _, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    axes.scatter(x, y, s=12, color="#bbbbbb", label="training points")
    grid = np.linspace(-1, 1, 200, dtype=np.float32).reshape(-1, 1)
    rows = []
    for name, loss in LOSSES.items():
        autograd.manual_seed(options.seed)
        model = nn.Sequential(nn.Linear(1, 64), nn.ReLU(), nn.Linear(64, 1))
        history = nn.fit(
            model, loss, optim.Adam(model.parameters(), lr=0.01),
            DataLoader(train, batch_size=32, shuffle=True, seed=options.seed), DataLoader(test, batch_size=20),
            epochs=options.epochs, metrics=[mae], seed=options.seed, verbose=False,
        )  # fmt: skip
        rows.append({"loss": name, "training MAE": history["mae"][-1], "test MAE": history["validation_mae"][-1]})
        with autograd.no_grad():
            axes.plot(grid, model(autograd.tensor(grid)), label=name)
    axes.set(title="y = x² + noise", xlabel="x", ylabel="y")
    axes.legend(frameon=False)
    print(f"table: {report('regression_losses', rows)}")
    save(axes.figure, "regression_losses.png")


if __name__ == "__main__":
    main()
