"""Explorers as widgets, and pages in notebooks: executed, exported, and opened with the network off."""

import sys

import numpy as np
import pytest
from browser import browser

import viz
from viz.explorers import widgets


@pytest.fixture(scope="module")
def kit():
    return pytest.importorskip("ipywidgets", reason="widgets are tested with ipywidgets")


def inside(box, kind):
    """All widgets of a kind in a box, in order."""
    found = [box] if type(box).__name__ == kind else []
    for child in getattr(box, "children", ()):
        found += inside(child, kind)
    return found


def text(box):
    return " ".join(child.value for child in inside(box, "HTML"))


def number_after(box, word):
    return float(text(box).rpartition(f"{word}: ")[2].split("<")[0].split(" ")[0])


# -- without and with ipywidgets ---------------------------------------------------------------------------------------


def test_outside_of_a_notebook_it_is_a_page():
    assert set(viz.explore_neuron()._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_without_ipywidgets_it_is_a_page(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setattr(widgets, "are_installed", lambda: False)
    monkeypatch.setattr(widgets, "there_is_a_kernel", lambda: True)
    shown = viz.explore_neuron()._repr_mimebundle_()
    assert shown["text/html"].startswith("<iframe")
    with pytest.raises(ImportError, match=r'pip install "gradwalk\[notebook\]"'):
        viz.explore_neuron(widgets=True)
    with pytest.raises(ImportError, match=r"explorer.save|save\("):
        viz.explore_neuron().widget()


def test_with_a_kernel_it_is_widgets_with_the_page_behind(kit, monkeypatch):
    monkeypatch.setattr(widgets, "there_is_a_kernel", lambda: True)
    shown = viz.explore_neuron()._repr_mimebundle_()
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert shown["text/html"].startswith("<iframe")
    assert shown["text/plain"].startswith("<explorer")
    assert "application/vnd.jupyter.widget-view+json" not in viz.explore_neuron(widgets=False)._repr_mimebundle_()


def test_where_the_page_cannot_hide_page_and_widgets_are_one_output(kit, monkeypatch):
    monkeypatch.setattr(widgets, "there_is_a_kernel", lambda: True)
    monkeypatch.setenv("VSCODE_PID", "1")
    with pytest.raises(NotImplementedError):
        viz.explore_neuron()._ipython_display_()
    monkeypatch.delenv("VSCODE_PID")
    shown = []
    monkeypatch.setattr(widgets, "publish", shown.append)
    viz.explore_neuron()._ipython_display_()
    assert ["text/html" in data for data in shown] == [True, False]
    with pytest.raises(NotImplementedError):
        viz.explore_neuron(widgets=False)._ipython_display_()


# -- what the widgets do -----------------------------------------------------------------------------------------------


def test_activations_are_chosen_and_a_tangent_moves(kit):
    box = viz.explore_activation(["sigmoid", "relu"], -2, 2).widget()
    (name,), (place,) = inside(box, "Dropdown"), inside(box, "SelectionSlider")
    name.value = "relu"
    place.value = 480
    assert "ReLU: derivative" in text(box)
    assert "x = 2 &emsp; A(x) = 2 &emsp; A′(x) = 1" in text(box)


def test_a_neuron_moves(kit):
    box = viz.explore_neuron(activation="tanh", lang="ru").widget()
    w, b = inside(box, "FloatSlider")
    before = text(box)
    assert (w.min, w.max, b.min, b.max) == (-50, 50, -10, 10)
    w.value, b.value = -3.0, 2.0
    assert "TanH(−3·x + 2)" in text(box)
    assert f"{np.tanh(2):.4g}" in text(box)
    inside(box, "Dropdown")[0].value = "linear"
    assert "A(w·0 + b) = 2" in text(box)
    assert text(box) != before


@pytest.mark.parametrize(
    ("hidden", "target", "count"), [((2,), "square", 7), ((3,), "sin", 10), ((3, 3), "square", 22)]
)
def test_a_tiny_network_learns_on_a_click(kit, hidden, target, count):
    explorer = viz.explore_tiny_net(hidden, target, epochs=30)
    box = explorer.widget()
    (train,), (tabs,) = inside(box, "Button"), inside(box, "Tab")
    (presets,) = inside(box, "ToggleButtons")
    sliders = inside(box, "FloatSlider")
    assert len(sliders) == count
    assert [slider.description for slider in inside(tabs.children[-1], "FloatSlider")][-1] == f"b{sum(hidden) + 1}"
    assert list(tabs.titles)[-1] == "output"
    before = number_after(box, "error")
    train.click()
    assert number_after(box, "error") < before
    assert "learned" in text(box)
    presets.value = "learned"
    learned = number_after(box, "error")
    assert learned < before
    inside(box, "FloatSlider")[-1].value = 9.0
    assert number_after(box, "error") != learned
    inside(box, "Dropdown")[0].value = "relu"
    assert presets.value == "learned"


def test_sliders_reach_the_weights_by_hand(kit):
    explorer = viz.explore_tiny_net(epochs=0)
    box = explorer.widget()
    assert [slider.value for slider in inside(box, "FloatSlider")] == [0.3, -3.45, -0.31, -3.45, 300.0, 300.0, -11.5]
    assert number_after(box, "error") == pytest.approx(35.43)
    assert len(inside(box, "ToggleButtons")[0].options) == 1


# -- a notebook, executed and exported ---------------------------------------------------------------------------------

CELLS = [
    "import viz\nfrom autograd import Value, exp\nx, w = Value(2.0), Value(-1.0)\ny = 1 / (1 + exp(-w * x))",
    "viz.play(y)",
    "viz.draw(y)",
    "viz.explore_neuron(b=1.0)",
]


@pytest.fixture(scope="module", params=[False, True], ids=["without widget state", "with widget state"])
def exported(request, tmp_path_factory):
    """A notebook with a player, a picture and an explorer, executed by a kernel and exported to HTML."""
    nbformat = pytest.importorskip("nbformat", reason="notebooks are executed with nbclient")
    nbclient = pytest.importorskip("nbclient")
    nbconvert = pytest.importorskip("nbconvert")
    pytest.importorskip("ipykernel")
    folder = tmp_path_factory.mktemp("notebook")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    client = nbclient.NotebookClient(
        book,
        timeout=120,
        kernel_name="python3",
        store_widget_state=request.param,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    body, _ = nbconvert.HTMLExporter().from_notebook_node(book)
    path = folder / "notebook.html"
    path.write_text(body, encoding="utf-8")
    return book, path


def test_a_kernel_gives_widgets(exported):
    if not widgets.are_installed():
        pytest.skip("widgets are tested with ipywidgets")
    book, _ = exported
    page, live = book.cells[3].outputs
    assert "application/vnd.jupyter.widget-view+json" in live.data
    assert "text/html" not in live.data
    assert "<iframe" in page.data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" not in page.data


def test_an_exported_notebook_plays_with_the_network_off(exported):
    _, path = exported
    with browser() as running:
        page = running.new_context(offline=True, viewport={"width": 1200, "height": 900}).new_page()
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        player = page.frame_locator("iframe").nth(0)
        assert player.locator(".count").inner_text() == "step 1 of 16"
        player.locator("[data-do=next]").click()
        player.locator(".stage svg").click(position={"x": 5, "y": 5})
        page.keyboard.press("ArrowRight")
        assert player.locator(".count").inner_text() == "step 3 of 16"
        assert player.locator(".say").inner_text() == "v1 = -w = -(-1.0) = 1.0"
        page.keyboard.press("End")
        assert player.locator(".say").inner_text().startswith("The gradient of x is there: ∂y/∂x = ")
        assert page.locator(".gradwalk-picture svg").is_visible()
        assert not page.locator("[id*=jupyter-widgets], .jupyter-widgets").locator("visible=true").count()
        neuron = page.frame_locator("iframe").nth(1)
        neuron.get_by_role("spinbutton", name="b").fill("0")
        assert neuron.locator(".told").inner_text() == "A(w·0 + b) = 0.5"
