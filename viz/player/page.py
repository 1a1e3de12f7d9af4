"""The page of a player: one HTML file that needs nothing else, and is a good picture without script too."""

import re
from dataclasses import dataclass, field
from html import escape

from ..dot import FONT
from ..picture import Picture
from ..themes import THEMES
from ..webpage import asset, colors_of, document, safe_json
from ..words import LABELS, THEME_NAMES

_BUTTONS = [
    ("first", "|«"), ("previous_gate", "«"), ("previous", "‹"), ("play", "▶"),
    ("next", "›"), ("next_gate", "»"), ("last", "»|"),
]  # fmt: skip


_COMMENT = re.compile(r"<!--.*?-->\n?", re.S)
_SPACE = re.compile(r' xml:space="preserve"([^>]*>(?:(?!  )[^<])*</text>)')  # only where spaces stand side by side
_SCRIPTS = ("stage.js", "telling.js", "player.js")


@dataclass
class Beside:
    """A second drawing below the first: its own steps, and which of them goes `at` each step of the first.

    label, other   what stands above the first drawing and above this one
    """

    picture: Picture
    frames: list
    at: list
    label: str
    other: str


@dataclass
class Scene:
    """A drawing with its steps; `inside` {box id: number of the scene that shows what is in the box}."""

    picture: Picture
    frames: list
    title: str
    note: str = ""
    inside: dict = field(default_factory=dict)
    beside: Beside | None = None


def page(scenes, lang="en", theme="lecture", start=0):
    """HTML text of a player: the first scene, at step `start`, and those that open from it."""
    words = LABELS[lang]
    parts = [_Part(scene, lang) for scene in scenes]
    data = {
        "scenes": [part.data for part in parts], "words": words, "start": start, "theme": theme,
        "themes": {name: colors_of(name) for name in THEMES},
    }  # fmt: skip
    inside = "\n".join(f'<template id="scene-{n}">{part.main}</template>' for n, part in enumerate(parts) if n)
    style, *scripts = (asset(__package__, name) for name in ("player.css", *_SCRIPTS))
    body = f"{parts[0].main}\n{inside}"
    return document(scenes[0].title, body, lang, theme, style, safe_json(data), "".join(scripts), kind="static")


class _Part:
    """A scene as HTML and as data."""

    def __init__(self, scene, lang):
        words = LABELS[lang]
        stage, self.data = _stage(scene.picture, scene.frames, scene.beside and scene.beside.label)
        self.data["inside"] = scene.inside
        if scene.beside:
            below, self.data["beside"] = _stage(scene.beside.picture, scene.beside.frames, scene.beside.other)
            self.data["beside"]["at"] = scene.beside.at
            self.data["beside"]["say"] = [scene.beside.frames[at].say for at in scene.beside.at]
            stage += below
        self.main = _MAIN.format(
            stages=stage, header=_header(scene, words, THEME_NAMES[lang]), controls=_controls(len(scene.frames), words),
            steps=_steps(scene.frames, words), keys=escape(words["keys"]),
        )  # fmt: skip


def _stage(picture, frames, label=None):
    """(HTML of a drawing, its data)."""
    svg = _slim(picture.svg)
    data = {
        "frames": [frame.as_data() for frame in frames], "prefix": re.search(r'id="(\w+-)graph0"', svg)[1],
    }  # fmt: skip
    head = f'<p class="stage-label">{escape(label)}</p>' if label else ""
    return f'<div class="stage">{head}{svg}</div>', data


def _slim(svg):
    """The SVG without prolog, comments, and what each of its texts says again: a third of its bytes."""
    svg = _COMMENT.sub("", svg[svg.index("<svg ") :])
    for same in (f' font-family="{FONT}"', ' font-size="14.00"', ' text-anchor="start"'):
        svg = svg.replace(same, "")
    svg = _SPACE.sub(r"\1", svg)
    return svg.replace("<svg ", f'<svg font-family="{FONT}" font-size="14" ', 1)


_MAIN = """<main class="player" tabindex="-1">
{header}
<div class="stages">{stages}</div>
<section class="told">
<p class="say" aria-live="polite" aria-atomic="true"></p>
<p class="right-say"></p>
<p class="own"></p>
<div class="more"></div>
<p class="keys" hidden>{keys}</p>
</section>
<div>
{controls}
{steps}
</div>
</main>"""


def _header(scene, words, theme_names):
    themes = "".join(f'<option value="{name}">{theme_names.get(name, name)}</option>' for name in THEMES)
    back = f'<button data-do="back">‹ {words["back"]}</button>' if scene.note else ""
    note = f'<p class="note">{escape(scene.note)}</p>' if scene.note else ""
    return f"""<header>
{back}<h1>{escape(scene.title)}</h1><span class="pass"></span><span class="space"></span>
<span class="tools">
<span class="score"></span>
<input type="search" name="find" placeholder="{words["find"]} /" aria-label="{words["find"]}">
<button data-do="predict" aria-pressed="false">{words["predict"]}</button>
<button data-do="fit">{words["fit"]}</button>
<select name="theme" aria-label="{words["theme"]}">{themes}</select>
<button data-do="help" aria-label="{words["help"]}">?</button>
</span>
{note}</header>"""


def _controls(count, words):
    buttons = "".join(
        f'<button data-do="{name}" aria-label="{words[name]}" title="{words[name]}">{sign}</button>'
        for name, sign in _BUTTONS
    )
    return f"""<footer class="controls">{buttons}
<input type="range" name="step" min="0" max="{count - 1}" value="0" aria-label="{words["step"]}">
<span class="count"></span><span class="speed"></span>
</footer>"""


def _steps(frames, words):
    lines = "\n".join(f"<li>{escape(frame.say)}</li>" for frame in frames)
    return f'<details class="steps"><summary>{words["steps"]}</summary>\n<ol>\n{lines}\n</ol></details>'
