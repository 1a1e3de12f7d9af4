"""S3.3: two linear layers without an activation between them are one: x·W1·W2 = x·(W1·W2).

    python examples/collapse.py
"""

import numpy as np
from experiment import arguments, report, save
from matplotlib import pyplot

import autograd as torch


def main():
    arguments(__doc__, epochs=1)
    x = torch.randn(5, 4, dtype=torch.float64)
    W1, W2 = torch.randn(4, 8, dtype=torch.float64), torch.randn(8, 3, dtype=torch.float64)
    one_by_one, at_once = x @ W1 @ W2, x @ (W1 @ W2)
    bent = torch.relu(x @ W1) @ W2
    rows = [
        {"compared": "x·W1·W2 and x·(W1·W2)", "largest difference": f"{(one_by_one - at_once).abs().max().item():.1e}"},
        {"compared": "relu(x·W1)·W2 and x·(W1·W2)", "largest difference": f"{(bent - at_once).abs().max().item():.1e}"},
    ]
    print(f"table: {report('collapse', rows)}")
    _, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    line = torch.tensor(np.linspace(-2, 2, 201).reshape(-1, 1))
    first, second = torch.randn(1, 8, dtype=torch.float64), torch.randn(8, 1, dtype=torch.float64)
    axes.plot(line, line @ first @ second, label="two linear layers: a straight line", linewidth=4, color="#bbbbbb")
    axes.plot(line, line @ (first @ second), "--", label="one linear layer", color="#0877bd")
    axes.plot(line, torch.relu(line @ first) @ second, label="with ReLU between them", color="#f59322")
    axes.legend(frameon=False)
    save(axes.figure, "collapse.png")


if __name__ == "__main__":
    main()
