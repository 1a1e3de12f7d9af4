"""fit, its history, callbacks, validation, interruption; the net of S3.15 end to end."""

import numpy as np
import pytest

from autograd import Value, is_grad_enabled
from nn import optim
from nn.callbacks import BestCheckpoint, Callback, EarlyStopping, ReduceLROnPlateau, Scheduler
from nn.data import DataLoader, IterableDataset, TensorDataset
from nn.training import fit

X = np.linspace(-1, 1, 12)[:, None]
Y = 3 * X - 1


class Line:
    """A model that is no Module: y = w·x + b."""

    def __init__(self, w=0.0, b=0.0):
        self.w, self.b = Value([[w]], name="w"), Value([b], name="b")

    def __call__(self, x):
        return x * self.w + self.b

    def parameters(self):
        yield self.w
        yield self.b


def squared(prediction, target):
    residue = prediction - target
    return (residue * residue).mean()


def start(lr=0.1, **options):
    model = Line(**options)
    return model, squared, optim.SGD(model.parameters(), lr=lr)


def by_hand(epochs, batches, lr=0.1):
    model, loss, optimizer = start(lr)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in batches:
            optimizer.zero_grad()
            error = loss(model(Value(x)), Value(y))
            error.backward()
            optimizer.step()
            total += error.item() * len(y)
        losses.append(total / sum(len(y) for _, y in batches))
    return model, losses


BATCHES = [(X[:5], Y[:5]), (X[5:10], Y[5:10]), (X[10:], Y[10:])]


def test_fit_is_the_loop_written_by_hand():
    model, loss, optimizer = start()
    history = fit(model, loss, optimizer, BATCHES, epochs=7, verbose=0)
    other, losses = by_hand(7, BATCHES)
    assert history["loss"] == losses
    assert (model.w.data, model.b.data) == (other.w.data, other.b.data)
    assert history.epochs == len(history.rows) == 7
    assert list(history) == ["loss"]
    assert not history.interrupted


def test_validation_and_metrics_by_epoch():
    graphs = []

    def watched(prediction, target):
        graphs.append((is_grad_enabled(), prediction.requires_grad))
        return squared(prediction, target)

    model, _, optimizer = start()
    history = fit(model, watched, optimizer, BATCHES, [(X, Y)], 3, metrics=["mae", "mse"], verbose=0)
    assert list(history) == ["loss", "mae", "mse", "validation_loss", "validation_mae", "validation_mse"]
    assert graphs == [(True, True)] * 3 + [(False, False)] + graphs[4:]
    assert history["mse"] == pytest.approx(history["loss"])
    final = np.asarray(model(Value(X)).data)
    assert history["validation_loss"][-1] == pytest.approx(np.mean((final - Y) ** 2))
    assert history["validation_mae"][-1] == pytest.approx(np.mean(np.abs(final - Y)))


def test_same_seed_same_run():
    loader = DataLoader(TensorDataset(X, Y), batch_size=4, shuffle=True)
    histories = []
    for seed in (1, 1, 2):
        model, loss, optimizer = start()
        histories.append(fit(model, loss, optimizer, loader, epochs=3, seed=seed, verbose=0)["loss"])
    assert histories[0] == histories[1] != histories[2]


def test_several_inputs_and_what_are_no_batches():
    model, loss, optimizer = start()
    fit(lambda x, factor: model(x * factor), loss, optimizer, [(X, np.ones_like(X), Y)], verbose=0)
    with pytest.raises(TypeError, match="wrap the dataset"):
        fit(model, loss, optimizer, TensorDataset(X, Y))
    with pytest.raises(TypeError, match=r"\(X, Y\)"):
        fit(model, loss, optimizer, [X], verbose=0)
    with pytest.raises(ValueError, match="one number"):
        fit(model, lambda p, t: p - t, optimizer, BATCHES, verbose=0)
    with pytest.raises(ValueError, match="no batches in epoch 2"):
        fit(model, loss, optimizer, iter(BATCHES), epochs=2, verbose=0)


