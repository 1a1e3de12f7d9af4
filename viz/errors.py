"""Errors of the pictures and the command line; each says what to do."""

from autograd.errors import AutogradError


class DrawingError(AutogradError, ValueError):
    """A picture that cannot be drawn as asked."""


class LayoutError(AutogradError, RuntimeError):
    """No Graphviz to lay the picture out with, or one that failed."""


class ExpressionError(AutogradError, ValueError):
    """A formula that cannot be read; the message shows the place."""


class ProgramError(AutogradError, RuntimeError):
    """A Python file whose graph cannot be walked."""
