"""Every row that PyTorch has gives PyTorch's values, gradients and second derivatives, on kinks and ties too."""

import cases
import laws
import nn_row_examples
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn.functional  # noqa: F401 - for its rows
from autograd import TABLE, Value, grad

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*degrees of freedom:UserWarning")  # var of one number is nan

ADAPTERS = {
    "transpose": lambda x, dim0, dim1: torch.transpose(x, dim0, dim1),
    "view": lambda x, shape: x.view(shape),
    "to": lambda x, dtype: x.to(torch.float64),
    "cumsum": lambda x, dim=None, reverse=False: _running(torch.cumsum, x, dim, reverse),
    "cumprod": lambda x, dim=None, reverse=False: _running(torch.cumprod, x, dim, reverse),
    "var": lambda x, dim=None, **options: torch.var(x, **_variance(dim, options)),
    "std": lambda x, dim=None, **options: torch.std(x, **_variance(dim, options)),
    "prod": lambda x, dim=None, keepdim=False: _over_axes(torch.prod, x, dim, keepdim),
    "logsumexp": lambda x, dim=None, keepdim=False: torch.logsumexp(x, _every(x, dim), keepdim),
    "sum": lambda x, dim=None, keepdim=False: torch.sum(x, _every(x, dim), keepdim),
    "mean": lambda x, dim=None, keepdim=False: torch.mean(x, _every(x, dim), keepdim),
    "amax": lambda x, dim=None, keepdim=False: torch.amax(x, _every(x, dim), keepdim),
    "amin": lambda x, dim=None, keepdim=False: torch.amin(x, _every(x, dim), keepdim),
    "broadcast_to": lambda x, shape: torch.broadcast_to(x, shape),
    "diag_embed": lambda x, offset=0, dim1=-2, dim2=-1, shape=None: _on_diagonal(x, offset, dim1, dim2, shape),
    "pad": lambda x, pads, value=0.0: torch.nn.functional.pad(x, [n for pair in pads[::-1] for n in pair], value=value),
    "einsum": lambda xs, equation: torch.einsum(equation, *xs),
    "gather": lambda x, index, dim: torch.gather(x, dim, index),
    "scatter": lambda x, index, src, dim: torch.scatter(x, dim, index, src.expand(index.shape)),
    "scatter_add": lambda x, index, src, dim: torch.scatter_add(x, dim, index, src.expand(index.shape)),
    "masked_fill": lambda x, mask, value: torch.where(mask, value, x),
    "norm": lambda x, p=2.0, dim=None, keepdim=False: torch.norm(x, p, _every(x, dim), keepdim),
}  # fmt: skip
# Rows of the same name that mean something else, and why.
OTHERS = nn_row_examples.OTHERS | dict.fromkeys(
    ("celu", "hardsigmoid"), "computes its derivative with a float32 constant"
)


def _every(x, dim):
    return tuple(range(x.ndim)) if dim is None else dim


def _variance(dim, options):
    if "unbiased" in options:
        options["correction"] = int(options.pop("unbiased"))
    if isinstance(dim, bool):
        dim, options["correction"] = None, int(dim)
    return {"dim": dim, **options}


def _on_diagonal(x, offset, dim1, dim2, shape):
    if shape is None:
        return torch.diag_embed(x, offset, dim1, dim2)
    return torch.diagonal_scatter(torch.zeros(shape, dtype=x.dtype), x, offset, dim1, dim2)


def _running(function, x, dim, reverse):
    x, dim = (x.reshape(-1), 0) if dim is None and x.ndim else (x, dim or 0)
    return torch.flip(function(torch.flip(x, (dim,)), dim), (dim,)) if reverse else function(x, dim)


def _over_axes(function, x, dim, keepdim):
    for axis in sorted((d % max(x.ndim, 1) for d in ([dim] if isinstance(dim, int) else _every(x, dim))), reverse=True):
        x = function(x, axis, keepdim)
    return x


def theirs(name):
    """PyTorch's function of that name, or None."""
    if name in OTHERS:
        return None
    return ADAPTERS.get(name) or getattr(torch, name, None) or getattr(torch.nn.functional, name, None)


COMMON = sorted(name for name, op in TABLE.items() if op.differentiable and callable(theirs(name)))
COMMON_CONSTANT = sorted(
    name for name, op in TABLE.items() if not op.differentiable and op.pointwise and callable(theirs(name))
)


def their_derivatives(name, case, upstream, directions):
    """Value, gradients and gradients of Σ <gradient, direction> by PyTorch."""
    operands = [torch.tensor(np.array(x)) for x in case.operands]
    drawn = [x.requires_grad_() for x, fixed in zip(operands, case.fixed, strict=True) if not fixed]
    function = theirs(name)
    y = function(operands, **case.parameters) if case.op.variadic else function(*operands, **case.parameters)
    first = torch.autograd.grad(y, drawn, torch.tensor(upstream), create_graph=True, allow_unused=True)
    first = [torch.zeros_like(x) if g is None else g for g, x in zip(first, drawn, strict=True)]
    total = sum((g * torch.tensor(u)).sum() for g, u in zip(first, directions, strict=True))
    second = torch.autograd.grad(total, drawn, allow_unused=True) if total.requires_grad else [None] * len(drawn)
    second = [torch.zeros_like(x) if g is None else g for g, x in zip(second, drawn, strict=True)]
    return [[t.detach().numpy(force=True) for t in group] for group in ([y], first, second)]


