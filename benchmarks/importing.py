"""What an import costs, beside Inspect's own reader of the same logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks import once
from benchmarks.databases import Fresh, empty_databases
from benchmarks.logs.made import finished, growing, log_of, raw_bytes
from benchmarks.logs.shapes import SHAPES
from benchmarks.measure import row
from benchmarks.once import Measured
from benchmarks.staged import Stages, stages

RUNS = 3

_SPARED = "`read_eval_log_samples`, SIGINT ignored"
"""See :func:`benchmarks.once.read`."""

_STAGES = {
    "list": "list (the archive's directory and header)",
    "unzip": "unzip",
    "decode": "typed decode",
    "rows": "rows",
    "text": "text: pages, compressed, with signatures",
    "write": "write",
    "commit": "commit, and all else",
}


def main(home: Path) -> None:
    """Print the figures."""
    with empty_databases(home) as databases:
        row("import", "wall", "raw JSON", "CPU", "peak", "of `read_eval_log_samples`", "goal")
        row("---", "---", "---", "---", "---", "---", "---")
        for name in ("few", "many"):
            _whole(databases, name)
        _alone(databases, "huge", "≤ 400 MB peak")
        _alone(databases, "tiny", "")
        print()
        _stages(databases)
        print()
        _growth(home, databases)


def _whole(databases: Mapping[str, Fresh], name: str) -> None:
    """Read and import a log in turns, so that a slow moment of the machine hits all alike."""
    folder, size = finished(name), raw_bytes(log_of(finished(name)))
    measured: dict[str, list[Measured]] = {kind: [] for kind in ("", _SPARED, *databases)}
    for _ in range(RUNS):
        measured[""].append(once.read(folder))
        measured[_SPARED].append(once.read(folder, spared=True))
        for kind, fresh in databases.items():
            measured[kind].append(once.import_logs(fresh(), folder))
    base = _median(measured[""])
    _row(f"{_label(name, size)}: `read_eval_log_samples`", base, size, base, "")
    _row(_SPARED, _median(measured[_SPARED]), size, base, "")
    for kind in databases:
        _row(kind, _median(measured[kind]), size, base, "≥ 8 times faster")


def _alone(databases: Mapping[str, Fresh], name: str, goal: str) -> None:
    folder, size = finished(name), raw_bytes(log_of(finished(name)))
    for kind, fresh in databases.items():
        _row(f"{_label(name, size)}: {kind}", once.import_logs(fresh(), folder), size, None, goal)


def _stages(databases: Mapping[str, Fresh]) -> None:
    """Every stage, of the middle one of some imports."""
    columns: list[tuple[str, int, Stages]] = []
    for name in ("few", "many"):
        folder, size = finished(name), raw_bytes(log_of(finished(name)))
        for kind, fresh in databases.items():
            runs = sorted(
                (stages(fresh(), folder) for _ in range(RUNS)), key=lambda run: sum(run.seconds.values())
            )
            columns.append((f"{SHAPES[name].samples:,} samples, {kind}", size, runs[RUNS // 2]))
    row("stage of the import", *(label for label, _, _ in columns))
    row("---", *("---" for _ in columns))
    for stage, label in _STAGES.items():
        row(label, *(_rate(size, found.seconds[stage]) for _, size, found in columns))
    row("floor: unzip and decode", *(_rate(size, found.floor) for _, size, found in columns))
    row(
        "rows written",
        *(f"{found.rows:,}, {found.rows / found.seconds['write']:,.0f}/s" for _, _, found in columns),
    )


def _rate(size: int, seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms, {size / max(seconds, 1e-6) / 1e6:,.0f} MB/s"


def _growth(home: Path, databases: Mapping[str, Fresh]) -> None:
    logs = growing("many")
    row("a running log of 2,000 samples", "first import", "1 % more samples", "goal", "unchanged", "goal")
    row("---", "---", "---", "---", "---", "---")
    for kind, fresh in databases.items():
        found = once.grow(fresh(), home / f"evals-{kind}", logs.before, logs.after)
        row(
            kind,
            f"{found.first:.2f} s",
            f"{found.grown * 1e3:.0f} ms",
            f"≤ {(0.03 * found.first + 0.03) * 1e3:.0f} ms: 3 % of the first and 30 ms",
            f"{found.unchanged * 1e3:.1f} ms",
            f"≤ {(found.listing + 0.005) * 1e3:.1f} ms: 5 ms and a listing",
        )


def _label(name: str, size: int) -> str:
    shape = SHAPES[name]
    told = f"{size / 1e9:.1f} GB" if size > 1e9 else f"{size / 1e6:.0f} MB"
    samples = shape.samples * shape.epochs
    return f"{samples:,} samples, {samples * shape.events:,} events, {told}"


def _median(measured: Iterable[Measured]) -> Measured:
    return sorted(measured, key=lambda run: run.seconds)[RUNS // 2]


def _row(label: str, found: Measured, size: int, base: Measured | None, goal: str) -> None:
    ratio = base.seconds / found.seconds if base else 0
    row(
        label,
        f"{found.seconds:.2f} s",
        f"{size / found.seconds / 1e6:.0f} MB/s",
        f"{found.cpu:.2f} s",
        f"{found.peak / 1e6:.0f} MB",
        "" if base is None else "1.0" if base is found else f"{ratio:.1f} times faster",
        goal,
    )
