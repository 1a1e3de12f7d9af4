"""autograd: an engine for gradients that can be looked at."""

from . import ops
from .backward import grad
from .graph import Graph, trace
from .mode import enable_grad, is_grad_enabled, no_grad, scope, set_grad_enabled
from .operation import TABLE, operation, pointwise
from .value import Value
from .walk import Step, Walk, walk
