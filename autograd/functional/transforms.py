"""Functions made of functions, as JAX and `torch.func` have them: each takes a function and returns another one.

The arguments are floats, arrays, Values, or nested tuples, lists and dictionaries of them; gradients come back in the
same structure. Whatever is tracked, an argument or something that the function closes over, stays so: the results are
then part of its graph, and can be differentiated again. Arrays and floats alone, or `no_grad()`, give plain constants.
"""

import functools

from ..backward import grad as gradients_of_values
from ..errors import GradientError
from ..mode import enable_grad, here, is_grad_enabled
from ..tree import each, flatten, rebuild
from ..value import Value
from .arguments import directions, filled, fresh, pull, results_of, scalar_of
from .forward import push
from .matrices import by_columns, by_rows


def grad(
    outputs,
    inputs=None,
    grad_outputs=None,
    retain_graph=None,
    create_graph=False,
    allow_unused=False,
    materialize_grads=False,
    *,
    argnums=0,
    has_aux=False,
):
    """Gradients, in either of two ways.

    grad(outputs, inputs, ...)   of Values that were computed already, as `torch.autograd.grad`: a tuple, one an input
    grad(fun, argnums=0)         of a function, as JAX and HIPS autograd: a function that returns the gradient of `fun`
                                 (which returns one number) with respect to its arguments `argnums`

    No `.grad` is touched. The other arguments of the first form are those of `torch.autograd.grad`; `has_aux`: `fun`
    returns (value, anything) and the new function (gradient, anything).

    Raises GradientError if an input does not take part, unless `allow_unused` (None) or `materialize_grads` (zeros).
    """
    if not callable(outputs):
        return gradients_of_values(
            outputs, inputs, grad_outputs, retain_graph, create_graph, allow_unused, materialize_grads
        )
    with_value = value_and_grad(outputs, argnums if inputs is None else inputs, has_aux)

    @functools.wraps(outputs)
    def gradient(*args, **kwargs):
        value, gradients = with_value(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return gradient


def value_and_grad(fun, argnums=0, has_aux=False):
    """A function that returns `(fun(*args), gradient)`, as JAX.

    argnums   which positional arguments to differentiate by; a tuple of them gives a tuple of gradients
    has_aux   `fun` returns (value, anything), and the new function ((value, anything), gradient)
    """

    @functools.wraps(fun)
    def with_gradient(*args, **kwargs):
        call = _Call(fun, args, kwargs, argnums, has_aux)
        value = scalar_of(fun, call.output)
        gradients = filled(pull((value,), call.leaves, (None,), call.connected), call.leaves, False, "grad()")
        value = call.released(value)
        return (value, call.aux) if has_aux else value, rebuild(call.tree, gradients)

    return with_gradient


def grad_and_value(fun, argnums=0, has_aux=False):
    """A function that returns `(gradient, fun(*args))`, as `torch.func`: `value_and_grad` the other way round."""
    with_value = value_and_grad(fun, argnums, has_aux)

    @functools.wraps(fun)
    def gradient_and_value(*args, **kwargs):
        value, gradients = with_value(*args, **kwargs)
        return gradients, value

    return gradient_and_value


def jacrev(fun, argnums=0, has_aux=False):
    """A function that returns the Jacobian of `fun`, a backward pass an entry of the output, as JAX.

    For each part of the output there is one block a part of the arguments, of shape output.shape + argument.shape.
    """
    return _jacobian(fun, argnums, has_aux, by_rows)


def jacfwd(fun, argnums=0, has_aux=False):
    """A function that returns the Jacobian of `fun`, a pass of tangents an entry of the input, as JAX."""
    return _jacobian(fun, argnums, has_aux, by_columns)


def hessian(fun, argnums=0):
    """A function that returns the matrix of second derivatives of `fun`: forward mode over backward mode, as JAX."""
    return jacfwd(jacrev(fun, argnums), argnums)


def _jacobian(fun, argnums, has_aux, passes):
    @functools.wraps(fun)
    def matrix(*args, **kwargs):
        call = _Call(fun, args, kwargs, argnums, has_aux)
        outputs = results_of(fun, tuple(flatten(call.output)))
        blocks = passes(outputs, call.leaves, call.connected, strict=False)
        rows = [rebuild(call.tree, [call.released(block) for block in row]) for row in blocks]
        answer = rebuild(call.output, rows)
        return (answer, call.aux) if has_aux else answer

    return matrix


def vjp(fun, *primals, has_aux=False):
    """`(fun(*primals), pullback)`: pullback(v) is the tuple of vᵀJ, one an argument, as JAX and `torch.func`."""
    call = _Call(fun, primals, {}, tuple(range(len(primals))), has_aux)
    outputs = results_of(fun, tuple(flatten(call.output)))

    def pullback(v):
        """vᵀJ for a vector (or structure of vectors) like the function's output."""
        seeds = directions(tuple(flatten(v)), outputs, "the output")
        connected = call.connected or any(seed.requires_grad for seed in seeds)
        parts = pull(outputs, call.leaves, seeds, connected and is_grad_enabled(), retain_graph=True)
        return rebuild(call.tree, filled(parts, call.leaves, False, "vjp()"))

    output = each(call.released, call.output)
    return (output, pullback, call.aux) if has_aux else (output, pullback)


def jvp(fun, primals, tangents, has_aux=False):
    """`(fun(*primals), Jv)` for tangents like the tuple `primals`, in forward mode, as JAX and `torch.func`."""
    call = _Call(fun, tuple(primals), {}, tuple(range(len(primals))), has_aux)
    outputs = results_of(fun, tuple(flatten(call.output)))
    vectors = directions(tuple(flatten(tangents)), call.leaves, "the primals")
    connected = is_grad_enabled() and (call.connected or any(vector.requires_grad for vector in vectors))
    parts = filled(push(outputs, call.leaves, vectors, connected), outputs, False, "jvp()")
    output, tangent = each(call.released, call.output), rebuild(call.output, parts)
    return (output, tangent, call.aux) if has_aux else (output, tangent)


class _Call:
    """One call of a function whose arguments `argnums` are variables.

    leaves      the variables: fresh tracked Values
    tree        the structure of the chosen arguments
    output, aux what the function returned
    connected   whether the output also depends on something tracked outside: derivatives are then part of that graph
    """

    def __init__(self, fun, args, kwargs, argnums, has_aux):
        chosen = argnums if isinstance(argnums, (tuple, list)) else (argnums,)
        chosen = tuple(_position(fun, number, args) for number in chosen)
        recording = is_grad_enabled()
        self.tree = tuple(args[position] for position in chosen)
        self.leaves = tuple(fresh(leaf, recording) for leaf in flatten(self.tree))
        variables = dict(zip(chosen, rebuild(self.tree, self.leaves), strict=True))
        if not isinstance(argnums, (tuple, list)):
            (self.tree,) = self.tree
        with enable_grad():
            self.output = fun(*(variables.get(position, arg) for position, arg in enumerate(args)), **kwargs)
        self.aux = None
        if has_aux:
            self.output, self.aux = self.output
        outputs = [output for output in flatten(self.output) if isinstance(output, Value)]
        # Under a tape (vmap, compile) only what is made of operations exists, derivatives too.
        self.connected = here.tape is not None or (recording and _depends_on_more(outputs, self.leaves))
        self.aux = each(self.released, self.aux)

    def released(self, value):
        """A result as it is handed out: outside the graph, unless that goes on beyond the variables."""
        return value if self.connected or not isinstance(value, Value) else value.detach()


def _position(fun, number, args):
    if not isinstance(number, int) or not -len(args) <= number < len(args):
        name = getattr(fun, "__name__", "the function")
        raise GradientError(
            f"argnums={number!r}, but {name} was called with {len(args)} positional arguments: "
            "pass what it is differentiated by positionally"
        )
    return number % len(args)


def _depends_on_more(outputs, variables):
    """Whether anything tracked besides the fresh `variables` takes part in `outputs`."""
    if any(x.op is not None for x in variables):
        return True
    seen = {id(x) for x in variables}
    found = [output for output in outputs if output.requires_grad and id(output) not in seen]
    for value in found:
        if value.op is None:
            return True
        for x in value.inputs:
            if isinstance(x, Value) and x.requires_grad and id(x) not in seen:
                seen.add(id(x))
                found.append(x)
    return False
