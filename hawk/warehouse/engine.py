"""The warehouse's database: opening it, reading from it, writing to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hawk.errors import Unavailable, Unsupported
from hawk.warehouse.faults import database_faults
from hawk.warehouse.filesystem import refuse_network
from hawk.warehouse.schema import LOCK_PATIENCE, bring_up

_PREFIX = "sqlite:///"


class Database:
    """An open warehouse. Make one with :meth:`open`.

    A transaction that fails raises Unavailable, with what to do, where the fault is the database's
    (locked, full, damaged); everything of it is undone then.
    """

    def __init__(self, engine: AsyncEngine, path: Path) -> None:
        self._engine = engine
        self._writing = engine.execution_options(hawk_begin="BEGIN IMMEDIATE")
        self.path = path

    @classmethod
    async def open(cls, url: str) -> Database:
        """Open the database of a ``sqlite:///`` URL, created or upgraded first where it needs to be."""
        if not url.startswith(_PREFIX):
            raise Unsupported(
                f"The database {url.partition(':')[0]} is not supported.",
                fix="Use sqlite:///PATH in HAWK_DATABASE_URL, or leave it unset.",
            )
        path = Path(url.removeprefix(_PREFIX)).absolute()
        _make_folder(path.parent)
        await asyncio.to_thread(bring_up, path)
        return cls(_engine(path), path)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A connection that sees one state of the database, whatever others write meanwhile."""
        with database_faults(str(self.path)):
            async with self._engine.connect() as conn:
                yield conn

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """A connection that holds the write lock; commits at the end, or undoes all on an error.

        There is one writer at a time over all processes; it waits for the others as long as
        :data:`hawk.warehouse.schema.LOCK_PATIENCE`. Never open one inside another.
        """
        with database_faults(str(self.path)):
            async with self._writing.begin() as conn:
                yield conn

    async def close(self) -> None:
        """Give back all connections."""
        await self._engine.dispose()


def _engine(path: Path) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        connect_args={"timeout": LOCK_PATIENCE, "isolation_level": None},
        json_serializer=_to_json,
        json_deserializer=msgspec.json.decode,
    )
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    # FULL: what was acknowledged outlives a power cut. Writes are few (one a log), so the flush of
    # each commit costs little; reading costs none.
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    # A read that turns into a write fails at once when somebody wrote in between, so writers say
    # that they are from the start.
    connection.exec_driver_sql(connection.get_execution_options().get("hawk_begin", "BEGIN"))


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The folder {folder} can't be made: {error.strerror}.",
            fix="Set HAWK_HOME to a folder that this user may write.",
        ) from error
    refuse_network(folder)
