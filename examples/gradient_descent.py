"""S3.14: gradient descent by hand: fit w in y = w·x to the points (1, 2), (2, 4), (3, 6), (4, 8).

python examples/gradient_descent.py
"""

import autograd as torch
import viz

LEARNING_RATE = 0.005
ITERATIONS = 102


def main():
    X = torch.tensor([1.0, 2.0, 3.0, 4.0]).named("X")
    Y = torch.tensor([2.0, 4.0, 6.0, 8.0]).named("Y")
    W = torch.tensor(1.0, requires_grad=True).named("W")

    for epoch in range(ITERATIONS):
        loss = ((W * X - Y) ** 2).mean()
        loss.backward()
        if epoch == 0:
            picture = viz.draw(loss).save("out/gradient_descent.svg")
        with torch.no_grad():
            W -= LEARNING_RATE * W.grad
        W.grad.zero_()
        if epoch % 10 == 1:
            print(f"epoch {epoch}: w = {W.item():.3f}, loss = {loss.item():.8f}")
    print(f"picture of the first step: {picture}")


if __name__ == "__main__":
    main()
