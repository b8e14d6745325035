"""Figures of the README: `python -m benchmarks` prints them all, each beside a baseline of the same run."""
