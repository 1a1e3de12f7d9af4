"""Instructions that are plain loops: copies, moves, running sums, and what goes by indices. Their words: see `lower_*`."""

from numba import njit

from .vectors import apart, columns, get, put, row, word
from .vocabulary import GATHER, KEPT, MISSED, ONE_HOT, TO_REAL


@njit
def reduce(program, at, code, memory):
    """Sums and the like over the middle one of three axes: of rows without gaps, or of columns side by side."""
    apart()
    out, outer, count, inner = word(program, at + 1), word(program, at + 2), word(program, at + 3), word(program, at + 4)
    a, outer_step, step = word(program, at + 5), word(program, at + 6), word(program, at + 7)
    for _ in range(outer):
        if inner == 1 and step == 1:
            row(memory, code, out, a, count)
        else:
            columns(memory, code, out, a, count, step, inner)
        out += inner
        a += outer_step


@njit
def copy(program, at, memory):
    """memory[target + Σ ...] = memory[source + Σ ...] over six nested loops."""
    apart()
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


@njit
def kept(program, at, memory, whole):
    """How many class indices are not to be ignored."""
    apart()
    first, ignored, count = word(program, at + 3), word(program, at + 4), 0
    for i in range(word(program, at + 2)):
        count += whole[first + i] != ignored
    memory[word(program, at + 1)] = count
    return True


@njit
def missed(program, at, memory, whole):
    """out[i] = -x[i, classes[i]], or 0 if it is to be ignored. Returns whether all classes are there."""
    apart()
    out, rows, classes, chosen = (
        word(program, at + 1),
        word(program, at + 2),
        word(program, at + 3),
        word(program, at + 4),
    )
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


@njit
def without_hits(program, at, memory, whole):
    """out[i, classes[i]] -= g[i], and rows to be ignored become 0. Returns whether all classes are there."""
    apart()
    out, rows, classes, chosen = (
        word(program, at + 1),
        word(program, at + 2),
        word(program, at + 3),
        word(program, at + 4),
    )
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


@njit
def move(program, at, memory, whole):
    """out[targets[i]] = (or +=) source[sources[i]]."""
    apart()
    out, targets, sources = word(program, at + 1), word(program, at + 3), word(program, at + 4)
    source, adds = word(program, at + 5), word(program, at + 6)
    for i in range(word(program, at + 2)):
        target, number = out + get(whole, targets + i), get(memory, source + get(whole, sources + i))
        put(memory, target, get(memory, target) + number if adds else number)


@njit
def running(program, at, memory):
    """Sums or products up to each entry along the middle one of three axes, forward or from the end."""
    apart()
    out, outer, count, inner, a = (
        word(program, at + 1),
        word(program, at + 2),
        word(program, at + 3),
        word(program, at + 4),
        word(program, at + 5),
    )
    multiplied, reverse = word(program, at + 6), word(program, at + 7)
    for o in range(outer):
        for i in range(inner):
            for k in range(count):
                place = (o * count + (count - 1 - k if reverse else k)) * inner + i
                number = get(memory, a + place)
                if k:
                    before = get(memory, out + place + (inner if reverse else -inner))
                    number = before * number if multiplied else before + number
                put(memory, out + place, number)


@njit
def largest(program, at, memory):
    """Where along the middle one of three axes the first largest (or smallest) entry stands; NaN counts as such."""
    apart()
    out, outer, count, inner, a = (
        word(program, at + 1),
        word(program, at + 2),
        word(program, at + 3),
        word(program, at + 4),
        word(program, at + 5),
    )
    smallest = word(program, at + 6)
    for o in range(outer):
        for i in range(inner):
            best, place = get(memory, a + o * count * inner + i), 0
            for k in range(1, count):
                number = get(memory, a + (o * count + k) * inner + i)
                better = number < best if smallest else number > best
                if best == best and (better or number != number):
                    best, place = number, k
            memory[out + o * inner + i] = place


@njit
def by_index(program, at, code, memory, whole):
    """Instructions in which whole numbers say which entry is meant. Returns whether all of them are in range."""
    apart()
    if code == KEPT:
        return kept(program, at, memory, whole)
    if code == MISSED:
        return missed(program, at, memory, whole)
    if code <= ONE_HOT:
        return without_hits(program, at, memory, whole)
    if code == GATHER:
        return _gather(program, at, memory, whole)
    out, count, a = word(program, at + 1), word(program, at + 2), word(program, at + 3)
    good = True
    if code == TO_REAL:
        for i in range(count):
            memory[out + i] = get(whole, a + i)
            good = good and get(whole, a + i) == int(memory[out + i])
    else:
        for i in range(count):
            put(whole, out + i, int(get(memory, a + i)))
    return good


@njit
def _gather(program, at, memory, whole):
    apart()
    mode, x, index, begin = word(program, at + 1), word(program, at + 2), word(program, at + 3), word(program, at + 4)
    size, step = word(program, at + 5), word(program, at + 6)
    for i in range(word(program, at + 7)):
        for j in range(word(program, at + 8)):
            for k in range(word(program, at + 9)):
                for m in range(word(program, at + 10)):
                    for p in range(word(program, at + 11)):
                        here = x + i * word(program, at + 13) + j * word(program, at + 14) + k * word(program, at + 15)
                        here += m * word(program, at + 16) + p * word(program, at + 17)
                        there = (
                            begin + i * word(program, at + 19) + j * word(program, at + 20) + k * word(program, at + 21)
                        )
                        there += m * word(program, at + 22) + p * word(program, at + 23)
                        for q in range(word(program, at + 12)):
                            chosen = get(whole, index)
                            index += 1
                            if not 0 <= chosen < size:
                                return False
                            place = here + q * word(program, at + 18) + chosen * step
                            other = there + q * word(program, at + 24)
                            if mode == 0:
                                put(memory, other, get(memory, place))
                            elif mode == 1:
                                put(memory, place, get(memory, place) + get(memory, other))
                            else:
                                put(memory, place, get(memory, other))
    return True
