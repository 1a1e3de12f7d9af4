"""The machine for programs over arrays: one function, compiled once for each of float32 and float64, that runs any of them.

An instruction is a row of whole numbers: its code, then sizes, places in memory and steps (`lower` says which).
"""

from numba import njit, types

from .blas import address, gemm
from .fingerprint import FINGERPRINT
from .lanes import number_type
from .products import product
from .vectors import columns, copy_in, elementwise, row
from .vocabulary import COPY, ELEMENTWISE, KEPT, LARGE_PRODUCT, ONE_HOT, PICKED, PICKED_SLOPE, PRODUCT

_ELEMENTWISE = len(ELEMENTWISE)


@njit(inline="always")
def _copy(line, memory):
    """memory[target + Σ ...] = memory[source + Σ ...] over six nested loops."""
    for i in range(line[3]):
        for j in range(line[4]):
            for k in range(line[5]):
                for m in range(line[6]):
                    target = line[1] + i * line[9] + j * line[10] + k * line[11] + m * line[12]
                    source = line[2] + i * line[15] + j * line[16] + k * line[17] + m * line[18]
                    for p in range(line[7]):
                        for q in range(line[8]):
                            memory[target + q * line[14]] = memory[source + q * line[20]]
                        target += line[13]
                        source += line[19]


def _machine(fingerprint):
    @njit(cache=True, nogil=True, error_model="numpy")
    def run(program, start, stop, memory, whole, function, width):
        """Run the instructions from `start` to `stop`. Returns the number of one that failed, or -1."""
        fingerprint  # part of the key under which the compiled code is kept
        for number in range(start, stop):
            line = program[number]
            code = line[0]
            if code < _ELEMENTWISE:
                n, out, a, b, c = line[1], line[4], line[5], line[9], line[13]
                for plane in range(line[3]):
                    for i in range(line[2]):
                        elementwise(
                            memory, code, n, out,
                            a + i * line[7] + plane * line[8], line[6],
                            b + i * line[11] + plane * line[12], line[10],
                            c + i * line[15] + plane * line[16], line[14],
                        )  # fmt: skip
                        out += n
            elif code < COPY:
                out, outer, count, inner, a = line[1], line[2], line[3], line[4], line[5]
                for i in range(outer):
                    if inner == 1 and line[7] == 1:
                        row(memory, code, out, a + i * line[6], count)
                    else:
                        columns(memory, code, out, a + i * line[6], count, line[7], inner)
                    out += inner
            elif code == COPY:
                _copy(line, memory)
            elif code == PRODUCT:
                product(
                    memory, line[1], line[2], line[3], line[4], line[5], line[6], line[7], line[8], line[9], line[10],
                    line[11], line[12], line[13], line[14], memory[line[15]],
                )  # fmt: skip
            elif code == LARGE_PRODUCT:
                gemm(
                    function, width, memory, line[1], line[2], line[3], line[4], line[5], line[6], line[7], line[8],
                    line[9], line[10], line[11], memory[line[12]], memory[line[13]],
                )  # fmt: skip
            elif code == KEPT:
                memory[line[1]] = 0.0
                for i in range(line[2]):
                    memory[line[1]] += whole[line[3] + i] != line[4]
            elif code == PICKED:
                for i in range(line[2]):
                    chosen, out = whole[line[4] + i], line[1] + i
                    if chosen == line[5]:
                        memory[out] = 0.0
                    elif 0 <= chosen < line[3]:
                        memory[out] = memory[line[6] + i * line[7] + chosen * line[8]]
                    else:
                        return number
            elif code == PICKED_SLOPE or code == ONE_HOT:
                for i in range(line[2]):
                    chosen, out = whole[line[4] + i], line[1] + i * line[6]
                    if chosen == line[5]:
                        for k in range(line[3]):
                            memory[out + k * line[7]] = 0.0
                    elif 0 <= chosen < line[3]:
                        memory[out + chosen * line[7]] -= memory[line[8] + i * line[9]]
                    else:
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
