"""The databases to measure on: a SQLite file, and a PostgreSQL as it comes, with fsync on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from hawk.warehouse.upgrade import upgrade_database
from tests.servers.postgres import Postgres, postgres_server

_DURABLE = {"synchronous_commit": "on"}


class Fresh(Protocol):
    """Makes an empty warehouse, as often as it is asked. Returns its URL."""

    def __call__(self) -> str: ...


@contextmanager
def empty_databases(home: Path) -> Iterator[Mapping[str, Fresh]]:
    """Both kinds by name."""
    with postgres_server(fsync=True, options=_DURABLE) as server:
        yield {"SQLite": _Files(home), "PostgreSQL": _Databases(server)}


@contextmanager
def kept_postgres(folder: Path) -> Iterator[Postgres]:
    """A server on a folder that outlives it."""
    with postgres_server(fsync=True, options=_DURABLE, kept=folder) as server:
        yield server


class _Files:
    def __init__(self, home: Path) -> None:
        self._home = home
        self._numbers = itertools.count()

    def __call__(self) -> str:
        return f"sqlite:///{self._home / f'hawk-{next(self._numbers)}.db'}"


class _Databases:
    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._numbers = itertools.count()

    def __call__(self) -> str:
        url = self._server.create(f"hawk_{next(self._numbers)}")
        upgrade_database(url, lambda: None)
        return url
