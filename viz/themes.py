"""Colours of the pictures, one row a theme.

Position and sign carry the meaning (value above the wire, gradient below it), colour comes second: every theme is
readable without it.
"""

from dataclasses import dataclass

from .errors import DrawingError


@dataclass(frozen=True)
class Theme:
    """Colours of one theme: of the paper, of lines and names, of the two kinds of numbers, of what is said aside."""

    paper: str
    ink: str
    value: str
    gradient: str
    quiet: str
    gate: str
    fold: str
    line: float = 1.0


THEMES = {
    #                        paper      ink        value      gradient   quiet      gate       fold
    "lecture":         Theme("#ffffff", "#000000", "#137a2c", "#d1202a", "#5b6472", "#ffffff", "#f3f4f6"),
    "blue-orange":     Theme("#ffffff", "#1f2937", "#0869a6", "#b45309", "#5b6472", "#ffffff", "#f3f4f6"),
    "okabe-ito":       Theme("#ffffff", "#000000", "#0072b2", "#c04a00", "#666666", "#ffffff", "#f2f2f2"),
    "dark":            Theme("#14171c", "#e6e8eb", "#6fd08c", "#ff8a80", "#9aa4b2", "#1f242c", "#2a313b"),
    "high-contrast":   Theme("#ffffff", "#000000", "#00431a", "#8b0000", "#333333", "#ffffff", "#e5e5e5", line=2.0),
}  # fmt: skip


def theme_of(theme):
    """A theme by its name; a `Theme` is taken as it is. Raises DrawingError for a name that is not in the table."""
    if isinstance(theme, Theme):
        return theme
    if theme not in THEMES:
        raise DrawingError(f"there is no theme {theme!r}; choose one of {', '.join(THEMES)}, or pass a viz.Theme")
    return THEMES[theme]
