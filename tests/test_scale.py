"""Long chains, wide fan-outs and many steps: no recursion, nothing that outlives its graph."""

import gc
import weakref

import numpy as np
import pytest

from autograd import TABLE, Value, trace, walk

MILLION = 1_000_000


def test_a_chain_of_a_million_operations():
    x = Value(1.0)
    y = x
    for _ in range(MILLION // 2):
        y = y * 1.0 + 0.0
    graph = trace(y)
    assert len(graph) == MILLION + 1
    assert repr(y).startswith("Value(1.0")
    y.backward()
    assert x.grad.item() == 1
    seen = weakref.ref(y)
    del graph, y
    assert seen() is None


def test_doubling_fan_out_stays_linear():
    x = Value(1.0)
    y = x
    for _ in range(200):
        y = y + y
    graph = trace(y)
    assert len(graph) == 201
    y.backward()
    assert x.grad.item() == 2.0**200


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("make", [lambda: Value(0.5), lambda: Value(np.full((8, 8), 0.5))], ids=["scalar", "array"])
def test_graphs_go_without_the_garbage_collector(no_collector, make):
    w = make()

    def step():
        h = w * 2 + w
        h.retain_grad()
        loss = TABLE["sum"](h * h)
        loss.backward()
        w.grad = None
        return weakref.ref(h), weakref.ref(loss)

    for seen in step():
        assert seen() is None
    before = len(gc.get_objects())
    for _ in range(10_000 if isinstance(w.data, float) else 500):
        step()
    assert len(gc.get_objects()) - before < 50
    assert gc.collect() == 0


def test_a_wide_fan_out():
    x = Value(1.0)
    total = Value(0.0, requires_grad=False)
    for k in range(10_000):
        total = total + x * float(k % 3)
    total.backward()
    assert x.grad.item() == sum(k % 3 for k in range(10_000))


def test_walking_twenty_thousand_operations():
    x = Value(1.0)
    y = x
    for _ in range(10_000):
        y = y * 1.0 + 0.0
    steps = walk(y)
    assert len(steps.forward) == 20_001
    assert len(steps.backward) == 20_002
    assert steps[-1].result == 1
