"""Where samplers and splits take their random numbers from."""

import numpy as np

from autograd.ops.random import Generator, stream_of


def generator_of(given):
    """A seed as a Generator that begins from it; anything else as it is."""
    return Generator().manual_seed(given) if isinstance(given, (int, np.integer)) else given


def numbers_of(given=None):
    """NumPy's generator behind a Generator, a seed, or None: the common one of `manual_seed`."""
    return given if isinstance(given, np.random.Generator) else stream_of(generator_of(given))
