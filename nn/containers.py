"""Modules that hold modules or parameters: in a row, in a list, in a dictionary."""

from collections.abc import Mapping
from operator import index

from .module import Module
from .parameter import Parameter


class _Row:
    """What Sequential and ModuleList share: their modules are numbered "0", "1", ... in order."""

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __contains__(self, module):
        return any(module is own for own in self._modules.values())

    def __getitem__(self, position):
        if isinstance(position, slice):
            return self._part(position)
        return self._modules[self._key(position)]

    def __setitem__(self, position, module):
        setattr(self, self._key(position), module)

    def __delitem__(self, position):
        names = list(self._modules)
        gone = names[position] if isinstance(position, slice) else [self._key(position)]
        self._renumber([module for name, module in self._modules.items() if name not in gone])

    def append(self, module):
        """Add a module at the end. Returns the container."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules):
        """Add modules at the end. Returns the container."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, position, module):
        """Put a module in front of `position`; those behind it move on by one."""
        modules = list(self)
        if not -len(modules) <= position <= len(modules):
            raise IndexError(f"{type(self).__name__} has {len(modules)} modules, there is no place {position}")
        modules.insert(position, module)
        self._renumber(modules)
        return self

    def pop(self, position=-1):
        """Take out the module at `position` and return it."""
        module = self[position]
        del self[position]
        return module

    def __add__(self, other):
        return self._of([*self, *other])

    def __iadd__(self, other):
        return self.extend(other)

    def _renumber(self, modules):
        self._modules.clear()
        self.extend(modules)

    def _key(self, position):
        names = list(self._modules)
        try:
            return names[index(position)]
        except IndexError:
            raise IndexError(f"{type(self).__name__} has {len(names)} modules, there is no number {position}") from None


class Sequential(_Row, Module):
    """Modules one after the other: each gets the result of the one before it.

    Sequential(Linear(2, 4), Tanh(), Linear(4, 1))   or   Sequential({"hidden": Linear(2, 4), "out": Linear(4, 1)})

    Index, slice, append, insert and iterate it like a list.
    """

    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            modules = modules[0].items()
        else:
            modules = ((str(position), module) for position, module in enumerate(modules))
        for name, module in modules:
            self.add_module(name, module)

    def forward(self, input):
        for module in self._modules.values():
            input = module(input)
        return input

    def _part(self, positions):
        return type(self)(dict(list(self._modules.items())[positions]))

    def _of(self, modules):
        return type(self)(*modules)


class ModuleList(_Row, Module):
    """A list of modules that are registered; it computes nothing itself."""

    def __init__(self, modules=()):
        super().__init__()
        self.extend(modules)

    def insert(self, position, module):
        """Put a module in front of `position`; those behind it move on by one. Like a list's, it returns nothing."""
        super().insert(position, module)

    def _part(self, positions):
        return self._of(list(self)[positions])

    def _of(self, modules):
        return type(self)(modules)


class ModuleDict(Module):
    """A dictionary of modules that are registered, in order of insertion; it computes nothing itself."""

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules)

    def __contains__(self, name):
        return name in self._modules

    def __getitem__(self, name):
        return self._modules[name]

    def __setitem__(self, name, module):
        self.add_module(name, module)

    def __delitem__(self, name):
        del self._modules[name]

    def keys(self):
        """The names."""
        return self._modules.keys()

    def values(self):
        """The modules."""
        return self._modules.values()

    def items(self):
        """Pairs of name and module."""
        return self._modules.items()

    def update(self, modules):
        """Add the modules of a dictionary, or of pairs (name, module)."""
        for name, module in dict(modules).items():
            self[name] = module

    def pop(self, name):
        """Take out a module and return it."""
        return self._modules.pop(name)

    def clear(self):
        """Take out all modules."""
        self._modules.clear()


class ParameterList(Module):
    """A list of parameters that are registered; plain Values and arrays become Parameters."""

    def __init__(self, values=()):
        super().__init__()
        self.extend(values)

    def __len__(self):
        return len(self._parameters)

    def __iter__(self):
        return iter(self._parameters.values())

    def __getitem__(self, position):
        chosen = list(self)[position]
        return type(self)(chosen) if isinstance(position, slice) else chosen

    def __iadd__(self, values):
        return self.extend(values)

    def __setitem__(self, position, value):
        self._parameters[list(self._parameters)[index(position)]] = _parameter(value)

    def append(self, value):
        """Add a parameter at the end. Returns the list."""
        self.register_parameter(str(len(self)), _parameter(value))
        return self

    def extend(self, values):
        """Add parameters at the end. Returns the list."""
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self):
        return "\n".join(f"({name}): {_described(value)}" for name, value in self._parameters.items())


class ParameterDict(Module):
    """A dictionary of parameters that are registered; plain Values and arrays become Parameters."""

    def __init__(self, parameters=None):
        super().__init__()
        for name, value in dict(parameters or {}).items():
            self[name] = value

    def __len__(self):
        return len(self._parameters)

    def __iter__(self):
        return iter(self._parameters)

    def __contains__(self, name):
        return name in self._parameters

    def __getitem__(self, name):
        return self._parameters[name]

    def __setitem__(self, name, value):
        self.register_parameter(name, _parameter(value))

    def __delitem__(self, name):
        del self._parameters[name]

    def keys(self):
        """The names."""
        return self._parameters.keys()

    def values(self):
        """The parameters."""
        return self._parameters.values()

    def items(self):
        """Pairs of name and parameter."""
        return self._parameters.items()

    def get(self, name, default=None):
        """The parameter of a name, or `default`."""
        return self._parameters.get(name, default)

    def setdefault(self, name, default=None):
        """The parameter of a name; if there is none, `default`, which is added first."""
        if name not in self:
            self[name] = default
        return self[name]

    def update(self, parameters):
        """Add the parameters of a dictionary, or of pairs (name, parameter)."""
        for name, value in dict(parameters).items():
            self[name] = value

    def pop(self, name):
        """Take out a parameter and return it."""
        return self._parameters.pop(name)

    def clear(self):
        """Take out all parameters."""
        self._parameters.clear()

    def extra_repr(self):
        return "\n".join(f"({name}): {_described(value)}" for name, value in self._parameters.items())


def _parameter(value):
    return value if isinstance(value, Parameter) else Parameter(value)


def _described(value):
    return f"Parameter of shape {tuple(value.shape)}, {value.dtype}"
