"""The page of a recorded run: the graph with a scrubber, and the loss below."""

import re
from html import escape

from ..errors import DrawingError
from ..webpage import WebPage, asset, document, safe_json

WORDS = {
    "en": {
        "title": "Over training", "step": "step", "of": "of", "loss": "loss", "dead": "dead units", "play": "play",
        "note": "Below each wire the norm of its gradient; the thicker and redder, the larger. Grey gates have dead "
        "units: no item of the batch sends a gradient through them.",
        "keys": "← → one step, Home End, space plays",
    },
    "ru": {
        "title": "В ходе обучения", "step": "шаг", "of": "из", "loss": "функция потерь", "dead": "мёртвых нейронов",
        "play": "пуск",
        "note": "Под каждым проводом норма его градиента; чем толще и краснее, тем больше. Серые узлы содержат "
        "мёртвые нейроны: ни один пример пакета не пропускает через них градиент.",
        "keys": "← → шаг, Home End, пробел — пуск",
    },
}  # fmt: skip


class RecordPage(WebPage):
    """The page of a recorded run."""

    height = "44rem"

    def __repr__(self):
        return "<page of a recorded run; .save('training.html') writes it>"


def page(moments, picture, lang, theme):
    """The page of `moments` on `picture`."""
    if lang not in WORDS:
        raise DrawingError(f"recordings speak {' and '.join(WORDS)}, not {lang!r}")
    words = WORDS[lang]
    svg = picture.svg
    svg = svg[svg.index("<svg ") :]
    norms = sorted({id for moment in moments for id in moment.norms})
    data = {
        "prefix": re.search(r'id="(\w+-)graph0"', svg)[1], "words": words, "wires": norms,
        "steps": [[m.number, m.loss, [m.norms.get(id) for id in norms], m.dead] for m in moments],
    }  # fmt: skip
    body = _BODY.format(
        svg=svg, title=escape(words["title"]), note=escape(words["note"]), keys=words["keys"], step=words["step"],
        play=words["play"], last=len(moments) - 1,
    )  # fmt: skip
    text = safe_json(data).replace("NaN", "null").replace("Infinity", "null")
    style, script = (asset(__package__, f"recorder.{kind}") for kind in ("css", "js"))
    return RecordPage(document(words["title"], body, lang, theme, style, text, script))


_BODY = """<main>
<h1>{title}</h1>
<div class="stage">{svg}</div>
<div class="row"><button class="play" aria-label="{play}">▶</button>
<input type="range" min="0" max="{last}" value="0" aria-label="{step}" title="{keys}"></div>
<p class="told" aria-live="polite"></p>
<svg class="loss" viewBox="0 0 1000 160" role="img" preserveAspectRatio="none">
<polyline points=""/><line y1="0" y2="160"/></svg>
<p class="note">{note}</p>
</main>"""
