"""What the database knows: jobs, imports and leases, whichever server or worker they are due to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta

import msgspec
from sqlalchemy import Column, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.clock import utc_now
from hawk.errors import HawkError
from hawk.jobs.types import JobStatus
from hawk.server.metrics.text import Family, Sample
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.jobs import jobs
from hawk.warehouse.tables.leases import leases
from hawk.warehouse.tables.results import import_numbers, logs, unread_samples

FRESH_SECONDS = 10.0
"""How long figures are given again: many may scrape, and the database should not notice."""
LAG_SECONDS = 600.0
"""The lag is that of what was imported in the last so many seconds."""


class _Figures(msgspec.Struct, frozen=True):
    jobs: dict[str, int]
    logs: dict[str, int]
    unread: int
    imports: int
    leases: dict[str, int]
    newest: float | None
    lags: tuple[float, ...]


class WarehouseFigures:
    """Asks the database now and then."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._asking = asyncio.Lock()
        self._found: tuple[float, _Figures | None] = (float("-inf"), None)

    async def families(self) -> list[Family]:
        """What there is to scrape; only that it is down where the database is."""
        async with self._asking:
            at, found = self._found
            if time.monotonic() - at > FRESH_SECONDS:
                found = await self._asked()
                self._found = (time.monotonic(), found)
        up = Family("hawk_database_up", "gauge", "Whether the database answers.", [Sample(found is not None)])
        return [up, *(_families(found) if found is not None else ())]

    async def _asked(self) -> _Figures | None:
        try:
            async with self._db.read() as conn:
                return await _figures(conn)
        except HawkError:
            return None


async def _figures(conn: AsyncConnection) -> _Figures:
    recent = await conn.execute(
        select(logs.c.imported_at, logs.c.modified).where(
            logs.c.imported_at > utc_now() - timedelta(seconds=LAG_SECONDS)
        )
    )
    lags = tuple(max(0.0, (imported - modified).total_seconds()) for imported, modified in recent)
    newest = (await conn.execute(select(func.max(logs.c.imported_at)))).scalar_one()
    held = await conn.execute(select(leases.c.name).where(leases.c.until > utc_now()))
    kinds = [name.partition(":")[0] for (name,) in held]
    return _Figures(
        jobs=await _counted(conn, jobs.c.status),
        logs=await _counted(conn, logs.c.state),
        unread=(await conn.execute(select(func.count()).select_from(unread_samples))).scalar_one(),
        imports=await _imports(conn),
        leases={kind: kinds.count(kind) for kind in sorted(set(kinds))},
        newest=newest.timestamp() if newest is not None else None,
        lags=lags,
    )


async def _imports(conn: AsyncConnection) -> int:
    """How many imports there ever were: each drew a number."""
    if conn.dialect.name == "postgresql":
        drawn = text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM import_numbers_id_seq")
        return (await conn.execute(drawn)).scalar_one()
    return (await conn.execute(select(func.max(import_numbers.c.id)))).scalar_one() or 0


async def _counted(conn: AsyncConnection, column: Column[str]) -> dict[str, int]:
    counted = await conn.execute(select(column, func.count()).group_by(column).order_by(column))
    return {value: count for value, count in counted}  # noqa: C416 - rows are no pairs to a type checker


def _families(found: _Figures) -> Iterator[Family]:
    states = {one.value: 0 for one in JobStatus} | found.jobs
    yield _gauge("hawk_jobs", "Jobs by their state.", "state", states)
    yield _gauge("hawk_logs", "Logs by what became of their import.", "state", found.logs)
    yield _gauge("hawk_leases", "Work that is held just now, by its kind.", "kind", found.leases)
    yield Family("hawk_unread_samples", "gauge", "Samples that can't be read.", [Sample(found.unread)])
    yield Family("hawk_imports_total", "counter", "Imports of logs.", [Sample(found.imports)])
    if found.newest is not None:
        yield Family(
            "hawk_last_import_timestamp_seconds",
            "gauge",
            "The newest import, since 1970.",
            [Sample(found.newest)],
        )
    if found.lags:
        yield _lag(found.lags)


def _lag(lags: tuple[float, ...]) -> Family:
    text = f"From a log's writing to its import, of the last {LAG_SECONDS:.0f} s."
    ordered = sorted(lags)
    chosen = {"0.5": ordered[len(ordered) // 2], "1": ordered[-1]}
    samples = [Sample(value, {"quantile": part}) for part, value in chosen.items()]
    return Family("hawk_import_lag_seconds", "gauge", text, samples)


def _gauge(name: str, text: str, label: str, counts: dict[str, int]) -> Family:
    return Family(name, "gauge", text, [Sample(count, {label: value}) for value, count in counts.items()])
