"""Imports all logs anew, beside, and compares the warehouse with that, row for row."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.backends.storage.store import Storage
from hawk.importers.folders import seen_log
from hawk.recovery import snapshot
from hawk.recovery.differences import Difference
from hawk.recovery.importing import Progress, import_all
from hawk.recovery.snapshot import SnapshotRow
from hawk.settings import Prices
from hawk.warehouse.engine import Database

_AT_ONCE = 200
_SHOWN = 60
_ONLY_GROWS = "eval_models"
"""Models that a log once had stay: who could not see it then should not see it now."""

_Rows = dict[tuple[str, tuple[object, ...]], SnapshotRow]


class Compared(msgspec.Struct):
    """How much was compared."""

    rows: int = 0


async def deep_differences(
    db: Database, evals: Storage, prices: Prices, home: Path, progress: Progress, compared: Compared
) -> AsyncIterator[Difference]:
    """Every row that an import anew would make otherwise. The import takes room in ``home``."""
    with tempfile.TemporaryDirectory(dir=home, prefix="check-") as folder:
        fresh = await Database.open(f"sqlite:///{Path(folder) / 'fresh.db'}")
        try:
            await import_all(fresh, evals, prices, progress)
            async with fresh.read() as conn:
                places = await snapshot.locations(conn)
            for location in places:
                async for one in _of_log(db, fresh, location, compared):
                    yield one
        finally:
            await fresh.close()


async def _of_log(
    db: Database, fresh: Database, location: str, compared: Compared
) -> AsyncIterator[Difference]:
    """What differs in one log; one that isn't imported as it is now was named by the check before."""
    ours, theirs = await seen_log(db, location), await seen_log(fresh, location)
    if ours is None or theirs is None or (ours.etag, ours.size) != (theirs.etag, theirs.size):
        return
    async with db.read() as have, fresh.read() as should:
        async for mine, its in _pieces(have, should, location):
            compared.rows += len(its)
            for one in _compared(mine, its):
                yield one


async def _pieces(
    have: AsyncConnection, should: AsyncConnection, location: str
) -> AsyncIterator[tuple[list[SnapshotRow], list[SnapshotRow]]]:
    """The rows of a log in both databases, piece by piece."""
    yield await snapshot.log_rows(have, location), await snapshot.log_rows(should, location)
    ids = sorted(await snapshot.sample_ids(have, location) | await snapshot.sample_ids(should, location))
    for start in range(0, len(ids), _AT_ONCE):
        piece = ids[start : start + _AT_ONCE]
        yield (
            await snapshot.sample_rows(have, location, piece),
            await snapshot.sample_rows(should, location, piece),
        )


def _compared(have: list[SnapshotRow], should: list[SnapshotRow]) -> list[Difference]:
    ours, theirs = _by_key(have), _by_key(should)
    extra = [place for place in ours.keys() - theirs.keys() if place[0] != _ONLY_GROWS]
    found = [Difference("extra-row", _subject(*place), "an import anew has no such row") for place in extra]
    for place, row in theirs.items():
        if place not in ours:
            found.append(Difference("missing-row", _subject(*place), "an import anew has such a row"))
        elif ours[place].values != row.values:
            found.append(Difference("other-row", _subject(*place), _changed(ours[place], row)))
    return sorted(found, key=lambda one: one.subject)


def _by_key(rows: list[SnapshotRow]) -> _Rows:
    return {(row.table, row.key): row for row in rows}


def _subject(table: str, key: tuple[object, ...]) -> str:
    return " ".join([table, *map(str, key)])


def _changed(have: SnapshotRow, should: SnapshotRow) -> str:
    names = [name for name, value in should.values.items() if have.values.get(name) != value]
    return "; ".join(
        f"{name} is {_short(have.values.get(name))}, and should be {_short(should.values[name])}"
        for name in names
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
