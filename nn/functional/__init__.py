"""Activations, losses and normalisations as functions, with the names and arguments of torch.nn.functional.

Each is a row of the table, or a few: `F.elu` shows its formula, rules and source, `F.ACTIVATIONS` lists the activations.
"""

from autograd.ops.joining import pad
from autograd.ops.linear import linear

from .activations import (
    ACTIVATIONS,
    celu,
    elu,
    gelu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    log_softmax,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    rrelu,
    selu,
    sigmoid,
    silu,
    softmax,
    softmin,
    softplus,
    softshrink,
    softsign,
    step,
    tanh,
    tanhshrink,
    threshold,
)
from .bilinear import bilinear
from .classification import categorical_cross_entropy, cross_entropy, nll_loss
from .margins import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    hinge_loss,
    kl_div,
    multi_margin_loss,
)
from .normalization import batch_norm, cosine_similarity, layer_norm, normalize, rms_norm
from .regression import (
    gaussian_nll_loss,
    huber_loss,
    l1_loss,
    log_cosh_loss,
    mse_loss,
    poisson_nll_loss,
    smooth_l1_loss,
)
from .sparse import dropout, embedding, one_hot
