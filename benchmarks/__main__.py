"""Runs every benchmark, each with a home of its own that is removed afterwards."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import eval_set, start_up


def main() -> None:
    """Print all figures as Markdown tables."""
    for benchmark in (start_up, eval_set):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            benchmark.main(Path(home))
        print()


main()
