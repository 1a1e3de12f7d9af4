"""Value: a number or an array that remembers which operation made it and from what.

A Value is the node of the graph. What an operation needs on every call is in slots; what few Values have (a name,
hooks, a scope) is in one more slot, `extra`. Operators and methods are put on the class by `autograd.ops`.
"""

import itertools
from math import prod

import numpy as np

from . import text
from .arrays import admit, dtype_of, is_floating, plain, shape_of
from .errors import AutogradError, DtypeError, GradientError, ShapeError
from .memory import CARRY as CARRY
from .memory import FREED as FREED
from .memory import NO_HOOKS, NO_PARAMETERS, extra_of, new, replace, share, tick, touch
from .mode import here
from .operation import UFUNCS


class Value:
    """A number or an array to compute with and to differentiate.

    Value(2.0)                       a tracked variable (float64)
    Value(array, name="x")           a tracked array (float32 or float64); its data is copied
    Value([1, 2]), Value(True)       integers and booleans are constants
    Value(data, requires_grad=False) a constant

    A bare Python int is taken as a float, since `Value(3)` is the number three to whoever writes it.

    Raises DtypeError for numbers that are not real (complex, objects) or for a gradient asked of integers.
    """

    # data, what made it, of what, when, in which scope; how often the present sweep uses it and what arrived; the rest.
    __slots__ = (
        "__weakref__",
        "_data",
        "_grad",
        "extra",
        "index",
        "inputs",
        "op",
        "parameters",
        "requires_grad",
        "scope",
        "upstream",
        "uses",
    )
    __array_priority__ = 1000

    def __init__(self, data, requires_grad=None, name=None, dtype=None):
        if isinstance(data, Value):
            data = data._data
        if data.__class__ is int and dtype is None:
            data = float(data)
        data = admit(data, dtype)
        floating = is_floating(data)
        if requires_grad and not floating:
            raise DtypeError(
                f"only floating-point Values can require gradients, this one is {dtype_of(data)}; "
                "write its numbers with a point (1. instead of 1) or pass dtype=float"
            )
        self._data, self.op, self.inputs, self.parameters = data, None, (), NO_PARAMETERS
        self.index, self.uses, self._grad, self.extra = tick(), 0, None, None
        self.requires_grad = floating if requires_grad is None else bool(requires_grad)
        if name is not None:
            self.named(name)

    def __init_subclass__(cls, **_):
        raise TypeError("Value is final: wrap one, or write a new operation (a row) instead of a subclass")

    # -- numbers ----------------------------------------------------------------------------------------------

    @property
    def data(self):
        """The numbers: a NumPy array, or a Python or NumPy scalar. Assigning replaces them, outside the graph."""
        return self._data

    @data.setter
    def data(self, data):
        data = data._data if data.__class__ is Value else admit(data, copy=False)
        if is_floating(self._data) and shape_of(data) == self.shape and dtype_of(data) != self.dtype:
            data = plain(np.asarray(data, dtype=self.dtype))
        if self.requires_grad and not is_floating(data):
            raise DtypeError(
                f"a Value that requires gradients cannot hold {dtype_of(data)}; set requires_grad=False first"
            )
        replace(self, data)
        touch(self)

    @property
    def grad(self):
        """Gradient accumulated by backward passes: None, or a Value of the same shape.

        For a result of operations it stays None unless `retain_grad()` was called before the backward pass.
        """
        try:
            return self._grad
        except AttributeError:  # results of operations get the slot only when something is put into it
            return None

    @grad.setter
    def grad(self, gradient):
        if gradient is not None and gradient.__class__ is not Value:
            gradient = constant(admit(gradient, dtype=self.dtype))
        if gradient is not None and gradient.shape != self.shape:
            if gradient.shape == ():
                gradient = constant(plain(np.full(self.shape, gradient._data, self.dtype)))
            else:
                raise GradientError(
                    f"a gradient of shape {gradient.shape} does not belong to a Value of shape {self.shape}"
                )
        if gradient is not None and gradient.dtype != self.dtype:
            raise DtypeError(
                f"a gradient of {gradient.dtype} does not belong to a Value of {self.dtype}; convert it: g.to(x.dtype)"
            )
        self._grad = gradient

    @grad.deleter
    def grad(self):
        self._grad = None

    shape = property(lambda self: text.Size(shape_of(self._data)), doc="Lengths of the axes, a tuple.")
    dtype = property(lambda self: dtype_of(self._data), doc="NumPy dtype of the numbers.")
    ndim = property(lambda self: len(shape_of(self._data)), doc="Number of axes.")

    def size(self, dim=None):
        """Shape, or the length of axis `dim`."""
        return self.shape if dim is None else self.shape[dim]

    def dim(self):
        """Number of axes."""
        return self.ndim

    def numel(self):
        """Number of entries."""
        return prod(shape_of(self._data))

    nelement = numel

    def item(self):
        """The one number inside, as a Python number."""
        data = self._data
        if data.__class__ is float:
            return data
        if data.__class__ is np.ndarray and data.size != 1:
            raise ShapeError(
                f"item() is for one number; this Value has shape {tuple(self.shape)}: use .data or .tolist()"
            )
        return data.item()

    def tolist(self):
        """The numbers as nested Python lists (a Python number for shape ())."""
        return np.asarray(self._data).tolist()

    def numpy(self):
        """The numbers as a NumPy array that shares memory; refused for a tracked Value, as in PyTorch."""
        if self.requires_grad:
            raise GradientError("numpy() would lose the gradient of a Value that requires one; write .detach().numpy()")
        return np.asarray(self._data)

    # -- place in the graph -------------------------------------------------------------------------------------

    @property
    def is_leaf(self):
        """Whether no recorded operation made this Value; gradients accumulate in leaves."""
        return self.op is None

    @property
    def grad_fn(self):
        """What made this Value: its operation and inputs (None for a leaf)."""
        return None if self.op is None else text.Maker(self)

    @property
    def name(self):
        """The name given by `name=` or `named()`, or None."""
        return None if self.extra is None else self.extra.name

    @name.setter
    def name(self, name):
        extra_of(self).name = None if name is None else str(name)

    def named(self, name):
        """Name this Value, for pictures, steps and messages. Returns it."""
        self.name = name
        return self

    def requires_grad_(self, requires_grad=True):
        """Switch tracking of this leaf on or off. Returns it."""
        if self.op is not None and not requires_grad:
            raise GradientError("only a leaf's tracking can be switched off; use .detach() to leave the graph")
        if requires_grad and not is_floating(self._data):
            raise DtypeError(f"only floating-point Values can require gradients, this one is {self.dtype}")
        self.requires_grad = bool(requires_grad)
        return self

    def retain_grad(self, retain=True):
        """Keep the gradient of this result of operations in `.grad` too (leaves keep theirs anyway)."""
        if not self.requires_grad:
            raise GradientError("retain_grad() on a Value that does not require a gradient")
        if self.op is not None:
            extra_of(self).retain = bool(retain)

    @property
    def retains_grad(self):
        """Whether `retain_grad()` is in force."""
        return self.extra is not None and self.extra.retain

    def register_hook(self, hook):
        """Call `hook(gradient)` when this Value's gradient is known; a Value that it returns replaces the gradient.

        Returns a handle; its `remove()` takes the hook away.
        """
        if not self.requires_grad:
            raise GradientError("a hook on a Value that does not require a gradient would never be called")
        extra = extra_of(self)
        if extra.hooks is NO_HOOKS:
            extra.hooks = {}
        return Hook(extra.hooks, hook)

    def detach(self):
        """The same numbers (shared memory) outside the graph."""
        alone = constant(self._data)
        share(alone, self)
        return alone

    # -- Python and NumPy ---------------------------------------------------------------------------------------

    def __array__(self, dtype=None, copy=None):
        array = np.asarray(self._data, dtype=dtype)
        return array.copy() if copy else array

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method == "__call__" and [*options] == ["out"] and not any(out.__class__ is Value for out in options["out"]):
            return ufunc(*map(_plain_operand, inputs), **options)  # array -= value
        op = UFUNCS.get(ufunc.__name__)
        if method != "__call__" or op is None or options:
            raise TypeError(
                f"np.{ufunc.__name__}{'' if method == '__call__' else '.' + method} has no gradient here; "
                "use the function of autograd, or .detach().numpy() for plain numbers"
            )
        return op(*inputs)

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __index__(self):
        if is_floating(self._data):
            raise TypeError("only an integer Value can be an index")
        return int(self.item())

    def __bool__(self):
        if self.numel() != 1:
            raise ShapeError(f"the truth of a Value of shape {tuple(self.shape)} is not clear; use .any() or .all()")
        return bool(self._data)

    def __len__(self):
        if not self.ndim:
            raise TypeError("len() of a Value of shape (), a single number")
        return len(self._data)

    def __iter__(self):
        if not self.ndim:
            raise TypeError("iteration over a Value of shape (), a single number")
        return (self[i] for i in range(len(self._data)))

    def __contains__(self, item):
        return bool(np.any(self._data == (item._data if item.__class__ is Value else item)))

    def __copy__(self):
        """`copy.copy`, as plotting does it: the same numbers outside the graph."""
        return self.detach()

    def __deepcopy__(self, memo):
        if self.op is not None:
            raise AutogradError("only leaves can be deep-copied; use .clone() or .detach()")
        twin = constant(self._data.copy() if self._data.__class__ is np.ndarray else self._data)
        twin.requires_grad = self.requires_grad
        if self.extra is not None:
            extra_of(twin).name, twin.extra.parameter = self.extra.name, self.extra.parameter
        twin._grad = None if self.grad is None else self.grad.__deepcopy__(memo)
        memo[id(self)] = twin
        return twin

    def __reduce__(self):
        if self.op is not None:
            raise AutogradError("only leaves can be pickled; save .detach() or .data")
        parameter = self.extra is not None and self.extra.parameter
        return _unpickle, (self._data, self.requires_grad, self.name, parameter)

    __hash__ = object.__hash__

    def __repr__(self):
        return text.represent(self)

    def __format__(self, specification):
        return text.formatted(self, specification)


