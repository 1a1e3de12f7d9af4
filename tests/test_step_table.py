"""The table of steps: right sentences, readable at 80 columns, plain when piped."""

import io
import re

import numpy as np
import pytest
from own_functions import WrongCube
from rich.console import Console

import viz
from autograd import Value, exp, relu
from autograd.errors import GradientError, ShapeError


def circuit():
    w0, x0, w1, x1, w2 = (Value(v) for v in (2.0, -1.0, -3.0, -2.0, -3.0))
    f = 1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))
    return viz.steps(f)


CIRCUIT = """\
Forward: from the leaves to f
  w0                           =      2.0
  x0                           =     -1.0
  w1                           =     -3.0
  x1                           =     -2.0
  w2                           =     -3.0
  v1 = w0 * x0 = 2.0 * (-1.0)  =     -2.0
  v2 = w1 * x1 = -3.0 * (-2.0) =      6.0
  v3 = v1 + v2 = -2.0 + 6.0    =      4.0
  v4 = v3 + w2 = 4.0 + (-3.0)  =      1.0
  v5 = -v4     = -1.0          =     -1.0
  v6 = exp(v5) = exp(-1.0)     = 0.367879
  v7 = 1 + v6  = 1 + 0.367879  =  1.36788
  f  = 1 / v7  = 1 / 1.36788   = 0.731059

Backward: upstream × local = downstream
  ∂f/∂f                                              =       1.0 start
  ∂f/∂v7 = ∂f/∂f × (-1 / v7²) = 1.0 × (-0.534447)    = -0.534447
  ∂f/∂v6 = ∂f/∂v7 × 1         = -0.534447 × 1.0      = -0.534447
  ∂f/∂v5 = ∂f/∂v6 × exp(v5)   = -0.534447 × 0.367879 = -0.196612
  ∂f/∂v4 = ∂f/∂v5 × (-1)      = -0.196612 × (-1.0)   =  0.196612
  ∂f/∂v3 = ∂f/∂v4 × 1         = 0.196612 × 1.0       =  0.196612
  ∂f/∂w2 = ∂f/∂v4 × 1         = 0.196612 × 1.0       =  0.196612
  ∂f/∂v1 = ∂f/∂v3 × 1         = 0.196612 × 1.0       =  0.196612
  ∂f/∂v2 = ∂f/∂v3 × 1         = 0.196612 × 1.0       =  0.196612
  ∂f/∂w1 = ∂f/∂v2 × x1        = 0.196612 × (-2.0)    = -0.393224
  ∂f/∂x1 = ∂f/∂v2 × w1        = 0.196612 × (-3.0)    = -0.589836
  ∂f/∂w0 = ∂f/∂v1 × x0        = 0.196612 × (-1.0)    = -0.196612
  ∂f/∂x0 = ∂f/∂v1 × w0        = 0.196612 × 2.0       =  0.393224

Gradients at the leaves
  w0 = 2.0    ∂f/∂w0 = -0.196612 ✓ moving w0 and computing f anew agrees
  x0 = -1.0   ∂f/∂x0 =  0.393224 ✓ moving x0 and computing f anew agrees
  w1 = -3.0   ∂f/∂w1 = -0.393224 ✓ moving w1 and computing f anew agrees
  x1 = -2.0   ∂f/∂x1 = -0.589836 ✓ moving x1 and computing f anew agrees
  w2 = -3.0   ∂f/∂w2 =  0.196612 ✓ moving w2 and computing f anew agrees
"""


def test_the_lectures_circuit_line_by_line():
    assert str(circuit()) == CIRCUIT


def test_piped_text_is_plain(capsys):
    x = Value(2.0)
    viz.show_steps(x * x)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert not re.search("[─│┃━╭╮]", out)
    assert "= sum of 2    = 2.0 + 2.0 = 4.0 copy adds" in out
    assert not re.search(" $", out, re.MULTILINE)


def test_a_terminal_gets_colours_and_eighty_columns():
    stream = io.StringIO()
    Console(file=stream, force_terminal=True, width=80, color_system="standard", highlight=False).print(circuit())
    colored = stream.getvalue()
    assert "\x1b[" in colored
    plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert max(map(len, plain.splitlines())) <= 80
    assert "\n".join(line.rstrip() for line in plain.splitlines()).strip() == CIRCUIT.strip()


