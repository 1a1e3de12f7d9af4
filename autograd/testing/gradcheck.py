"""gradcheck and gradgradcheck: the gradients of a function beside differences of its values."""

import warnings

import numpy as np

from ..arrays import admit, is_floating
from ..backward import grad
from ..errors import AutogradError
from ..functional.arguments import pull
from ..functional.forward import push
from ..graph import trace
from ..mode import enable_grad
from ..value import Value, constant, parameters_of
from .jacobians import by_complex_step, by_differences, by_rules, by_tangents, worst
from .numeric import Probe
from .suspects import describe


class GradcheckError(AutogradError, AssertionError, RuntimeError):
    """Gradients that differ from what differences say, and where.

    at_kink   whether the function has a kink there and the gradient lies between the slopes of both sides
    """

    def __init__(self, message, at_kink=False):
        super().__init__(message)
        self.at_kink = at_kink


def gradcheck(
    func,
    inputs,
    *,
    eps=1e-6,
    atol=1e-5,
    rtol=1e-3,
    raise_exception=True,
    nondet_tol=0.0,
    fast_mode=False,
    check_forward_ad=False,
    check_backward_ad=True,
    complex_step=False,
):
    """Check the gradients of a function against differences of its values. Returns True.

    func       takes the inputs, returns a Value or a tuple of Values
    inputs     a Value or a tuple; floats and floating-point arrays are tracked, and so are Values that require a
               gradient; everything else is passed on. Meant for float64
    eps        step of the central difference (f(x + eps) - f(x - eps)) / 2 eps
    atol, rtol each entry must satisfy |analytic - numeric| ≤ atol + rtol · |numeric|
    raise_exception   False: return False instead of raising
    nondet_tol how much two runs of the same backward pass may differ
    fast_mode  compare one random projection vᵀJu instead of every entry of the Jacobian
    check_backward_ad, check_forward_ad   check backward passes; check tangents (jvp)
    complex_step      numeric derivatives by complex steps, which are exact to rounding, so that atol and rtol may be
                      tiny; for functions whose gates are analytic

    Names and defaults are those of `torch.autograd.gradcheck`.

    Raises GradcheckError, whose message names the worst entry, both numbers, and what is suspected: a kink, float32, a
    part outside the graph, or the gate whose rule is wrong. ValueError if no input is tracked.
    """
    args = _arguments(inputs)
    settings = _Settings(eps, atol, rtol, nondet_tol, fast_mode, complex_step)
    try:
        with enable_grad():
            _check(Probe(func, args), settings, check_backward_ad, check_forward_ad)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func,
    inputs,
    grad_outputs=None,
    *,
    eps=1e-6,
    atol=1e-5,
    rtol=1e-3,
    raise_exception=True,
    nondet_tol=0.0,
    fast_mode=False,
    complex_step=False,
):
    """Check second derivatives: `gradcheck` of the function that maps inputs and upstream gradients to gradients.

    grad_outputs   upstream gradients in the shapes of the outputs; default: random ones, always the same

    The rest is as in `gradcheck`; names and defaults are those of `torch.autograd.gradgradcheck`.
    """
    args = _arguments(inputs)
    probe = Probe(func, args)
    with enable_grad():
        outputs = [x for x in probe.outputs() if x.requires_grad]
    if grad_outputs is None:
        random = np.random.default_rng(0)
        grad_outputs = tuple(Value(random.standard_normal(x.shape), dtype=x.dtype) for x in outputs)
    grad_outputs = _arguments(grad_outputs)

    def gradients(*everything):
        probe = Probe(func, everything[: len(args)])
        tracked = [x for x in probe.outputs() if x.requires_grad]
        parts = grad(tracked, probe.moving, list(everything[len(args) :]), create_graph=True, allow_unused=True)
        return tuple(part for part in parts if part is not None)

    settings = _Settings(eps, atol, rtol, nondet_tol, fast_mode, complex_step)
    try:
        with enable_grad():
            _check(Probe(gradients, (*args, *grad_outputs)), settings, backward=True, forward=False)
    except GradcheckError as error:
        if raise_exception:
            lines = [f"second order: {error}", *_not_differentiable_again(outputs)]
            raise GradcheckError("\n".join(lines), error.at_kink) from None
        return False
    return True


def _not_differentiable_again(outputs):
    """Sentences on the gates whose rules are right but do not have the right derivatives themselves."""
    for gate in trace(*outputs).values if outputs else ():
        if gate.op is None:
            continue
        inputs = [Value(x._data) if isinstance(x, Value) and x.requires_grad else x for x in gate.inputs]
        if not gradgradcheck(_alone(gate), tuple(inputs), raise_exception=False, fast_mode=True):
            yield f"suspected: the rule of `{gate.op.name}`, differentiated again, is wrong for that gate alone"


