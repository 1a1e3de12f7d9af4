"""The player, in a real browser: right numbers on screen after each key, nothing fetched, nothing complained of."""

import json
import re

import numpy as np
import pictured_graphs
import pytest
from browser import Visit
from own_functions import WrongCube

import viz
from autograd import Value, exp, relu
from viz.player import play


def circuit():
    w0, x0, w1, x1, w2 = (
        Value(v, name=n) for n, v in zip(("w0", "x0", "w1", "x1", "w2"), (2.0, -1.0, -3.0, -2.0, -3.0), strict=True)
    )
    return (1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))).named("f")


def network():
    X, W, V = (Value(np.linspace(-1, 1, rows * columns).reshape(rows, columns), name=name)
               for name, rows, columns in (("X", 3, 2), ("W", 2, 4), ("V", 4, 1)))  # fmt: skip
    return (((X @ W).tanh() @ V) ** 2).mean().named("L")


# -- what is in the page --------------------------------------------------------------------------------------------


def data_of(player):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', player.html, re.S)[1])


def test_every_number_is_the_engines():
    player = play(circuit())
    frames = data_of(player)["scenes"][0]["frames"]
    assert len(frames) == len(player.walk)
    for frame, step in zip(frames, player.walk, strict=True):
        assert float(frame["r"][1]) == step.result
        if step.kind == "backward":
            assert [float(text) for _, text in frame["factors"]] == [step.upstream, step.local, step.downstream]


def test_every_wire_of_the_circuit_agrees_with_differences():
    verdicts = [
        frame["verdict"] for frame in data_of(play(circuit()))["scenes"][0]["frames"] if frame["k"] == "backward"
    ]
    assert len(verdicts) == 12
    assert all(verdict.startswith("✓") for verdict in verdicts)


def test_a_kink_is_called_one():
    verdicts = [
        f.get("verdict") for f in data_of(play(relu(Value(0.0))))["scenes"][0]["frames"] if f["k"] == "backward"
    ]
    assert verdicts == ["kink here: no derivative, the rule chose this value"]


@pytest.mark.parametrize("graph", pictured_graphs.GRAPHS)
def test_every_number_appears_at_its_step(graph):
    """All numbers of the drawing appear, each once: values going forward, gradients going backward."""
    player = play(graph()[0], names=False)
    shown = [(frame.kind in ("input", "forward"), id) for frame in player.frames for id in frame.shown]
    assert len(set(shown)) == len(shown)
    assert all(id.endswith("-value") == forward for forward, id in shown)
    wires = player.picture.drawing.wires
    gradients = {f"{wire.id}-gradient" for wire in wires if wire.gradient is not None}
    values = {f"{wire.id}-value" for wire in wires if wire.classes != "wire constant"}
    assert {id for forward, id in shown if not forward} == gradients
    assert {id for forward, id in shown if forward} >= values


def test_nothing_may_be_fetched():
    html = play(circuit()).html
    assert "default-src 'none'" in html
    assert not re.search(r'(src|href)="(?!data:|#)', html.partition("<script")[0].replace("xlink:", ""))


def test_errors():
    with pytest.raises(ValueError, match="en and ru"):
        play(circuit(), lang="fr")
    with pytest.raises(viz.DrawingError, match="no theme"):
        play(circuit(), theme="neon")


def test_entries_tell_their_own_sums():
    X, W = Value(np.array([[1.0, 2.0], [0.0, -3.0]]), name="X"), Value(np.array([[0.5], [-1.0]]), name="W")
    player = play(((X @ W) * Value(2.0, name="a")).sum().named("y"), names=False)
    frames = data_of(player)["scenes"][0]["frames"]

    def sums(number):
        return number[2:] if not isinstance(number[1], list) else [e[2] for row in number[1] for e in row if len(e) > 2]

    forward = {frame["f"]: frame["r"] for frame in frames if frame["k"] == "forward"}
    assert sums(forward["X @ W"]) == ["1.0·0.5 + 2.0·(−1.0) = −1.5", "0.0·0.5 + (−3.0)·(−1.0) = 3.0"]
    assert sums(forward["v1 * a"]) == ["−1.5 * 2.0 = −3.0", "3.0 * 2.0 = 6.0"]
    assert forward["sum(v2)"][2] == "−3.0 + 6.0 = 3.0"
    told = [text for frame in frames if frame["k"] == "backward" for text in sums(frame["factors"][2])]
    assert "2.0·2.0 + 2.0·(−3.0) = −2.0" in told  # an entry of W's gradient
    assert "2.0·0.5 = 1.0" in told  # of X's
    assert "1.0·(−1.5) + 1.0·3.0 = 1.5" in told  # of a's, which was stretched


