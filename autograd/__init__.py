"""autograd: an engine for gradients that can be looked at.

    from autograd import Value          Value(2.0) is a number to differentiate
    import autograd as torch            PyTorch's names, with PyTorch's meaning

The operations are rows of a table (`TABLE`), each with its formula, its rule and its domain; `autograd.exp.__doc__`
tells. `trace` gives the graph behind a Value; the trace of a matrix is the method `x.trace()`.
"""

import sys
from math import e, inf, nan, pi

from . import errors, functional, ops
from .backward import backward_all as backward
from .backward import grad
from .function import Function
from .functional import hessian, hvp, jacobian, jvp, vhp, vjp
from .graph import Graph, trace
from .mode import enable_grad, is_grad_enabled, no_grad, scope, set_grad_enabled
from .operation import TABLE, Domain, Kink, operation, pointwise
from .ops.arithmetic import clone, lerp, mul, neg, positive, pow, reciprocal, square
from .ops.comparison import (
    allclose,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    ceil,
    eq,
    equal,
    fix,
    floor,
    floor_divide,
    ge,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    le,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    ne,
    round,
    trunc,
)
from .ops.counting import bincount, diff, unique
from .ops.creation import (
    BoolTensor,
    ByteTensor,
    DoubleTensor,
    FloatTensor,
    IntTensor,
    LongTensor,
    Tensor,
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    is_floating_point,
    is_tensor,
    linspace,
    logspace,
    numel,
    ones,
    ones_like,
    tensor,
    tril_indices,
    triu_indices,
    zeros,
    zeros_like,
)
from .ops.cumulative import cumprod, cumsum
from .ops.dtypes import bool_ as bool
from .ops.dtypes import (
    cuda,
    device,
    double,
    finfo,
    float32,
    float64,
    get_default_dtype,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    long,
    set_default_dtype,
    short,
    uint8,
)
from .ops.dtypes import float_ as float
from .ops.dtypes import int_ as int
from .ops.einsum import einsum
from .ops.exponential import cbrt, exp, exp2, expm1, log, log1p, log2, log10, rsqrt, sqrt, xlogy
from .ops.forms import (
    absolute,
    add,
    addcdiv,
    addcmul,
    clamp_max,
    clamp_min,
    contiguous,
    div,
    divide,
    is_nonzero,
    max,
    median,
    min,
    multiply,
    negative,
    rsub,
    sort,
    sub,
    subtract,
    topk,
    true_divide,
    where,
)
from .ops.indexing import getitem
from .ops.joining import (
    cat,
    chunk,
    column_stack,
    concat,
    concatenate,
    dstack,
    hstack,
    meshgrid,
    pad,
    repeat_interleave,
    row_stack,
    split,
    stack,
    tensor_split,
    tile,
    unbind,
    vstack,
)
from .ops.linear import addmm, addmv, addr, baddbmm, bmm, dot, linear, matmul, mm, mv, outer
from .ops.matrices import diag, diag_embed, diagonal, tril, triu
from .ops.piecewise import abs, clamp, clip, fmod, frac, heaviside, maximum, minimum, relu, remainder, sign
from .ops.printing import set_printoptions
from .ops.random import (
    Generator,
    bernoulli,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    poisson,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
    uniform,
)
from .ops.reductions import all, any, count_nonzero, mean, norm, prod, std, sum, var
from .ops.selecting import (
    argwhere,
    diagonal_scatter,
    gather,
    index_add,
    index_copy,
    index_fill,
    index_put,
    index_select,
    masked_fill,
    masked_select,
    narrow,
    nonzero,
    scatter,
    scatter_add,
    select,
    select_scatter,
    slice_scatter,
    take,
    take_along_dim,
)
from .ops.shapes import (
    broadcast_shapes,
    broadcast_tensors,
    broadcast_to,
    flatten,
    flip,
    fliplr,
    flipud,
    moveaxis,
    movedim,
    permute,
    ravel,
    reshape,
    roll,
    rot90,
    squeeze,
    swapaxes,
    swapdims,
    t,
    transpose,
    unflatten,
    unsqueeze,
)
from .ops.softmax import log_softmax, logsumexp, softmax
from .ops.sorting import amax, amin, argmax, argmin, argsort
from .ops.special import erf, erfc, erfinv, expit, logaddexp, logaddexp2, logit, sigmoid
from .ops.trigonometric import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    deg2rad,
    hypot,
    rad2deg,
    sin,
    sinc,
    sinh,
    tan,
    tanh,
)
from .program import compile
from .text import Size
from .value import Value
from .version import __version__
from .walk import Step, Walk, walk

arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
arcsinh, arccosh, arctanh = asinh, acosh, atanh
greater, greater_equal, less, less_equal, not_equal, sgn = gt, ge, lt, le, ne, sign
autograd = sys.modules[__name__]  # torch.autograd.grad, under the name that a program gives this package
newaxis = None

__all__ = sorted(
    name for name, thing in globals().items() if not name.startswith("_") and not isinstance(thing, type(sys))
)
