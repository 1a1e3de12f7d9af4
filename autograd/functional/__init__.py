"""Derivatives of functions: products with the Jacobian and the Hessian, and both whole.

Names as in `torch.autograd.functional`; functions made of functions, as JAX and `torch.func` have them, are in
`autograd.func`.
"""

from .matrices import hessian, jacobian
from .products import hvp, jvp, vhp, vjp

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
