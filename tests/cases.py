"""Inputs to try a row on: drawn from its shapes, domains, kinks and parameters."""

import inspect

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from row_examples import ELEMENTWISE, EXAMPLES

# Numbers away from 0, from whole numbers, from each other, and from the poles of common functions.
GENERIC = (0.37, -0.61, 1.23, -1.81, 2.19, -2.58, 0.83, -0.28, 1.36, -1.12, 0.55, 2.83, -0.44, 0.72, -2.31, 1.91,
           -0.89, 0.23, 2.41, -1.37, 0.64, -2.72, 1.12, -0.77)  # fmt: skip
SPECIAL = (0.0, 0.0, 0.0, 1.0, -1.0, 0.5, 2.0)
EXTREMES = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-300, 5e-324, -1e300, 1e300, 709.9, -745.2, np.inf, -np.inf, np.nan)
MOODS = ("generic", "special", "tied")
LAYOUTS = ("plain", "strided", "reversed", "fortran")


class Case:
    """A row with operands: drawn ones are float64 arrays, a fixed one is an array that has no gradient."""

    def __init__(self, op, operands, fixed, parameters, seed=0):
        self.op, self.operands, self.fixed, self.parameters, self.seed = op, operands, fixed, parameters, seed

    def __repr__(self):
        operands = ", ".join(np.array2string(np.asarray(x)).replace("\n", "") for x in self.operands)
        return f"{self.op.name}({operands}; {', '.join(f'{k}={v!r}' for k, v in self.parameters.items())})"

    @property
    def drawn(self):
        """The operands that have gradients."""
        return [x for x, fixed in zip(self.operands, self.fixed, strict=True) if not fixed]

    def run(self, drawn):
        """The row with other numbers in place of the drawn operands."""
        rest = iter(drawn)
        operands = [x if fixed else next(rest) for x, fixed in zip(self.operands, self.fixed, strict=True)]
        return self.op(operands, **self.parameters) if self.op.variadic else self.op(*operands, **self.parameters)

    def direction(self, shape, salt):
        """An arbitrary array without numbers near 0, the same each time for this case."""
        count = np.arange(1.0, np.prod(shape) + 1.0)
        waves = np.sin(count * (1.7 + 0.61 * salt) + self.seed)
        return np.reshape(np.copysign(0.5 + np.abs(waves), waves), shape)


def examples_of(op):
    """Shapes and parameters to try a row with."""
    if op.name in EXAMPLES:
        return EXAMPLES[op.name]
    if op.pointwise and not op.variadic and inspect.Parameter.empty not in op.parameters.values():
        return [(shapes, {}) for shapes in ELEMENTWISE[len(op.inputs)]]
    raise AssertionError(
        f"the row {op.name!r} has no example to be tested with: add to EXAMPLES in tests/row_examples.py a list of "
        "([shape of each input], {parameters})"
    )


def numbers_for(domain, kinks=()):
    """Numbers to draw an input from, inside its domain and away from its kinks: ordinary ones and special ones."""
    low, high = domain.low, domain.high
    numbers = [x for x in GENERIC if low + 0.1 < x < high - 0.1]
    if np.isfinite(low) and np.isfinite(high):
        numbers += [low + (high - low) * (0.1 + i / 29) for i in range(24)]
    elif np.isfinite(low):
        numbers += [low + 0.1 + abs(x) for x in GENERIC]
    elif np.isfinite(high):
        numbers += [high - 0.1 - abs(x) for x in GENERIC]
    away = lambda x: all(abs(x - kink) > 0.05 for kink in kinks)
    return list(filter(away, numbers)), [x for x in SPECIAL if low + 0.1 < x < high - 0.1 and away(x)]


def draw_numbers(op, sizes, mood, random, avoid):
    """Numbers for operands of these sizes, at which the row is smooth if kinks are to be avoided.

    mood: "generic", "special" (half of them zeros and small whole numbers), "tied" (two numbers only). To avoid a kink
    that the row describes in words, all entries are generic and differ from each other.
    """
    kinks = [kink.at for kink in op.kinks if not isinstance(kink.at, str)] if avoid else []
    described = avoid and len(kinks) < len(op.kinks)
    order = list(random.permutation(len(GENERIC)))
    for position, size in enumerate(sizes):
        ordinary, special = numbers_for(op.domain[min(position, len(op.domain) - 1)], kinks)
        if described:
            yield [ordinary[order.pop() % len(ordinary)] for _ in range(size)]
        elif mood == "special" and special:
            yield np.where(random.random(size) < 0.5, random.choice(special, size), random.choice(ordinary, size))
        elif mood == "tied":
            yield random.choice([ordinary[0], ordinary[3]], size)
        else:
            yield random.choice(ordinary, size)


def lay(array, layout):
    """The same numbers in another layout in memory."""
    if layout == "plain" or not array.ndim:
        return array
    if layout == "fortran":
        return np.asfortranarray(array)
    if layout == "reversed":
        return np.flip(np.flip(array).copy())
    wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), np.nan)
    wide[..., ::2] = array
    return wide[..., ::2]


def make_case(op, example, mood, layout, seed, avoid=True):
    """A case from an entry of the examples, away from kinks if they are to be avoided, or None at a pole."""
    shapes, parameters = example
    fixed = [isinstance(shape, np.ndarray) for shape in shapes]
    sizes = [0 if constant else int(np.prod(shape)) for shape, constant in zip(shapes, fixed, strict=True)]
    entries = draw_numbers(op, sizes, mood, np.random.default_rng(seed), avoid)
    operands = [
        shape if constant else lay(np.reshape(np.array(numbers, np.float64), shape), layout)
        for shape, constant, numbers in zip(shapes, fixed, entries, strict=True)
    ]
    case = Case(op, operands, fixed, parameters, seed)
    return case if np.all(np.isfinite(np.asarray(case.run(case.drawn)))) else None


@st.composite
def drawn_cases(draw, op, kinks=False):
    """A row at a smooth point, with zeros and ties wherever the row states no kink there; or anywhere, if `kinks`."""
    how = draw(st.sampled_from(MOODS)), draw(st.sampled_from(LAYOUTS)), draw(st.integers(0, 9999))
    case = make_case(op, draw(st.sampled_from(examples_of(op))), *how, avoid=not kinks)
    assume(case is not None)
    return case


def every_case(op):
    """Each example of the row in each mood, the same every time."""
    for i, example in enumerate(examples_of(op)):
        for j, mood in enumerate((*MOODS, "special")):
            case = make_case(op, example, mood, LAYOUTS[(i + j) % len(LAYOUTS)], seed=j)
            if case is not None:
                yield case
