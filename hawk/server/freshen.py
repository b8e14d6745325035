"""Without a worker, a command brings up to date what it is about to show: quickly, or it says so."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

from hawk.backends.storage.store import Storage
from hawk.importers.sync import sync
from hawk.jobs.reconcile import Reconciler
from hawk.settings import Prices
from hawk.warehouse.engine import Database

pending_imports: ContextVar[int] = ContextVar("pending_imports", default=0)
"""How many logs this request found no time to import."""

PATIENCE = 2.0
"""Seconds that a command may spend on importing before it shows what there is."""


class Freshener:
    """Settles jobs and imports the growth of logs, within :data:`PATIENCE`."""

    def __init__(self, db: Database, evals: Storage, prices: Prices, reconciler: Reconciler) -> None:
        self._db = db
        self._evals = evals
        self._prices = prices
        self._reconciler = reconciler

    async def freshen(self, eval_set_id: str | None) -> None:
        """Bring one eval set up to date, or all of them; note what there was no time for."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        await self._reconciler.look(eval_set_id)
        report = await sync(self._db, self._evals, eval_set_id, deadline=deadline, prices=self._prices)
        pending_imports.set(pending_imports.get() + report.pending)
