"""Machine code of matrix products: C = D + alpha·A·B for small matrices, in tiles of rows that stay in registers.

A tile is a few rows of C times one or two groups of lanes; its sums are kept in registers while it runs over the inner
index, where each step takes one vector of B and one number of A for each row. A may lie in memory in any way; B's rows
must be without gaps. Numbers behind the end of a row are read and computed with, but not written.
"""

from contextlib import contextmanager

from llvmlite import binding, ir
from numba.core import cgutils

from ..kernels.blas import AS_IT_IS, ROW_MAJOR, TURNED
from .lanes import BIT, INDEX, Lanes, Place, lane_count
from .plain import write_function
from .vocabulary import CACHE_LINE, FETCHED

SHORT = ir.IntType(32)


_WIDE = binding.get_host_cpu_features().get("avx512f")
LARGE = 200**3 if _WIDE else 64**3  # multiplications from which on the BLAS and its threads are faster


def tile_shapes():
    """(rows of C, groups of lanes in a row) that go together: as many as there are registers for, then fewer rows."""
    if _WIDE:
        return [(height, 2) for height in (12, 4, 1)] + [(height, 1) for height in (8, 4, 2, 1)]
    return [(height, 1) for height in (4, 2, 1)]


def tiles_of(rows, columns, itemsize):
    """How many tiles a product consists of."""
    widest = max(groups for _, groups in tile_shapes())
    heights, width = [height for height, groups in tile_shapes() if groups == widest], widest * CACHE_LINE // itemsize
    count = 0
    for height in heights:
        count, rows = count + rows // height, rows % height
    return count * -(-columns // width)


def _entry_by_entry(numbers, height, width, columns, c, c_row, c_column, d, d_row, d_column, added):
    """Write a tile whose columns do not lie side by side. Translated by `plain`."""
    for i in range(height):
        for j in range(columns):
            number = numbers[i * width + j]
            if added:
                number += d[i * d_row + j * d_column]
            c[i * c_row + j * c_column] = number


class _Tile:
    """The function of one tile while it is written."""

    names = (
        "c", "c_row", "c_column", "a", "a_row", "a_step", "b", "b_row", "steps", "columns", "d", "d_row", "d_column",
        "added", "alpha",
    )  # fmt: skip

    def __init__(self, context, module, number, height, groups):
        real = context.get_value_type(number)
        kinds = [real.as_pointer() if name in "abcd" else real if name == "alpha" else INDEX for name in self.names]
        self.function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), f"tile_of_{height}_{groups}")
        self.function.linkage = "internal"
        self.function.attributes.add("noinline")
        self.function.attributes.add("optsize")
        self.__dict__ |= zip(self.names, self.function.args, strict=True)
        self.builder, self.height = ir.IRBuilder(self.function.append_basic_block("entry")), height
        self.place = Place(context, self.builder, number, lane_count(number))
        self.columns_before = [INDEX(group * self.place.count) for group in range(groups)]
        self._write(self._sums())
        self.builder.ret_void()

    def _sums(self):
        """Σ a·b for every row and group of columns, over all steps."""
        builder, place = self.builder, self.place
        rows = [self._at(self.a, self.a_row, INDEX(i)) for i in range(self.height)]
        sums = [[cgutils.alloca_once_value(builder, place.constant(0.0)) for _ in self.columns_before] for _ in rows]
        with cgutils.for_range(builder, self.steps) as loop:
            line = self._at(self.b, self.b_row, loop.index)
            vectors = [place.load(builder.gep(line, [before])) for before in self.columns_before]
            for row, totals in zip(rows, sums, strict=True):
                factor = place.everywhere(builder.load(self._at(row, self.a_step, loop.index)))
                for vector, total in zip(vectors, totals, strict=True):
                    product = builder.fmul(factor.value, vector.value, flags=("contract",))
                    builder.store(builder.fadd(builder.load(total), product, flags=("contract",)), total)
        alpha = place.everywhere(self.alpha)
        return [[Lanes(place, builder.load(total)) * alpha for total in totals] for totals in sums]

    def _write(self, sums):
        """Add what is to be added, and write the columns that there are."""
        builder, place, one = self.builder, self.place, INDEX(1)
        gapless = builder.and_(
            builder.icmp_signed("==", self.c_column, one), builder.icmp_signed("==", self.d_column, one)
        )
        added = builder.icmp_signed("!=", self.added, INDEX(0))
        with builder.if_else(gapless) as (together, apart):
            with together:
                masks = [place.first(builder.sub(self.columns, before)) for before in self.columns_before]
                with builder.if_else(added) as (more, alone):
                    with more:
                        self._write_rows(sums, masks, self._d)
                    with alone:
                        self._write_rows(sums, masks)
            with apart:
                self._write_apart(sums)

    def _write_rows(self, sums, masks, added=None):
        for i, totals in enumerate(sums):
            for total, mask, before in zip(totals, masks, self.columns_before, strict=True):
                if added is not None:
                    total += self.place.load(self.builder.gep(added(i), [before]), mask)
                target = self.builder.gep(self._at(self.c, self.c_row, INDEX(i)), [before])
                self.place.store(total, target, mask)

    def _write_apart(self, sums):
        builder, width = self.builder, len(self.columns_before)
        spare = cgutils.alloca_once(builder, self.place.real, INDEX(self.height * width))
        for i, totals in enumerate(sums):
            for group, total in enumerate(totals):
                builder.store(total.value, builder.gep(spare, [INDEX(i * width + group)]))
        numbers = builder.bitcast(spare, self.place.single.as_pointer())
        width = INDEX(width * self.place.count)
        given = [numbers, INDEX(self.height), width, self.columns, self.c, self.c_row, self.c_column]
        given += [self.d, self.d_row, self.d_column, self.added]
        builder.call(write_function(builder.module, _entry_by_entry, [value.type for value in given]), given)

    def _d(self, row):
        return self._at(self.d, self.d_row, INDEX(row))

    def _at(self, pointer, stride, count):
        return self.builder.gep(pointer, [self.builder.mul(stride, count)])


