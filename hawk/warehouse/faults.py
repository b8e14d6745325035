"""What goes wrong in a database, in words for users."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hawk.errors import Busy, Unavailable
from hawk.warehouse.address import Address

_KNOWN = (
    ("locked", "is locked by another process", "Try again, or see who holds it with: fuser -v {path}"),
    ("disk is full", "can't grow: the disk is full", "Free some space and try again."),
    ("not a database", "is no database", "Move {path} away: it is made anew, and logs are imported again."),
    ("malformed", "is damaged", "Move {path} away: it is made anew, and logs are imported again."),
    ("readonly", "may not be written by this user", "Give this user access to its folder, or set HAWK_HOME."),
    ("unable to open", "can't be opened", "Give this user access to its folder, or set HAWK_HOME."),
    ("disk I/O error", "can't be read: the disk has an error", "See the system's log for the disk."),
)


@contextmanager
def database_faults(address: Address) -> Generator[None]:
    """Turn what a database says about its state into Hawk's errors; a bug stays a bug."""
    try:
        yield
    except (IntegrityError, sqlite3.IntegrityError):
        raise
    except PoolTimeout as error:
        raise Busy(
            f"All connections of this process to the database {address.text} are in use.",
            fix="Try again in a moment.",
        ) from error
    except Exception as error:
        fault = _fault_of(address, error)
        if fault is None:
            raise
        raise fault from error


def _fault_of(address: Address, error: Exception) -> Unavailable | None:
    if address.dialect == "sqlite":
        known = isinstance(error, DatabaseError | sqlite3.DatabaseError)
        return fault_of(address.text, str(error)) if known else None
    return _of_postgresql(address.text, error)


def _of_postgresql(place: str, error: Exception) -> Unavailable | None:
    """SQLAlchemy's errors have psycopg's as ``orig``; the locks' are psycopg's own."""
    from hawk.warehouse.postgresql.faults import fault_of as postgresql_fault

    own: Any = error.orig if isinstance(error, DBAPIError) else error
    if not hasattr(own, "sqlstate"):
        return None
    lost = type(own).__name__ == "OperationalError" or getattr(error, "connection_invalidated", False)
    return postgresql_fault(place, own, lost=lost)


def fault_of(path: str, text: str) -> Unavailable | None:
    """The error for what SQLite says; None where it says nothing about the database's state."""
    for sign, what, fix in _KNOWN:
        if sign in text.partition("\n")[0]:
            kind = Busy if sign == "locked" else Unavailable
            return kind(f"The database {path} {what}.", fix=fix.format(path=path))
    return None
