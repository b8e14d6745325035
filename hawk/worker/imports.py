"""Imports logs that changed: several at a time, each by one worker at a time."""

from __future__ import annotations

import asyncio
import time

from hawk.backends.storage.store import Entry, Storage
from hawk.importers.folders import seen_log
from hawk.importers.sync import Importer, Outcome, is_done
from hawk.settings import WorkerSettings
from hawk.warehouse.engine import Database
from hawk.warehouse.lease import holding
from hawk.worker.log_lines import tell, tell_fault

Done = asyncio.Future[Outcome | None]
"""What became of a log; None where nothing did: another worker is at it, or Hawk itself failed."""

_GLANCE = 0.02

_FIRST_REST, _LAST_REST = 2.0, 600.0
"""Seconds that a log rests after a failure that its ledger doesn't know of: twice as long each time."""


class Imports:
    """A queue of logs, and what works it off."""

    def __init__(self, db: Database, evals: Storage, holder: str, settings: WorkerSettings) -> None:
        self._db = db
        self._holder = holder
        self._settings = settings
        self._importer = Importer(db, evals)
        self._queue: asyncio.PriorityQueue[tuple[bool, float, str]] = asyncio.PriorityQueue()
        self._waiting: dict[str, tuple[Entry, Done]] = {}
        self._rests: dict[str, tuple[float, float]] = {}
        self._at_work = 0
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
        await asyncio.gather(*(self._work() for _ in range(self._settings.concurrency)))

    async def end(self, seconds: float) -> None:
        """Begin nothing more, and wait so long for what is under way."""
        self._ending = True
        deadline = time.monotonic() + seconds
        while self._at_work and time.monotonic() < deadline:
            await asyncio.sleep(_GLANCE)

    async def _work(self) -> None:
        while True:
            _, _, location = await self._queue.get()
            if self._ending:
                return
            entry, done = self._waiting.pop(location)
            outcome = None
            self._at_work += 1
            try:
                outcome = await self._unless_it_rests(entry)
            finally:
                self._at_work -= 1
                self._queue.task_done()
                if not done.done():
                    done.set_result(outcome)

    async def _unless_it_rests(self, entry: Entry) -> Outcome | None:
        until, _ = self._rests.get(entry.path, (0.0, 0.0))
        if time.monotonic() < until:
            return None
        try:
            outcome = await self._claimed(entry)
        except Exception as error:  # noqa: BLE001 - what one log makes fail must not end the work on others
            self._rest(entry.path)
            self.failed += 1
            tell_fault("import-failed", error, location=entry.path)
            return None
        self._rests.pop(entry.path, None)
        return outcome

    def _rest(self, location: str) -> None:
        _, before = self._rests.get(location, (0.0, _FIRST_REST / 2))
        seconds = min(before * 2, _LAST_REST)
        self._rests[location] = (time.monotonic() + seconds, seconds)

    async def _claimed(self, entry: Entry) -> Outcome | None:
        work = f"import:{entry.path}"
        async with holding(self._db, work, self._holder, self._settings.lease_seconds) as lease:
            if lease is None:
                return None
            # It may be a while since it was found: others may have imported it.
            seen = await seen_log(self._db, entry.path)
            if seen is not None and is_done(entry, seen):
                return Outcome("unchanged")
            began = time.monotonic()
            outcome = await self._importer.bring_up(entry, seen)
            self._tell(entry, outcome, time.monotonic() - began)
        return outcome

    def _tell(self, entry: Entry, outcome: Outcome, seconds: float) -> None:
        about = {"location": entry.path, "samples": outcome.samples, "seconds": seconds}
        if outcome.result == "imported":
            tell("imported", **about)
        elif outcome.result == "failed":
            self.failed += 1
            tell("unreadable", **about, error=outcome.error)
