"""The machine for programs over arrays: one function, compiled once for each of float32 and float64, that runs any of them.

An instruction is a row of whole numbers: its code, then sizes, places in memory and steps (`lower` says which).
"""

from numba import njit, types

from .blas import address, gemm
from .fingerprint import FINGERPRINT
from .lanes import number_type
from .moves import by_index, copy, largest, move, reduce, running
from .products import product
from .vectors import apart, copy_in, elementwise, word
from .vocabulary import (
    BLOCK,
    BLOCKS,
    COPY,
    ELEMENTWISE,
    LARGE_PRODUCT,
    LARGEST,
    MOVE,
    PRODUCT,
    RUNNING,
    WORDS,
)  # fmt: skip

_ELEMENTWISE = len(ELEMENTWISE)


@njit
def _feed(loads, rows, first, batch, memory, whole):
    """Copy the items `rows` of a batch into memory; neighbours together."""
    apart()
    for load in loads:
        place, count, address = load[1], load[2], load[3]
        i = 0
        while i < batch:
            begin = i
            while i + 1 < batch and rows[first + i + 1] == rows[first + i] + 1:
                i += 1
            i += 1
            start, length = rows[first + begin] * count, (i - begin) * count
            if load[0]:
                copy_in(whole, place, address, start, length)
            else:
                copy_in(memory, place, address, start, length)
            place += length


def _machine(fingerprint):
    @njit(cache=True, nogil=True, error_model="numpy")
    def run(program, start, stop, memory, whole, function, width, loads, rows, batch, settings, places, loss, losses):
        """Run the instructions from `start` to `stop`, as many times as `losses` has room for.

        loads     what is copied in first, an input a row: whether it is whole numbers, its place, numbers an item, address
        rows      the items of all batches, one after the other
        settings  plain numbers for each step (or one row for all), which go to `places`
        loss      the place of the number that is kept in `losses`

        Returns how many times it ran, and the number of an instruction that failed, or -1.
        """
        fingerprint  # noqa: B018 - part of the key under which the compiled code is kept
        for step in range(losses.size):
            _feed(loads, rows, step * batch, batch, memory, whole)
            if step < len(settings):
                for k in range(len(places)):
                    memory[places[k]] = settings[step, k]
            number = start - 1
            while number < stop - 1:
                number += 1
                at = number * WORDS
                code = word(program, at)
                if code < _ELEMENTWISE:
                    elementwise(memory, code, program, at, 0, 0)
                elif code == PRODUCT:
                    product(memory, program, at)
                elif code == LARGE_PRODUCT:
                    gemm(function, width, memory, program, at)
                elif code < COPY:
                    reduce(program, at, code, memory)
                elif code == COPY:
                    if word(program, at + 21):
                        copy(program, at, whole)
                    else:
                        copy(program, at, memory)
                elif code == BLOCKS:
                    length, lines = word(program, at + 2), word(program, at + 1)
                    for begin in range(0, length, BLOCK):
                        for line in range(at + WORDS, at + WORDS * (1 + lines), WORDS):
                            elementwise(memory, word(program, line), program, line, begin, min(begin + BLOCK, length))
                    number += lines
                elif code == MOVE:
                    move(program, at, memory, whole)
                elif code == RUNNING:
                    running(program, at, memory)
                elif code == LARGEST:
                    largest(program, at, memory)
                elif not by_index(program, at, code, memory, whole):
                    return step, number
            losses[step] = memory[loss]
        return losses.size, -1

    return run


run = _machine(FINGERPRINT)


def prepare(dtype):
    """Compile the machine for float32 or float64, or load it from disk."""
    number, whole = number_type(dtype), types.int64
    table, numbers, integers = types.int64[:, ::1], number[::1], types.int64[::1]
    step = (table, integers, whole, number[:, ::1], integers, whole, numbers)
    run.compile((table, whole, whole, numbers, integers, whole, whole, *step))


def blas(dtype):
    """Address of the BLAS's product of matrices for a dtype (0: none) and the width of its integers."""
    return address(dtype)
