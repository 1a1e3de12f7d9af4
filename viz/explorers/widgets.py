"""The explorers as ipywidgets: the same data as the page, moved by sliders that a kernel listens to."""

import os
import sys
from functools import partial
from importlib.util import find_spec

import numpy as np

from ..plots import tiny_net
from .chart import COLORS, Curve, Mark, chart, span
from .network import TARGETS, activate, learn, plain

NAMES = {
    "linear": "Linear", "sigmoid": "Sigmoid", "tanh": "TanH", "relu": "ReLU", "elu": "ELU", "leaky_relu": "Leaky ReLU",
}  # fmt: skip
MISSING = (
    'widgets need ipywidgets: pip install "gradwalk[notebook]"; without it the explorer is a page: show it in a '
    "notebook as it is, or .save('explorer.html')"
)


def there_is_a_kernel():
    """Whether this runs inside of Jupyter, where widgets have somebody to listen to them."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def are_installed():
    """Whether ipywidgets can be imported."""
    return "ipywidgets" in sys.modules or find_spec("ipywidgets") is not None


def page_can_hide():
    """Whether the front end is one in which the style of an output can hide another: not VS Code, not Colab."""
    return "VSCODE_PID" not in os.environ and "google.colab" not in sys.modules


def publish(data):
    """An output of the running cell, by type."""
    sys.modules["IPython"].get_ipython().display_pub.publish(data)


def build(explorer):
    """The widgets of an explorer, one box. Raises ImportError without ipywidgets."""
    try:
        import ipywidgets
    except ImportError as error:
        raise ImportError(MISSING) from error
    kinds = {"activation": _Activation, "neuron": _Neuron, "tiny": _Tiny}
    return kinds[explorer.data["kind"]](ipywidgets, explorer).box


class _Panel:
    """What all explorers share: a heading, controls, charts, and a line that tells the numbers."""

    def __init__(self, kit, explorer):
        self.kit, self.data, self.words = kit, explorer.data, explorer.data["words"]
        self.theme = explorer.data["theme"]
        self.colors = explorer.data["themes"][self.theme]
        self.told = kit.HTML()
        self.charts = [kit.HTML(layout={"flex": "1 1 20rem", "max_width": "36rem"}) for _ in range(2)]
        self.controls = kit.VBox()
        row = kit.Box(self.charts, layout={"flex_flow": "row wrap"})
        self.box = kit.VBox([kit.HTML(f"<b>{explorer.title}</b>"), self.controls, row, self.told])
        self.fill()
        self.show()

    def choice(self, names, chosen, change):
        dropdown = self.kit.Dropdown(
            options=[(NAMES.get(name, name), name) for name in names],
            value=chosen,
            description=self.words["activation"],
        )
        dropdown.observe(change, "value")
        return dropdown

    def slider(self, name, low, high, value, change, step=0.1):
        made = self.kit.FloatSlider(
            value=value, min=low, max=high, step=step, description=name, readout_format=".5",
            layout={"width": "24rem"}, style={"description_width": "3rem"},
        )  # fmt: skip
        made.observe(lambda event: change(event["new"]), "value")
        return made

    def draw(self, number, title, curves, marks, up):
        across = self.data["low"], self.data["high"]
        self.charts[number].value = chart(title, curves, marks, across, up, self.theme)

    def tell(self, text):
        self.told.value = f'<span style="font-size:1.1em">{text}</span>'


class _Activation(_Panel):
    """One activation beside its derivative, with a tangent (S1.1, S2.4)."""

    def fill(self):
        x = self.data["x"]
        self.name = self.choice(self.data["curves"], next(iter(self.data["curves"])), self.show)
        self.place = self.kit.SelectionSlider(
            options=[(f"{point:.4g}", k) for k, point in enumerate(x)], index=round(0.7 * len(x)), description="x",
            layout={"width": "30rem"},
        )  # fmt: skip
        self.place.observe(self.show, "value")
        self.controls.children = [self.name, self.place]

    def show(self, _event=None):
        name, place = self.name.value, self.place.value
        values, slopes = self.data["curves"][name]
        points, ends = self.data["x"], np.array([self.data["low"], self.data["high"]])
        x, y, slope = points[place], values[place], slopes[place]
        value, gradient = self.colors["value"], self.colors["gradient"]
        function = [Curve(points, values, value), Curve(ends, y + slope * (ends - x), gradient, kind="dashed")]
        title = NAMES.get(name, name)
        self.draw(
            0, f"{title}: {self.words['function']}", function, [Mark(x, y, gradient)], span(min(values), max(values))
        )
        up = span(min(0.0, *slopes), max(1.0, *slopes))
        derivative = [Curve(points, slopes, gradient)]
        self.draw(1, f"{title}: {self.words['derivative']}", derivative, [Mark(x, slope, gradient)], up)
        self.tell(f"x = {x:.4g} &emsp; A(x) = {y:.4g} &emsp; A′(x) = {slope:.4g}".replace("-", "−"))


class _Neuron(_Panel):
    """One neuron A(w·x + b) (S1.2)."""

    def fill(self):
        self.charts[1].layout.display = "none"
        self.name = self.choice(self.data["names"], self.data["activation"], self.show)
        self.w = self.slider("w", -50, 50, self.data["w"], self.show)
        self.b = self.slider("b", -10, 10, self.data["b"], self.show)
        self.controls.children = [self.name, self.w, self.b]

    def show(self, _event=None):
        x = np.linspace(self.data["low"], self.data["high"], 481)
        w, b, name = self.w.value, self.b.value, self.name.value
        y, at_zero = activate(name, w * x + b), float(activate(name, np.array(b)))
        title = f"{NAMES[name]}({w:.4g}·x + {b:.4g})".replace("-", "−")
        curves = [Curve(x, y, self.colors["value"])]
        up = span(min(-0.2, float(y.min())), max(1.0, float(y.max())))
        self.draw(0, title, curves, [Mark(0.0, at_zero, self.colors["gradient"])], up)
        self.tell(f"A(w·0 + b) = {at_zero:.4g}".replace("-", "−"))


class _Tiny(_Panel):
    """A tiny network: weights by hand, learned, or moved; a button trains on from where they stand (S1.3–S1.5)."""

    def fill(self):
        kit, words = self.kit, self.words
        function, low, high = TARGETS[self.data["target"]]
        self.x = np.linspace(low, high, 201)
        self.wanted, self.function = function(self.x), function
        self.moving = False
        self.name = self.choice(self.data["names"], self.data["activation"], self.start)
        self.preset = kit.ToggleButtons(style={"button_width": "auto"})
        self.preset.observe(self.take, "value")
        self.tabs = kit.Tab()
        self.steps = kit.BoundedIntText(50, min=1, max=5_000, layout={"width": "5rem"})
        self.train = kit.Button(description=words["train"], button_style="primary")
        self.train.on_click(self.learn_on)
        start = kit.HBox([kit.Label(words["from"]), self.preset])
        train = kit.HBox([self.train, self.steps, kit.Label(words["steps"])])
        row = kit.Box([self.name, start, train], layout={"flex_flow": "row wrap", "grid_gap": "0.2rem 2rem"})
        self.controls.children = [row, self.tabs]
        self.start()

    def start(self, _event=None):
        """An activation was chosen: its weights by hand."""
        presets = self.data["presets"][self.name.value]
        before = self.preset.value
        self.preset.options = [(self.words[name], name) for name in presets]
        self.preset.value = before if before in presets else next(iter(presets))
        self.take()

    def take(self, _event=None):
        """The weights of a preset."""
        if self.preset.value in self.data["presets"][self.name.value]:
            self.put(self.data["presets"][self.name.value][self.preset.value])

    def put(self, layers):
        """Weights into the sliders; the chart follows once, at the end."""
        self.layers = [(np.array(weights), np.array(biases)) for weights, biases in layers]
        self.moving = True
        flow = {"flex_flow": "row wrap", "grid_gap": "0 1.5rem", "max_width": "52rem"}
        self.tabs.children = [self.kit.Box(sliders, layout=flow) for sliders in self.sliders()]
        self.tabs.titles = [f"{self.words['layer']} {k + 1}" for k in range(len(layers) - 1)] + [self.words["output"]]
        self.moving = False
        self.show()

    def sliders(self):
        """Those of each layer, numbered through the network: w1 … and b1 …"""
        weights, biases = 0, 0
        for w, b in self.layers:
            made = []
            for neuron in range(len(b)):
                made += [self.weight(f"w{weights + k + 1}", w, (neuron, k)) for k in range(w.shape[1])]
                made.append(self.weight(f"b{biases + 1}", b, (neuron,)))
                weights, biases = weights + w.shape[1], biases + 1
            yield made

    def weight(self, name, array, index):
        value = float(array[index])
        high = max(10.0, 10.0 * np.ceil(0.134 * abs(value)))

        def change(number):
            array[index] = number
            self.show()

        return self.slider(name, -high, high, value, change, step=1e-6)  # the front end rounds a weight to whole steps

    def learn_on(self, _button):
        """Some steps of Adam from the weights in the sliders."""
        low, high = self.data["low"], self.data["high"]
        learned, _ = learn(self.layers, self.name.value, self.function, low, high, self.steps.value, lr=0.05)
        self.put([plain(layer) for layer in learned])

    def show(self, _event=None):
        if self.moving or not hasattr(self, "layers"):
            return
        words, name = self.words, self.name.value
        error = self.fit(0, self.layers, words["network"])
        told = f"{words['error']}: {error:.4g}"
        learned = self.data["presets"][name].get("learned")
        self.charts[1].layout.display = None if learned else "none"
        if learned:
            layers = [(np.array(w), np.array(b)) for w, b in learned]
            told += f" &emsp; {words['learned']}: {self.fit(1, layers, words['learned']):.4g}"
        self.tell(told)

    def fit(self, number, layers, title):
        """A network against the target, and what each neuron of the last hidden layer adds; returns the error."""
        name = self.name.value
        y, parts = tiny_net(layers, partial(activate, name), self.x)
        curves = [
            Curve(self.x, part, COLORS[k % len(COLORS)], f"{self.words['neuron']} {k + 1}", "thin")
            for k, part in enumerate(parts)
        ]
        curves.append(Curve(self.x, self.wanted, self.colors["ink"], self.words["target"], "dashed"))
        curves.append(Curve(self.x, y, self.colors["value"], self.words["network"]))
        low, high = float(self.wanted.min()), float(self.wanted.max())
        reach = high - low
        self.draw(number, title, curves, [], (low - 0.3 * reach, high + 0.2 * reach))
        return float(np.mean((y - self.wanted) ** 2))
