"""Pictures: the right number at every wire, nothing shown that is not known, nothing changed by looking."""

import operator
import random
import re
import xml.dom.minidom

import graphviz
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictured_graphs import circuit, differences, fan_out, matrices, square

import viz
from autograd import TABLE, Value, no_grad, tanh, trace
from autograd.errors import GradientError
from viz.themes import THEMES


def wires(picture):
    """{name or id: (value, gradient)} of a picture, first lines only."""
    found = {}
    for wire in picture.drawing.wires:
        gradient = None if wire.gradient is None else (wire.gradient.lines or wire.gradient.rows)[0]
        found[wire.name or wire.id] = (wire.value.lines or wire.value.rows)[0], gradient
    return found


def symbols(picture):
    return [box.symbol for box in picture.drawing.boxes if box.kind == "gate"]


# -- what a picture shows ---------------------------------------------------------------------------------------------


def test_the_lectures_circuit():
    f, names = circuit()
    f.backward()
    picture = viz.draw(f, names=names)
    assert symbols(picture) == ["*", "*", "+", "+", "×(−1)", "exp", "+1", "1/x"]
    shown = wires(picture)
    assert {name: shown[name] for name in names} == {
        "w0": ("2.0", "−0.1966"), "x0": ("−1.0", "0.3932"), "w1": ("−3.0", "−0.3932"), "x1": ("−2.0", "−0.5898"),
        "w2": ("−3.0", "0.1966"), "f": ("0.7311", "1.0"),
    }  # fmt: skip
    inner = [shown[wire.id] for wire in picture.drawing.wires if not wire.name]
    assert inner == [
        ("−2.0", "0.1966"), ("6.0", "0.1966"), ("4.0", "0.1966"), ("1.0", "0.1966"), ("−1.0", "−0.1966"),
        ("0.3679", "−0.5344"), ("1.368", "−0.5344"),
    ]  # fmt: skip


def test_a_gradient_not_yet_computed_is_no_zero():
    f, names = circuit()
    picture = viz.draw(f, names=names)
    assert {gradient for _, gradient in wires(picture).values()} == {"·"}
    assert "Forward pass only" in picture.caption
    assert "0.0" not in picture.source


def test_copy_nodes_show_the_vector_and_its_sum():
    z, names = fan_out()
    z.backward()
    picture = viz.draw(z, names=names)
    shown = wires(picture)
    assert shown["x"] == ("3.0", "−27.0 ← [1.0, −12.0, −16.0]")
    assert shown["q"] == ("−12.0", "4.0 ← [1.0, 3.0]")
    assert [box.kind for box in picture.drawing.boxes].count("copy") == 2


def test_a_value_used_twice_by_one_gate_has_two_wires():
    y, _ = square()
    y.backward()
    picture = viz.draw(y)
    assert [wire.target.id for wire in picture.drawing.wires if wire.source and wire.target] == ["n2", "n2"]
    assert wires(picture)["x1"] == ("3.0", "6.0 ← [3.0, 3.0]")  # the variable x lives in a function that has returned


def test_operands_keep_their_order():
    z, names = differences()
    source = viz.draw(z, names=names).source
    gates = [line for line in source.splitlines() if "shape=circle" in line]
    assert len(gates) == 3
    assert all('ordering="in"' in line for line in gates)


def test_several_roots_and_a_root_that_is_used_elsewhere():
    x = Value(2.0)
    y = x * 3
    z = y + 1
    both = viz.draw(y, z, names={"x": x, "y": y, "z": z}, backward=True)
    shown = wires(both)
    assert [w.id for w in both.drawing.wires if w.target is None] == ["out0", "out1"]
    assert shown["z"] == ("7.0", "1.0")
    assert both.drawing.title == "y, z"
    assert "∂(y + z)/∂wire" in both.caption
    x = Value(2.0)
    assert wires(viz.draw(x, names={"x": x}, backward=True)) == {"x": ("2.0", "1.0")}


def test_tensors_are_shown_as_shape_dtype_and_summary():
    x = Value(np.linspace(0, 1, 64).reshape(8, 8).astype(np.float32), name="x")
    b = Value(np.ones(8, np.float32), name="b")
    nothing = Value(np.zeros((0, 3)), name="nothing")
    wide = viz.draw((x + b).sum() + nothing.sum(), backward=True)
    found = {wire.name: wire for wire in wide.drawing.wires}
    assert found["x"].value.lines == ("8×8 float32", "0.5 ± 0.293")
    assert found["x"].gradient.lines == ("all 1.0",)
    assert found["b"].gradient.note == "Σ axis 0"
    assert found["nothing"].value.lines == ("0×3 (empty)",)
    mask = Value(np.array([[True, False, True, True, True]] * 2), name="mask")
    counted = viz.draw(TABLE["where"](mask, Value(np.full((2, 5), np.inf), name="y"), 0.0).sum())
    found = {wire.name: wire for wire in counted.drawing.wires}
    assert found["mask"].value.lines == ("2×5 bool", "8 of 10 true")
    assert found["mask"].gradient is None


