"""S3.8: backpropagation by hand on f = 1/(1 + e^−(w0·x0 + w1·x1 + w2)), the circuit of the lecture.

python examples/circuit.py
"""

import viz
from autograd import Value, exp


def main():
    w0, x0, w1, x1, w2 = Value(2.0), Value(-1.0), Value(-3.0), Value(-2.0), Value(-3.0)
    f = 1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))

    viz.show_steps(f)

    f.backward()
    picture = viz.draw(f)
    written = [picture.save(f"out/circuit.{suffix}") for suffix in ("svg", "png", "dot")]
    print("The picture of it:", ", ".join(map(str, written)))


if __name__ == "__main__":
    main()
