"""What the explanations say: paths, probes, wrong engines, worked solutions, why there is no gradient, the ledger."""

import numpy as np
import pytest

import autograd as ag
import viz
from autograd import Value, exp, no_grad
from autograd.errors import GradientError
from nn import optim


def circuit():
    w0, x0, w1, x1, w2 = (
        Value(v, name=n) for n, v in zip(("w0", "x0", "w1", "x1", "w2"), (2.0, -1.0, -3.0, -2.0, -3.0), strict=True)
    )
    return (1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))).named("f"), w0


# -- paths ----------------------------------------------------------------------------------------------------------


def test_paths_add_up():
    x = Value(3.0, name="x")
    y = (x * x + x).named("y")
    found = viz.paths(y, x)
    assert found.count == 3
    assert [path.contribution for path in found] == [3.0, 3.0, 1.0]
    assert sum(path.share for path in found) == pytest.approx(1)
    assert found.total == 7
    assert str(found.paths[-1]) == "+1 (14%)  x → y"


def test_paths_are_counted_not_walked():
    x = Value(1.0, name="x")
    y = x
    for _ in range(100):
        y = y + y
    found = viz.paths(y, x, most=5)
    assert found.count == 2**100
    assert len(found.paths) == 5
    assert found.total == 2.0**100
    assert "other paths" in str(found)


def test_paths_refuse_arrays_and_strangers():
    with pytest.raises(GradientError, match="arrays"):
        viz.paths((Value(np.ones(2)) * 2).sum(), Value(1.0))
    with pytest.raises(GradientError, match="not used"):
        viz.paths(Value(1.0) * 2, Value(1.0))


# -- probe ----------------------------------------------------------------------------------------------------------


def test_probe_predicts_and_measures():
    x = Value(3.0)
    y = x * x
    outcome = viz.probe(y, x, 0.1)
    assert outcome.predicted == pytest.approx(0.6)
    assert outcome.real == pytest.approx(0.61)
    assert (x.item(), y.item(), x.grad) == (3.0, 9.0, None)
    assert str(outcome) == "moved by +0.1: predicted change +0.6, real change +0.61"


def test_probe_of_an_array():
    w = Value(np.array([1.0, 2.0]))
    outcome = viz.probe((w * w).sum(), w, np.array([0.0, 0.5]))
    assert (outcome.predicted, outcome.real) == (pytest.approx(2.0), pytest.approx(2.25))


# -- wrong engines -------------------------------------------------------------------------------------------------


def outcomes(value):
    return {outcome.mistake.name: outcome for outcome in viz.wrong_engines(value)}


def test_each_mistake_shows_where_it_must():
    a = Value(3.0, name="a")
    b = (a + a).named("b")
    c = (b * b + b).named("c")
    got = outcomes(c)
    assert got["overwrites"].first == "b"
    assert got["set of inputs"].first is not None
    assert got["no order"].first is not None
    assert got["no reset"].first is not None
    assert got["no broadcast sum"].first is None
    assert "No harm" in str(got["no broadcast sum"])
    assert got["overwrites"].right["a"] == 26
    c.backward()
    assert a.grad.item() == 26


def test_a_chain_forgives_most():
    x = Value(2.0, name="x")
    got = outcomes((x * 3).tanh().named("y"))
    assert {name for name, outcome in got.items() if outcome.first is None} == {
        "overwrites", "no order", "set of inputs", "no broadcast sum",
    }  # fmt: skip


def test_the_missing_broadcast_sum():
    x, b = Value(np.ones((2, 3)), name="x"), Value(np.ones(3), name="b")
    got = outcomes((x * b).sum().named("s"))
    assert got["no broadcast sum"].first == "b"


# -- worked solution -------------------------------------------------------------------------------------------------


def test_worked_solution(tmp_path):
    f, _ = circuit()
    solution = viz.worked_solution(f)
    text = solution.markdown
    assert r"$v_{1} = w_{0} \cdot x_{0} = 2.0 \cdot (-1.0) = -2.0$" in text
    assert r"\frac{\partial f}{\partial w_{0}} = -0.196612" in text
    assert text.count("\n1. ") == 2
    page = solution.save(tmp_path / "f.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "default-src 'none'" in page
    assert solution.save(tmp_path / "f.md").read_text(encoding="utf-8") == text
    with pytest.raises(ValueError, match=r"\.md or \.html"):
        solution.save(tmp_path / "f.pdf")
    assert "Обратный проход" in viz.worked_solution(f, lang="ru").markdown


# -- why is there no gradient ------------------------------------------------------------------------------------------


def test_reasons_without_watching():
    w = Value(2.0, name="w")
    assert viz.why_no_grad(3.0, w).kind == "not a Value"
    assert viz.why_no_grad(w, 3.0).kind == "not a Value"
    assert viz.why_no_grad(Value(np.array([1, 2])), w * 2).kind == "integers"
    assert viz.why_no_grad(ag.tensor(1.0), w * 2).kind == "constant"
    h = w * 2
    y = h * 3
    assert viz.why_no_grad(h, y).kind == "result"
    assert viz.why_no_grad(w, y).kind == "not yet"
    y.backward()
    assert viz.why_no_grad(w, y).kind == "none"
    assert viz.why_no_grad(w, Value(1.0) * 2).kind == "not part"


def test_detach_is_found():
    w, v = Value(np.ones(3), name="w"), Value(np.ones(3))
    h = w * 2
    answer = viz.why_no_grad(w, (h.detach() * v).sum())
    assert answer.kind == "detach"
    assert "w" in answer.happened


def test_lines_are_named_when_watched():
    w, v = Value(2.0, name="w"), Value(3.0)
    with viz.watch_cuts() as cuts:
        with no_grad():
            h = w * 2
        loss = h * v
    answer = viz.why_no_grad(w, loss, cuts)
    assert answer.kind == "no_grad"
    assert answer.line.partition(":")[0] == __file__
    loss.backward()
    assert v.grad.item() == 4
    with viz.watch_cuts() as cuts:
        loss = ag.round(w * 1.2) * v
    assert viz.why_no_grad(w, loss, cuts).kind == "no derivative"


# -- ledger ---------------------------------------------------------------------------------------------------------


def test_ledger_finds_a_forgotten_zero_grad():
    w = Value(2.0, name="w")
    optimizer = optim.SGD([w], lr=0.1)
    with viz.ledger([w]) as book:
        for _ in range(2):
            (w * w).backward()
            optimizer.step()
    assert [entry.number for entry in book.entries["w"]] == [1, 2]
    assert [entry.added for entry in book.entries["w"]] == [4.0, 2 * 1.6]
    assert book.forgotten == ["w"]
    assert "zero_grad() forgotten?" in str(book)
    assert __file__ in str(book)


def test_ledger_leaves_wanted_accumulation_alone():
    w = Value(2.0, name="w")
    optimizer = optim.SGD([w], lr=0.1)
    with viz.ledger({"w": w}, most=3) as book:
        for _ in range(5):
            optimizer.zero_grad()
            (w * w).backward()
            (w * 3).backward()
            optimizer.step()
    assert book.forgotten == []
    assert len(book.entries["w"]) == 3
    (w * w).backward()
    assert len(book.entries["w"]) == 3
