"""What is folded in a player opens: fused gates to their composite, folds to their gates, with equal gradients."""

import html
import operator
import random
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_draw import random_graph
from test_player import data_of

import nn
import viz
from autograd import Value, scope, sigmoid, tanh, trace, walk
from nn import functional
from viz.gradients import Computed, Swept
from viz.player.inside import is_fused, open_gate


def opened(value):
    """The fused gates of a graph, opened."""
    graph = trace(value)
    gradients = Computed(graph)
    found = [
        open_gate(box.node.value, gradients, {}) for box in viz.draw(value, names=False).drawing.boxes if is_fused(box)
    ]
    return [each for each in found if each is not None]


def scenes(player):
    return data_of(player)["scenes"]


def sentences(player, number):
    """What is said in a scene."""
    templates = re.findall(r'<template id="scene-(\d+)">(.*?)</template>', player.html, re.S)
    text = {int(n): body for n, body in templates}[number]
    return [html.unescape(line) for line in re.findall(r"<li>(.*?)</li>", text)]


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
    assert all(box.difference < 1e-12 for box in boxes), [(box.value.name, box.difference) for box in boxes]


def test_modules_open_to_modules_and_those_to_gates():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Sequential(nn.Linear(3, 2), nn.ReLU()), nn.Linear(2, 1))
    loss = model(Value(np.ones((4, 2)), name="X")).sum().named("L")
    player = viz.play(loss, names=False, fold=True)
    outer = scenes(player)
    assert len(player.frames) < len(walk(loss))
    top = outer[0]["inside"]
    assert len(top) == 1
    first = outer[next(iter(top.values()))]
    assert len(first["inside"]) >= 1
    deepest = [scene for scene in outer if not scene["inside"]]
    assert deepest
    steps = {step.number: step for step in walk(loss)}
    told = [frame["f"] for frame in first["frames"] if frame["k"] == "backward" and "f" in frame]
    assert set(told) <= {step.formula for step in steps.values()}


def test_a_fold_keeps_the_numbers_of_the_whole_graph():
    """Each step inside says what the same step says in the graph that is not folded."""
    x = Value(0.5, name="x")
    with scope("block"):
        a = (x * 2).named("a")
        b = (a * x).named("b")
    loss = (a + b * b).named("L")
    whole = {frame.say for frame in viz.play(loss, names=False).frames}
    player = viz.play(loss, names=False, fold=True)
    (number,) = scenes(player)[0]["inside"].values()
    inside = sentences(player, number)
    assert {line for line in inside if line not in whole} == {
        "From outside arrives ∂L/∂a = 1.0.",
        "From outside arrives ∂L/∂b = 1.0.",
    }
    assert "∂L/∂x = upstream × local = 1.5 × 2.0 = 3.0" in " ".join(inside)


def test_no_grad_changes_by_opening():
    x = Value(2.0)
    y = sigmoid(x)
    y.backward()
    before = x.grad.data
    opened(y)
    assert x.grad.data == before


def test_what_cannot_be_run_again_stays_closed():
    x = Value(np.ones(3))
    y = functional.dropout(x, 0.5).sum()
    assert all(each.difference == 0 for each in opened(y))


def test_a_fold_with_several_results_opens(visit):
    x = Value(2.0, name="x")
    with scope("two results"):
        a, b = (x * 2).named("a"), (x * 3).named("b")
    player = viz.play((a.exp() + b).named("y"), names=False, fold=True)
    (number,) = scenes(player)[0]["inside"].values()
    told = sentences(player, number)
    assert "From outside arrives ∂y/∂b = 1.0." in told
    assert told[-2] == "x is used in 2 places, so its gradients add up: 3.0 + 109.196 = 112.196"
    seen = visit(player)
    seen.press("End", "ArrowLeft")
    seen.page.locator(".stage .opens").first.click()
    seen.page.locator(".stage:visible .opens, .player:not([hidden]) h1").first.wait_for()
    seen.press("e")
    assert seen.page.locator(".player:not([hidden]) h1").inner_text() == "y › two results"
    seen.press("End")
    assert seen.page.locator(".player:not([hidden]) .stage .later").count() == 0
    assert seen.quiet()


def test_many_boxes_open():
    x = Value(0.1, name="x")
    y = x
    for _ in range(30):
        y = sigmoid(y)
    inside = scenes(viz.play(y.named("y"), names=False))[0]["inside"]
    assert len(inside) == 30


