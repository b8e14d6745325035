"""Feeds what a storage tells of its changes into the imports."""

from __future__ import annotations

import asyncio

from hawk.backends.events.protocol import Change, EventsSource
from hawk.backends.storage.store import Storage
from hawk.errors import HawkError, NotFound
from hawk.importers.folders import seen_log
from hawk.importers.sync import forget, is_log
from hawk.warehouse.engine import Database
from hawk.worker.imports import Imports
from hawk.worker.log_lines import tell_fault

_AT_ONCE = 100
"""Changes that are under way at the same time."""

_REST = 10.0
"""Seconds until a source that failed is asked again."""


class Events:
    """Listens to one source. A change is done when it is imported: until then its sender keeps it."""

    def __init__(
        self, name: str, source: EventsSource, db: Database, evals: Storage, imports: Imports
    ) -> None:
        self._name = name
        self._source = source
        self._db = db
        self._evals = evals
        self._imports = imports
        self._under_way = asyncio.Semaphore(_AT_ONCE)

    async def listen(self) -> None:
        """Listen for ever; a source that fails is asked again."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    async for change in self._source.changes():
                        await self._under_way.acquire()
                        group.create_task(self._follow(change))
                except (HawkError, OSError) as error:
                    tell_fault("events-failed", error, source=self._name)
                    await asyncio.sleep(_REST)

    async def _follow(self, change: Change) -> None:
        try:
            if await self._import(change.location):
                await change.done()
        except Exception as error:  # noqa: BLE001 - it comes again, and listings see what it told anyway
            tell_fault("event-failed", error, source=self._name, location=change.location)
        finally:
            self._under_way.release()

    async def _import(self, location: str) -> bool:
        """Whether the warehouse says now what the file says."""
        if not is_log(location):
            return True
        try:
            entry = await self._evals.head(location)
        except NotFound:
            seen = await seen_log(self._db, location)
            await forget(self._db, [seen] if seen is not None else [])
            return True
        outcome = await self._imports.add(entry, hot=True)
        return outcome is not None and outcome.result != "pending"
