"""Explorers in a real browser: the page's own functions equal Python's, sliders move curves, nothing is fetched."""

import json
import math

import numpy as np
import pytest

import viz
from autograd import TABLE
from viz.explorers.functions import LECTURE
from viz.explorers.network import PARABOLA, SINE, learn, parabola_by_hand, random_layers, sine_by_hand

# -- numbers ----------------------------------------------------------------------------------------------------------


def test_functions_of_the_page_equal_pythons(visit):
    seen = visit(viz.explore_neuron())
    points = [-800.0, -40.0, -7.0, -1.0, -0.1, -1e-9, -0.0, 0.0, 1e-9, 0.3, 1.0, 5.0, 40.0, 800.0]
    for name in LECTURE:
        page = seen.page.evaluate(f"JSON.stringify({json.dumps(points)}.map(ACTIVATIONS.{name}))")
        engine = points if name == "linear" else TABLE[name](np.array(points))
        np.testing.assert_allclose(json.loads(page), engine, rtol=1e-14, atol=1e-300)
    assert seen.quiet()


@pytest.mark.parametrize(("hidden", "inputs"), [((2,), 1), ((3,), 1), ((3, 3), 1), ((3, 3), 3)])
def test_networks_of_the_page_equal_pythons(visit, hidden, inputs):
    seen = visit(viz.explore_tiny_net(hidden, epochs=0, inputs=inputs))
    layers = random_layers(hidden, 10.0, seed=3, inputs=inputs)
    plain = json.dumps([[w.tolist(), b.tolist()] for w, b in layers])
    x = [-10.0, -1.0, 0.0, 0.5, 9.0]
    for name in LECTURE[1:]:
        found = seen.page.evaluate(f"{json.dumps(x)}.map((x) => tinyNet({plain}, '{name}', x))")
        y, parts = viz.tiny_net(layers, name, x)
        np.testing.assert_allclose([point["y"] for point in found], y, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(np.transpose([point["parts"] for point in found]), parts, rtol=1e-12, atol=1e-12)


def test_curves_are_the_engines():
    curves = viz.explore_activation(["sigmoid", "linear"], -2, 2).data["curves"]
    x = np.linspace(-2, 2, 481)
    s = 1 / (1 + np.exp(-x))
    np.testing.assert_allclose(curves["sigmoid"], [s, s * (1 - s)], rtol=1e-5)
    np.testing.assert_allclose(curves["linear"], [x, np.ones_like(x)], rtol=1e-5)


@pytest.mark.parametrize("name", PARABOLA)
def test_learning_improves_on_the_hand(name):
    start = parabola_by_hand(name)
    _, before = learn(start, name, np.square, -10, 10, 0)
    _, after = learn(start, name, np.square, -10, 10, 60)
    assert after < before


@pytest.mark.parametrize("name", SINE)
def test_the_sine_by_hand_has_its_bends(name):
    y, _ = viz.tiny_net(sine_by_hand(name), name, np.array([-math.pi / 2, 0.0, math.pi / 2]))
    np.testing.assert_allclose(y, [-1, 0, 1], atol=0.25)
    _, error = learn(sine_by_hand(name), name, np.sin, -math.pi, math.pi, 0)
    assert error < 0.03
    _, after = learn(sine_by_hand(name), name, np.sin, -math.pi, math.pi, 60)
    assert after < error


def test_the_lectures_two_layers_have_21_weights_and_7_biases():
    for layers in viz.explore_tiny_net((3, 3), epochs=0, inputs=3).data["presets"]["tanh"].values():
        assert [np.size(weight) for weight, _ in layers] == [9, 9, 3]
        assert sum(np.size(bias) for _, bias in layers) == 7


def test_errors():
    with pytest.raises(ValueError, match="en and ru"):
        viz.explore_neuron(lang="fr")
    with pytest.raises(ValueError, match="the page knows"):
        viz.explore_neuron(activation="gelu")
    with pytest.raises(ValueError, match="target is one of"):
        viz.explore_tiny_net(target="cube")
    with pytest.raises(ValueError, match="enters at least once"):
        viz.explore_tiny_net(inputs=0)
    with pytest.raises(ValueError, match="at least one"):
        viz.explore_tiny_net(hidden=())
    with pytest.raises(viz.DrawingError, match="no theme"):
        viz.explore_neuron(theme="neon")
    with pytest.raises(KeyError, match="no operation"):
        viz.explore_activation(["tan_h"])


# -- what the pages do ------------------------------------------------------------------------------------------------


def test_choosing_an_activation(visit):
    seen = visit(viz.explore_activation(["sigmoid", "relu", "gelu"]))
    seen.page.get_by_label("activation").select_option("relu")
    assert "ReLU: function" in seen.text("figcaption")
    seen.page.get_by_label("x", exact=True).fill("0")
    assert seen.text(".told") == "x = −7   A(x) = 0   A′(x) = 0"
    seen.page.get_by_label("x", exact=True).focus()
    seen.press("End")
    assert seen.text(".told") == "x = 5   A(x) = 5   A′(x) = 1"
    assert seen.quiet()


def test_moving_a_neuron(visit):
    seen = visit(viz.explore_neuron(lang="ru", theme="dark"))
    assert "Один нейрон" in seen.text("h1")
    before = seen.page.locator("polyline").get_attribute("points")
    seen.page.get_by_role("spinbutton", name="b").fill("2")
    assert seen.text(".told") == "A(w·0 + b) = 0.8808"
    assert seen.page.locator("polyline").get_attribute("points") != before
    seen.page.get_by_role("slider", name="w").focus()
    seen.press("Home")
    assert seen.page.get_by_role("spinbutton", name="w").input_value() == "-50"
    assert seen.quiet()


def test_tiny_network_by_hand_and_learned(visit):
    seen = visit(viz.explore_tiny_net(epochs=100))
    error = lambda: float(seen.text(".told").split()[3])
    assert error() == 35.43
    assert float(seen.text(".told").split()[-1]) < 35
    assert seen.page.locator("figure").count() == 2
    assert seen.page.get_by_role("spinbutton", name="w2").input_value() == "-0.31"
    seen.page.get_by_role("button", name="learned").click()
    assert error() < 35
    seen.page.get_by_role("tab", name="output").click()
    assert seen.page.locator(".slider").count() == 3
    seen.page.get_by_role("spinbutton", name="b3").fill("1000")
    assert error() > 1e5
    seen.page.get_by_label("activation").select_option("relu")
    seen.page.get_by_role("button", name="by hand").click()
    legend = seen.page.locator(".legend").first.locator("span")
    assert legend.all_inner_texts() == ["neuron 1", "neuron 2", "target", "network"]
    assert seen.quiet()


def test_in_a_notebook_it_is_a_frame():
    shown = viz.explore_neuron()._repr_mimebundle_()
    assert shown["text/html"].startswith("<iframe srcdoc=")
    assert shown["text/plain"] == "<explorer: One neuron: A(w·x + b); .save('explorer.html') writes the page>"
