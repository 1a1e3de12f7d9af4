"""Names of Values: their own first, then the variables of the calling code, then counters."""

import numpy as np
import pytest

import nn
import viz
from autograd import Value, tanh

world = Value(7.0)


class Layer:
    def __init__(self):
        self.w, self._hidden = Value(2.0), Value(3.0)

    def picture(self, x):
        return names_of(self.w * x + self._hidden + world)


def names_of(_value, **options):
    """Names at the open ends of a picture: leaves, constants, then the root."""
    picture = viz.draw(_value, **options)
    return [wire.name for wire in picture.drawing.wires if wire.source is None or wire.target is None]


def test_variables_of_the_caller():
    alpha, beta = Value(1.0), Value(2.0)
    result = alpha * beta
    assert names_of(result) == ["alpha", "beta", "result"]


def test_own_names_come_first():
    alpha = Value(1.0, name="the first")
    result = (alpha * 2).named("the result")
    assert names_of(result) == ["the first", "the result"]


def test_intermediate_results_have_names_too():
    x = Value(1.0)
    hidden = tanh(x)
    out = hidden * 2
    picture = viz.draw(out)
    assert [wire.name for wire in picture.drawing.wires] == ["x", "hidden", "out"]


def test_counters_where_there_is_no_name():
    def build():
        a, b = Value(1.0), Value(2.0)
        return a * b

    assert names_of(build() + 1) == ["x1", "x2", "v2"]


def test_counters_keep_away_from_names():
    def build():
        a, b = Value(1.0), Value(2.0, name="x1")
        return a * b

    product = build()
    assert names_of(product) == ["x2", "x1", "product"]


def test_attributes_lists_dictionaries_and_globals():
    weights = [Value(1.0), Value(2.0)]
    table = {"bias": Value(3.0), 4: Value(5.0)}
    net = type("Net", (), {})()
    net.first = Layer()
    total = weights[0] + weights[1] + table["bias"] + table[4] + net.first.w + world
    assert names_of(total) == [
        "weights[0]", "weights[1]", "table['bias']", "table[4]", "net.first.w", "world", "total",
    ]  # fmt: skip


def test_inside_a_method():
    x = Value(1.0)
    assert sorted(Layer().picture(x)) == ["self.w", "v3", "world", "x", "x1"]


def test_names_that_begin_with_an_underscore_are_left_out():
    _secret = Value(1.0)
    shown = _secret * 2
    assert names_of(shown) == ["x1", "shown"]


def test_the_first_variable_wins_and_a_plain_one_before_a_path():
    first = Value(1.0)
    again = first
    holder = [first]
    result = first * 2
    assert names_of(result) == ["first", "result"]
    del again, holder


def test_names_given_or_switched_off():
    x = Value(1.0)
    y = x * 2
    assert names_of(y, names={"input": x}) == ["input", "y"]
    assert names_of(y, names=False) == ["x1", "v1"]


def test_the_nearest_frame_wins():
    outer = Value(1.0)

    def inside(inner):
        return names_of(inner * 2)

    assert inside(outer)[0] == "inner"


def test_released_results_keep_their_names():
    x = Value(np.ones(1000), name="x")
    hidden = tanh(x)
    loss = hidden.sum()
    loss.backward()
    assert "hidden" in [wire.name for wire in viz.draw(loss).drawing.wires]


def test_a_large_program_costs_no_time():
    everything = [[Value(0.0, requires_grad=False) for _ in range(900)] for _ in range(30)]
    circle = []
    circle.append(circle)
    x = Value(1.0)
    y = x * everything[0][0]
    assert names_of(y)[0] == "x"
    assert circle


def test_modules_and_names_that_several_have():
    first, second = nn.Linear(1, 1), nn.Linear(1, 1)
    x = Value([1.0], name="x", dtype=np.float32)
    names = names_of(second(first(x)))
    assert names[:5] == ["x", "first.weight", "first.bias", "second.weight", "second.bias"]
    assert {"weight", "bias"} <= set(names_of(first(x)))


class Trap:
    @property
    def w(self):
        raise AssertionError("a property was run")


def test_nothing_of_the_users_is_run():
    trap = Trap()
    (x,) = [Value(1.0)]
    assert names_of(x * 2)[0] == "x"
    assert trap


@pytest.mark.parametrize("name", ["", None])
def test_an_empty_name_is_none(name):
    x = Value(1.0, name=name)
    assert names_of(x * 2)[0] == "x"
