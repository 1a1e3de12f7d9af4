"""micrograd's README example, with one line changed: `from autograd import Value`.

python examples/micrograd_readme.py
"""

import viz
from autograd import Value


def main():
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    print(f"{g.data:.4f}")  # 24.7041, the outcome of this forward pass
    g.backward()
    print(f"{a.grad:.4f}")  # 138.8338, i.e. dg/da
    print(f"{b.grad:.4f}")  # 645.5773, i.e. dg/db
    print(f"picture: {viz.draw(g).save('out/micrograd_readme.svg')}")


if __name__ == "__main__":
    main()
