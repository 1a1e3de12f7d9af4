"""Fair timing: all candidates in turn in one run, medians, spread, ratios of neighbours in time.

A shared machine is now fast, now slow; what ran right after one another met the same machine. So candidates take turns,
and a ratio is the median over the rounds of (ours / theirs) in that round. Threads of the one before may still spin,
waiting for work, on a core that the next one needs: each turn begins with a pause, and a call that is not counted where
there are several; where there is one, by collecting the garbage of the one before.
"""

import gc
import statistics
import time
from dataclasses import dataclass, field

OURS = "gradwalk"
TURN, PAUSE = 0.02, 0.03  # seconds: a candidate's turn, and the pause before it


@dataclass
class Budget:
    """How long to measure: seconds for each candidate of a case, and rounds at least and at most."""

    seconds: float = 0.5
    least: int = 7
    most: int = 200
    quick: bool = False


QUICK = Budget(seconds=0.06, least=3, most=40, quick=True)
FULL = Budget()


@dataclass
class Timing:
    """Seconds of one unit of work: one number a round, and the first call, which may have compiled something."""

    rounds: list
    first: float

    @property
    def median(self):
        return statistics.median(self.rounds)

    @property
    def spread(self):
        """Half the distance between the quartiles, as a share of the median."""
        low, _, high = statistics.quantiles(self.rounds, n=4) if len(self.rounds) > 1 else (self.median,) * 3
        return (high - low) / 2 / self.median


@dataclass
class Case:
    """One comparison: the candidates' timings by name; `ours` names those that are this project's."""

    name: str
    timings: dict
    ours: tuple = (OURS,)

    def ratio(self, ours, theirs):
        """Median of ours/theirs, each pair from one round."""
        pairs = zip(self.timings[ours].rounds, self.timings[theirs].rounds, strict=True)
        return statistics.median(a / b for a, b in pairs)

    def short(self, work):
        """The ratios of all our ways to do this work, for the table that sums up a run."""
        names = {ours: work if ours == OURS else f"{work}, {ours.removeprefix(OURS).strip()}" for ours in self.ours}
        peers = [who for who in self.timings if who not in self.ours]
        return {names[ours]: {who: self.ratio(ours, who) for who in peers} for ours in self.ours}


@dataclass
class Table:
    """The answer to a question: cases, or plain rows where it is not about times; and what must be said about them.

    `short` is its part of the table that sums up a whole run: {work: {peer: our time / theirs}}.
    """

    title: str
    cases: list = field(default_factory=list)
    columns: tuple = ()
    rows: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    short: dict = field(default_factory=dict)


def measure(name, candidates, budget=FULL, ours=(OURS,)):
    """Time the `candidates`, a dictionary of functions, or of (function, units of work in one call)."""
    work = {who: given if isinstance(given, tuple) else (given, 1) for who, given in candidates.items()}
    first, often = {}, {}
    for who, (function, _) in work.items():
        first[who] = _seconds(function, 1)
        function()
        often[who] = max(1, int(TURN / max(_seconds(function, 1), 1e-7)))
    rounds = {who: [] for who in work}
    spent, count = 0.0, 0
    while count < budget.least or (spent < budget.seconds * len(work) and count < budget.most):
        order = list(work)
        for who in order[count % len(order) :] + order[: count % len(order)]:
            function, units = work[who]
            time.sleep(PAUSE)
            if often[who] > 1:
                function()
            else:
                gc.collect()  # what the one before left in circles is not on this one's bill
            seconds = _seconds(function, often[who])
            rounds[who].append(seconds / often[who] / units)
            spent += seconds
        count += 1
    return Case(name, {who: Timing(rounds[who], first[who]) for who in work}, ours)


def _seconds(function, times):
    """How long so many calls take."""
    start = time.perf_counter()
    for _ in range(times):
        function()
    return time.perf_counter() - start
