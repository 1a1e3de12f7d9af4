"""A walk that moves by itself: an animated SVG without script, and a GIF (S3.12)."""

import io
import re
import xml.etree.ElementTree as ET

from .. import layout
from ..dot import quoted
from ..webpage import accent_of

SECONDS = 1.5  # of one step
_SVG = "http://www.w3.org/2000/svg"
_LETTER = 6.6  # width of a letter of the sentence below, on average
_LINE = 22
_WIRE = re.compile(r"^\s*(e\d+|out\d+) \[")
_BOX = re.compile(r"^\s*(n\d+) \[")
_END = re.compile(r'id="((?:e|out)\d+)-(?:start|end)"')


def first_shown(frames):
    """{id of a number: the step from which it is there}."""
    found = {}
    for step, frame in enumerate(frames):
        for shown in frame.shown:
            found.setdefault(shown, step)
    return found


# -- SVG --------------------------------------------------------------------------------------------------------------


def animated_svg(picture, frames, seconds=SECONDS):
    """The walk as one SVG that repeats for ever; where nothing moves it shows the whole picture."""
    for prefix, name in (("", _SVG), ("xlink", "http://www.w3.org/1999/xlink")):
        ET.register_namespace(prefix, name)
    tree = ET.fromstring(picture.svg)
    movie = _Movie(len(frames), seconds, accent_of(picture.theme))
    mark = next(g.get("id").removesuffix("graph0") for g in tree.iter(f"{{{_SVG}}}g") if g.get("id"))
    first = first_shown(frames)
    lit = {}
    for step, frame in enumerate(frames):
        for id in frame.lit:
            lit.setdefault(id, []).append(step)
    for group in list(tree.iter(f"{{{_SVG}}}g")):
        id = (group.get("id") or "").removeprefix(mark)
        if id in first:
            movie.appears(group, first[id])
        steps = lit.get(re.sub("-(start|end)$", "", id))
        if steps:
            movie.lights(group, steps)
    _add_sentences(tree, frames, movie, picture.theme)
    return ET.tostring(tree, encoding="unicode", xml_declaration=True)


class _Movie:
    """Writes the animations into elements."""

    def __init__(self, count, seconds, accent):
        self.count, self.duration, self.accent = count, f"{count * seconds:g}s", accent

    def _animate(self, element, attribute, pairs):
        """`pairs` of (step, value), from step 0 on."""
        ET.SubElement(element, f"{{{_SVG}}}animate", {
            "attributeName": attribute, "calcMode": "discrete", "dur": self.duration, "repeatCount": "indefinite",
            "values": ";".join(value for _, value in pairs),
            "keyTimes": ";".join(f"{step / self.count:.5g}" for step, _ in pairs),
        })  # fmt: skip

    def appears(self, element, step):
        if step:
            self._animate(element, "visibility", [(0, "hidden"), (step, "visible")])

    def only_at(self, element, step):
        pairs = [(0, "hidden"), (step, "visible"), (step + 1, "hidden")]
        pairs = pairs[1:] if step == 0 else pairs
        self._animate(element, "visibility", [pair for pair in pairs if pair[0] < self.count])

    def lights(self, group, steps):
        for tag, attribute in (("ellipse", "stroke"), ("path", "stroke"), ("polygon", "fill")):
            for shape in list(group.iter(f"{{{_SVG}}}{tag}")):
                plain = shape.get(attribute)
                if not plain or plain == "none":
                    continue
                self._animate(shape, attribute, self._flashes(steps, plain, self.accent))
                if attribute == "stroke":
                    thin = shape.get("stroke-width", "1")
                    self._animate(shape, "stroke-width", self._flashes(steps, thin, "2.5"))

    def _flashes(self, steps, plain, bright):
        pairs = {0: plain}
        for step in sorted(steps):
            pairs[step] = bright
            if step + 1 < self.count and step + 1 not in steps:
                pairs[step + 1] = plain
        return sorted(pairs.items())


