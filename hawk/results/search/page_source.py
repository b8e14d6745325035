"""Pages out of the database by a plain connection, which threads and processes can have their own of."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from hawk.warehouse.address import Address, plain_url
from hawk.warehouse.faults import database_faults


class StoredPage(msgspec.Struct, frozen=True):
    """A page as the table has it."""

    id: int
    log_id: int
    plain: bool
    entries: bytes
    body: bytes


class PageSource(Protocol):
    """Gives pages by their ids, those that are there, in any order."""

    def fetch(self, pages: Sequence[int]) -> list[StoredPage]:
        """The pages of these ids."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


_COLUMNS = "id, log_id, plain, entries, body"


def open_source(address: Address) -> PageSource:
    """A source over a new connection to a warehouse, for one thread at a time."""
    with database_faults(address):
        return _Sqlite(address) if address.path is not None else _Postgresql(address)


class Sources:
    """Connections that are kept from one use to the next. One that failed is not: the next use opens anew."""

    def __init__(self) -> None:
        self._idle: list[tuple[Address, PageSource]] = []

    @contextmanager
    def use(self, address: Address) -> Generator[PageSource]:
        """A source that nobody else uses meanwhile."""
        source = self._kept(address) or open_source(address)
        try:
            yield source
        except BaseException:
            source.close()
            raise
        self._idle.append((address, source))

    def close(self) -> None:
        """Give all connections back."""
        while self._idle:
            self._idle.pop()[1].close()

    def _kept(self, address: Address) -> PageSource | None:
        try:
            known, source = self._idle.pop()
        except IndexError:
            return None
        if known == address:
            return source
        source.close()
        return None


class _Sqlite:
    def __init__(self, address: Address) -> None:
        self._address = address
        place = f"{Path(address.path or '').as_uri()}?mode=ro"
        self._connection = sqlite3.connect(place, uri=True, check_same_thread=False)

    def fetch(self, pages: Sequence[int]) -> list[StoredPage]:
        places = ",".join("?" * len(pages))
        statement = f"SELECT {_COLUMNS} FROM text_pages WHERE id IN ({places})"  # noqa: S608 (question marks)
        with database_faults(self._address):
            rows: list[tuple[Any, ...]] = self._connection.execute(statement, pages).fetchall()
        return [StoredPage(row[0], row[1], bool(row[2]), row[3], row[4]) for row in rows]

    def close(self) -> None:
        self._connection.close()


class _Postgresql:
    def __init__(self, address: Address) -> None:
        import psycopg

        self._address = address
        self._connection = psycopg.connect(plain_url(address), autocommit=True)

    def fetch(self, pages: Sequence[int]) -> list[StoredPage]:
        statement = f"SELECT {_COLUMNS} FROM text_pages WHERE id = ANY(%s)"  # noqa: S608 (our own columns)
        with database_faults(self._address), self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(statement, (list(pages),)).fetchall()
        return [StoredPage(*row) for row in rows]

    def close(self) -> None:
        self._connection.close()
