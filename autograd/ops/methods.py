"""The operations as methods and operators of Value, in PyTorch's spelling.

Every row is a method under its name, and so is every function listed below. An underscore at the end means: into the
Value's own memory.
"""

import numpy as np

from ..arrays import shape_of
from ..errors import CompileError, DtypeError
from ..operation import TABLE, Operation
from ..recording import record, unary_operator
from ..value import Value
from . import comparison, counting, forms, inplace, joining, linear, matrices, random, selecting, shapes
from .creation import leaf
from .dtypes import check_device, device, dtype_named
from .indexing import getitem, normal

_NOT_METHODS = {
    "getitem", "linear", "max_values", "median_values", "min_values", "overwrite", "pad", "place", "put_back", "shift",
    "sorted_values", "spherical_bessel", "sum_to", "topk_values", "where",
}  # fmt: skip
_NOT_IN_PLACE = {"clone", "isclose", "isfinite", "isinf", "isnan", "positive", "to"}
_FUNCTIONS = {
    shapes: "transpose swapaxes swapdims t movedim moveaxis squeeze unsqueeze flatten ravel unflatten expand expand_as"
    " view_as reshape_as flip fliplr flipud rot90",
    matrices: "diag",
    joining: "split chunk tensor_split unbind tile repeat repeat_interleave",
    selecting: "gather scatter scatter_add take_along_dim take index_select narrow select masked_select index_put"
    " index_add index_copy index_fill select_scatter slice_scatter diagonal_scatter nonzero argwhere",
    linear: "addmm addmv addr baddbmm",
    forms: "add sub rsub div addcmul addcdiv clamp_min clamp_max contiguous is_nonzero multiply divide true_divide"
    " subtract negative absolute max min sort topk median",
    comparison: "allclose equal",
    counting: "unique bincount diff",
    random: "bernoulli multinomial",
}
_OTHER_NAMES = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "arctan2": "atan2", "clip": "clamp", "fix": "trunc", "greater": "gt", "greater_equal": "ge", "less": "lt",
    "less_equal": "le", "not_equal": "ne", "sgn": "sign", "expit": "sigmoid",
}  # fmt: skip
# Operations with as many entries after as before, which therefore have a twin with an underscore, besides all
# elementwise rows.
_IN_PLACE = (
    "add sub mul div multiply divide true_divide subtract negative absolute addcmul addcdiv clamp clip clamp_min clamp_max"
    " addmm addmv addr baddbmm tril triu masked_fill scatter scatter_add index_put index_add index_copy index_fill"
    " cumsum cumprod round"
)


def _as_method(op):
    """A row as a method; without arguments and on floats it takes the short way."""
    if op.scalar is not None and len(op.inputs) == 1 and not op.parameters:
        method = unary_operator(op)
    else:

        alone = len(op.inputs) == 1 and not op.required

        def method(self, *arguments, **parameters):
            if alone and not arguments and not parameters:
                return record(op, (self,))
            return record(op, *op.bind((self, *arguments), parameters))

    method.__name__ = method.__qualname__ = op.name
    method.__doc__ = op.__doc__
    return method


# -- where PyTorch's methods have other arguments than the rows -------------------------------------------------------


def _item(self, index):
    try:
        index = normal(index)
    except CompileError:  # a program is being recorded, and part of the index has no numbers yet
        return selecting.picked(self, index)
    return record(getitem, (self,), {"index": index})


def _view(self, *shape):
    """The same memory in another shape: view(2, -1). Refused where the entries do not lie in that order."""
    if len(shape) == 1 and isinstance(shape[0], (np.dtype, type, str)):
        raise DtypeError(f"view({shape[0]}) would read the bytes as other numbers; .to({shape[0]}) converts them")
    return record(shapes.view, (self,), {"shape": shapes.listed(shape)})


def _reshape(self, *shape):
    """The entries in another shape: reshape(2, -1). A view where that is possible."""
    return record(shapes.reshape, (self,), {"shape": shapes.listed(shape)})


def _permute(self, *dims):
    """The axes in another order: permute(2, 0, 1). A view."""
    return record(shapes.permute, (self,), {"dims": shapes.listed(dims)})


def _broadcast_to(self, *shape):
    """Stretched to a shape. A view."""
    return shapes.expand(self, *shape)


def _where(self, condition, other):
    """This where the condition holds, else `other`."""
    return forms.where(condition, self, other)


def _roll(self, shifts, dims=None):
    """Rolled around along `dims` by so many places."""
    return shapes.roll(self, shifts, dims)


def _sum_to_size(self, *size):
    """Summed down to a shape from which it can be stretched."""
    return TABLE["sum_to"](self, shape=shapes.listed(size))


def _to(self, *arguments, dtype=None, device=None, copy=False, non_blocking=False):
    """In another dtype: to(float64), to(other) for the dtype of `other`, to("cpu"). Itself if nothing changes."""
    for argument in arguments:
        if argument.__class__ is Value:
            dtype = argument.dtype
        elif isinstance(argument, str) and argument.partition(":")[0] in ("cpu", "cuda", "mps", "meta", "xpu"):
            device = argument
        else:
            dtype = argument
    check_device(device)
    dtype = self.dtype if dtype is None else dtype_named(dtype)
    if dtype != self.dtype:
        return shapes.to(self if dtype.kind == "f" else self.detach(), dtype=dtype)
    return self.clone() if copy else self


