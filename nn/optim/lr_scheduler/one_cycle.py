"""The one-cycle policy: the rate climbs, then falls far below its start, and momentum moves against it."""

import math

from .base import LRScheduler


class OneCycleLR(LRScheduler):
    """lr climbs from max_lr/div_factor to max_lr and falls to max_lr/div_factor/final_div_factor. Step it every batch.

    max_lr            highest rate, or a list, one a parameter group
    total_steps       batches in all; or give `epochs` and `steps_per_epoch`
    pct_start         share of the steps in which the rate climbs
    anneal_strategy   "cos" or "linear"
    cycle_momentum    move momentum (or Adam's first beta) from max_momentum down to base_momentum and back
    base_momentum, max_momentum   numbers, or lists, one a parameter group
    three_phase       fall first as far as the rate climbed, then to the end

    Raises ValueError for arguments that do not fit, and for a step beyond total_steps.

    Source: Smith and Topin 2017, “Super-convergence”.
    """

    def __init__(
        self, optimizer, max_lr, total_steps=None, epochs=None, steps_per_epoch=None, pct_start=0.3,
        anneal_strategy="cos", cycle_momentum=True, base_momentum=0.85, max_momentum=0.95, div_factor=25.0,
        final_div_factor=1e4, three_phase=False, last_epoch=-1,
    ):  # fmt: skip
        self.total_steps = _total(total_steps, epochs, steps_per_epoch)
        if not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR: pct_start is a share between 0 and 1, not {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f'OneCycleLR: anneal_strategy is "cos" or "linear", not {anneal_strategy!r}')
        self.anneal_strategy, self.cycle_momentum = anneal_strategy, cycle_momentum
        self.ends = _phase_ends(self.total_steps, pct_start, three_phase)
        groups = optimizer.param_groups
        self.corners = []  # of each group's rate: start, top, bottom, end
        for group, top in zip(groups, _for_each(max_lr, groups, "max_lr"), strict=True):
            start = group["initial_lr"] = top / div_factor
            self.corners.append([start, top, start, start / final_div_factor])
        self.momentum_corners = []
        if cycle_momentum:
            if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
                raise ValueError(
                    f"{type(optimizer).__name__} has no momentum to cycle: pass cycle_momentum=False to OneCycleLR"
                )
            lows, highs = (_for_each(m, groups, "momentum") for m in (base_momentum, max_momentum))
            self.momentum_corners = [[high, low, high, high] for high, low in zip(highs, lows, strict=True)]
        super().__init__(optimizer, last_epoch)

    def rates(self):
        if self.last_epoch >= self.total_steps:
            raise ValueError(
                f"OneCycleLR was made for {self.total_steps} steps and is asked for one more: total_steps is the "
                "number of batches in all epochs, and each calls step() once"
            )
        for group, corners in zip(self.optimizer.param_groups, self.momentum_corners):
            _set_momentum(group, self._at(corners))
        return [self._at(corners) for corners in self.corners]

    def _at(self, corners):
        """Where a quantity is now that passes through `corners`; with two phases it does so without the third."""
        corners = corners if len(self.ends) == 3 else [corners[0], corners[1], corners[3]]
        start = 0
        for number, end in enumerate(self.ends):
            if self.last_epoch <= end or number == len(self.ends) - 1:
                share = (self.last_epoch - start) / (end - start) if end > start else 1.0
                return self._between(corners[number], corners[number + 1], share)
            start = end

    def _between(self, start, end, share):
        if self.anneal_strategy == "linear":
            return start + (end - start) * share
        return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


def _total(total_steps, epochs, steps_per_epoch):
    if total_steps is None:
        if epochs is None or steps_per_epoch is None:
            raise ValueError("OneCycleLR needs to know its length: give total_steps, or epochs and steps_per_epoch")
        for name, number in (("epochs", epochs), ("steps_per_epoch", steps_per_epoch)):
            if number <= 0 or number != int(number):
                raise ValueError(f"OneCycleLR: {name} is a whole number above 0, not {number}")
        return int(epochs) * int(steps_per_epoch)
    if total_steps <= 0 or total_steps != int(total_steps):
        raise ValueError(f"OneCycleLR: total_steps is a whole number above 0, not {total_steps}")
    return int(total_steps)


def _phase_ends(total_steps, pct_start, three_phase):
    climb = pct_start * total_steps - 1
    return [climb, 2 * climb, total_steps - 1] if three_phase else [climb, total_steps - 1]


def _for_each(given, groups, name):
    if not isinstance(given, (list, tuple)):
        return [given] * len(groups)
    if len(given) != len(groups):
        raise ValueError(f"OneCycleLR: {name} has {len(given)} entries for {len(groups)} parameter groups")
    return list(given)


def _set_momentum(group, momentum):
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum
