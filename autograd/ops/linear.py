"""Products of vectors and matrices.

The last two axes are the matrix, those before them a batch that broadcasts. The rules are written with `@`, `.mT` and
`.reshape`, which arrays and Values both have.
"""

import math

import numpy as np

from ..errors import ShapeError
from ..memory import NO_PARAMETERS
from ..operation import operation
from ..recording import operand_of, record
from ..value import Value
from .shapes import unsqueeze


def _rows(x):
    """All axes but the last as one: a batch of vectors as the rows of a matrix."""
    shape = np.shape(x)
    return x if len(shape) == 2 else x.reshape((math.prod(shape[:-1]), shape[-1]))


def _matmul(a, b):
    many = a.__class__ is np.ndarray and a.ndim > 2
    if many and np.ndim(b) == 2:  # one large product instead of many small ones
        return np.matmul(_rows(a), b).reshape(*np.shape(a)[:-1], np.shape(b)[1])
    return np.matmul(a, b)


def _matmul_left(g, y, a, b):
    """g bᵀ; a vector counts as a row on the left and as a column on the right."""
    if np.ndim(b) == 1:
        return g * b if np.ndim(a) == 1 else unsqueeze(g, -1) * b
    if np.ndim(a) == 1:
        return (b @ unsqueeze(g, -1)).squeeze(-1)
    return matmul(g, b.mT)


def _matmul_right(g, y, a, b):
    """aᵀ g, in one product where `b` is one vector or matrix for a whole batch."""
    if np.ndim(a) == 1:
        return g * a if np.ndim(b) == 1 else unsqueeze(a, -1) * unsqueeze(g, -2)
    if np.ndim(b) == 1:
        return g.reshape(-1) @ _rows(a)
    return _rows(a).mT @ _rows(g) if np.ndim(b) == 2 else a.mT @ g


matmul = operation(
    "matmul", _matmul, (_matmul_left, _matmul_right),
    symbol="@", text="a @ b", latex="A B", slopes=("g @ bᵀ", "aᵀ @ g"),
    derivatives=(r"\bar y\,B^{\mathsf T}", r"A^{\mathsf T}\,\bar y"),
    shape="(n?,k),(k,m?)->(n?,m?)", family="linear", ufuncs=("matmul",),
)  # fmt: skip


def _exactly(name, a_axes, b_axes, forward):
    """A forward for inputs with just so many axes."""

    def checked(a, b):
        if np.ndim(a) != a_axes or np.ndim(b) != b_axes:
            raise ShapeError(
                f"{name} is for inputs with {a_axes} and {b_axes} axes, these have {np.ndim(a)} and {np.ndim(b)}; "
                "matmul takes them all"
            )
        return forward(a, b)

    return checked


