"""Graphs that tests of pictures draw: each function gives a root and {name: Value}."""

import numpy as np

from autograd import Value, exp, scope, tanh


def circuit():
    w0, x0, w1, x1, w2 = (Value(v) for v in (2.0, -1.0, -3.0, -2.0, -3.0))
    f = 1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))
    return f, {"w0": w0, "x0": x0, "w1": w1, "x1": x1, "w2": w2, "f": f}


def fan_out():
    x, y = Value(3.0), Value(-4.0)
    q = x * y
    z = q * x + x + q
    return z, {"x": x, "y": y, "q": q, "z": z}


def square():
    x = Value(3.0)
    y = x * x
    return y, {"x": x, "y": y}


def differences():
    a, b = Value(1.0), Value(2.0)
    z = (a - b) / (b - a)
    return z, {"a": a, "b": b, "z": z}


def matrices():
    X = Value(np.arange(30.0).reshape(5, 6) / 10, requires_grad=False)
    W, b = Value(np.linspace(-1, 1, 12).reshape(6, 2)), Value([0.5, -0.5])
    h = tanh(X @ W + b)
    loss = (h * h).mean()
    return loss, {"X": X, "W": W, "b": b, "h": h, "loss": loss}


def small_matrices():
    W, x = Value([[1.0, 2.0], [3.0, -4.0]]), Value([[0.5], [-0.125]])
    loss = (W @ x).sum()
    return loss, {"W": W, "x": x, "loss": loss}


def scopes():
    x, w, v = Value(0.5), Value(2.0), Value(-1.0)
    with scope("net"):
        with scope("hidden"):
            h = tanh(w * x + 1)
        with scope("output"):
            y = v * h - 0.5
    loss = y**2
    return loss, {"x": x, "w": w, "v": v, "h": h, "loss": loss}


def chain():
    x, w = Value(1.0), Value(0.9)
    y = x
    for _ in range(300):
        y = tanh(y * w)
    return y, {"x": x, "w": w, "y": y}


def weird():
    names = ('a"b', "c<d>&amp;", "e\\n\\N", "two\nlines", "Ωжあ🙂", "</script><b>", "{|}", "\x00\x07\x7f", " ")
    values = [Value(float(i), name=name) for i, name in enumerate(names)]
    total = values[0]
    for value in values[1:]:
        total = total + value
    with scope('sc<"&\\'):
        total = total * 2
    return total.named('out "<&>\\'), {}


def gates_that_fan_out():
    x, w = Value(0.5), Value(2.0)
    h = tanh(w * x + x)
    k = exp(h * w)
    y = h * 2 + h * k + k
    return y, {"x": x, "w": w, "h": h, "k": k, "y": y}


GRAPHS = (circuit, fan_out, square, differences, matrices, small_matrices, scopes, chain, weird, gates_that_fan_out)
