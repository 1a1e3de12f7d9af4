"""The machine that runs programs over arrays: a loop that calls the functions of the instructions, and another one that
does so in a loop of training steps. Both are compiled once for all programs.

A program is a table: each row is a line of whole numbers, a code, then sizes, places in memory and steps (`lower_*` say
which), and last the address of the instruction's function (`machine_code`).

Tasks (see `assemble`) may be shared: a helper, in a thread of its own, waits for them as long as a loop of steps runs.
Which task is next stands in one word, from which each takes with one atomic addition: the row of the head, and in the
last bits the number of the task.

These functions are never called as Python: `plain` translates them. Arguments are whole numbers and addresses.
"""

from functools import cache

from llvmlite import binding, ir
from numba.core import cgutils

from .lanes import INDEX
from .machine_code import kept
from .plain import callable_in, copied, inline, write_function
from .vocabulary import (
    BEHIND,
    BLOCK,
    BLOCKS,
    DONE,
    FETCHED,
    JOB,
    LINK,
    NEXT,
    NOTHING,
    ONCE_A_STEP,
    READ_THERE,
    TASKS,
    WORDS,
)

LOAD_BYTES = 6 * 8  # of a row of `loads`
(
    PROGRAM, LINES, REAL, WHOLE, PLACES, PLACE_COUNT, UNIT_OF_SETTINGS, READERS, READER_COUNT, AHEAD, AHEAD_COUNT,
    LOADS, LOAD_COUNT, LOSS, LOSS_WORDS, TEAM, HELPED, ROWS, BATCH, SETTINGS, SETTING_COUNT, LOSSES, STEPS, TAKEN,
) = JOB.values()  # fmt: skip
_X86 = binding.get_default_triple().startswith(("x86_64", "i686"))


@inline
def _instruction(builder, real, whole, program, at, begin, end):
    """Do the instruction whose line begins at a word, or a part of it. Returns whether it succeeded."""
    line = builder.gep(program, [at])
    address = builder.load(builder.gep(line, [INDEX(LINK)]))
    kind = ir.FunctionType(INDEX, [real.type, whole.type, line.type, INDEX, INDEX])
    return builder.call(builder.inttoptr(address, kind.as_pointer()), [real, whole, line, begin, end])


@inline
def _copy(builder, target, source, size):
    """Copy `size` bytes from one address to another."""
    byte = ir.IntType(8).as_pointer()
    cgutils.raw_memcpy(builder, builder.inttoptr(target, byte), builder.inttoptr(source, byte), size, 1)


@inline
def _look(builder, team, place):
    """A word that other threads write."""
    return builder.load_atomic(builder.gep(team, [place]), "seq_cst", 8)


@inline
def _say(builder, team, place, number):
    """Write a word that other threads read."""
    builder.store_atomic(number, builder.gep(team, [place]), "seq_cst", 8)


@inline
def _take(builder, team, place):
    """Add 1 to a word that other threads write. Returns what stood there."""
    return builder.atomic_rmw("add", builder.gep(team, [place]), INDEX(1), "seq_cst")


