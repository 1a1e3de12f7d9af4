"""What is written into a gate: its symbol, with plain constants folded in (`+1`, `1/x`), and what hovering tells."""

import re

import numpy as np

from autograd import Value
from autograd.arrays import shape_of
from autograd.operation import substitute
from autograd.value import parameters_of

from .numbers import short

_INFIX = re.compile(r"^(\w+) (\+|-|\*\*|\*|/|//|%) (\w+)$")
_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "/", "**": "**"}
_COMMUTE = {"+", "*"}
_LONGEST_DETAIL = 28
_EXACT = 9  # characters up to which a constant is written with all its digits


def is_folded(edge):
    """Whether a wire is not drawn, because its number stands in the gate: a constant scalar without a name."""
    x = edge.value
    constant = edge.source.kind == "constant" and shape_of(getattr(x, "_data", x)) == ()
    return constant and not (isinstance(x, Value) and x.name)


def commutes(op):
    """Whether the inputs of a gate may change places (a + b)."""
    infix = _INFIX.match(op.text)
    return bool(infix) and infix[2] in _COMMUTE


def gate_label(node, named=frozenset()):
    """Symbol of a gate and a second, smaller line (its parameters: an axis, a shape).

    named   ids of constants that have a name and are drawn as wires
    """
    folded = [is_folded(edge) and id(edge.value) not in named for edge in node.inputs]
    symbol = _with_constants(node, folded) if any(folded) else node.op.symbol
    return symbol, _parameters(node.value)


def _with_constants(node, folded):
    infix = _INFIX.match(node.op.text)
    numbers = [_constant(edge) if fold else None for edge, fold in zip(node.inputs, folded, strict=True)]
    if infix and len(numbers) == 2 and None in numbers:
        sign = infix[2]
        if numbers[0] is None:
            return f"{_SIGNS.get(sign, sign)}{_bracketed(numbers[1])}"
        if sign in _COMMUTE:
            return f"{_SIGNS[sign]}{_bracketed(numbers[0])}"
        return f"{numbers[0]}{_SIGNS.get(sign, sign)}x"
    names = node.op.inputs if len(node.op.inputs) == len(numbers) else ()
    if names and sum(number is None for number in numbers) == 1 and len(node.op.text) <= _LONGEST_DETAIL:
        return substitute(node.op.text, {n: "x" if number is None else number for n, number in zip(names, numbers)})
    return node.op.symbol


def _constant(edge):
    x = getattr(edge.value, "_data", edge.value)
    if not isinstance(x, bool) and float(x).is_integer() and abs(x) < 1e6:
        return str(int(x)).replace("-", "−")  # `+1`, as it is written, also for 1.0
    exact = repr(float(x))
    return short(x, 8) if len(exact) <= _EXACT else short(x)


def _bracketed(number):
    return f"({number})" if number.startswith("−") else number


def _parameters(value):
    """Parameters that differ from their defaults, where they can be said in a few words."""
    told = []
    for name, x in parameters_of(value).items():
        text = _parameter(x)
        if not text or x is False or text == _parameter(value.op.parameters.get(name)):
            continue
        if name == "index":
            text = text.strip("()")
        told.append(text if isinstance(x, str) or name == "index" else f"{name}={text}")
    text = ", ".join(told)
    return text if len(text) <= _LONGEST_DETAIL else text[: _LONGEST_DETAIL - 1] + "…"


def _parameter(x):
    """A parameter in a word: a number, a shape, an index, a dtype; nothing for arrays and the like."""
    if isinstance(x, (bool, int, float, str, np.dtype)):
        return short(x) if isinstance(x, float) else str(x)
    if isinstance(x, slice):
        parts = (x.start, x.stop) if x.step is None else (x.start, x.stop, x.step)
        return ":".join("" if part is None else str(part) for part in parts)
    if x is Ellipsis:
        return "..."
    if isinstance(x, (tuple, list)):
        parts = [_parameter(part) for part in x]
        return f"({', '.join(parts)})" if all(parts) else ""
    return ""


def gate_hover(node, names):
    """The gate's formula over names and its derivatives, for hovering."""
    op = node.op
    inputs = op.inputs if not op.variadic else tuple(f"x{i}" for i in range(len(node.inputs)))
    given = {slot: names[edge.source.id] for slot, edge in zip(inputs, node.inputs, strict=False)}
    given["y"] = names[node.id]
    lines = [f"{names[node.id]} = {substitute(op.text, given)}"]
    for edge, slope in zip(node.inputs, op.slopes, strict=False):
        if edge.source.kind != "constant":
            wire = f"∂{names[node.id]}/∂{names[edge.source.id]}"
            lines.append(
                f"{wire} = {substitute(slope, given)}" if op.pointwise else f"{wire}: {substitute(slope, given)}"
            )
    if op.name != op.symbol:
        lines.append(f"({op.name})")
    return "\n".join(lines)
