"""The schema of a PostgreSQL: looked at by everybody, upgraded by the operator's command alone.

Several servers share the database, so none of them may change it under the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.errors import Unavailable
from hawk.warehouse.address import Address, driver_url
from hawk.warehouse.postgresql.engine import CONNECTING
from hawk.warehouse.postgresql.locks import UPGRADE
from hawk.warehouse.schema import HEAD, refuse_newer

_EXISTS = text("SELECT to_regclass('alembic_version') IS NOT NULL")
_REVISION = text("SELECT version_num FROM alembic_version")
_TURN = text("SELECT pg_try_advisory_lock(:space, :lock)")
_POLL = 0.2


async def require_current(conn: AsyncConnection, address: Address) -> None:
    """Raise Unavailable unless the database has this Hawk's schema."""
    stored = await conn.run_sync(stored_revision)
    if stored == HEAD:
        return
    refuse_newer(address.text, stored)
    found = "is empty" if stored is None else f"is at schema {stored}, and this Hawk needs {HEAD}"
    raise Unavailable(f"The database {address.text} {found}.", fix="Bring it up to date: hawk db upgrade")


def stored_revision(conn: Connection) -> str | None:
    """The revision that a database is at; None where it has no tables of Hawk's."""
    if not conn.execute(_EXISTS).scalar_one():
        return None
    return conn.execute(_REVISION).scalar_one_or_none()


def upgrade_postgresql(address: Address, waiting: Callable[[], None]) -> str | None:
    """Bring a database to this Hawk's schema, one step a transaction. Returns what it was at.

    ``waiting`` is called where another upgrade has to end first.
    """
    from hawk.warehouse.migrate import upgrade

    engine = create_engine(driver_url(address), poolclass=NullPool, connect_args=CONNECTING)
    with _alone(engine.connect().execution_options(isolation_level="AUTOCOMMIT"), waiting) as conn:
        before = stored_revision(conn)
        refuse_newer(address.text, before)
        if before != HEAD:
            with engine.connect() as steps:
                upgrade(steps)
    return before


@contextmanager
def _alone(conn: Connection, waiting: Callable[[], None]) -> Generator[Connection]:
    """Hold the upgrades' lock, which goes with the connection.

    It is polled: who waits for it inside a statement has a snapshot, and an index that is built
    concurrently by the one who has it waits for every snapshot.
    """
    with conn:
        first = True
        while not conn.execute(_TURN, UPGRADE).scalar_one():
            if first:
                waiting()
            first = False
            time.sleep(_POLL)
        yield conn
