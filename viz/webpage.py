"""What all pages share: one HTML file that fetches nothing, its colours, and how it shows itself in a notebook."""

import json
from html import escape
from pathlib import Path

from .themes import THEMES, theme_of

# Nothing may be fetched: the page proves by itself that it needs no network.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_ACCENTS = {
    "lecture": "#1d4ed8",
    "blue-orange": "#7c3aed",
    "okabe-ito": "#a3456f",
    "dark": "#8ab4ff",
    "high-contrast": "#0000cc",
}


def accent_of(theme):
    """The colour in which a `Theme` shows where a walk is."""
    name = next((name for name, known in THEMES.items() if known == theme), "")
    return _ACCENTS.get(name, theme.value)


def colors_of(theme):
    """The colours of a `Theme` or of a theme's name, {name in CSS: colour}."""
    theme = theme_of(theme)
    colors = {key: getattr(theme, key) for key in ("paper", "ink", "value", "gradient", "quiet", "gate", "fold")}
    return {**colors, "accent": accent_of(theme)}


def root_style(theme):
    """The colours of a theme as CSS."""
    return ":root { " + " ".join(f"--{key}: {color};" for key, color in colors_of(theme).items()) + " }"


def safe_json(data):
    """JSON that may stand inside a page: no `<` in it, so no label can end the script."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


class WebPage:
    """A page: `html` is its text. It shows itself in a notebook; elsewhere `save` it."""

    height = "36rem"  # in a notebook

    def __init__(self, html):
        self.html = html

    def save(self, path):
        """Write the page, one HTML file that needs no network. Returns the path."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.html, encoding="utf-8")
        return path

    def _repr_mimebundle_(self, include=None, exclude=None):
        frame = (
            f'<iframe srcdoc="{escape(self.html, quote=True)}" sandbox="allow-scripts" title="gradwalk" '
            f'style="width:100%;height:{self.height};border:1px solid #ddd"></iframe>'
        )
        return {"text/html": frame, "text/plain": repr(self)}
