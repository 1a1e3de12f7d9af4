"""Instructions with places as the table of words that the machine runs."""

import numpy as np

from .lower_base import Place
from .vocabulary import BLOCK, BLOCKS, ELEMENTWISE, UNIT, WORDS


def assembled(lines, middle=0):
    """The table, the line at which what stood at `middle` now stands, and at which each line. Buffers have places."""
    table = np.zeros((len(lines), WORDS), np.int64)
    for row, line in zip(table, lines, strict=True):
        words = [word.buffer.place + word.offset if isinstance(word, Place) else word for word in line.words]
        row[: len(words)] = words
        row[UNIT] = line.dtype.itemsize // 4
    result, at, where = [], 0, []
    while at < len(table):
        if at == middle:
            start = len(result)
        group = _in_blocks(table, lines, at, middle if at < middle else len(table))
        if group > 1:
            head = np.zeros(WORDS, np.int64)
            head[:3] = BLOCKS, group, table[at, 1]
            result.append(head)
        group = max(group, 1)
        where.extend(range(len(result), len(result) + group))
        result.extend(table[at : at + group])
        at += group
    if middle >= len(table):
        start = len(result)
    return np.array(result, np.int64).reshape(-1, WORDS), start, where


def readers_of(buffers, lines, where):
    """Words in which places of buffers stand: line of the table, word, number of the buffer, place."""
    numbers, found = {id(buffer): number for number, buffer in enumerate(buffers)}, []
    for line, at in zip(lines, where, strict=True):
        for number, word in enumerate(line.words):
            if isinstance(word, Place) and id(word.buffer) in numbers:
                found.append((at, number, numbers[id(word.buffer)], word.buffer.place + word.offset))
    return np.array(found, np.int64).reshape(-1, 4)


def _in_blocks(table, lines, first, stop):
    """How many long elementwise instructions from `first` on can take turns, block by block."""
    spans, last = [], first
    while last < stop and _is_long(table[last]) and table[last, 1] == table[first, 1]:
        own = _spans(table[last], len(lines[last].reads))
        if any(_clash(a, b) for a in own for b in spans):
            break
        spans += own
        last += 1
    return last - first


def _is_long(row):
    return row[0] < len(ELEMENTWISE) and row[1] >= 2 * BLOCK and row[2] == row[3] == 1


def _spans(row, inputs):
    """(begin, end, whether it is written) of the memory that an instruction touches, in words."""
    length, unit = int(row[1]), int(row[UNIT])
    spans = [(int(row[4]), int(row[4]) + length, True)]
    for k in range(inputs):
        place, step = int(row[5 + 4 * k]), int(row[6 + 4 * k])
        spans.append((place, place + (length if step else 1), False))
    return [(begin * unit, end * unit, written) for begin, end, written in spans]


def _clash(a, b):
    """Whether the order of two accesses matters beyond the order at each number."""
    (begin, end, writes), (other_begin, other_end, other_writes) = a, b
    apart = end <= other_begin or other_end <= begin
    same = begin == other_begin and end == other_end
    return (writes or other_writes) and not apart and not same
