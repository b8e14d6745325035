"""All figures of a server."""

from __future__ import annotations

from collections.abc import Iterator

from hawk.server.metrics.process import process_families
from hawk.server.metrics.requests import RequestFigures
from hawk.server.metrics.text import Family, Sample, rendered
from hawk.server.metrics.warehouse import WarehouseFigures
from hawk.server.worker_child import WorkerChild
from hawk.warehouse.engine import Database


class Figures:
    """Of the process, its requests, its worker, and the warehouse. ``worker`` is None where it has none."""

    def __init__(self, db: Database, worker: WorkerChild | None) -> None:
        self.requests = RequestFigures()
        self._warehouse = WarehouseFigures(db)
        self._worker = worker

    async def text(self) -> str:
        """What a scraper reads."""
        warehouse = await self._warehouse.families()
        return rendered((*process_families(), *self.requests.families(), *self._child(), *warehouse))

    def _child(self) -> Iterator[Family]:
        if self._worker is None:
            return
        running = Sample(self._worker.pid is not None)
        restarts = Sample(self._worker.restarts)
        yield Family("hawk_worker_running", "gauge", "Whether the worker beside this server runs.", [running])
        yield Family("hawk_worker_restarts_total", "counter", "How often it was started again.", [restarts])
