"""The walk in a terminal, a key a step: the sentences of the player."""

import os
import sys
from contextlib import contextmanager

try:
    import termios
    import tty
except ImportError:  # Windows
    import msvcrt

from autograd import trace, walk
from autograd.value import Value
from autograd.walk import graph_root

from .errors import DrawingError
from .names import caller_names
from .verdicts import leaves_pay, verdict_of
from .words import LABELS, TERMINAL_KEYS, pattern, sentence, words_of

MOST_STEPS = 20_000
_NAMES = {
    "\x1b[C": "next", "\x1bOC": "next", " ": "next", "\r": "next", "\n": "next", "n": "next",
    "\x1b[D": "back", "\x1bOD": "back", "b": "back", "\x7f": "back",
    "\x1b[B": "next_gate", "\x1bOB": "next_gate", "N": "next_gate",
    "\x1b[A": "previous_gate", "\x1bOA": "previous_gate", "B": "previous_gate",
    "\x1b[H": "first", "\x1bOH": "first", "\x1b[1~": "first", "g": "first",
    "\x1b[F": "last", "\x1bOF": "last", "\x1b[4~": "last", "G": "last",
    "q": "quit", "\x04": "quit", "\x1b": "quit", "?": "help", "h": "help", "/": "find",
}  # fmt: skip
_WINDOWS = {"M": "next", "K": "back", "P": "next_gate", "H": "previous_gate", "G": "first", "O": "last"}


def interact(value, gradient=None, names=None, lang="en"):
    """Step through the passes behind `value` with keys, in this terminal. Arguments as in `viz.play`.

    Raises DrawingError where there is no terminal, or for a graph of more than 20,000 operations.
    """
    words = words_of(lang)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise DrawingError("stepping with keys needs a terminal; without one leave --interactive out")
    graph = trace(value)
    if len(graph) > MOST_STEPS:
        raise DrawingError(f"{len(graph):,} operations are too many to step through; viz.play() folds what repeats")
    walked = walk(value, gradient, caller_names([n.value for n in graph.nodes if isinstance(n.value, Value)], names))
    told = Told(walked, words, lang)
    with _keys() as read:
        place = 0
        print(told.line(place))
        while (key := read()) != "quit":
            if key == "help":
                print(TERMINAL_KEYS[lang])
            elif key == "find":
                found = told.find(_asked(read), place)
                place = place if found is None else found
                print(told.line(place))
            elif (there := told.after(key, place)) != place:
                place = there
                print(told.line(place))


class Told:
    """A walk as lines of text, and the way from one to another."""

    def __init__(self, walked, words, lang="en"):
        self.walk, self.words, self.labels = walked, words, LABELS[lang]
        self.root = walked.names[graph_root(walked.graph).id]

    def line(self, place):
        """Step `place` in words: where it is, what happens, what kind of gate it is, whether differences agree."""
        step = self.walk[place]
        parts = [sentence(step, self.walk, self.root, self.words)]
        if badge := pattern(step, self.words):
            parts.append(f"[{badge}]")
        if step.kind != "leaf" or leaves_pay(self.walk, leaves=1):
            parts += filter(None, [verdict_of(step, self.walk, self.words, self.root)])
        return f"{place + 1:>4} {self.labels['of']} {len(self.walk)}  {self.labels[step.phase]:<8}  {'  '.join(parts)}"

    def after(self, key, place):
        """The step to which a key leads."""
        last = len(self.walk) - 1
        if key in ("next_gate", "previous_gate"):
            return self._gate(place, 1 if key == "next_gate" else -1)
        there = {"next": place + 1, "back": place - 1, "first": 0, "last": last}.get(key, place)
        return max(0, min(last, there))

    def _gate(self, place, direction):
        gate = lambda i: (self.walk[i].phase, id(self.walk[i].node.value))
        here, last = gate(place), len(self.walk) - 1
        while 0 <= place + direction <= last and gate(place) == here:
            place += direction
        while direction < 0 < place and gate(place - 1) == gate(place):
            place -= 1
        return place

    def find(self, wanted, place):
        """The next step, from `place` on and around, that says `wanted`; None if none does."""
        for ahead in range(1, len(self.walk) + 1) if wanted else ():
            there = (place + ahead) % len(self.walk)
            if wanted.lower() in sentence(self.walk[there], self.walk, self.root, self.words).lower():
                return there
        return None


def _asked(read):
    """Text typed after `/`, up to Enter."""
    print("/", end="", flush=True)
    text = ""
    while (letter := read(raw=True)) not in ("\r", "\n", "\x1b", ""):
        text = text[:-1] if letter == "\x7f" else text + letter
        print(f"\r/{text} \b", end="", flush=True)
    print()
    return text


# -- keys -----------------------------------------------------------------------------------------------------------


@contextmanager
def _keys():
    """A function that waits for a key and gives its name ("next", "quit" …; raw: the letters themselves)."""
    if os.name == "nt":
        yield _windows_key
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield _PosixKeys(terminal).read
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


class _PosixKeys:
    """Keys out of what a terminal sends: several may come at once, and one may be several characters."""

    def __init__(self, terminal):
        self.terminal, self.waiting = terminal, ""

    def read(self, raw=False):
        if not self.waiting:
            data = os.read(self.terminal, 64)
            if not data:
                return "" if raw else "quit"
            self.waiting = data.decode(errors="replace")
        length = 1
        if not raw:
            length = max((len(key) for key in _NAMES if self.waiting.startswith(key)), default=1)
        key, self.waiting = self.waiting[:length], self.waiting[length:]
        return key if raw else _NAMES.get(key, key)


def _windows_key(raw=False):
    key = msvcrt.getwch()
    if key in ("\x00", "\xe0"):
        return _WINDOWS.get(msvcrt.getwch(), "")
    return key if raw else _NAMES.get(key, key)
