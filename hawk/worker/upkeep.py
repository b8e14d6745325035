"""What some worker does now and then: settle jobs, and remove what nobody needs any more."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hawk.auth.denials import prune_denials
from hawk.auth.signing_keys import remove_dead
from hawk.auth.web.pruning import prune_sessions
from hawk.jobs.reconcile import Reconciler
from hawk.packages.environment import prune_unused
from hawk.warehouse.engine import Database
from hawk.warehouse.lease import holding, remove_old
from hawk.worker.log_lines import tell

JOBS_EVERY, LINE_EVERY, CLEAN_EVERY = 5.0, 1.0, 3600.0
"""Seconds between two times, whichever worker it is that does it."""

_LEASE = 30.0
_OLD = 3600.0
_NEARLY = 0.8
"""The next turn is free a little before its time, so that no clock misses it."""


class Upkeep:
    """The turns of one worker. What another did lately is not done again."""

    def __init__(self, db: Database, reconciler: Reconciler, home: Path, holder: str, host: str) -> None:
        self._db = db
        self._reconciler = reconciler
        self._home = home
        self._holder = holder
        self._host = host

    async def settle_jobs(self) -> None:
        """Make the rows of jobs say what their backends have evidence for."""
        free_in = JOBS_EVERY * _NEARLY
        async with holding(self._db, "jobs", self._holder, _LEASE, after=free_in) as lease:
            if lease is not None:
                await self._reconciler.look_at(here=False)
        # Nobody else can see the jobs of this machine.
        mine = f"jobs:{self._host}"
        async with holding(self._db, mine, self._holder, _LEASE, after=free_in) as lease:
            if lease is not None:
                await self._reconciler.look_at(here=True)

    async def advance_line(self) -> None:
        """Let jobs that wait for a limit go on as soon as there is room."""
        name, free_in = f"line:{self._host}", LINE_EVERY * _NEARLY
        async with holding(self._db, name, self._holder, _LEASE, after=free_in) as lease:
            if lease is not None:
                await self._reconciler.advance()

    async def clean(self) -> None:
        """Remove what is past or unused: leases, refusals, sessions, keys, environments, deleted jobs."""
        free_in = CLEAN_EVERY * _NEARLY
        async with holding(self._db, "leases", self._holder, _LEASE, after=free_in) as lease:
            if lease is not None:
                await self._clean_database()
        # Each machine has its own.
        if swept := await self._reconciler.sweep():
            tell("swept", jobs=swept)
        await asyncio.to_thread(prune_unused, self._home, lambda text: tell("pruned", what=text))

    async def _clean_database(self) -> None:
        removed = {
            "leases": await remove_old(self._db, _OLD),
            "denials": await prune_denials(self._db),
            "sessions": await prune_sessions(self._db),
            "keys": await remove_dead(self._db),
        }
        if any(removed.values()):
            tell("cleaned", **removed)
