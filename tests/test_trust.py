"""How exact rows are, by each of our ways, at a few numbers; and the README's table of it."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
pytest.importorskip("mpmath")

from benchmarks import accuracy, references, trust  # noqa: E402 - benchmarks are not installed

ROWS = {op.name: op for op in accuracy.rows()}
FUNCTION, DERIVATIVE = trust.AIMS.values()  # units in the last place


@pytest.mark.parametrize("dtype", accuracy.FORMATS, ids=str)
@pytest.mark.parametrize("name", ROWS)
def test_every_way_of_a_row_is_exact(name, dtype):
    """NumPy, kernel and floats keep one bound, and none is worse than PyTorch by more than a unit."""
    op, reference = ROWS[name], references.REFERENCES[name]
    x = accuracy.numbers(op, reference, dtype, 32)
    truths = [accuracy.truths(f, x) for f in (reference.function, reference.derivative)]
    least = accuracy.least_sizes(reference, x)
    errors_of = lambda results: list(map(accuracy.errors, results, truths, (dtype, dtype), least))
    bounds = [FUNCTION, DERIVATIVE]
    if accuracy.torch_function(name):
        theirs = errors_of(accuracy.by_torch(name, x, reference.parameters))
        bounds = [min(bound, error.max() + 1.0) for bound, error in zip(bounds, theirs, strict=True)]
    for way, compute in accuracy.ways(op, dtype).items():
        for error, bound in zip(errors_of(compute(op, x, reference.parameters)), bounds, strict=True):
            assert error.max() <= bound, f"{name}({x[error.argmax()]!r}) by {way} is {error.max():.1f} ulp off"


def test_units():
    truth = np.array([1.0, 1.0, 3e-39, 1e39, np.nan, np.inf, 2.0])
    results = np.array([1.0 + 2.0**-22, 1.0, 0.0, np.inf, np.nan, np.inf, 2.0], np.float32)
    assert trust.units(results, truth) == (2.0, 0)
    assert trust.units(np.array([1.0, np.nan], np.float32), np.array([1.0, 1.0])) == (np.inf, 1)


@pytest.mark.parametrize("name", ["tanh", "gelu"])
def test_a_few_thousandths_of_a_whole_format(name):
    pytest.importorskip("numba")
    found = trust.exhaustive(name, chunks=(1016, 3063))  # around 1 and -1
    for (error, number), bound in zip(found, (FUNCTION, DERIVATIVE), strict=True):
        assert error <= bound, f"{name}({number!r})"


def test_the_readme_has_the_table_of_the_command():
    one = {("relu", dtype): dict.fromkeys(trust.WHO, (0.0, 5.0)) for dtype in map(str, accuracy.FORMATS)}
    one["relu", "float32"] = {"ours": (1.75, 5.0), "PyTorch": (1.0, 5.0), "NumPy itself": (0.0, 5.0)}
    printed = trust.markdown(one).splitlines()
    assert printed[2].count("1 of 1 within 2; worst 0.0 (relu)") == 1
    assert printed[2].endswith("| 0.8 (relu) |")
    assert printed[4].endswith("| 0.0 (relu) |")
    assert printed[3].count("1 of 1 within 2; worst 0.0 (relu)") == 3
    assert printed[4].count("0 of 1 within 4; worst 5.0 (relu)") == 3
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    start = readme.index(printed[0])
    table = readme[start:].split("\n\n")[0].splitlines()
    numbers = re.compile(r"\d+ of \d+ within [24]; worst [\d.e+inf]+ \(\w+\)|\d\.\d \(\w+\)|–")
    form = lambda line: numbers.sub("#", line)
    assert [form(line) for line in table] == [form(line) for line in printed]