# -- what it does ---------------------------------------------------------------------------------------------------


def test_steps_through_the_circuit(visit):
    seen = visit(play(circuit()))
    assert seen.text(".count") == "step 1 of 31"
    hidden = seen.page.locator(".stage .later")
    assert hidden.count() > 20
    seen.press(*["ArrowRight"] * 5)
    assert seen.text(".say") == "v1 = w0 * x0 = 2.0 * (-1.0) = -2.0"
    seen.press("End", "Home", "ArrowLeft")
    assert seen.text(".count") == "step 1 of 31"
    seen.press("End")
    assert hidden.count() == 0
    seen.press(*["ArrowLeft"] * 5)
    assert seen.text(".say") == "∂f/∂x0 = upstream × local = 0.196612 × 2.0 = 0.393224"
    assert [figure.inner_text().split("\n")[0] for figure in seen.page.locator(".factors figure").all()] == [
        "0.196612", "2.0", "0.393224",
    ]  # fmt: skip
    assert seen.page.locator(".factors .downstream span").get_attribute("title") == "0.39322386648296376"
    assert seen.quiet()


def test_steps_by_gates(visit):
    seen = visit(play(circuit(), start=12))
    assert seen.text(".say").startswith("f = 1 / v7")
    seen.press("Shift+ArrowRight")
    assert seen.text(".pass") == "backward"
    seen.press("Shift+ArrowRight")
    assert seen.text(".say").startswith("∂f/∂v7")
    seen.press("Shift+ArrowLeft", "Shift+ArrowLeft")
    assert seen.text(".say").startswith("f = 1 / v7")
    assert seen.quiet()


def test_copies_say_what_has_arrived(visit):
    x = Value(3.0, name="x")
    seen = visit(play((x * x + x).named("y")))
    seen.press("End", "ArrowLeft")
    assert seen.text(".say") == "x is used in 3 places, so its gradients add up: 1.0 + 3.0 + 3.0 = 7.0"
    assert seen.text(".badge") == "copy adds"
    seen.press("ArrowLeft", "ArrowLeft")
    assert "2 of 3 gradients have arrived at x." in seen.text(".say")


def test_of_many_gradients_that_arrive_a_few_are_written_out(visit):
    x = Value(2.0, name="x")
    y = x
    for _ in range(29):
        y = y + x
    player = play(y.named("y"), names=False)
    seen = visit(player)
    seen.press("End", "ArrowLeft")
    told = "x is used in 30 places, so its gradients add up: 1.0 + 1.0 + 1.0 + … (26) … + 1.0 = 30.0"
    assert seen.text(".say") == told
    line = " ".join(seen.page.locator(".more .factors").inner_text().split())
    assert line == "arrived so far (30 of 30): 1.0 + 1.0 + 1.0 + … + 1.0 = 30.0"
    assert seen.quiet()


def test_matrices_are_shown_in_full_and_axes_named(visit):
    x, b = Value(np.array([[1.0, 2.0], [3.0, 4.0]]), name="x"), Value(np.zeros(2), name="b")
    seen = visit(play((x + b).sum().named("s")))
    seen.press("End", "ArrowLeft", "ArrowLeft")
    assert "Summed over axis 0, along which b was stretched." in seen.text(".say")
    assert seen.page.locator(".factors .downstream td").all_inner_texts() == ["2.0", "2.0"]
    assert seen.quiet()


