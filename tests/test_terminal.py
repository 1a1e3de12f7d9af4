"""`gradwalk play` and `gradwalk step --interactive`: a page written, and the walk stepped through with keys."""

import os
import sys

import pytest

from autograd import Value, walk
from viz.cli import main
from viz.terminal import Told
from viz.words import words_of

FAN_OUT = ["x*x+x", "x=3"]


def test_play_writes_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["play", *FAN_OUT, "--html", "out/f.html", "--lang", "ru", "--theme", "dark"]) == 0
    assert "wrote out" in capsys.readouterr().out
    html = (tmp_path / "out" / "f.html").read_text(encoding="utf-8")
    assert '<html lang="ru"' in html
    assert "x используется в 3 местах" in html
    assert main(["play", *FAN_OUT]) == 0
    assert (tmp_path / "f.html").exists()


def test_play_writes_films(tmp_path, monkeypatch):
    pytest.importorskip("PIL")
    monkeypatch.chdir(tmp_path)
    assert main(["play", "x*2", "x=3", "--svg", "f.svg", "--gif", "f.gif"]) == 0
    assert "<animate" in (tmp_path / "f.svg").read_text(encoding="utf-8")
    assert (tmp_path / "f.gif").read_bytes().startswith(b"GIF89a")


def test_play_of_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "program.py").write_text(
        "from autograd import Value\nx = Value(3.0)\nloss = x * x\nloss.backward()\n", encoding="utf-8"
    )
    assert main(["play", "program.py", "--html", "f.html"]) == 0
    assert "∂loss/∂x = 6.0" in (tmp_path / "f.html").read_text(encoding="utf-8")


def test_stepping_needs_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert main(["step", *FAN_OUT, "--interactive"]) == 1
    assert "needs a terminal" in capsys.readouterr().err


def test_the_way_through_a_walk():
    x = Value(3.0, name="x")
    told = Told(walk((x * x + x).named("f")), words_of("en"))
    assert told.line(1).endswith("v1 = x * x = 3.0 * 3.0 = 9.0")
    assert told.after("back", 0) == 0
    assert told.after("last", 0) == 9
    assert told.after("next_gate", 3) == 6
    assert "x is used in 3 places" in told.line(told.find("used in", 0))
    assert told.find("nothing like it", 0) is None
    assert "✓ finite differences agree" in told.line(5)
    assert told.line(9).endswith("∂f/∂x = 7.0.  ✓ moving x and computing f anew agrees")


def test_leaves_of_a_large_graph_are_not_checked_in_the_terminal():
    x = Value(1.0, name="x")
    y = x
    for _ in range(10_500):
        y = y * 1.0
    assert "anew" not in Told(walk(y), words_of("en")).line(-1)


@pytest.mark.skipif(os.name == "nt", reason="a terminal of this kind exists on POSIX alone")
def test_keys_in_a_terminal():
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    script = "import sys; from viz.cli import main; sys.exit(main(['step', 'x*x+x', 'x=3', '-i']))"
    process = os.posix_spawn(
        sys.executable, [sys.executable, "-c", script], {**os.environ, "PYTHONIOENCODING": "utf-8"},
        file_actions=[(os.POSIX_SPAWN_DUP2, slave, 0), (os.POSIX_SPAWN_DUP2, slave, 1)],
    )  # fmt: skip
    os.close(slave)
    read_until(master, "1 of 10")
    os.write(master, b"\x1b[C")
    assert "v1 = x * x" in read_until(master, "2 of 10", "9.0")
    os.write(master, b"/used in\r")
    assert "1.0 + 3.0 + 3.0 = 7.0" in read_until(master, "9 of 10", "adds]")
    os.write(master, b"q")
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    os.close(master)


def read_until(terminal, *wanted):
    """What the terminal shows until all of `wanted` is there."""
    shown = b""
    while not all(text.encode() in shown for text in wanted):
        shown += os.read(terminal, 4096)
    return shown.decode(errors="replace")
