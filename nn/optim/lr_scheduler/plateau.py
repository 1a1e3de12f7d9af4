"""A schedule that watches a measured number and lowers the rate where it no longer gets better."""

import math

from ..optimizer import Optimizer


class ReduceLROnPlateau:
    """lr is multiplied by `factor` once a metric has not got better for more than `patience` epochs.

    mode            "min": lower is better; "max": higher
    factor          what the rate is multiplied with, below 1
    patience        epochs without progress that are forgiven
    threshold       how much better counts as better
    threshold_mode  "rel": a share of the best so far; "abs": a difference from it
    cooldown        epochs after a reduction in which nothing is counted
    min_lr          lowest rate, or a list, one a parameter group
    eps             reductions smaller than this are left out

    Call `step(metric)` after each epoch. Raises ValueError for a factor of 1 or more, unknown modes, or min_lr of
    another length than there are groups.
    """

    def __init__(
        self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel", cooldown=0,
        min_lr=0, eps=1e-8,
    ):  # fmt: skip
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"ReduceLROnPlateau sets the rates of an optimizer, not of a {type(optimizer).__name__}")
        if factor >= 1:
            raise ValueError(f"ReduceLROnPlateau: factor must be below 1 to lower the rate, not {factor}")
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f'ReduceLROnPlateau: mode is "min" or "max" and threshold_mode "rel" or "abs", not {mode!r}, '
                f"{threshold_mode!r}"
            )
        groups = len(optimizer.param_groups)
        self.min_lrs = list(min_lr) if isinstance(min_lr, (list, tuple)) else [min_lr] * groups
        if len(self.min_lrs) != groups:
            raise ValueError(f"ReduceLROnPlateau: min_lr has {len(self.min_lrs)} entries for {groups} parameter groups")
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown, self.eps = threshold, threshold_mode, cooldown, eps
        self.last_epoch = 0
        self._last_lr = [group["lr"] for group in optimizer.param_groups]
        self.reset()

    def reset(self):
        """Forget the best metric and the counts."""
        self.best = math.inf if self.mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = 0

    def step(self, metrics):
        """Take in the epoch's metric, and lower the rates if it is time."""
        metric = float(metrics)
        self.last_epoch += 1
        if self.is_better(metric, self.best):
            self.best, self.num_bad_epochs = metric, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _reduce(self):
        for group, lowest in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            lower = max(group["lr"] * self.factor, lowest)
            if group["lr"] - lower > self.eps:
                group["lr"] = lower

    @property
    def in_cooldown(self):
        """Whether epochs are not counted since the last reduction."""
        return self.cooldown_counter > 0

    def is_better(self, metric, best):
        """Whether `metric` beats `best` by the threshold; nan never does."""
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            return sign * metric > sign * best * (1 + sign * self.threshold)
        return sign * metric > sign * (best + sign * self.threshold)

    def get_last_lr(self):
        """The rates set last, one a parameter group."""
        return list(self._last_lr)

    def state_dict(self):
        """Everything but the optimizer, to go on later."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict):
        """Take over what `state_dict` saved."""
        self.__dict__.update(state_dict)
