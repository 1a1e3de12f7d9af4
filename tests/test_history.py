"""The history of a training run, what is shown of it, and the net of the lecture."""

import csv

import numpy as np
import pytest
from test_training import BATCHES, X, Y, start

import nn
import nn.functional as F
from autograd import no_grad
from autograd.ops.random import manual_seed
from nn import optim
from nn.callbacks import BestCheckpoint, EarlyStopping
from nn.data import DataLoader, Digits, TensorDataset, transforms
from nn.history import History
from nn.metrics import ConfusionMatrix
from nn.training import fit

# -- history and what is shown -----------------------------------------------------------------------------------------


def a_history():
    history = History()
    history.add({"loss": 1.5, "accuracy": 0.25})
    history.add({"loss": 0.5, "accuracy": 0.75, "validation_loss": 0.7})
    return history


def test_a_history_is_a_table(tmp_path):
    history = a_history()
    assert history["loss"] == [1.5, 0.5]
    assert np.isnan(history["validation_loss"][0])
    assert dict(history)["accuracy"] == [0.25, 0.75]
    assert "loss=0.5" in repr(history)
    with pytest.raises(KeyError, match="'recall'"):
        history["recall"]
    path = history.to_csv(tmp_path / "new" / "history.csv")
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["epoch", "loss", "accuracy", "validation_loss"],
        ["1", "1.5", "0.25", ""],
        ["2", "0.5", "0.75", "0.7"],
    ]
    assert History.from_csv(path).rows == history.rows


def test_a_history_draws_itself():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    losses, accuracy = a_history().plot()
    assert [line.get_label() for line in losses.lines] == ["loss", "validation loss"]
    np.testing.assert_array_equal(losses.lines[0].get_ydata(), [1.5, 0.5])
    np.testing.assert_array_equal(accuracy.lines[0].get_xdata(), [1, 2])
    _, axes = pyplot.subplots()
    assert a_history().plot(axes=axes) is axes
    assert len(axes.lines) == 3
    assert a_history().plot("loss").get_ylabel() == "loss"
    assert History().plot() is not None
    pyplot.close("all")


def test_arrays_among_the_metrics_stay_out_of_tables(tmp_path):
    confusion = ConfusionMatrix(classes=2)
    model, loss, optimizer = start()
    positive = [(X, (Y > 0).astype(float))]
    history = fit(model, loss, optimizer, positive, epochs=2, metrics=[confusion, "accuracy"], verbose=2)
    assert history["confusion_matrix"][-1].sum() == 12
    assert history.curves() == ["loss", "accuracy"]
    assert "confusion" not in history.to_csv(tmp_path / "h.csv").read_text()


@pytest.mark.parametrize("sized", [True, False])
def test_what_is_shown(capsys, sized):
    batches = BATCHES if sized else type("Unsized", (), {"__iter__": lambda self: iter(BATCHES)})()
    fit(*start(), batches, epochs=2, verbose=0)
    assert capsys.readouterr().out == ""
    fit(*start(), batches, BATCHES, epochs=2, verbose=2)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch 1/2  loss ")
    assert "validation loss" in second
    fit(*start(), batches, BATCHES, epochs=2)
    assert "epoch 2/2" in capsys.readouterr().out


def test_manual_seed_fixes_the_order_of_a_loader():
    loader = DataLoader(TensorDataset(X, Y), batch_size=12, shuffle=True)
    orders = []
    for _ in range(2):
        manual_seed(4)
        orders.append(next(iter(loader))[0].tolist())
    assert orders[0] == orders[1] != X.tolist()


# -- the net of the lecture --------------------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self, pixels, hidden):
        super().__init__()
        self.pixels = pixels
        self.fc1 = nn.Linear(pixels, hidden)
        self.fc2 = nn.Linear(hidden, 10)

    def forward(self, x):
        x = x.view(-1, self.pixels)
        return self.fc2(F.relu(self.fc1(x)))


TRANSFORM = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5), (0.5))])


def digits(size):
    pytest.importorskip("sklearn")
    train, test = (Digits(train, transform=TRANSFORM, size=size) for train in (True, False))
    return DataLoader(train, batch_size=64, shuffle=True, num_workers=2), DataLoader(test, batch_size=64)


def test_S3_15_the_digit_net_by_the_loop_of_the_lecture():
    manual_seed(0)
    train, test = digits(28)
    net = Net(784, 128)
    criterion, optimizer = nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        for images, labels in train:
            optimizer.zero_grad()
            loss = criterion(net(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    right = total = 0
    with no_grad():
        for images, labels in test:
            right += (net(images).argmax(1) == labels).sum().item()
            total += labels.size(0)
    assert losses[-1] < 0.5 * losses[0]
    assert total == 355
    assert right / total > 0.8


def test_S3_15_the_digit_net_by_fit_is_the_same_in_every_run():
    histories = []
    for _ in range(2):
        manual_seed(3)
        train, test = digits(8)
        net = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.Dropout(0.1), nn.ReLU(), nn.Linear(32, 10))
        optimizer = optim.Adam(net.parameters(), lr=5e-3)
        callbacks = [EarlyStopping("validation_accuracy", patience=3), BestCheckpoint()]
        histories.append(
            nn.fit(
                net,
                nn.CrossEntropyLoss(),
                optimizer,
                train,
                test,
                4,
                metrics=["accuracy"],
                callbacks=callbacks,
                verbose=0,
            )
        )
    assert histories[0].rows == histories[1].rows
    assert histories[0]["validation_accuracy"][-1] > 0.9
    assert net.training
