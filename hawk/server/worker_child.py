"""The worker beside a server: a process of its own, for imports must not hold up a request."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress

from hawk.operator_log.lines import FIELDS, Format

logger = logging.getLogger(__name__)

_FIRST_PAUSE, _LAST_PAUSE = 1.0, 60.0
_WELL = 60.0
"""Seconds after which a worker that ends was well, and the next one may start soon."""
_PATIENCE = 10.0
"""Seconds that a worker gets to end what it does."""


class WorkerChild:
    """Keeps a worker running. ``pid`` is None while there is none; ``restarts`` counts those that died."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._process: Process | None = None
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The worker's process."""
        return self._process.pid if self._process else None

    async def keep_running(self) -> None:
        """Start it again whenever it ends, each time a little later while it doesn't do well."""
        pauses = _pauses()
        while True:
            started = time.monotonic()
            self._process = await self._started()
            code = await self._process.wait()
            self._process = None
            if time.monotonic() - started > _WELL:
                pauses = _pauses()
            pause = next(pauses)
            logger.error("worker-ended", extra={FIELDS: {"exit_code": code, "again_in": pause}})
            await asyncio.sleep(pause)
            self.restarts += 1

    async def end(self) -> None:
        """Tell it to end, and see to it that it does."""
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _PATIENCE)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _started(self) -> Process:
        # It reads its standard input to the end, which is this process's, whatever that dies of.
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "hawk.worker"),
            stdin=PIPE,
            env={**os.environ, "HAWK_LOG_FORMAT": self._form},
        )


@asynccontextmanager
async def worker_beside(child: WorkerChild) -> AsyncGenerator[None]:
    """Keep a worker running for as long as the ``with`` lasts."""
    keeping = asyncio.create_task(child.keep_running())
    try:
        yield
    finally:
        # A look at a task that ended by itself raises what it ended of.
        keeping.cancel()
        await child.end()
        with suppress(asyncio.CancelledError):
            await keeping


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, _LAST_PAUSE)
