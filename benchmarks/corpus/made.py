"""Where the corpus is, in a database of each kind, made where it isn't yet."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.cache import cached
from benchmarks.corpus.content import LOGS
from benchmarks.databases import kept_postgres
from benchmarks.measure import ROOT
from hawk.warehouse.upgrade import upgrade_database

KINDS = ("SQLite", "PostgreSQL")

_DATABASE = "corpus"
_MAKERS = ("benchmarks/corpus", "benchmarks/logs/text.py", "hawk/importers", "hawk/warehouse/bulk.py")
_SHAPES = ("hawk/warehouse/tables", "hawk/warehouse/migrations")
_READERS = {"made.py", "sync.py", "archive.py", "directory.py", "inflate.py", "background.py", "__main__.py"}
"""Names of files that what is in the tables doesn't depend on."""

_SOURCES = sorted(
    path
    for place in (*_MAKERS, *_SHAPES)
    for path in ((ROOT / place).rglob("*.py") if (ROOT / place).is_dir() else (ROOT / place,))
    if path.name not in _READERS
)


@contextmanager
def corpus(kind: str, name: str = "corpus", logs: int = LOGS) -> Iterator[str]:
    """The URL of the corpus in a ``SQLite`` or a ``PostgreSQL`` that runs meanwhile.

    One of another number of ``logs`` has another ``name``.
    """
    with ThreadPoolExecutor() as both:
        folder = dict(zip(KINDS, both.map(partial(_folder, name, logs), KINDS), strict=True))[kind]
    if kind == "SQLite":
        yield _file(folder)
        return
    with kept_postgres(folder) as server:
        yield server.url(_DATABASE)


def _folder(name: str, logs: int, kind: str) -> Path:
    fill = _fill_sqlite if kind == "SQLite" else _fill_postgres
    return cached(f"{name}-{kind.lower()}", _SOURCES, partial(fill, logs=logs))


def _fill_sqlite(folder: Path, logs: int) -> None:
    _fill(_file(folder), logs)


def _fill_postgres(folder: Path, logs: int) -> None:
    with kept_postgres(folder) as server:
        url = server.create(_DATABASE)
        upgrade_database(url, lambda: None)
        _fill(url, logs)
        # What a server does by itself, a while after it was filled.
        server.execute("VACUUM ANALYZE", _DATABASE)


def _fill(url: str, logs: int) -> None:
    subprocess.run([sys.executable, "-m", "benchmarks.corpus.filling", url, str(logs)], check=True, cwd=ROOT)


def _file(folder: Path) -> str:
    return f"sqlite:///{folder / 'hawk.db'}"
