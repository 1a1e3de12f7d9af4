"""The machine for programs over arrays: one function, compiled once for each of float32 and float64, that runs any of them.

An instruction is a row of whole numbers: its code, then sizes, places in memory and steps (`lower` says which).
"""

from numba import njit, types

from .blas import address, gemm
from .fingerprint import FINGERPRINT
from .lanes import number_type
from .products import product
from .vectors import columns, copy_in, elementwise, get, put, row, word
from .vocabulary import COPY, ELEMENTWISE, KEPT, LARGE_PRODUCT, MISSED, PRODUCT, WORDS

_ELEMENTWISE = len(ELEMENTWISE)


@njit(inline="always")
def _copy(program, at, memory):
    """memory[target + Σ ...] = memory[source + Σ ...] over six nested loops."""
    inner, step, from_step = word(program, at + 8), word(program, at + 14), word(program, at + 20)
    for i in range(word(program, at + 3)):
        for j in range(word(program, at + 4)):
            for k in range(word(program, at + 5)):
                for m in range(word(program, at + 6)):
                    target, source = word(program, at + 1), word(program, at + 2)
                    target += i * word(program, at + 9) + j * word(program, at + 10)
                    target += k * word(program, at + 11) + m * word(program, at + 12)
                    source += i * word(program, at + 15) + j * word(program, at + 16)
                    source += k * word(program, at + 17) + m * word(program, at + 18)
                    for _ in range(word(program, at + 7)):
                        for q in range(inner):
                            put(memory, target + q * step, get(memory, source + q * from_step))
                        target += word(program, at + 13)
                        source += word(program, at + 19)


@njit(inline="always")
def _kept(program, at, memory, whole):
    """How many class indices are not to be ignored."""
    first, ignored, count = word(program, at + 3), word(program, at + 4), 0
    for i in range(word(program, at + 2)):
        count += whole[first + i] != ignored
    memory[word(program, at + 1)] = count


@njit(inline="always")
def _missed(program, at, memory, whole):
    """out[i] = -x[i, classes[i]], or 0 if it is to be ignored. Returns whether all classes are there."""
    out, rows, classes, chosen = word(program, at + 1), word(program, at + 2), word(program, at + 3), word(program, at + 4)
    ignored, x, row, column = word(program, at + 5), word(program, at + 6), word(program, at + 7), word(program, at + 8)
    good = True
    for i in range(rows):
        k = get(whole, chosen + i)
        if 0 <= k < classes:
            put(memory, out + i, -get(memory, x + i * row + k * column))
        else:
            memory[out + i] = 0.0
            good = good and k == ignored
    if 0 <= ignored < classes:
        for i in range(rows):
            if get(whole, chosen + i) == ignored:
                memory[out + i] = 0.0
    return good


@njit(inline="always")
def _without_hits(program, at, memory, whole):
    """out[i, classes[i]] -= g[i], and rows to be ignored become 0. Returns whether all classes are there."""
    out, rows, classes, chosen = word(program, at + 1), word(program, at + 2), word(program, at + 3), word(program, at + 4)
    ignored, row, column = word(program, at + 5), word(program, at + 6), word(program, at + 7)
    g, step = word(program, at + 8), word(program, at + 9)
    good = True
    for i in range(rows):
        k = get(whole, chosen + i)
        if k == ignored:
            for j in range(classes):
                memory[out + i * row + j * column] = 0.0
        elif 0 <= k < classes:
            place = out + i * row + k * column
            put(memory, place, get(memory, place) - get(memory, g + i * step))
        else:
            good = False
    return good


def _machine(fingerprint):
    @njit(cache=True, nogil=True, error_model="numpy")
    def run(program, start, stop, memory, whole, function, width):
        """Run the instructions from `start` to `stop`. Returns the number of one that failed, or -1."""
        fingerprint  # part of the key under which the compiled code is kept
        for number in range(start, stop):
            at = number * WORDS
            code = word(program, at)
            if code < _ELEMENTWISE:
                elementwise(memory, code, program, at)
            elif code < COPY:
                out, outer, count, inner, a = word(program, at + 1), word(program, at + 2), word(program, at + 3), word(program, at + 4), word(program, at + 5)
                for i in range(outer):
                    if inner == 1 and word(program, at + 7) == 1:
                        row(memory, code, out, a + i * word(program, at + 6), count)
                    else:
                        columns(memory, code, out, a + i * word(program, at + 6), count, word(program, at + 7), inner)
                    out += inner
            elif code == COPY:
                _copy(program, at, memory)
            elif code == PRODUCT:
                product(
                    memory, word(program, at + 1), word(program, at + 2), word(program, at + 3), word(program, at + 4), word(program, at + 5), word(program, at + 6), word(program, at + 7), word(program, at + 8), word(program, at + 9), word(program, at + 10),
                    word(program, at + 11), word(program, at + 12), word(program, at + 13), word(program, at + 14), memory[word(program, at + 15)],
                )  # fmt: skip
            elif code == LARGE_PRODUCT:
                gemm(
                    function, width, memory, word(program, at + 1), word(program, at + 2), word(program, at + 3), word(program, at + 4), word(program, at + 5), word(program, at + 6), word(program, at + 7), word(program, at + 8),
                    word(program, at + 9), word(program, at + 10), word(program, at + 11), memory[word(program, at + 12)], memory[word(program, at + 13)],
                )  # fmt: skip
            elif code == KEPT:
                _kept(program, at, memory, whole)
            elif code == MISSED:
                if not _missed(program, at, memory, whole):
                    return number
            elif not _without_hits(program, at, memory, whole):
                return number
        return -1

    return run


run = _machine(FINGERPRINT)


def _trainer(fingerprint):
    @njit(cache=True, nogil=True, error_model="numpy")
    def train(program, memory, whole, function, width, loss, loads, rows, batch, settings, places, losses):
        """As many steps as `losses` has room for. Returns the number of an instruction that failed, or -1.

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
                return failed
            losses[step] = memory[loss]
        return -1

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
