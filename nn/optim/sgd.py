"""Stochastic gradient descent, with momentum."""

import numpy as np

from autograd.kernels import in_one_pass

from .optimizer import Optimizer, steered


class SGD(Optimizer):
    """Stochastic gradient descent: p ← p − lr·g.

    With momentum a velocity v remembers past gradients: v ← momentum·v + (1 − dampening)·g, which starts as the first
    gradient, and p ← p − lr·v; with `nesterov` p ← p − lr·(g + momentum·v).

    params        Values, or groups of them
    lr            step size
    momentum      share of the velocity that stays, in [0, 1) as a rule
    dampening     share of the new gradient that does not enter the velocity
    weight_decay  λ: the gradient of ½λp² is added to g
    nesterov      look ahead by one momentum step; needs momentum and no dampening
    maximize      climb instead of descending

    Raises ValueError for negative numbers, and for nesterov without momentum or with dampening.

    Sources: Robbins and Monro 1951; Polyak 1964; Nesterov 1983; Sutskever et al., ICML 2013.
    """

    nonnegative = ("lr", "momentum", "weight_decay")

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False):
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
            "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def check(self, group):
        super().check(group)
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ValueError("nesterov=True looks ahead by the momentum: it needs momentum > 0 and dampening = 0")

    def begin(self, parameter, group):
        return {"momentum_buffer": None}

    def update(self, parameter, gradient, state, group):
        gradient = steered(gradient, parameter, group["weight_decay"], group["maximize"])
        momentum = group["momentum"]
        if not momentum:
            sgd_update(parameter, gradient, group["lr"])
        elif state["momentum_buffer"] is None:
            velocity = state["momentum_buffer"] = np.array(gradient)
            sgd_update(parameter, gradient + momentum * velocity if group["nesterov"] else velocity, group["lr"])
        else:
            momentum_update(
                parameter,
                gradient,
                state["momentum_buffer"],
                group["lr"],
                momentum,
                group["dampening"],
                group["nesterov"],
            )


@in_one_pass
def sgd_update(parameter, gradient, lr):
    """p −= lr·g."""
    parameter -= lr * gradient


@in_one_pass
def momentum_update(parameter, gradient, velocity, lr, momentum, dampening, nesterov):
    """v = momentum·v + (1 − dampening)·g;  p −= lr·v, or lr·(g + momentum·v) with nesterov."""
    velocity *= momentum
    velocity += (1 - dampening) * gradient if dampening else gradient
    if nesterov:
        step = momentum * velocity
        step += gradient
        step *= lr
    else:
        step = lr * velocity
    parameter -= step
