"""Which operations of a large graph are drawn as one box.

The gates in the order in which the program ran are a sequence of items. Items are merged, always neighbours, so that
a folded picture can have no circles:

1. a run inside one named scope (`with scope("encoder"):`, a Module's call) becomes a box of that name;
2. what repeats is folded between its first and last time: `998 × (* tanh)`;
3. where neither helps, a stretch becomes a box "120 operations".

Everything is arrays of numbers, so a chain of a million gates takes about a second.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise, takewhile

import numpy as np

from autograd.memory import scope_of

FOLD_ABOVE = 150  # nodes
AIM = 60  # items left open or folded, when folding
STRETCHES = 20  # boxes for a program in which nothing repeats
FEWEST = 4  # repetitions that are worth a fold: the first and the last of them stay open
_NEAR_PERIODS = 64
_FAR_PERIODS = 16
_ROUNDS = 24
_NUMBER = re.compile(r"\d+$")  # layer1 and layer2 count as equal structure
_PATTERN = 8  # symbols of a pattern that are spelled out


@dataclass
class Items:
    """The gates `starts[i] … starts[i + 1]` are item i; equal `tokens` mean equal structure.

    told    of a folded item, by its first gate: title, detail, depth of the frames around it
    codes   tokens given so far to folded structures, negative
    """

    starts: np.ndarray
    tokens: np.ndarray
    told: dict
    codes: dict

    def __len__(self):
        return len(self.tokens)

    def replaced(self, spans):
        """The same with each span merged into one item: (first item, item after the last, told, structure)."""
        keep = np.ones(len(self), bool)
        tokens, told = self.tokens.copy(), dict(self.told)
        for first, stop, of_it, structure in spans:
            keep[first + 1 : stop] = False
            tokens[first] = self.codes.setdefault(structure, -1 - len(self.codes))
            told[int(self.starts[first])] = of_it
        return Items(np.append(self.starts[:-1][keep], self.starts[-1]), tokens[keep], told, self.codes)

    def title(self, i):
        """What item i is called if it is folded, else None."""
        told = self.told.get(int(self.starts[i]))
        return told[0] if told and self.tokens[i] < 0 else None


@dataclass
class Folded:
    """A fold to be drawn: the gates from `first` up to `stop` (in the order of the gates), its name, its scope."""

    first: int
    stop: int
    title: str
    detail: str
    scope: tuple


@dataclass
class Plan:
    """What is folded, and the sentence that says so."""

    folds: list[Folded]
    sentence: str = ""


def plan(values, fold=None, depth=None, nodes=None, under=0):
    """Which gates among `values` (oldest first) are drawn as one box.

    fold    None: only above 150 nodes; True: always; False: never
    depth   fold scopes at this depth (1: the outermost), whatever the size
    nodes   how many nodes the unfolded picture would have
    under   how many scopes around all of them do not count
    """
    gates = [value for value in values if value.op is not None]
    if fold is False or not gates or (depth is None and not fold and nodes <= FOLD_ABOVE):
        return Plan([])
    scopes = [scope_of(value)[under:] for value in gates]
    items = _single(gates)
    how = []
    aim = 1 if fold else AIM
    if any(scopes):
        items, level = _by_scope(items, scopes, depth, aim)
        if level:
            deeper = f" (depth={level + 1} opens one level more)" if any(len(scope) > level for scope in scopes) else ""
            how.append(f"scopes at depth {level}{deeper}")
    if depth is None:
        items = _repeated(items, gates, how, aim)
        items = _stretches(items, how)
    folds = [_folded(items, i, scopes) for i in np.flatnonzero(items.tokens < 0).tolist()]
    return Plan(folds, _sentence(folds, how, nodes))


def _folded(items, i, scopes):
    first, stop = int(items.starts[i]), int(items.starts[i + 1])
    title, detail, depth = items.told[first]
    around = scopes[first]
    for scope in set(scopes[first:stop]):
        around = tuple(a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(around, scope, strict=False)))
    return Folded(first, stop, title, detail, around[:depth])


def _sentence(folds, how, nodes):
    if not folds:
        return ""
    count = sum(fold.stop - fold.first for fold in folds)
    boxes = "1 box" if len(folds) == 1 else f"{len(folds)} boxes"
    return f"Folded: {count:,} operations in {boxes}, by {' and '.join(how)}; fold=False draws all {nodes:,} nodes."


# -- items ----------------------------------------------------------------------------------------------------------


def _single(gates):
    """Each gate an item; its token is its operation."""
    codes = {}
    tokens = [codes.setdefault(value.op.name, len(codes)) for value in gates]
    return Items(np.arange(len(gates) + 1), np.array(tokens, np.int64), {}, {})


# -- scopes ---------------------------------------------------------------------------------------------------------


def _by_scope(items, scopes, depth, aim):
    """Runs of gates inside one scope; the deepest level that leaves few enough items, or the one asked for."""
    deepest = max((len(scope) for scope in scopes), default=0)
    levels = [depth] if depth is not None else range(deepest, 0, -1)
    best, chosen = items, 0
    for level in levels:
        spans = list(_scope_spans(items, scopes, level))
        if spans:
            best, chosen = items.replaced(spans), level
        if len(best) <= aim:
            break
    return best, chosen


def _scope_spans(items, scopes, level):
    start = 0
    for i in range(1, len(scopes) + 1):
        here = scopes[start][:level]
        if i < len(scopes) and len(scopes[i]) >= level and scopes[i][:level] == here and len(here) == level:
            continue
        if len(here) == level > 0 and i - start > 1:
            alike = (tuple(_NUMBER.sub("", name) for name in here), i - start)
            yield start, i, (here[-1], f"{i - start:,} operations", level - 1), alike
        start = i


# -- repetition -----------------------------------------------------------------------------------------------------


def _repeated(items, gates, how, aim):
    """Fold what repeats, the largest saving first, until few enough items are left."""
    for _ in range(_ROUNDS):
        if len(items) <= aim:
            break
        best = max(_periods(items.tokens), key=lambda p: (_saving(items.tokens, p), -p), default=0)
        if not best or _saving(items.tokens, best) <= 0:
            break
        if "repeated structure" not in how:
            how.append("repeated structure")
        items = items.replaced([_span(items, gates, run, best) for run in _runs(items.tokens, best)])
    return items


def _periods(tokens):
    """Lengths that a repeated pattern may have: all small ones, and the usual distances between equal triples."""
    most = len(tokens) // FEWEST
    candidates = set(range(1, min(_NEAR_PERIODS, most) + 1))
    if most > _NEAR_PERIODS:
        _, codes = np.unique(tokens, return_inverse=True)
        size = int(codes.max()) + 1
        triples = (codes[:-2] * size + codes[1:-1]) * size + codes[2:]
        order = np.argsort(triples, kind="stable")
        same = triples[order[1:]] == triples[order[:-1]]
        distances, counts = np.unique((order[1:] - order[:-1])[same], return_counts=True)
        often = distances[np.argsort(-counts, kind="stable")]
        candidates.update(often[often <= most][:_FAR_PERIODS].tolist())
    return sorted(candidates)


def _runs(tokens, period):
    """Stretches (first item, repetitions) in which a pattern of `period` items repeats; they do not overlap."""
    equal = np.concatenate(([0], (tokens[period:] == tokens[:-period]).view(np.int8), [0]))
    edges = np.diff(equal)
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    long = stops - starts >= (FEWEST - 1) * period
    runs, covered = [], 0
    for start, stop in zip(starts[long].tolist(), stops[long].tolist(), strict=True):
        start = max(start, covered)
        repetitions = (stop - start) // period + 1
        if repetitions >= FEWEST:
            runs.append((start, repetitions))
            covered = start + repetitions * period
    return runs


def _saving(tokens, period):
    return sum((repetitions - 2) * period - 1 for _, repetitions in _runs(tokens, period))


def _span(items, gates, run, period):
    """The repetitions of a run but the first and the last, as one item."""
    start, repetitions = run
    first, stop = start + period, start + (repetitions - 1) * period
    count = int(items.starts[stop] - items.starts[first])
    title = f"{repetitions - 2:,} × ({_pattern(items, gates, first, period)})"
    detail = f"{count:,} operations" if count > repetitions - 2 else ""
    return first, stop, (title, detail, None), (repetitions, *items.tokens[first : first + period].tolist())


def _pattern(items, gates, first, period):
    symbols = [items.title(i) or gates[items.starts[i]].op.symbol for i in range(first, first + min(period, _PATTERN))]
    return " ".join(symbols) + (" …" if period > _PATTERN else "")


# -- the rest -------------------------------------------------------------------------------------------------------


def _stretches(items, how, gates=(), period=0):
    """Where nothing repeats: stretches of about equal length; with a period: of whole repetitions."""
    if len(items) <= AIM + AIM // 2:
        return items
    bounds = (np.linspace(0, len(items) // (period or 1), STRETCHES + 1).astype(int) * (period or 1)).tolist()
    spans = []
    for first, stop in pairwise([*bounds[:-1], len(items)]):
        count = int(items.starts[stop] - items.starts[first])
        title, detail = f"{count:,} operations", ""
        if period:
            title, detail = f"{count // period:,} × ({_pattern(items, gates, first, period)})", title
        spans.append((first, stop, (title, detail, None), ("stretch", first)))
    how.append("stretches of the program")
    return items.replaced(spans)


def evenly(gates, nodes, under=0):
    """A plan that cuts many gates, oldest first, into about equal stretches, of whole repetitions if they repeat."""
    items, how = _single(gates), []
    period = max(_periods(items.tokens), key=lambda p: (_saving(items.tokens, p), -p), default=0)
    if period and _saving(items.tokens, period) > len(items) // 2:
        items = _stretches(items, how, gates, period)
    else:
        items = _stretches(items, how)
    scopes = [scope_of(value)[under:] for value in gates]
    folds = [_folded(items, i, scopes) for i in np.flatnonzero(items.tokens < 0).tolist()]
    return Plan(folds, _sentence(folds, how, nodes))


def common_symbols(gates, most=4):
    """The most frequent symbols among some gates, for hovering."""
    counts = Counter(value.op.symbol for value in gates)
    return ", ".join(f"{count:,} × {symbol}" for symbol, count in counts.most_common(most))
