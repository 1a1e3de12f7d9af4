"""Why is there no gradient? The nearest cut between a Value and a loss, and the line where it was made."""

import sys
from dataclasses import dataclass

from autograd import Value, trace
from autograd.memory import members_of
from autograd.mode import here, mode
from autograd.recording import record
from autograd.text import label

from .names import caller_names


@dataclass(frozen=True)
class Answer:
    """Why `x` has no gradient: the `kind` of cut, what happened in words, the line (if it was watched), the remedy."""

    kind: str
    happened: str
    remedy: str
    line: str | None = None

    def __str__(self):
        where = f" ({self.line})" if self.line else ""
        return f"{self.happened}{where}. {self.remedy}"

    __repr__ = __str__


@dataclass(frozen=True)
class _Origin:
    value: Value
    op: str
    operands: tuple
    line: str
    recording: bool


class watch_cuts:
    """Context in which the origin of every result is remembered, so that `why_no_grad` can name lines.

    It keeps all that was computed alive until it is dropped itself: for looking into one step, not for training.

    with viz.watch_cuts() as cuts:
        loss = step()
    print(viz.why_no_grad(w, loss, cuts))
    """

    def __init__(self):
        self.origins = {}

    def __enter__(self):
        if here.tape is not None:
            raise RuntimeError("watch_cuts() cannot be used inside another recording (a compiled function)")
        here.tape = self
        mode.count(+1)
        return self

    def __exit__(self, *_):
        here.tape = None
        mode.count(-1)

    def record(self, op, operands, parameters):
        """Run the operation as always, and note where it came from."""
        here.tape = None
        try:
            value = record(op, operands, parameters)
        finally:
            here.tape = self
        made_of = tuple(x for x in operands if isinstance(x, Value))
        self.origins[id(value)] = _Origin(value, op.name, made_of, _line(), here.recording)
        return value

    def of(self, value):
        """Where `value` came from, or None."""
        return self.origins.get(id(value))


_OURS = {"autograd", "nn", "viz"}


def _line():
    """The user's line that is running: file:number."""
    frame = sys._getframe(2)
    while frame is not None and (frame.f_globals.get("__name__") or "").partition(".")[0] in _OURS:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""


def why_no_grad(x, loss, cuts=None, names=None):
    """Why does `x` get no gradient from `loss`? An `Answer`, in words.

    cuts    what `watch_cuts` saw; without it lines are not known, and cuts by no_grad() can only be guessed at
    """
    if not isinstance(x, Value):
        return Answer(
            "not a Value", f"x is a {type(x).__name__}, no Value", "Make it one: Value(x), before computing with it."
        )
    if not isinstance(loss, Value):
        return Answer(
            "not a Value", f"the loss is a {type(loss).__name__}: .item(), .data or numpy() has left the graph",
            "Keep the Value and call backward() on it.",
        )  # fmt: skip
    found = caller_names([x, loss], names)
    name = found.get(id(x)) or label(x)
    if not x.requires_grad:
        return _untracked(x, name, cuts)
    if not loss.requires_grad:
        return _constant_loss(loss, found.get(id(loss)) or label(loss), cuts)
    values = trace(loss).values
    if any(value is x for value in values):
        return _takes_part(x, name)
    return _cut(x, name, loss, values, cuts)


def _untracked(x, name, cuts):
    origin = cuts.of(x) if cuts else None
    if x.dtype.kind != "f":
        return Answer("integers", f"{name} holds {x.dtype}, and only floating-point numbers have gradients",
                      "Make it floating-point, for example with dtype=float32.")  # fmt: skip
    if origin is not None and not origin.recording:
        return Answer("no_grad", f"{name} was computed under no_grad()", "Compute it outside.", origin.line)
    if any(member.requires_grad for member in members_of(x) if member is not x):
        return Answer("detach", f"{name} is a detached twin of a tracked Value", "Leave .detach() (or .data) out.")
    return Answer("constant", f"{name} is a constant (requires_grad=False)",
                  "Pass requires_grad=True where it is made, or call requires_grad_().",
                  origin.line if origin else None)  # fmt: skip


def _constant_loss(loss, name, cuts):
    origin = cuts.of(loss) if cuts else None
    if origin is not None and not origin.recording:
        return Answer("no_grad", f"{name} was computed under no_grad()", "Compute it outside.", origin.line)
    return Answer("constant", f"{name} is a constant: nothing that it was computed from is tracked",
                  "It was computed under no_grad(), after detach(), or from constants only.",
                  origin.line if origin else None)  # fmt: skip


def _takes_part(x, name):
    if x.op is not None and not x.retains_grad:
        return Answer("result", f"{name} takes part, but only leaves keep their gradient, and {x.op.name} made it",
                      f"Call {name}.retain_grad() before backward().")  # fmt: skip
    if x.grad is None:
        return Answer("not yet", f"{name} takes part; backward() has not been run", "Call backward() on the loss.")
    return Answer("none", f"{name} takes part and has a gradient", "Nothing is missing.")


def _cut(x, name, loss, values, cuts):
    """`x` is tracked and the loss is too, but no way leads from one to the other."""
    for constant in _constants(values):
        twin = next((m for m in members_of(constant) if m.requires_grad and m is not constant and _leads(x, m)), None)
        if twin is not None:
            return Answer("detach", f"the way from {name} is cut by detach() (or .data), at {label(constant)}",
                          "Leave .detach() out.")  # fmt: skip
        origin = _cut_behind(constant, x, cuts) if cuts else None
        if origin is not None:
            kind = "no_grad" if not origin.recording else "no derivative"
            told = "under no_grad()" if kind == "no_grad" else f"by {origin.op}, which has no derivative"
            return Answer(kind, f"the way from {name} is cut: something it leads to was computed {told}",
                          "Compute it outside no_grad()." if kind == "no_grad" else "Use a differentiable operation.",
                          origin.line)  # fmt: skip
    return Answer("not part", f"{name} was not used to compute {label(loss)}, or NumPy was used on the way",
                  "Use Values and the operations of autograd all the way; viz.watch_cuts() names lines.")  # fmt: skip


def _constants(values):
    """Constant Values that the graph uses, the youngest first."""
    seen = {id(x): x for value in values for x in value.inputs if isinstance(x, Value) and not x.requires_grad}
    return sorted(seen.values(), key=lambda x: -x.index)


def _leads(x, value):
    """Whether `x` was used to compute `value`."""
    return any(v is x for v in trace(value).values)


def _cut_behind(constant, x, cuts):
    """The origin, behind an untracked constant, at which tracking of what came from `x` ended."""
    pending, seen = [constant], set()
    while pending:
        value = pending.pop()
        origin = cuts.of(value)
        if origin is None or id(value) in seen:
            continue
        seen.add(id(value))
        for operand in origin.operands:
            if operand is x or (operand.requires_grad and _leads(x, operand)):
                return origin
            pending.append(operand)
    return None
