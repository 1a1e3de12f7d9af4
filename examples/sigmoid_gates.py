"""S3.10: the sigmoid as one gate, with slope σ(1 − σ), and as the four gates inside: the same gradient.

python examples/sigmoid_gates.py
"""

import viz
from autograd import Value, exp, sigmoid


def one_gate(x):
    return sigmoid(x)


def four_gates(x):
    return 1 / (1 + exp(-x))


def main():
    for name, function in {"one gate": one_gate, "four gates": four_gates}.items():
        x = Value(1.0, name="x")
        y = function(x)
        print(f"The sigmoid as {name}\n")
        viz.show_steps(y)
        y.backward()
        print(f"\nσ(1) = {y.item():.12f}, ∂σ/∂x = {x.grad.item():.12f}")
        path = f"out/sigmoid_{name.replace(' ', '_')}.svg"
        print(f"picture: {viz.draw(y).save(path)}\n")


if __name__ == "__main__":
    main()
