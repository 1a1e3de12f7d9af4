"""What schedules share: the count of steps, the rates they start from, and state that can be saved."""

import warnings
from bisect import bisect_right

from ..optimizer import Optimizer


class LRScheduler:
    """Base of the schedules: each call of `step()` sets `lr` of every parameter group anew.

    optimizer   whose rates are set
    last_epoch  number of the last step when training is resumed; -1 at the start

    A subclass gives `rates()`: the new rates from `last_epoch`, the groups' present rates and `base_lrs`. Rates that
    are the present ones times a factor let several schedules work on one optimizer.

    Raises TypeError for what is no optimizer, ValueError if resumed on an optimizer that never had a schedule.
    """

    def __init__(self, optimizer, last_epoch=-1):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"{type(self).__name__} sets the rates of an optimizer, not of a {type(optimizer).__name__}"
            )
        self.optimizer, self.last_epoch = optimizer, last_epoch
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise ValueError(
                    f"last_epoch={last_epoch} resumes a schedule, but group {number} of the optimizer never had one: "
                    "start with last_epoch=-1, or first load the optimizer's state_dict"
                )
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self._warned = False
        self._advance()

    def rates(self):
        """The rates for `last_epoch`, one a group."""
        raise NotImplementedError(f"{type(self).__name__} must define rates()")

    def step(self):
        """Go on to the next epoch's (or batch's) rates; call it after the optimizer's steps."""
        if not self.optimizer.steps_taken and not self._warned:
            self._warned = True
            warnings.warn(
                "scheduler.step() was called before any optimizer.step(): the first rate of the schedule is skipped; "
                "in the loop, step the optimizer first",
                stacklevel=2,
            )
        self._advance()

    def _advance(self):
        self.last_epoch += 1
        self._set(self.rates())

    def _set(self, rates):
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def restart(self):
        """Set the rates of the schedule's first step, as if it began now."""
        for group, rate in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = rate
        self.last_epoch = -1
        self._advance()

    def get_last_lr(self):
        """The rates set last, one a parameter group."""
        return list(self._last_lr)

    def present(self):
        """The rates the groups have now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        """Everything but the optimizer, to go on later."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict):
        """Take over what `state_dict` saved. The optimizer's own rates are in its own state."""
        self.__dict__.update(state_dict)


def factor_between(milestones, epoch, gamma):
    """gamma to the number of milestones that lie at `epoch`: what the rate is multiplied with there."""
    return gamma ** (bisect_right(milestones, epoch) - bisect_right(milestones, epoch - 1))
