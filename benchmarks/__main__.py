"""Runs the benchmarks, each with a home of its own that is removed afterwards: all, or those named."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import (
    eval_set,
    heartbeats,
    importing,
    lists,
    searching,
    serving,
    start_up,
    submitting,
    visible,
)

_ALL = {
    "start": start_up.main,
    "eval-set": eval_set.main,
    "import": importing.main,
    "visible": visible.main,
    "lists": lists.main,
    "search": searching.main,
    "serve": serving.main,
    "submit": submitting.main,
    "heartbeats": heartbeats.main,
}


def main(names: list[str]) -> None:
    """Print the figures as Markdown tables."""
    unknown = set(names) - set(_ALL)
    if unknown:
        raise SystemExit(f"No benchmark {', '.join(sorted(unknown))}: there are {', '.join(_ALL)}.")
    for name in names or _ALL:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            _ALL[name](Path(home))
        print()


if __name__ == "__main__":  # Not again in the processes that a search starts.
    main(sys.argv[1:])
