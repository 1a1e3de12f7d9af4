"""What the experiments promise: XOR is solved from every seed, the tiny nets learn, the digit net reads digits."""

import sys
from pathlib import Path

import numpy as np
import pytest

import autograd as torch
import nn.functional as torch_functional

pytest.importorskip("matplotlib")
sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))
import tiny_nets
import xor


def test_S3_2_xor_is_solved_from_twenty_seeds():
    solved = []
    for seed in range(20):
        torch.manual_seed(seed)
        model = xor.small_net()
        losses = xor.train(model, epochs=500)
        solved.append(xor.right(model) == 4 and losses[-1] < 0.05)
    assert sum(solved) == 20


def test_S3_2_no_linear_model_solves_it():
    torch.manual_seed(0)
    model = xor.nn.Linear(2, 1)
    losses = xor.train(model, epochs=500)
    assert xor.right(model) < 4
    assert losses[-1] == pytest.approx(np.log(2), abs=1e-3)


@pytest.mark.parametrize("name", tiny_nets.PARABOLA)
def test_S1_3_learning_improves_on_the_hand_tuned_parabola(name):
    start = tiny_nets.parabola_by_hand(name)
    before = tiny_nets.error(start, name, np.square, -10, 10)
    learned, _ = tiny_nets.learn(start, name, np.square, -10, 10, 300, lr=0.02)
    assert tiny_nets.error(learned, name, np.square, -10, 10) < 0.95 * before


def test_S1_4_the_sine_is_learned():
    learned, loss = tiny_nets.learn(tiny_nets.sine_by_hand(), "tanh", np.sin, -np.pi, np.pi, 1000, lr=0.02)
    assert loss < 0.01
    assert tiny_nets.error(learned, "tanh", np.sin, -np.pi, np.pi) < 0.01


def test_S0_6_one_hot_targets_metrics_validation_and_history_by_epoch():
    nn, F = xor.nn, torch_functional
    x = torch.tensor(np.random.default_rng(0).standard_normal((60, 2)), dtype=torch.float32)
    labels = (x[:, 0] > 0).long()
    one_hot = F.one_hot(labels, 2).float()
    train = nn.data.TensorDataset(x[:40], one_hot[:40])
    held_out = nn.data.TensorDataset(x[40:], one_hot[40:])
    torch.manual_seed(0)
    model = nn.Linear(2, 2)
    history = nn.fit(
        model, nn.CrossEntropyLoss(), nn.optim.Adam(model.parameters(), lr=0.1),
        nn.data.DataLoader(train, batch_size=8),
        nn.data.DataLoader(held_out, batch_size=20), epochs=5, metrics=[nn.metrics.accuracy, nn.metrics.mae], verbose=0,
    )  # fmt: skip
    assert set(history) == {
        "loss", "accuracy", "mae", "validation_loss", "validation_accuracy", "validation_mae",
    }  # fmt: skip
    assert all(len(history[name]) == 5 for name in history)
    assert history["validation_accuracy"][-1] > 0.9
    assert history["loss"][-1] < history["loss"][0]


def test_S0_7_another_activation_is_one_name(monkeypatch, tmp_path, capsys):
    import activation_comparison

    class Cubed(xor.nn.Module):
        def forward(self, x):
            return x**3

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(activation_comparison, "ACTIVATIONS", [Cubed])
    monkeypatch.setattr(sys, "argv", ["activation_comparison.py", "--epochs", "1"])
    pytest.importorskip("sklearn")
    activation_comparison.main()
    assert "Cubed" in capsys.readouterr().out
