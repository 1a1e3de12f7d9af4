"""Where datasets and loaders take their random numbers from."""

import numpy as np

_global = np.random.default_rng(0)


def numbers_of(generator=None):
    """NumPy's generator behind `generator`: a Generator, NumPy's own, a seed, or None for that of `manual_seed`."""
    if generator is None:
        return _global
    return own_generator(generator) if isinstance(generator, (int, np.integer)) else generator


def own_generator(seed):
    return np.random.default_rng(seed)
