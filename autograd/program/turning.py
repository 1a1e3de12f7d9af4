"""Machine code that copies a matrix turned: square blocks, as many rows as there are lanes, are turned in registers."""

from llvmlite import ir
from numba.core import cgutils

from .lanes import INDEX, Lanes, Place, lane_count


def write_turned(line):
    """out[i, j] = a[j, i].

    Words: code, out and its step from row to row, a and its step, numbers of rows and columns of out. Numbers behind
    the end of a's rows are read, for which there is room, and nothing is written but out.
    """
    builder = line.builder
    out, out_step, source, step, rows, columns = line.read(1, 6)
    place = Place(line.context, builder, line.number, lane_count(line.number))
    count, last = INDEX(place.count), builder.sub(columns, INDEX(1))
    with cgutils.for_range_slice(builder, INDEX(0), columns, count, inc=True) as (j, _):
        mask = place.first(builder.sub(columns, j))
        starts = []
        for lane in range(place.count):
            column = builder.add(j, INDEX(lane))
            column = builder.select(builder.icmp_signed("<", column, columns), column, last)
            starts.append(line.at(builder.add(source, builder.mul(column, step))))
        with cgutils.for_range_slice(builder, INDEX(0), rows, count, inc=True) as (i, _):
            block = _turned(place, [place.load(builder.gep(start, [i])).value for start in starts])
            for lane, vector in enumerate(block):
                row = builder.add(i, INDEX(lane))
                with builder.if_then(builder.icmp_signed("<", row, rows)):
                    target = line.at(builder.add(builder.add(out, builder.mul(row, out_step)), j))
                    place.store(Lanes(place, vector), target, mask)


def _turned(place, block):
    """The transpose of a square block: pairs of rows exchange halves, then quarters, and so on."""
    half = place.count // 2
    while half:
        order = [_exchanged(place, half, second) for second in (False, True)]
        for k in range(place.count):
            if not k & half:
                pair = block[k], block[k + half]
                block[k], block[k + half] = (place.builder.shuffle_vector(*pair, mask) for mask in order)
        half //= 2
    return block


def _exchanged(place, half, second):
    """Of two rows side by side: the lanes that make up the first of the new ones, or the second."""
    lanes = []
    for lane in range(place.count):
        upper = bool(lane & half)
        own = (lane | half if second else lane & ~half) + (place.count if upper else 0)
        lanes.append(own)
    return ir.Constant(ir.VectorType(ir.IntType(32), place.count), lanes)
