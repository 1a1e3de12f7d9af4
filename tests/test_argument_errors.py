"""Wrong arguments against PyTorch: where it raises, an `except` written for it catches ours; elsewhere we accept too.

Each line of `tests/argument_calls.py` is a call that is right in both libraries. It is made wrong in many ways, one at
a time: an axis that is not there, a shape that does not fit, a word that means nothing, an argument too few or many.
"""

import ast
import contextlib
import copy
import io
import warnings

import numpy as np
import pytest
from argument_calls import CHOSEN, LINES

import autograd
import nn
import nn.functional
import nn.optim

torch = pytest.importorskip("torch")

RANDOM = np.random.default_rng(7)
SHAPES = {
    "x": (2, 3), "y": (2, 3), "u": (3,), "v": (3,), "m": (3, 2), "q": (3, 3), "b": (2, 2, 3), "c": (2, 3, 2), "s": (),
    "r": (1, 3), "b3": (2, 3, 3), "v2": (2,), "odd": (4, 7), "short": (5,),
}  # fmt: skip
TRACKED = {name: RANDOM.uniform(0.2, 0.8, shape) for name, shape in SHAPES.items()}
CONSTANT = {
    "p": RANDOM.uniform(0.2, 0.8, (2, 3)), "w": np.array([0.5, 1.0, 1.5]), "u0": np.zeros(3),
    "e": np.array([1.0, -1.0]),
    "t": np.array([0, 2, 1]), "k": np.array([0, 2]), "i": np.array([[0, 1, 2], [2, 1, 0]]), "j": np.array([0, 2]),
    "far": np.array([0, 99]), "mask": np.array([[True, False, True], [False, False, True]]), "h": np.ones((3, 3)),
    "x32": RANDOM.uniform(0.2, 0.8, (2, 3)).astype(np.float32),
}  # fmt: skip
INDICES = "tkij"
CAUGHT = (RuntimeError, ValueError, IndexError, TypeError, KeyError)


def names(library):
    """What the lines speak of, in one of the libraries."""
    T = torch if library is torch else autograd
    made = {name: T.tensor(numbers, requires_grad=True) for name, numbers in TRACKED.items()}
    made |= {name: T.tensor(numbers) for name, numbers in CONSTANT.items()}
    if library is torch:
        packages = {"torch": torch, "F": torch.nn.functional, "nn": torch.nn, "optim": torch.optim}
    else:
        packages = {"torch": autograd, "F": nn.functional, "nn": nn, "optim": nn.optim}
    made["ps"] = [packages["nn"].Parameter(T.ones(3))]
    return made | packages


NO_NUMBER = ("None", "'text'")  # where a number is asked for: any error will do, PyTorch's or NumPy's


def wrong(node):
    """What may stand in the place of an argument by mistake, as code."""
    if isinstance(node, ast.Name):
        known = node.id in TRACKED or node.id in CONSTANT
        return [*NO_NUMBER, "odd", "short", *(["far", "x"] if node.id in INDICES else [])] if known else []
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return []
    if isinstance(value, (bool, dict)):
        return []
    if isinstance(value, str):
        return ["'middle'"]
    if isinstance(value, int):
        return ["7", "-9", "1.5", "'text'"]
    return ["'text'", "-1.0"] if isinstance(value, float) else ["(7,)", "(-9,)", "(0, 0)", "(1.5,)", "'text'"]


def variants(line):
    """A call with one mistake after another, and whether any error will do."""
    tree = ast.parse(line, mode="eval").body
    calls = lambda tree: [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for number, call in enumerate(calls(tree)):
        for place, old in enumerate(call.args + [keyword.value for keyword in call.keywords]):
            for new in wrong(old):
                twin = copy.deepcopy(tree)
                changed, code = calls(twin)[number], ast.parse(new, mode="eval").body
                if place < len(call.args):
                    changed.args[place] = code
                else:
                    changed.keywords[place - len(call.args)].value = code
                yield ast.unparse(twin), new in NO_NUMBER
        for change in (
            lambda call: call.args.pop() if call.args else None,
            lambda call: call.args.extend([ast.Constant(1)] * 9),
            lambda call: call.keywords.append(ast.keyword("nonsense", ast.Constant(1))),
        ):
            twin = copy.deepcopy(tree)
            change(calls(twin)[number])
            yield ast.unparse(twin), False


def outcome(line, library):
    """The error that a line raises in a library, or None."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            eval(line, {}, names(library))  # the lines of argument_calls.py
        except Exception as error:
            return error
    return None


def disagreement(line, any_error=False):
    """How the two libraries differ about a line, in words, or None."""
    ours, theirs = outcome(line, nn), outcome(line, torch)
    if theirs is None:
        return None if ours is None else f"PyTorch takes it; here {ours!r}"
    if ours is None:
        return f"taken here; PyTorch: {theirs!r}"
    kinds = [kind for kind in CAUGHT if isinstance(theirs, kind)]
    return None if any_error or not kinds or isinstance(ours, tuple(kinds)) else f"{ours!r}; PyTorch: {theirs!r}"


@pytest.mark.parametrize("line", LINES)
def test_the_same_calls_are_refused(line):
    assert disagreement(line) is None
    for variant, any_error in dict(variants(line)).items():
        if not any(part.search(variant) for part in CHOSEN):
            found = disagreement(variant, any_error)
            assert found is None, f"{variant}: {found}"


def test_what_is_chosen_is_still_different():
    """No exception to the rule without a line that needs it."""
    everything = [variant for line in LINES for variant in variants(line)]
    for part in CHOSEN:
        touched = [variant for variant in everything if part.search(variant[0])]
        assert any(disagreement(*variant) for variant in touched), f"{part.pattern} is no difference any more"
