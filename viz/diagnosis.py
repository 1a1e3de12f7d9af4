"""What goes wrong in training, seen in one batch (S3.16).

Vanishing and exploding gradients, dead and saturated units, steps too large or too small, overfitting: read off the
graph of the loss, so that it works for any code.
"""

from dataclasses import dataclass, field

import numpy as np

from autograd import Value, enable_grad, grad, trace
from autograd.arrays import quiet
from autograd.value import parameters_of

# Rules of thumb, each the point from which a net of the lectures visibly trains worse.
VANISHING = 1e-3  # root mean square gradient of the earliest layer over that of the latest
EXPLODING = 1e2  # root mean square gradient over that of the weights
DEAD = 0.4  # share of units whose slope is 0 on the whole batch
SATURATED = 0.5  # share of slopes below a twentieth of the largest
STEP_LARGE, STEP_SMALL = 0.1, 1e-6  # root mean square update over weight


@dataclass
class Layer:
    """One row of the report: a parameter, or the gates of one activation.

    gradient       root mean square of the parameter's gradient (an activation: of the upstream gradient)
    weight         root mean square of the parameter; None for an activation
    update_ratio   root mean square of the optimizer's update over that of the weights; None without an optimizer
    dead           share of units whose slope is 0 for every sample; None for a parameter
    saturated      share of slopes below a twentieth of the largest slope; None for a parameter
    """

    name: str
    kind: str
    shape: tuple
    gradient: float
    weight: float | None = None
    update_ratio: float | None = None
    dead: float | None = None
    saturated: float | None = None


