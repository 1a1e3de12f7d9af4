"""b / (√s + eps), as Adam divides: where the processor has estimates, from these, faster than root and division are.

An estimate has 14 bits; a step of Newton's method doubles them, and the last step is made with what is left over, so
that root and quotient come out as if rounded. Where an infinity or NaN takes part the steps give NaN: then, and with an
unusual eps, the exact instructions do it again.
"""

from llvmlite import binding, ir
from numba.core import cgutils

from .lanes import Lanes

_HAS_ESTIMATES = binding.get_host_cpu_features().get("avx512f")
_LEAST_EPS, _LARGEST_EPS = 1e-10, 1e18
_LEAST_SQUARE = 1e-36  # the root of a smaller square is nothing beside eps


def by_root(m, b, square, eps):
    """b / (√square + eps)."""
    place = m.place
    if not (_HAS_ESTIMATES and place.count == 16):
        return _exactly(m, b, square, eps)
    estimated = _estimated(place, b, square, eps)
    usual = (estimated == estimated) & (eps > _LEAST_EPS) & (eps < _LARGEST_EPS)
    answer = cgutils.alloca_once_value(place.builder, estimated.value)
    with place.builder.if_then(place.builder.not_(_everywhere(usual))):
        place.builder.store(_exactly(m, b, square, eps).value, answer)
    return Lanes(place, place.builder.load(answer))


def _exactly(m, b, square, eps):
    return b / (m.llvm("sqrt", square) + eps)


def _everywhere(condition):
    """Whether a condition holds in all lanes."""
    builder = condition.place.builder
    return builder.icmp_unsigned("==", builder.bitcast(condition.value, ir.IntType(16)), ir.IntType(16)(0xFFFF))


def _estimated(place, b, square, eps):
    before, place.flags = place.flags, ("contract",)
    try:
        square = place.choose(square < _LEAST_SQUARE, _LEAST_SQUARE, square)
        inverse = _estimate(place, "rsqrt14", square)
        inverse = inverse * (1.5 - square * inverse * (0.5 * inverse))
        root = square * inverse
        divisor = root + (square - root * root) * (0.5 * inverse) + eps
        inverse = _estimate(place, "rcp14", divisor)
        inverse = inverse * (2.0 - divisor * inverse)
        ratio = b * inverse
        return ratio + (b - divisor * ratio) * inverse
    finally:
        place.flags = before


def _estimate(place, name, x):
    name, mask = f"llvm.x86.avx512.{name}.ps.512", ir.IntType(16)
    kind = ir.FunctionType(place.real, [place.real, place.real, mask])
    function = place.builder.module.globals.get(name) or ir.Function(place.builder.module, kind, name)
    return Lanes(place, place.builder.call(function, [x.value, place.constant(0.0), mask(0xFFFF)]))
