"""S3.13: gradients accumulate; a graph is used once, unless it is retained; results keep no gradient unless asked.

python examples/accumulation.py
"""

import autograd as torch
import viz
from autograd.errors import FreedGraphError


def main():
    X = torch.tensor([1.0, 2.0, 3.0, 4.0]).named("X")
    Y = torch.tensor([2.0, 4.0, 6.0, 8.0]).named("Y")
    W = torch.tensor(1.0, requires_grad=True).named("W")

    product = W * X
    E = product - Y
    E.retain_grad()
    loss = (E**2).mean()
    print(f"MSE = {loss.item()}")

    for number in (1, 2):
        loss.backward(retain_graph=True)
        print(f"backward {number}: W.grad = {W.grad.item()}, E.grad = {E.grad.tolist()}, product.grad = {product.grad}")

    W.grad.zero_()
    loss.backward()
    print(f"W.grad.zero_(), backward 3: W.grad = {W.grad.item()}, E.grad = {E.grad.tolist()}")

    try:
        loss.backward()
    except FreedGraphError as error:
        print(f"backward 4: {error}")
    print(f"picture: {viz.draw(loss).save('out/accumulation.svg')}")


if __name__ == "__main__":
    main()