# -- which gradients --------------------------------------------------------------------------------------------------


def random_graph(seed, size=12):
    """A scalar graph with fan-out, written by a seed."""
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(-2, 2), name=f"x{i}") for i in range(3)]
    pool = list(leaves)
    for _ in range(size):
        gate = rng.choice([operator.add, operator.mul, operator.sub, lambda a, _: tanh(a), lambda a, _: a * 0.5 + 1])
        pool.append(gate(rng.choice(pool), rng.choice(pool)))
    root = pool[-1]
    for value in pool[-4:-1]:
        root = root + value
    return root, leaves


@given(st.integers(0, 10**6), st.booleans())
def test_the_last_pass_and_a_pass_for_the_picture_show_the_same(seed, retain):
    root, leaves = random_graph(seed)
    computed = viz.draw(root, backward=True, caption=False).source
    assert all(leaf.grad is None for leaf in leaves)
    root.backward(retain_graph=retain)
    assert viz.draw(root, caption=False).source == computed
    if retain:
        assert viz.draw(root, backward=True, caption=False).source == computed


@given(st.integers(0, 10**6))
def test_looking_changes_nothing(seed):
    root, leaves = random_graph(seed)
    other, same = random_graph(seed)
    viz.draw(root, backward=True)
    viz.draw(root)
    assert all(value.uses == 0 for value in trace(root).values)
    root.backward()
    other.backward()
    for leaf, twin in zip(leaves, same, strict=True):
        assert (leaf.grad is None) == (twin.grad is None)
        assert leaf.grad is None or leaf.grad.data == twin.grad.data


def test_a_leaf_in_two_graphs_shows_each_graphs_own_gradient():
    w = Value(3.0, name="w")
    first, second = w * 2, w * 5
    first.backward(retain_graph=True)
    second.backward(retain_graph=True)
    found = {wire.name: wire for wire in viz.draw(first).drawing.wires}
    assert found["w"].gradient.lines == ("2.0",)
    assert found["w"].aside == "grad 7.0"


def test_what_a_leaf_holds_is_told_when_the_pass_brought_something_else():
    w = Value(3.0, name="w")
    (w * 2).backward()
    waiting = w * 5
    (leaf, *_) = viz.draw(waiting).drawing.wires
    assert leaf.gradient.lines == ("·",)
    assert leaf.aside == "grad 2.0"


def test_a_leaf_that_was_updated_since_keeps_the_gradient_of_the_pass():
    w = Value(3.0, name="w")
    loss = w * w
    loss.backward()
    with no_grad():
        w -= 0.1 * w.grad
    found = {wire.name: wire for wire in viz.draw(loss).drawing.wires}
    assert found["w"].gradient.lines == ("6.0 ← [3.0, 3.0]",)


def test_released_arrays_are_said_to_be_released():
    loss, names = matrices()
    big = Value(np.ones((12, 12)), name="big")
    loss = loss + tanh(big * 2).sum()
    loss.backward()
    picture = viz.draw(loss, names=names)
    text = picture.source
    assert "released" in text
    assert "retain_graph=True" in picture.caption
    found = {wire.name: wire for wire in picture.drawing.wires}
    assert found["big"].gradient.lines == (f"all {2 * (1 - np.tanh(2) ** 2):.4g}",)


def test_overwritten_numbers_are_said_to_be_overwritten():
    x = Value([1.0, 2.0], name="x")
    h = x * 2 + 1
    h[0] = 5.0
    picture = viz.draw(h.sum(), backward=True)
    lines = [wire.value.lines for wire in picture.drawing.wires]
    assert ("2 numbers", "overwritten") in lines
    assert "released" not in picture.source


def test_a_hook_is_part_of_the_pass_and_retained_gradients_stay():
    x = Value(2.0, name="x")
    y = (x * 3).named("y")
    y.register_hook(lambda gradient: gradient * 10)
    y.retain_grad()
    z = y + 1
    z.backward(retain_graph=True)
    assert (x.grad.item(), y.grad.item()) == (30.0, 10.0)
    picture = viz.draw(z, backward=True)
    assert {wire.name: wire for wire in picture.drawing.wires}["x"].gradient.lines == ("30.0",)
    assert (x.grad.item(), y.grad.item()) == (30.0, 10.0)


