"""Machine code of elementwise instructions, reductions and copies, a group of neighbours at a time.

Memory is read and written in whole groups: what stands behind the end of an array is computed with and overwritten, for
which the plan leaves room.
"""

import functools

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from .elements import ELEMENTS, Mathematics, arity
from .lanes import INDEX, Lanes, Place, lane_count

# Operands that are single numbers in what optimizers do: where they are, they are read once, and what stands behind the
# end counts as 0. Left to themselves, running means of nothing come so near 0 that arithmetic becomes slow.
SINGLE = {"toward": {2}, "add_square": {1, 3}, "less_by_root": {1, 4}}


def elementwise_writer(name):
    """out[i] = f(a[i·a_step], b[i·b_step], ...) in groups, row by row; a step is 1, or 0 for one number throughout.

    The words of its line: code, length of a row, rows, planes, out, then for each input its place and its steps within
    a row, from row to row, from plane to plane. The result has no gaps. Of each row only the part from `begin` to `end`
    is computed, or all of it if `end` is 0.
    """
    return lambda line: _Elementwise(line, name).write()


class _Elementwise:
    """An elementwise instruction while it is written."""

    def __init__(self, line, name):
        self.line, self.builder, self.name = line, line.builder, name
        self.place = Place(line.context, line.builder, line.number, lane_count(line.number))
        self.mathematics = Mathematics(self.place)
        self.length, self.rows, self.planes, self.out = line.read(1, 4)
        self.inputs = [line.read(5 + 4 * k, 4) for k in range(arity(name))]
        self.is_one = [line.builder.icmp_signed("==", step, INDEX(0)) for _, step, _, _ in self.inputs]
        whole = line.builder.icmp_signed("==", line.end, INDEX(0))
        self.end = line.builder.select(whole, self.length, line.end)

    def write(self):
        """All rows."""
        builder = self.builder
        target = cgutils.alloca_once_value(builder, self.line.at(self.out))
        with cgutils.for_range(builder, self.planes) as plane, cgutils.for_range(builder, self.rows) as row:
            self.pointers = []
            for first, _, row_step, plane_step in self.inputs:
                steps = builder.add(builder.mul(row.index, row_step), builder.mul(plane.index, plane_step))
                self.pointers.append(self.line.at(builder.add(first, steps)))
            self.ones = [self.place.everywhere(builder.load(pointer)) for pointer in self.pointers]
            self._write_row(builder.load(target))
            builder.store(builder.gep(builder.load(target), [self.length]), target)

    def _write_row(self, target):
        single = SINGLE.get(self.name)
        if single is None:
            self._write_groups(target, self._any_operand)
            return
        as_usual = [is_one if k in single else self.builder.not_(is_one) for k, is_one in enumerate(self.is_one)]
        with self.builder.if_else(functools.reduce(self.builder.and_, as_usual)) as (usual, otherwise):
            with usual:
                self._write_groups(target, self._usual_operand)
            with otherwise:
                self._write_groups(target, self._any_operand)

    def _write_groups(self, target, operand):
        place = self.place
        with cgutils.for_range_slice(self.builder, self.line.begin, self.end, INDEX(place.count), inc=True) as (i, _):
            answer = ELEMENTS[self.name](self.mathematics, *(operand(k, i) for k in range(len(self.inputs))))
            answer = answer if isinstance(answer, Lanes) else Lanes(place, place.constant(answer))
            place.store(answer, self.builder.gep(target, [i]))

    def _any_operand(self, k, i):
        step = self.inputs[k][1]
        group = self.place.load(self.builder.gep(self.pointers[k], [self.builder.mul(i, step)]))
        return Lanes(self.place, self.builder.select(self.is_one[k], self.ones[k].value, group.value))

    def _usual_operand(self, k, i):
        if k in SINGLE[self.name]:
            return self.ones[k]
        inside = self.place.first(self.builder.sub(self.end, i))
        return self.place.load(self.builder.gep(self.pointers[k], [i]), inside)


_COMBINED = {
    "sum": (0.0, lambda m, a, b: a + b),
    "prod": (1.0, lambda m, a, b: a * b),
    "amax": (-np.inf, ELEMENTS["maximum"]),
    "amin": (np.inf, ELEMENTS["minimum"]),
}


def reduction_writer(name):
    """Sums and the like over the middle one of three axes: of rows without gaps, or of columns side by side.

    Words: code, out, lengths of the three axes, a, its steps along the first two.
    """

    def write(line):
        builder = line.builder
        out, outer, count, inner, a, outer_step, step = line.read(1, 7)
        rows = builder.and_(*(builder.icmp_signed("==", x, INDEX(1)) for x in (inner, step)))
        with cgutils.for_range(builder, outer) as loop:
            to = line.at(builder.add(out, builder.mul(loop.index, inner)))
            source = line.at(builder.add(a, builder.mul(loop.index, outer_step)))
            with builder.if_else(rows) as (one, many):
                with one:
                    _row(line, *_COMBINED[name], to, source, count)
                with many:
                    _columns(line, *_COMBINED[name], to, source, count, step, inner)

    return write


