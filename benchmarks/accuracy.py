"""(k) How exact functions and derivatives are: the largest error against extended precision."""

import math

import numpy as np

import autograd
import nn.functional  # noqa: F401 - its rows
from autograd.kernels import without_kernels
from autograd.operation import TABLE

from .harness import Table
from .peers import missing, peer
from .references import REFERENCES, mp

FORMATS = (np.dtype(np.float32), np.dtype(np.float64))


def rows():
    """Differentiable elementwise rows of one number that have a reference, in the order of the table."""
    return [TABLE[name] for name in TABLE if name in REFERENCES]


# -- numbers to try -------------------------------------------------------------------------------------------------


def numbers(op, reference, dtype, count):
    """About `count` numbers of the row's domain: of every exponent and sign, and around what is special."""
    random, limits = np.random.default_rng(7), np.finfo(dtype)
    steep = -math.log(limits.smallest_normal)  # as far as an exponential goes
    exponents = np.linspace(math.log2(limits.smallest_normal), math.log2(limits.max), count // 4)
    sizes = np.exp2(np.minimum(exponents + random.uniform(0, 1, exponents.size), math.log2(limits.max) - 1e-9))
    middle = np.exp2(random.uniform(-limits.nmant, 4, count // 8))
    low, high = op.domain[0].low, op.domain[0].high
    special = {0.0, low, high, *(kink.at for kink in op.kinks), *reference.near}
    parts = [
        sizes,
        -sizes,
        middle,
        -middle,
        random.uniform(-1.3 * steep, 1.3 * steep, count // 4),  # and as far as a product with one
        random.uniform(-3, 3, count // 8),
    ]
    for point in special:
        if not isinstance(point, str) and math.isfinite(point):
            away = np.exp2(random.uniform(-limits.nmant, -1, count // 32))
            parts += [[point], point + away, point - away]
    x = np.unique(np.concatenate(parts).astype(dtype))
    x = x[np.isfinite(x) & (x > low) & (x < high)]
    return x[np.isin(x, [kink.at for kink in op.kinks if not isinstance(kink.at, str)], invert=True)]


# -- truth and distance from it -------------------------------------------------------------------------------------


def _at(function, number):
    """nan at a pole."""
    try:
        return function(number)
    except ZeroDivisionError:
        return mp.nan


def truths(function, x):
    """The function in extended precision as a sum of two float64 arrays."""
    exact = [_at(function, mp.mpf(v)) for v in x.tolist()]
    high = np.array([float(v) for v in exact])
    low = [float(v - mp.mpf(h)) if math.isfinite(h) else 0.0 for v, h in zip(exact, high.tolist(), strict=True)]
    return high, np.array(low)


def errors(y, truth, dtype, least=0.0):
    """Distance of `y` from the truth in units in the last place; inf where one of both is no finite number.

    `least` is a size below which the unit shrinks no more. Results too small for a normal number count as right.
    """
    (high, low), limits = truth, np.finfo(dtype)
    with np.errstate(all="ignore"):
        overflowing = np.abs(high) > float(limits.max)
        scale = np.clip(np.maximum(np.abs(high), least), float(limits.smallest_normal), float(limits.max))
        unit = np.exp2(np.frexp(scale)[1] - 1.0 - limits.nmant)
        error = np.abs((y.astype(np.float64) - high) - low) / unit
        error = np.where(overflowing, np.where(y == np.sign(high) * np.inf, 0.0, np.inf), error)
        error = np.where((np.abs(high) < limits.smallest_normal) & (np.abs(y) <= limits.smallest_normal), 0.0, error)
        error = np.where(np.isnan(error), np.inf, error)
    return np.where(np.isnan(high), 0.0, error)


def least_sizes(reference, x):
    """For the result and for the derivative: the size below which errors are measured in fixed units (`Reference`)."""
    sizes = [np.array([float(wave(v)) if wave else 0.0 for v in x.tolist()]) for wave in reference.waves]
    for root in reference.roots:
        sizes[1] = np.maximum(sizes[1], np.where(np.abs(x - root) < 0.5, 1 / 8, 0.0))
    return sizes


# -- who computes ---------------------------------------------------------------------------------------------------


def _arrays(op, x, parameters):
    value = autograd.tensor(x, requires_grad=True)
    result = op(value, **parameters)
    result.backward(np.ones_like(x))
    return np.asarray(result), np.asarray(value.grad)


def _kernel(op, x, parameters):
    """With so many numbers that the kernel is taken."""
    y, slope = _arrays(op, np.resize(x, max(x.size, op.kernel.above)), parameters)
    return y[: x.size], slope[: x.size]


def _plain(op, x, parameters):
    with without_kernels():
        return _arrays(op, x, parameters)


def _scalars(op, x, parameters):
    pairs = []
    for number in x.tolist():
        value = autograd.Value(number)
        result = op(value, **parameters)
        result.backward()
        pairs.append((result.item(), value.grad.item() if hasattr(value.grad, "item") else value.grad))
    return tuple(np.array(pairs).T)


def ways(op, dtype):
    """Our own ways of computing a row: NumPy's, the kernel's, that of Python's floats."""
    found = {"NumPy": _plain}
    if op.kernel is not None:
        found["kernel"] = _kernel
    if dtype == np.float64:
        found["floats"] = _scalars
    return found


def torch_function(name):
    """PyTorch's function of that name, or None."""
    torch = peer("torch")
    if torch is None:
        return None
    functional = torch.nn.functional
    if name.startswith("gelu_"):
        return (lambda x: functional.gelu(x, approximate="tanh")) if name == "gelu_tanh" else None
    return next((getattr(place, name) for place in (functional, torch, torch.special) if hasattr(place, name)), None)


def by_torch(name, x, parameters):
    """PyTorch's results and slopes."""
    torch = peer("torch")
    value = torch.tensor(x, requires_grad=True)
    result = torch_function(name)(value, *parameters.values())
    (slope,) = torch.autograd.grad(result, value, torch.ones_like(result))
    return result.detach().numpy(), slope.numpy()


def _numpys(op, x):
    function = np.sinc if op.name == "sinc" else getattr(np, op.ufuncs[0])
    with np.errstate(all="ignore"):
        return function(x)


# -- the table ------------------------------------------------------------------------------------------------------


def worst(op, dtype, count):
    """{who: (largest error of the function, of the derivative)}: our ways by name, PyTorch, NumPy itself."""
    reference = REFERENCES[op.name]
    x = numbers(op, reference, dtype, count)
    values, slopes = truths(reference.function, x), truths(reference.derivative, x)
    least = least_sizes(reference, x)

    def largest(y, slope=None):
        first = errors(y, values, dtype, least[0]).max()
        return first, None if slope is None else errors(slope, slopes, dtype, least[1]).max()

    found = {way: largest(*compute(op, x, reference.parameters)) for way, compute in ways(op, dtype).items()}
    if torch_function(op.name):
        found["PyTorch"] = largest(*by_torch(op.name, x, reference.parameters))
    if op.ufuncs or op.name == "sinc":
        found["NumPy itself"] = largest(_numpys(op, x))
    return found


def shown(error):
    """An error as text: one decimal, and powers of ten where digits say nothing."""
    if error is None:
        return ""
    return "inf" if math.isinf(error) else f"{error:.1f}" if error < 1000 else f"{error:.0e}"


def run(budget):
    """One table of functions, one of derivatives."""
    functions, derivatives = [], []
    for op in rows():
        cells = []
        for dtype in FORMATS:
            found = worst(op, dtype, 600 if budget.quick else 4000)
            ours = [found[way] for way in ways(op, dtype)]
            cells.append(
                ([max(pair[i] for pair in ours) for i in (0, 1)], found.get("PyTorch"), found.get("NumPy itself"))
            )
        functions.append((op.name, *(shown(of and of[0]) for cell in cells for of in cell)))
        derivatives.append((op.name, *(shown(of and of[1]) for cell in cells for of in cell[:2])))
    title = "Largest error of {}, in units in the last place"
    notes = [
        "the numbers tried: every exponent of the format, both signs, and densely around 0, kinks and ends of domains",
        "ours: the worst of the ways through NumPy, through a kernel and, in float64, through Python's floats",
        "near zeros of a derivative that is a sum of larger terms the unit is that of the terms; inf: nan or overflow",
        *missing("torch"),
    ]
    columns = [f"{who} {kind}" for kind in ("float32", "float64") for who in ("ours", "PyTorch", "NumPy")]
    without_numpy = [column for column in columns if not column.startswith("NumPy")]
    return [
        Table(title.format("functions"), columns=("function", *columns), rows=functions),
        Table(title.format("derivatives"), columns=("function", *without_numpy), rows=derivatives, notes=notes),
    ]