@pytest.mark.parametrize("count", [100, 1_500])
def test_long_folds_open_and_open_further(count):
    """A fold of hundreds of gates opens to boxes, those to smaller ones, and in the end there are gates."""
    x = Value(0.5, name="x")
    y = x
    for _ in range(count):
        y = (y * 0.9 + 0.1).tanh()
    player = viz.play(y.named("y"), names=False)
    found = scenes(player)
    depth, scene = 0, found[0]
    while scene["inside"]:
        depth, scene = depth + 1, found[next(iter(scene["inside"].values()))]
    assert depth == (3 if count > 1000 else 2)
    steps = [frame for frame in scene["frames"] if frame["k"] == "forward"]
    assert {frame["f"].split(" ")[1] for frame in steps if " " in frame["f"]} == {"*", "+"}
    assert len(player.html) < 1_000_000


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
    assert len(player.html) < 1_000_000
    seen = visit(player)
    seen.press("End")
    assert seen.page.locator(".stage .later").count() == 0
    assert seen.quiet()


def test_what_comes_into_a_fold_from_outside_is_one_box_where_it_is_much():
    """Thirty weights that each of many boxes takes would be hundreds of wires."""
    rng = random.Random(0)
    weights = [Value(rng.gauss(0, 1), name=f"w{k}") for k in range(30)]
    y = Value(0.5, name="x")
    for _ in range(40):
        for w in weights:
            y = tanh(y * w + 0.5)
    player = viz.play(y.named("y"), names=False)
    (number,) = scenes(player)[0]["inside"].values()
    further = next(iter(scenes(player)[number]["inside"].values()))
    template = re.search(rf'<template id="scene-{further}">(.*?)</template>', player.html, re.S)[1]
    assert re.search(r"3\d values<.*from outside", template, re.S)
    assert len(player.html) < 1_000_000


def test_boxes_speak_russian_in_a_russian_player():
    x, w = Value(0.5, name="x"), Value(0.9, name="w")
    y = x
    for _ in range(100):
        y = (y * w + 0.1).tanh()
    player = viz.play(y.named("y"), names=False, lang="ru")
    text = re.sub(r"<(style|script)\b.*?</\1>", "", player.html, flags=re.S)
    assert "операций: 294" in text
    assert "проводов: 98, их градиенты складываются" in text
    assert "w используется в 100 местах" in text
    assert not re.search(r"operations|leaves|wires|from outside|are summed|arrived", text)


@given(st.integers(0, 10**6))
def test_a_sweep_that_nobody_watches_gives_the_same_gradients(seed):
    """Large graphs of plain numbers take it; its numbers are those of a watched sweep, to the last digit."""
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


def nested(seed):
    """A random graph in random scopes, of numbers or of small arrays."""
    rng = random.Random(seed)
    arrays = rng.random() < 0.5
    pool = [Value(np.array([rng.uniform(-1, 1)] * 2) if arrays else rng.uniform(-1, 1), name=f"x{i}") for i in range(3)]
    gates = [operator.add, operator.mul, lambda a, _: tanh(a), lambda a, _: sigmoid(a), lambda a, _: a * 0.5 + 1]

    def grow(count, depth):
        for _ in range(count):
            if depth < 3 and rng.random() < 0.3:
                with scope(rng.choice("AB")):
                    grow(rng.randint(1, 4), depth + 1)
            else:
                pool.append(rng.choice(gates)(rng.choice(pool[-6:]), rng.choice(pool)))

    grow(10, 0)
    root = pool[-1] + pool[-2] * pool[-3]
    return root.sum() if arrays else root


@given(st.integers(0, 10**6), st.booleans())
def test_in_every_scene_all_numbers_appear_once(seed, released):
    """Whatever is folded inside of what: a scene has no number that its steps do not bring, and none twice."""
    root = nested(seed)
    if released:
        root.backward()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("viz.player.scenes.Picture.lay_out", lambda pictures: None)
        patch.setattr("viz.player.player.page", lambda scenes, *_: scenes)
        found = viz.play(root, names=False, fold=True).html
    assert len(found) == 1 + sum(len(scene.inside) for scene in found)
    for scene in found:
        shown = [id for frame in scene.frames for id in frame.shown]
        wires = scene.picture.drawing.wires
        assert len(set(shown)) == len(shown)
        assert set(shown) >= {f"{wire.id}-gradient" for wire in wires if wire.gradient is not None}
        values = {f"{wire.id}-value" for wire in wires if wire.classes != "wire constant" and wire.value.hover}
        assert set(shown) >= values  # "4 values" is no number
        assert all(wire.gradient is None or wire.gradient.known for wire in wires)
