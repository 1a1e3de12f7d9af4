"""What a training shows while it runs: one bar over all epochs, or a line an epoch."""

import time

BETWEEN = 0.1  # seconds between two changes of the bar: drawing must not slow the training down


class Bar:
    """A context that shows the progress of `epochs` epochs of `batches` batches (0 if not known).

    verbose  0: nothing; 1: a bar; 2: a line an epoch, for logs
    """

    def __init__(self, epochs, batches, verbose):
        self.epochs, self.batches, self.verbose = epochs, batches, int(verbose)
        self.progress, self.changed, self.epoch, self.batch = None, 0.0, 1, 0

    def __enter__(self):
        if self.verbose == 1:
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[numbers]}"),
            )
            self.progress = Progress(*columns)
            self.progress.start()
            self.task = self.progress.add_task(self._title(), total=self.epochs * (self.batches or 1), numbers="")
        return self

    def __exit__(self, *_):
        if self.progress is not None:
            self.progress.stop()

    def after_batch(self, loss):
        """One batch is done; its loss is shown."""
        self.batch += 1
        now = time.monotonic()
        if self.progress is None or now - self.changed < BETWEEN:
            return
        self.changed = now
        done = (self.epoch - 1) * self.batches + self.batch if self.batches else self.epoch - 1
        self.progress.update(self.task, completed=done, description=self._title(), numbers=f"loss {loss:.4g}")

    def after_epoch(self, row):
        """One epoch is done; its numbers are shown."""
        numbers = as_text(row)
        if self.progress is not None:
            done = self.epoch * (self.batches or 1)
            self.progress.update(self.task, completed=done, description=self._title(), numbers=numbers)
        elif self.verbose == 2:
            print(f"{self._title()}  {numbers}", flush=True)
        self.epoch, self.batch = self.epoch + 1, 0

    def _title(self):
        return f"epoch {min(self.epoch, self.epochs)}/{self.epochs}"


def as_text(row):
    """An epoch's numbers on a line."""
    return "  ".join(
        f"{name.replace('_', ' ')} {number:.4g}" for name, number in row.items() if isinstance(number, float)
    )
