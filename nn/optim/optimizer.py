"""What all optimizers share: parameter groups, the step over them, and state that can be saved.

An optimizer is two functions: `begin`, the state of one parameter before its first step, and `update`, the formula of
one step on plain arrays, entry by entry, in place. Everything else is here. Scalar parameters are stepped together, as
one array.
"""

import copy
from itertools import pairwise

import numpy as np

from autograd import Value, enable_grad
from autograd.arrays import plain, restore, shape_of, silence
from autograd.errors import ShapeError
from autograd.memory import touch
from autograd.text import label
from autograd.value import constant

from ..parameter import numbers_of
from .together import gradient_of, step_together


class Optimizer:
    """Base of all optimizers.

    params    Values to optimize, (name, Value) pairs, or dictionaries {"params": [...], "lr": ...}: a group each, whose
              entries win over the defaults
    defaults  hyperparameters of groups that do not give their own

    `param_groups` holds the groups, `state[p]` the arrays that belong to parameter p.

    Raises TypeError for what is no collection of Values, ValueError for none, for one given twice, for a result of
    operations, and for hyperparameters out of range.
    """

    nonnegative = ("lr",)  # hyperparameters that are numbers from 0 up
    shares = ()  # hyperparameters that lie in [0, 1), or pairs of such

    def __init__(self, params, defaults):
        self.defaults, self.param_groups, self.state = dict(defaults), [], {}
        self.steps_taken = 0
        groups = _as_list(params)
        if not groups:
            raise ValueError(
                f"{type(self).__name__} got an empty parameter list: pass model.parameters(), and note that a "
                "generator is empty after its first use"
            )
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    # -- what a subclass gives -----------------------------------------------------------------------------------------

    def begin(self, parameter, group):
        """State of one parameter before its first step: a dictionary of arrays and numbers."""
        return {}

    def update(self, parameter, gradient, state, group):
        """One step of one parameter: change the array `parameter` and the arrays in `state` in place."""
        raise NotImplementedError(f"{type(self).__name__} must define update(parameter, gradient, state, group)")

    # -- the step ------------------------------------------------------------------------------------------------------

    def step(self, closure=None):
        """Update every parameter that has a gradient, once.

        closure  computes the loss anew, calls backward() and returns the loss; called before the update

        Returns the closure's loss, or None. Raises ShapeError where a gradient does not fit its parameter.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        token = silence()
        try:
            for group in self.param_groups:
                self._step(group)
        finally:
            restore(token)
        self.steps_taken += 1
        return loss

    def _step(self, group):
        update, states, scalars = self.update, self.state, []
        for parameter in group["params"]:
            if parameter._grad is None:
                continue
            array = parameter._data
            if array.__class__ is not np.ndarray:
                scalars.append(parameter)
                continue
            if parameter not in states:
                states[parameter] = self.begin(array, group)
            gradient = parameter._grad._data
            if gradient.__class__ is not np.ndarray or gradient.shape != array.shape:
                gradient = gradient_of(parameter)  # which says what is wrong
            update(array, gradient, states[parameter], group)
            touch(parameter)  # a graph that used the old numbers can no longer be swept
        if scalars:
            step_together(self, scalars, group)

    def zero_grad(self, set_to_none=True):
        """Forget all gradients, or with `set_to_none=False` set them to zero."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter._grad is not None:
                    parameter._grad = None if set_to_none else constant(plain(np.zeros_like(parameter._data)))

    # -- parameter groups ----------------------------------------------------------------------------------------------

    def add_param_group(self, param_group):
        """Optimize more parameters: {"params": [...], and hyperparameters that differ from the defaults}."""
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise TypeError('a parameter group is a dictionary with "params", such as {"params": layer.parameters()}')
        self._refuse_unknown(param_group)
        group = {**self.defaults, **param_group}
        group["params"] = self._checked(_as_list(group["params"]))
        self.check(group)
        self.param_groups.append(group)

    def _refuse_unknown(self, group):
        unknown = set(group) - set(self.defaults) - {"params", "name", "initial_lr", "param_names"}
        if unknown:
            raise ValueError(
                f"{type(self).__name__} has no hyperparameter {sorted(unknown)[0]!r}; it has {', '.join(self.defaults)}"
            )

    def _checked(self, parameters):
        taken = {id(p) for group in self.param_groups for p in group["params"]}
        checked = []
        for given in parameters:
            value = given[1] if _is_named(given) else given
            if not isinstance(value, Value):
                raise TypeError(
                    f"an optimizer takes Values, not {type(value).__name__}: pass model.parameters() or [W, b]"
                )
            if value.op is not None:
                raise ValueError(
                    f"cannot optimize {label(value)}: it is a result of operations, which the next forward pass "
                    "computes anew; pass the leaves it was made from, or .detach().requires_grad_()"
                )
            if id(value) in taken:
                raise ValueError(
                    f"{label(value)} was given to the optimizer twice, and would be updated twice a step; give each "
                    "parameter once, in one group"
                )
            taken.add(id(value))
            checked.append(value)
        return checked

    def check(self, group):
        """Refuse hyperparameters out of range; a subclass adds what must hold between them."""
        for name in (*self.nonnegative, *self.shares):
            given = group[name]
            if isinstance(given, Value):  # a rate is a number, not a part of the graph
                given = group[name] = given.item()
            numbers = given if isinstance(self.defaults[name], (tuple, list)) else (given,)
            try:
                fits = all(number >= 0 and (number < 1 or name in self.nonnegative) for number in numbers)
            except TypeError as error:
                raise TypeError(f"{type(self).__name__}: {name} must be a number, not {given!r}") from error
            if not fits:
                allowed = "at least 0" if name in self.nonnegative else "at least 0 and below 1"
                raise ValueError(f"{type(self).__name__}: {name} must be {allowed}, not {given}")

    # -- saving --------------------------------------------------------------------------------------------------------

    def state_dict(self):
        """State and hyperparameters as a dictionary of copies, parameters numbered in their order, as PyTorch's."""
        numbers = {p: i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}
        state = {numbers[p]: copy.deepcopy(entries) for p, entries in self.state.items() if p in numbers}
        groups = [{**group, "params": [numbers[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": dict(sorted(state.items())), "param_groups": copy.deepcopy(groups)}

    def load_state_dict(self, state_dict):
        """Take over a state saved by `state_dict`; also PyTorch's, since its tensors are arrays to NumPy.

        Raises ValueError if the groups hold other numbers of parameters, ShapeError if the arrays have other shapes.
        """
        saved = state_dict["param_groups"]
        ours, theirs = ([len(group["params"]) for group in groups] for groups in (self.param_groups, saved))
        if ours != theirs:
            raise ValueError(
                f"the saved state is of groups with {theirs} parameters, this optimizer has groups with {ours}: make "
                "it with the same parameters, in the same order"
            )
        numbered = [number for group in saved for number in group["params"]]
        parameters = [p for group in self.param_groups for p in group["params"]]
        state = {}
        for number, parameter in zip(numbered, parameters, strict=True):
            if number in state_dict["state"]:
                state[parameter] = self._restored(parameter, state_dict["state"][number])
        self.state = state
        for group, entries in zip(self.param_groups, saved, strict=True):
            known = {
                name: copy.deepcopy(entry) for name, entry in entries.items() if name in {*self.defaults, "initial_lr"}
            }
            group.update(known)

    def _restored(self, parameter, entries):
        restored = {}
        for name, entry in entries.items():
            if name == "step":
                restored[name] = int(entry)
            elif entry is None or isinstance(entry, (int, float)):
                restored[name] = entry
            else:
                restored[name] = plain(np.array(numbers_of(entry), dtype=parameter.dtype))
                if shape_of(restored[name]) != parameter.shape:
                    raise ShapeError(
                        f"the saved {name} has shape {shape_of(restored[name])}, its parameter {label(parameter)} has "
                        f"{tuple(parameter.shape)}: the state belongs to another model or another order of parameters"
                    )
        return restored

    def __repr__(self):
        lines = [f"{type(self).__name__}("]
        for number, group in enumerate(self.param_groups):
            numbers = ", ".join(f"{name}={value}" for name, value in group.items() if name != "params")
            lines.append(f"  group {number}: {len(group['params'])} parameters, {numbers}")
        return "\n".join([*lines, ")"])


def _as_list(params):
    """The parameters, or groups of them, as a list."""
    if isinstance(params, Value):
        raise TypeError("an optimizer takes a list of Values, not one: write [W] instead of W")
    if isinstance(params, (set, frozenset, str, bytes)) or not hasattr(params, "__iter__"):
        raise TypeError(
            f"an optimizer takes an ordered collection of Values, such as model.parameters() or [W, b], not "
            f"{type(params).__name__}"
        )
    items = list(params)
    for before, after in pairwise(items):
        if isinstance(before, dict) != isinstance(after, dict):
            raise TypeError('parameters and groups do not mix: write every group as {"params": [...]}')
    return items


def _is_named(given):
    """Whether this is what `named_parameters()` gives: a name and a Value."""
    return isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str)


def steered(gradient, parameter, weight_decay, maximize):
    """The gradient to go against: turned around to climb, with the slope of ½·weight_decay·parameter² added."""
    if maximize:
        gradient = np.negative(gradient)
    if weight_decay:
        gradient = gradient + weight_decay * parameter
    return gradient
