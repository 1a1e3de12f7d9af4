"""What holds while code runs: whether operations are recorded, and inside which named scopes.

All of it is per thread. `mode.special` counts the contexts that are open in any thread: while it is 0, an operation
on scalars need not look further, and that is what keeps small graphs fast.
"""

import threading
from contextlib import ContextDecorator


class _Mode(threading.local):
    recording = True
    switched_off = False
    scope = ()
    tape = None  # who takes the operations down while a function is compiled


class _Everywhere:
    __slots__ = ("lock", "special")

    def __init__(self):
        self.special, self.lock = 0, threading.Lock()

    def count(self, change):
        with self.lock:
            self.special += change


here = _Mode()
mode = _Everywhere()


def is_grad_enabled():
    """Whether operations are recorded for a backward pass in this thread."""
    return here.recording


class _Recording(ContextDecorator):
    """Sets whether operations are recorded, until the block or function ends; may be entered many times."""

    def __init__(self, recording):
        self.recording, self.before = bool(recording), []

    def __enter__(self):
        mode.count(+1)
        self.before.append(here.recording)
        here.recording = self.recording
        return self

    def __exit__(self, *_):
        here.recording = self.before.pop()
        mode.count(-1)

    def _recreate_cm(self):
        return _Recording(self.recording)


class no_grad(_Recording):
    """Context and decorator: operations inside are computed but not recorded, as `torch.no_grad`."""

    def __init__(self, function=None):
        super().__init__(False)

    def __new__(cls, function=None):
        instance = super().__new__(cls)
        if function is None:
            return instance
        instance.__init__()
        return instance(function)


class enable_grad(no_grad):
    """Context and decorator: operations inside are recorded, also within `no_grad`, as `torch.enable_grad`."""

    def __init__(self, function=None):
        _Recording.__init__(self, True)


class set_grad_enabled(_Recording):
    """Sets whether operations are recorded: at once, and as a context until it ends, as `torch.set_grad_enabled`."""

    def __init__(self, mode):
        super().__init__(mode)
        self.first = here.recording, here.switched_off
        self.entered = False
        _permanent(self.recording, not self.recording)

    def __enter__(self):
        if not self.entered:  # the switch at construction is now this block's
            self.entered = True
            _permanent(*self.first)
        return super().__enter__()

    def __call__(self, function):
        _permanent(*self.first)
        return _Recording(self.recording)(function)


def _permanent(recording, switched_off):
    """Switch recording for this thread outside any block, and keep the count of special threads true."""
    here.recording = recording
    if here.switched_off != switched_off:
        mode.count(+1 if switched_off else -1)
        here.switched_off = switched_off


class scope(ContextDecorator):
    """Operations inside belong to a named box, so that a picture can fold them: `with scope("encoder"):`.

    Scopes nest. `nn.Module` opens one for each call.
    """

    def __init__(self, name):
        if not isinstance(name, str) or not name:
            raise TypeError(f"a scope's name is a non-empty string, not {name!r}")
        self.name = name

    def __enter__(self):
        self.before = here.scope
        if not self.before:  # the outermost counts for those within it
            mode.count(+1)
        here.scope = (*self.before, self.name)
        return self

    def __exit__(self, *_):
        here.scope = self.before
        if not self.before:
            mode.count(-1)

    def _recreate_cm(self):
        return scope(self.name)
