"""A training recorded: gradient norms, dead units, and a page to scrub through it."""

import numpy as np
import pytest
from browser import Visit, browser

import nn
import viz
from autograd import Value, manual_seed, relu, tensor
from nn import optim


def train(steps, every=1, kept=500, batches=None):
    """A recording of a small net, its losses, and the norms of the first weight's gradient."""
    manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 1))
    random = np.random.default_rng(0)
    inputs, targets = tensor(random.normal(size=(8, 2))), tensor(random.normal(size=(8, 1)))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    losses, norms = [], []
    with viz.record_training(steps=kept, every=every) as record:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = nn.MSELoss()(model(inputs), targets)
            loss.backward()
            losses.append(loss.item())
            norms.append(np.linalg.norm(model[0].weight.grad.numpy()))
            optimizer.step()
    return record, losses, norms


def test_numbers_are_those_of_the_passes():
    record, losses, norms = train(6)
    assert [moment.loss for moment in record.moments] == losses
    for moment, norm in zip(record.moments, norms, strict=True):
        assert any(found == pytest.approx(norm, rel=1e-3) for found in moment.norms.values())


def test_recording_changes_nothing():
    _, losses, _ = train(5)
    _, sparse, _ = train(5, every=100)
    assert losses == sparse


def test_the_last_steps_are_kept():
    record, losses, _ = train(9, every=2, kept=3)
    assert [moment.number for moment in record.moments] == [5, 7, 9]
    assert record.passes == 9
    assert [moment.loss for moment in record.moments] == [losses[n] for n in (4, 6, 8)]


def test_fan_out_survives_being_watched():
    x = Value(3.0)
    with viz.record_training() as record:
        y = x * x + x
        y.backward()
    assert x.grad.item() == 7
    assert 7.0 in record.moments[0].norms.values()


def test_dead_units_are_counted():
    x = Value(np.array([[1.0, -1.0, 2.0], [3.0, -2.0, -1.0]]))
    with viz.record_training() as record:
        relu(x).sum().backward()
    assert list(record.moments[0].dead.values()) == [(1, 3)]


def test_another_graph_is_left_out():
    with viz.record_training() as record:
        for k in range(4):
            x = Value(2.0)
            (x * x if k != 2 else x.exp() + 1).backward()
    assert len(record.moments) == 3
    assert record.others == 1


def test_errors():
    with viz.record_training() as record:
        pass
    with pytest.raises(viz.DrawingError, match="nothing was recorded"):
        record.save("nowhere.html")
    with pytest.raises(ValueError, match="at least 1"), viz.record_training(steps=0):
        pass


def test_scrubbing(tmp_path):
    record, losses, _ = train(20)
    with browser() as chromium:
        seen = Visit(chromium, record.save(tmp_path / "training.html"))
        assert seen.text(".told").startswith(f"step 1, loss {losses[0]:.4g}")
        seen.press("End", "ArrowLeft")
        assert seen.text(".told").startswith(f"step 19, loss {losses[18]:.4g}")
        norm = next(iter(record.moments[18].norms.items()))
        shown = seen.page.locator(f'[id$="-{norm[0]}-gradient"] text').first.text_content()
        assert float(shown) == norm[1]
        seen.press("Home", " ")
        seen.page.locator(".told", has_text="step 20,").wait_for()
        assert seen.quiet()
        seen.page.close()
