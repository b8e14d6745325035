"""Exact totals: all pages that can have a needle are looked through, by processes where they are many."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing

from hawk.results.search.needle import Needle, matcher_of
from hawk.results.search.page_source import PageSource, open_source
from hawk.results.search.queries import SearchFilter, candidates, doubtful_logs, living
from hawk.results.search.scanning import Count, count
from hawk.warehouse.address import Address
from hawk.warehouse.engine import Database

PROCESSES = 2
"""Processes that look through pages at once."""

MANY = 1_000
"""Pages (64 MB of text) from which on processes are worth their start."""

_AGAIN = 2


class Counter:
    """Counts all hits of a search. Holds the processes that it started."""

    def __init__(self) -> None:
        self._executor: Executor | None = None

    async def count(self, db: Database, needle: Needle, wanted: SearchFilter) -> int:
        """How many texts match. Pages that are rewritten meanwhile are looked for again."""
        counted = await self._look(db, needle, wanted)
        for _ in range(_AGAIN):
            if counted.missing:
                counted = await self._look(db, needle, wanted)
        return await _total(db, counted, wanted)

    def close(self) -> None:
        """End the processes."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None

    async def _look(self, db: Database, needle: Needle, wanted: SearchFilter) -> Count:
        async with db.read() as conn:
            found = await candidates(conn, wanted, matcher_of(needle).bits, None)
        return await self._counted(db.address, needle, [page.id for page in found])

    async def _counted(self, address: Address, needle: Needle, pages: Sequence[int]) -> Count:
        if len(pages) < MANY:
            return await asyncio.to_thread(_count, address, needle, pages)
        try:
            return await self._by_processes(address, needle, pages)
        except BrokenProcessPool:
            # One was killed, for want of memory perhaps: one after another takes longer, and goes.
            self.close()
            return await asyncio.to_thread(_count, address, needle, pages)

    async def _by_processes(self, address: Address, needle: Needle, pages: Sequence[int]) -> Count:
        if self._executor is None:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(PROCESSES, mp_context=context)
        loop, step = asyncio.get_running_loop(), -(-len(pages) // (PROCESSES * 4))
        parts = [pages[start : start + step] for start in range(0, len(pages), step)]
        counts = [loop.run_in_executor(self._executor, _count_here, address, needle, part) for part in parts]
        whole = Count()
        for found in await asyncio.gather(*counts):
            whole.merge(found)
        return whole


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


def _count(address: Address, needle: Needle, pages: Sequence[int]) -> Count:
    with closing(open_source(address)) as source:
        return count(source, matcher_of(needle), pages)


_source: tuple[Address, PageSource] | None = None


def _count_here(address: Address, needle: Needle, pages: Sequence[int]) -> Count:
    """The same in a process of its own, which keeps its connection."""
    global _source  # noqa: PLW0603 (one a process)
    if _source is None or _source[0] != address:
        _source = (address, open_source(address))
    return count(_source[1], matcher_of(needle), pages)
