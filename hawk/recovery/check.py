"""Compares what the storage has with what the warehouse says, and names each difference."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.backends.storage.store import Entry, Storage
from hawk.importers.folders import Survey, all_folders, survey
from hawk.importers.store import IMPORTER_VERSION, Seen
from hawk.jobs.records import Records
from hawk.jobs.replay import replay_of
from hawk.recovery.deep import Compared, deep_differences
from hawk.recovery.differences import Difference
from hawk.recovery.importing import Progress
from hawk.settings import Prices
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.jobs import jobs
from hawk.warehouse.tables.results import logs, unread_samples

_AT_ONCE = 20


class Check:
    """One comparison of logs and jobs; ``logs``, ``jobs`` and ``rows`` count what was compared."""

    def __init__(self, db: Database, evals: Storage, records: Records) -> None:
        self._db = db
        self._evals = evals
        self._records = records
        self.logs = 0
        self.jobs = 0
        self.rows = 0

    async def differences(self) -> AsyncIterator[Difference]:
        """Every difference, as it is found. Changes nothing."""
        folders = await all_folders(self._db, self._evals)
        for start in range(0, len(folders), _AT_ONCE):
            found = await survey(self._db, self._evals, folders[start : start + _AT_ONCE])
            async for one in self._of_logs(found):
                yield one
        async for one in self._of_jobs():
            yield one

    async def deep_differences(
        self, home: Path, prices: Prices, progress: Progress
    ) -> AsyncIterator[Difference]:
        """Every row that an import anew would make otherwise. It is made in ``home``, and gone at the end."""
        compared = Compared()
        async for one in deep_differences(self._db, self._evals, prices, home, progress, compared):
            yield one
        self.rows = compared.rows

    async def _of_logs(self, found: Survey) -> AsyncIterator[Difference]:
        self.logs += len(found.entries)
        for entry in found.entries:
            seen = found.ledger.get(entry.path)
            if (difference := _of_log(entry, seen)) is not None:
                yield difference
            if seen is not None and seen.state != "imported":
                for one in await self._unreadable(seen):
                    yield one
        for seen in found.gone():
            yield Difference("gone-log", seen.location, "its file is gone, and its rows are still there")

    async def _unreadable(self, seen: Seen) -> list[Difference]:
        async with self._db.read() as conn:
            error = await _error_of(conn, seen.id)
            chosen = select(unread_samples).where(unread_samples.c.log_id == seen.id)
            unread = (await conn.execute(chosen.order_by(unread_samples.c.member))).all()
        again = "no more" if seen.retry_at is None else f"next at {_time(seen)}"
        detail = f"{error} (tries: {seen.tries}, {again})"
        kind = "dead-letter" if seen.retry_at is None else "retrying-log"
        samples = [Difference("unread-sample", f"{seen.location} {row.member}", row.error) for row in unread]
        return [Difference(kind, seen.location, detail), *samples]

    async def _of_jobs(self) -> AsyncIterator[Difference]:
        async with self._db.read() as conn:
            rows = {row.id: row.launch for row in await conn.execute(select(jobs.c.id, jobs.c.launch))}
        recorded: set[str] = set()
        for job_id in await self._records.job_ids():
            replay = replay_of(await self._records.history(job_id))
            if replay is None or replay.deleted:
                continue
            recorded.add(job_id)
            launch, newest = rows.get(job_id), replay.newest.launch
            if launch is None:
                yield Difference("missing-job", job_id, f"launch {newest} is on record, and it has no row")
            elif launch != newest:
                yield Difference(
                    "stale-job", job_id, f"launch {newest} is on record, and its row is at {launch}"
                )
        self.jobs = len(recorded)
        for job_id in sorted(rows.keys() - recorded):
            yield Difference("unrecorded-job", job_id, "it has a row, and no record of a launch")


def _of_log(entry: Entry, seen: Seen | None) -> Difference | None:
    if seen is None:
        return Difference("missing-log", entry.path, "it isn't imported")
    if (entry.etag, entry.size) != (seen.etag, seen.size):
        return Difference(
            "stale-log", entry.path, f"it changed since it was imported ({entry.size} bytes now)"
        )
    if seen.importer_version < IMPORTER_VERSION:
        was = f"importer {seen.importer_version} read it, and this is importer {IMPORTER_VERSION}"
        return Difference("older-importer", entry.path, was)
    return None


async def _error_of(conn: AsyncConnection, log_id: int) -> str:
    found = await conn.execute(select(logs.c.error).where(logs.c.id == log_id))
    return found.scalar_one_or_none() or "it can't be read"


def _time(seen: Seen) -> str:
    at = seen.retry_at
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
