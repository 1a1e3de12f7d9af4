"""Operations for which programs have no instruction of their own, said in those for which they have one.

A fused row is its composite. The few others stand here, by name; these are forwards only, gradients come from the rows.
"""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..arrays import broadcast_axes, dtype_of
from ..errors import CompileError
from ..memory import NO_PARAMETERS
from ..operation import TABLE
from ..ops.trigonometric import bessel_recurrence, bessel_series, sine_of_half_turns
from .fused import FORWARD
from .tape import Tape
from .vocabulary import PLAIN, REDUCTIONS, RUNNINGS, WITH_PARAMETERS


class Expansion(Tape):
    """A tape that takes down only what there are instructions for. `new`: what became of each cell, by its number."""

    def __init__(self, cells):
        super().__init__()
        if all(cell.op is None or (cell.op.name in PLAIN and not cell.parameters) for cell in cells):
            self.cells, self.new = cells, cells
            return
        self.new = {}
        with self:
            for cell in cells:
                self.new[cell.number] = self._again(cell)

    def _again(self, cell):
        if cell.op is None:
            copy = self.add(cell.kind, cell.data, tracked=cell.tracked, value=cell.value)
        elif has_instruction(cell.op.name, cell.parameters):
            inputs = tuple(self.new[x.number] for x in cell.inputs)
            copy = self.add("gate", cell.data, op=cell.op, inputs=inputs, parameters=cell.parameters)
        else:
            operands = [self._operand(self.new[x.number]) for x in cell.inputs]
            first = len(self.cells)
            copy = self.cell_of(expanded(cell.op, operands, cell.parameters))
            if cell.dtype == np.float32:
                _narrow(self.cells[first:])
            if copy.shape != cell.shape:
                raise CompileError(f"{cell.op.name} of shape {cell.shape} became {copy.shape} as a program")
        copy.shape, copy.dtype, copy.data = cell.shape, cell.dtype, cell.data
        return copy

    def _operand(self, cell):
        plain = cell.kind == "constant" and cell.value is None
        return cell.data if plain else self.traced(cell)

    def record(self, op, operands, parameters=NO_PARAMETERS):
        """Take an operation down, or what it consists of."""
        if has_instruction(op.name, parameters):
            return super().record(op, operands, parameters)
        return expanded(op, operands, parameters)


def _narrow(cells):
    """Plain numbers chosen among are float64 for NumPy; what a float32 operation consists of is so on purpose only."""
    for cell in cells:
        on_purpose = cell.op is not None and (cell.op.name == "to" or any(map(_is_wide, cell.inputs)))
        if cell.dtype == np.float64 and not on_purpose:
            cell.dtype = np.dtype(np.float32)


def _is_wide(cell):
    return cell.dtype == np.float64 and cell.data.__class__ is not float


def has_instruction(name, parameters):
    """Whether a machine has an instruction for the row, called with these parameters."""
    if name in WITH_PARAMETERS:
        return (name not in REDUCTIONS and name not in RUNNINGS) or parameters.get("dtype") is None
    return name in PLAIN and all(given is None for given in parameters.values())


def expanded(op, operands, parameters):
    """The operation in simpler ones."""
    simpler = FORWARD.get(op.name) or EXPANSIONS.get(op.name) or op.composite
    if simpler is None:
        given = f" with {', '.join(f'{k}={v!r}' for k, v in parameters.items())}" if op.name in PLAIN else ""
        raise CompileError(
            f"programs have no instruction for {op.name}{given}: leave it outside the compiled function, or pass "
            "fallback=True to run the function uncompiled"
        )
    return simpler(*operands, **parameters)


def _row(name):
    """A row of the table as a function, looked up when it is called."""
    return lambda *operands, **parameters: TABLE[name](*operands, **parameters)


add, sub, mul, div, square, sqrt, where, maximum, minimum = map(
    _row, ["add", "sub", "mul", "div", "square", "sqrt", "where", "maximum", "minimum"]
)
amax, amin, total, reshape, matmul, log1p, expm1, exp = map(
    _row, ["amax", "amin", "sum", "reshape", "matmul", "log1p", "expm1", "exp"]
)
absolute, ne, lt, le, ge, eq = map(_row, ["abs", "ne", "lt", "le", "ge", "eq"])
logical_and, logical_or = map(_row, ("logical_and", "logical_or"))


def _axes(x, dim):
    shape = np.shape(x)
    if not shape:
        return ()
    return (
        tuple(range(len(shape)))
        if dim is None
        else normalize_axis_tuple(tuple(dim) if isinstance(dim, list) else dim, len(shape))
    )


def _count(x, dim):
    return math.prod(np.shape(x)[axis] for axis in _axes(x, dim))


def _mean(x, *, dim=None, keepdim=False, dtype=None):
    return div(total(x, dim=dim, keepdim=keepdim), float(_count(x, dim)))


def _sum_to(x, *, shape):
    axes = broadcast_axes(shape, np.shape(x))
    return reshape(total(x, dim=axes, keepdim=True), shape=shape) if axes else reshape(x, shape=shape)