def test_second_derivatives_can_be_drawn():
    x = Value(2.0, name="x")
    y = x * x * x
    y.backward(create_graph=True)
    first = {wire.name: wire for wire in viz.draw(y).drawing.wires}
    assert first["x"].gradient.lines == ("12.0 ← [4.0, 4.0, 4.0]",)
    slope = x.grad
    x.grad = None
    slope.backward()
    second = {wire.name: wire for wire in viz.draw(slope).drawing.wires}
    assert second["slope"].value.lines == ("12.0",)
    assert second["x"].gradient.lines[0].startswith("12.0 ← [")


def test_a_value_without_a_graph_is_refused_with_the_reason():
    with no_grad():
        y = Value(1.0) * 2
    with pytest.raises(GradientError, match="no_grad"):
        viz.draw(y)
    with pytest.raises(TypeError, match="takes a Value, not float"):
        viz.draw(2.0)
    with pytest.raises(viz.DrawingError, match="at least one"):
        viz.draw()
    with pytest.raises(viz.DrawingError, match="choose one of lecture"):
        viz.draw(Value(1.0) * 2, theme="pink")
    with pytest.raises(viz.DrawingError, match="choose one of LR"):
        viz.draw(Value(1.0) * 2, direction="up")


# -- showing and saving -----------------------------------------------------------------------------------------------


@pytest.fixture
def engine():
    if viz.layout.find_engine() is None:
        pytest.skip("no Graphviz on this machine")


def test_it_shows_itself_in_a_notebook(engine):
    f, names = circuit()
    picture = viz.draw(f, names=names)
    first, second = picture._repr_mimebundle_(), picture._repr_mimebundle_()
    assert set(first) == {"text/html", "image/svg+xml", "text/plain"}
    assert first["image/svg+xml"].startswith("<svg ")
    assert "<?xml" not in first["text/html"]
    ids = [set(re.findall(r' id="([^"]+)"', bundle["text/html"])) for bundle in (first, second)]
    assert len(ids[0]) > 30
    assert not ids[0] & ids[1], "two showings on one page share ids"
    assert len(re.findall(r' id="', first["text/html"])) == len(ids[0])
    assert {wire.id for wire in picture.drawing.wires} <= {name.rpartition("-")[2] for name in ids[0]}


def test_svg_is_sound_and_the_same_each_time(engine):
    z, names = fan_out()
    picture = viz.draw(z, names=names, backward=True)
    assert picture.svg == viz.draw(z, names=names, backward=True).svg
    document = xml.dom.minidom.parseString(picture.svg)
    titles = [node.firstChild.data for node in document.getElementsByTagName("title")]
    assert "q = x * y\n∂q/∂x = y\n∂q/∂y = x\n(mul)" in titles
    assert "-27.0" in " ".join(titles)
    assert not document.getElementsByTagName("a")


def test_saving(engine, tmp_path):
    y, names = square()
    picture = viz.draw(y, names=names)
    heads = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph", "gv": b"digraph"}
    for suffix, head in heads.items():
        path = picture.save(tmp_path / "new" / f"y.{suffix}")
        assert path.read_bytes().startswith(head)
    assert (tmp_path / "new" / "y.dot").read_text(encoding="utf-8") == picture.source


def test_rendering_as_graphviz_does(engine, tmp_path):
    y, _ = square()
    picture = viz.draw(y)
    assert picture.render(tmp_path / "y", format="png") == str(tmp_path / "y.png")
    assert (tmp_path / "y").read_text(encoding="utf-8") == picture.source
    picture.render(tmp_path / "z", cleanup=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["y", "y.png", "z.svg"]


def test_a_real_digraph():
    y, names = square()
    picture = viz.draw(y, names=names)
    digraph = picture.to_graphviz()
    assert type(digraph) is graphviz.Digraph
    assert digraph.name == "y"
    assert digraph.source.splitlines()[1:] == picture.source.splitlines()[1:]
    digraph.attr(rankdir="TB")
    assert "rankdir=TB" in digraph.source


def test_repr_says_what_it_is():
    y, names = square()
    text = repr(viz.draw(y, names=names))
    assert text.startswith("<picture of y: 1 gates, 4 wires.")


# -- themes -----------------------------------------------------------------------------------------------------------


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_text_of_every_theme_can_be_read(name):
    theme = THEMES[name]
    least = 7.0 if name == "high-contrast" else 4.5
    for color in (theme.ink, theme.value, theme.gradient, theme.quiet):
        assert contrast(color, theme.paper) >= least
    assert contrast(theme.ink, theme.gate) >= least
    assert contrast(theme.ink, theme.fold) >= least
    assert contrast(theme.quiet, theme.fold) >= 4.5
