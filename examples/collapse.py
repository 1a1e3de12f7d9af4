"""S3.3: two linear layers without an activation between them are one: x·W1·W2 = x·(W1·W2).

    python examples/collapse.py
"""

from experiment import arguments, report

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


if __name__ == "__main__":
    main()
