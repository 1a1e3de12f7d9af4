"""Layers that hold weights or move entries: Linear, Bilinear, Embedding, Dropout, Flatten."""

import math

import numpy as np

from autograd.errors import ArgumentError, ShapeError
from autograd.ops.dtypes import dtype_named
from autograd.ops.shapes import axis_of, listed, new_shape

from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter, overwrite


def empty_parameter(*shape, dtype=None):
    """A parameter to be initialised next."""
    return Parameter(np.zeros(new_shape(shape), dtype_named(dtype)))


class Identity(Module):
    """Hands its input on; takes any arguments, so that it can stand in for any layer."""

    def __init__(self, *arguments, **named):
        super().__init__()

    def forward(self, input):
        return input


class Linear(Module):
    """y = x Wᵀ + b.

    Shapes: input (..., in_features), result (..., out_features); weight (out_features, in_features), bias (out,).
    bias    whether there is one
    dtype   of the parameters, float32 by default

    Both start uniform in ±1/√in_features, as in PyTorch (Kaiming's rule with a = √5).

    Raises ShapeError, with the two numbers that differ, for an input of another width.
    """

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = empty_parameter(out_features, in_features, dtype=dtype)
        self.register_parameter("bias", empty_parameter(out_features, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self):
        """Draw the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features else 0.0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input):
        try:
            own = self._parameters  # the same as self.weight and self.bias, in a fifth of the time
            return F.linear(input, own["weight"], own["bias"])
        except ShapeError as error:
            raise ShapeError(self._misfit(tuple(np.shape(input)))) from error

    def _misfit(self, shape):
        flat = math.prod(shape[1:]) == self.in_features
        remedy = f"; flatten it first: x.view(-1, {self.in_features}) or nn.Flatten()" if flat else ""
        return f"{self!r}: an input of shape {shape} does not end in {self.in_features}{remedy}"

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """y_o = Σ_ij x1_i W_oij x2_j + b_o.

    Shapes: inputs (..., in1_features) and (..., in2_features), result (..., out_features); weight (out, in1, in2).
    Both parameters start uniform in ±1/√in1_features.
    """

    def __init__(self, in1_features, in2_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        if in1_features <= 0:
            raise ArgumentError(f"Bilinear: in1_features is above 0, {in1_features} was given")
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = empty_parameter(out_features, in1_features, in2_features, dtype=dtype)
        self.register_parameter("bias", empty_parameter(out_features, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self):
        """Draw the parameters anew."""
        bound = 1 / math.sqrt(self.in1_features)
        for parameter in self.parameters(recurse=False):
            init.uniform_(parameter, -bound, bound)

    def forward(self, input1, input2):
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self):
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Embedding(Module):
    """A table of vectors, one for each index: y = weight[index].

    Shapes: input any shape of integers, result (*input.shape, embedding_dim); weight (num_embeddings, embedding_dim).
    padding_idx   this row starts as zeros and gets no gradient

    The weight starts normal with mean 0 and variance 1.
    """

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None, *, _weight=None, device=None, dtype=None):
        super().__init__()
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ArgumentError(f"Embedding: padding_idx {padding_idx} is no row of {num_embeddings}")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        if _weight is not None:
            self.weight = Parameter(_weight)
        else:
            self.weight = empty_parameter(num_embeddings, embedding_dim, dtype=dtype)
            self.reset_parameters()

    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, padding_idx=None):
        """A table that is given; with `freeze` it is not trained."""
        rows, columns = embeddings.shape
        table = cls(rows, columns, padding_idx, _weight=embeddings)
        table.weight.requires_grad_(not freeze)
        return table

    def reset_parameters(self):
        """Draw the table anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            numbers = self.weight.data
            numbers[self.padding_idx] = 0.0
            overwrite(self.weight, numbers)

    def forward(self, input):
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self):
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


class Dropout(Module):
    """In training each entry is set to 0 with probability p and the others are divided by 1 - p; in evaluation nothing.

    The draws follow `autograd.manual_seed`. Source: Srivastava et al., Dropout, JMLR 15, 2014.
    """

    def __init__(self, p=0.5, inplace=False):
        super().__init__()
        if not 0 <= p <= 1:
            raise ArgumentError(f"Dropout: p is a probability between 0 and 1, {p} was given")
        self.p, self.inplace = p, inplace

    def forward(self, input):
        return F.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self):
        return f"p={self.p}, inplace={self.inplace}"


class Flatten(Module):
    """Makes one axis of those from start_dim to end_dim; by default of all but the batch."""

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input):
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Makes several axes of the axis `dim`; one length may be -1."""

    def __init__(self, dim, unflattened_size):
        super().__init__()
        self.dim, self.unflattened_size = dim, listed((unflattened_size,))

    def forward(self, input):
        shape = tuple(input.shape)
        axis = axis_of(self.dim, len(shape), "Unflatten")
        if -1 not in self.unflattened_size and math.prod(self.unflattened_size) != shape[axis]:
            raise ShapeError(f"Unflatten: an axis of length {shape[axis]} does not make {self.unflattened_size}")
        return input.reshape(shape[:axis] + self.unflattened_size + shape[axis + 1 :])

    def extra_repr(self):
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
