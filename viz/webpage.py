"""What all pages share: one HTML file that fetches nothing, its colours, and how it shows itself in a notebook."""

import json
from html import escape
from importlib.resources import files
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


def document(title, body, lang, theme, style, data=None, script="", kind=""):
    """The text of a page.

    title        plain text; `body`: HTML
    style        CSS besides the colours of the theme
    data, script   JSON (see `safe_json`) and the code that reads it, both optional; `kind`: a class of the whole page
    """
    kind = f' class="{kind}"' if kind else ""
    moving = ""
    if data is not None:
        moving = f'<script type="application/json" id="data">{data}</script>\n<script>{script}</script>\n'
    return f"""<!DOCTYPE html>
<html lang="{lang}"{kind}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{escape(title)}</title>
<style>{root_style(theme)}
{style}</style>
</head>
<body>
{body}
{moving}</body>
</html>
"""


def asset(package, name):
    """The text of a file that lies beside the modules of a package."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


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
