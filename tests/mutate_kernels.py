"""Where mistakes are planted in kernels, and the trials that have to find them; for tests/mutate.py.

Kernels run here as the Python that they are written in (NUMBA_DISABLE_JIT), in both formats: `double` and the bodies as
they stand, `single` and the bodies with the literals of float32, and the loops around them.
"""

import itertools
import sys
from functools import cache

import numpy as np
import test_accuracy
from laws import same

from autograd import TABLE, Value
from autograd.arrays import quiet
from autograd.kernels import KERNELS, SUMS, alone, bodies, compiling, double, single, without_kernels
from autograd.kernels.elementary import Elementary
from autograd.kernels.kernel import Loop
from autograd.kernels.pointwise import Pointwise
from benchmarks import accuracy
from benchmarks.references import REFERENCES
from nn import optim

# Numbers at which the pieces of activations meet, and on both sides of them, near and far.
_MEETING = (0.0, 0.5, 1.0, 2.0, 3.0, 6.0, 10.0, 20.0, 40.0, 700.0)
_FAR = (1e-9, 12345.0, 1e30, 1e300, np.inf)
SETTINGS = {
    "threshold": {"threshold": 0.5, "value": 2.0}, "softplus": {"beta": 2.0, "threshold": 20.0},
    "elu": {"alpha": 0.7}, "celu": {"alpha": 0.5},  # a power of two: x / alpha is exact
}  # fmt: skip
LOOPED = (
    "softmax", "log_softmax", "standardize", "standardize_affine", "affine", "cross_entropy", "nll_loss", "linear",
    "place",
)  # fmt: skip
OPTIMIZERS = {
    "sgd": lambda p: optim.SGD(p, lr=0.1),
    "momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.3),
    "nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: optim.Adam(p, lr=0.1),
    "rmsprop": lambda p: optim.RMSprop(p, lr=0.1, alpha=0.8),
}


class Subject:
    """What is tried besides rows: a function of `double` and `single`, sums of columns, an optimizer's update."""

    def __init__(self, name, trial):
        self.name, self.trial = name, trial


# -- what is made anew ------------------------------------------------------------------------------------------------


@cache
def _modules():
    return [module for name, module in sys.modules.items() if name.startswith("autograd.kernels.")]


@cache
def loops():
    """Every loop that there is, by the name that it has on disk."""
    found = [loop for module in _modules() for loop in vars(module).values() if isinstance(loop, Loop)]
    for kernel in (*KERNELS.values(), *test_accuracy.KERNELS.values()):
        found += [loop for loop in vars(kernel).values() if isinstance(loop, Loop)]
    return list({id(loop): loop for loop in found}.values())


def make_anew():
    """Forget what was made of functions, so that it is made of those that stand in the modules now."""
    compiling._bodies.clear()
    for loop in loops():
        loop.clear()
        body = loop.names.get("body")
        if body is not None:
            loop.names["body"] = getattr(sys.modules[body.__module__], body.__name__)


# -- places -----------------------------------------------------------------------------------------------------------


def users_of_functions(rows, helpers_of):
    """Every scalar function that kernels are made of, with what is tried when a mistake stands in it."""
    users = {}
    for op in rows:
        kernel = op.kernel
        if type(kernel) not in (Elementary, Pointwise):
            continue
        own = [kernel.loop.names["body"]] if isinstance(kernel, Elementary) else kernel.bodies
        for body in filter(None, own):
            for function in (body, *helpers_of(body, {body}, "autograd/kernels")):
                for twin in twins(function):
                    users.setdefault(twin, []).append(op)
    for name in {*test_accuracy.FUNCTIONS, *test_accuracy.SINGLE}:
        for function in filter(None, (getattr(module, name, None) for module in (double, single, alone, bodies))):
            parts = (function, *helpers_of(function, {function}, "autograd/kernels"))
            for twin in dict.fromkeys(twin for part in parts for twin in twins(part)):
                users.setdefault(twin, []).insert(0, Subject(name, exact_function))
    return users


def twins(function):
    """A function of `double` and that of the same name for float32."""
    if function.__module__ != double.__name__:
        return [function]
    return [function, getattr(single, function.__name__, function)]


def looped_subjects(rows):
    """What is tried when a mistake stands in a loop over rows or columns: of some rows, or everything."""
    subjects = [Subject(op.name, looped) for op in rows if op.name in LOOPED]
    if len(subjects) == len(LOOPED):
        subjects += [Subject("sums", sums), *(Subject(name, update) for name in OPTIMIZERS)]
    return subjects


def loop_functions():
    """The loops themselves, and the functions that only they call."""
    own = [loop for module in _modules() for loop in vars(module).values() if isinstance(loop, Loop)]
    return {loop.template: loop for loop in own}


# -- trials -----------------------------------------------------------------------------------------------------------


