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
from .vocabulary import BLOCK, BLOCKS, LINK, ONCE_A_STEP, WORDS


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
def _copy_in(typing, array, place, address, size):
    """Copy `size` bytes from an address into an array, where byte `place` is."""

    def generate(context, builder, signature, arguments):
        byte = ir.IntType(8).as_pointer()
        base = context.make_array(array)(context, builder, arguments[0]).data
        place, address, size = arguments[1:]
        target = builder.gep(builder.bitcast(base, byte), [place])
        cgutils.raw_memcpy(builder, target, builder.inttoptr(address, byte), size, 1)
        return context.get_dummy_value()

    return types.void(array, *[types.int64] * 3), generate


def _machine(fingerprint):
    @njit(**KEEPS, nogil=True, error_model="numpy")
    def run(program, start, stop, real, whole, unit, loads, rows, batch, settings, places, loss, losses, taken):
        """Run the instructions from `start` to `stop`, as many times as `losses` has room for.

        real      memory for real numbers, as words of 32 bits; a number is `unit` of them. So are `settings` and
                  `losses`
        loads     what is copied in first, an input a row: its kind (0 real, 1 whole numbers, or ONCE_A_STEP), place,
                  numbers an item, address
        rows      the items of all batches, one after the other
        settings  plain numbers for each step (or one row for all), which go to `places`
        loss      the place of the number that is kept in `losses`
        taken     how many times it ran, kept up to date

        Returns the number of an instruction that failed, or -1.
        """
        fingerprint  # noqa: B018 - part of the key under which the compiled code is kept
        for step in range(losses.size // unit):
            for k in range(len(loads)):
                width = 8 if loads[k, 0] == 1 else 4 * unit
                target, size, source = loads[k, 1] * width, loads[k, 2] * width, loads[k, 3]
                if loads[k, 0] == ONCE_A_STEP:
                    _copy_in(real, target, source + step * size, size)
                    continue
                i = step * batch
                while i < (step + 1) * batch:
                    first = i  # neighbours together
                    while i + 1 < (step + 1) * batch and rows[i + 1] == rows[i] + 1:
                        i += 1
                    i += 1
                    if loads[k, 0]:
                        _copy_in(whole, target, source + rows[first] * size, (i - first) * size)
                    else:
                        _copy_in(real, target, source + rows[first] * size, (i - first) * size)
                    target += (i - first) * size
            if step < len(settings):
                for k in range(len(places)):
                    for part in range(unit):
                        real[places[k] * unit + part] = settings[step, k * unit + part]
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
            for part in range(unit):
                losses[step * unit + part] = real[loss * unit + part]
            taken[0] += 1
        return -1

    return run


run = _machine(FINGERPRINT)


def prepare():
    """Compile the machine, or load it from disk."""
    whole, table, integers, words = types.int64, types.int64[:, ::1], types.int64[::1], types.int32[::1]
    step = table, integers, whole, types.int32[:, ::1], integers, whole, words, integers
    run.compile((table, whole, whole, words, integers, whole, *step))
    run.disable_compile()
