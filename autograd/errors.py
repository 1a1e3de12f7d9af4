"""Errors that say what was wrong, where, and what to do.

Each class also inherits the built-in exceptions that NumPy and PyTorch raise for the same mistake, so that an
`except ValueError` or an `except RuntimeError` written for them keeps working.
"""


class AutogradError(Exception):
    """Base of all errors of this package."""


class ShapeError(AutogradError, ValueError, IndexError, RuntimeError):
    """Shapes that do not fit an operation (NumPy: ValueError; PyTorch: RuntimeError, for axes IndexError)."""


class RangeError(AutogradError, IndexError, RuntimeError):
    """An axis or an entry that is not there (NumPy raises IndexError, PyTorch IndexError or RuntimeError)."""


class ArgumentError(AutogradError, ValueError, RuntimeError):
    """An argument that makes no sense here (NumPy raises ValueError, PyTorch RuntimeError)."""


class DtypeError(AutogradError, TypeError, RuntimeError):
    """A kind of number that an operation, or a gradient, cannot have."""


class GradientError(AutogradError, RuntimeError):
    """A backward pass that cannot be run as asked."""


class FreedGraphError(GradientError):
    """A backward pass through a graph whose saved numbers were already released."""


class InplaceError(GradientError):
    """A number that the backward pass needs was overwritten after it had been used."""


class RegistryError(AutogradError, ValueError):
    """An operation's row that is malformed, or whose name is taken."""


class CompileError(AutogradError, RuntimeError):
    """A function that cannot be recorded as a program, or a program that no longer fits."""


class BatchError(AutogradError, RuntimeError):
    """A function that cannot be run on all examples at once."""