def trial(subject):
    """Try a row or a `Subject`; an exception means that a mistake was found."""
    make_anew()
    with quiet():
        subject.trial(subject.name) if isinstance(subject, Subject) else elementwise(subject)


@cache
def numbers(dtype):
    """Where an elementwise kernel is tried."""
    meeting = np.array([s * x for x in _MEETING for s in (1, -1)], dtype)
    with quiet():
        far = np.array([s * x for x in _FAR for s in (1, -1)]).astype(dtype)
        beside = [np.nextafter(meeting, dtype.type(end)) for end in (-np.inf, np.inf)]
    return np.concatenate([meeting, *beside, np.linspace(-9.7, 9.9, 60).astype(dtype), far])


def _settings(op, dtype):
    """Parameters to try a row with, as a loop gets them."""
    given = SETTINGS.get(op.name, getattr(op.kernel, "defaults", {}))
    return {name: float(dtype.type(number)) for name, number in given.items()}


@cache
def _expected(name, dtype):
    """Results and slopes of a row without its kernel, from the same numbers in float64."""
    op, x = TABLE[name], numbers(dtype).astype(np.float64)
    settings = _settings(op, dtype)
    with quiet():
        y = np.asarray(op.forward(x, **settings), np.float64)
        return y, np.asarray(op.rules[0](np.full(x.shape, 1.25), y, x, **settings), np.float64)


@cache
def _at_first(name, dtype, backward):
    """What a kernel gave before any mistake: its zeros and unknown numbers are to stay what they are."""
    return _run(TABLE[name], dtype, backward)


def _run(op, dtype, backward):
    x, settings = numbers(dtype), _settings(op, dtype)
    if not backward:
        return op.kernel.forward(x, **settings)
    rule = op.kernel.rules[0]
    return NotImplemented if rule is None else rule(np.full(x.shape, 1.25, dtype), None, x, **settings)


def elementwise(op):
    """A kernel against its row, in both formats, and near the ends of its numbers against extended precision."""
    for dtype in (np.dtype(np.float32), np.dtype(np.float64)):
        for backward, expected in enumerate(_expected(op.name, dtype)):
            first, result = _at_first(op.name, dtype, backward), _run(op, dtype, backward)
            if result is not NotImplemented:  # that direction, or that format, is NumPy's
                _near(result, expected, first, dtype, _least_sizes(op.name, dtype)[backward])
        if op.name in REFERENCES:
            at_first = _errors_at_first(op.name, dtype)
            for what, error, was in zip(("result", "slope"), _errors(op, dtype), at_first, strict=True):
                assert error <= was + 0.25, (
                    f"{op.name}: a {what} is {error:.1f} units in the last place off, not {was:.1f}"
                )


@cache
def _least_sizes(name, dtype):
    """Sizes of results and of slopes below which errors are not measured by the number itself (`Reference`)."""
    finite = np.nan_to_num(numbers(dtype).astype(np.float64))
    return accuracy.least_sizes(REFERENCES[name], finite) if name in REFERENCES else (0.0, 0.0)


def _near(result, expected, first, dtype, least):
    """Within a few units in the last place, and zeros and unknown numbers as they were."""
    tolerance, known = 5e-15 if dtype == np.float64 else 8e-7, np.isfinite(expected)
    with quiet():
        rounded = expected.astype(dtype)
        allowed = tolerance * np.maximum(np.abs(rounded), least)
        allowed += float(np.finfo(dtype).smallest_normal) * tolerance * 4  # a few of the smallest numbers there are
        assert np.all((result == rounded) | (np.abs(result - rounded) <= allowed) | ~known), "too far from the row's"
    np.testing.assert_array_equal(result[~known], first[~known])
    nought = first == 0.0
    np.testing.assert_array_equal(np.signbit(result)[nought], np.signbit(first)[nought])


@cache
def _truths(name, dtype):
    reference = REFERENCES[name]
    x = accuracy.numbers(TABLE[name], reference, dtype, 200)
    least = accuracy.least_sizes(reference, x)
    pairs = zip((reference.function, reference.derivative), least, strict=True)
    return x, [(accuracy.truths(function, x), size) for function, size in pairs]


def _errors(op, dtype):
    """The largest errors of results and slopes, in units in the last place."""
    x, truths = _truths(op.name, dtype)
    rule, parameters = op.kernel.rules[0], REFERENCES[op.name].parameters
    results = [op.kernel.forward(x, **parameters)]
    results.append(NotImplemented if rule is None else rule(np.ones_like(x), None, x, **parameters))
    return [
        0.0 if result is NotImplemented else accuracy.errors(result, truth, dtype, least).max()
        for result, (truth, least) in zip(results, truths, strict=True)
    ]


