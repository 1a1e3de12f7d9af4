"""One call that checks an operation: a row with its rules, or a Function with its backward."""

import numpy as np

from ..arrays import is_floating, plain, shape_of
from ..backward import grad
from ..errors import AutogradError
from ..function import Function
from ..operation import TABLE, Operation
from ..value import Value
from .drawing import shapes_for, smooth_inputs
from .gradcheck import GradcheckError, gradcheck, gradgradcheck


def check_operation(op, inputs=None, *, order=2, samples=3, seed=0, eps=1e-6, atol=1e-6, rtol=1e-4, **parameters):
    """Check an operation of your own in one call. Returns True.

    op          a row (from `pointwise` or `operation`), its name, or a subclass of `Function`
    inputs      what to try it on: a tuple with an array, a number or a shape (to be filled) for each input, or a list
                of such tuples; default: read off the row's signature and domain. A Function, which has neither, needs
                them
    order       1: first derivatives only; 2: second ones too
    samples     how many fillings of each tuple of shapes, always the same for one `seed`
    parameters  what else the operation takes (dim=0 …)

    What is checked: the result is the same for plain numbers and for Values, and inputs stay as they were; a fused
    row equals its composite; gradients, tangents and second derivatives equal differences; gradients have the shape
    and dtype of their inputs, also in float32 and for strided arrays; at a kink that the row states by a number the
    slope is the stated one.

    Raises GradcheckError that names the operation, the law, the inputs, and what is suspected.
    """
    op = TABLE[op] if isinstance(op, str) else op
    subject = _Subject(op, parameters)
    random = np.random.default_rng(seed)
    for example in _examples(op, inputs):
        open_places = [position for position, x in enumerate(example) if isinstance(x, tuple)]
        for _ in range(samples if open_places else 1):
            filled = list(example)
            drawn = smooth_inputs(op, [example[position] for position in open_places], random, open_places)
            for position, array in zip(open_places, drawn, strict=True):
                filled[position] = array
            _check(subject, filled, order, {"eps": eps, "atol": atol, "rtol": rtol})
    if isinstance(op, Operation):
        _check_kinks(op, parameters)
    return True


def _examples(op, inputs):
    if inputs is None:
        if not isinstance(op, Operation):
            raise AutogradError("a Function does not say what its inputs are: pass them, arrays or shapes")
        return shapes_for(op)
    return inputs if isinstance(inputs, list) else [inputs if isinstance(inputs, tuple) else (inputs,)]


class _Subject:
    """A row or a Function, to be called in one way."""

    def __init__(self, op, parameters):
        self.op, self.parameters = op, parameters
        self.name = op.name if isinstance(op, Operation) else op.__name__
        self.composite = op.composite if isinstance(op, Operation) else None

    def __call__(self, *operands):
        if isinstance(self.op, type) and issubclass(self.op, Function):
            return self.op.apply(*operands, *self.parameters.values())
        return self.op(operands, **self.parameters) if self.op.variadic else self.op(*operands, **self.parameters)

    def by_composite(self, *operands):
        """The same by the composite of a fused row."""
        return self.composite(*operands, **self.parameters)

    def fail(self, law, inputs, why):
        """Raise what a broken law means."""
        shown = ", ".join(np.array2string(np.asarray(x), separator=", ").replace("\n", "") for x in inputs)
        settings = "".join(f", {key}={value!r}" for key, value in self.parameters.items())
        raise GradcheckError(f"{self.name}({shown}{settings}): {law}: {why}")


def _check(subject, inputs, order, tolerances):
    before = [np.array(x) for x in inputs]
    values = _tracked(inputs)
    results = _tuple(subject(*values))
    for x, copy in zip(values, before, strict=True):
        if not np.array_equal(_numbers(x), copy, equal_nan=True):
            subject.fail("inputs stay as they were", before, f"one of them became {_numbers(x)}")
    for plain_result, result in zip(_tuple(subject(*inputs)), results, strict=True):
        if not np.array_equal(_numbers(plain_result), _numbers(result), equal_nan=True):
            subject.fail("plain numbers and Values give the same", before, f"{plain_result} and {result}")
    if not any(map(_is_tracked, results)):
        return
    _check_form(subject, inputs)
    if subject.composite is not None:
        _check_composite(subject, inputs)
    laws = [("gradients equal differences", gradcheck, {"check_forward_ad": True})]
    laws += [("second derivatives equal differences", gradgradcheck, {})] if order > 1 else []
    for law, check, options in laws:
        try:
            check(subject, tuple(_tracked(inputs)), **options, **tolerances)
        except GradcheckError as error:
            if check is gradcheck or not error.at_kink:  # there is no second derivative at a kink
                subject.fail(law, before, str(error))


