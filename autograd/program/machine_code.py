"""Instructions as machine code: each is a function that is compiled when a program first needs it, and kept on disk.

All have one form: they take the real and the whole numbers of a program's memory, the words of their line, and which
part of it to do (`begin`, `end`), and return whether all went well.
"""

from llvmlite import ir
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

from . import disk
from .lanes import INDEX, number_type
from .loops import LOOPS
from .plain import write_function
from .products import write_large_product, write_product
from .turning import write_turned
from .vectors import elementwise_writer, reduction_writer, write_copy, write_narrowed, write_widened
from .vocabulary import ELEMENTWISE, REDUCTIONS

WRITERS = {name: elementwise_writer(name) for name in ELEMENTWISE}
WRITERS |= {name: reduction_writer(name) for name in REDUCTIONS}
WRITERS |= {"copy": write_copy, "product": write_product, "large_product": write_large_product}
WRITERS |= {"widened": write_widened, "narrowed": write_narrowed, "turned": write_turned}

_addresses, _libraries = {}, []  # what is compiled stays as long as the process


class Line:
    """What an instruction is written with: a place for code, and the arguments of the function around it."""

    def __init__(self, context, builder, number):
        self.context, self.builder, self.number = context, builder, number
        self.numbers, self.whole, self.words, self.begin, self.end = builder.function.args

    def read(self, first, count):
        """Words of the line."""
        return [self.builder.load(self.builder.gep(self.words, [INDEX(first + k)])) for k in range(count)]

    def at(self, place):
        """The address of a number in memory."""
        return self.builder.gep(self.numbers, [place])


@global_compiler_lock
def address_of(name, dtype):
    """Where the function of an instruction stands in memory, for float32 or float64."""
    if (name, dtype) not in _addresses:
        _addresses[name, dtype] = _compiled(name, number_type(dtype))
    return _addresses[name, dtype]


def _compiled(name, number):
    symbol = f"autograd_{name}_{number}"
    library = kept(symbol, lambda library: _write(library, symbol, name, number))
    return library.get_pointer_to_function(symbol)


def _write(library, symbol, name, number):
    context = cpu_target.target_context
    module = library.create_ir_module(symbol)
    kinds = [context.get_value_type(number).as_pointer(), INDEX.as_pointer(), INDEX.as_pointer(), INDEX, INDEX]
    if name in LOOPS:
        write_function(module, LOOPS[name], kinds, symbol)
    else:
        function = ir.Function(module, ir.FunctionType(INDEX, kinds), symbol)
        function.attributes.add("optsize")  # to unroll loops takes long, and they are as fast without
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        WRITERS[name](Line(context, builder, number))
        builder.ret(INDEX(1))
    library.add_ir_module(module)


@global_compiler_lock
def kept(symbol, write):
    """The library of a name, from disk, or from what `write(library)` writes into a new one."""
    codegen = cpu_target.target_context.codegen()
    library = disk.load(codegen, symbol)
    if library is None:
        library = codegen.create_library(symbol)
        library.enable_object_caching()
        with cpu_target.target_context.push_code_library(library):
            write(library)
        library.finalize()
        disk.save(library, symbol)
    _libraries.append(library)
    return library