def test_predicting(visit):
    seen = visit(play(circuit()))
    seen.press(*["ArrowRight"] * 5, "p")
    assert seen.text(".say") == "v1 = w0 * x0 = 2.0 * (-1.0) = ?"
    wire = seen.page.locator('[id$="-e4-value"] text')
    assert not wire.is_visible()
    seen.page.fill(".guess input", "-2")
    seen.page.click(".guess button")
    assert seen.text(".score") == "right: 1 / 1"
    assert wire.is_visible()
    seen.press("ArrowRight")
    seen.page.fill(".guess input", "5")
    seen.page.click(".guess button")
    assert seen.text(".more .say") == "✗ not quite: it is 6.0"
    assert seen.text(".score") == "right: 1 / 2"
    assert seen.quiet()


def test_finding_and_gates_by_keyboard(visit):
    seen = visit(play(circuit()))
    seen.press("/")
    seen.page.keyboard.type("exp(")
    seen.press("Enter")
    assert seen.text(".say").startswith("v6 = exp(v5)")
    seen.press("Escape")
    gate = seen.page.locator('.stage g[role="button"]').first
    gate.focus()
    seen.press("Enter")
    assert seen.text(".say").startswith("v1 = ")
    assert seen.quiet()


def test_themes_playing_and_help(visit):
    seen = visit(play(circuit(), theme="dark"))
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"
    seen.page.select_option("[name=theme]", "okabe-ito")
    color = "getComputedStyle(document.querySelector('.number-value text')).fill"
    assert seen.page.evaluate(color) == "rgb(0, 114, 178)"
    seen.press("f", "?")
    assert "shift" in seen.text(".keys")
    seen.press("]", "]", "]", " ")
    seen.page.locator(".count", has_text=re.compile(r"step [3-9] ")).wait_for()
    seen.press(" ")
    assert seen.quiet()


def test_labels_are_text(visit):
    nasty = "</script><b>\"'&"
    x = Value(2.0, name=nasty)
    seen = visit(play((x * x).named("y")))
    assert seen.text(".say") == f"{nasty} is 2.0."
    assert seen.page.locator(".stage b, .told b").count() == 0
    assert nasty in seen.page.locator(".stage svg").text_content()
    assert seen.quiet()


def test_the_place_is_in_the_address(visit):
    seen = visit(play(circuit()))
    seen.press("ArrowRight", "ArrowRight")
    seen.page.wait_for_url("**/*#step=3")
    seen.page.evaluate("location.hash = '#step=31'")
    seen.page.locator(".count", has_text="step 31 of 31").wait_for()


def test_without_script_it_is_a_picture_with_a_text(chromium, tmp_path):
    path = play(circuit()).save(tmp_path / "player.html")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator(".stage svg text", has_text="0.7311").is_visible()
    assert page.locator("details.steps").is_visible()
    assert not page.locator(".controls").is_visible()
    context.close()


def test_two_players_on_one_page(chromium, tmp_path):
    frames = [play(circuit())._repr_mimebundle_()["text/html"] for _ in range(2)]
    path = tmp_path / "two.html"
    path.write_text("<meta charset=utf-8>" + "".join(frames), encoding="utf-8")
    seen = Visit(chromium, path)
    first, second = (seen.page.frame_locator("iframe").nth(i) for i in range(2))
    first.locator("[data-do=next]").click()
    assert first.locator(".count").inner_text() == "step 2 of 31"
    assert second.locator(".count").inner_text() == "step 1 of 31"
    assert seen.messages == []
    seen.page.close()


