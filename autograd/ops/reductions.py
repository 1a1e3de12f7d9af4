"""Sums over axes, and what is made of them."""

import numpy as np

from ..arrays import sum_to as _sum_to
from ..operation import operation
from .shapes import broadcast_to, expand_reduced


def _axes(dim):
    """A `dim` argument as NumPy's axis."""
    return tuple(dim) if isinstance(dim, list) else dim


def _sum(x, *, dim=None, keepdim=False):
    return np.sum(x, axis=_axes(dim), keepdims=keepdim)


sum = operation(
    "sum", _sum, (lambda g, y, x, dim=None, keepdim=False: expand_reduced(g, x, dim, keepdim),),
    symbol="Σ", text="sum(x)", latex=r"\sum_i x_i", slopes=("g in every entry",), derivatives=(r"\bar y",),
    shape="(n)->()", family="reduction",
)  # fmt: skip

sum_to = operation(
    "sum_to", lambda x, *, shape: _sum_to(np.asarray(x), shape),
    (lambda g, y, x, shape: broadcast_to(g, shape=np.shape(x)),),
    symbol="Σ", text="sum of x down to a shape", latex=r"\sum_i x_i", slopes=("g in every entry",),
    derivatives=(r"\bar y",), shape="(n)->()", family="reduction",
)  # fmt: skip
