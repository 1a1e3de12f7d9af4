"""How tests run: Hypothesis profiles, seeds that are told, and global state that every test must leave as it was.

HYPOTHESIS_PROFILE=ci     (default) the same examples every time
HYPOTHESIS_PROFILE=dev    new examples each time, from a seed that the summary prints
HYPOTHESIS_PROFILE=deep   the same with a thousand examples a test: minutes to hours
"""

import os
import random

import numpy as np
import pytest
from browser import Visit, browser
from hypothesis import HealthCheck, settings

from autograd import TABLE, is_grad_enabled
from autograd.mode import mode

_COMMON = {"deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, max_examples=20, **_COMMON)
settings.register_profile("dev", max_examples=40, **_COMMON)
settings.register_profile("deep", max_examples=1000, **_COMMON)

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
settings.load_profile(PROFILE)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """A random profile gets a seed that can be told and given again."""
    if PROFILE != "ci" and config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))


def pytest_terminal_summary(terminalreporter, config):
    seed = config.option.hypothesis_seed
    rerun = f"again: HYPOTHESIS_PROFILE={PROFILE} --hypothesis-seed={seed}"
    again = "the same examples every time" if seed is None else rerun
    terminalreporter.write_line(f"hypothesis profile {PROFILE}; {again}")


@pytest.fixture(autouse=True)
def sealed():
    """The table of operations, the recording mode and NumPy's error state are as they were after each test."""
    rows, errors = set(TABLE), np.geterr()
    yield
    assert set(TABLE) >= rows, f"rows lost: {rows - set(TABLE)}"
    assert is_grad_enabled(), "a test left recording switched off"
    assert mode.special == 0, "a test left a no_grad() or scope() open"
    assert np.geterr() == errors, "a test changed NumPy's error state"


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium; skips where there is none."""
    with browser() as running:
        yield running


@pytest.fixture
def visit(chromium, tmp_path):
    """Opens what has `save`, a player or an explorer, as a page from disk; a `Visit`."""
    opened = []

    def open_page(thing, **options):
        path = thing.save(tmp_path / f"page{len(opened)}.html")
        opened.append(Visit(chromium, path, **options))
        return opened[-1]

    yield open_page
    for each in opened:
        each.page.close()
