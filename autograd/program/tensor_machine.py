"""The machine for programs over arrays: one function, compiled once for each of float32 and float64, that runs any of them.

An instruction is a row of whole numbers: its code, then sizes, places in memory and steps (`lower` says which).
"""

from numba import njit, types

from .blas import address, gemm
from .fingerprint import FINGERPRINT
from .lanes import number_type
from .moves import by_index, copy, kept, largest, missed, move, running, without_hits
from .products import product
from .vectors import columns, copy_in, elementwise, row, word
from .vocabulary import (
    BLOCK,
    BLOCKS,
    COPY,
    ELEMENTWISE,
    KEPT,
    LARGE_PRODUCT,
    LARGEST,
    MISSED,
    MOVE,
    ONE_HOT,
    PRODUCT,
    RUNNING,
    WORDS,
)

_ELEMENTWISE = len(ELEMENTWISE)


def _machine(fingerprint):
    @njit(cache=True, nogil=True, error_model="numpy")
    def run(program, start, stop, memory, whole, function, width):
        """Run the instructions from `start` to `stop`. Returns the number of one that failed, or -1."""
        fingerprint  # part of the key under which the compiled code is kept
        number = start - 1
        while number < stop - 1:
            number += 1
            at = number * WORDS
            code = word(program, at)
            if code < _ELEMENTWISE:
                elementwise(memory, code, program, at, 0, 0)
            elif code == BLOCKS:
                length, lines = word(program, at + 2), word(program, at + 1)
                for begin in range(0, length, BLOCK):
                    for line in range(at + WORDS, at + WORDS * (1 + lines), WORDS):
                        elementwise(memory, word(program, line), program, line, begin, min(begin + BLOCK, length))
                number += lines
            elif code < COPY:
                out, outer, count, inner, a = (
                    word(program, at + 1),
                    word(program, at + 2),
                    word(program, at + 3),
                    word(program, at + 4),
                    word(program, at + 5),
                )
                for i in range(outer):
                    if inner == 1 and word(program, at + 7) == 1:
                        row(memory, code, out, a + i * word(program, at + 6), count)
                    else:
                        columns(memory, code, out, a + i * word(program, at + 6), count, word(program, at + 7), inner)
                    out += inner
            elif code == COPY:
                if word(program, at + 21):
                    copy(program, at, whole)
                else:
                    copy(program, at, memory)
            elif code == PRODUCT:
                product(memory, program, at)
            elif code == LARGE_PRODUCT:
                gemm(function, width, memory, program, at)
            elif code == KEPT:
                kept(program, at, memory, whole)
            elif code == MISSED:
                if not missed(program, at, memory, whole):
                    return number
            elif code <= ONE_HOT:
                if not without_hits(program, at, memory, whole):
                    return number
            elif code == MOVE:
                move(program, at, memory, whole)
            elif code == RUNNING:
                running(program, at, memory)
            elif code == LARGEST:
                largest(program, at, memory)
            elif not by_index(program, at, code, memory, whole):
                return number
        return -1

    return run


run = _machine(FINGERPRINT)


def _trainer(fingerprint):
    @njit(cache=True, nogil=True, error_model="numpy")
    def train(program, memory, whole, function, width, loss, loads, rows, batch, settings, places, losses):
        """As many steps as `losses` has room for. Returns how many were taken, and an instruction that failed, or -1.

        loads     an input a row: whether it is whole numbers, its place, numbers an item, address of the data
        rows      items of all batches, one after the other
        settings  plain numbers for each step (or one row for all), which go to `places`
        """
        fingerprint  # part of the key under which the compiled code is kept
        for step in range(losses.size):
            first = step * batch
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
            if step < len(settings):
                for k in range(len(places)):
                    memory[places[k]] = settings[step, k]
            failed = run(program, 0, len(program), memory, whole, function, width)
            if failed >= 0:
                return step, failed
            losses[step] = memory[loss]
        return losses.size, -1

    return train


train = _trainer(FINGERPRINT)


def prepare(dtype):
    """Compile the machine for float32 or float64, or load it from disk."""
    number, whole = number_type(dtype), types.int64
    table, numbers, integers = types.int64[:, ::1], number[::1], types.int64[::1]
    run.compile((table, whole, whole, numbers, integers, whole, whole))
    train.compile(
        (table, numbers, integers, whole, whole, whole, table, integers, whole, number[:, ::1], integers, numbers)
    )


def blas(dtype):
    """Address of the BLAS's product of matrices for a dtype (0: none) and the width of its integers."""
    return address(dtype)
