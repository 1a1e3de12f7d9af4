"""Several numbers as one value, while machine code is being written: arithmetic on `Lanes` emits vector instructions.

Loops that a compiler is left to vectorise depend on its version, on the length of the array and on what it can prove
about memory. Here every instruction handles a whole group of neighbours at once by construction, also in arrays of
four entries. The functions of `autograd.kernels` are written for one number; `lifted` reads the same text for lanes.
"""

import ast
import functools
import inspect
import math
import types as python_types

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing import signature

INDEX, BIT = ir.IntType(64), ir.IntType(1)


class Lanes:
    """Numbers side by side (real, integer or truth values) and the place where code that uses them is written."""

    __slots__ = ("place", "value")

    def __init__(self, place, value):
        self.place, self.value = place, value

    def _real(self, name, other):
        emit = getattr(self.place.builder, name)
        return Lanes(self.place, emit(self.value, self._like(other), flags=self.place.flags))

    def _like(self, other):
        """`other` as lanes of the same kind; a plain number stands in every lane."""
        return other.value if isinstance(other, Lanes) else self.place.constant(other, self.value.type)

    def _integer(self, name, other):
        return Lanes(self.place, getattr(self.place.builder, name)(self.value, self._like(other)))

    @property
    def is_real(self):
        return self.value.type == self.place.real

    def __add__(self, other):
        return self._real("fadd", other) if self.is_real else self._integer("add", other)

    def __sub__(self, other):
        return self._real("fsub", other) if self.is_real else self._integer("sub", other)

    def __mul__(self, other):
        return self._real("fmul", other)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return Lanes(self.place, self._like(other)) - self

    def __truediv__(self, other):
        return self._real("fdiv", other)

    def __rtruediv__(self, other):
        return Lanes(self.place, self._like(other)) / self

    def __neg__(self):
        return Lanes(self.place, self.place.builder.fneg(self.value))

    def __abs__(self):
        return self.place.call("fabs", self)

    def __lshift__(self, count):
        return self._integer("shl", count)

    def __rshift__(self, count):
        return self._integer("ashr", count)

    def __and__(self, other):
        return self._integer("and_", other)

    def __or__(self, other):
        return self._integer("or_", other)

    def __invert__(self):
        return Lanes(self.place, self.place.builder.not_(self.value))

    def _compare(self, sign, other):
        unordered = sign == "!="  # true where a NaN takes part, as everywhere
        compare = self.place.builder.fcmp_unordered if unordered else self.place.builder.fcmp_ordered
        return Lanes(self.place, compare(sign, self.value, self._like(other)))

    def __lt__(self, other):
        return self._compare("<", other)

    def __le__(self, other):
        return self._compare("<=", other)

    def __gt__(self, other):
        return self._compare(">", other)

    def __ge__(self, other):
        return self._compare(">=", other)

    def __eq__(self, other):
        return self._compare("==", other)

    def __ne__(self, other):
        return self._compare("!=", other)

    __hash__ = None

    def __bool__(self):
        raise TypeError("lanes cannot branch: each would go its own way; write a if condition else b")


