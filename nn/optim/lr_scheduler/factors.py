"""Schedules given by a formula of the epoch. All but LambdaLR multiply the present rate, so they can be combined."""

import math

from .base import LRScheduler, factor_between


class LambdaLR(LRScheduler):
    """lr = initial lr · function(epoch).

    lr_lambda  a function of the epoch, or a list of functions, one a parameter group

    Raises ValueError unless there are as many functions as groups.
    """

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        groups = len(optimizer.param_groups)
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * groups
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"LambdaLR got {len(self.lr_lambdas)} functions for {groups} parameter groups")
        super().__init__(optimizer, last_epoch)

    def rates(self):
        return [rate * function(self.last_epoch) for rate, function in zip(self.base_lrs, self.lr_lambdas, strict=True)]

    def state_dict(self):
        """Everything but the optimizer and the functions, which are code."""
        return {name: value for name, value in super().state_dict().items() if name != "lr_lambdas"}


class StepLR(LRScheduler):
    """lr is multiplied by gamma every step_size epochs: initial lr · gamma^⌊epoch / step_size⌋.

    Raises ValueError for a step_size below 1.
    """

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        if step_size < 1:
            raise ValueError(f"StepLR: step_size is a number of epochs, at least 1, not {step_size}")
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def rates(self):
        due = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return [rate * self.gamma if due else rate for rate in self.present()]


class MultiStepLR(LRScheduler):
    """lr is multiplied by gamma at each of the `milestones`, which are epochs (one named twice counts twice)."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def rates(self):
        factor = factor_between(self.milestones, self.last_epoch, self.gamma)
        return [rate * factor for rate in self.present()]


class ExponentialLR(LRScheduler):
    """lr is multiplied by gamma every epoch: initial lr · gamma^epoch."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rates(self):
        return [rate * self.gamma if self.last_epoch > 0 else rate for rate in self.present()]


class LinearLR(LRScheduler):
    """lr goes straight from initial lr · start_factor to initial lr · end_factor in total_iters epochs, and stays.

    Raises ValueError for a start_factor outside (0, 1], an end_factor outside [0, 1] or total_iters below 1.
    """

    def __init__(self, optimizer, start_factor=1.0 / 3, end_factor=1.0, total_iters=5, last_epoch=-1):
        if not 0 < start_factor <= 1 or not 0 <= end_factor <= 1:
            raise ValueError(
                f"LinearLR: factors lie between 0 and 1 (the first above 0), not {start_factor}, {end_factor}"
            )
        if total_iters < 1:
            raise ValueError(f"LinearLR: total_iters is a number of epochs, at least 1, not {total_iters}")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rates(self):
        if self.last_epoch == 0:
            return [rate * self.start_factor for rate in self.present()]
        if self.last_epoch > self.total_iters:
            return self.present()
        change = self._factor(self.last_epoch) / self._factor(self.last_epoch - 1)
        return [rate * change for rate in self.present()]

    def _factor(self, epoch):
        return self.start_factor + (self.end_factor - self.start_factor) * epoch / self.total_iters


class CosineAnnealingLR(LRScheduler):
    """lr falls along half a cosine: eta_min + (initial lr − eta_min)·(1 + cos(π·epoch / T_max)) / 2.

    T_max    epochs from the highest rate to the lowest; going on, the rate climbs again
    eta_min  lowest rate

    Raises ValueError for T_max below 1.

    Source: Loshchilov and Hutter, ICLR 2017 (without the restarts).
    """

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        if T_max < 1:
            raise ValueError(f"CosineAnnealingLR: T_max is a number of epochs, at least 1, not {T_max}")
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def rates(self):
        if self.last_epoch == 0:
            return self.present()
        before, now = self._height(self.last_epoch - 1), self._height(self.last_epoch)
        rates = []
        for base, rate in zip(self.base_lrs, self.present(), strict=True):
            if (self.last_epoch - 1) % (2 * self.T_max) == self.T_max:  # from the valley nothing is left to multiply
                rates.append(rate + (base - self.eta_min) * now)
            else:
                rates.append(self.eta_min + (rate - self.eta_min) * now / before)
        return rates

    def _height(self, epoch):
        """Where the cosine is at `epoch`, from 1 down to 0."""
        return (1 + math.cos(math.pi * epoch / self.T_max)) / 2
