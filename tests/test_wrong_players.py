"""Wrong engines as players: the broken pass above the right one, with the first wrong wire marked."""

import re

import numpy as np
import pytest
from test_player import data_of

import viz
from autograd import Value
from viz.wrong_engines import MISTAKES


def fan_out():
    a = Value(3.0, name="a")
    b = (a + a).named("b")
    return (b * b + b).named("c")


def stretched():
    x, b = Value(np.ones((2, 3)), name="x"), Value(np.ones(3), name="b")
    return (x * b).sum().named("s")


FIRST = {  # the step at which each goes wrong, and what it should have
    "overwrites": ("b now has ∂c/∂b = 6.0; what arrived there: 1.0, 6.0, 6.0.", "13.0"),
    "no order": ("b now has ∂c/∂b = 1.0; what arrived there: 1.0.", "13.0"),
    "no reset": ("v1 now has ∂c/∂v1 = 2.0; what arrived there: 1.0.", "1.0"),
    "set of inputs": ("b now has ∂c/∂b = 7.0; what arrived there: 1.0, 6.0.", "13.0"),
    "no broadcast sum": ("∂s/∂b: the gradient 2×3: all 1.0 goes on to b.", "[2.0, 2.0, 2.0]"),
}


def player_of(mistake, **options):
    return viz.play_wrong_engine(stretched() if mistake == "no broadcast sum" else fan_out(), mistake, False, **options)


def test_all_mistakes_are_played():
    assert set(FIRST) == {mistake.name for mistake in MISTAKES}


@pytest.mark.parametrize("mistake", FIRST)
def test_the_first_wrong_wire_is_marked(mistake):
    player = player_of(mistake)
    wrong = [frame for frame in player.frames if "✗" in frame.verdict]
    say, right = FIRST[mistake]
    assert (wrong[0].say, wrong[0].verdict) == (say, f"✗ here it goes wrong first: right is {right}")
    marked = [wire for wire in player.picture.drawing.wires if "wrong" in wire.classes]
    assert len(marked) == 1
    assert marked[0].id in wrong[0].lit
    assert "✗" in marked[0].gradient.note


@pytest.mark.parametrize("mistake", FIRST)
def test_the_right_engine_goes_along(mistake):
    scene = data_of(player_of(mistake))["scenes"][0]
    beside = scene["beside"]
    assert len(beside["at"]) == len(beside["say"]) == len(scene["frames"])
    assert all(0 <= at < len(beside["frames"]) for at in beside["at"])
    assert not any("✗" in frame.get("verdict", "") for frame in beside["frames"])
    forward = [frame["k"] for frame in scene["frames"] if frame["k"] in ("input", "forward", "start")]
    assert forward == [frame["k"] for frame in beside["frames"] if frame["k"] in ("input", "forward", "start")]


def test_without_harm_nothing_is_marked():
    player = viz.play_wrong_engine((Value(2.0, name="x") * 3).tanh().named("y"), "overwrites", False)
    assert not any("✗" in frame.verdict for frame in player.frames)
    assert not any("✗" in (wire.gradient.note if wire.gradient else "") for wire in player.picture.drawing.wires)


def test_no_grad_changes():
    x = Value(2.0, name="x")
    viz.play_wrong_engine(x * x, "overwrites")
    assert x.grad is None


def test_errors():
    with pytest.raises(viz.DrawingError, match="no mistake"):
        viz.play_wrong_engine(fan_out(), "sleepy")
    with pytest.raises(viz.DrawingError, match="no theme"):
        viz.play_wrong_engine(fan_out(), theme="neon")
    y = Value(1.0)
    for _ in range(100):
        y = y * 0.5
    with pytest.raises(viz.DrawingError, match="small graphs"):
        viz.play_wrong_engine(y)


def test_both_engines_on_one_page(visit):
    seen = visit(player_of("overwrites"))
    assert seen.page.locator(".stage").count() == 2
    assert seen.text(".say").startswith("The backward pass begins at the end")
    seen.press(*["ArrowRight"] * 5)
    assert seen.text(".say") == FIRST["overwrites"][0]
    assert seen.text(".right-say") == "✓ b is used in 3 places, so its gradients add up: 1.0 + 6.0 + 6.0 = 13.0"
    shown = [seen.page.locator(".stage").nth(k).locator("text", has_text="[1.0, 6.0, 6.0]") for k in range(2)]
    assert [re.match(r"\S+", each.text_content())[0] for each in shown] == ["6.0", "13.0"]
    assert all(each.is_visible() for each in shown)
    assert seen.page.locator(".stage text", has_text="✗ right is 13.0").is_visible()
    seen.press("End")
    assert seen.text(".say") == "a now has ∂c/∂a = 6.0; what arrived there: 6.0, 6.0."
    assert seen.page.locator(".stage .later").count() == 0
    assert seen.quiet()


def test_in_russian(visit):
    seen = visit(player_of("no order", lang="ru", theme="dark"))
    assert "идёт дальше" in seen.text("h1")
    seen.press("End")
    assert "Теперь у a" in seen.text(".say")
    assert seen.quiet()
