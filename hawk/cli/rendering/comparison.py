"""A comparison as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from string import ascii_uppercase

import msgspec

from hawk.cli.output import paint
from hawk.cli.rendering.table import Column, table
from hawk.cli.rendering.times import short_duration
from hawk.cli.rendering.values import cost, number, plural, signed, tokens
from hawk.cli.text import one_line
from hawk.results.comparison.types import Arm, Comparison, Flip, Paired

_COLUMNS = (
    Column(""),
    Column("MODEL", elastic=True),
    Column("SOLVER", elastic=True),
    Column("ARGS", elastic=True),
    Column("SCORE", right=True),
    Column("STDERR", right=True),
    Column("CHANGE", right=True),
    Column("95 % INTERVAL"),
    Column("PAIRED", right=True),
    Column("BETTER", right=True),
    Column("WORSE", right=True),
    Column("SAMPLES", right=True),
    Column("ERRORS", right=True),
    Column("UNSCORED", right=True),
    Column("TOKENS", right=True),
    Column("TIME EACH", right=True),
    Column("COST", right=True),
)
_OPTIONAL = {"SOLVER", "ARGS", "ERRORS", "UNSCORED", "COST"}
_FEW = 30
_FLIPS = (
    Column("", status=True),
    Column("SAMPLE", elastic=True),
    Column("TASK", elastic=True),
    Column("MODEL", elastic=True),
    Column("SOLVER", elastic=True),
    Column("CHANGE"),
    Column("UUID BEFORE"),
    Column("UUID AFTER"),
)


def comparison_lines(found: Comparison) -> Iterator[str]:
    """What the letters stand for, a table with a heading for each task, and what to mind."""
    letters = _letters(found)
    for compared, letter in letters.items():
        yield f"{letter}  {one_line(compared)}{_what(found, compared)}"
    yield ""
    head, *lines = _table(found.items, letters)
    yield head
    rows = iter(lines)
    for task, arms in groupby(found.items, key=lambda arm: arm.task):
        of_task = list(arms)
        yield paint(_heading(task, of_task), "bold")
        yield from (next(rows) for _ in of_task)
    notes = [line for arm in found.items for line in _notes(arm, letters)]
    if any(arm.against and 1 < arm.against.samples < _FEW for arm in found.items):
        notes.append(f"With fewer than {_FEW} paired samples an interval is narrower than it should be.")
    yield from ("", *notes) if notes else ()


def flip_lines(found: Comparison) -> Iterator[str]:
    """The samples that changed, those that got worse first in each arm."""
    letters = _letters(found)
    rows = [_flip_row(arm, flip, letters) for arm in found.items if arm.against for flip in arm.against.flips]
    shown = [n for n, head in enumerate(_FLIPS) if head.title not in _OPTIONAL or _any(rows, n)]
    lines = table([_FLIPS[n] for n in shown], [[row[n] for n in shown] for row in rows])
    yield from ("", *lines) if rows else ("", "No sample came out better or worse.")


def _letters(found: Comparison) -> dict[str, str]:
    return dict(zip(found.ids, ascii_uppercase, strict=False))


def _what(found: Comparison, compared: str) -> str:
    """What the id is, where nothing in the table would tell."""
    if any(arm.id == compared for arm in found.items):
        return "  (the others are compared with it)" if compared == found.ids[0] else ""
    return "  (no samples yet)"


def _heading(task: str, arms: Sequence[Arm]) -> str:
    scorers = dict.fromkeys(arm.scorer for arm in arms if arm.scorer)
    return one_line(f"{task} by {', '.join(scorers)}" if scorers else task)


def _table(arms: Sequence[Arm], letters: dict[str, str]) -> list[str]:
    with_args = _told_apart_by_args(arms)
    rows = [_row(arm, letters[arm.id], with_args=with_args) for arm in arms]
    shown = [n for n, head in enumerate(_COLUMNS) if head.title not in _OPTIONAL or _any(rows, n)]
    return table([_COLUMNS[n] for n in shown], [[row[n] for n in shown] for row in rows])


def _any(rows: Sequence[Sequence[str]], column: int) -> bool:
    return any(row[column] not in {"", "-"} for row in rows)


def _told_apart_by_args(arms: Sequence[Arm]) -> bool:
    """Whether a task ran with different arguments."""
    found: dict[str, bytes] = {}
    return any(found.setdefault(arm.task, _args(arm)) != _args(arm) for arm in arms)


def _args(arm: Arm) -> bytes:
    return msgspec.json.encode(arm.task_args or {}, order="deterministic")


def _row(arm: Arm, letter: str, *, with_args: bool) -> list[str]:
    samples = arm.samples
    each = arm.total_time / samples.epochs if arm.total_time is not None and samples.epochs else None
    return [
        letter,
        arm.model,
        arm.solver or "",
        _args(arm).decode() if with_args else "",
        number(arm.score),
        "-" if arm.stderr is None else f"{arm.stderr:.3f}",
        *_against(arm.against),
        str(samples.scored) if samples.scored == samples.total else f"{samples.scored}/{samples.total}",
        str(samples.errors or ""),
        str(samples.unscored or ""),
        tokens(arm.tokens),
        short_duration(each),
        cost(arm.cost),
    ]


def _against(paired: Paired | None) -> list[str]:
    if paired is None:
        return [""] * 5
    low, high = paired.low, paired.high
    interval = "-" if low is None or high is None else f"{signed(low)} … {signed(high)}"
    counts = (paired.samples, paired.better, paired.worse)
    return [signed(paired.difference), interval, *map(str, counts)]


def _notes(arm: Arm, letters: dict[str, str]) -> Iterator[str]:
    first = next(iter(letters.values()))
    who = one_line(" ".join(filter(None, (letters[arm.id], arm.task, arm.model, arm.solver))))
    if arm.unpaired:
        yield f"{who}: not compared, {one_line(arm.unpaired)}."
    if arm.against is None:
        return
    paired, parts = arm.against, list[str]()
    if paired.missing:
        parts.append(f"{plural(paired.missing, 'sample')} of {first} missing")
    if paired.extra:
        parts.append(f"{plural(paired.extra, 'sample')} that {first} lacks")
    if paired.unscored:
        parts.append(f"{plural(paired.unscored, 'sample')} without a score on one side")
    if parts:
        yield f"{who}: {', '.join(parts)}; left out of the change."


def _flip_row(arm: Arm, flip: Flip, letters: dict[str, str]) -> list[str]:
    first, letter = next(iter(letters.values())), letters[arm.id]
    return [
        "better" if flip.after > flip.before else "worse",
        flip.sample_id,
        arm.task,
        arm.model,
        arm.solver or "",
        f"{first} {number(flip.before)} → {letter} {number(flip.after)}",
        flip.before_uuid,
        flip.after_uuid,
    ]
