"""Optimizers that give every entry a step of its own from the squares of its gradients: Adagrad, RMSprop, Adadelta."""

import numpy as np

from autograd.kernels import in_one_pass

from .optimizer import Optimizer, steered


class Adagrad(Optimizer):
    """Adagrad: s ← s + g²;  p ← p − lr/(1 + (t − 1)·lr_decay) · g / (√s + eps).

    params                     Values, or groups of them
    lr                         step size
    lr_decay                   how fast the step size falls with the number t of steps
    weight_decay               λ: the gradient of ½λp² is added to g
    initial_accumulator_value  s before the first step
    eps                        keeps the division finite
    maximize                   climb instead of descending

    Raises ValueError for negative numbers.

    Source: Duchi, Hazan and Singer, JMLR 2011.
    """

    nonnegative = ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def __init__(
        self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, *, maximize=False
    ):
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "eps": eps, "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def begin(self, parameter, group):
        return {"step": 0, "sum": np.full_like(parameter, group["initial_accumulator_value"])}

    def update(self, parameter, gradient, state, group):
        state["step"] += 1
        gradient = steered(gradient, parameter, group["weight_decay"], group["maximize"])
        lr = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        adagrad_update(parameter, gradient, state["sum"], lr, group["eps"])


def adagrad_update(parameter, gradient, total, lr, eps):
    """s += g²;  p −= lr·g / (√s + eps)."""
    scratch = np.multiply(gradient, gradient, out=np.empty_like(total))
    total += scratch
    np.sqrt(total, out=scratch)
    scratch += eps
    np.divide(gradient, scratch, out=scratch)
    scratch *= lr
    parameter -= scratch


class RMSprop(Optimizer):
    """RMSprop: s ← αs + (1 − α)g²;  p ← p − lr·g / (√s + eps).

    With `centered` the square of the running mean of g is taken off s, so that it is the variance of the gradient. With
    momentum b ← momentum·b + g / (√s + eps) and p ← p − lr·b.

    params        Values, or groups of them
    lr            step size
    alpha         α, share of the running mean that stays
    eps           keeps the division finite
    weight_decay  λ: the gradient of ½λp² is added to g
    momentum      share of the velocity b that stays
    centered      divide by the standard deviation instead of the root of the mean square
    maximize      climb instead of descending

    Raises ValueError for negative numbers.

    Sources: Hinton, lecture 6e of “Neural networks for machine learning”, 2012; centered: Graves 2013.
    """

    nonnegative = ("lr", "alpha", "eps", "weight_decay", "momentum")

    def __init__(
        self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, *, maximize=False
    ):
        defaults = {
            "lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum,
            "centered": centered, "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def begin(self, parameter, group):
        state = {"step": 0, "square_avg": np.zeros_like(parameter)}
        if group["momentum"]:
            state["momentum_buffer"] = np.zeros_like(parameter)
        if group["centered"]:
            state["grad_avg"] = np.zeros_like(parameter)
        return state

    def update(self, parameter, gradient, state, group):
        state["step"] += 1
        gradient = steered(gradient, parameter, group["weight_decay"], group["maximize"])
        rmsprop_update(
            parameter, gradient, state["square_avg"], state["grad_avg"] if group["centered"] else None,
            state["momentum_buffer"] if group["momentum"] else None,
            group["lr"], group["alpha"], group["eps"], group["momentum"],
        )  # fmt: skip


@in_one_pass
def rmsprop_update(parameter, gradient, square, mean, velocity, lr, alpha, eps, momentum):
    """s = αs + (1 − α)g²;  p −= lr·g / (√s + eps). `mean` is None unless centered, `velocity` without momentum."""
    scratch = np.multiply(gradient, gradient, out=np.empty_like(square))
    scratch *= 1 - alpha
    square *= alpha
    square += scratch
    if mean is None:
        np.sqrt(square, out=scratch)
    else:
        np.subtract(gradient, mean, out=scratch)
        scratch *= 1 - alpha
        mean += scratch
        np.multiply(mean, mean, out=scratch)
        np.subtract(square, scratch, out=scratch)
        np.maximum(scratch, 0.0, out=scratch)  # a variance, but for rounding
        np.sqrt(scratch, out=scratch)
    scratch += eps
    np.divide(gradient, scratch, out=scratch)
    if velocity is not None:
        velocity *= momentum
        velocity += scratch
        np.multiply(velocity, lr, out=scratch)
    else:
        scratch *= lr
    parameter -= scratch


class Adadelta(Optimizer):
    """Adadelta: steps measured in the parameter's own unit: Δ = g·√(d + eps) / √(s + eps);  p ← p − lr·Δ.

    s ← ρs + (1 − ρ)g² and d ← ρd + (1 − ρ)Δ² are running means.

    params        Values, or groups of them
    lr            factor of the step; the paper has 1
    rho           ρ, share of the running means that stays, in [0, 1)
    eps           keeps the first steps above 0 and the division finite
    weight_decay  λ: the gradient of ½λp² is added to g
    maximize      climb instead of descending

    Raises ValueError for hyperparameters out of range.

    Source: Zeiler 2012.
    """

    nonnegative = ("lr", "eps", "weight_decay")
    shares = ("rho",)

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, *, maximize=False):
        super().__init__(params, {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize})

    def begin(self, parameter, group):
        return {"step": 0, "square_avg": np.zeros_like(parameter), "acc_delta": np.zeros_like(parameter)}

    def update(self, parameter, gradient, state, group):
        state["step"] += 1
        gradient = steered(gradient, parameter, group["weight_decay"], group["maximize"])
        adadelta_update(
            parameter, gradient, state["square_avg"], state["acc_delta"], group["lr"], group["rho"], group["eps"]
        )


def adadelta_update(parameter, gradient, square, moved, lr, rho, eps):
    """s = ρs + (1 − ρ)g²;  Δ = g·√(d + eps) / √(s + eps);  d = ρd + (1 − ρ)Δ²;  p −= lr·Δ."""
    scratch = np.multiply(gradient, gradient, out=np.empty_like(square))
    scratch *= 1 - rho
    square *= rho
    square += scratch
    step = np.add(moved, eps, out=np.empty_like(moved))
    np.add(square, eps, out=scratch)
    step /= scratch
    np.sqrt(step, out=step)
    step *= gradient
    moved *= rho
    np.multiply(step, step, out=scratch)
    scratch *= 1 - rho
    moved += scratch
    step *= lr
    parameter -= step
