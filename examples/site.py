"""Players and explorers for the figures of the lectures, as pages to put on a web server: out/site/index.html.

python examples/site.py --epochs 500
"""

from html import escape

import numpy as np
from experiment import OUT, arguments
from fan_out import fan_out, gates
from sigmoid_gates import four_gates

import nn
import viz
from autograd import Value, exp, manual_seed, relu, sigmoid, tensor
from nn import functional
from viz.webpage import document
from viz.wrong_engines import MISTAKES

TITLES = {  # name of the page: rows of the lectures, English, Russian
    "circuit": ("S3.8", "Backpropagation by hand", "Обратное распространение вручную"),
    "fan_out": ("S3.9", "A copy node adds", "Узел копии складывает"),
    "gates": ("S3.9", "Add, multiply, max, copy", "Сложение, умножение, максимум, копия"),
    "sigmoid": ("S3.10", "The sigmoid as one gate: open it", "Сигмоида как один узел: раскройте её"),
    "four_gates": ("S3.10", "The sigmoid as four gates", "Сигмоида как четыре узла"),
    "matrices": ("S3.11", "Vectors and matrices", "Векторы и матрицы"),
    "xor": ("S3.2", "XOR: one forward and one backward pass", "XOR: один прямой и один обратный проход"),
    "mean_squared_error": ("S3.13", "A line of one weight", "Прямая с одним весом"),
    "cross_entropy": ("S3.5", "Cross-entropy: open it", "Перекрёстная энтропия: раскройте её"),
    "network": ("S3.15", "A small network and its loss", "Маленькая сеть и её функция потерь"),
    "relu_kink": ("S4.1", "ReLU at its kink", "ReLU в точке излома"),
    "wrong_overwrites": ("S3.9", "Wrong: = instead of +=", "Ошибка: = вместо +="),
    "wrong_no_order": ("S3.9", "Wrong: no topological order", "Ошибка: без топологического порядка"),
    "wrong_no_reset": ("S3.9", "Wrong: gradients inside not reset", "Ошибка: промежуточные градиенты не сброшены"),
    "wrong_set_of_inputs": ("S3.9", "Wrong: a set of inputs", "Ошибка: входы как множество"),
    "wrong_no_broadcast_sum": ("S3.11", "Wrong: no sum over stretched axes", "Ошибка: нет суммы по растянутым осям"),
    "activations": ("S1.1, S2.4", "Activation functions", "Функции активации"),
    "neuron": ("S1.2, S3.7", "One neuron", "Один нейрон"),
    "parabola": ("S1.3", "Two neurons make a parabola", "Два нейрона дают параболу"),
    "sine": ("S1.4", "Three neurons make a sine", "Три нейрона дают синус"),
    "two_layers": ("S1.5", "Two hidden layers", "Два скрытых слоя"),
}
WORDS = {
    "en": ("Backpropagation, step by step", "Players: watch the passes", "Wrong engines: find the first wrong wire",
           "Explorers: move the weights", "Русский"),
    "ru": ("Обратное распространение по шагам", "Проигрыватели: следите за проходами",
           "Неверные движки: найдите первую ошибку", "Исследователи: двигайте веса", "English"),
}  # fmt: skip


def graphs():
    """{name: the Value whose graph is played}."""
    return {
        "circuit": circuit(), "fan_out": fan_out(), "gates": gates(), "sigmoid": sigmoid(Value(1.0, name="x")),
        "four_gates": four_gates(Value(1.0, name="x")), "matrices": matrices(), "xor": xor(),
        "mean_squared_error": mean_squared_error(), "cross_entropy": cross_entropy(), "network": network(),
        "relu_kink": relu(Value(0.0, name="x")),
    }  # fmt: skip


def circuit():
    """1/(1 + e^−(w0·x0 + w1·x1 + w2))"""
    numbers = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}
    w0, x0, w1, x1, w2 = (Value(number, name=name) for name, number in numbers.items())
    return 1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))


def matrices():
    w, x, b = Value([[1.0, -2.0], [0.5, 1.0]], name="W"), Value([1.0, 2.0], name="x"), Value([0.1, 0.2], name="b")
    return (w @ x + b).tanh().sum()


def xor():
    """The lecture's net on I = (1, 0), whose answer should be 1."""
    w = [Value(number, name=f"w{k}") for k, number in enumerate((0.45, 0.78, -0.12, 0.13, 1.5, -2.3), 1)]
    first, second = Value(1.0, name="i1"), Value(0.0, name="i2")
    hidden = sigmoid(first * w[0] + second * w[2]), sigmoid(first * w[1] + second * w[3])
    return (sigmoid(hidden[0] * w[4] + hidden[1] * w[5]) - 1) ** 2


