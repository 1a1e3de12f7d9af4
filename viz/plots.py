"""Curves and image grids of the lectures: activations, neurons, tiny nets, histories, predictions, templates.

Each function draws with matplotlib (extra `plot`) on the `axes` given, or on new ones, and returns them.
"""

import numpy as np

from autograd import TABLE, Value, enable_grad

COLORS = {"function": "#0877bd", "derivative": "#f59322", "target": "#444444"}
PARTS = ["#8ecae6", "#f4a582", "#b2abd2"]  # what each neuron adds


def _axes(axes, columns=1, rows=1, size=(5.0, 3.6)):
    """The axes given, or new ones in a figure that keeps its labels inside."""
    if axes is not None:
        return axes
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError('plots need matplotlib: pip install "gradwalk[plot]"') from error
    _, axes = pyplot.subplots(
        rows, columns, figsize=(size[0] * columns, size[1] * rows), layout="constrained", squeeze=rows == 1
    )
    return axes


def _operation(activation):
    """A row, a row's name, or any function of a Value; with the name to show."""
    if isinstance(activation, str):
        if activation not in TABLE:
            raise KeyError(f"no operation is called {activation!r}; the table has {', '.join(sorted(TABLE))}")
        activation = TABLE[activation]
    name = getattr(activation, "name", None) or getattr(activation, "__name__", type(activation).__name__)
    return activation, name


def curve(activation, x, **parameters):
    """Values and derivative of an activation at the points `x` (arrays of its shape)."""
    function, _ = _operation(activation)
    with enable_grad():
        points = Value(np.asarray(x, dtype=float))
        y = function(points, **parameters)
        if y.requires_grad:
            y.backward(np.ones(y.shape))
    slope = np.zeros(points.shape) if points.grad is None else points.grad.data
    return y.data, slope


def plot_activation(activation, low=-7.0, high=5.0, axes=None, derivative=True, **parameters):
    """An activation and, beside it, its derivative as the engine computes it (S1.1, S2.4).

    activation   a row's name ("gelu"), a row, a module, or any elementwise function of a Value
    parameters   handed to it (`negative_slope=0.1`)
    Returns one axes, or two if `derivative`.
    """
    function, name = _operation(activation)
    x = np.linspace(low, high, 1201)
    y, slope = curve(function, x, **parameters)
    axes = _axes(axes, columns=2 if derivative else 1)
    panels = axes if derivative else [axes]
    shown = [(y, name, "function"), (slope, f"derivative of {name}", "derivative")]
    for panel, (values, title, color) in zip(panels, shown, strict=False):
        _draw_curve(panel, x, values, COLORS[color], jumps=_jumps(values))
        panel.set_title(title)
        _cross(panel)
        if np.ptp(values) == 0:
            panel.set_ylim(values[0] - 1, values[0] + 1)
    return axes


def _jumps(values):
    """Where a curve leaps between neighbours, far more than it does elsewhere."""
    steps = np.abs(np.diff(values))
    return np.flatnonzero(steps > max(0.02 * np.ptp(values), 20 * np.median(steps) + 1e-9))


def _draw_curve(panel, x, values, color, jumps=()):
    """A line, broken where the function jumps."""
    values = values.astype(float).copy()
    if 0 < len(jumps) <= 8:
        x, values = np.insert(x, jumps + 1, x[jumps]), np.insert(values, jumps + 1, np.nan)
    panel.plot(x, values, color=color, linewidth=2)


def _cross(panel):
    """Axes through the origin, thin."""
    panel.axhline(0, color="#bbbbbb", linewidth=0.8, zorder=0)
    panel.axvline(0, color="#bbbbbb", linewidth=0.8, zorder=0)
    panel.spines[["top", "right"]].set_visible(False)
    panel.margins(y=0.08)
    panel.set_xlabel("x")


def plot_neuron(activation, w=1.0, b=0.0, low=-5.0, high=5.0, axes=None):
    """One neuron A(w·x + b) (S1.2, S3.7): w turns and squeezes the curve, b shifts it."""
    function, name = _operation(activation)
    axes = _axes(axes)
    x = np.linspace(low, high, 1201)
    y, _ = curve(function, w * x + b)
    axes.plot(x, y, color=COLORS["function"], linewidth=2, label=f"w = {w:g}, b = {b:g}")
    axes.set_title(f"{name}(w·x + b)")
    axes.legend(frameon=False)
    _cross(axes)
    return axes


