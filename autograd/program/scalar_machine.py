"""The machine for programs over single numbers: one function, compiled once, that runs any of them."""

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from .elements import ELEMENTS, Mathematics, arity
from .fingerprint import FINGERPRINT
from .lanes import INDEX, Lanes, Place
from .vocabulary import CODES, ELEMENTWISE, TOTAL


@intrinsic
def _elementwise(typing, code, count, result, first, operands, memory):
    """memory[result + i] = f(memory[operands[first + i]], memory[operands[first + count + i]], ...) for i < count."""
    signature = types.void(types.int64, types.int64, types.int64, types.int64, operands, memory)

    def generate(context, builder, signature, arguments):
        code, count, result, first = arguments[:4]
        places = context.make_array(operands)(context, builder, arguments[4]).data
        numbers = context.make_array(memory)(context, builder, arguments[5]).data
        end = builder.append_basic_block("end")
        switch = builder.switch(code, end)
        for name in ELEMENTWISE:
            block = builder.append_basic_block(name)
            switch.add_case(INDEX(CODES[name]), block)
            with builder.goto_block(block):
                function = _function(context, builder.module, name, numbers.type, places.type)
                builder.call(function, [count, result, first, places, numbers])
                builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return signature, generate


def _function(context, module, name, numbers_type, places_type):
    """Machine code of one instruction."""
    kind = ir.FunctionType(ir.VoidType(), [INDEX, INDEX, INDEX, places_type, numbers_type])
    function = ir.Function(module, kind, f"scalar_{name}")
    function.linkage = "internal"
    count, result, first, places, numbers = function.args
    builder = ir.IRBuilder(function.append_basic_block())
    place = Place(context, builder, types.float64, 1)
    mathematics = Mathematics(place)
    with cgutils.for_range(builder, count) as loop:
        at, lanes = builder.add(first, loop.index), []
        for _ in range(arity(name)):
            where = builder.sext(builder.load(builder.gep(places, [at])), INDEX)
            lanes.append(Lanes(place, builder.load(builder.gep(numbers, [where]))))
            at = builder.add(at, count)
        answer = ELEMENTS[name](mathematics, *lanes)
        answer = answer.value if isinstance(answer, Lanes) else place.constant(answer)
        builder.store(answer, builder.gep(numbers, [builder.add(result, loop.index)]))
    builder.ret_void()
    return function


def _machine(fingerprint):
    @njit(cache=True, nogil=True, error_model="numpy")
    def run(instructions, start, stop, operands, memory):
        """Run the instructions from `start` to `stop`."""
        fingerprint  # part of the key under which the compiled code is kept
        for number in range(start, stop):
            code = instructions[number, 0]
            count, result, first = instructions[number, 1], instructions[number, 2], instructions[number, 3]
            if code < TOTAL:
                _elementwise(code, count, result, first, operands, memory)
            else:
                for i in range(count):
                    total = memory[operands[first + i]]
                    for part in range(1, code - TOTAL):
                        total += memory[operands[first + part * count + i]]
                    memory[result + i] = total

    return run


run = _machine(FINGERPRINT)


def prepare():
    """Compile the machine, or load it from disk."""
    run.compile((types.int64[:, ::1], types.int64, types.int64, types.int32[::1], types.float64[::1]))
