"""Long wires of a large picture are cut: nobody can follow them, and Graphviz takes minutes to lead them around.

What is used in many places far apart keeps its copy node; at each far place the wire begins anew, with the name.
"""

LONG = 8  # boxes that a wire passes and is still drawn whole
TOO_MUCH = 600  # boxes passed by all wires together, from which on long ones are cut


def cut_long_wires(boxes, wires, name_of):
    """Cut the long wires behind copy nodes, if there is too much of them.

    name_of   gives the name of a wire's value, from the wire
    """
    ranks = _ranks(boxes, wires)
    length = {wire.id: ranks[wire.target.id] - ranks[wire.source.id] for wire in wires if wire.source and wire.target}
    if sum(length.values()) <= TOO_MUCH:
        return
    into = {wire.target.id: wire for wire in wires if wire.target is not None and wire.target.kind == "copy"}
    for wire in wires:
        if length.get(wire.id, 0) > LONG and wire.source.kind == "copy":
            before = into[wire.source.id]
            before.name = wire.name = before.name or name_of(wire)
            wire.source, wire.classes, wire.cluster = None, "wire stub", wire.target.cluster


def _ranks(boxes, wires):
    """The column of each box. Sources come before their targets; a leaf's copy stands before its first use."""
    ranks = {box.id: 0 for box in boxes}
    into, out_of = {}, {}
    for wire in wires:
        if wire.source is not None and wire.target is not None:
            into.setdefault(wire.target.id, []).append(wire.source.id)
            out_of.setdefault(wire.source.id, []).append(wire.target.id)
    for box in boxes:
        ranks[box.id] = max((ranks[source] + 1 for source in into.get(box.id, ())), default=0)
    for box in boxes:
        if box.id in out_of and box.id not in into:
            ranks[box.id] = min(ranks[target] for target in out_of[box.id]) - 1
    return ranks