def _var(x, *, dim=None, unbiased=None, keepdim=False, correction=1):
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    correction = correction if unbiased is None else int(unbiased)
    deviation = sub(x, _mean(x, dim=dim, keepdim=True))
    return div(total(square(deviation), dim=dim, keepdim=keepdim), float(max(_count(x, dim) - correction, 0)))


def _clamp(x, *, min=None, max=None):
    x = x if min is None else where(lt(x, min), min, x)
    return x if max is None else where(TABLE["gt"](x, max), max, x)


def _norm(x, *, p=2.0, dim=None, keepdim=False):
    p = 2.0 if p in ("fro", None) else p
    size, axes = absolute(x), _axes(x, dim)
    if p == math.inf:
        return amax(size, dim=dim, keepdim=keepdim)
    if p == -math.inf:
        return amin(size, dim=dim, keepdim=keepdim)
    if p == 0.0:
        return total(ne(size, 0.0), dim=dim, keepdim=keepdim)
    if p == 1.0:
        return total(size, dim=dim, keepdim=keepdim)
    largest = amax(size, dim=dim, keepdim=True)
    unit = where(logical_and(TABLE["gt"](largest, 0.0), lt(largest, math.inf)), largest, 1.0)
    ratio = div(size, unit)
    powers = square(ratio) if p == 2.0 else TABLE["pow"](ratio, p)
    result = total(powers, dim=dim, keepdim=True)
    result = mul(sqrt(result) if p == 2.0 else TABLE["pow"](result, 1.0 / p), unit)
    if keepdim:
        return result
    return reshape(result, shape=tuple(n for axis, n in enumerate(np.shape(x)) if axis not in axes))


def _logaddexp(a, b):
    larger = maximum(a, b)
    distance = absolute(sub(a, b))
    return add(larger, where(distance == distance, log1p(exp(TABLE["neg"](distance))), 0.0))


def _step(x, *, threshold=0.0):
    return where(lt(x, threshold), 0.0, where(ge(x, threshold), 1.0, x))


def _cumulated(name):
    def converted(x, *, dim=None, reverse=False, dtype=None):
        return TABLE[name](TABLE["to"](x, dtype=dtype), dim=dim, reverse=reverse)

    return converted


def _logaddexp2(a, b):
    distance = absolute(sub(a, b))
    more = mul(log1p(TABLE["exp2"](TABLE["neg"](distance))), 1.0 / math.log(2.0))
    return add(maximum(a, b), where(eq(distance, distance), more, 0.0))


def _bitwise(name):
    """Of truth values: for integers programs have no bits."""

    def forward(*operands):
        if any(dtype_of(getattr(x, "_data", x)).kind != "b" for x in operands):
            raise CompileError(f"programs have no instruction for bitwise_{name} of integers, only of truth values")
        return TABLE[f"logical_{name}"](*operands)

    return forward


def _einsum(*operands, equation):
    """Pair after pair, from the left."""
    left, _, out = equation.partition("->")
    terms = left.split(",")
    labels, x = terms[0], operands[0]
    for number, (term, other) in enumerate(zip(terms[1:], operands[1:], strict=True), 2):
        later = set(out).union(*terms[number:])
        labels, x = _contracted(labels, x, term, other, later)
    labels, x = _summed(labels, x, set(out))
    x = (
        TABLE["permute"](x, dims=tuple(labels.index(label) for label in out if label in labels))
        if len(labels) > 1
        else x
    )
    return x


def _summed(labels, x, kept):
    """`x` summed over the axes whose labels nobody needs."""
    axes = tuple(axis for axis, label in enumerate(labels) if label not in kept)
    return "".join(label for label in labels if label in kept), total(x, dim=axes) if axes else x


def _contracted(left, x, right, y, kept):
    left, x = _summed(left, x, kept | set(right))
    right, y = _summed(right, y, kept | set(left))
    sizes = dict(zip(left, np.shape(x), strict=True))
    uneven = any(sizes.get(label, size) != size for label, size in zip(right, np.shape(y), strict=True))
    both = [label for label in left if label in right]
    if uneven or not any(label not in kept for label in both):
        labels = left + "".join(label for label in right if label not in left)
        spread = [
            reshape(
                _ordered(z, own, labels),
                shape=tuple(dict(zip(own, np.shape(z), strict=True)).get(n, 1) for n in labels),
            )
            for z, own in ((x, left), (y, right))
        ]
        return _summed(labels, mul(*spread), kept)
    batch, inner = [n for n in both if n in kept], [n for n in both if n not in kept]
    own, other = [n for n in left if n not in right], [n for n in right if n not in left]
    a = _grouped(x, left, (batch, own, inner))
    b = _grouped(y, right, (batch, inner, other))
    sizes |= dict(zip(right, np.shape(y), strict=True))
    labels = "".join([*batch, *own, *other])
    return labels, reshape(matmul(a, b), shape=tuple(sizes[label] for label in labels))


