"""Imports of single logs by one process at a time."""

from __future__ import annotations

from hawk.backends.storage.store import Entry
from hawk.importers.folders import seen_log
from hawk.importers.sync import Importer, Outcome, is_done
from hawk.warehouse.engine import Database
from hawk.warehouse.lease import holding


class Claims:
    """Imports under leases. ``holder`` is this process; who dies keeps a log for ``seconds`` at most."""

    def __init__(self, db: Database, importer: Importer, holder: str, seconds: float) -> None:
        self._db = db
        self._importer = importer
        self._holder = holder
        self._seconds = seconds

    async def bring_up(self, entry: Entry) -> Outcome | None:
        """Import a log if it changed; None where another process is at it."""
        async with holding(self._db, f"import:{entry.path}", self._holder, self._seconds) as lease:
            if lease is None:
                return None
            # It may be a while since it was found: others may have imported it.
            seen = await seen_log(self._db, entry.path)
            if seen is not None and is_done(entry, seen):
                return Outcome("unchanged")
            return await self._importer.bring_up(entry, seen)
