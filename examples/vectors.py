"""S3.11: backpropagation through vectors and matrices: shapes at each step, local Jacobians, vector-Jacobian products.

python examples/vectors.py
"""

import numpy as np

import viz
from autograd import Value, jacobian, relu


def main():
    W = Value(np.array([[0.1, 0.5], [-0.3, 0.8]]), name="W")
    x = Value(np.array([0.2, 0.4]), name="x")
    q = (W @ x).named("q")
    h = relu(q).named("h")
    f = (h * h).sum().named("f")

    viz.show_steps(f)
    f.backward()

    print("\nThe same as products with local Jacobians, from the right:")
    df_dh = jacobian(lambda h: (h * h).sum(), h.detach()).data
    dh_dq = jacobian(relu, q.detach()).data
    dq_dx = jacobian(lambda x: W.detach() @ x, x.detach()).data
    for text, array in {"∂f/∂h": df_dh, "∂h/∂q": dh_dq, "∂q/∂x": dq_dx, "∂f/∂x": df_dh @ dh_dq @ dq_dx}.items():
        print(f"{text}  shape {array.shape}\n{array}")
    print(f"x.grad by backpropagation: {x.grad.data}")
    print(f"W.grad, the outer product of ∂f/∂q and x:\n{W.grad.data}")
    print(f"picture: {viz.draw(f).save('out/vectors.svg')}")


if __name__ == "__main__":
    main()
