"""Puts results that were made beside in the place of those of a SQLite database, at one moment.

The file itself stays: other processes have it open, and its log of writes beside it, which must never
meet another file. They see the old rows until the transaction ends, and the new ones from then on.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from hawk.warehouse.address import Address
from hawk.warehouse.faults import database_faults
from hawk.warehouse.results_tables import results_tables
from hawk.warehouse.schema import LOCK_PATIENCE

_NUMBERS = "import_numbers"


def back_up(address: Address, path: Path, now: datetime) -> Path:
    """Copy a database as it is now to a file beside it. Returns that."""
    copy = path.with_name(f"{path.name}.{now:%Y%m%dT%H%M%SZ}.backup")
    partial = copy.with_name(f"{copy.name}.partial")
    partial.unlink(missing_ok=True)
    with database_faults(address), closing(_connect(path)) as source, closing(_connect(partial)) as target:
        source.backup(target)
    partial.replace(copy)
    return copy


def continue_numbers(path: Path, fresh: Path) -> None:
    """Have imports into a fresh database numbered on from those of the one whose place it takes."""
    with closing(_connect(path)) as conn:
        conn.execute("ATTACH ? AS fresh", (str(fresh),))
        _continue(conn, "main", "fresh")


def replace_results(address: Address, path: Path, fresh: Path) -> None:
    """Put the results of the database ``fresh`` in the place of those at ``path``; nothing else changes."""
    with database_faults(address), closing(_connect(path)) as conn:
        # Rows come parents first; checking each of millions would find nothing.
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute("ATTACH ? AS fresh", (str(fresh),))
        conn.execute("BEGIN IMMEDIATE")
        tables = results_tables()
        for table in reversed(tables):
            conn.execute(f"DELETE FROM main.{table.name}")  # noqa: S608 - a table's own name
        for table in tables:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            conn.execute(
                f"INSERT INTO main.{table.name} ({columns}) SELECT {columns} FROM fresh.{table.name}"  # noqa: S608
            )
        _continue(conn, "fresh", "main")
        conn.execute("COMMIT")


def _continue(conn: sqlite3.Connection, source: str, target: str) -> None:
    highest = f"SELECT max(id) FROM {source}.{_NUMBERS}"  # noqa: S608
    (number,) = conn.execute(highest).fetchone()
    if number is not None:
        conn.execute(f"INSERT OR IGNORE INTO {target}.{_NUMBERS} (id) VALUES (?)", (number,))  # noqa: S608


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=LOCK_PATIENCE, isolation_level=None)