class Hook:
    """A handle on a registered hook."""

    __slots__ = ("hooks", "key")
    _keys = itertools.count()

    def __init__(self, hooks, function):
        self.hooks, self.key = hooks, next(self._keys)
        hooks[self.key] = function

    def remove(self):
        """Take the hook away; a second time does nothing."""
        self.hooks.pop(self.key, None)


def _plain_operand(x):
    """The numbers of an operand whose result goes into a plain array, which remembers no gradient."""
    if x.__class__ is Value and x.requires_grad and here.recording:
        raise GradientError("a NumPy array cannot hold the gradient of what is written into it; write .detach()")
    return x._data if x.__class__ is Value else x


def _unpickle(data, requires_grad, name, parameter):
    value = constant(data)
    value.requires_grad = requires_grad
    if name is not None or parameter:
        extra_of(value).name, value.extra.parameter = name, parameter
    return value


def constant(data):
    """A Value outside the graph around `data`, which is taken as it is."""
    value = new(Value)
    value._data, value.op, value.inputs, value.parameters = data, None, (), NO_PARAMETERS
    value.index, value.uses, value._grad, value.extra = tick(), 0, None, None
    value.requires_grad = False
    return value


def parameters_of(value):
    """Keyword arguments of the operation that made `value`."""
    try:
        return value.parameters
    except AttributeError:  # operators on floats have none and leave the slot empty
        return NO_PARAMETERS
