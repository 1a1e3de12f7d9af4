"""Formulas of the command line: what is allowed, and errors that show the place."""

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from viz.errors import ExpressionError
from viz.expressions import bind, evaluate

GIVEN = dict(map(bind, ["w=2", "x=-1", "W=[[1,2],[3,4]]", "v=[1,-2]", "жук=3"]))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1/(1+exp(-(w*x+2)))", 0.5), ("-w**2", -4.0), ("w*-x", 2.0), ("+w", 2.0), ("2**3**2*w", 1024.0),
        ("pi*w", 2 * math.pi), ("max(w, x)", 2.0), ("min(w, x)", -1.0), ("max(W)", 4.0),
        ("ln(w)", math.log(2)), ("W@v", [-3.0, -5.0]), ("W.T@v", [-5.0, -6.0]), ("(W@v).sum()", -8.0),
        ("sum(W, dim=1)", [3.0, 7.0]), ("W@[1,0]", [1.0, 3.0]), ("2/4*w", 1.0), ("7**-1*w", 2 / 7),
        ("W*[[1,2],[3,4]]", [[1.0, 4.0], [9.0, 16.0]]), ("жук*2", 6.0), ("sigmoid(w-2)", 0.5), ("relu(x)", 0.0),
        ("(w\n + x)", 1.0), ("1e400*w", math.inf), ("w/0", math.inf),
        ("2**10**10**10*w", math.inf), ("mean(W, dim=(0, 1))", 2.5),
    ],
)  # fmt: skip
def test_values(text, result):
    value = evaluate(text, GIVEN)
    np.testing.assert_allclose(value.data, result, rtol=1e-15)
    assert value.requires_grad


@pytest.mark.parametrize(
    ("text", "message", "line", "carets"),
    [
        ("w+q", "q has no number: add q=… (for example q=1)", "w+q", "  ^"),
        ("жук*жцк", "жцк has no number; did you mean жук?", "жук*жцк", "    ^^^"),
        ("expp(w)", "there is no function expp; did you mean exp?", "expp(w)", "^^^^"),
        ("exp*w", "exp is a function: write exp(...)", "exp*w", "^^^"),
        ("w^2", "^ is no power here: write **", "w^2", "^^^"),
        ("w[0]", "indexing is not allowed", "w[0]", "^^^^"),
        ("w<1", "a comparison is not allowed", "w<1", "^^^"),
        ("'w'", "text is not allowed", "'w'", "^^^"),
        ("w*None", "None is not allowed", "w*None", "  ^^^^"),
        ("w*1j", "1j is not allowed", "w*1j", "  ^^"),
        ("w.real", "an attribute (only .T", "w.real", "^^^^^^"),
        ("(lambda: 1)()", "this call is not allowed", "(lambda: 1)()", "^" * 13),
        ("exp(*v)", "* is not allowed", "exp(*v)", "    ^^"),
        ("sum(W, dim=w)", "dim takes a plain number", "sum(W, dim=w)", " " * 11 + "^"),
        ("sum(W, dim=5)", "axis 5 is out of bounds", "sum(W, dim=5)", "^" * 13),
        ("sum(W, colour=5)", "sum() has no argument 'colour'", "sum(W, colour=5)", "^" * 16),
        ("exp(w, x)", "1 too many given", "exp(w, x)", "^" * 9),
        ("1 + W@[1,2,3]", "does not fit", "1 + W@[1,2,3]", "    " + "^" * 9),
        ("[w, x]", "a list holds numbers only", "[w, x]", "^" * 6),
        ("(w +\n  q)", "q has no number", "  q)", "  ^"),
        ("w +", "this is no formula", "w +", None),
        ("(w", "this is no formula: '(' was never closed", "(w", "^"),
        ("w = 2", "this is no formula", "w = 2", None),
        ("import os", "this is no formula", "import os", None),
    ],
)
def test_errors_show_the_place(text, message, line, carets):
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, GIVEN)
    said, shown, marks = str(caught.value).rsplit("\n", 2)
    assert message in said
    assert shown == "    " + line
    if carets is not None:
        assert marks == "    " + carets


@pytest.mark.parametrize(
    "text", ["", " ", "(" * 500, "w+" * 9000 + "w", "-" * 9000 + "w", "9" * 5000 + "*w", "w*" + "9" * 400, "x" * 30_000]
)
def test_strange_lengths_are_answered(text):
    answer = None
    with contextlib.suppress(ExpressionError):
        answer = evaluate(text, GIVEN)
    if answer is None:
        with pytest.raises(ExpressionError) as caught:
            evaluate(text, GIVEN)
        assert len(str(caught.value)) < 500


def test_nothing_is_run(tmp_path):
    for text in ("__import__('os').getcwd()", "w.__class__", "open('f','w')", "exec('1')", "().__class__.__bases__"):
        with pytest.raises(ExpressionError):
            evaluate(text, GIVEN)


@given(st.text(max_size=40))
def test_any_text_gives_a_value_or_the_one_error(text):
    with contextlib.suppress(ExpressionError):
        evaluate(text, GIVEN)


ATOMS = st.sampled_from(["w", "x", "2", "0.5"])


@given(st.recursive(ATOMS, lambda part: st.builds("({}{}{})".format, part, st.sampled_from("+-*/"), part)))
def test_formulas_mean_what_they_mean_in_python(text):
    numbers = {"w": np.float64(2), "x": np.float64(-1), "two": np.float64(2), "half": np.float64(0.5)}
    with np.errstate(all="ignore"):
        expected = eval(text.replace("0.5", "half").replace("2", "two"), numbers)
    result = evaluate(text, GIVEN)
    np.testing.assert_array_equal(getattr(result, "data", result), expected)


@pytest.mark.parametrize(
    ("text", "name", "data"),
    [("w=2", "w", 2.0), ("w = -1.5", "w", -1.5), ("w=+3", "w", 3.0), ("W=[[1,2],[3,4]]", "W", [[1, 2], [3, 4]]),
     ("v=(1,2)", "v", [1, 2]), ("é=1e-3", "é", 1e-3), ("a=inf", "a", math.inf), ("b=pi", "b", math.pi)],
)  # fmt: skip
def test_bindings(text, name, data):
    found, value = bind(text)
    assert found == name
    assert value.name == name
    assert value.requires_grad
    assert value.dtype == np.float64
    np.testing.assert_array_equal(value.data, data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("w", "is no binding"), ("=1", "is no binding"), ("1w=1", "is no binding"), ("lambda=1", "is no binding"),
        ("w=", "w: the formula is empty"), ("w=os", "w: here a number or a list"), ("w='a'", "w: here a number"),
        ("w=1+1", "w: here a number"), ("w=[[1,2],[3]]", "rows of a matrix must be equally long"),
        ("exp=1", "name of a function"), ("pi=3", "name of a function or constant"), ("w=[1,[2]]", "equally long"),
    ],
)  # fmt: skip
def test_bindings_that_are_none(text, message):
    with pytest.raises(ExpressionError, match=message):
        bind(text)


def test_leaves_are_the_bindings_themselves():
    value = evaluate("w*x", GIVEN)
    assert value.inputs == (GIVEN["w"], GIVEN["x"]) or all(
        a is b for a, b in zip(value.inputs, (GIVEN["w"], GIVEN["x"]))
    )
    assert isinstance(value, Value)
