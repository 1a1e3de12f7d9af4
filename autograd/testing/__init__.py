"""Checks of gradients, for the functions and operations of users as for our own.

Needs nothing but NumPy, except for `autograd.testing.strategies`, which draws with Hypothesis.
"""

from .gates import Verdict, check_gates
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .operations import check_operation

__all__ = ["GradcheckError", "Verdict", "check_gates", "check_operation", "gradcheck", "gradgradcheck"]
