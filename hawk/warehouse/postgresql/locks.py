"""Advisory locks: two numbers each, in a database of their own. They go with the connection."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection

from hawk.warehouse.address import Address, driver_url
from hawk.warehouse.faults import database_faults
from hawk.warehouse.postgresql.engine import CONNECTING

_SPACE = 0x4841574B
UPGRADE = {"space": _SPACE, "lock": 1}
IMPORT = {"space": _SPACE, "lock": 2}


@asynccontextmanager
async def try_lock(address: Address, lock: dict[str, int]) -> AsyncGenerator[bool]:
    """Whether nobody else had the lock; it is this caller's then, inside the ``with``."""
    url = driver_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    with database_faults(address):
        conn = await AsyncConnection.connect(url, autocommit=True, **CONNECTING)
        try:
            found = await conn.execute("SELECT pg_try_advisory_lock(%(space)s, %(lock)s)", lock)
            row = await found.fetchone()
        except BaseException:
            await conn.close()
            raise
    async with conn:
        yield row is not None and row[0]