@dataclass
class Diagnosis:
    """Layers in the order of the forward pass, and suspicions in words, each with the number behind it and a remedy."""

    loss: float
    layers: list[Layer]
    suspicions: list[str] = field(default_factory=list)

    def __str__(self):
        head = ("layer", "shape", "gradient", "update/weight", "dead", "saturated")
        rows = [head, *map(_cells, self.layers)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        lines.insert(1, "  ".join("─" * width for width in widths))
        said = [f"• {text}" for text in self.suspicions] or ["Nothing suspicious in this batch."]
        return "\n".join([f"loss {self.loss:.4g}", *lines, "", *said])

    __repr__ = __str__


def _cells(layer):
    def share(x):
        return "" if x is None else f"{x:.0%}"

    ratio = "" if layer.update_ratio is None else f"{layer.update_ratio:.1e}"
    shape = "×".join(map(str, layer.shape))
    return layer.name, shape, f"{layer.gradient:.1e}", ratio, share(layer.dead), share(layer.saturated)


def diagnose(model, batch, loss, optimizer=None, history=None):
    """Run one batch through `model`, and say what looks ill. Weights, gradients and the optimizer stay as they are.

    model       callable with `named_parameters()`
    batch       (inputs, targets)
    loss        function (outputs, targets) -> Value of shape ()
    optimizer   for the size of its next step, `step()`, `state_dict()`, `load_state_dict()`
    history     a training history; with "loss" and "validation_loss" it is searched for overfitting
    """
    inputs, targets = batch
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    with enable_grad():
        value = loss(model(inputs), targets)
    gates = [node for node in trace(value).nodes if node.kind == "gate" and node.op.family == "activation"]
    wanted = [p for _, p in named] + [node.value for node in gates]
    gradients = grad(value, wanted, retain_graph=True, allow_unused=True, materialize_grads=True)
    layers = _parameters(named, gradients, optimizer) + _activations(gates, gradients[len(named) :])
    return Diagnosis(value.item(), layers, _suspect(layers, value, history))


def _size(array):
    """Root mean square."""
    array = np.asarray(array, dtype=float)
    return float(np.sqrt(np.mean(array * array))) if array.size else 0.0


def _parameters(named, gradients, optimizer):
    updates = _updates([p for _, p in named], gradients, optimizer) if optimizer is not None else [None] * len(named)
    layers = []
    for (name, p), gradient, update in zip(named, gradients, updates, strict=False):
        weight = _size(p.data)
        ratio = None if update is None else update / max(weight, 1e-12)
        layers.append(Layer(name, "parameter", tuple(p.shape), _size(gradient.data), weight, ratio))
    return layers


def _updates(parameters, gradients, optimizer):
    """How far the optimizer's next step would move each parameter; the step is taken back."""
    before = [np.copy(p.data) for p in parameters]
    kept, state = [p.grad for p in parameters], optimizer.state_dict()
    try:
        for p, gradient in zip(parameters, gradients, strict=False):
            p.grad = gradient.detach()
        optimizer.step()
        return [_size(np.asarray(p.data) - old) for p, old in zip(parameters, before, strict=True)]
    finally:
        for p, old, gradient in zip(parameters, before, kept, strict=True):
            p.data, p.grad = old, gradient
        optimizer.load_state_dict(state)


def _activations(gates, gradients):
    layers = []
    for node, gradient in zip(gates, gradients, strict=True):
        slopes = np.abs(_slopes(node.value))
        units = slopes.reshape(-1, slopes.shape[-1]) if slopes.ndim else slopes.reshape(1, 1)
        scope = [part for part in node.scope[1:] if part != node.op.name]
        name = ".".join([*scope, node.op.name])
        largest = units.max(initial=0.0)
        dead = float(np.mean(units.max(axis=0, initial=0.0) == 0)) if units.size else 0.0
        saturated = float(np.mean(units < largest / 20)) if units.size and largest else 1.0
        layers.append(
            Layer(name, node.op.name, tuple(node.value.shape), _size(gradient.data), None, None, dead, saturated)
        )
    return layers


def _slopes(value):
    """The local derivative of an elementwise gate at its numbers."""
    data = [x.data if isinstance(x, Value) else x for x in value.inputs]
    with quiet():
        ones = np.ones(value.shape, value.dtype)
        return np.asarray(value.op.rules[0](ones, value.data, *data, **parameters_of(value)), dtype=float)


def _suspect(layers, loss, history):
    said = []
    if not np.isfinite(loss.item()):
        said.append(f"The loss is {loss.item()}: a step was too large, or the loss has a ln(0) or 0/0.")
    weights = [layer for layer in layers if layer.kind == "parameter" and len(layer.shape) > 1]
    said += _about_gradients(weights) + _about_steps(weights)
    for layer in layers:
        if layer.dead is not None and layer.dead > DEAD:
            said.append(
                f"Dead units: {layer.dead:.0%} of {layer.name} have slope 0 on the whole batch and do not learn. "
                "Try a smaller step, a leaky activation, or a bias that starts at 0."
            )
        elif layer.saturated is not None and layer.saturated > SATURATED and layer.kind in _SATURATING:
            said.append(
                f"Saturation: {layer.saturated:.0%} of the slopes of {layer.name} are nearly 0 (paralysis). "
                "Try smaller initial weights, normalised inputs, or another activation."
            )
    return said + _about_history(history)


_SATURATING = {"sigmoid", "tanh", "softsign", "hardtanh", "hardsigmoid"}


def _about_gradients(weights):
    if not all(np.isfinite(layer.gradient) for layer in weights):
        return ["Exploding gradients: some are not finite. Clip them (clip_grad_norm_) or take a smaller step."]
    wild = max(weights, key=lambda layer: layer.gradient / max(layer.weight, 1e-12), default=None)
    if wild is not None and wild.gradient > EXPLODING * max(wild.weight, 1e-12):
        return [
            f"Exploding gradients: that of {wild.name} is {wild.gradient / max(wild.weight, 1e-12):.0e} times its "
            "weights. Try smaller initial weights, a smaller step or clip_grad_norm_."
        ]
    if len(weights) < 2 or weights[-1].gradient == 0:
        return []
    first, last = weights[0], weights[-1]
    ratio = first.gradient / last.gradient
    if ratio < VANISHING:
        return [
            f"Vanishing gradients: those of {first.name} are {ratio:.0e} times those of {last.name}. "
            "Try ReLU-like activations, a better initialisation, normalisation, or fewer layers."
        ]
    return []


def _about_steps(weights):
    ratios = [layer for layer in weights if layer.update_ratio is not None]
    if not ratios:
        return []
    largest = max(ratios, key=lambda layer: layer.update_ratio)
    if largest.update_ratio > STEP_LARGE:
        return [
            f"Step too large: the next step changes {largest.name} by {largest.update_ratio:.0%} of its size. "
            "A healthy step changes about 0.1%: lower the learning rate."
        ]
    if 0 < largest.update_ratio < STEP_SMALL:
        return [
            f"Step too small: the next step changes no weight by more than {largest.update_ratio:.0e} of its size. "
            "A healthy step changes about 0.1%: raise the learning rate."
        ]
    return []


def _about_history(history):
    if history is None:
        return []
    series = dict(history)
    train, held_out = list(series.get("loss", ())), list(series.get("validation_loss", ()))
    if len(held_out) < 4:
        return []
    best = int(np.argmin(held_out))
    late = len(held_out) - 1 - best
    if late >= 2 and held_out[-1] > 1.05 * held_out[best] and train[-1] < train[best]:
        return [
            f"Overfitting: the validation loss was lowest in epoch {best + 1} ({held_out[best]:.3g}) and has risen to "
            f"{held_out[-1]:.3g} since, while the training loss "
            "still falls. Stop there, or use more data, weight decay or dropout."
        ]
    return []