def tiny_net(layers, activation, x):
    """Output of a small network at the points `x`, and what each neuron of its last hidden layer adds to it.

    layers   [(weight (out, in), bias (out,)), …] to one output, the activation between them; a first layer with
             several inputs gets x at each of them
    Returns arrays of shape (points,) and (neurons, points).
    """
    function, _ = _operation(activation)
    hidden = np.repeat(np.asarray(x, dtype=float)[None, :], np.atleast_2d(layers[0][0]).shape[1], axis=0)
    for weight, bias in layers[:-1]:
        hidden, _ = curve(function, np.atleast_2d(weight) @ hidden + np.reshape(bias, (-1, 1)))
    weight, bias = layers[-1]
    parts = np.reshape(weight, (-1, 1)) * hidden
    return parts.sum(axis=0) + float(np.reshape(bias, ())), parts


def plot_tiny_net(layers, activation, target, low=-10.0, high=10.0, axes=None, title=None):
    """A small network against a target function, with what each of its last hidden neurons adds (S1.3–S1.5).

    layers, activation   as in `tiny_net`
    target               function of an array: `np.square`, `np.sin`
    """
    axes = _axes(axes)
    x = np.linspace(low, high, 801)
    y, parts = tiny_net(layers, activation, x)
    for number, part in enumerate(parts, 1):
        axes.plot(x, part, color=PARTS[(number - 1) % 3], linewidth=1.4, label=f"w·A{number}")
    axes.plot(x, target(x), color=COLORS["target"], linestyle="--", linewidth=1.6, label="target")
    axes.plot(x, y, color=COLORS["function"], linewidth=2.4, label="network")
    axes.set_title(title or _operation(activation)[1])
    axes.legend(frameon=False, fontsize="small")
    _cross(axes)
    return axes


def plot_history(history, axes=None, metrics=None):
    """A training history {name: values by epoch}: the losses, and one panel for each further metric.

    Series named "validation_x" are drawn dashed into the panel of "x".
    """
    series = {name: list(values) for name, values in dict(history).items() if name != "epoch" and len(values)}
    names = metrics or [name for name in series if not name.startswith("validation_")]
    if not names:
        raise ValueError("the history is empty: train for at least one epoch first")
    axes = _axes(axes, columns=len(names))
    for panel, name in zip(np.atleast_1d(axes), names, strict=True):
        for key, style in ((name, "-"), (f"validation_{name}", "--")):
            if key in series:
                epochs = range(1, len(series[key]) + 1)
                name_shown = key.replace("_", " ")
                panel.plot(epochs, series[key], style, color=COLORS["function"], linewidth=2, label=name_shown)
        panel.set_title(name)
        panel.set_xlabel("epoch")
        panel.spines[["top", "right"]].set_visible(False)
        panel.legend(frameon=False)
    return axes


def plot_predictions(images, predictions, labels=None, classes=None, columns=5, axes=None):
    """Images with what a network says they are; a wrong answer is marked ✗ and shown with the right one (S3.15)."""
    images = np.asarray(images)
    count = len(images)
    rows = -(-count // columns)
    axes = _axes(axes, columns=columns, rows=rows, size=(1.6, 1.9))
    named = (lambda k: str(classes[int(k)])) if classes is not None else (lambda k: str(int(k)))
    panels = np.atleast_1d(axes).ravel()
    for panel in panels:
        panel.set_axis_off()
    for number, (panel, image) in enumerate(zip(panels, images, strict=False)):
        panel.imshow(np.squeeze(image), cmap="gray_r" if np.squeeze(image).ndim == 2 else None)
        title, color = named(predictions[number]), "black"
        if labels is not None:
            right = int(predictions[number]) == int(labels[number])
            title = f"{title} ✓" if right else f"{title} ✗ is {named(labels[number])}"
            color = "#1a7f37" if right else "#c1121f"
        panel.set_title(title, color=color, fontsize="medium")
    return axes


def plot_templates(weights, shape=(32, 32, 3), classes=None, axes=None):
    """The weights of a linear classifier as pictures, one a class (S3.1).

    weights   (pixels + 1, classes) with the bias in the last row, or (pixels, classes)
    shape     of a picture; each template is stretched from its minimum … maximum to 0 … 255
    """
    weights = np.asarray(weights, dtype=float)
    pixels = int(np.prod(shape))
    if weights.shape[0] == pixels + 1:
        weights = weights[:-1]
    if weights.shape[0] != pixels:
        raise ValueError(f"{weights.shape[0]} weights a class do not make a picture of shape {shape} ({pixels} pixels)")
    count = weights.shape[1]
    axes = _axes(axes, columns=5, rows=-(-count // 5), size=(1.6, 1.9))
    for number, panel in enumerate(np.atleast_1d(axes).ravel()):
        panel.set_axis_off()
        if number < count:
            picture = weights[:, number].reshape(shape)
            low, span = picture.min(), max(np.ptp(picture), 1e-12)
            panel.imshow(((picture - low) / span * 255).astype(np.uint8), cmap="gray")
            panel.set_title(str(classes[number]) if classes is not None else str(number))
    return axes
