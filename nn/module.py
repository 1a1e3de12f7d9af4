"""Module: the base of layers and networks. It finds its parameters, buffers and submodules by their attribute names."""

import numpy as np

from autograd.errors import DtypeError
from autograd.mode import here, mode
from autograd.ops.dtypes import check_device, dtype_named, float32, float64
from autograd.value import Value

from .hooks import Hooked
from .parameter import Parameter, recast
from .state import State


class Module(State, Hooked):
    """Base class of every layer and network, as `torch.nn.Module`.

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc1 = nn.Linear(784, 128)

            def forward(self, x):
                return F.relu(self.fc1(x))

    A Parameter, a Module or a registered buffer that is assigned to an attribute is found again by `parameters()`,
    `state_dict()` and so on, under the attribute's name. Calling the module runs `forward` inside a scope of that
    name, so that pictures can fold it, and names the parameters for pictures ("fc1.weight").
    """

    training = True

    def __init__(self):
        self.__dict__.update(_parameters={}, _buffers={}, _modules={}, _transient=set(), training=True)
        self.__dict__["_scope"] = type(self).__name__
        self._prepare_hooks()

    def forward(self, *inputs):
        """What the module computes; every subclass writes its own."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *inputs, **named):
        outer = here.scope  # what follows is `with scope(self._scope)`, written out: half the cost of calling a module
        if not outer:
            mode.count(+1)
        here.scope = (*outer, self._scope)
        try:
            if self._forward_pre_hooks or self._forward_hooks or self._backward_hooks:
                return self._call_with_hooks(inputs, named)
            return self.forward(*inputs, **named)
        finally:
            here.scope = outer
            if not outer:
                mode.count(-1)

    # -- attributes -------------------------------------------------------------------------------------------

    def __setattr__(self, name, thing):
        if "_modules" not in self.__dict__:
            if isinstance(thing, (Parameter, Module)):
                raise AttributeError(
                    f"{type(self).__name__}: call super().__init__() before assigning modules and parameters ({name})"
                )
            object.__setattr__(self, name, thing)
        elif isinstance(thing, Parameter):
            self._register(self._parameters, name, thing)
        elif isinstance(thing, Module):
            self._register(self._modules, name, thing)
        elif name in self._parameters:
            _only_none(thing, name, "a parameter", "an nn.Parameter")
            self._parameters[name] = None
        elif name in self._modules:
            _only_none(thing, name, "a module", "an nn.Module")
            self._modules[name] = None
        elif name in self._buffers:
            if thing is not None and not isinstance(thing, Value):
                raise TypeError(f"{name!r} is a buffer: it holds a tensor or None, not {type(thing).__name__}")
            self._buffers[name] = thing
        else:
            object.__setattr__(self, name, thing)

    def __getattr__(self, name):
        for registry in ("_parameters", "_buffers", "_modules"):
            things = self.__dict__.get(registry, ())
            if name in things:
                return things[name]
        missing = "" if "_modules" in self.__dict__ else "; does its __init__ call super().__init__()?"
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{missing}", name=name, obj=self)

    def __delattr__(self, name):
        for things in (self._parameters, self._buffers, self._modules):
            if name in things:
                del things[name]
                self._transient.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self):
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})

    def _register(self, registry, name, thing):
        """Put `thing` under `name` into one of the registries and nowhere else, and pass its new name on."""
        for other in (self.__dict__, self._parameters, self._buffers, self._modules):
            if other is not registry:
                other.pop(name, None)
        registry[name] = thing
        if registry is self._modules and thing is not None:
            _name_submodule(name, thing)
        elif thing is not None and thing.name is None:
            thing.name = name

    def _check_name(self, registry, name, kind):
        if not isinstance(name, str):
            raise TypeError(f"the name of a {kind} is a string, not {name!r}")
        if not name or "." in name:
            raise KeyError(f"the name of a {kind} is not empty and has no point in it: {name!r}")
        if "_modules" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__}: call super().__init__() before registering {name!r}")
        if name not in registry and hasattr(self, name):
            raise KeyError(f"{type(self).__name__} has an attribute {name!r} already")

    def register_parameter(self, name, param):
        """Add a parameter; None reserves the name (a layer without bias)."""
        self._check_name(self.__dict__.get("_parameters", ()), name, "parameter")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"{name!r} is not a Parameter: wrap it, nn.Parameter(...)")
        self._register(self._parameters, name, param)

    def register_buffer(self, name, tensor, persistent=True):
        """Add a tensor that is not trained but belongs to the state (running statistics).

        persistent=False leaves it out of `state_dict()`.
        """
        self._check_name(self.__dict__.get("_buffers", ()), name, "buffer")
        if tensor is not None and not isinstance(tensor, Value):
            raise TypeError(f"buffer {name!r} is a tensor or None, not {type(tensor).__name__}")
        self._register(self._buffers, name, tensor)
        (self._transient.discard if persistent else self._transient.add)(name)

    def add_module(self, name, module):
        """Add a submodule under a name; None reserves the name."""
        self._check_name(self.__dict__.get("_modules", ()), name, "module")
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{name!r} is not a Module but {type(module).__name__}")
        self._register(self._modules, name, module)

    register_module = add_module

    # -- walking through what is registered ---------------------------------------------------------------------

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """(path, module) of this module ("") and all below it, parents first, each module once."""
        seen = set() if memo is None else memo
        waiting = [(prefix, self)]
        while waiting:
            path, module = waiting.pop()
            if remove_duplicate and module in seen:
                continue
            seen.add(module)
            yield path, module
            below = [(join(path, name), child) for name, child in module._modules.items() if child is not None]
            waiting.extend(reversed(below))

    def named_children(self):
        """(name, module) of the direct submodules, each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        """(path, parameter) in the order of registration, "fc1.weight" first; a shared parameter once."""
        return self._members("_parameters", prefix, recurse, remove_duplicate)

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        """(path, buffer) in the order of registration, a shared buffer once."""
        return self._members("_buffers", prefix, recurse, remove_duplicate)

    def _members(self, registry, prefix, recurse, remove_duplicate):
        seen = set()
        owners = self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]
        for path, module in owners:
            for name, thing in module.__dict__[registry].items():
                if thing is None or (remove_duplicate and id(thing) in seen):
                    continue
                seen.add(id(thing))
                yield join(path, name), thing

    def modules(self):
        """This module and all below it, each once."""
        return (module for _, module in self.named_modules())

    def children(self):
        """The direct submodules, each once."""
        return (module for _, module in self.named_children())

    def parameters(self, recurse=True):
        """The parameters, each once, for an optimizer."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def buffers(self, recurse=True):
        """The buffers, each once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target):
        """The module at a path: "encoder.0"; "" is this one. Raises AttributeError where there is none."""
        module = self
        for name in target.split(".") if target else ():
            if module._modules.get(name) is None:
                raise AttributeError(f"{type(module).__name__} has no submodule {name!r} (asked for {target!r})")
            module = module._modules[name]
        return module

    def get_parameter(self, target):
        """The parameter at a path: "encoder.0.weight". Raises AttributeError where there is none."""
        path, _, name = target.rpartition(".")
        parameter = self.get_submodule(path)._parameters.get(name)
        if parameter is None:
            raise AttributeError(f"there is no parameter {target!r}")
        return parameter

    # -- doing something to all of it -----------------------------------------------------------------------------

    def train(self, mode=True):
        """Switch this module and all below it to training (or with False to evaluation). Returns it."""
        if not isinstance(mode, bool):
            raise ValueError(f"train() takes True or False, not {mode!r}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        """Switch to evaluation: dropout lets everything pass, batch norm uses its running statistics. Returns it."""
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Switch gradients of all parameters on or off (to freeze a part of a network). Returns the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        """Forget the gradients of all parameters; set_to_none=False fills them with zeros instead."""
        for parameter in self.parameters():
            if parameter.grad is not None:
                parameter.grad = None if set_to_none else np.zeros(parameter.shape, parameter.dtype)

    def apply(self, fn):
        """Call fn(module) for all modules below and then for this one (to initialise weights). Returns the module."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def to(self, *what, dtype=None, device=None):
        """Convert parameters and buffers in place to a floating dtype; the only device is "cpu". Returns the module."""
        for thing in (*what, dtype):
            if thing is None or isinstance(thing, bool):
                continue
            try:
                kind = dtype_named(thing)
            except DtypeError:
                check_device(thing)
            else:
                self._recast(kind)
        check_device(device)
        return self

    def float(self):
        """Convert floating parameters and buffers to float32 in place. Returns the module."""
        return self._recast(float32)

    def double(self):
        """Convert floating parameters and buffers to float64 in place. Returns the module."""
        return self._recast(float64)

    def cpu(self):
        """The module as it is: all numbers live in the processor's memory."""
        return self

    def _recast(self, dtype):
        if dtype not in (float32, float64):
            raise DtypeError(f"modules compute in float32 or float64, not {dtype}")
        for thing in (*self.parameters(), *self.buffers()):
            recast(thing, dtype)
        return self

    # -- text -----------------------------------------------------------------------------------------------------

    def extra_repr(self):
        """What the repr shows between the parentheses; layers write their sizes here."""
        return ""

    def _get_name(self):
        return type(self).__name__

    def __repr__(self):
        lines = self.extra_repr().split("\n") if self.extra_repr() else []
        children = [f"({name}): {module!r}".replace("\n", "\n  ") for name, module in self._modules.items()]
        if not children and len(lines) <= 1:
            return f"{self._get_name()}({''.join(lines)})"
        return "\n  ".join([self._get_name() + "(", *lines, *children]) + "\n)"


def join(path, name):
    """A path one step longer: "fc1" and "weight" are "fc1.weight"."""
    return f"{path}.{name}" if path else name


def _name_submodule(name, module):
    """A module's scope gets the name it has in its parent, and its parameters, unless named otherwise, their path."""
    if module._scope == type(module).__name__:
        module.__dict__["_scope"] = f"{module._scope}[{name}]" if name.isdigit() else name
    for path, parameter in module.named_parameters():
        if parameter.name == path:
            parameter.name = join(name, path)


def _only_none(thing, name, kind, wanted):
    if thing is not None:
        raise TypeError(f"{name!r} is {kind}: it can be {wanted} or None, not {type(thing).__name__}")