def _check_form(subject, inputs):
    """Shape and dtype of gradients, in float32 and for strided arrays too."""
    exact = _gradients(subject, _tracked(inputs))
    for kind, changed, tolerance in (
        ("float32", [np.asarray(x, np.float32) if _is_variable(x) else x for x in inputs], 1e-3),
        ("strided arrays", [_strided(x) if _is_variable(x) else x for x in inputs], 1e-12),
    ):
        values = _tracked(changed)
        for value, x in zip(values, changed, strict=True):
            if _is_tracked(value) and value.ndim:
                value.data = x  # as it lies in memory; Value(x) would pack it
        found = _gradients(subject, values)
        for g, expected, x in zip(found, exact, filter(_is_tracked, values), strict=True):
            if g.shape != x.shape or g.dtype != x.dtype:
                why = f"{g.dtype} {tuple(g.shape)} for an input {x.dtype} {tuple(x.shape)}"
                subject.fail("a gradient has its input's shape and dtype", inputs, why)
            size = 1.0 + np.max(np.abs(_numbers(expected)), initial=0.0)
            if not np.all(np.abs(_numbers(g) - _numbers(expected)) <= tolerance * size):
                subject.fail(f"{kind} give the same gradient", inputs, f"{g} instead of {expected}")


def _check_composite(subject, inputs):
    """A fused row is what its composite says, in result and gradients."""
    values = _tracked(inputs)
    fused, simple = _numbers(subject(*values)), _numbers(subject.by_composite(*values))
    if fused.shape != simple.shape or not np.allclose(fused, simple, rtol=1e-11, atol=1e-13, equal_nan=True):
        subject.fail("a fused row equals its composite", inputs, f"{fused} instead of {simple}")
    pairs = zip(_gradients(subject, values), _gradients(subject.by_composite, values), strict=True)
    for fused, simple in pairs:
        if not np.allclose(_numbers(fused), _numbers(simple), rtol=1e-9, atol=1e-11):
            subject.fail("a fused row has its composite's gradient", inputs, f"{fused} instead of {simple}")


def _check_kinks(op, parameters):
    """At a kink that is stated by a number, or as "a = b", the rules give the slope that the row states."""
    for kink in op.kinks:
        if isinstance(kink.slope, str) and kink.slope not in ("inf", "-inf", "nan"):
            continue
        if kink.at == "a = b" and len(op.inputs) == 2:
            (numbers,) = smooth_inputs(op, [(3,)], np.random.default_rng(0))
            points = [numbers, numbers]
        elif not isinstance(kink.at, str) and len(op.inputs) == 1:
            points = [np.array([float(kink.at)])]
        else:
            continue
        values = _tracked(points)
        for slope in grad(op(*values, **parameters), values, np.ones(points[0].shape)):
            if not np.array_equal(slope.data, np.full(slope.shape, float(kink.slope)), equal_nan=True):
                law = f"at its kink {kink.at} the slope is {kink.slope}"
                _Subject(op, parameters).fail(law, points, f"it is {slope.data}")


def _gradients(subject, values):
    """Gradients of all results, each weighted by 1."""
    results = [y for y in _tuple(subject(*values)) if _is_tracked(y)]
    variables = [x for x in values if _is_tracked(x)]
    if not results or not variables:
        return []
    ones = [np.ones(y.shape, y.dtype) if y.ndim else None for y in results]
    return grad(results, variables, ones, allow_unused=True, materialize_grads=True)


def _tracked(inputs):
    return [Value(x) if _is_variable(x) else x for x in inputs]


def _is_variable(x):
    return isinstance(x, (float, np.ndarray, np.floating)) and is_floating(plain(np.asarray(x)))


def _is_tracked(x):
    return isinstance(x, Value) and x.requires_grad


def _tuple(results):
    return results if isinstance(results, tuple) else (results,)


def _numbers(x):
    return np.asarray(getattr(x, "_data", x), np.float64)


def _strided(x):
    """The same numbers with gaps between them in memory."""
    array = np.asarray(x)
    if not shape_of(x):
        return x
    wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), np.nan)
    wide[..., ::2] = array
    return wide[..., ::2]