@cache
def _errors_at_first(name, dtype):
    """The same before any mistake."""
    return _errors(TABLE[name], dtype)


@cache
def _exact_numbers(name, dtype):
    table = test_accuracy.SINGLE if dtype == np.float32 and name in test_accuracy.SINGLE else test_accuracy.FUNCTIONS
    function, allowed, domain = table[name]
    x = test_accuracy.numbers(dtype, *domain, count=100)
    return x, [function(test_accuracy.PRECISE.mpf(v)) for v in x.tolist()], allowed


def exact_function(name):
    """The bounds of tests/test_accuracy.py."""
    for dtype in test_accuracy.FORMATS:
        if name in test_accuracy.FUNCTIONS or dtype == np.float32:
            kernel = test_accuracy.KERNELS.get(name) or TABLE[name].kernel
            x, truths, allowed = _exact_numbers(name, dtype)
            error, where = test_accuracy.worst(kernel.forward(x), truths, dtype)
            allowed += 0.25  # a product and a sum are two roundings here, in machine code one
            assert error <= allowed, f"{name}({x[where]!r}) is {error:.2f} ulp off"
            if name in test_accuracy.NUMPY or name in test_accuracy.SINGLE:
                special = np.array(test_accuracy.SPECIAL, dtype)
                result, expected = kernel.forward(special), getattr(np, name, TABLE[name].forward)(special)
                np.testing.assert_allclose(result, expected, rtol=4 * np.finfo(dtype).eps)
                np.testing.assert_array_equal(np.signbit(result[special == 0]), np.signbit(expected[special == 0]))


@cache
def _operands(name, dtype):
    """Operands, and parameters to try them with, of the kernels that go by rows or columns."""
    random = np.random.default_rng(1)
    draw = lambda *shape: (2.0 * random.standard_normal(shape)).astype(dtype)
    if name in ("softmax", "log_softmax"):
        odd = [[1e30, 0, -1e30], [-np.inf, 0, 1], [np.nan, 0, 1], [0, np.nan, 1], [80.0, 80.0, -80.0], [0, 1e4, 1]]
        odd += [[-1.0, -1e4, -3.0], [-1e4, -10001.0, -2e4]]  # the largest of negative numbers
        return [
            ((draw(5, 7),), {"dim": -1}), ((draw(3, 1),), {"dim": 1}), ((np.array(odd, dtype),), {"dim": 1}),
            ((draw(2, 3, 4),), {"dim": 1}),
        ]  # fmt: skip
    if name in ("standardize", "standardize_affine"):
        shapes = [((5, 7), (1,)), ((5, 7), (0,)), ((2, 1), (0,)), ((4, 1), (1,)), ((2, 3, 4), (1, 2))]
        cases = [(draw(*shape) + dtype.type(3), dim) for shape, dim in shapes]
        channels = [(draw(3, 4, 5) + dtype.type(3), (0, 2)), (draw(2, 3, 1, 2), (0, 2, 3)), (draw(3, 1, 1), (0, 2))]
        far = (2.0**20 + random.integers(-8, 9, (8, 8))).astype(dtype)  # sums, means and deviations are exact
        cases += [(far, (0,)), (far, (1,))]
        if name == "standardize":
            return [((x,), {"dim": dim, "eps": 0.01}) for x, dim in cases]
        given = [(x, draw(*x.shape[1:]), draw(*x.shape[1:]), dim) for x, dim in cases]
        for x, dim in (*channels, (far.reshape(4, 8, 2), (0, 2))):
            given.append((x, *(draw(x.shape[1], *(1,) * (x.ndim - 2)) for _ in range(2)), dim))
        return [(operands, {"dim": dim, "eps": 0.01}) for *operands, dim in given]
    if name == "affine":
        return [((draw(7, 5), draw(5), draw(5)), {}), ((draw(3, 4, 5), draw(4, 5), draw(4, 5)), {})]
    if name == "place":
        index = np.array([[2, 0], [-1, 2], [1, -3]])
        return [
            ((draw(3, 2, 4),), {"shape": (3, 4), "index": (index,)}),
            ((draw(6),), {"shape": (3,), "index": (index.ravel(),)}),
        ]
    if name == "linear":
        return [((draw(4, 2), draw(3, 2), draw(3)), {}), ((draw(30, 9), draw(17, 9), draw(17)), {})]
    target, far = np.array([1, 1, 4, 0, -100, 1, 2, 3, 0]), np.array([0, 1e4, 0, -1e4, 0], dtype)
    logits, weight, tripled = (draw(9, 5), draw(9, 5) + far), np.array([0.5, 2.0, 0.0, 1.0, 3.0]), target.reshape(3, 3)
    ways = [{"reduction": way} for way in ("mean", "sum", "none")]
    cases = [((x, target), way) for way in ways for x in logits]
    cases += [((x, target), {**way, "weight": weight}) for way in ways for x in logits]
    cases += [((draw(3, 5, 3), tripled), {**way, "weight": weight}) for way in ways]
    cases.append(((draw(1, 5), np.array([3])), {"weight": weight}))  # the weights of the targets are 1 together
    if name == "cross_entropy":
        cases += [((x, target), {**way, "weight": weight, "label_smoothing": 0.2}) for way in ways for x in logits]
        hidden = np.array([[0, 0, -np.inf, 1, 0]] * 2, dtype)
        cases += [((hidden, np.array([0, 2])), {**ways[2], "weight": weight, "label_smoothing": e}) for e in (0.0, 0.2)]
        cases.append(((hidden, np.array([0, 1])), ways[2]))
    else:
        cases.append(((np.array([[-np.inf, 0], [0, 1]], dtype), np.array([0, 1])), {"weight": np.array([0.0, 1.0])}))
    return cases


