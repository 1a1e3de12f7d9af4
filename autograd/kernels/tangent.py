"""The kernel of the tangent for float32; float64 is NumPy's."""

import numpy as np

from .elementary import Elementary
from .kernel import Loop

TWO_BY_PI = np.float64(0.6366197723675814)  # of this class a constant stays in float64
HALF_PI_HIGH, HALF_PI_LOW = np.float64(1.5707963267341256), np.float64(6.077100506506192e-11)  # high has 33 bits
SHIFT = np.float64(6755399441055744.0)  # 1.5 · 2^52: adding it leaves the nearest integer in the low bits of the sum
FARTHEST = 1e6  # up to there the multiple of π/2 that is taken off is exact
BLOCK = 1024


def tan(x):
    """sin x / cos x for |x| ≤ FARTHEST (1.0 ulp): the nearest multiple of π/2 is taken off in float64."""
    wide = np.float64(x)
    shifted = wide * TWO_BY_PI + SHIFT
    n = shifted - SHIFT
    wide = (wide - n * HALF_PI_HIGH) - n * HALF_PI_LOW
    r = np.float32(wide)
    rest = np.float32(wide - r)
    s = r * r
    p = ((0.004375271201 * s + 9.326717816e-05) * s + 0.01083122497) * s + 0.02128476884
    p = ((p * s + 0.05405920361) * s + 0.1333267242) * s + 0.3333334935
    rest = r * s * p + rest
    y = r + rest
    inverse = -1.0 / y
    miss = (1.0 + inverse * y) + inverse * (rest - (y - r))
    y = y if np.int64(np.float64(shifted).view(np.int64) & 1) == 0 else inverse + inverse * miss
    return x if x == 0.0 else y  # -0 stays -0


def _tangents(x, y):
    whole_registers()
    for start in range(0, x.size, BLOCK):
        numbers, results = x[start : start + BLOCK], y[start : start + BLOCK]
        far = 0
        for i in range(numbers.size):
            results[i] = body(numbers[i])
            far |= not abs(numbers[i]) <= FARTHEST
        if far:
            for i in range(numbers.size):
                if not abs(numbers[i]) <= FARTHEST:
                    results[i] = np.tan(np.float64(numbers[i]))


class Tangent(Elementary):
    """As `Elementary`; numbers beyond FARTHEST, infinities and NaN are left to the C library, in float64."""

    def __init__(self):
        super().__init__(tan)
        self.loop = Loop(_tangents, "in new", label="tan_alone", body=tan)
