"""S3.9: where a value feeds several gates, gradients add up; and what each kind of gate does to a gradient.

python examples/fan_out.py
"""

import viz
from autograd import Value, maximum


def gates():
    """Add distributes, multiply swaps, max routes, copy adds."""
    x, y, z, w = Value(3.0, name="x"), Value(-4.0, name="y"), Value(2.0, name="z"), Value(-1.0, name="w")
    return (x * y + maximum(z, w)) * 2


def fan_out():
    """x is used three times: a copy node takes the three gradients and passes on their sum."""
    x = Value(3.0, name="x")
    return x * x + x


def main():
    for name, make in {"gates": gates, "fan_out": fan_out}.items():
        value = make()
        print(f"{name}: {make.__doc__}\n")
        viz.show_steps(value)
        value.backward()
        print(f"\npicture: {viz.draw(value).save(f'out/{name}.svg')}\n")


if __name__ == "__main__":
    main()
