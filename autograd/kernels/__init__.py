"""Kernels: fast loops for rows of the table, compiled by Numba when first needed and kept on disk.

The engine knows only that a row may carry one (`Kernel`); this is the table of which. A kernel is here because the
benchmark `activations` (or `digits`, for the rest) shows that it wins, from `above` entries on; everything else, and
everything where Numba is missing, is NumPy's work. Importing this package does not import Numba.

single, double   exp, log, tanh, erf ... for the two formats, fit for SIMD; alone: what only float32 needs
bodies           activations and their gradients as scalar functions
elementary, tangent, pointwise, pairwise, rowwise, columns, channels, normalizing, losses, placing, products, updates
                 the loops around them
words            in which a loop says what it takes and answers
compiling        from a loop to a function: from disk (disk, loading), or through Numba (building, entrance)
threads          parts of large arrays
"""

from contextlib import contextmanager

from . import alone, bodies, double, single
from .columns import SUMS, Affine
from .elementary import Elementary
from .kernel import Kernel
from .losses import CrossEntropy, Likelihood
from .normalizing import Standardize, StandardizeAffine
from .pairwise import PAIRWISE
from .placing import Place
from .pointwise import Pointwise
from .products import Linear
from .rowwise import LogSoftmax, Softmax
from .tangent import Tangent
from .threads import LIGHT
from .updates import UPDATES, in_one_pass

_ALONE = (single.exp, single.expm1, single.log, alone.log10, alone.asin, alone.acos)

KERNELS = {
    **{function.__name__: Elementary(function) for function in _ALONE},
    "tan": Tangent(),
    "relu": Pointwise(bodies.relu, bodies.relu_back, above=16, part=LIGHT),
    "leaky_relu": Pointwise(bodies.leaky_relu, bodies.leaky_relu_back, part=LIGHT, negative_slope=0.01),
    "threshold": Pointwise(bodies.threshold, bodies.threshold_back, part=LIGHT, threshold=None, value=None),
    "hardtanh": Pointwise(bodies.hardtanh, bodies.hardtanh_back, part=LIGHT, min_val=-1.0, max_val=1.0),
    "relu6": Pointwise(bodies.relu6, bodies.relu6_back, part=LIGHT),
    "hardsigmoid": Pointwise(bodies.hardsigmoid, bodies.hardsigmoid_back),
    "hardswish": Pointwise(bodies.hardswish, bodies.hardswish_back),
    "softshrink": Pointwise(bodies.softshrink, bodies.softshrink_back, part=LIGHT, lambd=0.5),
    "hardshrink": Pointwise(bodies.hardshrink, bodies.hardshrink_back, part=LIGHT, lambd=0.5),
    "softsign": Pointwise(bodies.softsign, bodies.softsign_back),
    "sigmoid": Pointwise(double.sigmoid, bodies.sigmoid_back),
    "tanh": Pointwise(None, bodies.tanh_back),
    "softplus": Pointwise(bodies.softplus, bodies.softplus_back, beta=1.0, threshold=20.0),
    "logsigmoid": Pointwise(bodies.logsigmoid, bodies.logsigmoid_back),
    "elu": Pointwise(bodies.elu, bodies.elu_back, alpha=1.0),
    "selu": Pointwise(bodies.selu, bodies.selu_back),
    "celu": Pointwise(bodies.celu, bodies.celu_back, alpha=1.0),
    "tanhshrink": Pointwise(bodies.tanhshrink, bodies.tanhshrink_back),
    "silu": Pointwise(bodies.silu, bodies.silu_back),
    "gelu": Pointwise(bodies.gelu, bodies.gelu_back),
    "gelu_tanh": Pointwise(bodies.gelu_tanh, bodies.gelu_tanh_back),
    "gelu_sigmoid": Pointwise(bodies.gelu_sigmoid, bodies.gelu_sigmoid_back),
    "mish": Pointwise(bodies.mish, bodies.mish_back),
    "erf": Pointwise(double.erf, bodies.erf_back),
    "erfc": Pointwise(double.erfc, bodies.erfc_back),
    **PAIRWISE,
    "softmax": Softmax(),
    "log_softmax": LogSoftmax(),
    "standardize": Standardize(),
    "standardize_affine": StandardizeAffine(),
    "affine": Affine(),
    "cross_entropy": CrossEntropy(),
    "nll_loss": Likelihood(),
    "place": Place(),
    "linear": Linear(),
}


@contextmanager
def without_kernels():
    """NumPy does everything inside: to compare, and for tests."""
    everything = [*KERNELS.values(), UPDATES, SUMS]
    before = [kernel.above for kernel in everything]
    try:
        for kernel in everything:
            kernel.above = float("inf")
        yield
    finally:
        for kernel, above in zip(everything, before, strict=True):
            kernel.above = above
