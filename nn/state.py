"""The state of a module as a dictionary of arrays, and back."""

from typing import NamedTuple

from .parameter import StateError, numbers_of, overwrite


class Mismatch(NamedTuple):
    """Names that a loaded state had too few or too many of."""

    missing_keys: list
    unexpected_keys: list

    def __repr__(self):
        if not (self.missing_keys or self.unexpected_keys):
            return "<All keys matched successfully>"
        return f"<missing {self.missing_keys}, unexpected {self.unexpected_keys}>"


class State:
    """The part of Module that saves and loads."""

    def state_dict(self, *, prefix="", keep_vars=False):
        """Every parameter and persistent buffer by its path: {"fc1.weight": ...}.

        The entries are constants that share memory with the module, as in PyTorch: training goes on to change
        them. `copy.deepcopy` the dictionary to keep a moment. keep_vars=True gives the parameters themselves.
        """
        return {name: thing if keep_vars else thing.detach() for name, thing in self._state(prefix)}

    def _state(self, prefix=""):
        for path, module in self.named_modules(remove_duplicate=False):
            dot = f"{prefix}{path}." if path else prefix
            for name, thing in module._parameters.items():
                if thing is not None:
                    yield dot + name, thing
            for name, thing in module._buffers.items():
                if thing is not None and name not in module._transient:
                    yield dot + name, thing

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """Copy numbers from a dictionary of paths, such as `state_dict()` gives, into this module.

        state_dict   values are Values, arrays, lists, or tensors of PyTorch; dtypes become those of the module
        strict       raise if a name is missing or too many; otherwise those are returned
        assign       is accepted; numbers are copied into the module's own memory either way

        Raises StateError that lists every missing and unexpected name and every wrong shape; nothing is loaded then.
        """
        if not hasattr(state_dict, "keys"):
            raise TypeError(f"a state is a dictionary of names and arrays, not {type(state_dict).__name__}")
        own = dict(self._state())
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        given = {name: numbers_of(state_dict[name]) for name in own if name in state_dict}
        wrong = [name for name, numbers in given.items() if numbers.shape != own[name].shape]
        problems = [
            f"{name}: {tuple(given[name].shape)} in the state, {tuple(own[name].shape)} in the module" for name in wrong
        ]
        problems += [f"{name}: no numbers" for name, numbers in given.items() if numbers.dtype.kind not in "fiub"]
        if strict:
            problems += [f"{name}: missing in the state" for name in missing]
            problems += [f"{name}: unexpected, the module has nothing of that name" for name in unexpected]
        if problems:
            hint = "" if wrong or not strict else "\nPass strict=False to load what fits."
            lines = "\n  ".join(problems)
            raise StateError(f"the state does not belong to this {type(self).__name__}:\n  {lines}{hint}")
        for name, numbers in given.items():
            overwrite(own[name], numbers)
        return Mismatch(missing, unexpected)
