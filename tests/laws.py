"""Laws that every row of the table obeys.

A law takes a case (a row, operands, parameters) and fails with an AssertionError that names it. The laws of derivatives
answer whether they could be tried: not where differences show that the point is not smooth.
"""

import numpy as np
from cases import Case
from row_examples import KINKS

from autograd import Value, grad
from autograd.arrays import plain

# -- derivatives by differences ---------------------------------------------------------------------------------------


def difference(function, scale=1.0):
    """Derivative at 0 of a function of one number, by a quotient of fourth order, or None where it is not smooth.

    The step suits the precision of the results; half of it must give the same.
    """
    with np.errstate(all="ignore"):
        first = np.asarray(function(0.0))
        step = scale * float(np.finfo(np.result_type(first.dtype, np.float32)).eps) ** 0.2
        far, near, half = (np.asarray(function(h)) - np.asarray(function(-h)) for h in (2 * step, step, step / 2))
        whole, finer = (8 * near - far) / (12 * step), (8 * half - near) / (6 * step)
        smooth = np.abs(whole - finer) <= 1e-5 * (1 + np.abs(whole))
    return whole if np.all(np.isfinite(whole)) and np.all(smooth) else None


def close(actual, expected, tolerance):
    """Equal up to `tolerance` of the expected size, or of 1."""
    return np.all(np.abs(actual - expected) <= tolerance * (1.0 + np.abs(expected)))


