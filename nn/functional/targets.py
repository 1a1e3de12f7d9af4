"""Targets of losses over classes: which entry of the logits is meant, how much it counts, and whether it fits."""

import numpy as np

from autograd.arrays import Absent, dtype_of
from autograd.errors import ArgumentError, DtypeError, RangeError, ShapeError
from autograd.ops.shapes import lengths
from autograd.value import Value


def class_axis(input):
    """The axis of the classes: 1, or 0 for one sample without a batch."""
    return min(len(lengths(input)), 2) - 1


def places(target, axis):
    """The index of each target's own entry among the logits."""
    if target.ndim == 1:
        return np.arange(target.size), target
    grid = np.ogrid[tuple(slice(length) for length in target.shape)]
    return (*grid[:axis], target, *grid[axis:])


def own_weights(target, dtype, weight, ignore_index):
    """The targets with those to ignore replaced by 0, and the weight of each: 0 for those."""
    kept = target != ignore_index
    target = np.where(kept, target, 0)
    return target, kept.astype(dtype) if weight is None else np.where(kept, np.asarray(weight, dtype)[target], 0)


def wanted_share(target, shape, dtype, weight, ignore_index, label_smoothing):
    """The target distribution over the classes times the class weights, and the total weight of the targets.

    q_c = w_t (1 - ε) [c = t] + w_c ε/C for a target t; all zeros for a target to ignore.
    """
    axis = min(len(shape), 2) - 1
    at, own = own_weights(target, dtype, weight, ignore_index)
    share = np.zeros(shape, dtype)
    share[places(at, axis)] = own * dtype.type(1.0 - label_smoothing)
    if label_smoothing:
        classes = shape[axis]
        w = np.ones(classes, dtype) if weight is None else np.asarray(weight, dtype)
        around = w.reshape((classes,) + (1,) * (len(shape) - axis - 1)) * dtype.type(label_smoothing / classes)
        share += np.where(np.expand_dims(target != ignore_index, axis), around, 0)
    return share, own.sum()


def numbers(thing):
    """The raw numbers of a Value or of what is raw already."""
    return thing._data if thing.__class__ is Value else thing


def kind(thing):
    """What kind of numbers: "f", "i" ..., as NumPy names them."""
    return dtype_of(numbers(thing)).kind


def class_arrays(name, input, target, weight):
    """Operands as Values or arrays, and the class weights as plain numbers of the right length."""
    input, target = (x if x.__class__ in (Value, np.ndarray) else np.asarray(x) for x in (input, target))
    shape = lengths(input)
    if not shape:
        raise ShapeError(f"{name}: an input of shape () has no classes")
    classes = shape[class_axis(input)]
    if weight is not None:
        weight = np.asarray(weight)
        if weight.shape != (classes,):
            raise ShapeError(f"{name}: weight has one entry a class, shape ({classes},), not {weight.shape}")
    return input, target, weight


def check_indices(name, input, target, ignore_index):
    """Refuse class indices whose shape, dtype or range is wrong, and say what to write."""
    check_index_form(name, input, target)
    if not isinstance(numbers(target), Absent):  # else a function is being compiled: its program will look at them
        check_range(name, np.asarray(numbers(target)), lengths(input)[class_axis(input)], ignore_index)


def check_index_form(name, input, target):
    """The same without their range, which rows check themselves."""
    shape, axis = lengths(input), class_axis(input)
    wanted, given = shape[:axis] + shape[axis + 1 :], lengths(target)
    indices = numbers(target)
    if given != wanted:
        raise ShapeError(
            f"{name}: logits of shape {shape} want class indices of shape {wanted}, not {given}{_advice(target, given, wanted)}"
        )
    if dtype_of(indices).kind not in "iu":
        raise DtypeError(f"{name}: class indices are integers, not {dtype_of(indices)}; write target.long()")


def check_range(name, indices, classes, ignore_index):
    """Refuse an index that is no class."""
    bad = (indices < 0) | (indices >= classes)
    if bad.any() and (bad := bad & (indices != ignore_index)).any():
        raise RangeError(
            f"{name}: target {indices[bad].flat[0]} is no class; there are {classes}, from 0 to {classes - 1}"
        )


def plain_indices(input, target):
    """Whether these are logits (N, C, ...) and indices (N, ...) as usual: nothing but their range is to be checked."""
    if input.__class__ is not Value or target.__class__ is not Value:
        return False
    x, t = input._data, target._data
    return (
        x.__class__ is np.ndarray and t.__class__ is np.ndarray
        and x.ndim > 1 and t.dtype == np.int64 and t.shape == x.shape[:1] + x.shape[2:]
    )  # fmt: skip


def _advice(target, given, wanted):
    if [size for size in given if size != 1] == [size for size in wanted if size != 1]:
        return f"; write target.reshape({wanted})"
    if kind(target) == "f":
        return "; probabilities as targets have the shape of the logits"
    if len(given) == len(wanted) + 1:
        return "; a one-hot target must have floats: write target.float(), or target.argmax(1) for its indices"
    return ""


def check_probabilities(name, input, remedy):
    """Refuse numbers outside [0, 1]."""
    p = numbers(input)
    if isinstance(p, Absent):
        return
    p = np.asarray(p)
    if ((p < 0) | (p > 1)).any():
        raise ArgumentError(f"{name}: the input holds numbers outside [0, 1], which are no probabilities; {remedy}")
