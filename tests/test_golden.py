"""Pictures as DOT text, compared with texts that somebody has looked at.

OVERWRITE_GOLDEN=1 pytest tests/test_golden.py     renews the texts in tests/golden; look at the difference first
"""

import os
import re
from pathlib import Path

import pytest
from pictured_graphs import chain, circuit, differences, fan_out, matrices, scopes, small_matrices, square, weird

import viz

GOLDEN = Path(__file__).parent / "golden"
PICTURES = {
    "circuit": (circuit, {"backward": True}),
    "circuit_forward": (circuit, {}),
    "circuit_dark": (circuit, {"backward": True, "theme": "dark"}),
    "fan_out": (fan_out, {"backward": True}),
    "square": (square, {"backward": True}),
    "differences": (differences, {"backward": True}),
    "matrices": (matrices, {"backward": True}),
    "small_matrices": (small_matrices, {"backward": True}),
    "fan_out_upright": (fan_out, {"backward": True, "direction": "TB"}),
    "scopes": (scopes, {"backward": True}),
    "scopes_folded": (scopes, {"backward": True, "depth": 2}),
    "chain_folded": (chain, {"backward": True}),
    "weird_names": (weird, {"caption": 'any "caption" <b> \\N'}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_golden(name):
    build, options = PICTURES[name]
    value, names = build()
    text = rounded(viz.draw(value, names=names, **options).source)
    path = GOLDEN / f"{name}.dot"
    if os.environ.get("OVERWRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "OVERWRITE_GOLDEN=1 renews it, if the change is meant"


def rounded(text):
    """Numbers with all digits, cut to ten: the last one depends on the machine's exp()."""
    return re.sub(r"-?\d+\.\d{11,}", lambda m: f"{float(m[0]):.10g}", text)
