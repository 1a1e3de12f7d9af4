"""The way from Python into a loop: a function of the interpreter's own form, in machine code, around the loop.

It looks whether the arguments are what the loop was compiled for, hands the loop their memory, and lets other threads
run where there is much to do. Imported when something is to be compiled.
"""

import functools

import numpy as np
from llvmlite import ir
from numba import types
from numba.np.arrayobj import populate_array

from . import layout
from .loading import API, ENTRANCE, THINGS

LONG = 4096  # entries from which on other threads may run meanwhile: to let them and to come back takes time
BYTE, WORD, LENGTH, REAL = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.DoubleType()
POINTER, NOTHING = BYTE.as_pointer(), ir.VoidType()


class Entrance:
    """PyObject *entrance(PyObject *self, PyObject *const *arguments, Py_ssize_t count), in the making."""

    def __init__(self, context, module, name):
        self.context, self.module, self.name = context, module, name
        self.known, self.entries = {}, None  # entries: of the first array
        kind = ir.FunctionType(POINTER, [POINTER, POINTER.as_pointer(), LENGTH])
        self.function = ir.Function(module, kind, ENTRANCE)
        self.function.attributes.add("minsize")  # counting axes is no work for vectors
        self.function.attributes.add("optsize")
        self.build = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.wrong = self.function.append_basic_block("wrong")
        self.failed = self.function.append_basic_block("failed")

    def write(self, words, kinds, result, body):
        """The whole function."""
        itself, arguments, count = self.function.args
        self.demand(self.build.icmp_signed("==", count, LENGTH(len(words))))
        given = [self.build.load(self.build.gep(arguments, [LENGTH(i)])) for i in range(len(words))]
        taken = [self.taken(*each) for each in zip(given, words, kinds, strict=True)]
        returned = self.run(taken, kinds, result, body)
        if result == types.none:
            self.call("Py_IncRef", NOTHING, itself)  # None
            self.build.ret(itself)
        else:
            self.build.ret(self.call("PyFloat_FromDouble", POINTER, returned))
        self.write_failures(words)

    # -- arguments

    def taken(self, thing, word, kind):
        """An argument as the loop takes it."""
        if word == "float":
            return self.checked(self.call("PyFloat_AsDouble", REAL, thing), REAL(-1.0))
        if word == "int":
            return self.checked(self.call("PyNumber_AsSsize_t", LENGTH, thing, POINTER(None)), LENGTH(-1))
        return self.array(thing, word, kind)

    def checked(self, number, sign):
        """A number, unless it is the sign of an error and there is one."""
        build = self.build
        equal = build.fcmp_ordered if number.type == REAL else build.icmp_signed
        with build.if_then(equal("==", number, sign), likely=False):
            error = self.call("PyErr_Occurred", POINTER)
            fine = self.function.append_basic_block("fine")
            build.cbranch(build.icmp_signed("==", error, POINTER(None)), fine, self.failed)
            build.position_at_end(fine)
        return number

    def array(self, thing, word, kind):
        """An array as Numba has it, after a look at what it is."""
        build, wanted = self.build, layout.FITTING | (layout.WRITEABLE if word.startswith("out") else 0)
        self.demand(build.icmp_signed("==", self.field(thing, layout.TYPE, POINTER), self.thing("gradwalk_ndarray")))
        dtype = self.field(thing, layout.DTYPE, POINTER)
        number = np.dtype(str(kind.dtype)).num
        self.demand(build.icmp_signed("==", self.field(dtype, layout.NUMBER, WORD), WORD(number)))
        self.demand(build.icmp_signed("==", self.field(dtype, layout.BYTE_ORDER, BYTE), BYTE(ord("="))))
        flags = build.and_(self.field(thing, layout.FLAGS, WORD), WORD(wanted))
        self.demand(build.icmp_signed("==", flags, WORD(wanted)))
        axes, sizes = self.field(thing, layout.AXES, WORD), self.field(thing, layout.SHAPE, LENGTH.as_pointer())
        if kind.ndim == 1:
            shape = [self.product(sizes, axes)]
        else:
            self.demand(build.icmp_signed("==", axes, WORD(kind.ndim)))
            shape = [build.load(build.gep(sizes, [LENGTH(i)])) for i in range(kind.ndim)]
        self.entries = self.entries or functools.reduce(build.mul, shape)
        return self.described(kind, self.field(thing, layout.DATA, POINTER), shape)

    def product(self, sizes, axes):
        """Number of entries: the product of the sizes of all axes."""
        build = self.build
        before, loop, after = build.block, *map(self.function.append_basic_block, ("axis", "counted"))
        build.cbranch(build.icmp_signed(">", axes, WORD(0)), loop, after)
        build.position_at_end(loop)
        axis, entries = build.phi(WORD), build.phi(LENGTH)
        more = build.mul(entries, build.load(build.gep(sizes, [axis])))
        following = build.add(axis, WORD(1))
        for phi, first, then in ((axis, WORD(0), following), (entries, LENGTH(1), more)):
            phi.add_incoming(first, before)
            phi.add_incoming(then, loop)
        build.cbranch(build.icmp_signed("<", following, axes), loop, after)
        build.position_at_end(after)
        found = build.phi(LENGTH)
        found.add_incoming(LENGTH(1), before)
        found.add_incoming(more, loop)
        return found

    def described(self, kind, data, shape):
        """What Numba takes for an array."""
        build, size = self.build, LENGTH(np.dtype(str(kind.dtype)).itemsize)
        strides = [size]
        for length in reversed(shape[1:]):
            strides.insert(0, build.mul(strides[0], length))
        array = self.context.make_array(kind)(self.context, build)
        data = build.bitcast(data, array.data.type)
        populate_array(array, data=data, shape=shape, strides=strides, itemsize=size, meminfo=None, parent=None)
        return array._getvalue()

    # -- the loop

    def run(self, taken, kinds, result, body):
        """Call the loop; what it returns."""
        build = self.build
        long, before = build.icmp_signed(">=", self.entries, LENGTH(LONG)), build.block
        with build.if_then(long):
            saved, inside = self.call("PyEval_SaveThread", POINTER), build.block
        state = build.phi(POINTER)
        state.add_incoming(POINTER(None), before)
        state.add_incoming(saved, inside)
        loop = self.context.declare_function(self.module, body)
        _, returned = self.context.call_conv.call_function(build, loop, result, kinds, taken)
        with build.if_then(long):
            self.call("PyEval_RestoreThread", NOTHING, state)
        return returned

    # -- pieces

    def demand(self, condition):
        """Go on only if it holds."""
        fine = self.function.append_basic_block("fine")
        self.build.cbranch(condition, fine, self.wrong)
        self.build.position_at_end(fine)

    def write_failures(self, words):
        build = self.build
        text = f"{self.name} takes contiguous arrays and numbers as it was compiled for: {' '.join(words)}"
        data = bytearray(text.encode() + b"\0")
        message = ir.GlobalVariable(self.module, ir.ArrayType(BYTE, len(data)), "message")
        message.linkage, message.global_constant = "internal", True
        message.initializer = ir.Constant(message.type.pointee, data)
        build.position_at_end(self.wrong)
        self.call("PyErr_SetString", NOTHING, self.thing("gradwalk_TypeError"), build.bitcast(message, POINTER))
        build.branch(self.failed)
        build.position_at_end(self.failed)
        build.ret(POINTER(None))

    def field(self, thing, place, kind):
        """What stands so many bytes behind the beginning of a thing."""
        address = self.build.gep(thing, [LENGTH(place)])
        return self.build.load(self.build.bitcast(address, kind.as_pointer()))

    def thing(self, name):
        """The address of an object of Python, see `loading.THINGS`."""
        assert name in THINGS
        if name not in self.known:
            self.known[name] = ir.GlobalVariable(self.module, BYTE, name)
        return self.known[name]

    def call(self, name, result, *arguments):
        """Call a function of Python's C API."""
        assert name in API
        if name not in self.known:
            kind = ir.FunctionType(result, [a.type for a in arguments])
            self.known[name] = ir.Function(self.module, kind, name)
        return self.build.call(self.known[name], arguments)
