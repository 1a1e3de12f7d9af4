"""Schedules one after another, such as a warm-up and then a cosine."""

from bisect import bisect_right

from .base import LRScheduler


class SequentialLR(LRScheduler):
    """Runs `schedulers` one after another; at each of the `milestones`, which are epochs, the next one begins.

    Raises ValueError unless there is one milestone less than schedules, all on this optimizer.
    """

    def __init__(self, optimizer, schedulers, milestones, last_epoch=-1):
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR: {len(schedulers)} schedules need {len(schedulers) - 1} milestones between them, not "
                f"{len(milestones)}"
            )
        if any(scheduler.optimizer is not optimizer for scheduler in schedulers):
            raise ValueError("SequentialLR: every schedule must have been made for this optimizer")
        self.schedulers, self.milestones = list(schedulers), list(milestones)
        if last_epoch == -1:  # each schedule has set its own first rate when it was made; only the first one's counts
            self.schedulers[0].restart()
        super().__init__(optimizer, last_epoch)

    def _advance(self):
        self.last_epoch += 1
        number = bisect_right(self.milestones, self.last_epoch)
        if number > 0 and self.milestones[number - 1] == self.last_epoch:
            self.schedulers[number].restart()
        elif self.last_epoch > 0:
            self.schedulers[number]._advance()
        self._last_lr = self.schedulers[number].get_last_lr()

    def state_dict(self):
        """Everything but the optimizer, with the state of each schedule."""
        states = [scheduler.state_dict() for scheduler in self.schedulers]
        return {**super().state_dict(), "schedulers": states}

    def load_state_dict(self, state_dict):
        """Take over what `state_dict` saved."""
        for scheduler, state in zip(self.schedulers, state_dict["schedulers"], strict=True):
            scheduler.load_state_dict(state)
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "schedulers"})