def looped(name):
    """A kernel that goes by rows or columns, against its row in float64."""
    op, kernel = TABLE[name], KERNELS[name]
    for dtype in (np.dtype(np.float32), np.dtype(np.float64)):
        for operands, parameters in _operands(name, dtype):
            wide = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in operands]
            y = op.forward(*wide, **parameters)
            _stain(operands[0])
            result = kernel.forward(*operands, **parameters)
            tolerance = 2e-5 if dtype == np.float32 else 1e-13
            same(name, "kernel and row", result, y, tolerance)
            g = np.cos(1.0 + np.arange(np.size(y))).reshape(np.shape(y))
            slow = [Value(x) if x.dtype.kind == "f" else x for x in wide]
            with without_kernels():
                op(*slow, **parameters).backward(g)
            upstream = dtype.type(g) if np.ndim(g) == 0 else g.astype(dtype)
            _stain(operands[0])
            for position, given in _gradients(kernel, operands, (upstream, result, *operands), parameters):
                same(name, f"rule {position} and the row's", given, slow[position].grad.data, 20 * tolerance)
    if name in ("cross_entropy", "nll_loss"):  # what the row has to refuse
        x = np.ones((2, 3))
        for target in ([0, 3], [-1, 0], [-100, -100]):
            for parameters in ({}, {"weight": np.ones(3)}):
                assert kernel.forward(x, np.array(target), **parameters) is NotImplemented
        smoothed = [{}] if name == "nll_loss" else [{}, {"label_smoothing": 0.2}]
        for target, smoothing in itertools.product(([-100, -100], [1, 1]), smoothed):  # weights of 0 in all
            part = kernel.rules[0](1.0, None, x, np.array(target), weight=np.array([1.0, 0.0, 2.0]), **smoothing)
            np.testing.assert_array_equal(part, 0.0)


def _stain(x):
    """Leave NaN in the memory that the next new arrays get: what is never written must not be right by luck."""
    samples = x.size // x.shape[1] if x.ndim > 1 else x.size
    for _ in range(3):
        np.full_like(x, np.nan), np.full((2, samples), np.nan, x.dtype), np.full(samples, np.nan, x.dtype)


def _gradients(kernel, operands, arguments, parameters):
    """What a kernel gives for each input of real numbers: by all its rules in one go, and one by one."""
    wanted = [position for position, operand in enumerate(operands) if operand.dtype.kind == "f"]
    found = NotImplemented if kernel.together is None else kernel.together(wanted, *arguments, **parameters)
    if found is not NotImplemented:
        yield from found
    for position, rule in enumerate(kernel.rules):
        if rule is not None and position in wanted:
            yield position, rule(*arguments, **parameters)


def sums(_):
    """Sums over leading axes."""
    for dtype, tolerance in ((np.float32, 1e-5), (np.float64, 1e-13)):
        g = np.cos(np.arange(60.0)).reshape(3, 4, 5).astype(dtype)
        for shape in ((5,), (4, 5)):
            wanted = g.sum(axis=tuple(range(3 - len(shape))), dtype=np.float64)
            same("sums", "sums of columns", SUMS.forward(g, shape), wanted, tolerance)


def update(name):
    """An optimizer's steps in one pass, against NumPy's."""
    for dtype, tolerance in ((np.float32, 2e-5), (np.float64, 1e-12)):
        fast = _trained(name, dtype)
        with without_kernels():
            slow = _trained(name, dtype)
        np.testing.assert_allclose(fast, slow, rtol=tolerance, atol=1e-6)


def _trained(name, dtype):
    random = np.random.default_rng(0)
    p = Value(random.standard_normal((40, 30)).astype(dtype))
    optimizer = OPTIMIZERS[name]([p])
    for _ in range(3):
        p.grad = Value(random.standard_normal(p.shape).astype(dtype), requires_grad=False)
        optimizer.step()
    return p.data