class Switching(Line):
    """A model with modes, of which a part is frozen in evaluation."""

    def __init__(self):
        super().__init__()
        self.training, self.seen = True, []
        self.part = type("Part", (), {"training": False})()

    def modules(self):
        return [self, self.part]

    def train(self):
        self.training = self.part.training = True

    def eval(self):
        self.training = self.part.training = False

    def __call__(self, x):
        self.seen.append(self.training)
        return super().__call__(x)


def test_a_stream_without_a_length(capsys):
    class Stream(IterableDataset):
        def __iter__(self):
            return zip(X, Y, strict=True)

    history = fit(*start(), DataLoader(Stream(), batch_size=5), epochs=2)
    assert history["loss"] == by_hand(2, BATCHES)[1]


def test_modes_during_and_after():
    model = Switching()
    fit(model, squared, optim.SGD(model.parameters()), BATCHES[:1], BATCHES[:1], epochs=2, verbose=0)
    assert model.seen == [True, False, True, False]
    assert (model.training, model.part.training) == (True, False)


# -- interruption ------------------------------------------------------------------------------------------------------


class Interrupting(Callback):
    """Presses Ctrl-C at a batch."""

    def __init__(self, at):
        self.at, self.batches = at, 0

    def on_batch(self, run):
        self.batches += 1
        if self.batches == self.at:
            raise KeyboardInterrupt


def test_ctrl_c_leaves_model_and_history_usable(capsys):
    model, loss, optimizer = start()
    history = fit(model, loss, optimizer, BATCHES, epochs=100, callbacks=[Interrupting(at=8)], verbose=2)
    assert history.interrupted
    assert history.epochs == 2
    assert "interrupted in epoch 3" in capsys.readouterr().out
    assert model.w.grad is None
    other, losses = by_hand(2, BATCHES)
    assert history["loss"] == losses
    assert model.w.data != other.w.data  # two batches of the third epoch
    again = fit(model, loss, optimizer, BATCHES, epochs=2, verbose=0)
    assert again["loss"][-1] < history["loss"][-1]
    assert "interrupted" in repr(history)


def test_ctrl_c_in_the_middle_of_a_backward_pass():
    model, _, optimizer = start()

    def interrupted(gradient):
        raise KeyboardInterrupt

    hook = model.w.register_hook(interrupted)
    history = fit(model, squared, optimizer, BATCHES, epochs=5, verbose=0)
    assert history.interrupted
    assert history.epochs == 0
    assert model.b.grad is None
    hook.remove()
    assert fit(model, squared, optimizer, BATCHES, epochs=5, verbose=0)["loss"][-1] < 10


def test_other_errors_pass_and_modes_are_restored():
    model = Switching()
    with pytest.raises(ZeroDivisionError):
        fit(model, lambda p, t: 1 / 0, optim.SGD(model.parameters()), BATCHES, verbose=0)
    assert (model.training, model.part.training) == (True, False)


# -- callbacks ---------------------------------------------------------------------------------------------------------


def given_losses(losses):
    """A run whose validation losses are given: the loss function answers with them."""
    model, _, optimizer = start(lr=0.5)
    series = iter(losses)

    def loss(prediction, target):
        error = squared(prediction, target)
        return error if is_grad_enabled() else error * 0 + next(series)

    return model, loss, optimizer, BATCHES[:1], BATCHES[:1], len(losses)


def weights_by_epoch():
    seen = []
    return seen, lambda run: seen.append(run.model.w.data.copy())


def test_early_stopping_waits_and_restores_the_best():
    seen, note = weights_by_epoch()
    arguments = given_losses([5.0, 4.0, 4.5, np.nan, 4.2, 3.0, 2.0])
    history = fit(*arguments, callbacks=[note, EarlyStopping(patience=3)], verbose=0)
    assert history.epochs == 5
    assert history.stopped == "no progress since epoch 2"
    np.testing.assert_array_equal(arguments[0].w.data, seen[1])
    arguments = given_losses([5.0, 4.0, 4.5, 4.6])
    fit(*arguments, callbacks=[note, EarlyStopping(patience=1, restore_best=False)], verbose=0)
    np.testing.assert_array_equal(arguments[0].w.data, seen[-1])


