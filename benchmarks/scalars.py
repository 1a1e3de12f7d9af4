"""(c) Scalar graphs: a chain, eager and compiled, and a training step of micrograd's demo (two moons)."""

import gc
import itertools
import math
import random
import sys

from autograd import Value
from autograd.program import compile

from . import bench_scalar
from .harness import OURS, Table, measure
from .peers import missing, peer


def run(budget):
    """The chain and the demo."""
    return [*bench_scalar.run(budget), compiled_chain(budget), moons(budget)]


def compiled_chain(budget):
    """The chain of `bench_scalar` as one program."""
    operations = 3 * bench_scalar.LENGTH

    def links(x, shift):
        for _ in range(bench_scalar.LENGTH):
            x = (x * 0.999 + shift).relu()
        return x

    program = compile(links)
    x, shift = Value(0.5), Value(0.001)
    found = {f"{OURS} compiled": (lambda: program(x, shift).backward(), operations)}
    found[OURS] = (lambda: links(x, shift).backward(), operations)
    if peer("micrograd"):
        from micrograd.engine import Value as Micrograd

        found["micrograd"] = (lambda: links(Micrograd(0.5), Micrograd(0.001)).backward(), operations)
    case = measure("an operation, forward and backward", found, budget, ours=(f"{OURS} compiled", OURS))
    short = case.short("a scalar operation, forward and backward")
    return Table("Scalars, compiled: time an operation", [case], notes=missing("micrograd"), short=short)


class Perceptron:
    """micrograd's MLP 2 → 16 → 16 → 1 with ReLU, out of scalars of any kind."""

    def __init__(self, make, sizes=(2, 16, 16, 1)):
        draw = random.Random(1337)
        self.layers = [
            [[make(draw.uniform(-1, 1)) for _ in range(inputs + 1)] for _ in range(outputs)]
            for inputs, outputs in itertools.pairwise(sizes)
        ]
        self.parameters = [w for layer in self.layers for neuron in layer for w in neuron]

    def score(self, x, parameters=None):
        """The net's answer to one point."""
        given = iter(parameters if parameters is not None else self.parameters)
        for number, layer in enumerate(self.layers):
            outputs = []
            for neuron in layer:
                *weights, bias = [next(given) for _ in neuron]
                total = bias
                for w, entry in zip(weights, x, strict=True):
                    total = total + w * entry
                outputs.append(total if number == len(self.layers) - 1 else total.relu())
            x = outputs
        return x[0]

    def loss(self, points, labels, parameters=None):
        """Hinge loss of all points, with the demo's weight decay."""
        parameters = self.parameters if parameters is None else parameters
        hinge = [(1.0 - label * self.score(x, parameters)).relu() for x, label in zip(points, labels, strict=True)]
        decay = sum((p * p for p in parameters[1:]), parameters[0] * parameters[0])
        return sum(hinge[1:], hinge[0]) * (1.0 / len(hinge)) + decay * 1e-4


def two_moons(count):
    """Points on two half circles that interlock, and their labels ±1."""
    angles = [math.pi * i / (count // 2 - 1) for i in range(count // 2)]
    upper = [(math.cos(a), math.sin(a)) for a in angles]
    lower = [(1 - math.cos(a), 0.5 - math.sin(a)) for a in angles]
    return upper + lower, [1.0] * len(upper) + [-1.0] * len(lower)


def moons(budget):
    """One step of gradient descent on all points."""
    points, labels = two_moons(10 if budget.quick else 100)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 100_000))

    def stepper(make):
        net = Perceptron(make)

        def step():
            for p in net.parameters:
                p.grad = make(0.0).grad
            net.loss(points, labels).backward()
            for p in net.parameters:
                p.data -= 0.01 * float(getattr(p.grad, "data", p.grad))

        return step

    net = Perceptron(Value)
    program = compile(lambda *parameters: net.loss(points, labels, parameters))

    def compiled_step():
        for p in net.parameters:
            p.grad = None
        program(*net.parameters).backward()
        for p in net.parameters:
            p.data -= 0.01 * p.grad.data

    found = {OURS: stepper(Value), f"{OURS} compiled": compiled_step}
    if peer("micrograd"):
        from micrograd.engine import Value as Micrograd

        found["micrograd"] = stepper(Micrograd)
    gc.collect()
    case = measure(f"a step on {len(points)} points", found, budget, ours=(OURS, f"{OURS} compiled"))
    title = "micrograd's demo: a net 2 → 16 → 16 → 1 on two moons, scalar by scalar"
    return Table(title, [case], notes=missing("micrograd"), short=case.short("a step of micrograd's demo"))
