"""What was read of a log until it is written: in memory, or in a file where it is more than a little.

A log is written in one short transaction, after all of it was read: no lock waits for a slow storage.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import msgspec

from hawk.errors import Unavailable
from hawk.importers.text.pages import Page

IN_MEMORY = 32 * 1024 * 1024
"""Bytes that are held before a file is used."""

Values = tuple[Any, ...]


class Batch(msgspec.Struct):
    """Rows of some samples, in the order of the columns of :mod:`hawk.importers.rows`.

    They begin with the number of their sample in this import, from 0. In pages the rows of this
    import have negative numbers: the first sample is -1.
    """

    samples: list[Values] = []
    scores: list[Values] = []
    usage: list[Values] = []
    pages: list[Page] = []


class Spool:
    """Batches in order. To be closed."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed by close)
        self._sizes: list[int] = []

    def add(self, batch: Batch) -> None:
        """Keep a batch. Raises Unavailable where the disk is full."""
        data = _ENCODER.encode(batch)
        try:
            self._file.write(data)
        except OSError as error:
            folder = tempfile.gettempdir()
            raise Unavailable(
                f"What is imported can't be kept in {folder}: {error.strerror}.",
                fix="Free some space there, or set TMPDIR to another folder.",
            ) from error
        self._sizes.append(len(data))

    def __iter__(self) -> Iterator[Batch]:
        self._file.seek(0)
        for size in self._sizes:
            yield _DECODER.decode(self._file.read(size))

    def close(self) -> None:
        """Give up what is kept."""
        self._file.close()


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Batch)
