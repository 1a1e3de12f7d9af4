"""Sums, means, products and norms over axes.

Every reduction takes `dim` (an axis, several in a tuple, None for all) and `keepdim` (leave the axes with length 1).
"""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..arrays import sum_to as _sum_to
from ..errors import ArgumentError, ShapeError
from ..operation import Kink, operation
from .cumulative import cumprod, shift
from .piecewise import choose, sign
from .shapes import axis_of, broadcast_to, expand_reduced, lengths


def _axes(dim):
    """A `dim` argument as NumPy's axis."""
    return tuple(dim) if isinstance(dim, list) else dim


def reduced_axes(shape, dim):
    """The axes that `dim` means, from 0 on."""
    if not shape:
        for axis in () if dim is None else dim if isinstance(dim, (tuple, list)) else (dim,):
            axis_of(axis, 0, "a reduction")
        return ()
    if dim.__class__ is int and 0 <= dim < len(shape):
        return (dim,)
    return tuple(range(len(shape))) if dim is None else normalize_axis_tuple(_axes(dim), len(shape))


def reduced_count(x, dim):
    """How many entries of `x` each result of a reduction over `dim` is made of."""
    shape = lengths(x)
    if dim.__class__ is int and -len(shape) <= dim < len(shape):
        return shape[dim]
    return math.prod(shape if dim is None else [shape[axis] for axis in reduced_axes(shape, dim)])


def floating(x, dtype=None):
    """`x` as an array of `dtype`, integers as float64."""
    x = np.asarray(x, dtype)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _sum(x, *, dim=None, keepdim=False, dtype=None):
    return np.add.reduce(x, axis=_axes(dim), keepdims=keepdim, dtype=dtype)


sum = operation(
    "sum", _sum, (lambda g, y, x, dim=None, keepdim=False, dtype=None: expand_reduced(g, x, dim, keepdim),),
    symbol="Σ", text="sum(x)", latex=r"\sum_i x_i", slopes=("g in every entry",), derivatives=(r"\bar y",),
    shape="(n)->()", family="reduction",
)  # fmt: skip

sum_to = operation(
    "sum_to", lambda x, *, shape: _sum_to(np.asarray(x), shape),
    (lambda g, y, x, shape: broadcast_to(g, shape=lengths(x)),),
    symbol="Σ", text="sum of x down to a shape", latex=r"\sum_i x_i", slopes=("g in every entry",),
    derivatives=(r"\bar y",), shape="(n)->(m)", family="reduction",
)  # fmt: skip


def _mean(x, *, dim=None, keepdim=False, dtype=None):
    """The sum by the count, which for no entries is nan without a warning."""
    return np.true_divide(_sum(x, dim=dim, keepdim=keepdim, dtype=dtype), reduced_count(x, dim))


mean = operation(
    "mean", _mean,
    (lambda g, y, x, dim=None, keepdim=False, dtype=None: expand_reduced(g / max(reduced_count(x, dim), 1), x, dim, keepdim),),
    symbol="mean", text="sum(x) / n", latex=r"\frac{1}{n} \sum_i x_i", slopes=("g / n in every entry",),
    derivatives=(r"\frac{\bar y}{n}",), shape="(n)->()", family="reduction",
)  # fmt: skip


# -- products ---------------------------------------------------------------------------------------------------------


def _product_of_others(x, dims):
    """For each entry the product of all others, from the products before and after it: right with any zeros."""
    if not dims:
        return 1.0
    last = dims[-1]
    before = shift(cumprod(x, dim=last), by=1, dim=last, fill=1.0)
    after = shift(cumprod(x, dim=last, reverse=True), by=-1, dim=last, fill=1.0)
    if len(dims) == 1:
        return before * after
    return before * after * _product_of_others(prod(x, dim=last, keepdim=True), dims[:-1])


def _prod(x, *, dim=None, keepdim=False, dtype=None):
    return np.prod(x, axis=_axes(dim), keepdims=keepdim, dtype=dtype)


