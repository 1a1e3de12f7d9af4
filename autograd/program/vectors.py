"""Machine code of elementwise instructions and of reductions, a group of neighbours at a time.

Memory is read and written in whole groups: what stands behind the end of an array is computed with and overwritten, for
which the plan leaves room.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .elements import ELEMENTS, Mathematics, arity
from .lanes import INDEX, Lanes, Place, lane_count
from .vocabulary import CODES, MAX, MIN, PROD, SUM


def new_function(module, name, kinds):
    """A function of its own, so that nothing is compiled twice; small rather than unrolled, for the same reason."""
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    function.attributes.add("optsize")
    return function, ir.IRBuilder(function.append_basic_block("entry"))


def _elementwise_function(context, module, name, number):
    """out[i] = f(a[i·a_step], b[i·b_step], ...) in groups, row by row; a step is 1, or 0 for one number throughout.

    The words of its line: code, length of a row, rows, planes, out, then for each input its place and its steps within a
    row, from row to row, from plane to plane. The result has no gaps. Of each row only the part from `begin` to `end` is
    computed, or all of it if `end` is 0.
    """
    if f"each_{name}" in module.globals:
        return module.globals[f"each_{name}"]
    real = context.get_value_type(number)
    function, builder = new_function(module, f"each_{name}", [real.as_pointer(), INDEX.as_pointer(), INDEX, INDEX])
    memory, line, begin, end = function.args
    place = Place(context, builder, number, lane_count(number))
    mathematics = Mathematics(place)
    words = lambda first, count: [builder.load(builder.gep(line, [INDEX(first + k)])) for k in range(count)]
    n, rows, planes, out = words(1, 4)
    inputs = [words(5 + 4 * k, 4) for k in range(arity(name))]
    end = builder.select(builder.icmp_signed("==", end, INDEX(0)), n, end)
    target = cgutils.alloca_once_value(builder, builder.gep(memory, [out]))
    with cgutils.for_range(builder, planes) as plane, cgutils.for_range(builder, rows) as row:
        to = builder.load(target)
        pointers = []
        for first, _, row_step, plane_step in inputs:
            steps = builder.add(builder.mul(row.index, row_step), builder.mul(plane.index, plane_step))
            pointers.append(builder.gep(memory, [builder.add(first, steps)]))
        ones = [place.everywhere(builder.load(pointer)).value for pointer in pointers]
        same = [builder.icmp_signed("==", step, INDEX(0)) for _, step, _, _ in inputs]
        with cgutils.for_range_slice(builder, begin, end, INDEX(place.count), inc=True) as (i, _):
            lanes = []
            for pointer, (_, step, _, _), is_one, one in zip(pointers, inputs, same, ones, strict=True):
                group = place.load(builder.gep(pointer, [builder.mul(i, step)]))
                lanes.append(Lanes(place, builder.select(is_one, one, group.value)))
            answer = ELEMENTS[name](mathematics, *lanes)
            answer = answer if isinstance(answer, Lanes) else Lanes(place, place.constant(answer))
            place.store(answer, builder.gep(to, [i]))
        builder.store(builder.gep(to, [n]), target)
    builder.ret_void()
    return function


@intrinsic
def elementwise(typing, memory, code, program, at, begin, end):
    """One elementwise instruction, whose words stand from `at` on; if `end` is not 0 only a part of it."""

    def generate(context, builder, signature, arguments):
        base, words = (
            context.make_array(kind)(context, builder, arguments[k]).data for k, kind in ((0, memory), (2, program))
        )
        line = builder.gep(words, [arguments[3]])
        end = builder.append_basic_block("end")
        switch = builder.switch(arguments[1], end)
        part = arguments[4:]
        for name in ELEMENTS:
            block = builder.append_basic_block(name)
            switch.add_case(INDEX(CODES[name]), block)
            with builder.goto_block(block):
                builder.call(_elementwise_function(context, builder.module, name, memory.dtype), [base, line, *part])
                builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return types.void(memory, types.int64, program, *[types.int64] * 3), generate


_COMBINED = {
    SUM: (0.0, lambda m, a, b: a + b),
    PROD: (1.0, lambda m, a, b: a * b),
    MAX: (-np.inf, ELEMENTS["maximum"]),
    MIN: (np.inf, ELEMENTS["minimum"]),
}


def _columns_function(context, module, code, number):
    """out[j] = combination over r of a[r·step + j], for j < n."""
    pointer = context.get_value_type(number).as_pointer()
    function, builder = new_function(module, f"columns_{code}", [pointer, pointer, INDEX, INDEX, INDEX])
    out, a, count, step, n = function.args
    place = Place(context, builder, number, lane_count(number))
    mathematics = Mathematics(place)
    first, combine = _COMBINED[code]
    with cgutils.for_range_slice(builder, INDEX(0), n, INDEX(place.count), inc=True) as (j, _):
        total = cgutils.alloca_once(builder, place.real)
        builder.store(place.constant(first), total)
        with cgutils.for_range(builder, count) as loop:
            group = place.load(builder.gep(a, [builder.add(builder.mul(loop.index, step), j)]))
            builder.store(combine(mathematics, Lanes(place, builder.load(total)), group).value, total)
        place.store(Lanes(place, builder.load(total)), builder.gep(out, [j]))
    builder.ret_void()
    return function


_CHAINS = 4  # sums side by side, since each waits for itself


def _row_function(context, module, code, number):
    """out[0] = combination of a[0], ..., a[n - 1]."""
    pointer = context.get_value_type(number).as_pointer()
    function, builder = new_function(module, f"row_{code}", [pointer, pointer, INDEX])
    out, a, n = function.args
    place = Place(context, builder, number, lane_count(number))
    mathematics = Mathematics(place)
    first, combine = _COMBINED[code]
    identity = place.constant(first)
    totals = [cgutils.alloca_once_value(builder, identity) for _ in range(_CHAINS)]

    def take(total, group):
        builder.store(combine(mathematics, Lanes(place, builder.load(total)), group).value, total)

    stride = INDEX(place.count * _CHAINS)
    whole = builder.mul(builder.sdiv(n, stride), stride)
    with cgutils.for_range_slice(builder, INDEX(0), whole, stride, inc=True) as (i, _):
        for chain, total in enumerate(totals):
            take(total, place.load(builder.gep(a, [builder.add(i, INDEX(chain * place.count))])))
    with cgutils.for_range_slice(builder, whole, n, INDEX(place.count), inc=True) as (i, _):
        group = place.load(builder.gep(a, [i]))
        inside = place.first(builder.sub(n, i))
        take(totals[0], Lanes(place, builder.select(inside, group.value, identity)))
    result = Lanes(place, builder.load(totals[0]))
    for total in totals[1:]:
        result = combine(mathematics, result, Lanes(place, builder.load(total)))
    builder.store(_folded(place, mathematics, combine, result), out)
    builder.ret_void()
    return function


def _folded(place, mathematics, combine, lanes):
    """The combination of all lanes: halves onto each other until one is left."""
    half = place.count // 2
    while half:
        order = [(k + half) % place.count for k in range(place.count)]
        mask = ir.Constant(ir.VectorType(ir.IntType(32), place.count), order)
        turned = place.builder.shuffle_vector(lanes.value, lanes.value, mask)
        lanes = combine(mathematics, lanes, Lanes(place, turned))
        half //= 2
    return place.builder.extract_element(lanes.value, INDEX(0))


@intrinsic
def columns(typing, memory, code, out, a, count, step, n):
    """out[j] = combination over r < count of a[r·step + j], for j < n."""
    return types.void(memory, *[types.int64] * 6), _by_code(memory, _columns_function)


@intrinsic
def row(typing, memory, code, out, a, n):
    """out = combination of n neighbours."""
    return types.void(memory, *[types.int64] * 4), _by_code(memory, _row_function)


def _by_code(memory, function_of):
    """Generates a switch over the kinds of combination."""

    def generate(context, builder, signature, arguments):
        base = context.make_array(memory)(context, builder, arguments[0]).data
        code, out, a, *counts = arguments[1:]
        end = builder.append_basic_block("end")
        switch = builder.switch(code, end)
        for kind in _COMBINED:
            block = builder.append_basic_block(f"combination_{kind}")
            switch.add_case(INDEX(kind), block)
            with builder.goto_block(block):
                function = function_of(context, builder.module, kind, memory.dtype)
                builder.call(function, [builder.gep(base, [out]), builder.gep(base, [a]), *counts])
                builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return generate


@intrinsic
def copy_in(typing, memory, place, address, start, count):
    """memory[place + i] = the number start + i at an address, for i < count."""

    def generate(context, builder, signature, arguments):
        base = context.make_array(memory)(context, builder, arguments[0]).data
        place, address, start, count = arguments[1:]
        source = builder.gep(builder.inttoptr(address, base.type), [start])
        size = builder.mul(count, INDEX(memory.dtype.bitwidth // 8))
        cgutils.raw_memcpy(builder, builder.gep(base, [place]), source, size, 1)
        return context.get_dummy_value()

    return types.void(memory, *[types.int64] * 4), generate


@intrinsic
def apart(typing):
    """Keeps the function in which it stands apart and small: it is compiled once, not wherever it is called."""

    def generate(context, builder, signature, arguments):
        builder.function.attributes.add("noinline")
        builder.function.attributes.add("optsize")
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def word(typing, program, at):
    """A word of a program, which is trusted to be there: no look at the bounds."""
    return _at(program)


@intrinsic
def get(typing, memory, at):
    """A number in memory, likewise."""
    return _at(memory)


def _at(array):
    def generate(context, builder, signature, arguments):
        base = context.make_array(array)(context, builder, arguments[0]).data
        return builder.load(builder.gep(base, [arguments[1]]))

    return array.dtype(array, types.int64), generate


@intrinsic
def put(typing, memory, at, number):
    """Write a number."""

    def generate(context, builder, signature, arguments):
        base = context.make_array(memory)(context, builder, arguments[0]).data
        builder.store(arguments[2], builder.gep(base, [arguments[1]]))
        return context.get_dummy_value()

    return types.void(memory, types.int64, memory.dtype), generate
