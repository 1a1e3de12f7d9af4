"""What lays pictures out: `dot` where there is one, else pygraphviz, else a message that says what to install."""

import os
import stat
import sys

import pytest

import viz
from autograd import Value
from viz import layout

GRAPH = 'digraph { a -> b [label="→ é 🙂"] }'


def fake_dot(folder, body):
    """A program called dot that runs a few lines of Python."""
    program = folder / "dot"
    program.write_text(f"#!{sys.executable}\nimport sys\n{body}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for dot is a script with a #! line")


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A PATH with nothing on it but what the test puts there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_dot_comes_first(path):
    program = fake_dot(
        path,
        'if sys.argv[1] == "-V":\n    sys.exit("dot - graphviz version 99.1 (20990101)")\n'
        "sys.stdout.buffer.write(sys.argv[1].encode() + b' ' + sys.stdin.buffer.read())",
    )
    engine = layout.find_engine()
    assert (engine.name, engine.where) == ("dot", str(program))
    assert "99.1" in engine.version
    assert layout.render(GRAPH, "svg").decode() == f"-Tsvg {GRAPH}"


def test_dot_that_fails_is_quoted(path):
    fake_dot(path, 'sys.exit("Fontconfig warning: noise\\nError: syntax error in line 1")')
    with pytest.raises(viz.LayoutError, match=r"dot cannot make 'png': Error: syntax error in line 1$"):
        layout.render(GRAPH, "png")


def test_dot_that_does_not_end_is_stopped(path, monkeypatch):
    fake_dot(path, "import time\nif sys.argv[1] != '-V':\n    time.sleep(60)")
    monkeypatch.setattr(layout, "PATIENCE", 1)
    with pytest.raises(viz.LayoutError, match="fold the picture"):
        layout.render(GRAPH)


def test_a_layout_that_takes_long_is_done_with_less_care(path, monkeypatch):
    fake_dot(
        path,
        "import time\ntext = sys.stdin.read()\nif sys.argv[1] != '-V':\n"
        "    time.sleep(0 if 'nslimit' in text else 60)\n    sys.stdout.write(text)",
    )
    monkeypatch.setattr(layout, "PATIENCE", 3)
    assert layout.render(GRAPH).decode().startswith("digraph { graph [nslimit=0")


@pytest.mark.parametrize("program", ["dot", "pygraphviz"])
def test_several_at_once(path, monkeypatch, program):
    """One process lays out several pictures; each is as it is alone."""
    if program == "dot":
        fake_dot(path, "print(''.join('<?xml ' + part for part in sys.stdin.read().split('digraph')[1:]), end='')")
    else:
        pytest.importorskip("pygraphviz", minversion="2.0")
    sources = ["digraph { a -> b }\n", "digraph { c -> d -> e }\n"]
    alone = [layout.render(source).strip() for source in sources]
    assert [picture.strip() for picture in layout.render_all(sources)] == alone


@pytest.mark.parametrize(("format", "head"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_pygraphviz_needs_no_dot(path, format, head):
    pytest.importorskip("pygraphviz", minversion="2.0")
    assert layout.find_engine().name == "pygraphviz"
    assert layout.render(GRAPH, format).startswith(head)


def test_pygraphviz_says_what_it_cannot(path):
    pytest.importorskip("pygraphviz", minversion="2.0")
    with pytest.raises(viz.LayoutError, match="cannot make 'hologram'"):
        layout.render(GRAPH, "hologram")
    with pytest.raises(viz.LayoutError, match="cannot make 'svg'"):
        layout.render("digraph { a -> ", "svg")


def test_an_old_pygraphviz_does_not_count(path, monkeypatch):
    pytest.importorskip("pygraphviz")
    monkeypatch.setattr(layout, "version", lambda name: "1.14")
    assert layout.find_engine() is None


@pytest.fixture
def nothing(path, monkeypatch):
    monkeypatch.setattr(layout, "find_spec", lambda name: None)


def test_without_any_the_message_says_what_to_install(nothing, tmp_path):
    x = Value(2.0)
    picture = viz.draw(x * x)
    with pytest.raises(viz.LayoutError, match=r'pip install "gradwalk\[draw\]"') as caught:
        picture.save(tmp_path / "x.svg")
    for command in ("sudo apt install graphviz", "brew install graphviz", "winget install graphviz"):
        assert command in str(caught.value)
    assert not (tmp_path / "x.svg").exists()


def test_without_any_the_text_is_still_there(nothing, tmp_path):
    x = Value(2.0)
    picture = viz.draw(x * x)
    assert picture.save(tmp_path / "x.dot").read_text(encoding="utf-8") == picture.source
    assert picture.to_graphviz().source.startswith("digraph")
    bundle = picture._repr_mimebundle_()
    assert set(bundle) == {"text/plain"}
    assert "gradwalk[draw]" in bundle["text/plain"]
