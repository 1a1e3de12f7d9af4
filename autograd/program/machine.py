"""The machine that runs programs over arrays: one function, compiled once, that calls the functions of the
instructions; and another one that does so in a loop of training steps.

A program is a table: each row is a line of whole numbers, a code, then sizes, places in memory and steps (`lower_*` say
which), and last the address of the instruction's function (`machine_code`).

Tasks (see `assemble`) may be shared: a helper, in a thread of its own, waits for them as long as a loop of steps runs.
Which task is next stands in one word, from which each takes with one atomic addition: the row of the head, and in the
last bits the number of the task.
"""

from functools import cache

from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from .disk import FINGERPRINT, KEEPS
from .lanes import INDEX
from .vocabulary import BEHIND, BLOCK, BLOCKS, DONE, FETCHED, LINK, NEXT, NOTHING, ONCE_A_STEP, READ_THERE, TASKS, WORDS

# Without entrances that nobody uses they compile in half of the time.
OPTIONS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
INSIDE = {**OPTIONS, "no_cpython_wrapper": True}
_X86 = binding.get_default_triple().startswith(("x86_64", "i686"))


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


def _word(context, builder, signature, arguments):
    return builder.gep(context.make_array(signature.args[0])(context, builder, arguments[0]).data, [arguments[1]])


@intrinsic
def _look(typing, team, place):
    """A word that other threads write."""

    def generate(context, builder, signature, arguments):
        return builder.load_atomic(_word(context, builder, signature, arguments), "seq_cst", 8)

    return types.int64(team, types.int64), generate


