"""The machine for programs over single numbers: one function, compiled once, that calls those of the instructions."""

from functools import cache

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

from .elements import ELEMENTS, Mathematics, arity
from .lanes import INDEX, Lanes, Place
from .machine_code import kept
from .plain import callable_in, inline, write_function

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


@inline
def _instruction(builder, address, count, result, first, operands, memory):
    function = builder.inttoptr(address, _FORM.as_pointer())
    builder.call(function, [count, result, first, operands, memory])


def run(instructions, start, stop, operands, memory):
    """Run the instructions from `start` to `stop`. Translated by `plain`.

    One is: a function (0: a sum), operands of each, how many, the first result, where operands stand.
    """
    for at in range(5 * start, 5 * stop, 5):
        address, parts, count = instructions[at], instructions[at + 1], instructions[at + 2]
        result, first = instructions[at + 3], instructions[at + 4]
        if address:
            _instruction(address, count, result, first, operands, memory)
            continue
        for i in range(count):
            total = memory[operands[first + i]]
            for part in range(1, parts):
                total += memory[operands[first + part * count + i]]
            memory[result + i] = total
    return 0


_KINDS = [INDEX.as_pointer(), INDEX, INDEX, SHORT.as_pointer(), REAL.as_pointer()]


def _write_machine(library):
    module = library.create_ir_module("autograd_scalar_machine")
    write_function(module, run, _KINDS, "autograd_run_scalars")
    library.add_ir_module(module)


@cache
def compiled(function=run):
    """The machine as machine code."""
    return callable_in(kept("autograd_scalar_machine", _write_machine), "autograd_run_scalars", len(_KINDS))
