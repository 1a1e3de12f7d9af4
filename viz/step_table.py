"""The walk as a table: every forward and backward step with its formula, its numbers and its result.

∂f/∂v7     ∂f/∂f × (-1 / v7²)     1.0 × (-0.534447)     -0.534447
"""

import re
from dataclasses import dataclass
from html import escape
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograd import trace, walk
from autograd.arrays import Absent, shape_of
from autograd.operation import substitute
from autograd.value import Value

from .errors import DrawingError
from .names import caller_names
from .numbers import WRITTEN_OUT, told
from .verdicts import leaves_pay, verdict_of
from .words import words_of

HEAD, TAIL = 24, 12  # lines of a long pass that are shown
MOST_STEPS = 100_000
_UPSTREAM = re.compile(r"(?<![\w.])g(?![A-Za-z0-9_])")
_COMPOUND = re.compile(r" (?:[-+/]|if) |^-")


@dataclass(frozen=True)
class Row:
    """One line: name = formula = numbers = result; `note` says what else is to be known of it.

    phase   "forward", "backward" or "leaves" (there `formula` is the leaf's value and `numbers` names its gradient)
    """

    phase: str
    name: str
    formula: str = ""
    numbers: str = ""
    result: str = ""
    note: str = ""


class Steps:
    """The steps of a graph as a table. It prints itself; `rows` has its lines, `walk` the steps themselves."""

    def __init__(self, walked, rows):
        self.walk, self.rows = walked, rows

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(self.rows)

    def __str__(self):
        return _plain(self)

    __repr__ = __str__

    def __rich_console__(self, console, options):
        for phase, title in _TITLES.items():
            yield Text(title.format(root=_root_name(self.walk)), style="bold")
            yield _rich_table([row for row in self.rows if row.phase == phase], phase)
            yield ""

    def _repr_html_(self):
        return _html(self)


_TITLES = {
    "forward": "Forward: from the leaves to {root}",
    "backward": "Backward: upstream × local = downstream",
    "leaves": "Gradients at the leaves",
}


def steps(value, gradient=None, names=None, every=False):
    """The forward and backward steps behind `value` as a table (`Steps`); no `.grad` changes.

    gradient   upstream gradient of the root; needed unless it has one entry
    names      {name: Value}; default: the variables of the calling code; False: none
    every      also show the middle of a long pass

    Each leaf of a small graph is checked: it is moved a little, and the root computed anew.

    Raises GradientError for a Value without a graph, DrawingError for a graph of more than 100,000 operations.
    """
    graph = trace(value)
    if len(graph) > MOST_STEPS:
        raise DrawingError(f"{len(graph):,} operations are too many to list; viz.draw() folds what repeats")
    walked = walk(
        value, gradient, caller_names([node.value for node in graph.nodes if isinstance(node.value, Value)], names)
    )
    return Steps(walked, table_rows(walked, every))


def show_steps(value, gradient=None, names=None, every=False):
    """Print the steps behind `value`: in colours on a terminal, as plain text elsewhere. Arguments as in `steps`."""
    print_steps(steps(value, gradient, names, every))


def print_steps(table):
    """Print a table of steps."""
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(table)
    else:
        print(str(table))


# -- rows -----------------------------------------------------------------------------------------------------------


def table_rows(walked, every=False):
    """The rows of a walk; the middle of a long pass is left out unless `every`."""
    forward = [_forward(step) for step in walked.forward]
    backward = [_backward(step, walked) for step in walked.backward if step.kind != "leaf"]
    check = leaves_pay(walked)
    leaves = [_leaf(step, walked, check) for step in walked.backward if step.kind == "leaf"]
    leaves.sort(key=lambda pair: pair[0])
    parts = [forward, backward, [row for _, row in leaves]]
    return [row for part in parts for row in (part if every else _shortened(part))]


def _shortened(rows):
    left_out = len(rows) - HEAD - TAIL
    if left_out <= 1:
        return rows
    note = f"{left_out:,} more steps; every=True (--all) shows them"
    return [*rows[:HEAD], Row(rows[0].phase, "…", note=note), *rows[-TAIL:]]


