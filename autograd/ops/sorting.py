"""Order: largest and smallest entries and where they are, sorting, medians.

A largest entry over several axes may be tied: `amax` (and `max` without `dim`) share the gradient evenly among the tied.
Where indices are given back (`max` with `dim`, `sort`, `topk`) the gradient goes to the entries chosen.
"""

from collections import namedtuple

import numpy as np

from ..arrays import plain, shape_of
from ..errors import BatchError, CompileError, ShapeError
from ..operation import Kink, operation
from ..value import Value, constant
from .comparison import isnan
from .piecewise import choose, maximum, minimum, where
from .reductions import any, reduced_axes, sum
from .selecting import gather, narrow
from .shapes import axis_of, expand_reduced, lengths, reshape, run, squeeze


def _shared_rule(g, y, x, dim=None, keepdim=False):
    """g to the entries equal to the result, in even shares; nan counts as equal to nan."""
    result = expand_reduced(y, x, dim, keepdim)
    reached = (x == result) | ((x != x) & (result != result))
    count = sum(reached, dim=dim, keepdim=True)
    return choose(reached, expand_reduced(g, x, dim, keepdim) / count, 0.0)


def _extreme(name, symbol, ufunc, text, latex):
    def forward(x, *, dim=None, keepdim=False):
        return ufunc.reduce(np.asarray(x), axis=reduced_axes(lengths(x), dim), keepdims=keepdim)

    return operation(
        name, forward, (_shared_rule,),
        symbol=symbol, text=text, latex=latex, slopes=("g where x = y, shared evenly at a tie",),
        derivatives=(r"\frac{[x_i = y]}{\#\{j : x_j = y\}}\,\bar y",), shape="(n)->()",
        kinks=(Kink("several entries equal to y", "shared evenly"),), family="reduction",
    )  # fmt: skip


amax = _extreme("amax", "max", np.maximum, "largest entry", r"\max_i x_i")
amin = _extreme("amin", "min", np.minimum, "smallest entry", r"\min_i x_i")


def _place(function, text, latex):
    def forward(x, *, dim=None, keepdim=False):
        x = np.asarray(x)
        if not x.ndim and dim is not None:
            axis_of(dim, 0, function.__name__)
        return function(x, axis=dim if x.ndim else None, keepdims=keepdim)

    return operation(
        function.__name__, forward, text=text, latex=latex, shape="(n)->()", family="comparison"
    )  # fmt: skip


argmax = _place(np.ndarray.argmax, "index of the (first) largest entry", r"\arg\max_i x_i")
argmin = _place(np.ndarray.argmin, "index of the (first) smallest entry", r"\arg\min_i x_i")


def _argsort(x, *, dim=-1, descending=False, stable=True):
    """Always stable; nan counts as the largest. Descending keeps the order of equal entries too."""
    x = np.asarray(x)
    if not x.ndim:
        axis_of(dim, 0, "argsort")
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    order = np.argsort(np.flip(x, dim), axis=dim, kind="stable")
    return x.shape[dim] - 1 - np.flip(order, dim)


argsort = operation(
    "argsort", _argsort, text="indices in ascending order of x", latex=r"\operatorname{argsort} x", shape="(n)->(n)",
    family="comparison",
)  # fmt: skip


# -- entries chosen along an axis -------------------------------------------------------------------------------------


def _take(x, *, indices, dim, keepdim=True):
    x = np.asarray(x)
    if not x.ndim:
        return x.copy()
    taken = x[_along_axis(indices, dim)]
    return taken if keepdim else taken.squeeze(dim)


def _along_axis(indices, dim):
    """An index of NumPy for `indices` along one axis, each other axis at its own place; a quicker np.take_along_axis."""
    index = [np.arange(n).reshape((-1, *(1,) * behind)) for behind, n in enumerate(reversed(indices.shape))][::-1]
    index[dim] = indices
    return tuple(index)


def _put_rule(g, y, x, indices, dim, keepdim=True):
    if not keepdim and np.ndim(x):
        g = run(reshape, g, shape=lengths(indices))
    return run(put_back, g, indices=indices, dim=dim, size=lengths(x)[dim] if lengths(x) else 1)


def _put_back(x, *, indices, dim, size):
    x = np.asarray(x)
    if not x.ndim:
        return x.copy()
    shape = list(x.shape)
    shape[dim] = size
    result = np.zeros(shape, x.dtype)
    result[_along_axis(indices, dim)] = x
    return result


put_back = operation(
    "put_back", _put_back, (lambda g, y, x, indices, dim, size: sorted_values(g, indices=indices, dim=dim),),
    text="x at the indices it was taken from, else 0", latex="x", slopes=("g at the indices",), derivatives=(r"\bar y",),
    shape="(n)->(m)", family="shape",
)  # fmt: skip


def _chosen(name, symbol, text, latex):
    """A row that takes the entries at `indices`, found before, along one axis; each entry at most once."""
    return operation(
        name, _take, (_put_rule,),
        symbol=symbol, text=text, latex=latex, slopes=("g at the entries chosen, else 0",),
        derivatives=(r"\bar y \text{ at the entries chosen}",), shape="(n)->(m)",
        kinks=(Kink("equal entries, of which some are chosen", "g to the chosen"),), family="piecewise",
    )  # fmt: skip


