"""Operations with kinks: absolute value, sign, maxima, clamps and choices. At a tie the gradient is shared."""

import numpy as np

from ..operation import pointwise



def _where(condition, a, b):
    return np.where(condition, a, b)


where = pointwise(
    "where", _where,
    lambda g, y, condition, a, b: 0.0,
    lambda g, y, condition, a, b: where(condition, g, 0.0),
    lambda g, y, condition, a, b: where(condition, 0.0, g),
    text="a if condition else b", latex=r"\begin{cases} a & c \\ b & \text{else}\end{cases}",
    slopes=("0", "1 if condition else 0", "0 if condition else 1"), derivatives=("0", "[c]", "1 - [c]"),
    family="piecewise",
)  # fmt: skip
