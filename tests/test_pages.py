"""The written pages: their links lead somewhere, and what they show in Python runs."""

import re
from pathlib import Path

import numpy as np
import pytest

from autograd import Value, exp

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


def test_the_tests_of_the_page_on_property_tests_pass():
    text = (ROOT / "docs" / "property-test-your-gradients.md").read_text(encoding="utf-8")
    names = {"my_loss": lambda score: (exp(-score) * np.arange(4.0)).sum(), "Value": Value}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, names)
    tests = [thing for name, thing in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()
