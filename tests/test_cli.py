"""The command line: what it prints and writes, on formulas, on the user's own files, and on mistakes."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import viz
from autograd import Value
from viz import doctor, layout
from viz.cli import main
from viz.user_file import REMEMBERED, Memory, run

CIRCUIT = ["1/(1+exp(-(w0*x0+w1*x1+w2)))", "w0=2", "x0=-1", "w1=-3", "x1=-2", "w2=-3"]
ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _workshop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def engine():
    if layout.find_engine() is None:
        pytest.skip("no Graphviz on this machine")


def file(text, name="train_step.py"):
    Path(name).write_text(text, encoding="utf-8")
    return name


# -- formulas ---------------------------------------------------------------------------------------------------------


def test_step_prints_the_table_and_writes_the_pictures(engine, capsys):
    assert main(["step", *CIRCUIT, "--svg", "out/f.svg", "--png", "out/f.png", "--dot", "out/f.dot"]) == 0
    out = capsys.readouterr().out
    assert "f  = 1 / v7  = 1 / 1.36788   = 0.731059" in out
    assert "∂f/∂x1 = ∂f/∂v2 × w1        = 0.196612 × (-3.0)    = -0.589836" in out
    assert out.endswith("wrote out/f.svg\nwrote out/f.png\nwrote out/f.dot\n".replace("/", os.sep))
    assert Path("out/f.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert Path("out/f.png").read_bytes().startswith(b"\x89PNG")
    assert "−0.5898" in Path("out/f.dot").read_text(encoding="utf-8")


def test_draw_writes_where_it_says(engine, capsys):
    assert main(["draw", *CIRCUIT]) == 0
    assert main(["draw", *CIRCUIT, "--format", "dot", "--theme", "dark"]) == 0
    assert main(["draw", *CIRCUIT, "-o", "deep/er/x.pdf"]) == 0
    assert capsys.readouterr().out.split() == [
        "wrote",
        "f.svg",
        "wrote",
        "f.dot",
        "wrote",
        os.path.join("deep", "er", "x.pdf"),
    ]
    assert "#14171c" in Path("f.dot").read_text(encoding="utf-8")
    assert Path("deep/er/x.pdf").read_bytes().startswith(b"%PDF")


def test_draw_to_the_terminal(capfdbinary):
    assert main(["draw", "w*x", "w=2", "x=3", "--format", "dot", "-o", "-"]) == 0
    sys.stdout.flush()
    assert capfdbinary.readouterr().out.startswith(b"digraph")


def test_a_formula_may_begin_with_a_minus(capsys):
    assert main(["step", "-x*2", "x=1"]) == 0
    assert main(["step", "-w", "w=1"]) == 0
    assert "∂f/∂w = -1.0" in capsys.readouterr().out


def test_matrices_and_a_result_of_many_entries(capsys):
    assert main(["step", "W@x", "W=[[1,2],[3,4]]", "x=[1,-1]"]) == 0
    told = capsys.readouterr()
    assert "f has 2 entries: the gradients are those of their sum" in told.err
    assert re.search(r"∂f/∂x = +\[4.0, 6.0\]", told.out)


def test_the_result_keeps_out_of_the_way_of_a_number_called_f(capsys):
    assert main(["step", "f*2", "f=3"]) == 0
    assert "∂out/∂f = 2.0" in capsys.readouterr().out


def test_all_shows_the_middle_too(capsys):
    long = "+".join(["w"] * 60)
    main(["step", long, "w=1"])
    short = capsys.readouterr().out
    assert "more steps; every=True (--all) shows them" in short
    main(["step", long, "w=1", "--all"])
    assert len(capsys.readouterr().out) > len(short)


# -- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["step", "w*q", "w=1"], "q has no number"),
        (["step", "w*", "w=1"], "this is no formula"),
        (["step", "w", "w=1"], "nothing to differentiate in 'w'"),
        (["step", "1+1"], "nothing to differentiate"),
        (["step", "w*2", "w"], "'w' is no binding"),
        (["step", "w*2", "w=1", "--value", "loss"], "--value belongs to a Python file"),
        (["step", "missing.py"], "cannot read missing.py: No such file"),
        (["draw", "w*2", "w=1", "--format", "dot", "-o", "a_file/x.dot"], "cannot write"),
    ],
)
def test_mistakes_are_answered_in_a_sentence(arguments, message, capsys):
    Path("a_file").write_text("", encoding="utf-8")
    assert main(arguments) == 1
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.startswith("gradwalk: ")
    assert "Traceback" not in told.err


def test_wrong_calls_have_exit_code_2(capsys):
    assert main([]) == 2
    assert "commands:" in capsys.readouterr().out
    for arguments in (["step"], ["fly"], ["draw", "w*2", "w=1", "--theme", "pink"], ["draw", "w*2", "--format", "gif"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2


def test_version_and_help(capsys):
    for arguments, text in (
        (["--version"], f"gradwalk {version('gradwalk')}"),
        (["step", "--help"], "FORMULA|FILE.py"),
    ):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 0
        assert text in capsys.readouterr().out


def test_without_graphviz_the_table_still_comes(capsys, monkeypatch):
    monkeypatch.setattr(layout, "find_engine", lambda: None)
    assert main(["step", *CIRCUIT, "--svg", "f.svg"]) == 1
    told = capsys.readouterr()
    assert "= 0.731059" in told.out
    assert 'pip install "gradwalk[draw]"' in told.err
    assert main(["step", *CIRCUIT, "--dot", "f.dot"]) == 0


# -- files ------------------------------------------------------------------------------------------------------------

TRAINING = """
import sys
import numpy as np
from autograd import Value, no_grad
w, b = Value(2.0), Value(0.5)
W = Value(np.full((20, 20), 0.1))
for epoch in range(6):
    loss = ((w * 3 + b - 1) ** 2) + (W * W).sum()
    for parameter in (w, b, W):
        parameter.grad = None
    loss.backward()
    with no_grad():
        w -= 0.01 * w.grad
        b -= 0.01 * b.grad
        W -= 0.01 * W.grad
