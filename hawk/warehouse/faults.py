"""What goes wrong in a database, in words for users."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, IntegrityError

from hawk.errors import Unavailable

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
def database_faults(path: str) -> Generator[None]:
    """Turn what SQLite says about the database at ``path`` into Hawk's errors; a bug stays a bug."""
    try:
        yield
    except (IntegrityError, sqlite3.IntegrityError):
        raise
    except (DatabaseError, sqlite3.DatabaseError) as error:
        fault = fault_of(path, str(error))
        if fault is None:
            raise
        raise fault from error


def fault_of(path: str, text: str) -> Unavailable | None:
    """The error for what SQLite says; None where it says nothing about the database's state."""
    for sign, what, fix in _KNOWN:
        if sign in text.partition("\n")[0]:
            return Unavailable(f"The database {path} {what}.", fix=fix.format(path=path))
    return None
