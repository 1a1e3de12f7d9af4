"""Operations that only programs have. They are called like rows, on Values while a function is recorded."""

import numpy as np

from ..memory import NO_PARAMETERS


class Internal:
    """An operation without derivatives; `function` runs it on numbers."""

    composite = scalar = None

    def __init__(self, name, function, only_form=False, rules=None):
        self.name, self.function, self.rules = name, function, rules
        self.only_form = only_form  # the function gives the shape and dtype of the result, not its numbers

    def __call__(self, *operands, **parameters):
        for operand in operands:
            if hasattr(operand, "__record__"):
                return operand.__record__(self, operands, parameters)
        return self.evaluate(operands, parameters)

    def evaluate(self, operands, parameters=NO_PARAMETERS):
        """The operation on numbers."""
        return self.function(*operands, **parameters)


def _total(*parts):
    result = parts[0]
    for part in parts[1:]:
        result = result + part
    return result


def _missed(x, classes, *, ignore):
    kept = classes != ignore
    return np.where(kept, -np.take_along_axis(x, np.where(kept, classes, 0)[..., None], -1)[..., 0], x.dtype.type(0))


def _one_hot(classes, like, *, ignore):
    return ((classes[..., None] == np.arange(like.shape[-1])) & (classes != ignore)[..., None]).astype(like.dtype)


def _missed_slope(p, classes, g, *, ignore):
    kept = (classes != ignore)[..., None]
    return np.where(kept, (p - _one_hot(classes, p, ignore=ignore)) * np.asarray(g)[..., None], 0).astype(p.dtype)


def _kept(classes, like, *, ignore):
    return np.sum(classes != ignore, dtype=like.dtype)


total = Internal("total", _total)  # what a copy node does backward: the sum of all that arrived, in order
multiply_add = Internal("multiply_add", lambda a, b, c: a * b + c)
minus_product = Internal("minus_product", lambda a, b, c: c - a * b)
# what optimizers do, in one pass instead of several
toward = Internal("toward", lambda a, b, share: a + (b - a) * share)
add_square = Internal("add_square", lambda a, keep, x, share: a * keep + x * x * share)
less_by_root = Internal("less_by_root", lambda a, rate, b, square, eps: a - rate * (b / (np.sqrt(square) + eps)))
product_add = Internal("product_add", lambda a, b, factor, c: c + factor * (a @ b))  # for matrices
missed = Internal("missed", _missed)  # -x[i, classes[i]], 0 where the class is to be ignored
missed_slope = Internal("missed_slope", _missed_slope)  # (p - onehot(classes)) * g, 0 where ...
one_hot = Internal("one_hot", _one_hot)  # [classes[i] = c] in the shape and dtype of a like
kept = Internal("kept", _kept)  # how many classes are not to be ignored, in the dtype of a like
# the result of a user's Function, from what its forward gave and its arguments; how it passes gradients: `fused.RULES`
by_hand = Internal("by_hand", lambda result, *operands, function: result, rules=())
relaid = Internal("relaid", lambda x: x)  # the same numbers with their first axis fastest in memory


def forward_body(name):
    """An activation by the body of its kernel: (x, settings...)."""
    return Internal(f"{name}_forward", lambda x, *settings: x, only_form=True)


def backward_body(name):
    """The gradient of an activation by the body of its kernel: (g, x, settings...)."""
    return Internal(f"{name}_back", lambda g, x, *settings: g * x, only_form=True)
