"""The worked solution: the whole walk as a handout, in Markdown with LaTeX or as a page to print."""

import re
from html import escape
from pathlib import Path

from autograd.arrays import shape_of
from autograd.operation import substitute

from .numbers import told
from .picture import draw
from .step_table import steps
from .webpage import document
from .words import sentence, words_of

_TITLES = {
    "en": ("Worked solution", "Forward pass", "Backward pass", "Gradients"),
    "ru": ("Решение по шагам", "Прямой проход", "Обратный проход", "Градиенты"),
}
_STYLE = """body { font: 1rem/1.5 Georgia, serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
svg { max-width: 100%; height: auto; } li { break-inside: avoid; } h2 { break-after: avoid; }"""


class Solution:
    """A worked solution. `markdown` has LaTeX formulas; `html` is a page with the picture, to be printed."""

    def __init__(self, walked, root, picture, lang):
        self.walk, self.root, self.picture, self.lang = walked, root, picture, lang
        self.words = words_of(lang)

    @property
    def markdown(self):
        """Every step as a line with its formula in LaTeX, with names and with numbers."""
        title, forward, backward, gradients = _TITLES[self.lang]
        parts = [f"# {title}: ${_tex(self.root)}$", f"## {forward}"]
        parts.append(_numbered(self._forward(step) for step in self.walk.forward))
        parts += [f"## {backward}", _numbered(self._backward(s) for s in self.walk.backward if s.kind != "leaf")]
        leaves = sorted((s for s in self.walk.backward if s.kind == "leaf"), key=lambda s: s.node.id)
        parts += [f"## {gradients}", *(f"$${self._partial(s.name)} = {_number(s.result)}$$" for s in leaves)]
        return "\n\n".join(parts) + "\n"

    def _partial(self, name):
        return rf"\frac{{\partial {_tex(self.root)}}}{{\partial {_tex(name)}}}"

    def _forward(self, step):
        name = _tex(step.name)
        if step.kind == "input":
            return f"${name} = {_number(step.result)}$"
        names, numbers = _formula(step, self.walk)
        middle = "" if shape_of(step.result) != () else f" = {numbers}"
        return f"${name} = {names}{middle} = {_number(step.result)}$"

    def _backward(self, step):
        target = self._partial(self.walk.names[step.target.id])
        if step.kind == "start":
            return f"${target} = {_number(step.result)}$"
        if step.kind == "copy":
            terms = " + ".join(_signed(part) for part in step.arrived)
            return f"${target} = {terms} = {_number(step.result)}$"
        upstream = self._partial(step.name)
        local = rf"\frac{{\partial {_tex(step.name)}}}{{\partial {_tex(self.walk.names[step.target.id])}}}"
        left = f"{target} = {upstream} \\cdot {local}"
        if step.expected > 1:
            left = f"{upstream} \\cdot {local}"
        if step.local is None or shape_of(step.result) != ():
            return f"${left} = {_number(step.result)}$"
        return f"${left} = {_signed(step.upstream)} \\cdot {_signed(step.local)} = {_number(step.result)}$"

    @property
    def html(self):
        """A page to print: the picture, then every step as a sentence."""
        title, forward, backward, _ = _TITLES[self.lang]
        svg = self.picture.svg
        said = {
            name: "\n".join(f"<li>{escape(sentence(s, self.walk, self.root, self.words))}</li>" for s in part)
            for name, part in ((forward, self.walk.forward), (backward, self.walk.backward))
        }
        lists = "\n".join(f"<h2>{name}</h2>\n<ol>\n{lines}\n</ol>" for name, lines in said.items())
        heading = f"{title}: {self.root}"
        body = f"<h1>{escape(heading)}</h1>\n{svg[svg.index('<svg ') :]}\n{lists}"
        return document(heading, body, self.lang, "lecture", _STYLE)

    def save(self, path):
        """Write it; the suffix says how: .md or .html. Returns the path."""
        path = Path(path)
        if path.suffix not in (".md", ".html"):
            raise ValueError(f"a worked solution is saved as .md or .html, not {path.suffix!r}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.html if path.suffix == ".html" else self.markdown, encoding="utf-8")
        return path

    def _repr_markdown_(self):
        return self.markdown


def worked_solution(value, gradient=None, names=None, lang="en"):
    """The walk behind `value` as a handout (`Solution`). Arguments as in `viz.play`."""
    words_of(lang)
    walked = steps(value, gradient, names, every=True).walk
    picture = draw(value, backward=True, gradient=gradient, names=names, caption=False)
    return Solution(walked, picture.drawing.title, picture, lang)


def _numbered(lines):
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def _formula(step, walked):
    """The row's LaTeX over names, and over numbers."""
    op, sources = step.node.op, [edge.source for edge in step.node.inputs]
    inputs = op.inputs if not op.variadic else tuple(f"x{i}" for i in range(len(sources)))
    latex = (op.latex or op.name).replace(r"\,", r" \cdot ")
    names = {slot: _tex(walked.names[s.id]) for slot, s in zip(inputs, sources, strict=False)}
    data = {
        slot: _signed(getattr(s.value, "data", s.value), first=latex.startswith(slot))
        for slot, s in zip(inputs, sources, strict=False)
    }
    return substitute(latex, names), substitute(latex, data)


def _number(x):
    return _escaped(told(x)) if shape_of(x) == () else rf"\text{{{told(x)}}}"


def _signed(x, first=False):
    text = _number(x)
    return f"({text})" if text.startswith("-") and not first else text


def _escaped(text):
    power = re.fullmatch(r"(-?[\d.]+)e([+-]?\d+)", text)
    return rf"{power[1]} \cdot 10^{{{int(power[2])}}}" if power else text.replace("inf", r"\infty")


def _tex(name):
    """A name in LaTeX: w0 -> w_{0}, fc1.weight -> \\text{fc1.weight}."""
    plain = re.fullmatch(r"([A-Za-z])(\d*)", name)
    if plain:
        return f"{plain[1]}_{{{plain[2]}}}" if plain[2] else plain[1]
    escaped = re.sub(r"([_%#&{}$])", lambda match: "\\" + match[1], name.replace("\\", "/"))
    return f"\\text{{{escaped}}}"
