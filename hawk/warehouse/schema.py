"""The version of the schema, and bringing a database to it.

Alembic takes a tenth of a second to import, so a database that is current is recognised without it.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from hawk.errors import Unavailable
from hawk.warehouse.address import Address
from hawk.warehouse.faults import database_faults

HEAD = "0006"
"""The newest migration. A test holds it to the migrations."""

LOCK_PATIENCE = 15.0
"""Seconds to wait for another process that writes."""


def bring_up(path: Path) -> str | None:
    """Create or upgrade the database, by one process at a time, with a copy beside it before.

    Returns the revision that it was at.
    """
    with database_faults(Address("sqlite", "", str(path), path)), _file_faults(path):
        before = stored_revision(path)
        if before != HEAD:
            with _alone(path):
                before = stored_revision(path)
                _upgrade(path, before)
        return before


def _upgrade(path: Path, before: str | None) -> None:
    if before == HEAD:
        return
    refuse_newer(str(path), before)
    if before is not None:
        _back_up(path, before)
    _migrate(path)


def stored_revision(path: Path) -> str | None:
    """The revision that a database is at; None where it is empty or isn't there."""
    if not path.exists() or path.stat().st_size == 0:
        return None
    conn = _connect(path)
    try:
        known = conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        found = conn.execute("SELECT version_num FROM alembic_version").fetchone() if known else None
    finally:
        conn.close()
    return found[0] if found else None


@contextmanager
def _file_faults(path: Path) -> Generator[None]:
    """The lock and the copy are files beside the database, in a folder that may be closed or full."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"The database {path} can't be opened: {error.strerror}.",
            fix="Give this user access to its folder, free some space there, or set HAWK_HOME.",
        ) from error


def refuse_newer(place: str, revision: str | None) -> None:
    """Raise Unavailable where a database is at a revision behind this Hawk's."""
    if revision is not None and revision > HEAD:
        raise Unavailable(
            f"The database {place} belongs to a newer Hawk (schema {revision}; this one knows {HEAD}).",
            fix="Upgrade this Hawk: pip install --upgrade with the source that the newer one came from.",
        )


def backup_of(path: Path, revision: str) -> Path:
    """Where the copy of a database is that was made before it left a revision."""
    return path.with_name(f"{path.name}.{revision}.backup")


def _back_up(path: Path, revision: str) -> None:
    copy = backup_of(path, revision)
    partial = path.with_name(f"{copy.name}.partial")
    partial.unlink(missing_ok=True)
    source, target = _connect(path), sqlite3.connect(partial)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    partial.replace(copy)


def _migrate(path: Path) -> None:
    from hawk.warehouse.migrate import upgrade_sqlite

    conn = _connect(path)
    try:
        conn.execute("PRAGMA journal_mode = WAL")
    finally:
        conn.close()
    upgrade_sqlite(path, LOCK_PATIENCE)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=LOCK_PATIENCE, isolation_level=None)


@contextmanager
def _alone(path: Path) -> Generator[None]:
    with path.with_name(f"{path.name}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
