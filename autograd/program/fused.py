"""Rules of fused operations that programs have instructions for."""

RULES = {}