def _columns(line, first, combine, out, a, count, step, n):
    """out[j] = combination over r of a[r·step + j], for j < n."""
    builder = line.builder
    place = Place(line.context, builder, line.number, lane_count(line.number))
    mathematics = Mathematics(place)
    with cgutils.for_range_slice(builder, INDEX(0), n, INDEX(place.count), inc=True) as (j, _):
        total = cgutils.alloca_once(builder, place.real)
        builder.store(place.constant(first), total)
        with cgutils.for_range(builder, count) as loop:
            group = place.load(builder.gep(a, [builder.add(builder.mul(loop.index, step), j)]))
            builder.store(combine(mathematics, Lanes(place, builder.load(total)), group).value, total)
        place.store(Lanes(place, builder.load(total)), builder.gep(out, [j]))


_CHAINS = 4  # sums side by side, since each waits for itself


def _row(line, first, combine, out, a, n):
    """out[0] = combination of a[0], ..., a[n - 1]."""
    builder = line.builder
    place = Place(line.context, builder, line.number, lane_count(line.number))
    mathematics = Mathematics(place)
    identity = place.constant(first)
    totals = [cgutils.alloca_once(builder, place.real) for _ in range(_CHAINS)]
    for total in totals:
        builder.store(identity, total)

    def take(total, group):
        builder.store(combine(mathematics, Lanes(place, builder.load(total)), group).value, total)

    stride = INDEX(place.count * _CHAINS)
    whole = builder.mul(builder.sdiv(n, stride), stride)
    with cgutils.for_range_slice(builder, INDEX(0), whole, stride, inc=True) as (i, _):
        for chain, total in enumerate(totals):
            take(total, place.load(builder.gep(a, [builder.add(i, INDEX(chain * place.count))])))
    with cgutils.for_range_slice(builder, whole, n, INDEX(place.count), inc=True) as (i, _):
        group = place.load(builder.gep(a, [i]))
        inside = place.first(builder.sub(n, i))
        take(totals[0], Lanes(place, builder.select(inside, group.value, identity)))
    result = Lanes(place, builder.load(totals[0]))
    for total in totals[1:]:
        result = combine(mathematics, result, Lanes(place, builder.load(total)))
    builder.store(_folded(place, mathematics, combine, result), out)


def _folded(place, mathematics, combine, lanes):
    """The combination of all lanes: halves onto each other until one is left."""
    half = place.count // 2
    while half:
        order = [(k + half) % place.count for k in range(place.count)]
        mask = ir.Constant(ir.VectorType(ir.IntType(32), place.count), order)
        turned = place.builder.shuffle_vector(lanes.value, lanes.value, mask)
        lanes = combine(mathematics, lanes, Lanes(place, turned))
        half //= 2
    return place.builder.extract_element(lanes.value, INDEX(0))


def write_copy(line):
    """numbers[target + Σ ...] = numbers[source + Σ ...] over six nested loops.

    Words: code, target, source, six lengths, the six steps of the target, those of the source, whether it is of whole
    numbers.
    """
    builder = line.builder
    target, source, *rest = line.read(1, 21)
    lengths, target_steps, steps, whole = rest[:6], rest[6:12], rest[12:18], rest[18]
    with builder.if_else(builder.icmp_signed("!=", whole, INDEX(0))) as branches:
        for branch, numbers in zip(branches, (line.whole, line.numbers), strict=True):
            with branch:
                _copy(builder, numbers, target, source, list(zip(lengths, target_steps, steps, strict=True)))


def _copy(builder, numbers, target, source, axes):
    if not axes:
        builder.store(builder.load(builder.gep(numbers, [source])), builder.gep(numbers, [target]))
        return
    (length, target_step, step), *inner = axes
    with cgutils.for_range(builder, length) as loop:
        target = builder.add(target, builder.mul(loop.index, target_step))
        source = builder.add(source, builder.mul(loop.index, step))
        _copy(builder, numbers, target, source, inner)


def write_widened(line):
    """float32 numbers as float64. Words: code, out, how many, where they are, each place in numbers of its kind."""
    _convert(line, lambda builder, x: builder.fpext(x, ir.DoubleType()), ir.FloatType(), ir.DoubleType())


def write_narrowed(line):
    """float64 numbers as float32."""
    _convert(line, lambda builder, x: builder.fptrunc(x, ir.FloatType()), ir.DoubleType(), ir.FloatType())


def _convert(line, converted, before, after):
    builder = line.builder
    out, count, source = line.read(1, 3)
    numbers, results = (builder.bitcast(line.numbers, kind.as_pointer()) for kind in (before, after))
    with cgutils.for_range(builder, count) as loop:
        number = builder.load(builder.gep(numbers, [builder.add(source, loop.index)]))
        builder.store(converted(builder, number), builder.gep(results, [builder.add(out, loop.index)]))
