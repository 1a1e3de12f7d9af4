"""An explorer: its numbers as data, a page whose script draws them, and widgets where there is a kernel."""

from html import escape

from ..errors import DrawingError
from ..themes import THEMES
from ..webpage import WebPage, asset, colors_of, document, safe_json
from ..words import THEME_NAMES
from . import widgets as kit
from .words import words_for


class Explorer(WebPage):
    """Something to move with sliders: `html` the text of its page, `data` what it was made of.

    In Jupyter it shows itself as widgets, if ipywidgets is installed (extra `notebook`), else as the page. An exported
    notebook has no kernel that widgets could ask, so the page goes into the notebook too and steps in there.

    widgets   None: widgets where there is a kernel for them; True: widgets, or an error that says what is missing;
              False: the page
    """

    height = "40rem"

    def __init__(self, title, note, data, lang="en", theme="lecture", widgets=None):
        self._widgets = widgets
        if widgets and not kit.are_installed():
            raise ImportError(kit.MISSING)
        if theme not in THEMES:
            raise DrawingError(f"there is no theme {theme!r}; choose one of {', '.join(THEMES)}")
        self.title = title
        self.data = {
            **data, "words": words_for(lang), "theme": theme, "themes": {name: colors_of(name) for name in THEMES},
            "theme_names": THEME_NAMES[lang],
        }  # fmt: skip
        style, script = (asset(__package__, f"explorer.{kind}") for kind in ("css", "js"))
        body = _BODY.format(title=escape(title), note=escape(note))
        super().__init__(document(title, body, lang, theme, style, safe_json(self.data), script))

    def widget(self):
        """The explorer as an ipywidgets box, to be put beside others. Raises ImportError without ipywidgets."""
        return kit.build(self)

    def _wants_widgets(self):
        return kit.there_is_a_kernel() and kit.are_installed() if self._widgets is None else self._widgets

    def _ipython_display_(self):
        """Page and widgets as two outputs: of one with both, an export that has the widgets' state drops the page."""
        if not (self._wants_widgets() and kit.page_can_hide()):
            raise NotImplementedError  # so IPython goes on to the output of `_repr_mimebundle_`
        page = super()._repr_mimebundle_()
        box = self.widget()
        box.add_class("gradwalk-live")
        kit.publish({**page, "text/html": f'{_STEPS_IN}<div class="gradwalk-page">{page["text/html"]}</div>'})
        kit.publish({**box._repr_mimebundle_(), "text/plain": repr(self)})

    def _repr_mimebundle_(self, include=None, exclude=None):
        page = super()._repr_mimebundle_(include, exclude)
        return (
            {**page, **self.widget()._repr_mimebundle_(), "text/plain": repr(self)} if self._wants_widgets() else page
        )

    def __repr__(self):
        return f"<explorer: {self.title}; .save('explorer.html') writes the page>"


# In JupyterLab and Notebook the page hides while the widgets after it live; in an export it hides them, who are dead.
_STEPS_IN = """<style>
.jp-NotebookPanel .jp-OutputArea-child:has(.gradwalk-page):has(+ .jp-OutputArea-child .gradwalk-live),
body:not(:has(.jp-NotebookPanel)) .jp-OutputArea-child:has(.gradwalk-page) + .jp-OutputArea-child { display: none; }
</style>
"""

_BODY = """<main>
<header><h1>{title}</h1><span class="space"></span></header>
<section class="controls"></section>
<section class="plots"></section>
<p class="told" aria-live="polite"></p>
<p class="note">{note}</p>
<noscript>JavaScript draws this page.</noscript>
</main>"""
