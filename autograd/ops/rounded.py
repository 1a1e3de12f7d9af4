"""NumPy's functions whose float32 results are those of float64, rounded: half a unit in the last place, not two or three.

Arrays large enough go to kernels, which are nearly as exact and faster.
"""

import numpy as np


def in_double(function):
    """`function` of one array, computed in float64 where the array is float32."""

    def forward(x):
        if getattr(x, "dtype", None) == np.float32:
            return np.asarray(function(x.astype(np.float64)), np.float32)[()]
        return function(x)

    if not isinstance(function, np.ufunc):
        forward.__module__ = function.__module__
    return forward


def only_in_double(function):
    """`function` of one array, computed in float64 whatever the array's format: one that takes its bits apart."""

    def forward(x):
        dtype = getattr(x, "dtype", None)
        if dtype is None or dtype == np.float64 or dtype.kind != "f":
            return function(x)
        return np.asarray(function(x.astype(np.float64)), dtype)[()]

    forward.__module__ = function.__module__
    return forward


exp, expm1, log, log2, log10, cbrt = map(in_double, (np.exp, np.expm1, np.log, np.log2, np.log10, np.cbrt))
tan, arcsin, arccos, cosh = map(in_double, (np.tan, np.arcsin, np.arccos, np.cosh))
