"""The explorer of a tiny network (S1.3-S1.5): weights by hand, learned, or moved with sliders."""

from .explorer import Explorer
from .functions import LECTURE, check_activation
from .network import TARGETS, by_hand, learn, plain, random_layers
from .words import words_for


def explore_tiny_net(
    hidden=(2,), target="square", epochs=500, activation=None, seed=0, lang="en", theme="lecture", inputs=1,
    widgets=None,
):  # fmt: skip
    """A network 1 → hidden … → 1 against x² or sin x: a slider a weight, in a tab a layer, beside the learned fit.

    hidden       neurons of each hidden layer: (2,), (3,), (3, 3)
    target       "square" on [−10, 10] or "sin" on [−π, π]
    epochs       steps of the engine's own training for the learned weights; 0: none are learned
    activation   what it opens with; default: sigmoid for x², tanh for sin x
    seed         of the random weights
    inputs       how often x enters: 3 gives each first neuron three weights (the lecture's 9 + 9 + 3 with (3, 3))
    widgets      as in `explore_neuron`; with a kernel a button trains on from where the sliders stand

    It opens with weights found by hand where there are some, else with random ones; the learned start there too.
    Raises ValueError for an unknown target or activation, a layer without neurons, or no input.
    """
    words = words_for(lang)
    if target not in TARGETS:
        raise ValueError(f"the target is one of {', '.join(TARGETS)}, not {target!r}")
    if not hidden or min(hidden) < 1:
        raise ValueError(f"hidden gives the neurons of each hidden layer, at least one: (2,) or (3, 3), not {hidden!r}")
    if inputs < 1:
        raise ValueError(f"x enters at least once, not {inputs!r} times")
    activation = activation or {"square": "sigmoid", "sin": "tanh"}[target]
    check_activation(activation)
    _, low, high = TARGETS[target]
    data = {
        "kind": "tiny", "low": low, "high": high, "target": target, "activation": activation,
        "names": LECTURE,
        "presets": {name: _presets(name, tuple(hidden), target, epochs, seed, inputs) for name in LECTURE},
    }  # fmt: skip
    widths = " → ".join(map(str, (inputs, *hidden, 1)))
    title = f"{words['tiny_title']} {widths}: {'x²' if target == 'square' else 'sin x'}"
    return Explorer(title, words["tiny_note"], data, lang, theme, widgets)


def _presets(activation, hidden, target, epochs, seed, inputs):
    """{"hand" or "random": layers, "learned": layers} as lists."""
    function, low, high = TARGETS[target]
    hand = by_hand(hidden, target, activation) if inputs == 1 else None
    start = hand or random_layers(hidden, high, seed, inputs)
    presets = {"hand" if hand else "random": start}
    if epochs:
        presets["learned"], _ = learn(start, activation, function, low, high, epochs)
    return {name: [plain(layer) for layer in layers] for name, layers in presets.items()}