def same(case, what, actual, expected, tolerance):
    """Fail unless two arrays agree up to a relative `tolerance`, or a hundredth of it absolutely."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    agree = np.allclose(actual, expected, rtol=tolerance, atol=tolerance / 100, equal_nan=True)
    assert agree, f"{case}: {what}: {actual.tolist()} against {expected.tolist()}"


def dot(xs, ys):
    """Σ xᵢ yᵢ over the entries of all arrays."""
    return sum(float(np.sum(np.asarray(x, np.float64) * y)) for x, y in zip(xs, ys, strict=True))


def leaves(case, dtype=np.float64):
    """The drawn operands as tracked Values, in the layout they have."""
    values = []
    for x in case.drawn:
        value = Value(plain(np.asarray(x, dtype)))
        if x.ndim:
            value.data = x.astype(dtype) if dtype != np.float64 else x
        values.append(value)
    return values


def gradients(case, drawn, upstream):
    """First-order gradients of <upstream, row> at other drawn operands."""
    values = [Value(x) for x in drawn]
    found = grad(case.run(values), values, upstream, allow_unused=True, materialize_grads=True)
    return [np.asarray(g.data) for g in found]


# -- the laws ---------------------------------------------------------------------------------------------------------


def law_of_the_adjoint(case):
    """<v, J u> by differences in extended precision is <Jᵀ v, u> by the rules; inputs stay as they were."""
    before = [x.copy() for x in case.operands]
    values = leaves(case)
    y = case.run(values)
    v = case.direction(tuple(y.shape), 1)
    found = grad(y, values, plain(v), allow_unused=True, materialize_grads=True)
    for x, copy in zip(case.operands, before, strict=True):
        assert np.array_equal(x, copy, equal_nan=True), f"{case} changed its input"
    same(case, "tracked and raw numbers", y.data, case.run([plain(x) for x in case.drawn]), 0.0)
    us = [case.direction(x.shape, 2 + i) for i, x in enumerate(case.drawn)]
    wide = [x.astype(np.longdouble) for x in case.drawn]
    forward = lambda t: np.asarray(case.run([plain(x + t * u) for x, u in zip(wide, us, strict=True)]))
    change = difference(forward)
    if change is None:
        return False
    expected, actual = dot([v], [change]), dot([g.data for g in found], us)
    assert close(actual, expected, 1e-8), f"{case}: <Jᵀv, u> = {actual} by its rules, {expected} by differences"
    return True


def law_of_gradients_form(case, dtypes):
    """A gradient has the shape and dtype of its input, and in float32 the numbers of float64 up to rounding."""
    values = [Value(plain(x.astype(dtype))) for x, dtype in zip(case.drawn, dtypes, strict=True)]
    y = case.run(values)
    v = case.direction(tuple(y.shape), 1)
    found = grad(y, values, Value(plain(v.astype(y.dtype))), allow_unused=True, materialize_grads=True)
    exact = gradients(case, case.drawn, plain(v))
    for g, x, e in zip(found, values, exact, strict=True):
        assert g.shape == x.shape, f"{case}: gradient of shape {g.shape} for an input of shape {x.shape}"
        assert g.dtype == x.dtype, f"{case}: gradient in {g.dtype} for an input in {x.dtype}"
        size = 1.0 + np.max(np.abs(e), initial=0.0)
        assert np.all(np.abs(np.asarray(g.data) - e) <= 1e-3 * size), f"{case}: float32 gives {g.data}, float64 {e}"


def law_of_second_order(case):
    """Differentiating the gradients gives what differences of them give, and <·, u> differentiated by v gives J u."""
    values = leaves(case)
    y = case.run(values)
    upstream = case.direction(tuple(y.shape), 1)
    v = Value(plain(upstream))
    first = grad(y, values, v, create_graph=True, allow_unused=True, materialize_grads=True)
    for tracked, untracked in zip(first, gradients(case, case.drawn, plain(upstream)), strict=True):
        same(case, "gradients with and without create_graph", tracked.data, untracked, 1e-11)
    us = [case.direction(x.shape, 2 + i) for i, x in enumerate(case.drawn)]
    ws = [case.direction(x.shape, 20 + i) for i, x in enumerate(case.drawn)]

    def moved(t):
        drawn = [plain(x + t * w) for x, w in zip(case.drawn, ws, strict=True)]
        return np.float64(dot(gradients(case, drawn, plain(upstream)), us))

    expected = difference(moved)
    if expected is None:
        return False
    actual = 0.0
    for g, u in zip(first, us, strict=True):
        if g.requires_grad:
            found = grad(g, values, plain(u), retain_graph=True, allow_unused=True, materialize_grads=True)
            actual += dot([h.data for h in found], ws)
    assert close(actual, expected, 1e-6), f"{case}: second derivative {actual} by its rules, {expected} by differences"
    law_of_linearity(case, first, v, us)
    return True


def law_of_linearity(case, first, v, us):
    """Gradients are linear in the upstream gradient, also for the next pass: <Jᵀv, u> differentiated by v is J u."""
    by_v, total = np.zeros(v.shape), 0.0
    for g, u in zip(first, us, strict=True):
        total += dot([g.data], [u])
        if g.requires_grad:
            (part,) = grad(g, v, plain(u), retain_graph=True, allow_unused=True, materialize_grads=True)
            by_v = by_v + np.asarray(part.data)
    assert close(dot([by_v], [v.data]), total, 1e-9), f"{case}: its gradient is not linear in the upstream gradient"


def law_of_superposition(case):
    """The same at first order everywhere, at kinks and ties too."""
    shape = tuple(case.run(leaves(case)).shape)
    v, w = (case.direction(shape, salt) for salt in (1, 3))
    parts = (gradients(case, case.drawn, plain(upstream)) for upstream in (v, w, 2.5 * v - 0.5 * w))
    for of_v, of_w, of_both in zip(*parts, strict=True):
        finite = np.isfinite(of_v) & np.isfinite(of_w)
        expected = np.where(finite, 2.5 * of_v - 0.5 * of_w, of_both)
        same(case, "gradient of a sum of upstream gradients", of_both, expected, 1e-9)


def law_of_the_composite(case):
    """A fused row is what its composite says, in its result and in its gradients."""
    if not all(x.size for x in case.drawn):
        return
    composite = Case(_Composite(case.op), case.operands, case.fixed, case.parameters)
    fused, simple = leaves(case), leaves(case)
    y, z = case.run(fused), composite.run(simple)
    assert y.shape == z.shape, f"{case}: the composite has shape {z.shape}"
    same(case, "the row and its composite", y.data, z.data, 1e-12)
    v = plain(case.direction(tuple(y.shape), 1))
    for a, b in zip(grad(y, fused, v), grad(z, simple, v), strict=True):
        same(case, "gradients of the row and of its composite", a.data, b.data, 1e-10)


class _Composite:
    """A row's composite in the place of the row."""

    variadic = False

    def __init__(self, op):
        self.name, self.call = op.name, op.composite

    def __call__(self, *operands, **parameters):
        return self.call(*operands, **parameters)


