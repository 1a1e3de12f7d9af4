"""Which operations of a large graph are drawn as one box.

The gates in the order in which the program ran are a sequence of items. Items are merged, always neighbours, so that
a folded picture can have no circles:

1. a run inside one named scope (`with scope("encoder"):`, a Module's call) becomes a box of that name;
2. what repeats is folded between its first and last time: `998 × (* tanh)`;
3. where neither helps, a stretch becomes a box "120 operations".

Everything is arrays of numbers, so a chain of a million gates takes about a second.
"""

import re
from dataclasses import dataclass
from itertools import groupby, pairwise, takewhile

import numpy as np

FOLD_ABOVE = 150  # nodes
AIM = 60  # items left open or folded, when folding
STRETCHES = 12  # boxes for a program in which nothing repeats
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


def plan(run, fold=None, depth=None, nodes=None, under=0):
    """Which gates of a `Run` are drawn as one box.

    fold    None: only above 150 nodes; True: always; False: never
    depth   fold scopes at this depth (1: the outermost), whatever the size
    nodes   how many nodes the unfolded picture would have
    under   how many scopes around all of them do not count
    """
    if not folds_at_all(len(run), fold, depth, nodes):
        return Plan([])
    items = _single(run)
    how = []
    aim = 1 if fold else AIM
    deepest = max(map(len, run.scopes_in())) - under
    if deepest > 0:
        items, level = _by_scope(items, run, under, deepest, depth, aim)
        if level:
            deeper = f" (depth={level + 1} opens one level more)" if deepest > level else ""
            how.append(f"scopes at depth {level}{deeper}")
    if depth is None:
        items = _repeated(items, run, how, aim)
        items = _stretches(items, how)
    return _planned(items, run, under, how, nodes)


def folds_at_all(gates, fold, depth, nodes):
    """Whether anything is to be folded among so many gates and nodes."""
    return fold is not False and gates > 0 and (depth is not None or bool(fold) or nodes > FOLD_ABOVE)


def _planned(items, run, under, how, nodes):
    folds = [_folded(items, i, run, under) for i in np.flatnonzero(items.tokens < 0).tolist()]
    return Plan(folds, _sentence(folds, how, nodes))


def _folded(items, i, run, under):
    first, stop = int(items.starts[i]), int(items.starts[i + 1])
    title, detail, depth = items.told[first]
    around, *others = run.scopes_in(first, stop)
    for scope in others:
        around = tuple(a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(around, scope, strict=False)))
    return Folded(first, stop, title, detail, around[under:][:depth])


def _sentence(folds, how, nodes):
    if not folds:
        return ""
    count = sum(fold.stop - fold.first for fold in folds)
    boxes = "1 box" if len(folds) == 1 else f"{len(folds)} boxes"
    return f"Folded: {count:,} operations in {boxes}, by {' and '.join(how)}; fold=False draws all {nodes:,} nodes."


# -- items ----------------------------------------------------------------------------------------------------------


def _single(run):
    """Each gate an item; its token is its operation."""
    return Items(np.arange(len(run) + 1), run.tokens, {}, {})


# -- scopes ---------------------------------------------------------------------------------------------------------


def _by_scope(items, run, under, deepest, depth, aim):
    """Runs of gates inside one scope; the deepest level that leaves few enough items, or the one asked for."""
    levels = [depth] if depth is not None else range(deepest, 0, -1)
    best, chosen = items, 0
    starts = np.concatenate(([0], np.flatnonzero(np.diff(run.scopes)) + 1)).tolist()
    calls = [(start, run.index.scope_list[run.scopes[start]][under:]) for start in starts]
    for level in levels:
        spans = list(_scope_spans(calls, len(run), level))
        if spans:
            best, chosen = items.replaced(spans), level
        if len(best) <= aim:
            break
    return best, chosen


def _scope_spans(calls, count, level):
    """Spans of one scope at a level. `calls`: where another scope begins, and which."""
    begun = [(next(calls)[0], scope) for scope, calls in groupby(calls, key=lambda call: call[1][:level])]
    for (start, scope), (stop, _) in pairwise([*begun, (count, None)]):
        if len(scope) == level > 0 and stop - start > 1:
            alike = (tuple(_NUMBER.sub("", name) for name in scope), stop - start)
            yield start, stop, (scope[-1], f"{stop - start:,} operations", level - 1), alike


# -- repetition -----------------------------------------------------------------------------------------------------


def _repeated(items, run, how, aim):
    """Fold what repeats, the largest saving first, until few enough items are left."""
    for _ in range(_ROUNDS):
        if len(items) <= aim:
            break
        best = _best_period(items.tokens)
        if not best or _saving(items.tokens, best) <= 0:
            break
        if "repeated structure" not in how:
            how.append("repeated structure")
        items = items.replaced([_span(items, run, each, best) for each in _runs(items.tokens, best)])
    return items


def _best_period(tokens):
    """The length of the pattern that saves most; 0 if none repeats."""
    return max(_periods(tokens), key=lambda period: (_saving(tokens, period), -period), default=0)


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


def _span(items, run, stretch, period):
    """The repetitions of a run but the first and the last, as one item."""
    start, repetitions = stretch
    first, stop = start + period, start + (repetitions - 1) * period
    count = int(items.starts[stop] - items.starts[first])
    title = f"{repetitions - 2:,} × ({_pattern(items, run, first, period)})"
    detail = f"{count:,} operations" if count > repetitions - 2 else ""
    return first, stop, (title, detail, None), (repetitions, *items.tokens[first : first + period].tolist())


def _pattern(items, run, first, period):
    symbols = [items.title(i) or run.symbol(int(items.starts[i])) for i in range(first, first + min(period, _PATTERN))]
    return " ".join(symbols) + (" …" if period > _PATTERN else "")


# -- the rest -------------------------------------------------------------------------------------------------------


def _stretches(items, how, run=None, period=0):
    """Where nothing repeats: stretches of about equal length; with a period: of whole repetitions."""
    if len(items) <= AIM + AIM // 2:
        return items
    bounds = (np.linspace(0, len(items) // (period or 1), STRETCHES + 1).astype(int) * (period or 1)).tolist()
    spans = []
    for first, stop in pairwise([*bounds[:-1], len(items)]):
        count = int(items.starts[stop] - items.starts[first])
        title, detail = f"{count:,} operations", ""
        if period:
            title, detail = f"{count // period:,} × ({_pattern(items, run, first, period)})", title
        spans.append((first, stop, (title, detail, None), ("stretch", first)))
    how.append("stretches of the program")
    return items.replaced(spans)


def evenly(run, nodes, under=0):
    """A plan that cuts many gates, oldest first, into about equal stretches, of whole repetitions if they repeat."""
    items, how = _single(run), []
    period = _best_period(items.tokens)
    if period and _saving(items.tokens, period) > len(items) // 2:
        items = _stretches(items, how, run, period)
    else:
        items = _stretches(items, how)
    return _planned(items, run, under, how, nodes)