def our_derivatives(case, upstream, directions):
    """The same by this package."""
    values = laws.leaves(case)
    y = case.run(values)
    v = Value(upstream, requires_grad=False)
    first = grad(y, values, v, create_graph=True, allow_unused=True, materialize_grads=True)
    second = [np.zeros(x.shape) for x in case.drawn]
    for g, u in zip(first, directions, strict=True):
        if g.requires_grad:
            parts = grad(g, values, Value(u), retain_graph=True, allow_unused=True, materialize_grads=True)
            second = [s + np.asarray(p.data) for s, p in zip(second, parts, strict=True)]
    return [np.asarray(y.data)], [np.asarray(g.data) for g in first], second


def compare(name, case):
    """Equal where PyTorch has a number; where it has nan we may have one.

    A power's mixed second derivative at exponent 0 is 1/a, which PyTorch leaves out; differences say so too.
    """
    shape = np.shape(case.run([np.asarray(x) for x in case.drawn]))
    upstream = case.direction(shape, 1)
    directions = [case.direction(x.shape, 2 + i) for i, x in enumerate(case.drawn)]
    expected = their_derivatives(name, case, upstream, directions)
    actual = our_derivatives(case, upstream, directions)
    orders = ("value", "gradient", "second derivative")
    if name == "pow" and 0.0 in case.operands[1]:
        orders = orders[:2]
    for what, a_group, e_group in zip(orders, actual, expected, strict=False):
        for a, e in zip(a_group, e_group, strict=True):
            assert a.shape == e.shape, f"{case}: {what} of shape {a.shape}, PyTorch's {e.shape}"
            known = ~np.isnan(e)
            laws.same(case, f"{what}, ours and PyTorch's", a[known], e[known], 1e-9)


@pytest.mark.parametrize("name", COMMON)
def test_every_example_agrees_with_torch(name):
    for case in cases.every_case(TABLE[name]):
        compare(name, case)


@pytest.mark.parametrize("name", COMMON)
@settings(max_examples=settings.default.max_examples // 3)
@given(data=st.data())
def test_rows_agree_with_torch(name, data):
    """Also at kinks and ties, which are drawn as if the row stated none.

    But not std of equal entries: their mean may be rounded, and then PyTorch's gradient is of size 1.
    """
    compare(name, data.draw(cases.drawn_cases(TABLE[name], kinks=name != "std")))


@pytest.mark.parametrize("name", COMMON_CONSTANT)
def test_constants_agree_with_torch(name):
    numbers = np.array([*cases.GENERIC, *cases.SPECIAL, 2.5, -1.5, np.inf, -np.inf])
    if name not in ("sign", "heaviside"):  # which PyTorch takes to 0 at nan, NumPy and we to nan
        numbers = np.append(numbers, np.nan)
    operands = np.meshgrid(*[numbers] * len(TABLE[name].inputs))
    if name.startswith("bitwise"):
        operands = [x > 0 for x in operands]
    expected = theirs(name)(*(torch.tensor(x) for x in operands)).numpy()
    assert np.array_equal(TABLE[name](*operands), expected, equal_nan=expected.dtype.kind == "f")


# Where PyTorch loses what can be represented, or what is defined; docs/differences-from-pytorch.md has the reasons.
LOSING = {"asinh", "acosh", "sinc", "sinh", "cosh", "gelu", "hardswish", "celu", "hardsigmoid"}
UNARY = [n for n in COMMON if TABLE[n].pointwise and len(TABLE[n].inputs) == 1 and not TABLE[n].parameters]


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("name", sorted(set(UNARY) - LOSING))
def test_extremes_agree_with_torch(name, dtype):
    """Huge, tiny, infinite, nan, signed zeros: results, and slopes inside the domain where PyTorch has one."""
    op, limits = TABLE[name], np.finfo(dtype)
    edges = (limits.max, -limits.max, limits.smallest_normal, limits.smallest_subnormal)
    x = np.array([x for x in cases.EXTREMES if abs(x) <= float(limits.max) or not np.isfinite(x)] + [*edges], dtype)
    leaf, tensor = Value(x), torch.tensor(x, requires_grad=True)
    y, z = op(leaf), theirs(name)(tensor)
    (slope,) = grad(y, leaf, np.ones_like(x))
    (their_slope,) = torch.autograd.grad(z, tensor, torch.ones_like(z))
    pairs = (np.asarray(y), z.detach().numpy()), (np.asarray(slope), their_slope.numpy())
    inside = (x > op.domain[0].low) & (x < op.domain[0].high)
    for what, (ours, expected) in zip(("result", "slope"), pairs, strict=True):
        known = ~(np.isinf(x) & np.isnan(expected))  # silu and mish have a limit at -inf
        looked = known if what == "result" else inside & np.isfinite(expected) & ~np.isnan(x)
        close = np.isclose(ours, expected, rtol=64 * limits.eps, atol=4 * limits.smallest_normal, equal_nan=True)
        assert np.all(close | ~looked), f"{what} of {name} at {x[~close & looked]}: {ours[~close & looked]}"
