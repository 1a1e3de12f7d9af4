"""What `fit` calls between epochs: stopping early, keeping the best model, changing the learning rate."""

import math
import os
from pathlib import Path

import numpy as np

from .optim.lr_scheduler import LRScheduler, OneCycleLR
from .optim.lr_scheduler import ReduceLROnPlateau as Plateau
from .parameter import numbers_of, overwrite


class Callback:
    """Base of callbacks; a subclass overrides what it needs. `run` is the training: see `nn.training.Run`.

    A plain function can be a callback too; it is called with `run` after each epoch.
    """

    def on_start(self, run):
        """Before the first epoch."""

    def on_batch(self, run):
        """After each step of the optimizer; the batch's loss is `run.batch_loss`."""

    def on_epoch(self, run):
        """After each epoch, when `run.history` has its row."""

    def on_end(self, run):
        """After the last epoch, also if it was interrupted."""


class AfterEpoch(Callback):
    """A function of `run`, called after each epoch."""

    def __init__(self, function):
        self.function = function

    def on_epoch(self, run):
        self.function(run)


class Scheduler(Callback):
    """Steps a learning-rate schedule after each "epoch" or after each "batch" (default for OneCycleLR).

    A ReduceLROnPlateau is told the number `monitor`, by default the validation loss if there is one, else the loss.

    Raises ValueError for other words than "epoch" and "batch".
    """

    def __init__(self, scheduler, each=None, monitor=None):
        if each not in ("epoch", "batch", None):
            raise ValueError(f'Scheduler: each is "epoch" or "batch", not {each!r}')
        self.scheduler, self.monitor = scheduler, monitor
        self.each = each or ("batch" if isinstance(scheduler, OneCycleLR) else "epoch")

    def on_batch(self, run):
        if self.each == "batch":
            self.scheduler.step()

    def on_epoch(self, run):
        if isinstance(self.scheduler, Plateau):
            self.scheduler.step(measured(run.history, self.monitor))
        elif self.each == "epoch":
            self.scheduler.step()


class ReduceLROnPlateau(Callback):
    """Lowers the rate of the run's optimizer when `monitor` gets no better; options as the schedule's of that name."""

    def __init__(self, monitor=None, **options):
        self.monitor, self.options = monitor, options

    def on_start(self, run):
        self.scheduler = Plateau(run.optimizer, **self.options)

    def on_epoch(self, run):
        self.scheduler.step(measured(run.history, self.monitor))


class _Watching(Callback):
    """Knows whether the last epoch was the best so far.

    monitor    what is watched; default: the validation loss if there is one, else the loss
    mode       "min", "max", or "auto": the higher the better for accuracies, else the lower
    min_delta  how much better counts as better
    """

    def __init__(self, monitor=None, mode="auto", min_delta=0.0):
        if mode not in ("min", "max", "auto"):
            raise ValueError(f'{type(self).__name__}: mode is "min", "max" or "auto", not {mode!r}')
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)

    def on_start(self, run):
        self.best, self.best_epoch = None, 0

    def improved(self, run):
        """Whether the epoch that just ended is the best; remembers it if so. nan never is."""
        number = measured(run.history, self.monitor)
        mode = self.mode if self.mode != "auto" else "max" if "accuracy" in (self.monitor or "") else "min"
        better = self.best is None or (
            number < self.best - self.min_delta if mode == "min" else number > self.best + self.min_delta
        )
        if better and not math.isnan(number):
            self.best, self.best_epoch = number, run.history.epochs
            return True
        return False


class EarlyStopping(_Watching):
    """Ends the training when `monitor` has not got better for `patience` epochs.

    patience      epochs without progress before the end
    restore_best  give the model the parameters of the best epoch at the end
    Others as for _Watching: monitor, mode, min_delta.
    """

    def __init__(self, monitor=None, patience=5, mode="auto", min_delta=0.0, restore_best=True):
        super().__init__(monitor, mode, min_delta)
        self.patience, self.restore_best = patience, restore_best

    def on_start(self, run):
        super().on_start(run)
        self.state = None

    def on_epoch(self, run):
        if self.improved(run):
            self.state = copy_of_state(run.model) if self.restore_best else None
        elif run.history.epochs - self.best_epoch >= self.patience:
            run.stop(f"no progress since epoch {self.best_epoch}")

    def on_end(self, run):
        if self.state is not None:
            restore_state(run.model, self.state)


class BestCheckpoint(_Watching):
    """Keeps the model's state of the best epoch, in memory and, with `path`, in a file (.npz) that is always whole.

    `restore(model)` puts it back. The file can be read with `numpy.load`: an array for each name of the state_dict.
    Others as for _Watching: monitor, mode, min_delta.
    """

    def __init__(self, path=None, monitor=None, mode="auto", min_delta=0.0):
        super().__init__(monitor, mode, min_delta)
        self.path, self.state = None if path is None else Path(path), None

    def on_epoch(self, run):
        if self.improved(run):
            self.state = copy_of_state(run.model)
            if self.path is not None:
                save_arrays(self.path, self.state)

    def restore(self, model):
        """Give the model the best epoch's parameters. Raises ValueError if there was no epoch."""
        if self.state is None:
            raise ValueError("BestCheckpoint has nothing to restore: no epoch has ended yet")
        restore_state(model, self.state)


def as_callback(given):
    """A Callback as it is; a learning-rate schedule and a function of the run as the callbacks that call them."""
    if isinstance(given, (LRScheduler, Plateau)):
        return Scheduler(given)
    if isinstance(given, Callback):
        return given
    if not callable(given):
        raise TypeError(f"a callback is a Callback, a learning-rate schedule or a function, not {type(given).__name__}")
    return AfterEpoch(given)


def measured(history, monitor=None):
    """The last epoch's number named `monitor`, by default the validation loss if there is one, else the loss."""
    if monitor is None:
        monitor = "validation_loss" if "validation_loss" in history else "loss"
    return history[monitor][-1]


def save_arrays(path, arrays):
    """Write named arrays into an .npz file, first beside it, then in one move: a break leaves the old file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        np.savez(file, **arrays)
    os.replace(beside, path)


def copy_of_state(model):
    """A model's numbers as arrays of their own: by the names of its state_dict, else its parameters by their place."""
    if hasattr(model, "state_dict"):
        return {name: np.array(numbers_of(entry)) for name, entry in model.state_dict().items()}
    return {str(place): np.array(parameter.data) for place, parameter in enumerate(model.parameters())}


def restore_state(model, state):
    """Put what `copy_of_state` took back into the model."""
    if hasattr(model, "load_state_dict"):
        model.load_state_dict(state)
    else:
        for place, parameter in enumerate(model.parameters()):
            overwrite(parameter, state[str(place)])
