"""What `hawk eval-set` costs over a bare `inspect eval-set` of the same tasks."""

from __future__ import annotations

import itertools
import shutil
import statistics
from pathlib import Path

from benchmarks.measure import BIN, ROOT, Cost, environment, row, run

RUNS = 7


def main(home: Path) -> None:
    """Print the figures: pairs of runs, the environment unchanged since a first one."""
    env = environment(home)
    logs = (home / f"bare-{number}" for number in itertools.count())
    _hawk(env)
    _bare(env, next(logs))
    pairs = [(_bare(env, next(logs)), _hawk(env)) for _ in range(RUNS)]
    more = statistics.median(hawk.seconds - bare.seconds for bare, hawk in pairs)
    bare = statistics.median(bare.seconds for bare, _ in pairs)
    peak = max(hawk.peak for _, hawk in pairs)
    row("an eval set, environment unchanged", "figure", "goal")
    row("---", "---", "---")
    row("bare `inspect eval-set`, median", f"{bare:.2f} s", "")
    row(
        "`hawk eval-set` over it, paired, median of 7",
        f"+{more:.2f} s ({(bare + more) / bare:.2f}x)",
        "≤ 1.0 s",
    )
    row("peak memory of the CLI meanwhile", f"{peak / 2**20:.0f} MiB", "≤ 120 MB")


def _hawk(env: dict[str, str]) -> Cost:
    return run([str(BIN / "hawk"), "eval-set", str(ROOT / "examples/simple.eval-set.yaml")], env)


def _bare(env: dict[str, str], logs: Path) -> Cost:
    shutil.rmtree(logs, ignore_errors=True)
    command = [
        str(BIN / "inspect"),
        "eval-set",
        "hawk_examples/arithmetic",
        "--model",
        "scripted/careful",
        "--log-dir",
        str(logs),
        "--display",
        "plain",
    ]
    return run(command, env)
