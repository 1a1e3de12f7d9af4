"""Products with the Jacobian and the Hessian of a function, without building either: vjp, jvp, vhp, hvp.

Names, arguments and results are those of `torch.autograd.functional`.
"""

from ..mode import enable_grad
from .arguments import directions, enter, filled, leave, pull, results_of, scalar_of
from .forward import push


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """The function's outputs and vᵀJ, the product of a vector with its Jacobian, by one backward pass.

    func          takes the inputs as Values, returns a Value or a tuple of Values
    inputs        one or a tuple of Values, arrays or floats
    v             one or a tuple in the shapes of the outputs; may be left out for a single output of one entry
    create_graph  results that can be differentiated again
    strict        raise GradientError where an input does not matter, instead of answering with zeros

    Returns (outputs, product); the product has the inputs' shapes and is a tuple if `inputs` is one.
    """
    with enable_grad():
        values = enter(inputs, create_graph)
        outputs = func(*values)
        several = results_of(func, outputs)
        seeds = directions(v, several, "the output")
        gradients = filled(pull(several, values, seeds, create_graph), values, strict, "vjp()")
    return leave(several, outputs, create_graph), leave(gradients, inputs, create_graph)


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """The function's outputs and Jv, the product of its Jacobian with a vector, by one forward pass of tangents.

    Arguments as in `vjp`, but `v` has the inputs' shapes. This is forward mode: see `autograd.functional.forward` for
    how each row's forward rule comes from its backward rule.

    Returns (outputs, product); the product has the outputs' shapes and is a tuple if the function returns one.
    """
    with enable_grad():
        values = enter(inputs, create_graph)
        vectors = directions(v, values, "the input")
        outputs = func(*values)
        several = results_of(func, outputs)
        tangents = filled(push(several, values, vectors, create_graph), several, strict, "jvp()")
    return leave(several, outputs, create_graph), leave(tangents, outputs, create_graph)


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """The function's value and vᵀH, the product of a vector with its Hessian, by two backward passes.

    The function returns one number. Arguments as in `vjp`, but `v` has the inputs' shapes.

    Returns (value, product).
    """
    with enable_grad():
        values = enter(inputs, create_graph)
        vectors = directions(v, values, "the input")
        value = scalar_of(func, func(*values))
        gradients = pull((value,), values, (None,), create_graph=True)
        gradients = filled(gradients, values, strict, "vhp(), gradient")
        product = filled(pull(gradients, values, vectors, create_graph), values, strict, "vhp()")
    return leave((value,), value, create_graph), leave(product, inputs, create_graph)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """The function's value and Hv, the product of its Hessian with a vector: tangents pushed through the gradient.

    Forward mode over one backward pass; equals `vhp`, since a Hessian is symmetric. Arguments and results as there.
    """
    with enable_grad():
        values = enter(inputs, create_graph)
        vectors = directions(v, values, "the input")
        value = scalar_of(func, func(*values))
        gradients = filled(pull((value,), values, (None,), create_graph=True), values, strict, "hvp(), gradient")
        tangents = filled(push(gradients, values, vectors, create_graph), values, strict, "hvp()")
    return leave((value,), value, create_graph), leave(tangents, inputs, create_graph)
