"""Functions that pick or drop entries: dropout, one-hot codes and embeddings."""

from operator import index

import numpy as np

from autograd.errors import ArgumentError, DtypeError, RangeError, ShapeError
from autograd.operation import TABLE, pointwise
from autograd.ops.piecewise import choose
from autograd.ops.random import stream_of
from autograd.ops.shapes import lengths
from autograd.program.internal import one_hot as one_hot_recorded
from autograd.program.tape import drawn, is_traced
from autograd.value import Value, constant

from .inplace import Inplace

dropout_row = pointwise(
    "dropout", lambda x, kept: x * kept, lambda g, y, x, kept: g * kept, lambda g, y, x, kept: g * x,
    text="x * kept, kept = 0 or 1 / (1 - p)", latex=r"x \odot m,\quad m_i \in \{0, \tfrac{1}{1 - p}\}",
    slopes=("kept", "x"), derivatives=("m", "x"), composite=lambda x, kept: x * kept, family="regularization",
    source="Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, Dropout, JMLR 15, 2014",
)  # fmt: skip

_dropout = Inplace(dropout_row)
_NONE = -(1 << 62)  # no class


def dropout(input, p=0.5, training=True, inplace=False):
    """In training each entry becomes 0 with probability p, the others are divided by 1 - p; else the input itself."""
    if not 0 <= p <= 1:
        raise ArgumentError(f"dropout: p is a probability between 0 and 1, {p} was given")
    if not training or p == 0:
        return input
    dtype = getattr(input, "dtype", np.dtype(float))
    shape, factor = np.shape(input), dtype.type(0.0 if p == 1 else 1.0 / (1.0 - p))

    def draw():
        return np.asarray(stream_of(None).random(shape) >= p, dtype) * factor

    return _dropout(input, drawn(draw), inplace=inplace)


def one_hot(tensor, num_classes=-1):
    """Class indices as vectors of zeros with a single 1: shape (..., num_classes), integers; .float() for a loss.

    num_classes   -1: one more than the largest index

    Raises DtypeError for indices that are no integers, ValueError for one that is no class.
    """
    if is_traced(tensor) and num_classes > 0 and tensor.dtype.kind in "iu":
        return one_hot_recorded(tensor, np.zeros((*tensor.shape, num_classes), np.int64), ignore=_NONE)
    indices = tensor._data if tensor.__class__ is Value else tensor
    indices = np.asarray(indices)
    if indices.dtype.kind not in "iu":
        raise DtypeError(f"one_hot: class indices are integers, not {indices.dtype}; write .long()")
    if index(num_classes) == -1:
        if not indices.size:
            raise ArgumentError("one_hot: no index, and so no number of classes; pass num_classes=")
        num_classes = int(indices.max()) + 1
    if indices.size and (indices.min() < 0 or indices.max() >= num_classes):
        raise ArgumentError(
            f"one_hot: indices from {indices.min()} to {indices.max()} are not all of {num_classes} classes"
        )
    return constant((indices[..., None] == np.arange(num_classes)).astype(np.int64))


def embedding(input, weight, padding_idx=None):
    """Rows of a table: weight[input]. Shapes: input integers (...), weight (rows, columns), result (..., columns).

    padding_idx   this row gets no gradient

    Raises IndexError for an index that is no row, DtypeError for indices that are no integers.
    """
    padding_idx = None if padding_idx is None else index(padding_idx)
    shape = lengths(weight)
    if len(shape) != 2:
        raise ShapeError(f"embedding: the weight is a table of rows, not of shape {shape}")
    rows = shape[0]
    if is_traced(input) and input.dtype.kind in "iu":
        return _embedding_recorded(input, weight, padding_idx)
    indices = np.asarray(input._data if input.__class__ is Value else input)
    if indices.dtype.kind not in "iu":
        raise DtypeError(f"embedding: indices are integers, not {indices.dtype}; write .long()")
    if indices.size and (indices.min() < 0 or indices.max() >= rows):
        raise RangeError(f"embedding: indices from {indices.min()} to {indices.max()} are not all among {rows} rows")
    vectors = weight[indices]
    if padding_idx is None or vectors.__class__ is not Value:
        return vectors
    return choose((indices == padding_idx % rows)[..., None], vectors.detach(), vectors)


def _embedding_recorded(indices, weight, padding_idx):
    """The same in a program, which has the indices only when it runs."""
    rows, columns = np.shape(weight)
    index = TABLE["broadcast_to"](TABLE["reshape"](indices, shape=(-1, 1)), shape=(indices.numel(), columns))
    vectors = TABLE["reshape"](TABLE["gather"](weight, index, dim=0), shape=(*indices.shape, columns))
    if padding_idx is None:
        return vectors
    padded = TABLE["reshape"](TABLE["eq"](indices, padding_idx % rows), shape=(*indices.shape, 1))
    return TABLE["where"](padded, vectors.detach(), vectors)