def _alone(gate):
    """The function that one gate computes."""
    parameters = parameters_of(gate)
    return lambda *inputs: gate.op(inputs, **parameters) if gate.op.variadic else gate.op(*inputs, **parameters)


class _Settings:
    """The arguments of a check that the parts of it share."""

    def __init__(self, eps, atol, rtol, nondet_tol, fast_mode, complex_step):
        self.eps, self.atol, self.rtol, self.nondet_tol = eps, atol, rtol, nondet_tol
        self.fast, self.complex_step = fast_mode, complex_step


def _arguments(inputs):
    """The arguments of the function: floats and floating-point arrays become tracked Values."""
    several = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    return tuple(Value(x) if _is_variable(x) else x for x in several)


def _is_variable(x):
    return not isinstance(x, Value) and isinstance(x, (float, np.ndarray, np.floating)) and is_floating(admit(x))


def _check(probe, settings, backward, forward):
    if not probe.moving:
        raise ValueError("a gradient check needs an input that requires a gradient: a float, an array, or Value(...)")
    outputs = _values(probe.outputs())
    if not outputs:
        raise ValueError("the function returned nothing that has a gradient: no floating-point Value")
    for number, x in enumerate(probe.moving):
        if x.dtype != np.float64:
            warnings.warn(
                f"input {number} of a gradient check is {x.dtype}, not float64: expect false alarms", stacklevel=4
            )
    _same_twice(probe, outputs, settings)
    if settings.fast and _agree_along_random_directions(probe, outputs, settings, backward, forward):
        return
    if settings.complex_step:
        numeric = by_complex_step(outputs, probe.moving)
    else:
        numeric = by_differences(probe, outputs, settings.eps)
    for wanted, mode, jacobian in ((backward, "backward", by_rules), (forward, "forward", by_tangents)):
        if wanted:
            analytic = jacobian(outputs, probe.moving)
            mismatch = worst(analytic, numeric, outputs, probe.moving, settings.atol, settings.rtol)
            if mismatch is not None:
                raise GradcheckError(*describe(mismatch, probe, outputs, settings.eps, mode))


def _values(outputs):
    return [x if isinstance(x, Value) else constant(admit(x)) for x in outputs]


def _same_twice(probe, outputs, settings):
    """Refuse a function that answers differently each time, and a backward pass that does."""
    for number, (first, again) in enumerate(zip(outputs, _values(probe.outputs()), strict=True)):
        if first.shape != again.shape or not _close(first, again, settings.nondet_tol):
            raise GradcheckError(
                f"output {number} differs between two calls with the same inputs, so that differences mean nothing: "
                "make the function deterministic (seed it, switch dropout off)"
            )
    for number, output in enumerate(outputs):
        if not output.requires_grad:
            continue
        seed = constant(np.ones(output.shape, output.dtype)) if output.shape else None
        first, again = (pull((output,), probe.moving, (seed,), retain_graph=True) for _ in range(2))
        for k, (one, other) in enumerate(zip(first, again, strict=True)):
            if one is not None and not _close(one, other, settings.nondet_tol):
                raise GradcheckError(
                    f"the gradient of output {number} with respect to input {k} differs between two backward passes "
                    "over the same graph: a rule keeps or changes something"
                )


def _close(a, b, tolerance):
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    with np.errstate(all="ignore"):
        return bool(np.all((a == b) | (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= tolerance)))


def _agree_along_random_directions(probe, outputs, settings, backward, forward):
    """Whether vᵀJu by rules is vᵀJu by differences, for random u and v."""
    random = np.random.default_rng(0)
    vs = [random.standard_normal(output.shape) for output in outputs]
    for x in probe.moving:
        u = random.standard_normal(x.shape)
        if not u.size:
            continue
        changes = probe.central(x, u, settings.eps)
        tangents = push(outputs, (x,), (constant(u.astype(x.dtype)),)) if forward else None
        for number, (output, v) in enumerate(zip(outputs, vs, strict=True)):
            numeric = float(np.dot(v.ravel(), changes[number]))
            allowed = settings.atol * np.abs(u).sum() * np.abs(v).sum() + settings.rtol * abs(numeric)
            answers = []
            if backward:
                (gradient,) = pull((output,), (x,), (constant(v.astype(output.dtype)),), retain_graph=True)
                answers.append(0.0 if gradient is None else np.vdot(np.asarray(gradient), u))
            if forward:
                answers.append(0.0 if tangents[number] is None else np.vdot(np.asarray(tangents[number]), v))
            if not all(abs(answer - numeric) <= allowed for answer in answers):
                return False
    return True
