"""Property-test your gradients: three lines make a test, and a wrong rule is pointed at by name.

    pytest examples/property_test_your_gradients.py     the tests below
    python examples/property_test_your_gradients.py     what the checkers say of a mistake

The page docs/property-test-your-gradients.md goes through it.
"""

import numpy as np

import autograd
from autograd import Function, Value, pointwise
from autograd.testing import GradcheckError, check_gates, check_operation, gradcheck
from autograd.testing.strategies import gradients_hold, values

# -- a function of one's own, and its test ------------------------------------------------------------------------


def focal_loss(score, target, gamma=2.0):
    """-(1 - p)^γ ln p of the probability p that the score gives to the target (Lin et al., ICCV 2017)."""
    p = autograd.sigmoid(score * (2.0 * target - 1.0))
    return (-((1.0 - p) ** gamma) * autograd.log(p)).mean()


@gradients_hold(values((4,)))
def test_focal_loss(score):
    return focal_loss(score, np.array([0.0, 1.0, 1.0, 0.0]))


# -- an operation of one's own, as a row ----------------------------------------------------------------------------

squareplus = pointwise(
    "squareplus",
    lambda x: 0.5 * (x + np.sqrt(x * x + 4.0)),
    lambda g, y, x: g * 0.5 * (1.0 + x / autograd.sqrt(x * x + 4.0)),
    text="(x + sqrt(x² + 4)) / 2",
    latex=r"\tfrac12 \bigl(x + \sqrt{x^2 + 4}\bigr)",
    slopes=("(1 + x / sqrt(x² + 4)) / 2",),
)


def test_squareplus():
    assert check_operation(squareplus)


# -- and one as a Function, with a mistake ---------------------------------------------------------------------------


class Cube(Function):
    """x³; its gradient lacks a factor."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * 2 * x * x


def model(x, w):
    """A small program with the mistake somewhere in the middle."""
    return autograd.tanh(Cube.apply(w @ x) + autograd.relu(x).sum()).sum()


def main():
    x, w = Value(np.array([0.5, 0.0, 1.0]), name="x"), Value(np.array([[0.2, -0.4, 0.1], [1.1, 0.3, -0.9]]), name="w")
    print("gradcheck of the whole:")
    try:
        gradcheck(model, (x, w))
    except GradcheckError as error:
        print(error)
    print("\na verdict on every gate:")
    for verdict in check_gates(model(x, w)):
        print(f"  {verdict}")
    test_focal_loss()
    test_squareplus()
    print("\nfocal_loss and squareplus: all properties hold")


if __name__ == "__main__":
    main()