def _type(self, dtype=None):
    """In another dtype; without one, the name of the dtype."""
    return self.dtype.name if dtype is None else self.to(dtype_named(dtype))


def _type_as(self, other):
    """In the dtype of `other`."""
    return self.to(other.dtype)


def _conversion(name, dtype):
    def method(self):
        return self.to(dtype)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The numbers as {np.dtype(dtype)}."
    return method


def _cpu(self):
    """Itself: it is there already."""
    return self


def _cuda(self, device="cuda"):
    """Refused: there is one device, the CPU."""
    check_device(device)


def _t(self):
    """The axes in the opposite order: the transpose of a matrix."""
    ndim = len(shape_of(self._data))
    if ndim == 2:
        return record(shapes.permute, (self,), {"dims": (1, 0)})
    return self if ndim < 2 else record(shapes.permute, (self,), {"dims": tuple(range(ndim))[::-1]})


def _mt(self):
    """The last two axes exchanged: each matrix of a batch transposed."""
    return shapes.transpose(self, -2, -1)


def _is_contiguous(self):
    """Whether the entries lie in memory in order, without gaps."""
    return self.ndim == 0 or self._data.flags.c_contiguous


def _stride(self, dim=None):
    """How many entries apart neighbours along each axis (or along `dim`) are in memory."""
    strides = tuple(step // self.dtype.itemsize for step in np.asarray(self._data).strides)
    return strides if dim is None else strides[dim]


def _is_floating_point(self):
    """Whether the numbers are floating-point."""
    return self.dtype.kind == "f"


def _element_size(self):
    """Bytes of one number."""
    return self.dtype.itemsize


def _nbytes(self):
    """Bytes of all numbers."""
    return self.numel() * self.dtype.itemsize


def _fill_diagonal_(self, fill_value):
    """Overwrite the diagonal of a matrix with one number."""
    matrices.diagonal(self).fill_(fill_value)
    return self


def _new(name, function):
    def method(self, *size, dtype=None, requires_grad=False, device=None):
        check_device(device)
        return leaf(function(shapes.new_shape(size), dtype_named(dtype, self.dtype)), requires_grad)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"{name.removeprefix('new_').capitalize()} of a shape in the dtype of this Value."
    return method


def _new_full(self, size, fill_value, *, dtype=None, requires_grad=False, device=None):
    """One number in a shape and the dtype of this Value."""
    check_device(device)
    return leaf(np.full(shapes.new_shape((size,)), fill_value, dtype_named(dtype, self.dtype)), requires_grad)


def _new_tensor(self, data, *, dtype=None, requires_grad=False, device=None):
    """A leaf from data in the dtype of this Value."""
    check_device(device)
    return leaf(np.array(data, dtype_named(dtype, self.dtype)), requires_grad)


_METHODS = {
    "__getitem__": _item, "view": _view, "reshape": _reshape, "permute": _permute, "broadcast_to": _broadcast_to,
    "where": _where, "roll": _roll, "sum_to_size": _sum_to_size, "to": _to, "type": _type, "type_as": _type_as,
    "cpu": _cpu, "cuda": _cuda, "T": property(_t), "mT": property(_mt), "is_contiguous": _is_contiguous,
    "stride": _stride, "is_floating_point": _is_floating_point, "element_size": _element_size,
    "fill_diagonal_": _fill_diagonal_, "new_zeros": _new("new_zeros", np.zeros), "new_ones": _new("new_ones", np.ones),
    "new_empty": _new("new_empty", np.zeros), "new_full": _new_full, "new_tensor": _new_tensor,
    "device": property(lambda self: device("cpu"), doc="Where the numbers live: the CPU."),
    "is_cuda": property(lambda self: False, doc="False: there is one device, the CPU."),
    "is_sparse": property(lambda self: False, doc="False: all numbers are written out."),
    "itemsize": property(_element_size), "nbytes": property(_nbytes),
}  # fmt: skip
_CONVERSIONS = {
    "float": "float32", "double": "float64", "long": "int64", "int": "int32", "short": "int16", "char": "int8",
    "byte": "uint8", "bool": "bool",
}  # fmt: skip


def install():
    """Put everything on the class; called once, when all rows are in the table."""
    for name, method in _METHODS.items():
        setattr(Value, name, method)
    for name, dtype in _CONVERSIONS.items():
        setattr(Value, name, _conversion(name, dtype))
    for module, names in _FUNCTIONS.items():
        for name in names.split():
            function = getattr(module, name)
            setattr(Value, name, _as_method(function) if function.__class__ is Operation else function)
    for name, op in TABLE.items():
        if not op.variadic and name not in _NOT_METHODS and not hasattr(Value, name):
            setattr(Value, name, _as_method(op))
    for name, original in _OTHER_NAMES.items():
        setattr(Value, name, getattr(Value, original))
    rows = [name for name, op in TABLE.items() if op.pointwise and name not in _NOT_METHODS | _NOT_IN_PLACE]
    for name in [*rows, *_OTHER_NAMES, *_IN_PLACE.split()]:
        if not hasattr(Value, f"{name}_"):
            setattr(Value, f"{name}_", inplace.in_place(getattr(Value, name), f"{name}_"))
    operators = {
        "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "pow": "pow", "floordiv": "floor_divide",
        "mod": "remainder", "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
    }  # fmt: skip
    for operator, name in operators.items():
        out_of_place = getattr(Value, f"__{operator}__")
        setattr(Value, f"__i{operator}__", inplace.in_place_operator(TABLE[name], out_of_place))
