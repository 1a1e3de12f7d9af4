"""Numbers as they stand on a wire: a scalar in few digits, a small matrix in full, a large array as a summary."""

import re
from dataclasses import dataclass

import numpy as np

from autograd.arrays import Absent, dtype_of, shape_of
from autograd.errors import InplaceError
from autograd.text import number

IN_FULL = 4  # rows and columns up to which a matrix is shown entry by entry
RELEASED = "released"
_EXPONENT = re.compile(r"e\+?(-?)0*(\d)")  # 1e+05 -> 1e5
VECTOR = 5  # entries up to which a vector is
WRITTEN_OUT = 4  # entries of an array that a sentence or a table has in full


@dataclass(frozen=True)
class Shown:
    """Numbers to be seen: `lines` of text or the `rows` of a matrix, a small note, what hovering tells (all digits)."""

    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""
    hover: str = ""
    known: bool = True


NOT_YET = Shown(("·",), hover="not yet computed", known=False)
NOT_KEPT = Shown(("not kept",), hover="a large gradient, which the backward pass did not keep", known=False)


def short(x, digits=4):
    """A number in few digits, with a real minus sign: -0.19661 -> '−0.1966'."""
    return _EXPONENT.sub(r"e\1\2", number(x, digits)).replace("-", "−").replace("inf", "∞")


def full(x):
    """A number with all its digits, as Python writes it."""
    return repr(x.item() if isinstance(x, np.generic) else x)


def show(data, digits=4, summary_only=False):
    """A value on a wire. `summary_only` leaves out shape and dtype, which a gradient shares with its value."""
    if data is None:
        return NOT_YET
    shape = shape_of(data)
    if isinstance(data, Absent):
        return Shown((_kind(data), fate(data)), hover=data.message, known=False)
    if shape == ():
        return Shown((short(data, digits),), hover=full(data))
    hover = f"{_kind(data)} {dtype_of(data)}\n{_in_full(data)}"
    if data.size == 0:
        return Shown((f"{_kind(data)} (empty)",), hover=hover)
    if len(shape) == 1 and shape[0] <= VECTOR:
        return Shown((f"[{', '.join(short(x, 3) for x in data)}]",), hover=hover)
    if len(shape) == 2 and max(shape) <= IN_FULL:
        return Shown(rows=tuple(tuple(short(x, 3) for x in row) for row in data), hover=hover)
    summary = summarize(data)
    return Shown((summary,) if summary_only else (_kind(data), summary), hover=hover)


def fate(absent):
    """What became of numbers that are gone: released by a backward pass, or overwritten in place."""
    return "overwritten" if issubclass(absent.error, InplaceError) else RELEASED


def _kind(data):
    """Shape, and the dtype where it is not float64."""
    shape = "×".join(map(str, data.shape)) if len(data.shape) != 1 else f"{data.shape[0]} numbers"
    dtype = dtype_of(data)
    return shape if dtype == np.float64 else f"{shape} {dtype}"


def summarize(data):
    """An array in one line: mean ± standard deviation, a range for integers, and how much of it is not finite."""
    if data.dtype.kind == "b":
        return f"{int(data.sum())} of {data.size} true"
    low, high = data.min(), data.max()
    if low == high:
        return f"all {short(low)}"
    if data.dtype.kind in "iu":
        return f"{short(low)} … {short(high)}"
    finite = data[np.isfinite(data)]
    odd = data.size - finite.size
    if not finite.size:
        return f"{odd} not finite"
    wide = finite.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        text = f"{short(wide.mean(), 3)} ± {short(wide.std(), 3)}"
    return f"{text}, {odd} not finite" if odd else text


def _in_full(data):
    with np.printoptions(threshold=64, edgeitems=3, linewidth=100, precision=6):
        return str(data)


def told(data, summary=True):
    """Numbers in a sentence or a table: six digits; a small array in full, a large one by its shape and a summary."""
    if data is None:
        return ""
    shape = shape_of(data)
    if shape == ():
        return number(data)
    kind = "×".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]} numbers"
    if isinstance(data, Absent):
        return f"{kind} ({fate(data)})"
    if data.size <= WRITTEN_OUT:
        return _nested(data.tolist())
    return f"{kind}: {summarize(data).replace('−', '-')}" if summary else f"<{kind}>"


def _nested(x):
    return "[" + ", ".join(map(_nested, x)) + "]" if isinstance(x, list) else number(x, 4)