def test_early_stopping_with_a_threshold_and_upwards():
    history = fit(*given_losses([5.0, 4.9, 4.8, 4.7]), callbacks=[EarlyStopping(patience=2, min_delta=1.0)], verbose=0)
    assert history.epochs == 3
    watching = EarlyStopping("validation_mae", mode="max", patience=1)
    history = fit(*given_losses([1.0] * 4), metrics=["mae"], callbacks=[watching], verbose=0)
    assert history.epochs == 2
    with pytest.raises(ValueError, match="mode"):
        EarlyStopping(mode="up")
    with pytest.raises(KeyError, match="nothing named 'validation_f1'"):
        fit(*given_losses([1.0]), callbacks=[EarlyStopping("validation_f1")], verbose=0)


def test_the_best_model_is_kept_in_memory_and_in_a_file(tmp_path):
    seen, note = weights_by_epoch()
    best = BestCheckpoint(tmp_path / "out" / "best.npz")
    model, *rest = given_losses([3.0, 1.0, 2.0])
    with pytest.raises(ValueError, match="nothing to restore"):
        best.restore(model)
    fit(model, *rest, callbacks=[note, best], verbose=0)
    assert (best.best, best.best_epoch) == (1.0, 2)
    best.restore(model)
    np.testing.assert_array_equal(model.w.data, seen[1])
    with np.load(tmp_path / "out" / "best.npz") as file:
        np.testing.assert_array_equal(file["0"], seen[1])
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["best.npz"]


def test_schedules_as_callbacks():
    rates = []
    model, loss, optimizer = start(lr=1.0)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    note = lambda run: rates.append(optimizer.param_groups[0]["lr"])
    fit(model, loss, optimizer, BATCHES, epochs=2, callbacks=[schedule, note], verbose=0)
    assert rates == [0.5, 0.25]
    model, loss, optimizer = start(lr=1.0)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    fit(model, loss, optimizer, BATCHES, callbacks=[Scheduler(schedule, "batch")], verbose=0)
    assert optimizer.param_groups[0]["lr"] == 0.125
    model, loss, optimizer = start()
    cycle = optim.lr_scheduler.OneCycleLR(optimizer, 1.0, epochs=2, steps_per_epoch=4, cycle_momentum=False)
    fit(model, loss, optimizer, BATCHES, epochs=2, callbacks=[cycle], verbose=0)
    assert cycle.last_epoch == 6
    with pytest.raises(ValueError, match="each"):
        Scheduler(schedule, "step")


def test_the_rate_is_lowered_on_a_plateau():
    for make in (
        lambda optimizer: ReduceLROnPlateau(patience=1, factor=0.5),
        lambda optimizer: optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5),
    ):
        model, loss, optimizer, *rest = given_losses([2.0, 3.0, 3.0, 3.0, 3.0])
        fit(model, loss, optimizer, *rest, callbacks=[make(optimizer)], verbose=0)
        assert optimizer.param_groups[0]["lr"] == 0.125


def test_the_events_of_a_run():
    events = []

    class Noting(Callback):
        def on_start(self, run):
            events.append("start")

        def on_batch(self, run):
            events.append(run.batch_loss)

        def on_epoch(self, run):
            events.append(("epoch", run.epoch))

        def on_end(self, run):
            events.append("end")

    fit(*start(), BATCHES[:1], epochs=2, callbacks=[Noting()], verbose=0)
    assert [event if not isinstance(event, float) else "loss" for event in events] == [
        "start", "loss", ("epoch", 1), "loss", ("epoch", 2), "end",
    ]  # fmt: skip
    history = fit(*start(), BATCHES, epochs=9, callbacks=[lambda run: run.epoch == 2 and run.stop("enough")], verbose=0)
    assert (history.epochs, history.stopped) == (2, "enough")
    with pytest.raises(TypeError, match="a callback is"):
        fit(*start(), BATCHES, callbacks=[3])
