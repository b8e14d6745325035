"""Runs the benchmarks, each with a home of its own that is removed afterwards: all, or those named."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
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

_LOOP = "total = 0\nfor number in range(10_000_000): total += number"
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
        speed = _additions()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            _ALL[name](Path(home))
        print(f"\nTen million additions took {speed:.2f} s before ({name}), {_additions():.2f} s after.\n")


def _additions() -> float:
    """How fast the machine is just now, which neighbours may change: seconds of a bare loop."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", _LOOP], check=True)
    return time.perf_counter() - began


if __name__ == "__main__":  # Not again in the processes that a search starts.
    main(sys.argv[1:])
