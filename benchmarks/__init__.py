"""Measurements: one table a question, this project and its peers in turn in the same run (`python -m benchmarks`)."""
