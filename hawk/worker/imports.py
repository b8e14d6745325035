"""Imports logs that changed: several at a time, each by one worker at a time."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from hawk.backends.storage.store import Entry, Storage
from hawk.importers.claims import Claims
from hawk.importers.sync import Importer, Outcome
from hawk.settings import Prices, WorkerSettings
from hawk.warehouse.engine import Database
from hawk.worker.log_lines import tell, tell_fault

Done = asyncio.Future[Outcome | None]
"""What became of a log; None where nothing did: another worker is at it, or Hawk itself failed."""

_FIRST_REST, _LAST_REST = 2.0, 600.0
"""Seconds that a log rests after a failure that its ledger doesn't know of: twice as long each time."""


class Imports:
    """A queue of logs, and what works it off."""

    def __init__(
        self, db: Database, evals: Storage, prices: Prices, holder: str, settings: WorkerSettings
    ) -> None:
        self._claims = Claims(db, Importer(db, evals, prices), holder, settings.lease_seconds)
        self._concurrency = settings.concurrency
        self._queue: asyncio.PriorityQueue[tuple[bool, float, str]] = asyncio.PriorityQueue()
        self._waiting: dict[str, tuple[Entry, Done]] = {}
        self._rests: dict[str, tuple[float, float]] = {}
        self._at_work = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._ending = False
        self.failed = 0

    @property
    def backlog(self) -> int:
        """How many logs wait."""
        return len(self._waiting)

    def add(self, entry: Entry, *, hot: bool) -> Done:
        """Have a log imported: hot ones first, of them the newest. One that waits already stays one."""
        known = self._waiting.get(entry.path)
        done: Done = known[1] if known else asyncio.get_running_loop().create_future()
        self._waiting[entry.path] = (entry, done)
        if known is None:
            self._queue.put_nowait((not hot, -entry.modified.timestamp(), entry.path))
        return done

    async def all_done(self) -> None:
        """Wait until nothing is left to do."""
        await self._queue.join()

    async def run(self) -> None:
        """Work the queue off, for ever."""
        await asyncio.gather(*(self._work() for _ in range(self._concurrency)))

    async def end(self, seconds: float) -> None:
        """Begin nothing more, and wait so long for what is under way."""
        self._ending = True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    async def _work(self) -> None:
        while True:
            _, _, location = await self._queue.get()
            if self._ending:
                return
            entry, done = self._waiting.pop(location)
            outcome = None
            self._begin()
            try:
                outcome = await self._unless_it_rests(entry)
            finally:
                self._end()
                self._queue.task_done()
                if not done.done():
                    done.set_result(outcome)

    def _begin(self) -> None:
        self._at_work += 1
        self._idle.clear()

    def _end(self) -> None:
        self._at_work -= 1
        if not self._at_work:
            self._idle.set()

    async def _unless_it_rests(self, entry: Entry) -> Outcome | None:
        until, _ = self._rests.get(entry.path, (0.0, 0.0))
        if time.monotonic() < until:
            return None
        began = time.monotonic()
        try:
            outcome = await self._claims.bring_up(entry)
        except Exception as error:  # noqa: BLE001 - what one log makes fail must not end the work on others
            self._rest(entry.path)
            self.failed += 1
            tell_fault("import-failed", error, location=entry.path)
            return None
        self._rests.pop(entry.path, None)
        if outcome is not None:
            self._tell(entry, outcome, time.monotonic() - began)
        return outcome

    def _rest(self, location: str) -> None:
        _, before = self._rests.get(location, (0.0, _FIRST_REST / 2))
        seconds = min(before * 2, _LAST_REST)
        self._rests[location] = (time.monotonic() + seconds, seconds)

    def _tell(self, entry: Entry, outcome: Outcome, seconds: float) -> None:
        about = {"location": entry.path, "samples": outcome.samples, "seconds": seconds}
        if outcome.result == "imported":
            tell("imported", **about)
        elif outcome.result == "failed":
            self.failed += 1
            tell("unreadable", **about, error=outcome.error)