def _prod_rule(g, y, x, dim=None, keepdim=False, dtype=None):
    return expand_reduced(g, x, dim, keepdim) * _product_of_others(x, reduced_axes(np.shape(x), dim))


prod = operation(
    "prod", _prod, (_prod_rule,),
    symbol="Π", text="product of x", latex=r"\prod_i x_i", slopes=("g * product of the other entries",),
    derivatives=(r"\bar y \prod_{j \ne i} x_j",), shape="(n)->()", family="reduction",
)  # fmt: skip


# -- variance ---------------------------------------------------------------------------------------------------------


def _spread(x, dim, unbiased, correction):
    """Axes of a variance and what its sum of squares is divided by: n − correction (unbiased: n − 1, else n).

    PyTorch's `x.var(False)` means unbiased=False.
    """
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None or correction is None:
        correction = 0 if unbiased is False else 1
    return dim, max(reduced_count(x, dim) - correction, 0)


def _deviation(x, dim):
    """x − mean, taken twice: the first mean is rounded, and equal entries must have no deviation at all."""
    average = _mean if x.__class__ is np.ndarray else mean
    deviation = x - average(x, dim=dim, keepdim=True)
    return deviation - average(deviation, dim=dim, keepdim=True)


def _var(x, *, dim=None, unbiased=None, keepdim=False, correction=1):
    x = np.asarray(x)
    dim, divisor = _spread(x, dim, unbiased, correction)
    return np.true_divide(np.add.reduce(np.square(_deviation(x, dim)), axis=_axes(dim), keepdims=keepdim), divisor)


def _var_rule(g, y, x, dim=None, unbiased=None, keepdim=False, correction=1):
    dim, divisor = _spread(x, dim, unbiased, correction)
    return expand_reduced(g, x, dim, keepdim) * (_deviation(x, dim) * (2.0 / divisor if divisor else math.nan))


var = operation(
    "var", _var, (_var_rule,),
    text="sum((x - mean) ** 2) / (n - 1)", latex=r"\frac{1}{n - 1} \sum_i (x_i - \bar x)^2",
    slopes=("g * 2 * (x - mean) / (n - 1)",), derivatives=(r"\frac{2 (x_i - \bar x)}{n - 1}\,\bar y",), shape="(n)->()",
    family="reduction",
)  # fmt: skip


def _std(x, *, dim=None, unbiased=None, keepdim=False, correction=1):
    return np.sqrt(_var(x, dim=dim, unbiased=unbiased, keepdim=keepdim, correction=correction))


def _std_rule(g, y, x, dim=None, unbiased=None, keepdim=False, correction=1):
    """0 where all entries are equal and the root has its kink."""
    dim, divisor = _spread(x, dim, unbiased, correction)
    flat = y == 0.0
    g = choose(flat, 0.0, g) / choose(flat, 1.0, y)
    return expand_reduced(g, x, dim, keepdim) * (_deviation(x, dim) * (1.0 / divisor if divisor else math.nan))


std = operation(
    "std", _std, (_std_rule,),
    text="sqrt(sum((x - mean) ** 2) / (n - 1))", latex=r"\sqrt{\frac{1}{n - 1} \sum_i (x_i - \bar x)^2}",
    slopes=("g * (x - mean) / ((n - 1) * y)",), derivatives=(r"\frac{x_i - \bar x}{(n - 1)\,y}\,\bar y",), shape="(n)->()",
    kinks=(Kink("all entries equal", 0.0),), family="reduction",
)  # fmt: skip


# -- norms ------------------------------------------------------------------------------------------------------------


def _order(p):
    if p in ("fro", None):
        return 2.0
    if isinstance(p, str):
        raise ArgumentError(f"norm knows p as a number, inf, -inf or 'fro', not {p!r}")
    return float(p)


