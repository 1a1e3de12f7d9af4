"""The README's trust table; and whole formats instead of samples.

python -m benchmarks.trust                    the table as Markdown, from the numbers that `accuracy` samples
python -m benchmarks.trust --exhaustive erf   every float32 number, for functions named: minutes each
"""

import argparse
import math
import sys

import numpy as np

import autograd
from autograd.operation import TABLE

from .accuracy import FORMATS, rows, shown, ways, worst
from .peers import limit_threads, missing
from .references import REFERENCES

AIMS = {"functions": 2.0, "derivatives": 4.0}  # units in the last place
WHO = ("ours", "PyTorch", "NumPy itself")
HEAD = ("error in units in the last place", *WHO, "where PyTorch is better, by at most")
LINES = [(what, str(dtype)) for what in AIMS for dtype in FORMATS]


# -- the table --------------------------------------------------------------------------------------------------------


def measured(count=4000):
    """{(row, format): {who: (error of the function, of the derivative)}}, ours being the worst of our ways."""
    found = {}
    for op in rows():
        for dtype in FORMATS:
            errors = worst(op, dtype, count)
            mine = [errors.pop(way) for way in ways(op, dtype)]
            found[op.name, str(dtype)] = {"ours": tuple(map(max, zip(*mine, strict=True))), **errors}
    return found


def cell(errors, aim):
    """How many functions keep the aim, and the worst one's name and error."""
    if not errors:
        return "–"
    name, error = max(errors.items(), key=lambda item: item[1])
    kept = sum(error <= aim for error in errors.values())
    return f"{kept} of {len(errors)} within {aim:g}; worst {shown(error)} ({name})"


def furthest(ours, theirs):
    """By how much PyTorch is more exact at most, and at which function."""
    behind = {name: ours[name] - error for name, error in theirs.items()}
    name = max(behind, key=behind.get, default=None)
    return "–" if name is None else f"{max(behind[name], 0.0):.1f} ({name})"


def markdown(found):
    """The table as Markdown text."""
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    for what, dtype in LINES:
        part = list(AIMS).index(what)
        of = {n: by for (n, d), by in found.items() if d == dtype}
        errors = [
            {n: by[who][part] for n, by in of.items() if by.get(who, (None,) * 2)[part] is not None} for who in WHO
        ]
        cells = [cell(each, AIMS[what]) for each in errors]
        lines.append(f"| {what}, {dtype} | " + " | ".join([*cells, furthest(*errors[:2])]) + " |")
    return "\n".join(lines)


# -- every number -----------------------------------------------------------------------------------------------------

CHUNK = 2**20
_LIMITS = np.finfo(np.float32)


def units(results, truths):
    """Largest distance of float32 results from float64 truths in units in the last place of float32, and where."""
    size = np.abs(truths)
    power = np.maximum(size, float(_LIMITS.smallest_normal)).view(np.int64) & 0x7FF0000000000000
    with np.errstate(invalid="ignore"):
        error = np.abs(results - truths) / (power.view(np.float64) * 2.0**-23)
    error[size > float(_LIMITS.max)] = 0.0  # either neighbour of what lies beyond is right
    error[np.isnan(truths) & np.isnan(results)] = 0.0
    error[np.isinf(truths) & (results == truths)] = 0.0
    error[np.isnan(error)] = math.inf
    error[(size < float(_LIMITS.smallest_normal)) & (np.abs(results) <= _LIMITS.smallest_normal)] = 0.0
    place = int(error.argmax())
    return float(error[place]), place


def exhaustive(name, chunks=None):
    """((error, number) of the function, (error, number) of the derivative) over every finite float32 of the domain.

    The truth is the same row in float64: its own errors, which `accuracy` measures against extended precision, are some
    billionths of these units. At points where the derivative is said to cross zero it is not looked at.

    chunks   which of the 4096 parts of the format to look at; default: all
    """
    op, reference = TABLE[name], REFERENCES[name]
    low, high = op.domain[0].low, op.domain[0].high
    kinks = [kink.at for kink in op.kinks if not isinstance(kink.at, str)]
    found = [(0.0, math.nan), (0.0, math.nan)]
    for chunk in range(2**32 // CHUNK) if chunks is None else chunks:
        x = np.arange(chunk * CHUNK, (chunk + 1) * CHUNK, dtype=np.int64).astype(np.uint32).view(np.float32)
        x = x[np.isfinite(x) & (x > low) & (x < high) & ~np.isin(x, kinks)]
        if x.size:
            for part, (error, number) in enumerate(_errors(op, x, reference)):
                found[part] = max(found[part], (error, number), key=lambda pair: pair[0])
    return tuple(found)


def _errors(op, x, reference):
    pairs = []
    for numbers in (x, x.astype(np.float64)):
        value = autograd.tensor(numbers, requires_grad=True)
        result = op(value, **reference.parameters)
        result.backward(np.ones_like(numbers))
        pairs.append((np.asarray(result), np.asarray(value.grad)))
    (y, slope), (truth, slope_truth) = pairs
    error, place = units(y, truth)
    yield error, float(x[place])
    for root in reference.roots:
        slope_truth = np.where(np.abs(x - root) < 0.5, slope, slope_truth)
    error, place = units(slope, slope_truth.astype(np.float64))
    yield error, float(x[place])


def main(arguments=None):
    """Print the table, or what was found for each function named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trust", description=__doc__.splitlines()[0])
    parser.add_argument("--exhaustive", nargs="+", metavar="ROW", help="every float32 number, for these functions")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.exhaustive or () if name not in REFERENCES]
    if unknown:
        parser.error(f"no reference for {unknown[0]!r}; there are {', '.join(REFERENCES)}")
    limit_threads(2)
    for name in options.exhaustive or ():
        for what, (error, number) in zip(AIMS, exhaustive(name), strict=True):
            print(f"{name}, {what}, every float32: {error:.3f} units in the last place, at {number!r}", flush=True)
    if not options.exhaustive:
        print(markdown(measured()), *missing("torch"), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
