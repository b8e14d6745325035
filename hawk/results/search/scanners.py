"""Looks through many pages at once: in threads where they are few, in processes of their own where not."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from hawk.results.search.needle import Matcher, Needle, matcher_of
from hawk.results.search.page_source import PageSource, Sources
from hawk.results.search.queries import SearchFilter, candidates, doubtful_logs, living
from hawk.results.search.scanning import Count, Found, count, find
from hawk.warehouse.address import Address
from hawk.warehouse.engine import Database

PROCESSES = 2
"""Processes that look through pages at once."""

MANY, STARTED = 1_000, 200
"""Pages (of 64 KB of text) from which on processes are worth their start, and their use once they run."""

_AGAIN = 2
_PARTS = PROCESSES * 4

T = TypeVar("T")
Work = Callable[[PageSource, Matcher, Sequence[int]], T]


class Scanners:
    """Looks through pages, and holds the connections and the processes that it needs for that."""

    def __init__(self) -> None:
        self._executor: Executor | None = None
        self._sources = Sources()

    async def count(
        self, db: Database, needle: Needle, wanted: SearchFilter, pages: Sequence[int] | None = None
    ) -> int:
        """How many texts match. ``pages`` are those that can have the needle, where they are known.

        Pages that are rewritten meanwhile are looked for again.
        """
        if pages is None:
            pages = await _candidates(db, needle, wanted)
        counted = await self._counted(db, needle, pages)
        for _ in range(_AGAIN):
            if counted.missing:
                counted = await self._counted(db, needle, await _candidates(db, needle, wanted))
        return await _total(db, counted, wanted)

    async def find(self, address: Address, needle: Needle, pages: Sequence[int]) -> Found:
        """The pages that have hits, in the order of ``pages``."""
        parts = await self._parts(find, address, needle, pages)
        return Found([hits for part in parts for hits in part.hits], sum(part.missing for part in parts))

    def close(self) -> None:
        """End the processes, and give the connections back."""
        self._end_processes()
        self._sources.close()

    def _end_processes(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None

    async def _counted(self, db: Database, needle: Needle, pages: Sequence[int]) -> Count:
        whole = Count()
        for part in await self._parts(count, db.address, needle, pages):
            whole.merge(part)
        return whole

    async def _parts(self, work: Work[T], address: Address, needle: Needle, pages: Sequence[int]) -> list[T]:
        if len(pages) < (MANY if self._executor is None else STARTED):
            return [await asyncio.to_thread(_work, self._sources, work, address, needle, pages)]
        if self._executor is None:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(PROCESSES, mp_context=context)
        loop, step = asyncio.get_running_loop(), -(-len(pages) // _PARTS)
        parts = [pages[start : start + step] for start in range(0, len(pages), step)]
        try:
            return await asyncio.gather(
                *(
                    loop.run_in_executor(self._executor, _in_process, work, address, needle, part)
                    for part in parts
                )
            )
        except BrokenProcessPool:
            # One was killed, for want of memory perhaps: one after another takes longer, and goes.
            self._end_processes()
            return [await asyncio.to_thread(_work, self._sources, work, address, needle, pages)]


async def _candidates(db: Database, needle: Needle, wanted: SearchFilter) -> list[int]:
    async with db.read() as conn:
        return [page.id for page in await candidates(conn, wanted, matcher_of(needle).bits)]


async def _total(db: Database, counted: Count, wanted: SearchFilter) -> int:
    log_ids = {*counted.by_log, *(log_id for log_id, _ in counted.long)}
    total = 0
    async with db.read() as conn:
        doubtful = await doubtful_logs(conn, log_ids, superseded=wanted.superseded)
        alive = {log_id: await living(conn, log_id, superseded=wanted.superseded) for log_id in doubtful}
    for log_id, samples in counted.by_log.items():
        mine = alive.get(log_id)
        total += sum(number for sample, number in samples.items() if mine is None or sample in mine)
    return total + sum(log_id not in alive or text[0] in alive[log_id] for log_id, text in counted.long)


_sources = Sources()
"""The connections of a process that was started for this."""


def _in_process(work: Work[T], address: Address, needle: Needle, pages: Sequence[int]) -> T:
    return _work(_sources, work, address, needle, pages)


def _work(sources: Sources, work: Work[T], address: Address, needle: Needle, pages: Sequence[int]) -> T:
    with sources.use(address) as source:
        return work(source, matcher_of(needle), pages)