def _ordered(x, labels, order):
    """`x` with its axes in the order in which `order` has their labels."""
    dims = tuple(labels.index(label) for label in order if label in labels)
    return TABLE["permute"](x, dims=dims) if len(dims) > 1 else x


def _grouped(x, labels, groups):
    """`x` with each group of axes as one."""
    x = _ordered(x, labels, [label for group in groups for label in group])
    sizes, shape = iter(np.shape(x)), []
    for group in groups:
        shape.append(math.prod(next(sizes) for _ in group))
    return reshape(x, shape=tuple(shape))


def _isclose(a, b, *, rtol=1e-5, atol=1e-8, equal_nan=False):
    near = le(absolute(sub(a, b)), add(atol, mul(rtol, absolute(b))))
    near = logical_or(logical_and(near, TABLE["isfinite"](b)), eq(a, b))
    return logical_or(near, logical_and(ne(a, a), ne(b, b))) if equal_nan else near


def _lerp(input, end, weight):
    distance = sub(end, input)
    return where(lt(weight, 0.5), add(input, mul(weight, distance)), sub(end, mul(distance, sub(1.0, weight))))


def _sinc(x):
    """As the row, in float64."""
    wide = _widened(x)
    nought, whole = eq(wide, 0.0), TABLE["round"](wide)
    sine = mul(sine_of_half_turns(sub(wide, whole)), sub(1.0, mul(2.0, TABLE["remainder"](whole, 2.0))))
    return _narrowed(where(nought, 1.0, div(sine, where(nought, 1.0, wide))), x)


def _widened(x):
    return TABLE["to"](x, dtype=np.dtype(np.float64))


def _narrowed(y, like):
    return TABLE["to"](y, dtype=dtype_of(getattr(like, "_data", like)))


def _erfinv(y):
    """As the row: a first guess, then three steps of Halley's method, in float64."""
    wide = _widened(y)
    size = absolute(wide)
    rest = sub(1.0, size)
    log = TABLE["log"](mul(rest, add(1.0, size)))
    half = add(2.0 / (math.pi * 0.147), mul(0.5, log))
    x = sqrt(sub(sqrt(sub(square(half), div(log, 0.147))), half))
    for _ in range(3):
        miss = where(lt(size, 0.5), sub(TABLE["erf"](x), size), sub(rest, TABLE["erfc"](x)))
        miss = div(miss, mul(2.0 / math.sqrt(math.pi), exp(TABLE["neg"](square(x)))))
        x = sub(x, div(miss, add(1.0, mul(x, miss))))
    x = where(eq(size, 1.0), math.inf, x)
    return _narrowed(where(lt(wide, 0.0), TABLE["neg"](x), x), y)


def _spherical_bessel(x, *, order):
    near = lt(absolute(x), order + 0.5)
    inner, outer = where(near, x, 0.0), where(near, 1.0, x)
    return where(near, bessel_series(inner, order), bessel_recurrence(outer, order))


EXPANSIONS = {
    "mean": _mean,
    "var": _var,
    "std": lambda x, **options: sqrt(_var(x, **options)),
    "norm": _norm,
    "sum_to": _sum_to,
    "sum": lambda x, *, dim=None, keepdim=False, dtype=None: total(
        TABLE["to"](x, dtype=dtype), dim=dim, keepdim=keepdim
    ),
    "cumsum": _cumulated("cumsum"),
    "cumprod": _cumulated("cumprod"),
    "any": lambda x, *, dim=None, keepdim=False: ne(total(ne(x, 0.0), dim=dim, keepdim=keepdim), 0.0),
    "all": lambda x, *, dim=None, keepdim=False: eq(total(eq(x, 0.0), dim=dim, keepdim=keepdim), 0.0),
    "count_nonzero": lambda x, *, dim=None, keepdim=False: total(ne(x, 0.0), dim=dim, keepdim=keepdim),
    "einsum": _einsum,
    "bitwise_and": _bitwise("and"),
    "bitwise_or": _bitwise("or"),
    "bitwise_xor": _bitwise("xor"),
    "bitwise_not": _bitwise("not"),
    "trace": lambda x: total(TABLE["diagonal"](x)),
    "clone": lambda x: TABLE["positive"](x),
    "clamp": _clamp,
    "lerp": _lerp,
    "sinc": _sinc,
    "erfinv": _erfinv,
    "spherical_bessel": _spherical_bessel,
    "logaddexp": _logaddexp,
    "logaddexp2": _logaddexp2,
    "logit": lambda x: TABLE["log"](div(x, sub(1.0, x))),
    "step": _step,
    "isclose": _isclose,
    "masked_fill": lambda x, mask, value: where(mask, value, x),
    "mm": matmul,
    "mv": matmul,
    "dot": matmul,
    "bmm": matmul,
    "outer": lambda a, b: mul(reshape(a, shape=(-1, 1)), reshape(b, shape=(1, -1))),
}