@intrinsic
def _say(typing, team, place, number):
    """Write a word that other threads read."""

    def generate(context, builder, signature, arguments):
        builder.store_atomic(arguments[2], _word(context, builder, signature, arguments), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(team, types.int64, types.int64), generate


@intrinsic
def _take(typing, team, place):
    """Add 1 to a word that other threads write. Returns what stood there."""

    def generate(context, builder, signature, arguments):
        return builder.atomic_rmw("add", _word(context, builder, signature, arguments), INDEX(1), "seq_cst")

    return types.int64(team, types.int64), generate


@intrinsic
def _wait(typing):
    """A moment in which the processor need not hurry."""

    def generate(context, builder, signature, arguments):
        if _X86:
            name = "llvm.x86.sse2.pause"
            kind = ir.FunctionType(ir.VoidType(), [])
            builder.call(builder.module.globals.get(name) or ir.Function(builder.module, kind, name), [])
        return context.get_dummy_value()

    return types.void(), generate


@njit(**INSIDE)
def _line(program, number, real, whole):
    """Do one line. Returns the next one; if it failed, -1 less its number."""
    at = number * WORDS
    if program[number, 0] == TASKS:
        return number + 1
    if program[number, 0] == BLOCKS:
        first, stop = program[number, 4], program[number, 3]
        for begin in range(program[number, 2], stop, BLOCK):
            for line in range(first, first + program[number, 1]):
                _instruction(real, whole, program, line * WORDS, begin, min(begin + BLOCK, stop))
        return number + 1 + program[number, 5]
    return number + 1 if _instruction(real, whole, program, at, 0, 0) else -1 - number


@njit(**INSIDE)
def _do_tasks(program, real, whole, team):
    """Do tasks as long as there are some. Returns whether more may come."""
    while True:
        now = _look(team, NEXT)
        if 0 <= now < NOTHING and (now & 0xFFFF) < program[now >> 16, 1]:
            now = _take(team, NEXT)
            if 0 <= now < NOTHING and (now & 0xFFFF) < program[now >> 16, 1]:
                head, task = now >> 16, now & 0xFFFF
                number = program[head, 3 + task]
                while 0 <= number < program[head, 4 + task]:
                    number = _line(program, number, real, whole)
                _take(team, DONE)
                continue
        return now >= 0


def _machines(fingerprint):
    @njit(**KEEPS, **OPTIONS)
    def run(program, start, stop, real, whole):
        """Run the instructions from `start` to `stop`. Returns the number of one that failed, or -1.

        real   memory for real numbers, as words of 32 bits
        """
        fingerprint  # noqa: B018 - part of the key under which the compiled code is kept
        number = start
        while number < stop:
            number = _line(program, number, real, whole)
            if number < 0:
                return -1 - number
        return -1

    @njit(**KEEPS, **OPTIONS)
    def train(program, real, whole, team, loads, readers, ahead, rows, batch, settings, places, loss, losses, taken):
        """Run a program as many times as `losses` has rows.

        real      memory for real numbers, as words of 32 bits. So are `settings` and `losses`
        team      words that are shared with helpers; none if there are no helpers
        loads     the inputs, one a row: its kind (see `vocabulary`), its address in memory, the bytes of an item, the
                  address of the array that it is taken from and of its end, the bytes of a number
        readers   words of the program in which the place of an input stands, one a row: line, word, input, place in
                  memory. Where the items of a batch are neighbours, the instructions are sent to the array itself
        ahead     products that bring near what the next step reads, see `ahead`
        rows      the items of all batches, one after the other
        settings  plain numbers for each step (or one row for all), which go to `places` (counted in words)
        loss      the place, in words, of the number that is kept in `losses`
        taken     how many times it ran, kept up to date

        Returns the number of an instruction that failed, or -1.
        """
        fingerprint  # noqa: B018
        unit = settings.shape[1] // max(len(places), 1)
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
                following = source + rows[min(i, len(rows) - 1)] * size
                for part in range(len(ahead)):
                    if ahead[part, 1] == k:
                        program[ahead[part, 0], FETCHED] = following + ahead[part, 2]
                for reader in range(len(readers)):
                    if readers[reader, 2] == k:
                        program[readers[reader, 0], readers[reader, 1]] = readers[reader, 3] + away // width
            if step < len(settings):
                for k in range(len(places)):
                    for part in range(unit):
                        real[places[k] + part] = settings[step, k * unit + part]
            number = 0
            while number < len(program):
                code = program[number, 0]
                if code != TASKS and code != BLOCKS:  # as `_line` does, without a call
                    if not _instruction(real, whole, program, number * WORDS, 0, 0):
                        return number
                    number += 1
                    continue
                if len(team) and code == TASKS:
                    _say(team, DONE, 0)
                    _say(team, NEXT, number << 16)
                    _do_tasks(program, real, whole, team)
                    while _look(team, DONE) < program[number, 1]:
                        _wait()
                    number = program[number, 2]
                    continue
                number = _line(program, number, real, whole)
            for part in range(losses.shape[1]):
                losses[step, part] = real[loss + part]
            taken[0] += 1
        return -1

    @njit(**KEEPS, **OPTIONS)
    def help(program, real, whole, team):
        """Do tasks until there will be no more."""
        fingerprint  # noqa: B018
        while _do_tasks(program, real, whole, team):
            _wait()

    return run, train, help


run, train, help = _machines(FINGERPRINT)
_TABLE, _WHOLE, _WORDS = types.int64[:, ::1], types.int64[::1], types.int32[::1]


def prepare():
    """Compile the machine, or load it from disk."""
    run.compile((_TABLE, types.int64, types.int64, _WORDS, _WHOLE))
    run.disable_compile()


@cache
def prepare_training():
    """Compile the loop of steps, or load it from disk."""
    number, words = types.int64, types.int32[:, ::1]
    step = _TABLE, _TABLE, _TABLE, _WHOLE, number, words, _WHOLE, number, words, _WHOLE
    train.compile((_TABLE, _WORDS, _WHOLE, _WHOLE, *step))
    train.disable_compile()


@cache
def prepare_helper():
    """Compile what a helper does, or load it from disk."""
    help.compile((_TABLE, _WORDS, _WHOLE, _WHOLE))
    help.disable_compile()
