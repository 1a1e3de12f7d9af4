"""Mathematics: the table of operations, grouped by kind, and the methods of Value that come from it."""

from . import arithmetic, comparison, exponential, piecewise, reductions, shapes
