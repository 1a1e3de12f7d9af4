"""Large graphs: folded by scope or by what repeats, with a sentence; refused above a limit; never for long."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import viz
from autograd import Value, scope, tanh, trace
from viz.view import Fold, view


def folds(picture):
    return [box for box in picture.drawing.boxes if box.kind == "fold"]


def chain(length):
    x, w = Value(1.0), Value(0.9)
    y = x
    for _ in range(length):
        y = tanh(y * w) + 0.1
    return y, {"x": x, "w": w, "y": y}


def test_small_graphs_are_drawn_whole():
    y, names = chain(20)
    picture = viz.draw(y, names=names)
    assert not folds(picture)
    assert "Folded" not in picture.caption


def test_what_repeats_is_folded_between_its_first_and_its_last_time():
    y, names = chain(1000)
    picture = viz.draw(y, names=names, backward=True)
    (fold,) = folds(picture)
    assert (fold.symbol, fold.detail) == ("998 × (* tanh +)", "2,994 operations")
    gates = [box.symbol for box in picture.drawing.boxes if box.kind == "gate"]
    assert gates == ["*", "tanh", "+0.1"] * 2
    assert picture.caption.endswith(
        "Folded: 2,994 operations in 1 box, by repeated structure; fold=False draws all 3,003 nodes."
    )


def test_a_bundle_of_wires_shows_the_sum_of_its_gradients():
    y, names = chain(200)
    picture = viz.draw(y, names=names, backward=True)
    from_w = [wire for wire in picture.drawing.wires if wire.source and wire.source.kind == "copy"]
    assert len(from_w) == 3
    into_fold = next(wire for wire in from_w if wire.target.kind == "fold")
    assert "198 wires" in into_fold.hover
    y.backward()
    parts = [float(wire.gradient.hover) for wire in from_w]
    assert sum(parts) == pytest.approx(names["w"].grad.item(), rel=1e-12)


def test_doubling_two_hundred_times():
    x = Value(1.0)
    y = x
    for _ in range(200):
        y = y + y
    y.backward()
    picture = viz.draw(y, names={"x": x, "y": y})
    (fold,) = folds(picture)
    assert fold.symbol == "198 × (+)"
    (last,) = [wire for wire in picture.drawing.wires if wire.target is None]
    assert last.value.lines == ("1.607e60",)


def test_a_very_long_chain_is_drawn_before_and_after_backward():
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.00001
    y.backward()
    picture = viz.draw(y, names={"x": x, "y": y})
    assert [box.symbol for box in folds(picture)] == ["99,998 × (*)"]
    (first, *_) = picture.drawing.wires
    assert first.gradient.lines == ("2.718",)


def network(samples, width=6):
    """A small net of scalars over several samples, in scopes."""
    rng = random.Random(0)
    weights = [[[Value(rng.gauss(0, 1)) for _ in range(width)] for _ in range(width)] for _ in range(2)]
    total = Value(0.0)
    for _ in range(samples):
        h = [rng.gauss(0, 1) for _ in range(width)]
        with scope("net"):
            for number, matrix in enumerate(weights):
                with scope(f"layer{number}"):
                    h = [tanh(sum((w * x for w, x in zip(row, h, strict=True)), 0.0)) for row in matrix]
        total = total + sum(h) ** 2
    return total


def test_scopes_are_folded_first():
    picture = viz.draw(network(2))
    assert [box.symbol for box in folds(picture) if "layer" in box.symbol] == ["layer0", "layer1"] * 2
    assert "by scopes at depth 2" in picture.caption
    assert {cluster.label for cluster in picture.drawing.clusters} == {"net"}


def test_depth_says_which_scopes():
    total = network(2)
    shallow = viz.draw(total, depth=1)
    assert [box.symbol for box in folds(shallow) if "leaves" not in box.symbol] == ["net", "net"]
    assert "depth=2 opens one level more" in shallow.caption
    assert not shallow.drawing.clusters
    deep = viz.draw(total, depth=2)
    assert len([box for box in folds(deep) if "layer" in box.symbol]) == 4


def test_many_samples_fold_their_layers_and_then_their_repetition():
    picture = viz.draw(network(40))
    assert "scopes" in picture.caption
    assert "repeated structure" in picture.caption
    assert len(picture.drawing.boxes) < 100
    assert any("38 ×" in box.symbol for box in folds(picture))


def test_leaves_of_several_folds_are_one_box():
    picture = viz.draw(network(3))
    assert {box.symbol for box in folds(picture) if "leaves" in box.symbol} == {"36 leaves"}


def test_folding_small_graphs_on_demand_and_unfolding_large_ones():
    y, names = chain(20)
    (fold,) = folds(viz.draw(y, names=names, fold=True))
    assert fold.symbol == "18 × (* tanh +)"
    y, names = chain(60)
    assert folds(viz.draw(y, names=names))
    whole = viz.draw(y, names=names, fold=False)
    assert not folds(whole)
    assert sum(box.kind == "gate" for box in whole.drawing.boxes) == 180


def over_few_leaves(gates):
    """A long chain that takes few leaves again and again."""
    rng = random.Random(0)
    w = [Value(rng.gauss(0, 1), name=f"w{k}") for k in range(12)]
    y = w[0]
    for _ in range(gates // 2):
        y = tanh(y * rng.choice(w))
    return y


def test_long_wires_are_cut_where_there_is_too_much_of_them():
    whole, cut = (viz.draw(over_few_leaves(gates), backward=True, fold=False, names=False) for gates in (40, 290))
    assert not any(wire.classes == "wire stub" for wire in whole.drawing.wires)
    stubs = [wire for wire in cut.drawing.wires if wire.classes == "wire stub"]
    assert len(stubs) > 100
    assert all(wire.source is None and wire.name == wire.edge.value.name for wire in stubs)
    assert all(wire.gradient.known for wire in stubs)
    assert "Long wires are cut" in cut.caption
    assert "cut" not in whole.caption
    assert cut.svg.count('class="node wire stub"') == len(stubs)  # seconds, not minutes


def test_a_result_whose_wires_are_cut_has_a_name():
    y = Value(0.5, name="x").tanh()
    z = y
    for _ in range(150):
        z = (z * y).tanh()
    (into,) = [
        wire
        for wire in viz.draw(z, fold=False, names=False).drawing.wires
        if wire.target and wire.target.kind == "copy"
    ]
    assert into.name == "v1"


def test_too_many_nodes_are_refused_unless_forced():
    y, names = chain(700)
    with pytest.raises(viz.DrawingError, match=r"nobody can read more than 2,000.*fold=False.*force=True"):
        viz.draw(y, names=names, fold=False)
    assert len(viz.draw(y, names=names, fold=False, force=True).drawing.boxes) == 2101


def test_a_huge_graph_is_refused_before_anything_is_built():
    x = Value(1.0)
    for _ in range(50_000):
        x = x * 1.0
    with pytest.raises(viz.DrawingError, match="50,001 boxes"):
        viz.draw(x, fold=False)


def irregular(seed, size):
    rng = random.Random(seed)
    pool = [Value(rng.uniform(-1, 1)) for _ in range(5)]
    for _ in range(size):
        a, b = rng.choice(pool[-8:]), rng.choice(pool[-8:])
        name = rng.choice((None, None, "a", "b", "c"))
        if name is None:
            pool.append(rng.choice([a + b, a * b, a - b, tanh(a)]))
        else:
            with scope(name):
                pool.append(tanh(a * b) + a)
    root = pool[-1]
    for value in pool[-6:-1]:
        root = root + value
    return root


@given(st.integers(0, 10**6), st.integers(60, 500), st.sampled_from([None, True]), st.sampled_from([None, 1]))
def test_folding_loses_no_operation_and_makes_no_circle(seed, size, fold, depth):
    graph = trace(irregular(seed, size))
    shown = view(graph, fold, depth)
    gates = sum(value.op is not None for value in graph.values)
    opened = sum(node.kind == "gate" for node in shown.nodes)
    inside = [node for node in shown.nodes if isinstance(node, Fold)]
    leaves = sum(node.kind == "leaf" for node in shown.nodes) + sum(node.leaves for node in inside)
    assert leaves == sum(value.op is None for value in graph.values)
    if not inside:
        assert opened == gates
    if fold is None and depth is None:
        assert len(shown.nodes) <= 2 * 150
    order = {}
    ready = [node for node in shown.nodes if not node.inputs]
    waiting = {node.id: len(node.inputs) for node in shown.nodes}
    while ready:
        node = ready.pop()
        order[node.id] = len(order)
        for edge in node.outputs:
            waiting[edge.target.id] -= 1
            if not waiting[edge.target.id]:
                ready.append(edge.target)
    assert len(order) == len(shown.nodes), "a circle"


def test_folding_is_deterministic():
    first, second = (viz.draw(irregular(7, 400), backward=True).source for _ in range(2))
    assert first == second
