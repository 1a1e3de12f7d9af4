"""Einstein's summation: products of any arrays, summed over labelled axes.

"ij,jk->ik" is a matrix product, "ii" a trace, "...i,...i->..." the dot products of a batch.
"""

import string

import numpy as np

from ..errors import ShapeError
from ..operation import EachInput, operation
from .matrices import diagonal
from .shapes import broadcast_to, reshape

_DIRECT_UP_TO = 10_000  # entries: below, looking for a better order of products takes longer than it saves


def _contract(*xs, equation):
    large = len(xs) > 2 or sum(np.size(x) for x in xs) > _DIRECT_UP_TO
    result = np.einsum(equation, *xs, optimize=large and len(xs) > 1)
    return np.array(result) if len(xs) == 1 else result  # of a single input NumPy gives a view


def _contract_rule(position, g, y, *xs, equation):
    """The same sum with g in the place of the input; axes that stood in this input alone get g along all their length."""
    left, _, out = equation.partition("->")
    terms = left.split(",")
    wanted, shape = terms[position], np.shape(xs[position])
    others = [(term, x) for i, (term, x) in enumerate(zip(terms, xs, strict=True)) if i != position]
    known = set(out).union(*(term for term, _ in others))
    kept = "".join(label for label in wanted if label in known)
    equation = ",".join([out, *(term for term, _ in others)]) + "->" + kept
    part = contraction([g, *(x for _, x in others)], equation=equation)
    lengths = dict(zip(kept, np.shape(part), strict=True))
    part = reshape(part, shape=tuple(lengths.get(label, 1) for label in wanted))
    return broadcast_to(part, shape=np.broadcast_shapes(np.shape(part), shape))


contraction = operation(
    "einsum", _contract, EachInput(_contract_rule),
    symbol="Σ∏", text="einsum(xs)", latex=r"\sum \prod_i X_i", slopes=("the same sum with g in place of x",),
    derivatives=(r"\sum \bar y \prod_{j \ne i} X_j",), shape="(...)->(...)", family="linear", variadic=True,
)  # fmt: skip


def einsum(equation, *operands):
    """Sum of products over labelled axes: einsum("ij,jk->ik", a, b), or einsum(a, [0, 1], b, [1, 2], [0, 2]).

    A label in several inputs ties their axes together (length 1 broadcasts); one that is missing from the result is summed
    over; one that stands twice in an input takes its diagonal. "..." stands for any further axes. Without "->" the result
    has the labels that stand once, in alphabetical order.

    Raises ShapeError where equation and shapes do not fit.
    """
    if not isinstance(equation, str):
        equation, operands = _spelled((equation, *operands))
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    terms, out = _terms(equation, [np.ndim(x) for x in operands])
    pairs = [_without_repeats(term, x) for term, x in zip(terms, operands, strict=True)]
    return contraction([x for _, x in pairs], equation=",".join(term for term, _ in pairs) + "->" + out)


def _spelled(arguments):
    """PyTorch's form with lists of numbers, as an equation in letters."""
    operands, lists = arguments[0::2], list(arguments[1::2])
    out = None
    if len(arguments) % 2:
        *operands, out = operands
    terms = [_letters(numbers) for numbers in lists]
    return ",".join(terms) + ("" if out is None else "->" + _letters(out)), tuple(operands)


def _letters(numbers):
    return "".join("..." if n is Ellipsis else string.ascii_letters[n] for n in numbers)


def _terms(equation, ndims):
    """One string of letters for each input and one for the result, with the ellipsis written out."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise ShapeError(f"einsum: {equation!r} speaks of {len(terms)} inputs, {len(ndims)} are given")
    for term in [*terms, right]:
        if not set(term.replace("...", "", 1)) <= set(string.ascii_letters):
            raise ShapeError(f"einsum: {term!r} in {equation!r}: labels are letters, with at most one '...'")
    spare = [letter for letter in reversed(string.ascii_letters) if letter not in equation]
    further = [ndim - len(term.replace("...", "")) for term, ndim in zip(terms, ndims, strict=True)]
    for term, ndim, rest in zip(terms, ndims, further, strict=True):
        if rest < 0 or (rest and "..." not in term):
            raise ShapeError(f"einsum: {term!r} in {equation!r} does not fit an input with {ndim} axes")
    dots = "".join(spare[: max(further, default=0)])
    full = [term.replace("...", dots[len(dots) - rest :]) for term, rest in zip(terms, further, strict=True)]
    if not arrow:
        once = [label for label in sorted("".join(terms).replace(".", "")) if left.count(label) == 1]
        return full, dots + "".join(once)
    out = right.replace("...", dots)
    unknown = set(out) - set("".join(full))
    if unknown:
        raise ShapeError(f"einsum: {equation!r}: the label {min(unknown)!r} of the result is in no input")
    if len(set(out)) != len(out):
        raise ShapeError(f"einsum: {equation!r}: a label stands twice in the result")
    return full, out


def _without_repeats(term, x):
    """An input and its labels with each label once: where one stands twice, the diagonal of its axes."""
    while len(set(term)) != len(term):
        label = next(label for label in term if term.count(label) > 1)
        first = term.index(label)
        second = term.index(label, first + 1)
        if np.shape(x)[first] != np.shape(x)[second]:
            raise ShapeError(f"einsum: axes of lengths {np.shape(x)[first]} and {np.shape(x)[second]} share {label!r}")
        x = diagonal(x, 0, first, second)
        term = term[:first] + term[first + 1 : second] + term[second + 1 :] + label
    return term, x
