"""fit: the training loop of five lines, with validation, a history, callbacks and a progress bar."""

from operator import length_hint

from autograd import no_grad
from autograd.ops.random import manual_seed

from .callbacks import as_callback
from .data import Dataset
from .data.collate import as_values
from .history import History
from .metrics import as_metric
from .progress import Bar


def fit(model, loss, optimizer, train, validation=None, epochs=1, *, metrics=(), callbacks=(), seed=None, verbose=1):
    """Train `model`, and return the history.

        for inputs, targets in train:
            optimizer.zero_grad()
            error = loss(model(inputs), targets)
            error.backward()
            optimizer.step()

    model       anything that can be called, such as a Module; if it has train() and eval(), they are used
    loss        loss(prediction, target): a Value with one number
    optimizer   of the model's parameters
    train       batches, (input, target) or (several inputs …, target): a DataLoader or any collection that can be gone
                through once an epoch; `[(X, Y)]` is one batch of everything
    validation  batches to measure on after each epoch, in evaluation mode and without a graph
    epochs      passes through `train`
    metrics     names ("accuracy", "mae", "mse"), Metric objects, or functions (prediction, target) → number; of the
                training batches they are taken as the model is at each, of the validation batches after the epoch
    callbacks   Callback objects, learning-rate schedules, or functions of the Run, called after each epoch
    seed        for `manual_seed` at the start
    verbose     0: silent; 1: a progress bar; 2: a line an epoch

    Losses are means over items. The history has "loss" and each metric, and "validation_loss" … where there is
    validation. Ctrl-C ends the training: the model keeps what it has learned, the history its whole epochs, and
    `history.interrupted` is True. The model's modes are afterwards what they were before.

    Raises TypeError for a Dataset instead of batches, ValueError if there are no batches or a loss of many numbers.
    """
    if seed is not None:
        manual_seed(seed)
    run = Run(model, loss, optimizer, train, validation, epochs, metrics, callbacks)
    modes = [(module, module.training) for module in model.modules()] if hasattr(model, "modules") else []
    try:
        with Bar(epochs, length_hint(train), verbose) as bar:
            run.all_epochs(bar)
    except KeyboardInterrupt:
        run.history.interrupted = True
        optimizer.zero_grad()  # a gradient may be half done
        if verbose:
            print(f"interrupted in epoch {run.epoch}: the model keeps what it has learned")
    finally:
        for module, training in modes:
            module.training = training
    run.tell("on_end")
    return run.history


class Run:
    """One training, as callbacks see it.

    model, loss, optimizer   what was given to `fit`
    epoch, epochs            the present one, from 1, and how many there are to be
    batch_loss               loss of the last batch
    history                  the numbers of the epochs so far
    """

    def __init__(self, model, loss, optimizer, train, validation, epochs, metrics, callbacks):
        for batches in (train, validation):
            if isinstance(batches, Dataset):
                raise TypeError("fit takes batches: wrap the dataset, DataLoader(dataset, batch_size=32, shuffle=True)")
        self.model, self.loss, self.optimizer, self.train, self.validation = model, loss, optimizer, train, validation
        self.epochs, self.epoch, self.batch_loss, self.history = epochs, 0, float("nan"), History()
        self.metrics = [as_metric(given) for given in metrics]
        self.callbacks = [as_callback(given) for given in callbacks]

    def stop(self, reason="stopped by a callback"):
        """End the training after this epoch; the reason goes into the history."""
        self.history.stopped = reason

    def tell(self, event):
        """Call the method `event` of every callback."""
        for callback in self.callbacks:
            getattr(callback, event)(self)

    def all_epochs(self, bar):
        """Train until the last epoch or until a callback stops."""
        self.tell("on_start")
        while self.epoch < self.epochs and self.history.stopped is None:
            self.epoch += 1
            _switch(self.model, "train")
            row = self._pass(self.train, lambda inputs, target: self._step(inputs, target, bar))
            if self.validation is not None:
                row |= self._validate()
            self.history.add(row)
            bar.after_epoch(row)
            self.tell("on_epoch")

    def _step(self, inputs, target, bar):
        """One step of the optimizer. Returns the prediction and the loss."""
        self.optimizer.zero_grad()
        prediction, error = self._measure(inputs, target)
        error.backward()
        self.optimizer.step()
        self.batch_loss = error.item()
        bar.after_batch(self.batch_loss)
        self.tell("on_batch")
        return prediction, error

    def _measure(self, inputs, target):
        prediction = self.model(*inputs)
        error = self.loss(prediction, target)
        if error.numel() != 1:
            raise ValueError(f"the loss must be one number, not of shape {tuple(error.shape)}: use reduction='mean'")
        return prediction, error

    def _validate(self):
        """Loss and metrics over the validation batches."""
        _switch(self.model, "eval")
        with no_grad():
            numbers = self._pass(self.validation, self._measure)
        return {f"validation_{name}": number for name, number in numbers.items()}

    def _pass(self, batches, treat):
        """Treat every batch, and give the mean loss and the metrics over all of them."""
        for metric in self.metrics:
            metric.reset()
        total, items = 0.0, 0
        for batch in batches:
            inputs, target = _parts(batch)
            prediction, error = treat(inputs, target)
            length = len(target) if getattr(target, "ndim", 0) else 1
            total, items = total + error.item() * length, items + length
            for metric in self.metrics:
                metric.update(prediction, target)
        if not items:
            raise ValueError(
                f"there were no batches in epoch {self.epoch}: the dataset is empty, drop_last left out its only "
                "batch, or it is a generator, which can be gone through once; pass a DataLoader or a list"
            )
        return {"loss": total / items} | {metric.name: metric.compute() for metric in self.metrics}


def _parts(batch):
    """The inputs and the target of a batch, arrays as Values."""
    if not isinstance(batch, (tuple, list)) or len(batch) < 2:
        raise TypeError(f"fit takes batches of an input and a target, not {type(batch).__name__}: (X, Y)")
    *inputs, target = as_values(batch)
    return inputs, target


def _switch(model, mode):
    if hasattr(model, mode):
        getattr(model, mode)()
