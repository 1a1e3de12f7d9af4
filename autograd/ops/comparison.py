"""Comparisons and rounding: operations whose results are constants."""

import operator

import numpy as np

from ..operation import pointwise
from ..recording import binary_operator, reflected_operator
from ..value import Value


def _comparison(name, ufunc, symbol, scalar):
    return pointwise(
        name, ufunc, symbol=symbol, text=f"a {symbol} b", latex=f"a {symbol} b", scalar=scalar, family="comparison",
        ufuncs=(ufunc.__name__,),
    )  # fmt: skip


eq = _comparison("eq", np.equal, "==", operator.eq)
ne = _comparison("ne", np.not_equal, "!=", operator.ne)
lt = _comparison("lt", np.less, "<", operator.lt)
le = _comparison("le", np.less_equal, "<=", operator.le)
gt = _comparison("gt", np.greater, ">", operator.gt)
ge = _comparison("ge", np.greater_equal, ">=", operator.ge)
