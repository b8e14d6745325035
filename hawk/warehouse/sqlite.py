"""SQLite as a warehouse: one file on this machine."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hawk.errors import Unavailable
from hawk.warehouse.documents import to_json
from hawk.warehouse.filesystem import refuse_network
from hawk.warehouse.schema import HEAD, LOCK_PATIENCE, refuse_newer

logger = logging.getLogger(__name__)


def open_engine(path: Path) -> tuple[AsyncEngine, AsyncEngine]:
    """Engines to read with and to write with, which share their connections."""
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        connect_args={"timeout": LOCK_PATIENCE, "isolation_level": None},
        json_serializer=to_json,
        json_deserializer=msgspec.json.decode,
        # Opened as they are needed, and kept: to open one costs more than what is asked over it.
        pool_size=15,
        max_overflow=0,
        pool_use_lifo=True,
    )
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", _on_begin)
    event.listen(engine.sync_engine, "invalidate", _on_invalidate)
    return engine, engine.execution_options(hawk_begin="BEGIN IMMEDIATE")


def make_folder(folder: Path) -> None:
    """Make the folder of a database. Raises Unavailable where SQLite would not be safe in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The folder {folder} can't be made: {error.strerror}.",
            fix="Set HAWK_HOME to a folder that this user may write.",
        ) from error
    refuse_network(folder)


async def require_current(conn: AsyncConnection, path: Path) -> None:
    """Raise Unavailable unless the database has this Hawk's schema."""
    stored: str = (await conn.exec_driver_sql("SELECT version_num FROM alembic_version")).scalar_one()
    refuse_newer(str(path), stored)
    if stored != HEAD:
        raise Unavailable(f"The database {path} is at schema {stored}, and this Hawk needs {HEAD}.")


def _on_connect(connection: Any, _record: object) -> None:
    # FULL: what was acknowledged outlives a power cut. Writes are few (one a log), so the flush of
    # each commit costs little; reading costs none.
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
    connection.create_function("has_bits", 2, _has_bits, deterministic=True)


def _on_invalidate(connection: Any, _record: object, _error: BaseException | None) -> None:
    """End the transaction of a connection that is closed because its task was cancelled.

    What a cancelled task has begun goes on in the connection's thread. A close after that ends no transaction
    as long as a result is there that nobody has read, which the error's own frames keep until garbage is
    collected: all that time nobody could write. The thread does this first, and nobody waits for it.
    """
    rollback = asyncio.ensure_future(connection.driver_connection.rollback())
    _ending.add(rollback)
    rollback.add_done_callback(_ended)


_ending: set[asyncio.Future[None]] = set()


def _ended(rollback: asyncio.Future[None]) -> None:
    _ending.discard(rollback)
    if not rollback.cancelled() and (error := rollback.exception()) is not None:
        logger.info("a transaction could not be rolled back before its connection was closed: %s", error)


def _has_bits(bitmap: bytes, wanted: bytes) -> bool:
    """Whether a bitmap has all bits of a packed list of their 16-bit numbers."""
    return all(bitmap[bit >> 3] & 1 << (bit & 7) for bit in memoryview(wanted).cast("H"))


def _on_begin(connection: Connection) -> None:
    # A read that turns into a write fails at once when somebody wrote in between, so writers say
    # that they are from the start.
    connection.exec_driver_sql(connection.get_execution_options().get("hawk_begin", "BEGIN"))
