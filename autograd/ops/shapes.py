"""Operations that move entries and change none: shapes, axes, copies along axes, dtypes."""

import numpy as np

from ..operation import TABLE, operation


def _to(x, *, dtype):
    return np.asarray(x).astype(dtype, copy=False)


to = operation(
    "to", _to, (lambda g, y, x, dtype: g,),  # the engine gives every gradient its input's dtype
    symbol="→dtype", text="x as another dtype", latex="x", slopes=("1",), derivatives=("1",), family="shape",
)  # fmt: skip

broadcast_to = operation(
    "broadcast_to", lambda x, *, shape: np.broadcast_to(x, shape),
    (lambda g, y, x, shape: TABLE["sum_to"](g, shape=np.shape(x)),),
    text="x stretched to a shape", latex="x", slopes=("g summed over the stretched axes",), derivatives=(r"\sum \bar y",),
    shape="(n)->(m)", view=True, family="shape",
)  # fmt: skip

reshape = operation(
    "reshape", lambda x, *, shape: np.reshape(x, shape), (lambda g, y, x, shape: reshape(g, shape=np.shape(x)),),
    text="x in another shape", latex="x", slopes=("g in the shape of x",), derivatives=(r"\bar y",),
    shape="(n)->(m)", view=True, family="shape",
)  # fmt: skip


def expand_reduced(g, x, dim, keepdim):
    """A gradient of a reduction over `dim`, stretched back over the shape of `x`."""
    shape = np.shape(x)
    if dim is not None and not keepdim:
        axes = {axis % len(shape) for axis in (dim if isinstance(dim, (tuple, list)) else (dim,))} if shape else ()
        g = reshape(g, shape=tuple(1 if axis in axes else size for axis, size in enumerate(shape)))
    return broadcast_to(g, shape=shape)