@inline
def _wait(builder):
    """A moment in which the processor need not hurry."""
    if _X86:
        kind = ir.FunctionType(ir.VoidType(), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause"), [])


@inline
def _whole_at(builder, address):
    """Whole numbers at an address."""
    return builder.inttoptr(address, INDEX.as_pointer())


@inline
def _words_at(builder, address):
    """Words of real numbers at an address."""
    return builder.inttoptr(address, ir.IntType(32).as_pointer())


@copied
def _line(program, number, real, whole):
    """Do one line. Returns the next one; if it failed, -1 less its number."""
    at = number * WORDS
    if program[at] == TASKS:
        return number + 1
    if program[at] == BLOCKS:
        first, stop = program[at + 4], program[at + 3]
        for begin in range(program[at + 2], stop, BLOCK):
            for line in range(first, first + program[at + 1]):
                _instruction(real, whole, program, line * WORDS, begin, min(begin + BLOCK, stop))
        return number + 1 + program[at + 5]
    return number + 1 if _instruction(real, whole, program, at, 0, 0) else -1 - number


def run(program, start, stop, real, whole):
    """Run the instructions from `start` to `stop`. Returns the number of one that failed, or -1.

    real   memory for real numbers, as words of 32 bits
    """
    number = start
    while number < stop:
        number = _line(program, number, real, whole)
        if number < 0:
            return -1 - number
    return -1


def _do_tasks(program, real, whole, team):
    """Do tasks as long as there are some. Returns whether more may come."""
    while True:
        now = _look(team, NEXT)
        if 0 <= now < NOTHING and (now & 0xFFFF) < program[(now >> 16) * WORDS + 1]:
            now = _take(team, NEXT)
            head, task = (now >> 16) * WORDS, now & 0xFFFF
            if 0 <= now < NOTHING and task < program[head + 1]:
                number, stop = program[head + 3 + task], program[head + 4 + task]
                while 0 <= number < stop:
                    number = _line(program, number, real, whole)
                _take(team, DONE)
                continue
        return now >= 0


def help(program, real, whole, team):
    """Do tasks until there will be no more."""
    while _do_tasks(program, real, whole, team):
        _wait()
    return 0


def _all_lines(program, lines, real, whole, team, helped):
    """A program once, tasks together with helpers. Returns the number of an instruction that failed, or -1."""
    number = 0
    while number < lines:
        at = number * WORDS
        if helped and program[at] == TASKS:
            _say(team, DONE, 0)
            _say(team, NEXT, number << 16)
            _do_tasks(program, real, whole, team)
            while _look(team, DONE) < program[at + 1]:
                _wait()
            number = program[at + 2]
        else:
            number = _line(program, number, real, whole)
            if number < 0:
                return -1 - number
    return -1


def _load(load, rows, first, stop):
    """Items of a batch into memory, or none if they can be read where they are: then how far away that is, in bytes."""
    target, size, source, end, width = load[1], load[2], load[3], load[4], load[5]
    i = first
    while i < stop:
        begin_row = i  # neighbours together
        while i + 1 < stop and rows[i + 1] == rows[i] + 1:
            i += 1
        i += 1
        begin, length = source + rows[begin_row] * size, (i - begin_row) * size
        alone = begin_row == first and i == stop and begin + length + BEHIND <= end
        if load[0] == READ_THERE and alone and (begin - target) % width == 0:
            return begin - target
        _copy(target, begin, length)
        target += length
    return 0


def _load_all(job, step):
    """The inputs of a step. Instructions are sent to where they are, products to what follows."""
    program, rows, batch = _whole_at(job[PROGRAM]), _whole_at(job[ROWS]), job[BATCH]
    readers, ahead = _whole_at(job[READERS]), _whole_at(job[AHEAD])
    for k in range(job[LOAD_COUNT]):
        load = _whole_at(job[LOADS] + k * LOAD_BYTES)
        if load[0] == ONCE_A_STEP:
            _copy(load[1], load[3] + step * load[2], load[2])
            continue
        stop = (step + 1) * batch
        away = _load(load, rows, step * batch, stop)
        for at in range(0, 4 * job[READER_COUNT], 4):
            if readers[at + 2] == k:
                program[readers[at] * WORDS + readers[at + 1]] = readers[at + 3] + away // load[5]
        later, following = min(stop, (job[STEPS] - 1) * batch), load[1]  # where items go that lie apart
        if batch > 0 and rows[later + batch - 1] - rows[later] == batch - 1:
            following = load[3] + rows[later] * load[2]
        for at in range(0, 3 * job[AHEAD_COUNT], 3):
            if ahead[at + 1] == k:
                program[ahead[at] * WORDS + FETCHED] = following + ahead[at + 2]


def _put_settings(job, step):
    """The plain numbers of a step, where they belong."""
    real, places, unit = _words_at(job[REAL]), _whole_at(job[PLACES]), job[UNIT_OF_SETTINGS]
    settings = _words_at(job[SETTINGS])
    if step < job[SETTING_COUNT]:
        for k in range(job[PLACE_COUNT]):
            for part in range(unit):
                real[places[k] + part] = settings[(step * job[PLACE_COUNT] + k) * unit + part]


def train(job):
    """Run a program many times. What and how is said by words of the job, in the order of `vocabulary.JOB`:

    program, lines           its words, and how many lines it has
    real, whole              memory for real numbers, in words of 32 bits as `settings` and `losses`, and for whole ones
    places, unit             where plain numbers go that are given at each step (counted in words), and how many words
                             each of them has
    readers                  words of the program in which the place of an input stands, one a row: line, word, input,
                             place in memory. Where a batch's items are neighbours, instructions are sent to the array
    ahead                    products that bring near what the next step reads, see `ahead`
    loads                    the inputs, one a row: its kind (see `vocabulary`), its address in memory, the bytes of an
                             item, the address of the array that it is taken from and of its end, the bytes of a number
    loss, loss_words         the place, in words, of the number that is kept in `losses`, and how many words it has
    team, helped             words that are shared with helpers, and whether there are any
    rows, batch              the items of all batches, one after the other
    settings, setting_count  plain numbers for each step, or one row for all
    losses, steps            room for so many losses
    taken                    how many times it ran, kept up to date

    Returns the number of an instruction that failed, or -1.
    """
    program, real, losses, taken = (
        _whole_at(job[PROGRAM]),
        _words_at(job[REAL]),
        _words_at(job[LOSSES]),
        _whole_at(job[TAKEN]),
    )
    whole, team, words = _whole_at(job[WHOLE]), _whole_at(job[TEAM]), job[LOSS_WORDS]
    for step in range(job[STEPS]):
        _load_all(job, step)
        _put_settings(job, step)
        failed = _all_lines(program, job[LINES], real, whole, team, job[HELPED])
        if failed >= 0:
            return failed
        for part in range(words):
            losses[step * words + part] = real[job[LOSS] + part]
        taken[0] += 1
    return -1


_NUMBER, _WHOLE, _WORDS = INDEX, INDEX.as_pointer(), ir.IntType(32).as_pointer()
_KINDS = {
    run: [_WHOLE, _NUMBER, _NUMBER, _WORDS, _WHOLE],
    help: [_WHOLE, _WORDS, _WHOLE, _WHOLE],
    train: [_WHOLE],
}


def _write(library):
    module = library.create_ir_module("autograd_machine")
    for function, kinds in _KINDS.items():
        write_function(module, function, kinds, f"autograd_{function.__name__}")
    library.add_ir_module(module)


@cache
def _library():
    return kept("autograd_machine", _write)


@cache
def compiled(function):
    """One of the three functions as machine code."""
    return callable_in(_library(), f"autograd_{function.__name__}", len(_KINDS[function]))
