"""The machine that runs programs over arrays: one function, compiled once, that calls the functions of the
instructions.

A program is a table: each row is a line of whole numbers, a code, then sizes, places in memory and steps (`lower_*` say
which), and last the address of the instruction's function (`machine_code`).
"""

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from .disk import FINGERPRINT, KEEPS
from .lanes import INDEX
from .vocabulary import BEHIND, BLOCK, BLOCKS, LINK, ONCE_A_STEP, READ_THERE, WORDS


@intrinsic
def _instruction(typing, real, whole, program, at, begin, end):
    """Do the instruction whose line begins at a word, or a part of it. Returns whether it succeeded."""

    def generate(context, builder, signature, arguments):
        bases = [context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in range(3)]
        line = builder.gep(bases[2], [arguments[3]])
        address = builder.load(builder.gep(line, [INDEX(LINK)]))
        kind = ir.FunctionType(INDEX, [bases[0].type, INDEX.as_pointer(), INDEX.as_pointer(), INDEX, INDEX])
        function = builder.inttoptr(address, kind.as_pointer())
        return builder.call(function, [bases[0], bases[1], line, *arguments[4:]])

    return types.int64(real, whole, program, *[types.int64] * 3), generate


@intrinsic
def _copy(typing, target, source, size):
    """Copy `size` bytes from one address to another."""

    def generate(context, builder, signature, arguments):
        byte = ir.IntType(8).as_pointer()
        target, source = (builder.inttoptr(address, byte) for address in arguments[:2])
        cgutils.raw_memcpy(builder, target, source, arguments[2], 1)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 3), generate


def _machine(fingerprint):
    @njit(**KEEPS, nogil=True, error_model="numpy")
    def run(program, start, stop, real, whole, loads, readers, rows, batch, settings, places, loss, losses, taken):
        """Run the instructions from `start` to `stop`, as many times as `losses` has rows.

        real      memory for real numbers, as words of 32 bits. So are `settings` and `losses`
        loads     the inputs, one a row: its kind (see `vocabulary`), its address in memory, the bytes of an item, the
                  address of the array that it is taken from and of its end, the bytes of a number
        readers   words of the program in which the place of an input stands, one a row: line, word, input, place in
                  memory. Where the items of a batch are neighbours, the instructions are sent to the array itself
        rows      the items of all batches, one after the other
        settings  plain numbers for each step (or one row for all), which go to `places` (counted in words)
        loss      the place, in words, of the number that is kept in `losses`
        taken     how many times it ran, kept up to date

        Returns the number of an instruction that failed, or -1.
        """
        fingerprint  # noqa: B018 - part of the key under which the compiled code is kept
        for step in range(len(losses)):
            for k in range(len(loads)):
                kind, target, size, source = loads[k, 0], loads[k, 1], loads[k, 2], loads[k, 3]
                end, width = loads[k, 4], loads[k, 5]
                if kind == ONCE_A_STEP:
                    _copy(target, source + step * size, size)
                    continue
                i, away = step * batch, 0
                while i < (step + 1) * batch:
                    first = i  # neighbours together
                    while i + 1 < (step + 1) * batch and rows[i + 1] == rows[i] + 1:
                        i += 1
                    i += 1
                    begin, length = source + rows[first] * size, (i - first) * size
                    alone = i - first == batch and begin + length + BEHIND <= end
                    if kind == READ_THERE and alone and (begin - target) % width == 0:
                        away = begin - target
                    else:
                        _copy(target, begin, length)
                        target += length
                for reader in range(len(readers)):
                    if readers[reader, 2] == k:
                        program[readers[reader, 0], readers[reader, 1]] = readers[reader, 3] + away // width
            if step < len(settings):
                unit = settings.shape[1] // max(len(places), 1)
                for k in range(len(places)):
                    for part in range(unit):
                        real[places[k] + part] = settings[step, k * unit + part]
            number = start
            while number < stop:
                at = number * WORDS
                if program[number, 0] == BLOCKS:
                    length, lines = program[number, 2], program[number, 1]
                    for begin in range(0, length, BLOCK):
                        for line in range(1, 1 + lines):
                            end = min(begin + BLOCK, length)
                            _instruction(real, whole, program, at + line * WORDS, begin, end)
                    number += lines
                elif not _instruction(real, whole, program, at, 0, 0):
                    return number
                number += 1
            for part in range(losses.shape[1]):
                losses[step, part] = real[loss + part]
            taken[0] += 1
        return -1

    return run


run = _machine(FINGERPRINT)


def prepare():
    """Compile the machine, or load it from disk."""
    whole, table, integers, words = types.int64, types.int64[:, ::1], types.int64[::1], types.int32[:, ::1]
    step = table, table, integers, whole, words, integers, whole, words, integers
    run.compile((table, whole, whole, types.int32[::1], integers, *step))
    run.disable_compile()
