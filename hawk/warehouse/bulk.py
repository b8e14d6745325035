"""Many rows at once, by each database's quickest way: COPY on PostgreSQL, one prepared insert on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.warehouse.columns import Document, Time, time_text

Values = tuple[Any, ...]

_JSONB_VERSION = b"\x01"


async def add_rows(conn: AsyncConnection, table: Table, names: Sequence[str], rows: Iterable[Values]) -> None:
    """Add rows, inside the connection's transaction.

    ``rows`` have the values of the columns ``names``, with a document as JSON bytes and nothing else
    converted. No value is checked: text must have no NUL and no halves of characters.
    """
    columns = [table.c[name] for name in names]
    driver = (await conn.get_raw_connection()).driver_connection
    if conn.dialect.name == "postgresql":
        await _copy(driver, table, columns, rows)
    else:
        await driver.executemany(_insert(table, columns), _converted(rows, _sqlite_converters(columns)))  # pyright: ignore[reportOptionalMemberAccess]


async def _copy(driver: Any, table: Table, columns: Sequence[Column[Any]], rows: Iterable[Values]) -> None:
    named = ", ".join(f'"{column.name}"' for column in columns)
    converters = [(at, _jsonb) for at, column in enumerate(columns) if isinstance(column.type, Document)]
    statement = f"COPY {table.name} ({named}) FROM STDIN (FORMAT BINARY)"
    async with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_copy_type(column) for column in columns])
        for row in _converted(rows, converters):
            await copy.write_row(row)


def _insert(table: Table, columns: Sequence[Column[Any]]) -> str:
    named = ", ".join(f'"{column.name}"' for column in columns)
    places = ", ".join("?" for _ in columns)
    return f"INSERT INTO {table.name} ({named}) VALUES ({places})"  # noqa: S608 (names of our own tables)


_Converters = Sequence[tuple[int, Callable[[Any], Any]]]


def _converted(rows: Iterable[Values], converters: _Converters) -> Iterator[Sequence[Any]]:
    for row in rows:
        values = list(row)
        for at, convert in converters:
            if values[at] is not None:
                values[at] = convert(values[at])
        yield values


def _sqlite_converters(columns: Sequence[Column[Any]]) -> _Converters:
    known: dict[type, Callable[[Any], Any]] = {Time: _time, Document: bytes.decode}
    return [(at, known[type(column.type)]) for at, column in enumerate(columns) if type(column.type) in known]


def _time(value: datetime) -> str:
    return time_text(value.astimezone(UTC))


def _jsonb(value: bytes) -> bytes:
    return _JSONB_VERSION + value


def _copy_type(column: Column[Any]) -> str:
    kinds: tuple[tuple[type, str], ...] = (
        (Time, "timestamptz"),
        (Document, "bytea"),
        (BigInteger, "int8"),
        (Integer, "int4"),
        (Boolean, "bool"),
        (Float, "float8"),
        (LargeBinary, "bytea"),
    )
    return next((name for kind, name in kinds if isinstance(column.type, kind)), "text")
