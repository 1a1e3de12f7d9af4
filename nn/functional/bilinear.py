"""The bilinear map; `linear` is a row of autograd."""

import numpy as np

from autograd.errors import ShapeError
from autograd.ops.einsum import einsum


def bilinear(input1, input2, weight, bias=None):
    """y_o = Σ_ij x1_i W_oij x2_j + b_o.

    Shapes: inputs (..., in1) and (..., in2), weight (out, in1, in2), bias (out,), result (..., out).
    """
    first, second, table = (tuple(np.shape(x)) for x in (input1, input2, weight))
    if len(table) != 3 or first[:-1] != second[:-1] or (first[-1:], second[-1:]) != (table[1:2], table[2:]):
        raise ShapeError(f"bilinear: inputs of shapes {first} and {second} do not fit a weight of shape {table}")
    y = einsum("...i,oij,...j->...o", input1, weight, input2)
    return y if bias is None else y + bias