def write_product(line):
    """C[i, j] = D[i, j] + alpha Σ_p A[i, p] B[p, j], without D if its place is negative.

    Words: code, C and its steps from row to row and column to column, A and its steps (the second for p), B and its
    step from row to row, numbers of rows and columns, length of the sums, D and its steps, place of alpha; then an
    address, and how many lines of the cache from there on each tile is to bring near, for whoever comes after.
    """
    builder, at = line.builder, line.at
    fetch = _Fetch(line)
    c, c_row, c_column, a, a_row, a_step, b, b_row, rows, columns, steps, d, d_row, d_column, alpha = line.read(1, 15)
    alpha = builder.load(at(alpha))
    missing = builder.icmp_signed("<", d, INDEX(0))
    lanes, row, column = lane_count(line.number), *(cgutils.alloca_once(builder, INDEX) for _ in range(2))
    builder.store(INDEX(0), column)
    shapes = tile_shapes()
    for groups in sorted({groups for _, groups in shapes}, reverse=True):
        # the last columns of a wide tile may be missing, as long as its last group of lanes has one
        with _while_left(builder, column, columns, 1 + (groups - 1) * lanes):
            j = builder.load(column)
            left = builder.sub(columns, j)
            most = INDEX(groups * lanes)
            width = builder.select(builder.icmp_signed("<", left, most), left, most)
            builder.store(INDEX(0), row)
            for height in (height for height, own in shapes if own == groups):
                tile = _Tile(line.context, builder.module, line.number, height, groups).function
                with _while_left(builder, row, rows, height):
                    fetch()
                    i = builder.load(row)
                    target = at(builder.add(c, builder.add(builder.mul(i, c_row), builder.mul(j, c_column))))
                    more = at(builder.add(d, builder.add(builder.mul(i, d_row), builder.mul(j, d_column))))
                    builder.call(tile, [
                        target, c_row, c_column, at(builder.add(a, builder.mul(i, a_row))), a_row, a_step,
                        at(builder.add(b, j)), b_row, steps, width,
                        builder.select(missing, target, more), d_row, d_column,  # an address that may be read anyway
                        builder.zext(builder.not_(missing), INDEX), alpha,
                    ])  # fmt: skip
                    builder.store(builder.add(i, INDEX(height)), row)
            builder.store(builder.add(j, most), column)


def write_large_product(line):
    """C = alpha·A·B + beta·C by a function of the BLAS.

    Words: code, C and its step from row to row, A, its step, whether it stands in memory as its transpose, B likewise,
    numbers of rows and columns of C, length of the sums, places of alpha and beta, the function and the width of its
    integers (see `blas`).
    """
    builder = line.builder
    c, c_step, a, a_step, a_turned, b, b_step, b_turned, m, n, k, alpha, beta, function, width = line.read(1, 15)
    alpha, beta = (builder.load(line.at(place)) for place in (alpha, beta))
    a, b, c = map(line.at, (a, b, c))
    turns = [builder.select(builder.trunc(x, BIT), SHORT(TURNED), SHORT(AS_IT_IS)) for x in (a_turned, b_turned)]
    with builder.if_else(builder.icmp_signed("==", width, INDEX(64))) as branches:
        for branch, kind in zip(branches, (INDEX, SHORT), strict=True):
            with branch:
                whole = (lambda x: x) if kind is INDEX else (lambda x: builder.trunc(x, SHORT))
                values = [SHORT(ROW_MAJOR), *turns, whole(m), whole(n), whole(k), alpha, a, whole(a_step)]
                values += [b, whole(b_step), beta, c, whole(c_step)]
                call = ir.FunctionType(ir.VoidType(), [value.type for value in values])
                builder.call(builder.inttoptr(function, call.as_pointer()), values)


class _Fetch:
    """Memory that will be needed is brought near, a piece before each tile: while that computes, it can come."""

    def __init__(self, line):
        self.builder = line.builder
        start, self.count = line.read(FETCHED, 2)
        self.address = cgutils.alloca_once_value(line.builder, start)

    def __call__(self):
        builder, byte = self.builder, ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, SHORT, SHORT, SHORT])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        with cgutils.for_range(builder, self.count):
            address = builder.load(self.address)
            # to be read, into the second level of the cache, data
            builder.call(prefetch, [builder.inttoptr(address, byte), SHORT(0), SHORT(2), SHORT(1)])
            builder.store(builder.add(address, INDEX(CACHE_LINE)), self.address)


@contextmanager
def _while_left(builder, row, rows, height):
    """A loop that runs as long as `height` rows are left."""
    test, body, end = (builder.append_basic_block(name) for name in ("rows.test", "rows.body", "rows.end"))
    builder.branch(test)
    builder.position_at_end(test)
    builder.cbranch(builder.icmp_signed("<=", builder.add(builder.load(row), INDEX(height)), rows), body, end)
    builder.position_at_end(body)
    yield
    builder.branch(test)
    builder.position_at_end(end)
