"""Many scalar parameters stepped as one array: NumPy takes as long for one number as for a hundred."""

import numpy as np

from autograd.arrays import plain, shape_of
from autograd.errors import ShapeError
from autograd.memory import replace, touch
from autograd.text import label


def step_together(optimizer, scalars, group):
    """One step of scalar parameters, which all have gradients; their states hold scalars too."""
    for parameters in _alike(optimizer, scalars, group):
        states = [optimizer.state[p] for p in parameters]
        numbers = np.array([p._data for p in parameters])
        gradients = np.array([gradient_of(p) for p in parameters])
        state = {name: _joined([own[name] for own in states]) for name in states[0]}
        optimizer.update(numbers, gradients, state, group)
        for parameter, number in zip(parameters, _parted(numbers, len(states)), strict=True):
            replace(parameter, number)
            touch(parameter)
        for name, entries in state.items():
            for own, entry in zip(states, _parted(entries, len(states)), strict=True):
                own[name] = entry


def _alike(optimizer, scalars, group):
    """The scalars in lists of one dtype and one count of steps."""
    lists = {}
    for parameter in scalars:
        if parameter not in optimizer.state:
            begun = optimizer.begin(np.array(parameter._data), group)
            optimizer.state[parameter] = {n: plain(x) if x.__class__ is np.ndarray else x for n, x in begun.items()}
        counts = [entry for entry in optimizer.state[parameter].values() if _is_shared(entry)]
        lists.setdefault((parameter._data.__class__, *counts), []).append(parameter)
    return lists.values()


def _is_shared(entry):
    """Whether an entry of the state is no number of the parameter's own: a count of steps, or nothing yet."""
    return entry is None or entry.__class__ is int


def _joined(entries):
    return entries[0] if _is_shared(entries[0]) else np.array(entries)


def _parted(entries, count):
    if _is_shared(entries):
        return [entries] * count
    return entries.tolist() if entries.dtype == np.float64 else list(entries)


def gradient_of(parameter):
    """The numbers of a parameter's gradient. Raises ShapeError if they do not fit the parameter."""
    gradient, shape = parameter._grad._data, shape_of(parameter._data)
    if shape_of(gradient) == shape:
        return gradient
    raise ShapeError(
        f"{label(parameter)} has shape {shape} and a gradient of shape {shape_of(gradient)}: its data was replaced "
        "after backward(); call zero_grad() and run backward() again"
    )
