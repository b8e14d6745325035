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


def prepare(path: Path, fresh: Path) -> None:
    """Give a fresh database what imports into it need of the one whose place it takes.

    They are numbered on from its imports, and its eval sets tell which models jobs declared.
    """
    with closing(_connect(path)) as conn:
        conn.execute("ATTACH ? AS fresh", (str(fresh),))
        conn.execute("BEGIN IMMEDIATE")
        _continue(conn, "main", "fresh")
        for table in ("model_sets", "eval_sets"):
            conn.execute(f"INSERT INTO fresh.{table} SELECT * FROM main.{table}")  # noqa: S608
        conn.execute("COMMIT")


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
        _renumber_sets(conn)
        _continue(conn, "fresh", "main")
        conn.execute("COMMIT")


def _renumber_sets(conn: sqlite3.Connection) -> None:
    """Each database gave its new model sets numbers of its own: the same number may be another set."""
    conn.execute(
        "INSERT OR IGNORE INTO main.model_sets (key, models) SELECT key, models FROM fresh.model_sets"
    )
    conn.execute(
        "UPDATE main.log_model_sets SET model_set_id = (SELECT ours.id FROM fresh.model_sets AS theirs "
        "JOIN main.model_sets AS ours ON ours.key = theirs.key "
        "WHERE theirs.id = main.log_model_sets.model_set_id)"
    )


def _continue(conn: sqlite3.Connection, source: str, target: str) -> None:
    highest = f"SELECT max(id) FROM {source}.{_NUMBERS}"  # noqa: S608
    (number,) = conn.execute(highest).fetchone()
    if number is not None:
        conn.execute(f"INSERT OR IGNORE INTO {target}.{_NUMBERS} (id) VALUES (?)", (number,))  # noqa: S608


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=LOCK_PATIENCE, isolation_level=None)
