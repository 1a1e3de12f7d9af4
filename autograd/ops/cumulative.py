"""Running sums and products along an axis."""

import numpy as np

from ..operation import operation
from .shapes import axis_of, reshape


def _shift(x, *, by, dim, fill=0.0):
    x = np.asarray(x)
    result = np.full_like(x, fill)
    source, target = np.moveaxis(x, dim, 0), np.moveaxis(result, dim, 0)
    count = len(source)
    if by >= 0:
        target[by:] = source[: max(count - by, 0)]
    else:
        target[: max(count + by, 0)] = source[-by:]
    return result


shift = operation(
    "shift", _shift, (lambda g, y, x, by, dim, fill=0.0: shift(g, by=-by, dim=dim),),
    symbol="shift", text="x moved along an axis, filled up behind", latex=r"x_{i - k}",
    slopes=("g moved back",), derivatives=(r"\bar y_{i + k}",), shape="(n)->(n)", family="shape",
)  # fmt: skip


def _along(running):
    """A running `ufunc` over axis `dim` (None: over all entries in order), from the end if `reverse`."""

    def forward(x, *, dim=None, reverse=False, dtype=None):
        x = np.asarray(x, dtype)
        if x.ndim == 0:
            if dim is not None:
                axis_of(dim, 0, running.__name__)
            return x.copy()
        x, dim = (x.reshape(-1), 0) if dim is None else (x, dim)
        return np.flip(running(np.flip(x, dim), dim), dim) if reverse else running(x, dim)

    return forward




def _cumsum_rule(g, y, x, dim=None, reverse=False, dtype=None):
    if not np.ndim(x):
        return g
    total = cumsum(g, dim=0 if dim is None else dim, reverse=not reverse)
    return reshape(total, shape=np.shape(x)) if dim is None else total


cumsum = operation(
    "cumsum", _along(np.cumsum), (_cumsum_rule,),
    symbol="Σ…", text="sum of x up to each entry", latex=r"\sum_{j \le i} x_j",
    slopes=("sum of g from each entry on",), derivatives=(r"\sum_{j \ge i} \bar y_j",), shape="(n)->(n)",
    family="reduction",
)  # fmt: skip


def _cumprod_rule(g, y, x, dim=None, reverse=False, dtype=None):
    """The product before an entry times what comes later, Σ_{k≥i} g_k Π_{i<j≤k} x_j: no division, right with zeros.

    The later part obeys later_i = g_i + x_{i+1} later_{i+1}; steps of doubling length solve that in log n rounds.
    """
    if not np.ndim(x):
        return g
    if dim is None:
        return reshape(_cumprod_rule(g, y, reshape(x, shape=(-1,)), 0, reverse), shape=np.shape(x))
    step = -1 if reverse else 1
    later, factor = g, shift(x, by=-step, dim=dim)
    reach = 1
    while reach < np.shape(x)[dim]:
        later = later + factor * shift(later, by=-step * reach, dim=dim)
        factor = factor * shift(factor, by=-step * reach, dim=dim)
        reach *= 2
    return shift(y, by=step, dim=dim, fill=1.0) * later


cumprod = operation(
    "cumprod", _along(np.cumprod), (_cumprod_rule,),
    symbol="Π…", text="product of x up to each entry", latex=r"\prod_{j \le i} x_j",
    slopes=("sum of g * y / x from each entry on",), derivatives=(r"\sum_{k \ge i} \bar y_k \prod_{i \ne j \le k} x_j",),
    shape="(n)->(n)", family="reduction",
)  # fmt: skip
