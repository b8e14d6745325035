"""Rows on their way into a table: all are seen once, so that the columns are known, and then written."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from types import TracebackType
from typing import Any, Self

import msgspec

from hawk.client.frames.columns import Columns, Kind, cell

BATCH = 5_000
"""Rows that are in memory at once."""

_IN_MEMORY = 16 * 1024 * 1024


class Spool:
    """Rows in a temporary file, so that a list of any length takes little memory."""

    def __init__(self, shape: type[msgspec.Struct]) -> None:
        self._columns = Columns(shape)
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by __exit__
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    async def take(self, items: AsyncIterator[msgspec.Struct]) -> None:
        """Keep rows, and learn their columns."""
        encoder = msgspec.json.Encoder()
        async for item in items:
            self._file.write(encoder.encode(self._columns.flatten(item)) + b"\n")
            self.rows += 1

    def kinds(self) -> dict[str, Kind]:
        """The columns, in order, with the kind of their cells."""
        return self._columns.kinds()

    def batches(self) -> Iterator[list[list[Any]]]:
        """All rows, each a list of its cells, :data:`BATCH` of them at a time."""
        kinds = self.kinds()
        rows = ([cell(row.get(name), kind) for name, kind in kinds.items()] for row in self._read())
        while batch := list(islice(rows, BATCH)):
            yield batch

    def _read(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        decoder = msgspec.json.Decoder(dict[str, Any])
        for line in self._file:
            yield decoder.decode(line)
