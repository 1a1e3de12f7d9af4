"""Explorers of one activation and of one neuron (S1.1, S1.2, S2.4)."""

import numpy as np

import nn.functional  # noqa: F401 - its rows join the table of operations

from ..plots import curve
from .explorer import Explorer
from .words import words_for

LECTURE = ("linear", "sigmoid", "tanh", "relu", "elu", "leaky_relu")  # the dropdown of S1, by the page's own formulas
GALLERY = (
    "sigmoid", "tanh", "relu", "elu", "leaky_relu", "gelu", "softplus", "selu", "celu", "silu", "mish", "softsign",
    "logsigmoid", "hardtanh", "relu6", "hardsigmoid", "hardswish", "tanhshrink",
)  # fmt: skip
POINTS = 481


def explore_activation(activations=None, low=-7.0, high=5.0, lang="en", theme="lecture", widgets=None):
    """Activations to choose from, each beside its derivative, and a tangent to move along the curve.

    activations   names of rows; default: those of the lectures and other common ones; "linear" is x itself
    low, high     ends of the x axis
    lang          "en" or "ru"
    theme         colours, as in `viz.draw`
    widgets       as in `explore_neuron`

    All numbers are the engine's. Raises KeyError for a name that is no operation.
    """
    words = words_for(lang)
    x = np.linspace(low, high, POINTS)
    names = (*GALLERY, "linear") if activations is None else activations
    curves = {name: _sampled(name, x) for name in names}
    data = {"kind": "activation", "low": low, "high": high, "x": _rounded(x), "curves": curves}
    return Explorer(words["activation_title"], words["activation_note"], data, lang, theme, widgets)


def _sampled(name, x):
    """[values, derivatives] at the points."""
    values, slopes = (x, np.ones_like(x)) if name == "linear" else curve(name, x)
    return [_rounded(values), _rounded(slopes)]


def _rounded(x):
    return [float(f"{number:.6g}") for number in np.asarray(x).tolist()]


def explore_neuron(w=1.0, b=0.0, activation="sigmoid", low=-5.0, high=5.0, lang="en", theme="lecture", widgets=None):
    """One neuron A(w·x + b): sliders w ∈ [−50, 50] and b ∈ [−10, 10].

    w, b, activation   what it opens with; the activation is one of linear, sigmoid, tanh, relu, elu, leaky_relu
    low, high          ends of the x axis
    widgets            None: ipywidgets in Jupyter, where they are installed, else a page that needs no kernel;
                       True: widgets, or an ImportError that says what to install; False: the page
    """
    words = words_for(lang)
    check_activation(activation)
    data = {"kind": "neuron", "low": low, "high": high, "w": w, "b": b, "activation": activation, "names": LECTURE}
    return Explorer(words["neuron_title"], words["neuron_note"], data, lang, theme, widgets)


def check_activation(name):
    """Refuse an activation that the page cannot compute by itself."""
    if name not in LECTURE:
        raise ValueError(f"the page knows {', '.join(LECTURE)}, not {name!r}")
