"""``hawk clean``: finds what can go, removes it, and says what that freed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from hawk.cli.cleaning.caches import cached, remove_cached
from hawk.cli.cleaning.jobs import ended_jobs, remove_job
from hawk.cli.cleaning.kept import Kept, Wanted, by_kind, chosen
from hawk.cli.output import say, show, show_json
from hawk.cli.rendering.table import Column, table
from hawk.cli.rendering.times import stamp
from hawk.cli.rendering.values import plural, size

_COLUMNS = (Column("WHAT"), Column("SIZE", right=True), Column("LAST USED"), Column("PATH", elastic=True))


class Report(msgspec.Struct, frozen=True):
    """What went, or with ``--dry-run`` would go. ``freed`` is in bytes."""

    items: tuple[Kept, ...]
    freed: int
    removed: bool


async def clean_machine(home: Path, wanted: Wanted, *, dry_run: bool, json: bool) -> None:
    """Remove what is to go, and print it."""
    found = [*cached(home), *await ended_jobs(home)]
    going = chosen(found, wanted)
    gone = going if dry_run else [one for one in going if _remove(one)]
    freed = sum(one.size for one in gone)
    if json:
        show_json(Report(tuple(gone), freed, not dry_run))
        return
    if gone:
        show("\n".join(table(_COLUMNS, [_row(one) for one in gone])))
    say(_summary(gone, freed, dry_run=dry_run))


def _remove(one: Kept) -> bool:
    return remove_job(one) if one.kind == "job" else remove_cached(one)


def _row(one: Kept) -> list[str]:
    return [one.kind, size(one.size), stamp(one.used_at), one.path]


def _summary(gone: Sequence[Kept], freed: int, *, dry_run: bool) -> str:
    if not gone:
        return "Nothing to clean. `hawk clean --all` removes all that no live job uses."
    parts = ", ".join(plural(len(some), kind) for kind, some in by_kind(gone).items())
    verb = "Would free" if dry_run else "Freed"
    return f"{verb} {size(freed)}: {parts}."
