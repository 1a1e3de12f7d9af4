"""Diagonals and triangles of matrices; axes before the last two are a batch."""

from operator import index

import numpy as np

from ..errors import ShapeError
from ..operation import operation
from .shapes import broadcast_to


def _diagonal(x, *, offset=0, dim1=0, dim2=1):
    x = np.asarray(x)
    view = np.diagonal(x, offset, dim1, dim2)
    if x.flags.writeable:
        view.flags.writeable = True  # NumPy locks it for the sake of old programs
    return view


diagonal = operation(
    "diagonal", _diagonal,
    (lambda g, y, x, offset=0, dim1=0, dim2=1: diag_embed(g, offset, dim1, dim2, np.shape(x)),),
    symbol="diag", text="diagonal(x)", latex=r"\operatorname{diag}(X)", slopes=("g on the diagonal, 0 elsewhere",),
    derivatives=(r"\bar y_i\,\delta_{ij}",), shape="(n,m)->(k)", view=True, family="shape",
)  # fmt: skip


def _diag_embed(x, *, offset=0, dim1=-2, dim2=-1, shape=None):
    x = np.asarray(x)
    if shape is None:
        ndim, side = x.ndim + 1, x.shape[-1] + abs(offset)
        places = {dim1 % ndim, dim2 % ndim}
        if len(places) == 1:
            raise ShapeError(f"diag_embed: {dim1} and {dim2} are the same axis")
        rest = iter(x.shape[:-1])
        shape = tuple(side if axis in places else next(rest) for axis in range(ndim))
    matrix = np.zeros(shape, x.dtype)
    _diagonal(matrix, offset=offset, dim1=dim1, dim2=dim2)[...] = x
    return matrix


diag_embed = operation(
    "diag_embed", _diag_embed,
    (lambda g, y, x, offset=0, dim1=-2, dim2=-1, shape=None: diagonal(g, offset, dim1, dim2),),
    symbol="diag", text="x on a diagonal of zeros", latex=r"x_i\,\delta_{ij}", slopes=("the diagonal of g",),
    derivatives=(r"\bar y_{ii}",), shape="(n)->(n,n)", family="shape",
)  # fmt: skip


def diag(x, diagonal=0):
    """The matrix with the vector `x` on a diagonal; of a matrix, that diagonal."""
    if np.ndim(x) not in (1, 2):
        raise ShapeError(f"diag is for vectors and matrices, this has {np.ndim(x)} axes; see diagonal and diag_embed")
    return diag_embed(x, diagonal) if np.ndim(x) == 1 else _diagonal_row(x, diagonal)


_diagonal_row = diagonal


def _trace(x):
    if np.ndim(x) != 2:
        raise ShapeError(
            f"trace is for a matrix, this has {np.ndim(x)} axes; diagonal(dim1=, dim2=).sum(-1) takes more"
        )
    return np.trace(x)


trace = operation(
    "trace", _trace,
    (lambda g, y, x: diag_embed(broadcast_to(g, shape=(min(np.shape(x)),)), 0, 0, 1, np.shape(x)),),
    symbol="tr", text="sum of the diagonal of x", latex=r"\sum_i X_{ii}", slopes=("g on the diagonal, 0 elsewhere",),
    derivatives=(r"\bar y\,\delta_{ij}",), shape="(n,m)->()", family="reduction",
)  # fmt: skip


def _matrix(x):
    if np.ndim(x) < 2:
        raise ShapeError(f"a triangle is cut from a matrix or a batch of them, this has {np.ndim(x)} axes")
    return x


tril = operation(
    "tril", lambda x, *, diagonal=0: np.tril(_matrix(x), index(diagonal)), (lambda g, y, x, diagonal=0: tril(g, diagonal),),
    symbol="◣", text="lower triangle of x", latex=r"X_{ij}\,[j \le i]", slopes=("lower triangle of g",),
    derivatives=(r"\bar y_{ij}\,[j \le i]",), shape="(n,m)->(n,m)", family="shape",
)  # fmt: skip

triu = operation(
    "triu", lambda x, *, diagonal=0: np.triu(_matrix(x), index(diagonal)), (lambda g, y, x, diagonal=0: triu(g, diagonal),),
    symbol="◥", text="upper triangle of x", latex=r"X_{ij}\,[j \ge i]", slopes=("upper triangle of g",),
    derivatives=(r"\bar y_{ij}\,[j \ge i]",), shape="(n,m)->(n,m)", family="shape",
)  # fmt: skip
