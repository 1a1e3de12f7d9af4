"""Gradients kept within bounds before an optimizer's step."""

import numpy as np

from autograd import Value
from autograd.arrays import plain
from autograd.errors import GradientError
from autograd.memory import touch
from autograd.value import constant


def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their common norm is at most `max_norm`. Returns the norm before.

    The norm is that of all entries of all gradients in one vector: ‖g‖ₚ = (Σ |gᵢ|ᵖ)^(1/p). Every gradient becomes
    g · min(1, max_norm / (‖g‖ + 10⁻⁶)).

    parameters          Values, or one; those without a gradient are left out
    norm_type           p; float("inf") takes the largest entry
    error_if_nonfinite  raise GradientError if the norm is inf or nan

    Source: Pascanu, Mikolov and Bengio, ICML 2013.
    """
    parameters, max_norm, norm_type = _with_gradients(parameters), float(max_norm), float(norm_type)
    with np.errstate(all="ignore"):
        norms = [_norm(p._grad._data, norm_type) for p in parameters]
        total = _norm(np.array(norms), norm_type)
        if error_if_nonfinite and not np.isfinite(total):
            raise GradientError(
                f"the norm of the gradients is {total}, so they cannot be clipped; look for the first value that is "
                "not finite, or leave out error_if_nonfinite"
            )
        factor = float(np.minimum(max_norm / (total + 1e-6), 1.0))
        for p in parameters:
            _rewrite(p, np.multiply, factor)
    return constant(float(total))


def clip_grad_value_(parameters, clip_value):
    """Cut every entry of all gradients to between −clip_value and clip_value."""
    clip_value = float(clip_value)
    for p in _with_gradients(parameters):
        _rewrite(p, np.clip, -clip_value, clip_value)


def _with_gradients(parameters):
    parameters = [parameters] if isinstance(parameters, Value) else parameters
    return [p for p in parameters if p._grad is not None]


def _norm(array, order):
    """Norm of all entries; in float64, in which the squares of float32 cannot overflow."""
    entries = np.asarray(array, dtype=np.float64).ravel()
    return np.linalg.norm(entries, ord=order) if entries.size else 0.0


def _rewrite(parameter, function, *arguments):
    """Apply a ufunc-like `function` to the gradient, in place where it is an array of its own."""
    gradient = parameter._grad
    if gradient.requires_grad:  # from create_graph: the graph keeps what it has
        parameter._grad = constant(plain(np.asarray(function(gradient._data, *arguments))))
    elif gradient._data.__class__ is np.ndarray:
        function(gradient._data, *arguments, out=gradient._data)
        touch(gradient)
    else:
        gradient.data = plain(np.asarray(function(gradient._data, *arguments)))
