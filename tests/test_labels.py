"""What is written into pictures comes out as it is, whatever the characters; constants stand in their gates."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import viz
from autograd import TABLE, Value, exp, maximum, scope
from viz import layout
from viz.dot import html, quoted, visible
from viz.drawing import LONG_NAME

SVG = "{http://www.w3.org/2000/svg}"
NASTY = [
    'a"b', "\\", "\\\\", "\\N", "\\n\\l\\r", "&", "&amp;", "&lt;b&gt;", "<b>", "</script>", "<!--", "--", "-->", "]]>",
    "{a|b}", "two\nlines", "tab\there", "Ωж", "あ", "🙂", "עברית", "é", "%s", "$x$", "#", "\x00", "\x1b[31m",
    "\x7f", "\ud800", "\uffff", "'", "`", ";",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _engine():
    if layout.find_engine() is None:
        pytest.skip("no Graphviz on this machine")


def texts(svg):
    """All text that is to be seen, line by line, and all hover texts."""
    root = ElementTree.fromstring(svg)
    seen = ["".join(node.itertext()).strip() for node in root.iter(f"{SVG}text")]
    return seen, ["".join(node.itertext()) for node in root.iter(f"{SVG}title")]


def seen_as(name):
    """What a name looks like: control characters as signs, each line by itself, spaces at the ends gone."""
    shown = name if len(name) <= LONG_NAME else name[: LONG_NAME - 1] + "…"
    return [line.strip() for line in visible(shown).split("\n") if line.strip()]


def check_name(name):
    x = Value(2.0, name=name)
    with scope(name):
        y = (x * 3).named(name)
    picture = viz.draw(y + 1, caption=name, names=False)
    seen, hovers = texts(picture.svg)
    for line in seen_as(name):
        assert seen.count(line) >= 3, f"leaf, scope and result: {line!r} among {seen}"
    shown = re.sub(r"\s+", " ", visible(name)).strip()
    if shown:
        assert any(shown in re.sub(r"\s+", " ", hover) for hover in hovers)
        assert shown in re.sub(r"\s+", " ", " ".join(seen))  # the caption may be broken into lines
    return picture


def test_nasty_names_all_at_once():
    total = Value(0.0, name="total")
    for name in NASTY:
        total = total + Value(1.0, name=name)
    seen, _ = texts(viz.draw(total, names=False).svg)
    for name in NASTY:
        for line in seen_as(name):
            assert line in seen


@pytest.mark.parametrize("name", ['\\N"<&>\\', "&amp;\\", "--><b>"])
def test_a_nasty_name_everywhere(name):
    picture = check_name(name)
    assert layout.render(picture.source, "png").startswith(b"\x89PNG")


@given(st.text(min_size=1, max_size=30).filter(lambda text: text.strip()))
@example("\\G")
@example("\x85 ")
def test_any_name_everywhere(name):
    check_name(name)


@given(st.text(max_size=50))
def test_quoting_is_one_line_of_dot(text):
    assert "\n" not in quoted(text)
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', quoted(text))
    assert not re.search(r'[<>"](?!BR/>)', html(text).replace("<BR/>", ""))


# -- constants in gates -----------------------------------------------------------------------------------------------


def symbol_of(value):
    picture = viz.draw(value, names=False)
    (gate,) = [box for box in picture.drawing.boxes if box.kind == "gate"]
    return gate.symbol


@pytest.mark.parametrize(
    ("function", "symbol"),
    [
        (lambda x: x + 1, "+1"), (lambda x: 1 + x, "+1"), (lambda x: x - 1, "−1"), (lambda x: 1 - x, "1−x"),
        (lambda x: x * 2, "×2"), (lambda x: -1 * x, "×(−1)"), (lambda x: -x, "×(−1)"), (lambda x: x * 0.1, "×0.1"),
        (lambda x: x / 2, "/2"), (lambda x: 1 / x, "1/x"), (lambda x: x**3, "**3"), (lambda x: 2**x, "2**x"),
        (lambda x: x + 1.000001, "+1.000001"), (lambda x: x * (1 / 3), "×0.3333"), (lambda x: x + 1e-7, "+1e−7"),
        (lambda x: maximum(x, 0.0), "max(x, 0)"), (exp, "exp"), (lambda x: x + float("inf"), "+∞"),
    ],
)  # fmt: skip
def test_constants_are_folded_into_the_gate(function, symbol):
    assert symbol_of(function(Value(2.0))) == symbol


def test_a_named_constant_and_a_constant_array_are_wires():
    x = Value(2.0, name="x")
    data = Value(3.0, requires_grad=False, name="data")
    picture = viz.draw(x * data, names=False)
    found = {wire.name: wire for wire in picture.drawing.wires}
    assert found["data"].gradient is None
    assert found["data"].classes == "wire constant"
    picture = viz.draw((x * np.array([1.0, 2.0])).sum(), names=False)
    assert [wire.value.lines for wire in picture.drawing.wires][:2] == [("2.0",), ("[1.0, 2.0]",)]


def test_parameters_stand_below_the_symbol():
    x = Value(np.ones((2, 3)))
    picture = viz.draw(x.sum(dim=1).sum(), names=False)
    assert [box.detail for box in picture.drawing.boxes] == ["dim=1", ""]


def test_hovering_tells_formula_and_derivatives_with_the_names_at_hand():
    x, y = Value(2.0), Value(3.0)
    z = x * y
    (gate,) = viz.draw(z, names={"x": x, "y": y, "z": z}).drawing.boxes
    assert gate.hover == "z = x * y\n∂z/∂x = y\n∂z/∂y = x\n(mul)"


def test_every_row_has_a_label():
    for op in TABLE.values():
        assert op.symbol.strip()
        assert len(op.symbol) <= 24, op.name
