"""The plots of the lectures draw what they say: the curves' numbers, the titles, the pictures."""

import numpy as np
import pytest

import autograd as ag
import nn
import viz
from autograd import Value

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    matplotlib.pyplot.close("all")


def drawn(axes, line=0):
    return axes.get_lines()[line].get_xydata().T


@pytest.mark.parametrize("activation", ["tanh", nn.Tanh(), ag.tanh, lambda x: x.tanh()])
def test_S2_4_an_activation_beside_its_derivative(activation):
    function, derivative = viz.plot_activation(activation, low=-2, high=2)
    x, y = drawn(function)
    np.testing.assert_allclose(y, np.tanh(x), rtol=1e-15)
    x, slope = drawn(derivative)
    np.testing.assert_allclose(slope, 1 - np.tanh(x) ** 2, rtol=1e-12, atol=1e-15)


def test_S2_1_the_useless_derivative_is_drawn():
    function, derivative = viz.plot_activation("step", threshold=1.0)
    assert set(drawn(function)[1][~np.isnan(drawn(function)[1])]) == {0.0, 1.0}
    assert not drawn(derivative)[1].any()
    assert np.isnan(drawn(function)[1]).sum() == 1  # the jump is a gap, not a slope


def test_S1_2_a_neuron():
    axes = viz.plot_neuron("sigmoid", w=2.0, b=-1.0)
    x, y = drawn(axes)
    np.testing.assert_allclose(y, 1 / (1 + np.exp(-(2 * x - 1))), rtol=1e-14)
    assert axes.get_title() == "sigmoid(w·x + b)"


def test_S1_3_a_tiny_net_and_its_parts():
    layers = [(np.array([[1.4], [-1.4]]), np.array([-0.9, -0.9])), (np.array([[1.8, 1.8]]), np.array([0.5]))]
    x = np.array([-2.0, 0.0, 2.0])
    y, parts = viz.tiny_net(layers, "relu", x)
    np.testing.assert_allclose(parts, [[0, 0, 1.8 * 1.9], [1.8 * 1.9, 0, 0]])
    np.testing.assert_allclose(y, [3.92, 0.5, 3.92])
    axes = viz.plot_tiny_net(layers, "relu", np.square)
    assert [line.get_label() for line in axes.get_lines()[:4]] == ["w·A1", "w·A2", "target", "network"]


def test_S1_5_two_hidden_layers():
    random = np.random.default_rng(0)
    shapes = [((3, 1), 3), ((3, 3), 3), ((1, 3), 1)]
    layers = [(random.standard_normal(w), random.standard_normal(b)) for w, b in shapes]
    x = np.linspace(-1, 1, 5)
    hidden = x[None]
    for w, b in layers[:-1]:
        hidden = np.tanh(w @ hidden + b[:, None])
    y, parts = viz.tiny_net(layers, "tanh", x)
    np.testing.assert_allclose(y, (layers[-1][0] @ hidden + layers[-1][1])[0])
    assert parts.shape == (3, 5)


def test_a_history():
    axes = viz.plot_history({"loss": [2.0, 1.0], "validation_loss": [2.5, 1.5], "accuracy": [0.5, 0.9]})
    assert [panel.get_title() for panel in axes] == ["loss", "accuracy"]
    np.testing.assert_array_equal(drawn(axes[0], 1), [[1, 2], [2.5, 1.5]])
    with pytest.raises(ValueError, match="empty"):
        viz.plot_history({})


def test_predictions_and_templates():
    axes = viz.plot_predictions(np.zeros((3, 1, 4, 4)), [1, 2, 3], [1, 5, 3])
    assert [panel.get_title() for panel in axes.ravel()[:3]] == ["1 ✓", "2 ✗ is 5", "3 ✓"]
    weights = np.random.default_rng(0).standard_normal((3073, 10))
    axes = viz.plot_templates(weights)
    picture = axes.ravel()[0].images[0].get_array()
    assert picture.shape == (32, 32, 3)
    assert (picture.min(), picture.max()) == (0, 255)
    with pytest.raises(ValueError, match="do not make a picture"):
        viz.plot_templates(weights[:100])


def test_axes_given_are_used():
    _, axes = matplotlib.pyplot.subplots(1, 2)
    assert viz.plot_activation("relu", axes=axes) is axes
    assert viz.plot_neuron("relu", axes=axes[0]) is axes[0]


def test_names_are_checked():
    with pytest.raises(KeyError, match="no operation is called"):
        viz.plot_activation("reluu")


def test_a_value_goes_where_matplotlib_wants_an_array():
    _, axes = matplotlib.pyplot.subplots()
    axes.plot(Value([0.0, 1.0]), Value([1.0, 2.0]) * 2)
    np.testing.assert_array_equal(drawn(axes), [[0, 1], [2, 4]])
    axes.imshow(Value(np.eye(3)))