print("arguments", sys.argv[1:], __name__)
"""


def test_a_training_file_is_walked_as_it_was_in_its_last_pass(capsys):
    assert main(["step", file(TRAINING), "--dot", "loss.dot"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("arguments [] __main__\n")
    assert "the graph behind the variable loss" in told.err
    variables, memory = run("train_step.py")
    with memory.restored(variables["loss"]):
        steps = viz.steps(variables["loss"], names=variables)
        again = steps.walk.forward[-1].result
    assert again == variables["loss"].item()
    gradients = {row.name: row.result for row in steps if row.phase == "leaves"}
    assert gradients["w"] == f"{variables['w'].grad.item():.6g}"
    assert "20×20" in gradients["W"]
    assert "released" not in Path("loss.dot").read_text(encoding="utf-8")


def test_the_users_program_runs_as_it_would_alone():
    text = TRAINING + "\ntry:\n    loss.backward()\nexcept RuntimeError as error:\n    refused = str(error)\n"
    variables, memory = run(file(text))
    assert "released by an earlier backward()" in variables["refused"]
    before = variables["w"].data
    with memory.restored(variables["loss"]):
        assert variables["w"].data != before
    assert variables["w"].data == before
    assert len(memory.passes) == REMEMBERED


def test_the_file_has_its_own_folder_its_arguments_and_its_main(capsys):
    Path("sub").mkdir()
    file("from autograd import Value\nweight = Value(3.0)\n", "sub/helper.py")
    file(
        "import sys, helper\nresult = helper.weight * float(sys.argv[1])\nif __name__ == '__main__': sys.exit(0)\n",
        "sub/main.py",
    )
    path, modules = list(sys.path), sys.modules["__main__"]
    assert main(["step", "sub/main.py", "4"]) == 0
    assert "result = x1 * 4.0 = 3.0 * 4.0 = 12.0" in capsys.readouterr().out
    assert sys.path == path
    assert sys.modules["__main__"] is modules


@pytest.mark.parametrize(
    ("wanted", "name"),
    [("loss", "loss"), ("losses[-1]", "losses[-1]"), ("net.out", "net.out"), ("by['b']", "by['b']"), (None, "last")],
)
def test_the_value_may_be_a_path(wanted, name, capsys):
    text = """