dot = operation(
    "dot", _exactly("dot", 1, 1, np.matmul), (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    symbol="·", text="a · b", latex=r"a^{\mathsf T} b", slopes=("g * b", "g * a"),
    derivatives=(r"\bar y\,b", r"\bar y\,a"), shape="(n),(n)->()", family="linear",
)  # fmt: skip

mv = operation(
    "mv", _exactly("mv", 2, 1, np.matmul), (lambda g, y, a, b: unsqueeze(g, -1) * b, lambda g, y, a, b: g @ a),
    symbol="@", text="a @ b", latex="A b", slopes=("outer(g, b)", "aᵀ @ g"),
    derivatives=(r"\bar y\,b^{\mathsf T}", r"A^{\mathsf T}\,\bar y"), shape="(n,k),(k)->(n)", family="linear",
)  # fmt: skip

mm = operation(
    "mm", _exactly("mm", 2, 2, np.matmul), (lambda g, y, a, b: g @ b.mT, lambda g, y, a, b: a.mT @ g),
    symbol="@", text="a @ b", latex="A B", slopes=("g @ bᵀ", "aᵀ @ g"),
    derivatives=(r"\bar y\,B^{\mathsf T}", r"A^{\mathsf T}\,\bar y"), shape="(n,k),(k,m)->(n,m)", family="linear",
)  # fmt: skip


def _bmm(a, b):
    if len(a) != len(b):
        raise ShapeError(f"bmm is for batches of one length, these have {len(a)} and {len(b)}; matmul broadcasts")
    return np.matmul(a, b)


bmm = operation(
    "bmm", _exactly("bmm", 3, 3, _bmm), (lambda g, y, a, b: g @ b.mT, lambda g, y, a, b: a.mT @ g),
    symbol="@", text="a @ b", latex="A_i B_i", slopes=("g @ bᵀ", "aᵀ @ g"),
    derivatives=(r"\bar y_i B_i^{\mathsf T}", r"A_i^{\mathsf T}\,\bar y_i"), shape="(s,n,k),(s,k,m)->(s,n,m)",
    family="linear",
)  # fmt: skip

outer = operation(
    "outer", _exactly("outer", 1, 1, np.outer), (lambda g, y, a, b: g @ b, lambda g, y, a, b: a @ g),
    symbol="⊗", text="outer(a, b)", latex=r"a\,b^{\mathsf T}", slopes=("g @ b", "gᵀ @ a"),
    derivatives=(r"\bar y\,b", r"\bar y^{\mathsf T} a"), shape="(n),(m)->(n,m)", family="linear",
)  # fmt: skip


def _linear(x, weight, bias):
    _check_weight(weight)
    y = _matmul(x, weight.T)
    if y.__class__ is np.ndarray and np.result_type(y, bias) == y.dtype and np.ndim(bias) <= 1:
        y += bias  # into the product: one array less
        return y
    return y + bias


linear_row = operation(
    "linear", _linear,
    (
        lambda g, y, x, weight, bias: matmul(g, weight),
        lambda g, y, x, weight, bias: _rows(_at_least_2d(g)).mT @ _rows(_at_least_2d(x)),
        lambda g, y, x, weight, bias: g,
    ),
    symbol="Wx+b", text="x @ weightᵀ + bias", latex=r"x W^{\mathsf T} + b",
    slopes=("g @ weight", "gᵀ @ x", "g"),
    derivatives=(r"\bar y\,W", r"\bar y^{\mathsf T} x", r"\sum \bar y"),
    composite=lambda x, weight, bias: matmul(x, weight.mT) + bias,
    shape="(k),(n,k),(n)->(n)", family="linear",
)  # fmt: skip


def _at_least_2d(x):
    return x if np.ndim(x) > 1 else unsqueeze(x, 0)


def linear(input, weight, bias=None):
    """A layer of neurons: y = x Wᵀ + b, as one operation.

    input   (..., in): one vector, or any batch of them
    weight  (out, in)
    bias    (out), or None for none
    Result  (..., out)

    Raises ShapeError where the lengths do not fit.
    """
    if bias is not None:
        return linear_row.of((input, weight, bias), NO_PARAMETERS)
    _check_weight(weight)
    return matmul(input, weight.T)


def _check_weight(weight):
    if np.ndim(weight) != 2:
        raise ShapeError(f"linear: weight is a matrix (out, in), not of shape {tuple(np.shape(weight))}")


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta·input + alpha·(mat1 @ mat2) for matrices."""
    return _scaled(input, beta) + _scaled(mm(mat1, mat2), alpha)


def addmv(input, mat, vec, *, beta=1, alpha=1):
    """beta·input + alpha·(mat @ vec) for a matrix and a vector."""
    return _scaled(input, beta) + _scaled(mv(mat, vec), alpha)


def addr(input, vec1, vec2, *, beta=1, alpha=1):
    """beta·input + alpha·outer(vec1, vec2)."""
    return _scaled(input, beta) + _scaled(outer(vec1, vec2), alpha)


def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """beta·input + alpha·(batch1 @ batch2) for batches of matrices."""
    return _scaled(input, beta) + _scaled(bmm(batch1, batch2), alpha)


def _scaled(x, factor):
    return x if factor == 1 else x * factor


def _times(self, other):
    other = other if other.__class__ is Value else operand_of(other)
    return NotImplemented if other is NotImplemented else record(matmul, (self, other))


def _times_reflected(self, other):
    other = operand_of(other)
    return NotImplemented if other is NotImplemented else record(matmul, (other, self))


Value.__matmul__, Value.__rmatmul__ = _times, _times_reflected
