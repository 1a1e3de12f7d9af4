"""Mathematics: the table of operations, grouped by kind, and the methods of Value that come from it."""

from . import (
    arithmetic,
    comparison,
    cumulative,
    einsum,
    exponential,
    indexing,
    joining,
    linear,
    matrices,
    methods,
    piecewise,
    random,
    reductions,
    selecting,
    shapes,
    softmax,
    sorting,
    special,
    trigonometric,
)

methods.install()