sorted_values = _chosen("sorted_values", "sort", "x in order", r"x_{(1)} \le x_{(2)} \le \dots")
topk_values = _chosen("topk_values", "top k", "the k largest entries", r"x_{(n)}, x_{(n-1)}, \dots")
max_values = _chosen("max_values", "max", "largest entry along an axis", r"\max_i x_i")
min_values = _chosen("min_values", "min", "smallest entry along an axis", r"\min_i x_i")
median_values = _chosen("median_values", "median", "middle entry along an axis", r"\operatorname{median}_i x_i")


_Max, _Min, _Sort, _TopK, _Median = (
    namedtuple(name, ("values", "indices")) for name in ("max", "min", "sort", "topk", "median")
)


def _hides(x):
    """Which error is raised where somebody asks for the numbers of `x`; None if they are there."""
    return getattr(x._data, "error", None) if x.__class__ is Value else None


def _answer(kind, row, x, order, dim, keepdim=True):
    """Values and indices in the kind of number that `x` is."""
    if _hides(x) is CompileError:  # indices are parameters of the row, and a program has them as operands only
        chosen = gather(x, dim, order)
        values = chosen if keepdim or not np.ndim(order) else squeeze(chosen, dim)
    else:
        values = run(row, x, indices=order, dim=dim, keepdim=keepdim)
    if order.__class__ is Value:
        return kind(values, order if keepdim or not np.ndim(order) else squeeze(order, dim))
    indices = order if keepdim or not order.ndim else order.squeeze(dim)
    return kind(values, constant(plain(indices.copy())) if x.__class__ is Value else indices)


def _places(op, x, **parameters):
    """Where entries of `x` are, as an array; as a Value where its numbers are not there: under vmap, in a program."""
    if _hides(x) in (BatchError, CompileError):
        return op(x, **parameters)
    return np.asarray(op.evaluate((np.asarray(x),), parameters))


def _most(kind, row, place, x, dim, keepdim):
    return _answer(kind, row, x, _places(place, x, dim=dim, keepdim=True), dim, keepdim)


def _is_axis(dim):
    return dim is None or (isinstance(dim, (int, np.integer)) and not isinstance(dim, bool))


def _two(name, dim, other):
    """What `max(a, b)` and `max(a, other=b)` compare with, if they compare two."""
    if other is not None and dim is not None:
        raise TypeError(f"{name}() takes a dim or a second array, not both")
    return other if other is not None else None if _is_axis(dim) else dim


def max(x, dim=None, keepdim=False, other=None):
    """The largest entry; with `dim` a named tuple (values, indices) along that axis; with another array their maximum.

    Without `dim` tied entries share the gradient; with it the first of them, whose index is given, gets it.
    """
    second = _two("max", dim, other)
    if second is not None:
        return maximum(x, second)
    return amax(x) if dim is None else _most(_Max, max_values, argmax, x, dim, keepdim)


def min(x, dim=None, keepdim=False, other=None):
    """The smallest entry; with `dim` a named tuple (values, indices) along that axis; with another array their minimum.

    Without `dim` tied entries share the gradient; with it the first of them, whose index is given, gets it.
    """
    second = _two("min", dim, other)
    if second is not None:
        return minimum(x, second)
    return amin(x) if dim is None else _most(_Min, min_values, argmin, x, dim, keepdim)


def sort(x, dim=-1, descending=False, stable=True):
    """The entries in order along `dim`: a named tuple (values, indices). Always stable; nan counts as the largest."""
    order = _places(argsort, x, dim=dim, descending=descending)
    return _answer(_Sort, sorted_values, x, order, dim)


def topk(x, k, dim=-1, largest=True, sorted=True):
    """The `k` largest (or smallest) entries along `dim`, the first the most so: a named tuple (values, indices)."""
    order = _places(argsort, x, dim=dim, descending=largest)
    size = order.shape[dim] if order.ndim else 1
    if not 0 <= k <= size:
        raise ShapeError(f"topk: k={k} of {size} entries along dim {dim} of shape {tuple(shape_of(order))}")
    first = narrow(order, dim, 0, k) if order.ndim else order
    return _answer(_TopK, topk_values, x, first, dim)


def median(x, dim=None, keepdim=False):
    """The middle entry, the lower of two; with `dim` a named tuple (values, indices) along that axis. nan if any is nan."""
    if dim is None:
        return median(reshape(x, shape=(-1,)), 0).values if 0 not in np.shape(x) else sum(x) * np.nan
    order = _places(argsort, x, dim=dim)
    if not order.ndim:
        return _answer(_Median, median_values, x, order, dim, keepdim)
    size = order.shape[dim]
    if not size:
        raise ShapeError(f"median: dim {dim} of shape {tuple(order.shape)} has no entries")
    middle = narrow(order, dim, (size - 1) // 2, 1)
    unknown = isnan(x if order.__class__ is Value else np.asarray(x))
    middle = where(any(unknown, dim=dim, keepdim=True), argmax(unknown, dim=dim, keepdim=True), middle)
    return _answer(_Median, median_values, x, middle, dim, keepdim)
