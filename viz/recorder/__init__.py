"""Over training: a run recorded step by step, and a page to scrub through it."""

from .recording import Recording, record_training
