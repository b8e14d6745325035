"""Makes the warehouse again from the storage alone: results from the logs, jobs from their records."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from hawk.backends.storage.store import Storage
from hawk.clock import utc_now
from hawk.errors import Conflict
from hawk.recovery.eval_sets import EvalSetRows
from hawk.recovery.importing import Imported, Progress, import_all
from hawk.recovery.jobs import JobRows
from hawk.settings import Prices
from hawk.warehouse.engine import Database
from hawk.warehouse.lease import Lease, holding, still_holds
from hawk.warehouse.replacing import back_up, prepare, replace_results
from hawk.warehouse.results_tables import empty_results

_LEASE = 60.0


class Rebuilt(msgspec.Struct, frozen=True):
    """What there is now. ``backup`` is a copy of the database as it was, on SQLite."""

    logs: Imported
    jobs: int
    backup: str | None = None


async def rebuild(
    db: Database,
    evals: Storage,
    prices: Prices,
    eval_sets: EvalSetRows,
    jobs: JobRows,
    progress: Progress,
) -> Rebuilt:
    """Make everything again. Others may read and write meanwhile: what they see is old or new, never half.

    A PostgreSQL is emptied first and fills up as the logs are imported, by workers too; a SQLite gets
    its new results in one moment. Raises Conflict where another rebuild is at it.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    async with holding(db, "rebuild", holder, _LEASE) as lease:
        if lease is None:
            raise Conflict("The database is being rebuilt already.", fix="Wait until that ends.")
        await eval_sets.rebuild()
        if db.path is None:
            await _emptied(db, lease)
            return Rebuilt(await import_all(db, evals, prices, progress), await jobs.rebuild())
        logs, backup = await _beside(db, db.path, evals, prices, progress)
        return Rebuilt(logs, await jobs.rebuild(), str(backup))


async def _emptied(db: Database, lease: Lease) -> None:
    async with db.write() as conn:
        if not await still_holds(conn, lease):
            raise Conflict("Another rebuild began meanwhile.", fix="Wait until that ends.")
        await empty_results(conn)


async def _beside(
    db: Database, path: Path, evals: Storage, prices: Prices, progress: Progress
) -> tuple[Imported, Path]:
    """Import into a file beside, then take its rows over. Returns the copy of what was before, too.

    What is written meanwhile is left to the next look at the storage, as ever.
    """
    async with _fresh(path) as fresh:
        await asyncio.to_thread(prepare, path, fresh)
        beside = await Database.open(f"sqlite:///{fresh}")
        try:
            imported = await import_all(beside, evals, prices, progress)
        finally:
            await beside.close()
        backup = await asyncio.to_thread(back_up, db.address, path, utc_now())
        await asyncio.to_thread(replace_results, db.address, path, fresh)
    return imported, backup


@asynccontextmanager
async def _fresh(path: Path) -> AsyncGenerator[Path]:
    """A new database beside another, gone at the end; one that a rebuild left that died goes first."""
    fresh = path.with_name(f"{path.name}.rebuild")
    _remove(fresh)
    try:
        await (await Database.open(f"sqlite:///{fresh}")).close()
        yield fresh
    finally:
        _remove(fresh)


def _remove(database: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal", ".lock"):
        database.with_name(f"{database.name}{ending}").unlink(missing_ok=True)
