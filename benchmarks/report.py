"""Tables of timings for the terminal, and the same as JSON."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from rich.console import Console
from rich.table import Table as RichTable

from .peers import PEERS, threads

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def duration(seconds):
    """A time with three digits and its unit."""
    scale, unit = next(((s, u) for s, u in UNITS if seconds >= s), UNITS[-1])
    return f"{seconds / scale:.3g} {unit}"


def show(table, console=None):
    """Print one table."""
    console = console or Console()
    drawn = RichTable(title=table.title, title_justify="left", header_style="bold")
    if table.cases:
        for column in ("case", "who", "median", "±", "ours / theirs", "first call"):
            drawn.add_column(column, justify="left" if column in ("case", "who") else "right")
        for case in table.cases:
            for number, (who, timing) in enumerate(case.timings.items()):
                ratios = [] if who in case.ours else [f"{case.ratio(ours, who):.3g}" for ours in case.ours]
                drawn.add_row(
                    case.name if not number else "", who, duration(timing.median), f"{timing.spread:.0%}",
                    " · ".join(ratios), duration(timing.first), end_section=number == len(case.timings) - 1,
                )  # fmt: skip
    else:
        for number, column in enumerate(table.columns):
            drawn.add_column(column, justify="right" if number else "left")
        for row in table.rows:
            drawn.add_row(*map(str, row))
    console.print(drawn)
    for note in table.notes:
        console.print(f"  {note}", highlight=False)
    console.print()


def sum_up(tables, peers=("PyTorch", "torch.compile", "JAX", "MyGrad", "micrograd", "NumPy", "matrix products")):
    """The ratios that matter most as one table in Markdown; of several ways of a peer the faster one counts."""
    short = {}
    for table in tables:
        for work, ratios in table.short.items():
            short.setdefault(work, {}).update(ratios)
    lines = [f"| our time / theirs | {' | '.join(peers)} |", "|---|" + "---:|" * len(peers)]
    for work, ratios in short.items():
        cells = []
        for peer in peers:
            found = [ratio for who, ratio in ratios.items() if who == peer or who.startswith(f"{peer} ")]
            cells.append(f"{max(found):.3g}" if found else "")
        lines.append(f"| {work} | {' | '.join(cells)} |")
    return "\n".join(lines)


def as_json(table):
    """One table as plain data."""
    return {
        "title": table.title,
        "notes": table.notes,
        "cases": [
            {
                "case": case.name,
                "ours": list(case.ours),
                "seconds": {
                    who: {"median": t.median, "spread": t.spread, "first": t.first, "rounds": len(t.rounds)}
                    for who, t in case.timings.items()
                },
                "ratios": {
                    ours: {who: case.ratio(ours, who) for who in case.timings if who not in case.ours}
                    for ours in case.ours
                },
            }
            for case in table.cases
        ],
        "columns": list(table.columns),
        "rows": [list(row) for row in table.rows],
    }


def machine():
    """What the figures were measured on."""
    versions = {}
    for name in ("numpy", "numba", *PEERS):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": threads(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": versions,
    }


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
