"""Loops as the Python that they are written in, for who sets NUMBA_DISABLE_JIT=1.

Debuggers can step through them, coverage sees their lines, and tests/mutate.py plants mistakes in them.
"""

import functools
import os

import numpy as np

from . import words


def wanted():
    """Whether loops are to run so."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("0", "")


def as_it_stands(loop, said, dtype):
    """A loop that takes and answers what machine code would, and is as quiet."""
    known, answer = words.split(said)
    new = [i for i, word in enumerate(known) if words.is_new(word)]

    @functools.wraps(loop)
    def run(*arguments):
        count, arguments = len(arguments), list(arguments)
        if count != len(known) or not _fit(arguments, known, dtype):
            if count == len(known) and (answer or new) and all(arguments[i] is None for i in new):
                return False if answer == "done" else NotImplemented
            raise TypeError(f"{loop.__name__} takes contiguous arrays in its format and numbers: {said}")
        for i in new:
            if arguments[i] is None:
                like = [arguments[k].shape for k in words.like(known[i])]
                arguments[i] = np.empty(like[0] if len(like) == 1 else [shape[0] for shape in like], dtype)
        taken = [_taken(x, word) for x, word in zip(arguments, known, strict=True)]
        with np.errstate(all="ignore"):
            number = loop(*taken)
        made = tuple(arguments[i] for i in new)
        if answer:
            return number if answer == "float" else True
        return made[0] if len(made) == 1 else made or None

    return run


def _fit(arguments, known, dtype):
    if not all(map(_fits, arguments, known, [dtype] * len(known))):
        return False
    return not words.even(known) or len({x.size for x in arguments if x.__class__ is np.ndarray}) < 2


def _fits(x, word, dtype):
    if word in words.NUMBERS or (x is None and words.is_new(word)):
        return True
    return (
        x.__class__ is np.ndarray
        and x.dtype == (np.int64 if word == "indices" else dtype)
        and x.flags.c_contiguous
        and x.flags.aligned
        and (x.flags.writeable or not words.is_written(word))
        and (words.axes(word) == 1 or x.ndim == words.axes(word))
    )


def _taken(x, word):
    return x if word in words.NUMBERS or words.axes(word) > 1 else x.reshape(-1)
