"""Arguments that are refused: each says what is wrong. And a few names that do little."""

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd import Value
from autograd.errors import AutogradError

A, B, M = Value(np.ones(3)), Value(np.ones((2, 3))), Value(np.eye(3))
INDEX = np.zeros((2, 1), int)

REFUSED = {
    "div: rounding_mode": lambda: autograd.div(A, 2.0, rounding_mode="up"),
    "is_nonzero is for one number": lambda: autograd.is_nonzero(A),
    "diff is for at least one axis": lambda: autograd.diff(Value(1.0)),
    "fill_ takes one number": lambda: (A + 0.0).fill_(np.ones(3)),
    "pad: mode is": lambda: autograd.pad(B, (1, 1), mode="mirror"),
    "bmm is for batches of one length": lambda: autograd.bmm(np.ones((2, 2, 2)), np.ones((3, 2, 2))),
    "linear: weight is a matrix": lambda: autograd.linear(B, np.ones((2, 3, 3))),
    "multinomial takes weights": lambda: autograd.multinomial(np.array([1.0, -1.0]), 1),
    "random_: there is no integer": lambda: (A + 0.0).random_(3, 3),
    "normal_: a standard deviation": lambda: (A + 0.0).normal_(0.0, -1.0),
    "the index has 1 axes, the array 2": lambda: autograd.gather(B, 1, np.zeros(2, int)),
    "scatter: the source": lambda: autograd.scatter(B, 1, INDEX, np.ones(2)),
    "median: dim 1 of shape": lambda: autograd.median(Value(np.ones((2, 0))), 1),
    "multi_margin_loss: p is 1 or 2": lambda: F.multi_margin_loss(B, np.array([0, 1]), p=3),
    "cosine_embedding_loss": lambda: F.cosine_embedding_loss(B, B, np.ones(3)),
    "batch_norm: an input of shape": lambda: F.batch_norm(A, None, None, training=True),
    "smooth_l1_loss: beta is not negative": lambda: F.smooth_l1_loss(A, np.ones(3), beta=-1.0),
    "huber_loss: delta is above 0": lambda: F.huber_loss(A, np.ones(3), delta=0.0),
    r"an input of shape \(\) has no classes": lambda: F.cross_entropy(Value(1.0), np.array(0)),
    "dropout: p is a probability": lambda: F.dropout(A, p=1.5),
    "one_hot: class indices are integers": lambda: F.one_hot(A),
    "one_hot: no index": lambda: F.one_hot(np.zeros(0, int)),
    "one_hot: indices from 0 to 3": lambda: F.one_hot(np.array([0, 3]), 2),
    r"a weight of shape \(2,\) does not fit": lambda: F.mse_loss(A, np.zeros(3), weight=np.ones(2)),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_refused_says_so(message):
    with pytest.raises((AutogradError, ValueError, TypeError), match=message):
        REFUSED[message]()


def test_names_that_do_little():
    empty = autograd.empty_like(B)
    assert (empty.shape, empty.dtype) == (B.shape, B.dtype)
    assert autograd.is_floating_point(B)
    assert not autograd.is_floating_point(np.arange(3))
    assert autograd.finfo(np.float32).eps == np.finfo(np.float32).eps
    assert autograd.iinfo(np.int8).max == 127
    assert repr(autograd.device("cpu")) == "device(type='cpu')"
    assert A.cpu() is A
    assert A.expand(2, 3).tolist() == [[1.0] * 3] * 2
    assert B.sum_to_size(1, 3).tolist() == [[2.0] * 3]
    assert B.nbytes == 48
    assert (M + 0.0).fill_diagonal_(5.0).tolist() == (np.eye(3) * 5.0).tolist()
    assert autograd.scatter(B, 1, INDEX, value=2.0, reduce="add").tolist() == [[3.0, 1.0, 1.0]] * 2
    assert B[[]].shape == (0, 3)
    assert autograd.median(Value(4.0), 0).values.item() == 4.0
    assert float(F.kl_div(np.log(0.5), np.array(0.5), reduction="batchmean")) == pytest.approx(0.0)
