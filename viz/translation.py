"""What stands in a drawing besides numbers and names, in another language: titles of boxes, notes, hover texts."""

import re
from dataclasses import replace

_RUSSIAN = [
    (r"([\d,]+) operations?\b", r"операций: \1"),
    (r"([\d,]+) (leaves|leaf)\b", r"листьев: \1"),
    (r"([\d,]+) values\b", r"значений: \1"),
    (r"\bfrom outside\b", "снаружи"),
    (r"([\d,]+) wires, gradients summed", r"проводов: \1, их градиенты складываются"),
    (r"([\d,]+) wires\b", r"проводов: \1"),
    (r"^copy: (.*) is used in (\d+) places; .*", r"копия: \1 используется в \2 местах; градиенты складываются"),
    (r"(\d+) gradients arrived, their sum goes on:", r"пришло градиентов: \1, дальше идёт их сумма:"),
    (r"^stretched along (?:axis|axes) (.*); .*", r"растянут вдоль осей \1; по ним градиент суммируется"),
    (r"^Σ (?:axis|axes) ", "Σ по осям "),
    (r"^Σ of (\d+)", r"Σ из \1"),
]
_LANGUAGES = {"en": [], "ru": [(re.compile(pattern), text) for pattern, text in _RUSSIAN]}


def translate(drawing, lang):
    """Put the words of a drawing into a language, in place; returns the drawing."""
    table = _LANGUAGES[lang]
    for box in drawing.boxes if table else ():
        box.hover = _said(box.hover, table) if box.kind == "copy" else box.hover
        if box.kind == "fold":
            box.symbol, box.detail = _said(box.symbol, table), _said(box.detail, table)
    for wire in drawing.wires if table else ():
        wire.hover, wire.value, wire.gradient = (
            _said(wire.hover, table),
            _shown(wire.value, table),
            _shown(wire.gradient, table),
        )
    return drawing


def _said(text, table):
    for pattern, said in table:
        text = pattern.sub(said, text)
    return text


def _shown(shown, table):
    if shown is None or not shown.known:
        return shown
    lines = tuple(_said(line, table) for line in shown.lines)
    return replace(shown, lines=lines, note=_said(shown.note, table), hover=_said(shown.hover, table))
