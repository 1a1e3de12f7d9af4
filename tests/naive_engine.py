"""A second engine, to hold the first against: as short and plain as can be, sharing no line with it.

A node is an array and its parents, each with a function from its gradient to the parent's. Backward is a recursion that
adds.
"""

import numpy as np


class Node:
    def __init__(self, data, *parents):
        self.data, self.parents, self.grad = np.asarray(data, float), parents, 0.0


def backward(root, upstream):
    order, seen = [], set()

    def visit(node):
        if id(node) not in seen:
            seen.add(id(node))
            for parent, _ in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    root.grad = root.grad + upstream
    for node in reversed(order):
        for parent, pull in node.parents:
            parent.grad = parent.grad + shrink(pull(node.grad), parent.data.shape)
        if node.parents:
            node.grad = 0.0


def shrink(g, shape):
    """Undo broadcasting."""
    while np.ndim(g) > len(shape):
        g = np.sum(g, axis=0)
    for axis, side in enumerate(shape):
        if side == 1:
            g = np.sum(g, axis=axis, keepdims=True)
    return g


def sum_(x, dim=None, keepdim=False):
    back = lambda g: (g if keepdim or dim is None else np.expand_dims(g, dim)) * np.ones(x.data.shape)
    return Node(np.sum(x.data, axis=dim, keepdims=keepdim), (x, back))


def mean(x, dim=None, keepdim=False):
    total = sum_(x, dim, keepdim)
    count = x.data.size / max(total.data.size, 1)
    return Node(total.data / count, (total, lambda g: g / count))


def matmul(a, b):
    A = a.data if a.data.ndim > 1 else a.data[None, :]
    B = b.data if b.data.ndim > 1 else b.data[:, None]
    full = np.matmul(A, B).shape
    left = lambda g: shrink(np.matmul(np.reshape(g, full), np.swapaxes(B, -1, -2)), A.shape).reshape(a.data.shape)
    right = lambda g: shrink(np.matmul(np.swapaxes(A, -1, -2), np.reshape(g, full)), B.shape).reshape(b.data.shape)
    return Node(np.matmul(a.data, b.data), (a, left), (b, right))


def split(a, b):
    """Who gets the gradient of a maximum: a's share."""
    return np.where(a == b, 0.5, np.where(a > b, 1.0, 0.0))


def unary(f, slope):
    return lambda x: Node(f(x.data), (x, lambda g: g * slope(x.data)))


def binary(f, left, right):
    def apply(a, b):
        pulls = (a, lambda g: g * left(a.data, b.data)), (b, lambda g: g * right(a.data, b.data))
        return Node(f(a.data, b.data), *pulls)

    return apply


FUNCTIONS = {
    "add": binary(np.add, lambda a, b: 1.0, lambda a, b: 1.0),
    "sub": binary(np.subtract, lambda a, b: 1.0, lambda a, b: -1.0),
    "mul": binary(np.multiply, lambda a, b: b, lambda a, b: a),
    "div": binary(np.divide, lambda a, b: 1 / b, lambda a, b: -a / b**2),
    "maximum": binary(np.maximum, split, lambda a, b: split(b, a)),
    "minimum": binary(np.minimum, lambda a, b: split(b, a), split),
    "neg": unary(np.negative, lambda x: -1.0),
    "exp": unary(np.exp, np.exp),
    "tanh": unary(np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "sin": unary(np.sin, np.cos),
    "square": unary(np.square, lambda x: 2 * x),
    "abs": unary(np.abs, np.sign),
    "relu": unary(lambda x: np.maximum(x, 0), lambda x: 1.0 * (x > 0)),
    "sum": sum_,
    "mean": mean,
    "reshape": lambda x, shape: Node(x.data.reshape(shape), (x, lambda g: np.reshape(g, x.data.shape))),
    "transpose": lambda x, dim0, dim1: Node(
        x.data.swapaxes(dim0, dim1) if x.data.ndim else x.data,
        (x, lambda g: g.swapaxes(dim0, dim1) if x.data.ndim else g),
    ),
    "matmul": matmul,
}
FUNCTIONS |= {f"{name}_": FUNCTIONS[name] for name in ("add", "sub", "mul", "neg", "tanh")}