def _add_sentences(tree, frames, movie, theme):
    """The sentence of each step below the picture, broken into lines, and paper behind it."""
    left, top, width, height = map(float, tree.get("viewBox").split())
    wide = max(width, 300.0)
    told = [_wrapped(frame.say, int(wide / _LETTER)) for frame in frames]
    room = _LINE * max(map(len, told)) + 10
    for name in ("width", "height"):
        tree.attrib.pop(name, None)
    tree.set("viewBox", f"{left:g} {top:g} {wide:g} {height + room:g}")
    paper = {"x": f"{left:g}", "y": f"{top:g}", "width": f"{wide:g}", "height": f"{height + room:g}"}
    tree.insert(0, ET.Element(f"{{{_SVG}}}rect", {**paper, "fill": theme.paper}))
    look = {"font-family": "Helvetica,Arial,sans-serif", "font-size": "13", "fill": theme.ink, "visibility": "hidden"}
    for step, lines in enumerate(told):
        text = ET.SubElement(tree, f"{{{_SVG}}}text", look)
        for number, line in enumerate(lines, 1):
            place = {"x": f"{left + 8:g}", "y": f"{top + height + number * _LINE - 6:g}"}
            ET.SubElement(text, f"{{{_SVG}}}tspan", place).text = line
        movie.only_at(text, step)


def _wrapped(text, width):
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


# -- GIF --------------------------------------------------------------------------------------------------------------


def gif(picture, frames, seconds=SECONDS):
    """The walk as the bytes of a GIF that repeats for ever: a layout a step, so a second for ten steps."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError('a GIF needs Pillow: pip install "gradwalk[plot]"') from error
    images = [
        Image.open(io.BytesIO(layout.render(source, "png"))).convert("RGB") for source in still_sources(picture, frames)
    ]
    size = max(image.width for image in images), max(image.height for image in images)
    stills = [Image.new("RGB", size, picture.theme.paper) for _ in images]
    for still, image in zip(stills, images, strict=True):
        still.paste(image, (0, 0))
    stills = [still.quantize(64) for still in stills]
    file = io.BytesIO()
    times = [round(1000 * seconds)] * (len(stills) - 1) + [round(3000 * seconds)]
    stills[0].save(file, "GIF", save_all=True, append_images=stills[1:], duration=times, loop=0, optimize=False)
    return file.getvalue()


def still_sources(picture, frames):
    """DOT text of each step: numbers that are still to come have the colour of the paper, what is lit the accent."""
    first = first_shown(frames)
    lines = picture.source.splitlines()
    theme, accent = picture.theme, accent_of(picture.theme)
    longest = max(len(lines) for lines in (_wrapped(frame.say, _letters(picture)) for frame in frames))
    for step, frame in enumerate(frames):
        told = _wrapped(frame.say, _letters(picture))
        label = "\\l".join(quoted(line)[1:-1] for line in [*told, *[" "] * (longest - len(told))])
        yield "\n".join([
            *(_still_line(line, step, first, frame.lit, theme, accent) for line in lines[:-1]),
            f'  label="{label}\\l" labeljust="l" labelloc="b" fontsize=13 fontcolor={quoted(theme.ink)}', "}", "",
        ])  # fmt: skip


def _letters(picture):
    """Letters of a line below the picture: about nine a wire of its longest way."""
    return max(48, min(110, 9 * len(picture.drawing.wires)))


def _still_line(line, step, first, lit, theme, accent):
    strong = f' color="{accent}" penwidth=3]'
    if wire := _WIRE.match(line):
        for which, color in (("value", theme.value), ("gradient", theme.gradient)):
            if first.get(f"{wire[1]}-{which}", 0) > step:
                line = line.replace(f'"{color}"', f'"{theme.paper}"')
        if wire[1] in lit:
            line = line.replace(f'PORT="w" BGCOLOR="{theme.ink}"', f'PORT="w" BGCOLOR="{accent}"')
        return line
    box, end = _BOX.match(line), _END.search(line)
    is_lit = (box and box[1] in lit) or (end and end[1] in lit)
    return line[:-1] + strong if is_lit and line.endswith("]") else line
