"""The warehouse's database: opening it, reading from it, writing to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hawk.warehouse import sqlite
from hawk.warehouse.address import Address, address_of
from hawk.warehouse.faults import database_faults
from hawk.warehouse.schema import bring_up


class Database:
    """An open warehouse. Make one with :meth:`open`.

    A transaction that fails raises Unavailable, with what to do, where the fault is the database's
    (locked, full, damaged, not there); everything of it is undone then.
    """

    def __init__(self, address: Address, reading: AsyncEngine, writing: AsyncEngine) -> None:
        self.address = address
        self._reading = reading
        self._writing = writing

    @classmethod
    async def open(cls, url: str) -> Database:
        """Open a ``sqlite:///`` or ``postgresql://`` URL.

        SQLite is created or upgraded first where it needs to be. A PostgreSQL that has another schema
        than this Hawk's raises Unavailable, with the command that upgrades it.
        """
        address = address_of(url)
        if address.path is None:
            return await cls._open_postgresql(address)
        sqlite.make_folder(address.path.parent)
        await asyncio.to_thread(bring_up, address.path)
        return cls(address, *sqlite.open_engine(address.path))

    @classmethod
    async def _open_postgresql(cls, address: Address) -> Database:
        # It takes its time to import, which is nothing that a user of SQLite should wait for.
        from hawk.warehouse.postgresql.engine import open_engine
        from hawk.warehouse.postgresql.schema import require_current

        db = cls(address, *open_engine(address))
        try:
            async with db.read() as conn:
                await require_current(conn, address)
        except BaseException:
            await db.close()
            raise
        return db

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]:
        """Which kind of database it is."""
        return self.address.dialect

    @property
    def url(self) -> str:
        """Where it is, without a password: for messages."""
        return self.address.text

    @property
    def path(self) -> Path | None:
        """The file of a SQLite; None for a PostgreSQL."""
        return self.address.path

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A connection that sees one state of the database, whatever others write meanwhile."""
        with database_faults(self.address):
            async with self._reading.connect() as conn:
                yield conn

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """A connection that writes; commits at the end, or undoes all on an error.

        SQLite has one writer at a time over all processes; it waits for the others as long as
        :data:`hawk.warehouse.schema.LOCK_PATIENCE`. PostgreSQL has many: who reads rows to decide
        what to write locks them (``with_for_update``, which SQLite ignores). Never open one inside
        another.
        """
        with database_faults(self.address):
            async with self._writing.begin() as conn:
                yield conn

    async def check(self) -> None:
        """Raise Unavailable where it doesn't answer, or has another schema than this Hawk's by now."""
        async with self.read() as conn:
            if self.path is None:
                from hawk.warehouse.postgresql.schema import require_current

                await require_current(conn, self.address)
            else:
                await sqlite.require_current(conn, self.path)

    async def close(self) -> None:
        """Give back all connections."""
        await self._reading.dispose()
