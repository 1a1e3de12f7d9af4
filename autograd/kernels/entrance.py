"""The way from Python into a loop: a function of the interpreter's own form, in machine code, around the loop.

It looks whether the arguments are what the loop was compiled for, makes the arrays for its results, hands the loop all
their memory, and lets other threads run where there is much to do. Imported when something is to be compiled.
"""

import functools

import numpy as np
from llvmlite import ir
from numba.np.arrayobj import populate_array

from . import layout, words
from .loading import API, ENTRANCE, NEW_ARRAY, PREFIX, THINGS

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
        self.wrong, self.refused, self.failed = map(self.function.append_basic_block, ("wrong", "refused", "failed"))

    def write(self, known, kinds, answer, body):
        """The whole function."""
        self.even, self.refusal = words.even(known), "False" if answer == "done" else "NotImplemented"
        build, (itself, arguments, count) = self.build, self.function.args
        fine = build.icmp_signed("==", count, LENGTH(len(known)))
        counted = self.function.append_basic_block("counted")
        build.cbranch(fine, counted, self.refused)
        build.position_at_end(counted)
        given = [build.load(build.gep(arguments, [LENGTH(i)])) for i in range(len(known))]
        new = [i for i, word in enumerate(known) if words.is_new(word)]
        wanted = {i: build.icmp_signed("==", given[i], itself) for i in new}  # those that are None
        answers = ir.IntType(1)(bool(answer or wanted))
        self.soft = functools.reduce(build.and_, wanted.values(), answers)
        taken = {i: self.taken(given[i], known[i], kinds[i]) for i in range(len(known)) if i not in wanted}
        made = {i: self.made(given[i], wanted[i], known[i], kinds[i], given) for i in wanted}
        taken |= {i: self.as_array(made[i], kinds[i]) for i in made}
        returned = self.run([taken[i] for i in range(len(known))], kinds, body)
        self.answer(answer, list(made.values()), returned)
        self.write_failures(known)

    def answer(self, answer, made, returned):
        """What Python gets back: a number, True, the array that was made, or a tuple of them; else None."""
        if answer == "float":
            thing = self.call("PyFloat_FromDouble", POINTER, returned)
        elif len(made) > 1:
            thing = self.call("PyTuple_New", POINTER, LENGTH(len(made)))
            for position, array in enumerate(made):
                self.call("PyTuple_SetItem", WORD, thing, LENGTH(position), array)
        elif made:
            (thing,) = made
        else:
            thing = self.one_of_all("True" if answer else "None")
        self.build.ret(thing)

    def one_of_all(self, name):
        """A thing of which there is one, to be given to Python."""
        self.call("Py_IncRef", NOTHING, self.thing(name))
        return self.thing(name)

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
        self.look_at(thing, word, kind)
        return self.as_array(thing, kind)

    def made(self, thing, wanted, word, kind, given):
        """An array for results: the one that was given, or, for None, a new one like another argument."""
        build = self.build
        look, make, ready = map(self.function.append_basic_block, ("look", "make", "ready"))
        build.cbranch(wanted, make, look)
        build.position_at_end(look)
        self.look_at(thing, word, kind)
        self.call("Py_IncRef", NOTHING, thing)
        looked = build.block
        build.branch(ready)
        build.position_at_end(make)
        fresh = self.new(kind, *self.shape_for(given, words.like(word)))
        made = build.block
        build.cbranch(build.icmp_signed("==", fresh, POINTER(None)), self.failed, ready)
        build.position_at_end(ready)
        array = build.phi(POINTER)
        array.add_incoming(thing, looked)
        array.add_incoming(fresh, made)
        return array

    def shape_for(self, given, like):
        """How many axes, and where their sizes are, of an array like one argument, or as many rows as two have."""
        build, sizes = self.build, [self.field(given[i], layout.SHAPE, LENGTH.as_pointer()) for i in like]
        if len(sizes) == 1:
            return self.field(given[like[0]], layout.AXES, WORD), sizes[0]
        with build.goto_entry_block():
            room = build.alloca(LENGTH, len(sizes))
        for axis, size in enumerate(sizes):
            build.store(build.load(size), build.gep(room, [LENGTH(axis)]))
        return WORD(len(sizes)), room

    def new(self, kind, axes, sizes):
        """NumPy's PyArray_New."""
        nothing = POINTER(None)
        number = WORD(np.dtype(str(kind.dtype)).num)
        return self.call(
            NEW_ARRAY, POINTER, self.thing("ndarray"), axes, sizes, number,
            nothing, nothing, WORD(0), WORD(0), nothing,
        )  # fmt: skip

    def look_at(self, thing, word, kind):
        """Go on only if it is an array that the loop can take."""
        build, wanted = self.build, layout.FITTING | (layout.WRITEABLE if words.is_written(word) else 0)
        self.demand(build.icmp_signed("==", self.field(thing, layout.TYPE, POINTER), self.thing("ndarray")))
        dtype = self.field(thing, layout.DTYPE, POINTER)
        number = np.dtype(str(kind.dtype)).num
        self.demand(build.icmp_signed("==", self.field(dtype, layout.NUMBER, WORD), WORD(number)))
        self.demand(build.icmp_signed("==", self.field(dtype, layout.BYTE_ORDER, BYTE), BYTE(ord("="))))
        flags = build.and_(self.field(thing, layout.FLAGS, WORD), WORD(wanted))
        self.demand(build.icmp_signed("==", flags, WORD(wanted)))
        if kind.ndim > 1:
            self.demand(build.icmp_signed("==", self.field(thing, layout.AXES, WORD), WORD(kind.ndim)))
        elif self.even and self.entries is None:
            self.entries = self.count(thing)
        elif self.even:
            self.demand(build.icmp_signed("==", self.count(thing), self.entries))

    def as_array(self, thing, kind):
        """An array as Numba has it."""
        build = self.build
        if kind.ndim == 1:
            shape = [self.entries if self.even else self.count(thing)]
        else:
            sizes = self.field(thing, layout.SHAPE, LENGTH.as_pointer())
            shape = [build.load(build.gep(sizes, [LENGTH(i)])) for i in range(kind.ndim)]
        self.entries = self.entries or functools.reduce(build.mul, shape)
        return self.described(kind, self.field(thing, layout.DATA, POINTER), shape)

    def count(self, thing):
        """Number of entries of an array: the product of the sizes of all axes."""
        build = self.build
        axes, sizes = self.field(thing, layout.AXES, WORD), self.field(thing, layout.SHAPE, LENGTH.as_pointer())
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

    def run(self, taken, kinds, body):
        """Call the loop; what it returns."""
        build = self.build
        long, before = build.icmp_signed(">=", self.entries, LENGTH(LONG)), build.block
        with build.if_then(long):
            saved, inside = self.call("PyEval_SaveThread", POINTER), build.block
        state = build.phi(POINTER)
        state.add_incoming(POINTER(None), before)
        state.add_incoming(saved, inside)
        loop = self.context.declare_function(self.module, body)
        _, returned = self.context.call_conv.call_function(build, loop, body.restype, kinds, taken)
        with build.if_then(long):
            self.call("PyEval_RestoreThread", NOTHING, state)
        return returned

    # -- pieces

    def demand(self, condition):
        """Go on only if it holds."""
        fine = self.function.append_basic_block("fine")
        self.build.cbranch(condition, fine, self.wrong)
        self.build.position_at_end(fine)

    def write_failures(self, known):
        build = self.build
        build.position_at_end(self.wrong)  # who asked for an answer gets one
        unanswered = self.function.append_basic_block("unanswered")
        build.cbranch(self.soft, unanswered, self.refused)
        build.position_at_end(unanswered)
        build.ret(self.one_of_all(self.refusal))
        text = f"{self.name} takes contiguous arrays in its format and numbers: {' '.join(known)}"
        data = bytearray(text.encode() + b"\0")
        message = ir.GlobalVariable(self.module, ir.ArrayType(BYTE, len(data)), "message")
        message.linkage, message.global_constant = "internal", True
        message.initializer = ir.Constant(message.type.pointee, data)
        build.position_at_end(self.refused)
        self.call("PyErr_SetString", NOTHING, self.thing("TypeError"), build.bitcast(message, POINTER))
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
            self.known[name] = ir.GlobalVariable(self.module, BYTE, PREFIX + name)
        return self.known[name]

    def call(self, name, result, *arguments):
        """Call a function of Python's C API."""
        assert name in API or name == NEW_ARRAY
        if name not in self.known:
            kind = ir.FunctionType(result, [a.type for a in arguments])
            self.known[name] = ir.Function(self.module, kind, name)
        return self.build.call(self.known[name], arguments)
