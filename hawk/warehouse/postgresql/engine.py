"""PostgreSQL as a warehouse: connections of psycopg."""

from __future__ import annotations

import math
import select
import time
from functools import partial
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection
from psycopg.adapt import Buffer
from psycopg.types.string import StrDumper
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hawk.warehouse.address import Address, driver_url
from hawk.warehouse.documents import REPLACEMENT, to_json_without_nul
from hawk.warehouse.schema import LOCK_PATIENCE

CONNECT_PATIENCE = 10
"""Seconds to wait for a server that doesn't answer."""

CONNECTING: dict[str, Any] = {
    "application_name": "hawk",
    "connect_timeout": CONNECT_PATIENCE,
    # A server that is gone without a word is noticed in half a minute, not in two hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
}
_USED, _FRESH = "hawk_used", 1.0
"""For how many seconds a connection is believed to be there that was there just now."""

_STANDSTILL = "10min"
"""How long a transaction of a process that hangs may hold what it has locked."""

_UNUSED = "5min"
"""After which the server ends a connection that nobody used."""

_POOL: dict[str, Any] = {
    # Opened as they are needed, and kept: to open one costs more than what is asked over it. The newest
    # are used first, and the server ends those that a busy hour left behind.
    "pool_size": 15,
    "max_overflow": 0,
    "pool_use_lifo": True,
    "pool_timeout": 30,
    "pool_recycle": 1800,
}


def open_engine(address: Address) -> tuple[AsyncEngine, AsyncEngine]:
    """Engines to read with and to write with, which share their connections. Connects to nothing yet."""
    engine = create_async_engine(
        driver_url(address),
        connect_args=CONNECTING,
        json_serializer=to_json_without_nul,
        json_deserializer=msgspec.json.decode,
        **_POOL,
    )
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "checkin", _on_checkin)
    event.listen(engine.sync_engine, "checkout", partial(_on_checkout, engine.dialect))
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return reading, engine.execution_options(isolation_level="READ COMMITTED")


class _TextDumper(StrDumper):
    """Texts of logs and of callers may have a NUL, which PostgreSQL's texts can't."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", REPLACEMENT) if "\0" in obj else obj)


def _on_checkin(_connection: object, record: Any) -> None:
    record.info[_USED] = time.monotonic()


def _on_checkout(dialect: Any, connection: Any, record: Any, _proxy: object) -> None:
    """See whether a connection is still there; else another is opened in its place.

    One that was used just now is there unless something came over it meanwhile, as an end does.
    """
    just_now = time.monotonic() - record.info.get(_USED, math.inf) < _FRESH
    try:
        if not (just_now and _is_silent(connection)):
            dialect.do_ping(connection)
    except psycopg.Error as error:
        raise DisconnectionError from error


def _is_silent(connection: Any) -> bool:
    raw: AsyncConnection = connection.driver_connection
    coming = select.poll()
    coming.register(raw.fileno(), select.POLLIN)
    return not coming.poll(0)


def _on_connect(connection: Any, _record: object) -> None:
    raw: AsyncConnection = connection.driver_connection
    raw.adapters.register_dumper(str, _TextDumper)
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {int(LOCK_PATIENCE * 1000)}")
    # In the server's own zone the first and the last moments may be none that Python has.
    cursor.execute("SET timezone = 'UTC'")
    # Compiling a query takes longer than any of ours should; and how one is best read hangs on what it
    # asks for, which a plan for all values doesn't know.
    cursor.execute("SET jit = off")
    cursor.execute("SET plan_cache_mode = force_custom_plan")
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{_STANDSTILL}'")
    cursor.execute(f"SET idle_session_timeout = '{_UNUSED}'")
    cursor.close()
    connection.commit()
