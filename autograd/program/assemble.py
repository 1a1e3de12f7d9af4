"""Instructions with places as the table of words that the machine runs.

Besides instructions the table has heads: of a block, whose lines take turns on a piece of long arrays while it is in
the cache, and of tasks, which may be done at the same time.
"""

import itertools

import numpy as np

from .lower_base import Place
from .vocabulary import BLOCK, BLOCKS, ELEMENTWISE, MOST_TASKS, PRODUCT, TASKS, UNIT, WORDS

TASK_NUMBERS = 1 << 14  # numbers of a task that computes entry by entry, at least
TASK_PRODUCTS = 1 << 18  # multiplications of one that multiplies matrices
TASK_COLUMNS = 32  # of matrices, that belong together
TASK_ROWS = 16  # the numbers in so many rows are a multiple of the lanes


class Assembly:
    """The table of `lines`, whose buffers have their places.

    shared   whether helpers may do a part of it
    table    the words
    middle   the row at which what stood at `middle` now stands
    sources  for each row the line that it comes from, or None
    """

    def __init__(self, lines, middle=0, shared=False):
        self.given, self.shared, self.rows, self.sources = lines, shared, [], []
        self.words = np.zeros((len(lines), WORDS), np.int64)
        for row, line in zip(self.words, lines, strict=True):
            words = [word.buffer.place + word.offset if isinstance(word, Place) else word for word in line.words]
            row[: len(words)] = words
            row[UNIT] = line.dtype.itemsize // 4
        self._write(0, middle)
        self.middle = len(self.rows)
        self._write(middle, len(lines))
        self.table = np.array(self.rows, np.int64).reshape(-1, WORDS)

    def readers_of(self, buffers):
        """Words in which places of buffers stand: row, word, number of the buffer, place."""
        numbers, found = {id(buffer): number for number, buffer in enumerate(buffers)}, []
        for at, line in enumerate(self.sources):
            for number, word in enumerate(line.words if line else ()):
                if isinstance(word, Place) and id(word.buffer) in numbers:
                    found.append((at, number, numbers[id(word.buffer)], self.table[at, number]))
        return np.array(found, np.int64).reshape(-1, 4)

    def _write(self, at, stop):
        while at < stop:
            count = self._in_blocks(at, stop)
            if count > 1:
                self._blocks(at, count)
            elif self.shared and self.given[at].task is not None:
                count = self._tasks(at, stop)
            elif self.shared and self._goes_on(at, stop):
                count = self._product_and_blocks(at, stop)
            else:
                count = 1
                parts = _parts_of_product(self.words[at]) if self.shared else [self.words[at]]
                if len(parts) > 1:
                    self._head(range(len(parts)), len(parts))
                for part in parts:
                    self._add(part, self.given[at])
            at += count

    def _add(self, words, line=None):
        row = np.zeros(WORDS, np.int64)
        row[: len(words)] = words
        self.rows.append(row)
        self.sources.append(line)

    def _head(self, tasks, length):
        """Of tasks that begin so many rows behind it, over `length` rows."""
        first = len(self.rows) + 1
        self._add([TASKS, len(tasks), first + length, *(first + task for task in tasks), first + length])

    def _tasks(self, at, stop):
        """Lines that say themselves which task they belong to."""
        group = [line for line in self.given[at:stop] if line.task and line.task[0] == self.given[at].task[0]]
        tasks = [line.task[1] for line in group]
        self._head([tasks.index(task) for task in dict.fromkeys(tasks)], len(group))
        for offset, line in enumerate(group):
            self._add(self.words[at + offset], line)
        return len(group)

    def _blocks(self, at, count):
        length, parts = int(self.words[at, 1]), 1
        if self.shared:
            parts = max(1, min(MOST_TASKS, length * count // TASK_NUMBERS))
        ends = [length * part // parts // BLOCK * BLOCK for part in range(parts)] + [length]
        if parts > 1:
            self._head(range(parts), parts + count)
        first = len(self.rows) + parts
        for begin, end in itertools.pairwise(ends):
            self._add([BLOCKS, count, begin, end, first, count if end == length else 0])
        for offset in range(count):
            self._add(self.words[at + offset], self.given[at + offset])

    def _goes_on(self, at, stop):
        """Whether what follows a product of matrices goes on with its numbers, each for itself, so that rows of it can
        be taken on at once."""
        row = self.words[at]
        count = self._in_blocks(at + 1, stop) if row[0] == PRODUCT else 0
        rows, columns = row[9:11].tolist()
        gapless = row[2] == columns and row[3] == 1
        if not (count and gapless and self.words[at + 1, 1] == rows * columns and len(_ends_of_rows(row)) > 1):
            return False
        used = _spans_of_product(row)
        lines = range(at + 1, at + 1 + count)
        return not any(
            _clash(a, b) for k in lines for a in _spans(self.words[k], len(self.given[k].reads)) for b in used
        )

    def _product_and_blocks(self, at, stop):
        """Tasks of some rows of a product each, and what follows it for these."""
        row, count = self.words[at], self._in_blocks(at + 1, stop)
        ends, columns = [0, *_ends_of_rows(row)], int(row[10])
        parts = len(ends) - 1
        self._head(range(0, 2 * parts, 2), 2 * parts + count)
        first = len(self.rows) + 2 * parts
        for begin, end in itertools.pairwise(ends):
            self._add(_rows(row, begin, end), self.given[at])
            self._add([BLOCKS, count, begin * columns, end * columns, first, count if end == ends[-1] else 0])
        for offset in range(1, count + 1):
            self._add(self.words[at + offset], self.given[at + offset])
        return 1 + count

    def _in_blocks(self, first, stop):
        """How many long elementwise instructions from `first` on can take turns, block by block."""
        table, spans, last = self.words, [], first
        while last < stop and _is_long(table[last]) and table[last, 1] == table[first, 1]:
            own = _spans(table[last], len(self.given[last].reads))
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


def _parts_of_product(row):
    """A product of matrices as several, of some columns each; itself alone if it is small. See `products`."""
    if row[0] != PRODUCT:
        return [row]
    rows, columns, steps = map(int, row[9:12])
    parts = min(MOST_TASKS, rows * columns * steps // TASK_PRODUCTS, columns // TASK_COLUMNS)
    if parts < 2:
        return [row]
    ends = [columns * part // parts // TASK_COLUMNS * TASK_COLUMNS for part in range(parts)] + [columns]
    return [_columns(row, begin, end) for begin, end in itertools.pairwise(ends)]


def _ends_of_rows(row):
    """Where the tasks of a product end that are made of rows."""
    rows, columns, steps = map(int, row[9:12])
    parts = min(MOST_TASKS, rows * columns * steps // TASK_PRODUCTS, rows // TASK_ROWS)
    return [rows * part // parts // TASK_ROWS * TASK_ROWS for part in range(1, parts)] + [rows]


def _spans_of_product(row):
    """(begin, end, whether it is written) of the memory that a product touches, in words, as far as others may not."""
    unit, (rows, columns, steps) = int(row[UNIT]), map(int, row[9:12])
    c, a, b = int(row[1]), int(row[4]), int(row[7])
    spans = [(c, c + rows * columns, True), (a, a + 1 + (rows - 1) * int(row[5]) + (steps - 1) * int(row[6]), False)]
    spans += [(b, b + (steps - 1) * int(row[8]) + columns, False), (int(row[15]), int(row[15]) + 1, False)]
    if row[12] >= 0:
        spans.append((int(row[12]), int(row[12]) + (rows - 1) * int(row[13]) + columns, False))
    return [(begin * unit, end * unit, written) for begin, end, written in spans]


def _rows(row, begin, end):
    part = row.copy()
    part[1] += begin * row[2]
    part[4] += begin * row[5]
    part[9] = end - begin
    if row[12] >= 0:
        part[12] += begin * row[13]
    return part


def _columns(row, begin, end):
    part = row.copy()
    part[1] += begin * row[3]
    part[7] += begin
    part[10] = end - begin
    if row[12] >= 0:
        part[12] += begin * row[14]
    return part
