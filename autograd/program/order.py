"""The order of instructions: what goes on with a product follows it at once, while its numbers are in the cache."""

from .lower_base import Line
from .vocabulary import BLOCK, ELEMENTWISE, PRODUCT


def early(lines):
    """The lines with long elementwise ones moved to right behind the product that they need, where nothing forbids it.

    Such are the updates of large weights; the gradient's memory is free again so much sooner.
    """
    lines = list(lines)
    for at in range(len(lines) - 1, -1, -1):
        if lines[at].words[0] == PRODUCT and lines[at].task is None and lines[at].writes.size >= 2 * BLOCK:
            lines[at + 1 :] = _drawn_near(lines[at], lines[at + 1 :])
    return lines


def _drawn_near(product, others):
    made, near, passed = {id(product.writes)}, [], []
    for line in others:
        wants = _is_long(line, product) and any(id(buffer) in made for buffer in line.reads)
        if wants and not any(_depend(line, other) for other in passed):
            near.append(line)
            made.add(id(line.writes))
        else:
            passed.append(line)
    return near + passed


def _is_long(line: Line, product):
    return line.words[0] < len(ELEMENTWISE) and line.writes.size == product.writes.size


def _depend(line, other):
    """Whether the order of two lines matters."""
    own, others = _memory(line.writes), _memory(other.writes)
    return own == others or others in map(_memory, line.reads) or own in map(_memory, other.reads)


def _memory(buffer):
    return id(buffer.home or buffer)
