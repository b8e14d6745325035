"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, TIMESTAMP, BigInteger, ColumnElement, Integer, String, cast, func
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine


class Time(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps it as text of one width, which sorts as the moments do."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type in the database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(27))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else time_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """A time with its zone, UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else datetime.fromisoformat(value)


def time_text(value: datetime) -> str:
    """A time in UTC as SQLite keeps it."""
    return value.strftime(_FORMAT).rjust(27, "0")


class Document(TypeDecorator[Any]):
    """Any JSON value. Python's None is SQL's NULL, never JSON's."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type in the database. PostgreSQL's is imported there only: it takes its time."""
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=True))
        from sqlalchemy.dialects.postgresql import JSONB

        return dialect.type_descriptor(JSONB(none_as_null=True))


def total_of(column: ColumnElement[int]) -> ColumnElement[int]:
    """The sum of whole numbers, as one: PostgreSQL makes a decimal number of it."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


RowId = BigInteger().with_variant(Integer(), "sqlite")
"""A row's own number, given by the database: only SQLite's INTEGER counts up by itself."""

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
