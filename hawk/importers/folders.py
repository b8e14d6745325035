"""Logs by the folder that they lie in: one eval set's each, and at the top those that have none."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.backends.storage.store import Entry, Storage
from hawk.importers.store import Seen
from hawk.importers.sync import is_done, is_log
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.results import logs

TOP = ""
"""The folder of logs that lie in none."""

_SEEN = [logs.c[name] for name in Seen.__struct_fields__]


class Survey(msgspec.Struct, frozen=True):
    """The logs of some folders: as they are there, and as the ledger has them, by location."""

    entries: list[Entry]
    ledger: dict[str, Seen]

    def due(self) -> list[Entry]:
        """What is to be imported now, the newest first."""
        changed = [one for one in self.entries if not self._is_done(one)]
        return sorted(changed, key=lambda entry: entry.modified, reverse=True)

    def gone(self) -> list[Seen]:
        """What the ledger has and the storage doesn't."""
        there = {entry.path for entry in self.entries}
        return [seen for location, seen in self.ledger.items() if location not in there]

    def _is_done(self, entry: Entry) -> bool:
        seen = self.ledger.get(entry.path)
        return seen is not None and is_done(entry, seen)


async def survey(db: Database, evals: Storage, folders: Collection[str]) -> Survey:
    """Look at some folders, all at once. Raises Unavailable where one of them can't be listed."""
    # The ledger is read before the listing: a log that is new in between is no log that is gone.
    async with db.read() as conn:
        ledger = await _ledger_of(conn, folders)
    listed = await asyncio.gather(*(_logs_in(evals, folder) for folder in folders))
    return Survey([entry for entries in listed for entry in entries], ledger)


async def all_folders(db: Database, evals: Storage) -> list[str]:
    """Every folder that there is, and those that only the ledger knows; the top among them."""
    async with db.read() as conn:
        known = await conn.execute(select(_folder_of(conn)).distinct())
        remembered = {row[0] for row in known}
    return sorted({TOP, *remembered, *await evals.folders()})


async def seen_log(db: Database, location: str) -> Seen | None:
    """What the ledger has of one log."""
    async with db.read() as conn:
        row = (await conn.execute(select(*_SEEN).where(logs.c.location == location))).first()
    return None if row is None else Seen(*row)


async def _logs_in(evals: Storage, folder: str) -> list[Entry]:
    found = await evals.list(folder, deep=folder != TOP)
    return [entry for entry in found if is_log(entry.path)]


async def _ledger_of(conn: AsyncConnection, folders: Collection[str]) -> dict[str, Seen]:
    chosen = select(*_SEEN).where(_folder_of(conn).in_(folders))
    return {row.location: Seen(*row) for row in await conn.execute(chosen)}


def _folder_of(conn: AsyncConnection) -> ColumnElement[str]:
    place = logs.c.location
    if conn.dialect.name == "postgresql":
        return func.left(place, func.greatest(func.strpos(place, "/") - 1, 0))
    return func.substr(place, 1, func.instr(place, "/") - 1)
