"""Instructions that are plain loops: moves, running sums, and what goes by indices. Their words: see `lower_*`.

Each is a function of memory's real and whole numbers, which are pointers here, and of the words of its line. It returns
whether all indices were in range. `plain` translates them, they are never called as Python.
"""


def kept(numbers, whole, line, begin, end):
    """How many class indices are not to be ignored."""
    first, ignored, count = line[3], line[4], 0
    for i in range(line[2]):
        count += whole[first + i] != ignored
    numbers[line[1]] = count
    return 1


def missed(numbers, whole, line, begin, end):
    """out[i] = -x[i, classes[i]], or 0 if it is to be ignored."""
    out, rows, classes, chosen = line[1], line[2], line[3], line[4]
    ignored, x, row, column = line[5], line[6], line[7], line[8]
    good = 1
    for i in range(rows):
        k = whole[chosen + i]
        if k == ignored:
            numbers[out + i] = 0.0
        elif 0 <= k < classes:
            numbers[out + i] = -numbers[x + i * row + k * column]
        else:
            numbers[out + i] = 0.0
            good = 0
    return good


def without_hits(numbers, whole, line, begin, end):
    """out[i, classes[i]] -= g[i], and rows to be ignored become 0."""
    out, rows, classes, chosen = line[1], line[2], line[3], line[4]
    ignored, row, column, g, step = line[5], line[6], line[7], line[8], line[9]
    good = 1
    for i in range(rows):
        k = whole[chosen + i]
        if k == ignored:
            for j in range(classes):
                numbers[out + i * row + j * column] = 0.0
        elif 0 <= k < classes:
            place = out + i * row + k * column
            numbers[place] = numbers[place] - numbers[g + i * step]
        else:
            good = 0
    return good


def move(numbers, whole, line, begin, end):
    """out[targets[i]] = (or +=) source[sources[i]]."""
    out, targets, sources, source, adds = line[1], line[3], line[4], line[5], line[6]
    for i in range(line[2]):
        target, number = out + whole[targets + i], numbers[source + whole[sources + i]]
        numbers[target] = numbers[target] + number if adds else number
    return 1


def running(numbers, whole, line, begin, end):
    """Sums or products up to each entry along the middle one of three axes, forward or from the end."""
    out, outer, count, inner, a, multiplied, reverse = line[1], line[2], line[3], line[4], line[5], line[6], line[7]
    back = inner if reverse else -inner
    for o in range(outer):
        for i in range(inner):
            for k in range(count):
                place = (o * count + (count - 1 - k if reverse else k)) * inner + i
                number = numbers[a + place]
                if k and multiplied:
                    number = numbers[out + place + back] * number
                elif k:
                    number = numbers[out + place + back] + number
                numbers[out + place] = number
    return 1


def largest(numbers, whole, line, begin, end):
    """Where along the middle one of three axes the first largest (or smallest) entry stands; NaN counts as such."""
    out, outer, count, inner, a, smallest = line[1], line[2], line[3], line[4], line[5], line[6]
    for o in range(outer):
        for i in range(inner):
            best, place = numbers[a + o * count * inner + i], 0
            for k in range(1, count):
                number = numbers[a + (o * count + k) * inner + i]
                better = number < best if smallest else number > best
                if best == best and (better or number != number):
                    best, place = number, k
            numbers[out + o * inner + i] = place
    return 1


def to_real(numbers, whole, line, begin, end):
    """Whole numbers as real ones, if these can hold them."""
    out, a, good = line[1], line[3], 1
    for i in range(line[2]):
        numbers[out + i] = whole[a + i]
        if int(numbers[out + i]) != whole[a + i]:
            good = 0
    return good


def to_whole(numbers, whole, line, begin, end):
    """Real numbers as whole ones."""
    out, a = line[1], line[3]
    for i in range(line[2]):
        whole[out + i] = int(numbers[a + i])
    return 1


def gather(numbers, whole, line, begin, end):
    """Entries along an axis at given places (mode 0), or numbers added to them (1) or written there (2)."""
    mode, x, index, first, size, step = line[1], line[2], line[3], line[4], line[5], line[6]
    for i in range(line[7]):
        for j in range(line[8]):
            for k in range(line[9]):
                for m in range(line[10]):
                    for p in range(line[11]):
                        here = x + i * line[13] + j * line[14] + k * line[15] + m * line[16] + p * line[17]
                        there = first + i * line[19] + j * line[20] + k * line[21] + m * line[22] + p * line[23]
                        for q in range(line[12]):
                            chosen = whole[index]
                            index += 1
                            if not 0 <= chosen < size:
                                return 0
                            place, other = here + q * line[18] + chosen * step, there + q * line[24]
                            if mode == 0:
                                numbers[other] = numbers[place]
                            elif mode == 1:
                                numbers[place] = numbers[place] + numbers[other]
                            else:
                                numbers[place] = numbers[other]
    return 1


LOOPS = {
    "kept": kept,
    "missed": missed,
    "missed_slope": without_hits,
    "one_hot": without_hits,
    "move": move,
    "running": running,
    "largest": largest,
    "to_real": to_real,
    "to_whole": to_whole,
    "gather": gather,
}
