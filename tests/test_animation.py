"""A walk as an animated SVG and as a GIF."""

import io
import xml.etree.ElementTree as ET

import pytest
from browser import Visit, browser

import viz
from autograd import Value
from viz.player.animation import animated_svg, first_shown, gif, still_sources

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def player():
    x = Value(3.0, name="x")
    return viz.play((x * x + x).named("y"), names=False)


def test_numbers_appear_at_their_step(player):
    first = first_shown(player.frames)
    assert len(first) == 2 * len(player.picture.drawing.wires)
    assert min(first.values()) == 0


def test_stills_hide_what_is_to_come(player):
    paper, stills = player.picture.theme.paper, list(still_sources(player.picture, player.frames))
    hidden = [still.count(f'FONT COLOR="{paper}"') for still in stills]
    assert hidden == sorted(hidden, reverse=True)
    assert hidden[0] > 5
    assert hidden[-1] == 0
    assert "x is 3.0." in stills[0]
    assert all(still.count("penwidth=3") > 0 for still in stills[1:-1])


def test_svg_has_no_script_and_moves(tmp_path, player):
    path = player.save(tmp_path / "walk.svg")
    tree = ET.parse(path).getroot()
    assert not list(tree.iter(f"{SVG}script"))
    for animation in tree.iter(f"{SVG}animate"):
        times = [float(time) for time in animation.get("keyTimes").split(";")]
        assert times[0] == 0
        assert times == sorted(times)
        assert times[-1] < 1
        assert len(times) == len(animation.get("values").split(";"))
    with browser() as chromium:
        seen = Visit(chromium, path)
        told = (
            "[...document.querySelectorAll('svg > text')].filter((t) => getComputedStyle(t).visibility === 'visible')"
        )
        for step in (0, 4, len(player.frames) - 1):
            seen.page.evaluate(f"document.documentElement.setCurrentTime({1.5 * step + 0.7})")
            shown = seen.page.evaluate(f"{told}.map((t) => [...t.children].map((s) => s.textContent).join(' '))")
            assert [text.strip() for text in shown] == [player.frames[step].say]
        assert seen.quiet()
        seen.page.close()


def test_gif_has_a_frame_a_step(tmp_path, player):
    image_module = pytest.importorskip("PIL.Image")
    few = player.frames[-3:]
    with image_module.open(io.BytesIO(gif(player.picture, few))) as film:
        assert film.n_frames == 3
        assert film.info["duration"] == 1500
        assert film.width > 200


def test_nasty_labels_stay_text():
    x = Value(2.0, name="</text><script>\"'&\\N")
    player = viz.play((x * x).named("y"), names=False)
    tree = ET.fromstring(animated_svg(player.picture, player.frames))
    assert not list(tree.iter(f"{SVG}script"))
    assert any(x.name in "".join(text.itertext()) for text in tree.findall(f"{SVG}text"))