def law_of_floats(op, numbers):
    """A Python float gives what an array with that number gives: IEEE 754's result, and the same gradients."""
    alone, arrays = [Value(x) for x in numbers], [Value([x]) for x in numbers]
    y, z = op(*alone), op(*arrays)
    pairs = [(y, z)]
    if op.differentiable:
        pairs += zip(grad(y, alone), grad(z, arrays, np.ones(1)), strict=True)
    for a, b in pairs:
        a, b = float(a.data), float(b.data[0])
        near = np.isfinite(b) and abs(a - b) <= 1e-13 * abs(b) + 1e-320
        agree = near or a == b or (np.isnan(a) and np.isnan(b))
        assert agree, f"{op.name}{numbers}: result or gradient {a} as floats, {b} as arrays"


def law_of_kinks(op):
    """Where the row states a kink, its rules give the slope that it states, and never nan at the next order."""
    described = 0
    for kink in op.kinks:
        if not isinstance(kink.at, str):
            _check_kink(op, [[kink.at]], {}, [[float(kink.slope)]])
        elif kink.at == "a = b" and not isinstance(kink.slope, str):
            _check_kink(op, [[0.0, 1.5, -2.0]] * 2, {}, [[kink.slope] * 3] * 2)
        else:
            described += 1
    assert not described or op.name in KINKS, (
        f"the row {op.name!r} describes a kink in words: add operands on it and the gradients there to KINKS in "
        "tests/row_examples.py"
    )
    for operands, parameters, expected in KINKS.get(op.name, ()):
        _check_kink(op, operands, parameters, expected)


def _check_kink(op, operands, parameters, expected):
    values = [Value(x) for x in np.array(operands)]
    for create_graph in (False, True):
        y = op(*values, **parameters)
        found = grad(y, values, np.ones(tuple(y.shape)), create_graph=create_graph)
        for g, slopes in zip(found, expected, strict=True):
            same = np.allclose(np.asarray(g.data), slopes, rtol=1e-12, atol=0.0)
            assert same, f"{op.name}{operands} {parameters}: gradient {g.data}, but the row says {slopes}"
    if np.all(np.isfinite(expected)):
        tracked = [g for g in found if g.requires_grad]
        second = grad(tracked, values, [np.ones(tuple(g.shape)) for g in tracked], allow_unused=True) if tracked else ()
        finite = all(g is None or np.all(np.isfinite(np.asarray(g.data))) for g in second)
        assert finite, f"{op.name}{operands} {parameters}: second derivative {second}"


def law_of_third_order(op, numbers):
    """The third derivative of an elementwise row of one input, against differences of its second."""

    def second(t):
        x = Value(numbers + t)
        return np.asarray(_derivative(_derivative(op(x), x), x).data)

    expected = difference(second, scale=0.5)
    assert expected is not None, f"{op.name}: second derivative not smooth at {numbers}"
    x = Value(numbers)
    actual = np.asarray(_derivative(_derivative(_derivative(op(x), x), x), x).data)
    assert close(actual, expected, 1e-5), f"{op.name} at {numbers}: third derivative {actual}, not {expected}"


def _derivative(y, x):
    """Entrywise derivative of an elementwise result, ready for the next."""
    if not y.requires_grad:
        return Value(np.zeros(x.shape), requires_grad=False)
    (g,) = grad(y, x, np.ones(x.shape), create_graph=True, allow_unused=True, materialize_grads=True)
    return g