def test_wide_tables_fold_on_a_terminal_and_lose_nothing():
    W, x = Value(np.arange(4.0).reshape(2, 2) / 7, name="weights_of_the_first_layer"), Value([0.5, -0.25], name="x")
    table = viz.steps((W * x).sum())
    stream = io.StringIO()
    Console(file=stream, force_terminal=True, width=80, color_system=None, highlight=False).print(table)
    assert max(map(len, stream.getvalue().splitlines())) <= 80
    squeezed = re.sub(r"\s", "", stream.getvalue())
    for row in table:
        assert re.sub(r"\s", "", row.result) in squeezed or len(row.result) > 12


def test_what_arrives_at_a_copy_is_counted():
    a = Value(3.0)
    b = a * a + a * -2
    rows = [row for row in viz.steps(b) if row.phase == "backward" and row.name == "∂b/∂a"]
    assert [row.note for row in rows] == ["1 of 3", "2 of 3", "3 of 3", "copy adds"]
    assert (rows[-1].formula, rows[-1].numbers, rows[-1].result) == ("sum of 3", "-2.0 + 3.0 + 3.0", "4.0")


def test_arrays_in_shapes_and_the_axes_of_a_stretched_one():
    W, c = Value(np.ones((3, 2))), Value([1.0, 2.0])
    loss = (W * c).sum()
    rows = {row.name: row for row in viz.steps(loss) if row.phase == "backward"}
    assert rows["∂loss/∂c"].note == "summed over axis 0"
    assert rows["∂loss/∂c"].numbers == "<3×2> × <3×2>"
    assert rows["∂loss/∂c"].result == "[3.0, 3.0]"
    assert rows["∂loss/∂W"].result == "3×2: 1.5 ± 0.5"
    assert rows["∂loss/∂v1"].formula == "∂loss/∂loss in every entry"


def test_a_long_pass_shows_its_ends_and_says_so():
    x = Value(1.0)
    y = x
    for _ in range(500):
        y = y * 1.01
    rows = viz.steps(y).rows
    assert len(rows) < 90
    left_out = [row for row in rows if row.name == "…"]
    assert [row.note for row in left_out] == [
        "465 more steps; every=True (--all) shows them", "465 more steps; every=True (--all) shows them",
    ]  # fmt: skip
    assert rows[0].name == "x"
    assert sum(row.phase == "backward" for row in viz.steps(y, every=True)) == 501


def test_no_grad_changes_and_what_a_leaf_already_holds_is_told():
    x = Value(2.0)
    y = x * 3
    (leaf,) = [row for row in viz.steps(y) if row.phase == "leaves"]
    assert (leaf.result, leaf.note, x.grad) == ("3.0", "✓ moving x and computing y anew agrees", None)
    y.backward(retain_graph=True)
    assert viz.steps(y).rows[-1].note == leaf.note
    y.backward()
    assert viz.steps(y).rows[-1].note == f".grad holds 6.0, {leaf.note}"
    assert x.grad.item() == 6.0


def test_leaves_tell_a_wrong_rule_and_a_kink():
    y = WrongCube.apply(Value(2.0, name="x")).named("y")
    assert viz.steps(y).rows[-1].note == "✗ moving x and computing y anew gives 12"
    assert viz.steps(relu(Value(0.0, name="z"))).rows[-1].note.startswith("kink on the way: moving z")


def test_a_result_of_many_entries_needs_an_upstream_gradient():
    x = Value([1.0, 2.0])
    y = x * 3
    with pytest.raises(GradientError, match="reduce it first"):
        viz.steps(y)
    with pytest.raises(ShapeError):
        viz.steps(y, gradient=[1.0, 2.0, 3.0])
    assert viz.steps(y, gradient=[1.0, 10.0]).rows[-1].result == "[3.0, 30.0]"


def test_html_of_a_notebook_is_escaped():
    x = Value(2.0, name="<script>")
    html = viz.steps(x * x)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_huge_graph_is_refused_with_a_way_out(monkeypatch):
    monkeypatch.setattr(viz.step_table, "MOST_STEPS", 10)
    x = Value(1.0)
    for _ in range(20):
        x = x * 2
    with pytest.raises(viz.DrawingError, match=r"21 operations are too many to list; viz.draw\(\) folds"):
        viz.steps(x)
