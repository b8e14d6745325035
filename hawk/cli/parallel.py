"""Several things of one kind at once, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 4


async def in_parallel(items: Iterable[T], work: Callable[[T], Coroutine[Any, Any, R]]) -> AsyncIterator[R]:
    """What ``work`` makes of each item, as it gets ready. An error of one ends them all."""
    waiting = iter(items)
    running = {asyncio.create_task(work(item)) for item in islice(waiting, AT_ONCE)}
    done: set[asyncio.Task[R]] = set()
    try:
        while running:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            running |= {asyncio.create_task(work(item)) for item in islice(waiting, len(done))}
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, *done, return_exceptions=True)
