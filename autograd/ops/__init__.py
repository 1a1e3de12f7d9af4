"""Mathematics: the table of operations, grouped by kind, and the methods of Value that come from it."""

from . import (
    arithmetic,
    comparison,
    cumulative,
    exponential,
    piecewise,
    reductions,
    shapes,
    softmax,
    sorting,
    special,
    trigonometric,
)