class Place:
    """Where code is written: a builder, the format of a number, and how many numbers go side by side."""

    def __init__(self, context, builder, number, count):
        self.context, self.builder, self.number, self.count = context, builder, number, count
        self.flags = ()
        self.single = context.get_value_type(number)
        self.integer = ir.IntType(number.bitwidth)
        self.real = self.wide(self.single)

    def wide(self, scalar):
        """The type of as many of `scalar` as there are lanes."""
        return scalar if self.count == 1 else ir.VectorType(scalar, self.count)

    def constant(self, number, kind=None):
        """A plain number in every lane."""
        kind = kind or self.real
        if kind == self.real:
            number = float(number)
        return ir.Constant(kind, number if self.count == 1 else [number] * self.count)

    def everywhere(self, scalar):
        """One computed number in every lane."""
        if self.count == 1:
            return Lanes(self, scalar)
        wide = self.wide(scalar.type)
        first = self.builder.insert_element(ir.Constant(wide, ir.Undefined), scalar, INDEX(0))
        order = ir.Constant(ir.VectorType(ir.IntType(32), self.count), [0] * self.count)
        return Lanes(self, self.builder.shuffle_vector(first, ir.Constant(wide, ir.Undefined), order))

    def load(self, pointer, mask=None):
        """Neighbouring numbers in memory; with a mask (see `first`) only those, and 0 in the other lanes."""
        pointer = self._wide_pointer(pointer)
        if mask is None:
            return Lanes(self, self.builder.load(pointer, align=self.number.bitwidth // 8))
        kinds = [pointer.type, ir.IntType(32), mask.type, self.real]
        load = self._intrinsic("masked.load", ".p0", ir.FunctionType(self.real, kinds))
        return Lanes(self, self.builder.call(load, [pointer, self._alignment, mask, self.constant(0.0)]))

    def store(self, lanes, pointer, mask=None):
        """Write neighbouring numbers to memory; with a mask only those."""
        pointer = self._wide_pointer(pointer)
        if mask is None:
            self.builder.store(lanes.value, pointer, align=self.number.bitwidth // 8)
            return
        kinds = [self.real, pointer.type, ir.IntType(32), mask.type]
        store = self._intrinsic("masked.store", ".p0", ir.FunctionType(ir.VoidType(), kinds))
        self.builder.call(store, [lanes.value, pointer, self._alignment, mask])

    @property
    def _alignment(self):
        return ir.Constant(ir.IntType(32), self.number.bitwidth // 8)

    def first(self, count):
        """A mask of the first `count` lanes."""
        short, most = ir.IntType(32), INDEX(self.count)
        count = self.builder.select(self.builder.icmp_signed("<", count, most), count, most)
        lanes = ir.Constant(self.wide(short), list(range(self.count)))
        return self.builder.icmp_signed("<", lanes, self.everywhere(self.builder.trunc(count, short)).value)

    def _wide_pointer(self, pointer):
        return self.builder.bitcast(pointer, self.wide(pointer.type.pointee).as_pointer())

    def call(self, name, *arguments):
        """An intrinsic of LLVM that works on vectors."""
        function = self._intrinsic(name, "", ir.FunctionType(self.real, [self.real] * len(arguments)))
        return Lanes(self, self.builder.call(function, [a.value for a in arguments]))

    def _intrinsic(self, name, suffix, kind):
        width = "" if self.count == 1 else f"v{self.count}"
        name = f"llvm.{name}.{width}f{self.number.bitwidth}{suffix}"
        return self.builder.module.globals.get(name) or ir.Function(self.builder.module, kind, name)

    def library(self, function, *arguments):
        """A function of Python's `math`, of single numbers."""
        kinds = [self.number] * len(arguments)
        self.context.refresh()  # which takes long: Numba learns of all that it can compile
        implementation = self.context.get_function(function, signature(self.number, *kinds))
        return Lanes(self, implementation(self.builder, [a.value for a in arguments]))

    def one_by_one(self, function, *arguments):
        """function(place, numbers...) for one lane after the other: exact but slow."""
        if self.count == 1:
            return function(self, *arguments)
        builder, single = self.builder, Place(self.context, self.builder, self.number, 1)
        spares = [cgutils.alloca_once_value(builder, a.value) for a in arguments]
        pointers = [builder.bitcast(spare, self.single.as_pointer()) for spare in spares]
        with cgutils.for_range(builder, INDEX(self.count)) as loop:
            places = [builder.gep(pointer, [loop.index]) for pointer in pointers]
            answer = function(single, *(Lanes(single, builder.load(place)) for place in places))
            builder.store(answer.value, places[0])
        return Lanes(self, builder.load(spares[0]))

    def bits(self, x):
        """The bits of real lanes, as integers."""
        return Lanes(self, self.builder.bitcast(x.value, self.wide(self.integer)))

    def from_bits(self, x):
        """Integers read as the bits of real numbers."""
        return Lanes(self, self.builder.bitcast(x.value, self.real))

    def choose(self, condition, a, b):
        """a where the condition holds, else b."""
        if not isinstance(condition, Lanes):
            return a if condition else b
        model = a if isinstance(a, Lanes) else b if isinstance(b, Lanes) else Lanes(self, self.constant(a))
        return Lanes(self, self.builder.select(condition.value, model._like(a), model._like(b)))

    def number_of(self, condition):
        """1.0 where the condition holds, else 0.0."""
        return self.choose(condition, 1.0, 0.0)


class _Choices(ast.NodeTransformer):
    """`a if c else b` and `c or d` as functions of lanes."""

    def visit_IfExp(self, node):
        self.generic_visit(node)
        return ast.Call(ast.Name("_choose", ast.Load()), [node.test, node.body, node.orelse], [])

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        sign = ast.BitOr() if isinstance(node.op, ast.Or) else ast.BitAnd()
        result = node.values[0]
        for value in node.values[1:]:
            result = ast.BinOp(result, sign, value)
        return result


class _SameNumber:
    """Stands for NumPy in lifted text: a conversion to the width that lanes have anyway."""

    int32 = int64 = float32 = float64 = staticmethod(lambda x: x)


@functools.cache
def _lifted_code(module):
    tree = ast.fix_missing_locations(_Choices().visit(ast.parse(inspect.getsource(module))))
    tree.body = [part for part in tree.body if not isinstance(part, (ast.Import, ast.ImportFrom))]
    return compile(tree, module.__file__, "exec")


def lifted(module, place, known=None):
    """The functions of a module of scalar mathematics by name, for lanes at `place`; `known`: those it imports."""
    names = {**(known or {}), "np": _SameNumber, "math": math, "_choose": place.choose, "__name__": module.__name__}
    exec(_lifted_code(module), names)
    names |= {"_bits": place.bits, "_from_bits": place.from_bits}
    functions = {name: thing for name, thing in names.items() if isinstance(thing, python_types.FunctionType)}
    return {name: _contracted(function, place) for name, function in functions.items()}


def _contracted(function, place):
    """The function with a·b + c as one instruction wherever the machine has it, as kernels are compiled."""

    def run(*lanes):
        before, place.flags = place.flags, ("contract",)
        try:
            return function(*lanes)
        finally:
            place.flags = before

    return run


def lane_count(number):
    """How many numbers go side by side: 64 bytes of them."""
    return 512 // number.bitwidth


def number_type(dtype):
    """Numba's type of a real number of `dtype`."""
    return types.float32 if dtype == np.float32 else types.float64