def mean_squared_error():
    x, y, w = tensor([1.0, 2.0, 3.0, 4.0]), tensor([2.0, 4.0, 6.0, 8.0]), Value(1.0, name="W")
    return ((w * x.named("X") - y.named("Y")) ** 2).mean()


def cross_entropy():
    return functional.cross_entropy(Value([[2.0, -1.0, 0.5]], name="logits"), np.array([0]))


def network():
    manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    points, wanted = tensor([[1.0, 2.0], [3.0, -1.0]]), tensor([[1.0], [0.0]])
    return nn.MSELoss()(model(points.named("X")), wanted.named("Y"))


def wrong_engines(lang):
    """{name: player of a broken backward pass above the right one}."""
    a = Value(3.0, name="a")
    b = (a + a).named("b")
    fans_out = (b * b + b).named("c")
    x, w = Value([[1.0, 2.0], [3.0, 4.0]], name="x"), Value([1.0, -1.0], name="w")
    graphs = {mistake.name: fans_out for mistake in MISTAKES} | {"no broadcast sum": (x * w).sum().named("s")}
    return {
        f"wrong_{mistake.replace(' ', '_')}": viz.play_wrong_engine(graph, mistake, names=False, lang=lang)
        for mistake, graph in graphs.items()
    }


def explorers(lang, epochs):
    return {
        "activations": viz.explore_activation(lang=lang),
        "neuron": viz.explore_neuron(lang=lang),
        "parabola": viz.explore_tiny_net(epochs=epochs, lang=lang),
        "sine": viz.explore_tiny_net((3,), "sin", epochs, lang=lang),
        "two_layers": viz.explore_tiny_net((3, 3), epochs=epochs, lang=lang, seed=2, inputs=3),
    }


def build(folder, lang, other, epochs):
    """Write the pages of one language into `folder`; `other` is the address of the other language's index."""
    players = {
        name: viz.play(value.named(value.name or "f"), names=False, lang=lang, title=_title(name, lang))
        for name, value in graphs().items()
    }
    wrong, explored = wrong_engines(lang), explorers(lang, epochs)
    for name, page in {**players, **wrong, **explored}.items():
        page.save(folder / f"{name}.html")
    title, *headings, language = WORDS[lang]
    groups = [
        "".join(_card(name, lang, _svg(player)) for name, player in players.items()),
        "".join(_card(name, lang, _svg(player)) for name, player in wrong.items()),
        "".join(_card(name, lang) for name in explored),
    ]
    sections = "".join(_SECTION.format(heading=heading, cards=cards) for heading, cards in zip(headings, groups))
    body = _INDEX.format(title=title, sections=sections, other=other, language=language)
    text = document(title, body, lang, "lecture", _STYLE)
    (folder / "index.html").write_text(text, encoding="utf-8")
    return len(players) + len(wrong) + len(explored)


def _title(name, lang):
    return TITLES[name][1 if lang == "en" else 2]


def _svg(player):
    svg = player.picture.svg
    return svg[svg.index("<svg ") :]


def _card(name, lang, picture=""):
    picture = f'<div class="picture" aria-hidden="true">{picture}</div>' if picture else ""
    title = f"<b>{escape(_title(name, lang))}</b> <small>{TITLES[name][0]}</small>"
    return f'<a class="card" href="{name}.html">{picture}<span>{title}</span></a>\n'


_STYLE = """\
body { font-family: Helvetica, Arial, "Liberation Sans", sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem;
  background: var(--paper); color: var(--ink); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem; }
.card { border: 1px solid var(--quiet); border-radius: .5rem; padding: .7rem; color: inherit; text-decoration: none;
  display: flex; flex-direction: column; justify-content: space-between; gap: .5rem; }
.card:hover, .card:focus-visible { outline: 2px solid var(--accent); }
.picture svg { width: 100%; height: 9rem; }
small { color: var(--quiet); }
"""

_INDEX = """<p style="float:right"><a href="{other}">{language}</a></p>
<h1>{title}</h1>
{sections}"""

_SECTION = """<h2>{heading}</h2>
<div class="cards">
{cards}</div>
"""


def main():
    options = arguments(__doc__, epochs=500)
    folder = OUT / "site"
    (folder / "ru").mkdir(parents=True, exist_ok=True)
    count = build(folder, "en", "ru/index.html", options.epochs)
    count += build(folder / "ru", "ru", "../index.html", options.epochs)
    print(f"{count} pages; open {folder / 'index.html'}")


if __name__ == "__main__":
    main()
