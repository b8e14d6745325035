"""A log's archive in storage: its directory, and its members by byte range.

Every read names the etag that the archive was opened with, so bytes of two versions never mix:
Conflict is raised where the file was written meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator

from hawk.backends.storage.store import Entry, Storage
from hawk.importers.directory import (
    TAIL,
    ArchiveFault,
    Member,
    Span,
    find_directory,
    find_wide_end,
    parse_directory,
)
from hawk.importers.inflate import FREE_SIZE, MAX_RATIO, check_size, unpack

BATCH = 2 * 1024 * 1024
"""Bytes to read at once, where members lie side by side."""

_HEADER_SLACK = 30 + 2 * 65_535


class Archive:
    """One version of one archive."""

    def __init__(self, storage: Storage, entry: Entry, members: dict[str, Member]) -> None:
        self._storage = storage
        self._entry = entry
        self.members = members

    @classmethod
    async def open(cls, storage: Storage, entry: Entry) -> Archive:
        """Read the directory. Raises ArchiveFault where the file is no archive."""
        read = _Ranges(storage, entry)
        tail = await read.get(Span(max(0, entry.size - TAIL), min(TAIL, entry.size)))
        wide_span = find_wide_end(tail, entry.size)
        wide = await read.get(wide_span) if wide_span else None
        members = parse_directory(await read.get(find_directory(tail, entry.size, wide)))
        _refuse_bomb(entry, members.values())
        return cls(storage, entry, members)

    async def read(self, member: Member) -> bytes:
        """One member's content. Raises ArchiveFault where it is damaged."""
        check_size(member)
        span = self._span(member)
        data = await self._fetch(span)
        return await asyncio.to_thread(unpack, member, data)

    async def spans(self, members: Iterable[Member]) -> AsyncIterator[list[tuple[Member, memoryview]]]:
        """Members with their bytes in the file, for :func:`hawk.importers.inflate.unpack`.

        They come in the order of the file and in batches, for those side by side are read at once.
        """
        for batch in self._batches(members):
            start, last = batch[0].offset, self._span(batch[-1])
            data = memoryview(await self._fetch(Span(start, last.start + last.length - start)))
            yield [(member, self._within(data, member, start)) for member in batch]

    def _within(self, data: memoryview, member: Member, start: int) -> memoryview:
        at = member.offset - start
        return data[at : at + self._span(member).length]

    def _batches(self, members: Iterable[Member]) -> Iterator[list[Member]]:
        batch: list[Member] = []
        for member in sorted(members, key=lambda member: member.offset):
            span = self._span(member)
            if batch and span.start + span.length - batch[0].offset > BATCH:
                yield batch
                batch = []
            batch.append(member)
        if batch:
            yield batch

    def _span(self, member: Member) -> Span:
        """The bytes from a member's local header on, its packed content included."""
        most = min(member.packed + _HEADER_SLACK, max(0, self._entry.size - member.offset))
        return Span(member.offset, most)

    async def _fetch(self, span: Span) -> bytes:
        return await self._storage.get_range(self._entry.path, span.start, span.length, etag=self._entry.etag)


class _Ranges:
    """Ranges of a file, of which the end is read once."""

    def __init__(self, storage: Storage, entry: Entry) -> None:
        self._storage = storage
        self._entry = entry
        self._tail = b""

    async def get(self, span: Span) -> bytes:
        tail_start = self._entry.size - len(self._tail)
        if self._tail and span.start >= tail_start:
            at = span.start - tail_start
            return self._tail[at : at + span.length]
        found = await self._storage.get_range(
            self._entry.path, span.start, span.length, etag=self._entry.etag
        )
        self._tail = self._tail or found
        return found


def _refuse_bomb(entry: Entry, members: Iterable[Member]) -> None:
    total = sum(member.size for member in members)
    if total > FREE_SIZE and total > entry.size * MAX_RATIO:
        raise ArchiveFault(f"it unpacks to {total:,} bytes out of {entry.size:,}, which no log does")