from types import SimpleNamespace
from autograd import Value
x = Value(2.0)
loss = x * 2
losses = [loss, x * 3]
net = SimpleNamespace(out=x * 4)
by = {"b": x * 5}
last = x * 6
"""
    if wanted is None:
        text = text.replace("loss = x * 2", "first = x * 2").replace("[loss,", "[first,")
    assert main(["step", file(text), *(["--value", wanted] if wanted else [])]) == 0
    assert f"∂{name}/∂x" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ("x = 1", None, "leaves no variable with a graph"),
        (
            "from autograd import Value\nx = Value(1.0)\ny = x * 2\nz = 3",
            "z",
            "z is of type int, not a Value; there are y",
        ),
        (
            "from autograd import Value\nx = Value(1.0)\ny = x * 2",
            "loss",
            "no variable loss at module level; there are y",
        ),
        ("x = []", "x[0]", "--value x[0]: list index out of range"),
        ("x = 1", "f(x)", "--value takes a name like"),
        ("x = 1", "x +", "--value takes a name like"),
        ("x = (", None, "SyntaxError"),
        ("import sys\nsys.exit(3)", None, "ended with exit code 3"),
        ("from autograd import Value\nx = Value(1.0)", "x", None),
    ],
)
def test_files_that_leave_nothing_to_walk(text, value, message, capsys):
    code = main(["step", file(text), *(["--value", value] if value else [])])
    told = capsys.readouterr()
    if message is None:
        assert code == 0
    else:
        assert code == 1
        assert message in told.err


def test_a_file_that_fails_shows_its_own_traceback(capsys):
    assert main(["step", file("def f(x):\n    return x / undefined\n\n\nf(1)\n")]) == 1
    err = capsys.readouterr().err
    assert "train_step.py failed:\nTraceback (most recent call last):\n" in err
    assert "line 5, in <module>" in err
    assert "NameError: name 'undefined' is not defined" in err
    assert "user_file.py" not in err


def test_memory_finds_results_inside_a_graph_too():
    memory = Memory()
    viz.user_file.witnesses.append(memory.witness)
    try:
        x = Value(np.ones(300))
        hidden = x * 2
        hidden.sum().backward()
    finally:
        viz.user_file.witnesses.remove(memory.witness)
    with memory.restored(hidden):
        assert viz.steps(hidden, gradient=np.ones(300)).rows
    with memory.restored(Value(1.0) * 2):
        pass


# -- doctor -----------------------------------------------------------------------------------------------------------


def test_doctor_tells_versions_and_engine(engine, capsys):
    code = main(["doctor"])
    out = capsys.readouterr().out
    assert f"numpy            {version('numpy')}" in out
    assert "layout engine" in out
    assert code == (1 if "! " in out else 0)


def test_doctor_points_at_what_is_wrong(monkeypatch):
    other = SimpleNamespace(
        metadata={"Name": "autograd"}, files=[Path("autograd/__init__.py")], read_text=lambda name: None
    )
    monkeypatch.setattr(layout, "find_engine", lambda: None)
    monkeypatch.setattr(doctor, "distributions", lambda: [other])
    text, healthy = doctor.report()
    assert not healthy
    assert "! name autograd    also installed by autograd: pip uninstall autograd" in text
    assert "! layout engine    no Graphviz found" in text


def test_the_module_runs_as_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "viz", "step", "x*x", "x=3"], capture_output=True, text=True, encoding="utf-8", cwd=ROOT,
        check=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert "∂f/∂x = 6.0" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_terminal_without_the_signs_gets_question_marks():
    done = subprocess.run(
        [sys.executable, "-m", "viz", "step", "x*x", "x=3"], capture_output=True, cwd=ROOT, check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert b"?f/?x = 6.0" in done.stdout
