"""Every example runs, prints, and leaves the pictures and tables that it names. Short runs: one or few epochs."""

import re
import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
SCRIPTS = sorted(path.stem for path in EXAMPLES.glob("*.py") if "__main__" in path.read_text(encoding="utf-8"))
PRINTED = {
    "accumulation": ["MSE = 7.5", "backward 1: W.grad = -15.0, E.grad = [-0.5, -1.0, -1.5, -2.0]", "W.grad = -30.0"],
    "fan_out": ["1.0 + 3.0 + 3.0"],
    "gradient_descent": [
        "epoch 1: w = 1.144, loss = 6.41718674",
        *(f"w = {w}" for w in (1.608, "1.820", 1.917, 1.962, 1.983, 1.992, 1.996, 1.998, 1.999)),
        "epoch 101: w = 2.000, loss = 0.00000109",
    ],
    "micrograd_readme": ["24.7041", "138.8338", "645.5773"],
    "sigmoid_gates": ["∂σ/∂x = 0.196611933241"],
    "xor": ["0.610639", "0.68568", "-0.661105 → 0.340491"],
}  # fmt: skip


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return tmp_path


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.filterwarnings("default")
def test_example(name, workshop, monkeypatch, capsys):
    pytest.importorskip("matplotlib")
    source = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    takes_epochs = "arguments(" in source
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *(["--epochs", "2"] if takes_epochs else [])])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert printed.strip()
    for text in PRINTED.get(name, []):
        assert text in printed
    for path in re.findall(r"(out/\S+\.\w+)", printed):
        assert (workshop / path).stat().st_size > 40, f"{path} was named but is empty"
