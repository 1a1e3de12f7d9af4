"""Functions as programs: recorded once, replayed by a machine."""

from .compiled import Compiled, compile