def _norm(x, *, p=2.0, dim=None, keepdim=False):
    p, axes = _order(p), reduced_axes(lengths(x), dim)
    x = floating(x)
    if p == 2.0:
        total = np.add.reduce(x * x, axis=axes, keepdims=keepdim)
        far = np.finfo(x.dtype).tiny ** 0.5  # squares that were lost below count for nothing beside such a sum
        if np.logical_and.reduce((total > far) & (total < np.inf), axis=None):
            return np.sqrt(total)
    size = np.abs(x)
    if p == 0.0:
        return np.sum(size != 0, axis=axes, keepdims=keepdim, dtype=size.dtype)
    if abs(p) == math.inf and 0 in [np.shape(x)[axis] for axis in axes]:
        raise ShapeError(f"norm: no largest or smallest of no entries, in shape {np.shape(x)} over {axes}")
    if p == -math.inf:
        return np.min(size, axis=axes, keepdims=keepdim)
    largest = np.max(size, axis=axes, keepdims=True, initial=0)
    if p == math.inf:
        return largest if keepdim else np.squeeze(largest, axes)
    unit = np.ldexp(np.ones_like(largest), np.frexp(largest)[1])  # a power of two: squares stay within range, exactly
    total = np.sum((size / unit) ** p, axis=axes, keepdims=True) ** (1.0 / p) * unit
    return total if keepdim else np.squeeze(total, axes)


def _norm_rule(g, y, x, p=2.0, dim=None, keepdim=False):
    """g·sgn(x)·(|x|/y)^(p−1), and 0 where the norm is 0."""
    p = _order(p)
    g, y = expand_reduced(g, x, dim, keepdim), expand_reduced(y, x, dim, keepdim)
    if p == 0.0:
        return 0.0
    if p == 1.0:
        return g * sign(x)
    if abs(p) == math.inf:
        reached = abs(x) == y
        return choose(reached, g / sum(reached, dim=dim, keepdim=True), 0.0) * sign(x)
    nought = y == 0.0
    if p == 2.0:
        return choose(nought, 0.0, g) * (x / choose(nought, 1.0, y))
    nought = (x == 0.0) | nought
    return choose(nought, 0.0, g) * sign(x) * (choose(nought, 1.0, abs(x)) / choose(nought, 1.0, y)) ** (p - 1.0)


norm = operation(
    "norm", _norm, (_norm_rule,),
    symbol="‖x‖", text="sum(|x| ** p) ** (1 / p)", latex=r"\Bigl(\sum_i |x_i|^p\Bigr)^{1/p}",
    slopes=("g * sign(x) * (|x| / y) ** (p - 1)",),
    derivatives=(r"\operatorname{sgn}(x_i) \Bigl(\frac{|x_i|}{y}\Bigr)^{p-1} \bar y",), shape="(n)->()",
    kinks=(Kink("y = 0, or x_i = 0 with p < 2", 0.0), Kink("several |x_i| = y with p = inf", "shared evenly")),
    family="reduction",
)  # fmt: skip


# -- yes or no, and how often ---------------------------------------------------------------------------------------

any = operation(
    "any", lambda x, *, dim=None, keepdim=False: np.any(x, axis=_axes(dim), keepdims=keepdim),
    symbol="any", text="whether any entry is true", latex=r"\bigvee_i x_i", shape="(n)->()", family="comparison",
)  # fmt: skip

all = operation(
    "all", lambda x, *, dim=None, keepdim=False: np.all(x, axis=_axes(dim), keepdims=keepdim),
    symbol="all", text="whether all entries are true", latex=r"\bigwedge_i x_i", shape="(n)->()", family="comparison",
)  # fmt: skip

count_nonzero = operation(
    "count_nonzero", lambda x, *, dim=None, keepdim=False: np.count_nonzero(x, axis=_axes(dim), keepdims=keepdim),
    symbol="#≠0", text="number of entries that are not 0", latex=r"\#\{i : x_i \ne 0\}", shape="(n)->()",
    family="comparison",
)  # fmt: skip
