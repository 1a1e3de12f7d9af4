"""Steps of what is folded: one forward for a box and one backward; a very large graph is walked in such steps alone."""

from .frame import Frame


def coarse_frames(drawing, words, root=None):
    """Frames with one step a visible box and pass. Nothing is walked: the numbers are those of the drawing.

    root   name of what is differentiated, if the drawing is of a part
    """
    frames = [_input(wire, words) for wire in drawing.wires if wire.classes == "wire leaf"]
    into, out_of = wires_by_box(drawing)
    boxes = [box for box in drawing.boxes if box.id in into or box.id in out_of]
    frames += [
        forward(box, out_of.get(box.id, []), words) for box in boxes if getattr(box.node, "span", box.kind != "copy")
    ]
    frames += [_start(wire, words, root) for wire in drawing.wires if wire.target is None]
    for box in reversed(boxes):
        gradients = [wire for wire in into.get(box.id, []) if wire.gradient is not None]
        if gradients:
            frames.append(backward(box, gradients, words, drawing, root))
    return frames


def wires_by_box(drawing):
    """({box id: wires that enter it}, {box id: wires that leave it})."""
    into, out_of = {}, {}
    for wire in drawing.wires:
        if wire.target is not None:
            into.setdefault(wire.target.id, []).append(wire)
        if wire.source is not None:
            out_of.setdefault(wire.source.id, []).append(wire)
    return into, out_of


def forward(box, wires, words):
    """The forward pass through a box."""
    results = ", ".join(dict.fromkeys(_text(wire.value) for wire in wires)) or "…"
    say = words["fold_forward"].format(title=_title(box), result=results)
    ids = [wire.id for wire in wires]
    return Frame("forward", box.id, say, [box.id, *ids], [f"{id}-value" for id in ids])


def backward(box, wires, words, drawing, root=None):
    """The backward pass through a box, to all that it was given."""
    root = root or drawing.title
    parts = ", ".join(f"∂{root}/∂{_name(wire, drawing)} = {_text(wire.gradient)}" for wire in wires)
    key = "fold_copy" if box.kind == "copy" else "fold_backward"
    say = words[key].format(title=_title(box), gradients=parts)
    ids = [wire.id for wire in wires]
    return Frame("backward", box.id, say, [box.id, *ids], [f"{id}-gradient" for id in ids])


def _input(wire, words):
    say = words["input"].format(name=wire.name, result=_text(wire.value))
    return Frame("input", "", say, [wire.id], [f"{wire.id}-value"])


def _start(wire, words, root):
    key = "start" if root in (None, wire.name) else "from_outside"
    say = words[key].format(root=root or wire.name, name=wire.name, result=_text(wire.gradient))
    return Frame("start", "", say, [wire.id], [f"{wire.id}-gradient"])


def _title(box):
    return f"{box.symbol} ({box.detail})" if box.detail else box.symbol


def _name(wire, drawing):
    edge = wire.edge
    own = getattr(edge.value, "name", None)
    return own or (drawing.names[edge.source.id] if edge.source.kind != "fold" else "…")


def _text(shown):
    """Numbers of a wire as text."""
    if shown.rows:
        return "[" + ", ".join("[" + ", ".join(row) + "]" for row in shown.rows) + "]"
    return " ".join(shown.lines)
