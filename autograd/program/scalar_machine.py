"""The machine for programs over single numbers: one function, compiled once, that calls those of the instructions."""

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from .disk import FINGERPRINT, KEEPS
from .elements import ELEMENTS, Mathematics, arity
from .lanes import INDEX, Lanes, Place
from .machine_code import kept

REAL, SHORT = ir.DoubleType(), ir.IntType(32)
_FORM = ir.FunctionType(ir.VoidType(), [INDEX, INDEX, INDEX, SHORT.as_pointer(), REAL.as_pointer()])
_addresses = {}


@global_compiler_lock
def address_of(name):
    """Where the function of an instruction stands: numbers[result + i] = f(numbers[operands[first + i]], ...)."""
    if name not in _addresses:
        symbol = f"autograd_{name}_single"
        library = kept(symbol, lambda library: _write(library, symbol, name))
        _addresses[name] = library.get_pointer_to_function(symbol)
    return _addresses[name]


def _write(library, symbol, name):
    """The loop over i < count; second operands stand `count` behind the first ones, and so on."""
    module = library.create_ir_module(symbol)
    function = ir.Function(module, _FORM, symbol)
    count, result, first, places, numbers = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    place = Place(cpu_target.target_context, builder, types.float64, 1)
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
    library.add_ir_module(module)


@intrinsic
def _instruction(typing, address, count, result, first, operands, memory):
    def generate(context, builder, signature, arguments):
        arrays = [context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in (4, 5)]
        builder.call(builder.inttoptr(arguments[0], _FORM.as_pointer()), [*arguments[1:4], *arrays])
        return context.get_dummy_value()

    return types.void(*[types.int64] * 4, operands, memory), generate


def _machine(fingerprint):
    @njit(**KEEPS, nogil=True, error_model="numpy")
    def run(instructions, start, stop, operands, memory):
        """Run the instructions from `start` to `stop`.

        One is: a function (0: a sum), operands of each, how many, the first result, where operands stand.
        """
        fingerprint  # noqa: B018 - part of the key under which the compiled code is kept
        for number in range(start, stop):
            address, parts, count = instructions[number, 0], instructions[number, 1], instructions[number, 2]
            result, first = instructions[number, 3], instructions[number, 4]
            if address:
                _instruction(address, count, result, first, operands, memory)
                continue
            for i in range(count):
                total = memory[operands[first + i]]
                for part in range(1, parts):
                    total += memory[operands[first + part * count + i]]
                memory[result + i] = total

    return run


run = _machine(FINGERPRINT)


def prepare():
    """Compile the machine, or load it from disk."""
    run.compile((types.int64[:, ::1], types.int64, types.int64, types.int32[::1], types.float64[::1]))
    run.disable_compile()