def _forward(step):
    if step.kind == "input":
        return Row("forward", step.name, result=told(step.result))
    return Row("forward", step.name, step.formula, _in_numbers(step), told(step.result))


def _in_numbers(step):
    """The formula in numbers; in shapes if an input is too large to be written."""
    data = [edge.value.data if isinstance(edge.value, Value) else edge.value for edge in step.node.inputs]
    op = step.node.op
    if op.variadic or all(shape_of(x) == () or (not isinstance(x, Absent) and x.size <= WRITTEN_OUT) for x in data):
        return step.numbers
    return substitute(op.text, {slot: told(x, summary=False) for slot, x in zip(op.inputs, data, strict=False)})


def _backward(step, walked):
    of = f"∂{_root_name(walked)}/∂"
    target = of + walked.names[step.target.id]
    if step.kind == "start":
        return Row("backward", target, "", "", told(step.result), "start")
    if step.kind == "copy":
        parts = " + ".join(_bracketed(told(part), first=i == 0) for i, part in enumerate(step.arrived))
        return Row("backward", target, f"sum of {step.expected}", parts, told(step.result), "copy adds")
    upstream = of + walked.names[step.node.id]
    slope = step.formula.partition(" = ")[0]
    if step.local is not None:
        formula = f"{upstream} × {f'({slope})' if _COMPOUND.search(slope) else slope}"
        numbers = f"{told(step.upstream, summary=False)} × {_bracketed(told(step.local, summary=False))}"
    else:
        formula, numbers = _UPSTREAM.sub(upstream, slope), ""
    notes = []
    if step.expected > 1:
        notes.append(f"{len(step.arrived)} of {step.expected}")
    if step.axes:
        notes.append(f"summed over {'axis' if len(step.axes) == 1 else 'axes'} {', '.join(map(str, step.axes))}")
    return Row("backward", target, formula, numbers, told(step.result), ", ".join(notes))


def _leaf(step, walked, check):
    name = walked.names[step.node.id]
    grad = step.node.value.grad
    other = grad is not None and told(grad.data) != told(step.result)
    notes = [f".grad holds {told(grad.data)}"] if other else []
    notes += filter(None, [verdict_of(step, walked, words_of("en"), _root_name(walked)) if check else ""])
    value, gradient = told(step.node.value.data), f"∂{_root_name(walked)}/∂{name}"
    return step.node.id, Row("leaves", name, value, gradient, told(step.result), ", ".join(notes))


def _root_name(walked):
    root = walked.graph.roots[0]
    return next(walked.names[node.id] for node in reversed(walked.graph.nodes) if node.value is root)


def _bracketed(text, first=False):
    return f"({text})" if text.startswith("-") and not first else text


# -- the table as text ----------------------------------------------------------------------------------------------

_SIGNS = {"forward": "===", "backward": "===", "leaves": "= ="}
_STYLES = {"forward": "green", "backward": "red", "leaves": "red"}


def _rich_table(rows, phase):
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    styles = ("", "", "dim", "", _STYLES[phase], "dim")
    for style, justify in zip(styles, ("left", "left", "left", "left", "right", "left"), strict=True):
        table.add_column(style=style, justify=justify, overflow="fold")
    for row in rows:
        first, second, third = _SIGNS[phase]
        formula = f"{first} {row.formula}" if row.formula else ""
        numbers = f"{second} {row.numbers}" if row.numbers else ""
        cells = (f"  {row.name}", formula, numbers, third if row.result else "", row.result, row.note)
        table.add_row(*map(Text, cells))
    return table


def _plain(table):
    """Text without colours, as wide as it needs to be."""
    console = Console(file=StringIO(), width=10_000, color_system=None, highlight=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()).rstrip() + "\n"


def _html(table):
    lines = []
    for phase, title in _TITLES.items():
        lines.append(
            f'<tr><th colspan="5" style="text-align:left">{escape(title.format(root=_root_name(table.walk)))}</th></tr>'
        )
        for row in table.rows:
            if row.phase == phase:
                cells = (row.name, row.formula, row.numbers, row.result, row.note)
                lines.append(
                    "<tr>" + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in cells) + "</tr>"
                )
    return f'<table class="gradwalk-steps">{"".join(lines)}</table>'
