"""Finds logs that changed: where something is going on often, everywhere else in turn."""

from __future__ import annotations

import math
import random
import time
from collections import deque
from collections.abc import Collection

from sqlalchemy import select

from hawk.backends.storage.store import Storage
from hawk.importers.folders import TOP, all_folders, survey
from hawk.importers.sync import forget
from hawk.jobs.states import ACTIVE
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.jobs import jobs
from hawk.worker.imports import Imports
from hawk.worker.log_lines import tell

ROUND = 180.0
"""Seconds in which every folder is looked at once, or more often where they are few."""

_STAYS_HOT = 600.0
"""Seconds for which a folder is looked at often after something changed in it."""

_AT_ONCE = 20
"""Folders that are listed at the same time."""

_FOLDERS_A_LISTING = 1000
_ENOUGH = 1000
"""So many logs that wait are enough: no more are looked for in turn."""


class Discovery:
    """What one worker knows of the folders. ``poll`` is the time between two looks, in seconds."""

    def __init__(self, db: Database, evals: Storage, imports: Imports, poll: float) -> None:
        self._db = db
        self._evals = evals
        self._imports = imports
        self._poll = poll
        self._folders: set[str] = set()
        self._changed: dict[str, float] = {}
        self._rota: deque[str] = deque()
        self._names_due = 0.0
        # Folders of this machine cost nothing to look at; a bucket's cost a request each.
        self._least = _AT_ONCE if evals.folder is not None else 1

    async def look(self) -> None:
        """Look at the hot folders, and at some of the others."""
        await self._look_for_folders()
        hot = await self._hot()
        await self._survey(hot, hot=True)
        if self._imports.backlog < _ENOUGH:
            await self._survey([folder for folder in self._next() if folder not in hot], hot=False)

    async def look_everywhere(self) -> None:
        """Look at every folder once."""
        self._rota.clear()
        self._folders = set(await all_folders(self._db, self._evals))
        await self._survey(sorted(self._folders), hot=False)

    async def _look_for_folders(self) -> None:
        """A folder that is new is hot: that a run began there is all that tells of it."""
        if time.monotonic() < self._names_due:
            return
        there = set(await self._evals.folders())
        for folder in there - self._folders:
            self._changed[folder] = time.monotonic()
        self._folders |= there
        self._names_due = time.monotonic() + self._poll * (len(there) // _FOLDERS_A_LISTING)

    async def _hot(self) -> set[str]:
        async with self._db.read() as conn:
            found = await conn.execute(select(jobs.c.id).where(jobs.c.status.in_(sorted(ACTIVE))))
            active = {row.id for row in found}
        since = time.monotonic() - _STAYS_HOT
        self._changed = {folder: at for folder, at in self._changed.items() if at >= since}
        return {TOP, *active, *self._changed}

    def _next(self) -> list[str]:
        """The folders whose turn it is, so many that a round takes :data:`ROUND` at most."""
        if not self._rota:
            self._rota.extend(self._folders)
            # Several workers begin in different places.
            random.shuffle(self._rota)
        count = max(math.ceil(len(self._folders) * self._poll / ROUND), self._least)
        return [self._rota.popleft() for _ in range(min(count, len(self._rota)))]

    async def _survey(self, folders: Collection[str], *, hot: bool) -> None:
        ordered = list(folders)
        for start in range(0, len(ordered), _AT_ONCE):
            found = await survey(self._db, self._evals, ordered[start : start + _AT_ONCE])
            await forget(self._db, found.gone())
            for seen in found.gone():
                tell("forgotten", location=seen.location)
            for entry in found.due():
                self._changed[entry.path.rpartition("/")[0].partition("/")[0]] = time.monotonic()
                self._imports.add(entry, hot=hot)