def test_pointing_at_an_entry_writes_its_sum(visit):
    X, W = Value(np.array([[1.0, 2.0], [0.0, -3.0]]), name="X"), Value(np.array([[0.5], [-1.0]]), name="W")
    seen = visit(play((X @ W).named("y"), gradient=np.array([[1.0], [10.0]])))
    seen.press("ArrowRight", "ArrowRight")
    assert seen.text(".own") == "point at an entry: its own sum"
    seen.page.locator(".more td").first.hover()
    assert seen.text(".own") == "1.0·0.5 + 2.0·(−1.0) = −1.5"
    seen.page.locator(".more td").nth(1).click()
    assert seen.text(".own") == "0.0·0.5 + (−3.0)·(−1.0) = 3.0"
    seen.press("End")
    seen.page.locator("details.steps summary").click()
    seen.page.locator(".steps li", has_text="∂y/∂W: the").first.click()
    seen.page.locator(".factors .downstream td").nth(1).hover()
    assert seen.text(".own") == "1.0·2.0 + 10.0·(−3.0) = −28.0"
    assert seen.quiet()


def test_the_picture_keeps_its_place(visit):
    """Nothing that is told moves the drawing: it would have to be laid out and painted anew."""
    seen = visit(play(network()))
    places = set()
    for _ in range(40):
        places.add(json.dumps(seen.page.locator(".stage > svg").bounding_box()))
        seen.press("ArrowRight")
    assert len(places) == 1
    assert seen.quiet()


def test_a_large_drawing_is_spread_over_several_and_works_as_one(visit):
    x = Value(0.5, name="x")
    y = x
    for _ in range(20):
        y = (y * x + 1).tanh()
    seen = visit(play(y.named("y"), names=False, fold=False))
    assert seen.page.locator(".drawing svg").count() > 2
    assert seen.page.locator(".minimap").is_visible()
    for _ in range(0, 100, 10):
        seen.press(*["ArrowRight"] * 10)
        lit, stage = (seen.page.locator(each).first.bounding_box() for each in (".stage .node.lit", ".stage"))
        assert stage["x"] <= lit["x"]
        assert lit["x"] + lit["width"] <= stage["x"] + stage["width"]
    seen.press("End")
    assert seen.page.locator(".stage .later").count() == 0
    gate = seen.page.locator(".stage g.gate", has_text="tanh").first
    seen.press("f")
    gate.click(force=True)
    assert " = tanh(" in seen.text(".say")
    before = seen.page.locator(".drawing").bounding_box()
    seen.page.mouse.move(600, 300)
    seen.page.mouse.wheel(0, -200)
    assert seen.page.locator(".drawing").bounding_box()["width"] > before["width"]
    assert seen.quiet()


def test_all_steps_are_printed(visit):
    seen = visit(play(circuit()))
    seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert seen.page.locator(".steps li").last.is_visible()
    seen.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not seen.page.locator(".steps li").last.is_visible()


def test_a_frame_that_grows_shows_all_of_the_drawing(chromium, tmp_path):
    """As frames in notebooks do, after their page was loaded."""
    seen = Visit(chromium, play(circuit()).save(tmp_path / "player.html"))
    seen.page.set_viewport_size({"width": 300, "height": 500})
    seen.page.reload()
    seen.page.set_viewport_size({"width": 1200, "height": 760})
    seen.page.wait_for_function("document.querySelector('.stage > svg').getBoundingClientRect().left >= 0")
    box = seen.page.locator(".stage > svg").bounding_box()
    assert box["x"] + box["width"] <= 1200
    seen.page.close()


def test_each_leaf_is_checked_on_the_whole_graph():
    verdicts = [frame.verdict for frame in play(circuit()).frames if frame.kind == "leaf"]
    assert len(verdicts) == 5
    assert all(verdict.startswith("✓ moving ") for verdict in verdicts)
    (last,) = [frame.verdict for frame in play(relu(Value(0.0, name="z")) * 3).frames if frame.kind == "leaf"]
    assert last.startswith("kink on the way: moving z")
    assert not any(frame.verdict for frame in play(circuit(), check=False).frames)


def test_a_wrong_rule_shows_at_the_wire_and_at_the_leaf():
    player = play(WrongCube.apply(Value(2.0, name="x")).named("y") * 2, names=False)
    told = {frame.kind: frame.verdict for frame in player.frames if "✗" in frame.verdict}
    assert told["leaf"] == "✗ moving x and computing v1 anew gives 24"
