"""The digit net trained twice: step by step in Python, and as one program by `nn.compile_step`. The losses agree.

    python examples/compiled_training.py --epochs 10

The program is recorded once: forward pass, backward pass and update. The loop over the batches runs inside it. The very
first time it takes some seconds more: what runs all programs is itself compiled, and kept on disk.
"""

import time

from experiment import arguments, digits, report

import autograd as torch
import nn
from nn import optim
from nn.data import DataLoader

BATCH = 64


def make(seed):
    """The digit net and its optimizer, the same for the same seed."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    return model, nn.CrossEntropyLoss(), optim.Adam(model.parameters(), lr=0.002)


def eager(x, y, epochs, seed):
    """The five lines of every lecture. Returns the loss of each step."""
    model, criterion, optimizer = make(seed)
    losses = []
    for _ in range(epochs):
        for start in range(0, len(x), BATCH):
            optimizer.zero_grad()
            loss = criterion(model(x[start : start + BATCH]), y[start : start + BATCH])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def compiled(x, y, epochs, seed):
    """The same in one call."""
    return nn.compile_step(*make(seed)).run((x, y), epochs=epochs, batch_size=BATCH).tolist()


def main():
    options = arguments(__doc__, epochs=10, data=True)
    train_set, _ = digits(options.data)
    images, y = next(iter(DataLoader(train_set, batch_size=len(train_set))))
    x = images.view(-1, 784)
    compiled(x, y, 1, options.seed)  # what is compiled only once is no part of the comparison
    rows, found = [], {}
    for way in (eager, compiled):
        start = time.perf_counter()
        losses = found[way] = way(x, y, options.epochs, options.seed)
        seconds = time.perf_counter() - start
        milliseconds = 1e3 * seconds / len(losses)
        rows.append({"way": way.__name__, "steps": len(losses), "last loss": losses[-1], "ms a step": milliseconds})
    print(f"table: {report('compiled_training', rows)}")
    apart = max(abs(a - b) for a, b in zip(found[eager], found[compiled], strict=True))
    print(f"largest difference between the losses of a step: {apart:.1e}")


if __name__ == "__main__":
    main()
