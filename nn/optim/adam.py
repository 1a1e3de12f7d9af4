"""Adam and AdamW: steps scaled by running means of the gradient and of its square."""

import numpy as np

from autograd.kernels import in_one_pass

from .optimizer import Optimizer, steered


class Adam(Optimizer):
    """Adam: p ← p − lr·m̂ / (√v̂ + eps).

    m ← β₁m + (1 − β₁)g and v ← β₂v + (1 − β₂)g² are running means; m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) take out
    that they start at 0.

    params        Values, or groups of them
    lr            step size: about how far a parameter moves a step
    betas         (β₁, β₂), in [0, 1)
    eps           keeps the division finite
    weight_decay  λ: the gradient of ½λp² is added to g (AdamW shrinks p instead)
    amsgrad       divide by the largest v so far
    maximize      climb instead of descending

    Raises ValueError for hyperparameters out of range.

    Sources: Kingma and Ba, ICLR 2015; amsgrad: Reddi et al., ICLR 2018.
    """

    nonnegative = ("lr", "eps", "weight_decay")
    shares = ("betas",)
    decoupled = False  # whether weight decay shrinks the parameter itself, and leaves the gradient alone

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, maximize=False):
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def begin(self, parameter, group):
        state = {"step": 0, "exp_avg": np.zeros_like(parameter), "exp_avg_sq": np.zeros_like(parameter)}
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = np.zeros_like(parameter)
        return state

    def update(self, parameter, gradient, state, group):
        state["step"] += 1
        decay = group["weight_decay"]
        gradient = steered(gradient, parameter, 0 if self.decoupled else decay, group["maximize"])
        if self.decoupled and decay:
            parameter *= 1 - group["lr"] * decay
        largest = state["max_exp_avg_sq"] if group["amsgrad"] else None
        adam_update(
            parameter, gradient, state["exp_avg"], state["exp_avg_sq"], largest,
            state["step"], group["lr"], *group["betas"], group["eps"],
        )  # fmt: skip


class AdamW(Adam):
    """Adam whose weight decay is decoupled from the gradient: p ← (1 − lr·λ)p before each step of Adam.

    Arguments as Adam's, with weight_decay=0.01.

    Source: Loshchilov and Hutter, ICLR 2019.
    """

    decoupled = True

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *, maximize=False
    ):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)


@in_one_pass
def adam_update(parameter, gradient, mean, square, largest, step, lr, beta1, beta2, eps):
    """One step of Adam on arrays, in place; `largest` is None without amsgrad.

    lr·m̂ / (√v̂ + eps) is computed as (lr·c₂/c₁)·m / (√v + eps·c₂) with c₁ = 1 − β₁ᵗ and c₂ = √(1 − β₂ᵗ): one pass less.
    """
    scratch = np.subtract(gradient, mean, out=np.empty_like(mean))
    scratch *= 1 - beta1
    mean += scratch
    np.multiply(gradient, gradient, out=scratch)
    scratch *= 1 - beta2
    square *= beta2
    square += scratch
    if largest is not None:
        square = np.maximum(largest, square, out=largest)
    correction = (1 - beta2**step) ** 0.5
    np.sqrt(square, out=scratch)
    scratch += eps * correction
    np.divide(mean, scratch, out=scratch)
    scratch *= lr * correction / (1 - beta1**step)
    parameter -= scratch
