"""Where in memory each buffer lies: memory that nobody needs any more is used again."""

from .layout import LANES

ALWAYS = 1 << 60


def plan(lines, kept, given):
    """Give every buffer its place.

    kept    buffers that nothing else may overwrite: constants, parameters
    given   (buffer, when) of numbers that are written from outside before line `when`, and (buffer, when) of those read
            from outside after it are in `kept` or have their last use there

    Returns how many words of real numbers (32 bits each) and how many whole numbers memory must hold.
    """
    buffers = _lifetimes(lines, kept, given)
    lodgers = [buffer for buffer in buffers if buffer.home is not None]
    buffers = [buffer for buffer in buffers if buffer.home is None]
    rooms = tuple(
        _arrange([b for b in buffers if b.whole is whole], lines if not whole else ()) for whole in (False, True)
    )
    for buffer in buffers:
        buffer.place //= buffer.unit
    for buffer in lodgers:
        buffer.place = buffer.home.place
    return rooms


def _lifetimes(lines, kept, given):
    found = {}
    for buffer in kept:  # these stand in front, in their order
        found[id(buffer)] = buffer
    for buffer, when in given:
        found[id(buffer)] = buffer
        buffer.first = when if buffer.first is None else min(buffer.first, when)
        buffer.last = when if buffer.last is None else max(buffer.last, when)
    together = {}  # by group of tasks: its first and last line
    for number, line in enumerate(lines):
        if line.task is not None:
            together.setdefault(id(line.task[0]), [number, number])[1] = number
    for number, line in enumerate(lines):
        begin, end = (number, number) if line.task is None else together[id(line.task[0])]
        for buffer in (*line.reads, line.writes):
            found[id(buffer)] = buffer
            buffer.first = begin if buffer.first is None else min(buffer.first, begin)
            buffer.last = end if buffer.last is None else max(buffer.last, end)
    for buffer in kept:
        buffer.first, buffer.last = -2, ALWAYS
    return sorted(found.values(), key=lambda buffer: buffer.first)


def _arrange(buffers, lines):
    """Places, in words, one after the other in time: in the first gap that is large enough, or over an input that ends
    here."""
    gaps, living, end = [], [], 0
    heirs = {id(line.writes): (number, line) for number, line in reversed(list(enumerate(lines)))}
    for buffer in buffers:
        number, line = heirs.get(id(buffer), (None, None))
        still = []
        for other in living:
            if other.last < buffer.first:
                gaps.append((other.place, other.room))
            else:
                still.append(other)
        living = still
        heir_of = None
        if line is not None and number == buffer.first:
            for other in line.over:
                if other in living and other.last == number and other.room >= buffer.room and other is not buffer:
                    heir_of = other
                    break
        if heir_of is not None:
            buffer.place = heir_of.place
            living.remove(heir_of)
            if heir_of.room > buffer.room:
                gaps.append((heir_of.place + buffer.room, heir_of.room - buffer.room))
        else:
            gaps = _merged(gaps)
            best = min((gap for gap in gaps if gap[1] >= buffer.room), key=lambda gap: gap[1], default=None)
            if best is None:
                buffer.place, end = end, end + buffer.room
            else:
                gaps.remove(best)
                buffer.place = best[0]
                if best[1] > buffer.room:
                    gaps.append((best[0] + buffer.room, best[1] - buffer.room))
        living.append(buffer)
    return end + 2 * LANES


def _merged(gaps):
    """Neighbouring gaps as one."""
    merged = []
    for place, room in sorted(gaps):
        if merged and merged[-1][0] + merged[-1][1] == place:
            merged[-1] = (merged[-1][0], merged[-1][1] + room)
        else:
            merged.append((place, room))
    return merged
