"""The output of a job, line by line."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator

from hawk.backends.execution.protocol import LogLine
from hawk.cli.following import pace, patiently
from hawk.cli.session import JobSession
from hawk.jobs.types import Logs

_ONE_PAGE = 1_000
"""The most lines that the API gives as the last ones; more are counted off from the start."""


async def last_lines(session: JobSession, count: int) -> Logs:
    """The last lines of a job's output, however many."""
    if count <= _ONE_PAGE:
        page = await session.client.logs(session.job_id, last=max(count, 1))
        return page if count else Logs((), page.next, page.complete)
    kept: deque[LogLine] = deque(maxlen=count)
    after = 0
    while True:
        page = await session.client.logs(session.job_id, after=after)
        kept.extend(page.items)
        if page.complete or not page.items:
            return Logs(tuple(kept), page.next, page.complete)
        after = page.next


async def follow(session: JobSession, after: int) -> AsyncIterator[LogLine]:
    """What comes after a cursor until the job ends, over restarts of the runner and of the server."""
    while True:
        page = await patiently(lambda cursor=after: session.client.logs(session.job_id, after=cursor))
        for line in page.items:
            yield line
        sys.stdout.flush()
        after = page.next
        if page.complete:
            return
        if not page.items:
            await asyncio.sleep(pace(session))
