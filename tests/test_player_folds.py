"""What is folded in a player opens: fused gates to their composite, folds to their gates, with equal gradients."""

import numpy as np
import pytest
from browser import Visit, browser
from hypothesis import given
from hypothesis import strategies as st
from test_draw import random_graph

import nn
import viz
from autograd import Value, scope, sigmoid, trace, walk
from nn import functional
from viz.gradients import Computed, Swept
from viz.player.inside import insides


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


@pytest.fixture
def visit(chromium, tmp_path):
    opened = []

    def open_page(player):
        opened.append(Visit(chromium, player.save(tmp_path / f"player{len(opened)}.html")))
        return opened[-1]

    yield open_page
    for each in opened:
        each.page.close()


def opened(value, **options):
    """The boxes that can be opened in a drawing of `value`."""
    graph = trace(value)
    drawing = viz.draw(value, backward=True, names=False, **options).drawing
    return insides(graph, drawing, None, {})


def fused_gates():
    rng = np.random.default_rng(1)
    x, w, b = (Value(rng.normal(size=s)) for s in ((3, 2), (2, 2), (2,)))
    target = np.array([0, 1, 1])
    yield sigmoid(x).sum()
    yield functional.linear(x, w, b).sum()
    yield functional.cross_entropy(functional.linear(x, w, b), target)
    yield functional.softmax(x, dim=-1)[0, 0]
    yield functional.gelu(x).sum()
    yield functional.mse_loss(sigmoid(x), np.zeros((3, 2)))
    yield sigmoid(Value(0.0))


def test_gradients_outside_are_equal():
    boxes = [box for value in fused_gates() for box in opened(value)]
    assert len(boxes) >= 8
    assert all(box.difference < 1e-12 for box in boxes), [(box.title, box.difference) for box in boxes]


def test_a_module_opens_to_its_gates():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    loss = model(Value(np.ones((4, 2)))).sum()
    (box,) = opened(loss, depth=1)
    assert [step.node.op.name for step in walk(box.value, box.upstream).forward if step.kind == "forward"] == [
        "linear", "tanh", "linear",
    ]  # fmt: skip
    assert box.difference == 0


def test_no_grad_changes_by_opening():
    x = Value(2.0)
    y = sigmoid(x)
    y.backward()
    before = x.grad.data
    opened(y)
    assert x.grad.data == before


def test_what_cannot_be_run_again_stays_closed():
    x = Value(np.ones(3))
    with scope("two results"):
        a, b = x * 2, x * 3
    assert opened((a.exp() + b.exp()).sum(), depth=1) == []


def test_a_fused_gate_opens_and_closes(visit):
    x = Value(1.0, name="x")
    seen = visit(viz.play(sigmoid(x).named("f"), names=False))
    seen.press("ArrowRight")
    assert seen.text(".say").startswith("f = ")
    seen.press("e")
    top = seen.page.locator(".player:not([hidden])")
    assert top.count() == 1
    assert top.locator("h1").inner_text() == "f › sigmoid"
    assert "differ by 2.8e-17." in top.locator(".note").inner_text()
    seen.press("End")
    assert top.locator(".say").inner_text() == "The gradient of x is there: ∂f/∂x = 0.196612."
    seen.press("Escape")
    assert top.locator("h1").inner_text() == "f"
    assert top.locator(".count").inner_text() == "step 2 of 5"
    top.locator(".opener").click()
    top.locator("[data-do=back]").click()
    seen.press("End")
    assert top.locator(".say").inner_text() == "The gradient of x is there: ∂f/∂x = 0.196612."
    assert seen.quiet()


def test_a_folded_chain_is_one_step(visit):
    x = Value(0.5, name="x")
    y = x
    for _ in range(100):
        y = (y * 0.9 + 0.1).tanh()
    player = viz.play(y.named("y"), names=False)
    assert len(player.frames) < 25
    seen = visit(player)
    seen.press("/")
    seen.page.keyboard.type("98 × ")
    seen.press("Enter")
    assert seen.text(".say") == "98 × (* + tanh) (294 operations) gives 0.5016."
    seen.press("End")
    assert seen.page.locator(".stage .later").count() == 0
    assert seen.quiet()


@pytest.mark.parametrize("count", [200, 20_000])
def test_large_graphs_open_folded(visit, count):
    x = Value(1e-9, name="x")
    y = x
    for _ in range(count):
        y = y + x if count > 1000 else y + y
    player = viz.play(y.named("y"), names=False)
    assert len(player.frames) < 40
    assert len(player.html) < 200_000
    seen = visit(player)
    seen.press("End")
    assert seen.page.locator(".stage .later").count() == 0
    assert seen.quiet()


@given(st.integers(0, 10**6))
def test_a_sweep_that_nobody_watches_gives_the_same_gradients(seed):
    """Large graphs of plain numbers take it; the numbers on the wires are those of a watched sweep, to the last digit."""
    root, _ = random_graph(seed, size=30)
    graph = trace(root)
    watched, swept = Computed(graph), Swept(graph)
    for value in graph.values:
        assert swept.total(value) == watched.total(value)
        assert swept.arrived(value) == watched.arrived(value)
        for position, x in enumerate(value.inputs):
            if isinstance(x, Value):
                assert swept.part(value, position) == watched.part(value, position)
    assert all(value.grad is None for value in graph.values)
