"""Whose eval sets are and which models jobs declared, again from the records of jobs and imports."""

from __future__ import annotations

from hawk.backends.storage.store import Storage
from hawk.jobs.records import LaunchRecord, Records
from hawk.log_files.records import first_importer
from hawk.specs.model_names import models_of
from hawk.warehouse.engine import Database
from hawk.warehouse.eval_sets import claim, declare


class EvalSetRows:
    """The rows of all eval sets that jobs or imports made."""

    def __init__(self, db: Database, records: Records, root: Storage) -> None:
        self._db = db
        self._records = records
        self._root = root

    async def rebuild(self) -> None:
        """Add what the records say to what is there. It comes before any log: none is seen by too many.

        Those of deleted jobs count as well, for their logs stay.
        """
        for job_id in await self._records.job_ids():
            history = await self._records.history(job_id)
            launches = [one for one in history if isinstance(one, LaunchRecord)]
            if launches:
                await self._declare(job_id, launches)
        for folder in await self._root.folders("imports"):
            user = await first_importer(self._root, folder)
            if user is not None:
                async with self._db.write() as conn:
                    await claim(conn, folder.rpartition("/")[2], user)

    async def _declare(self, job_id: str, launches: list[LaunchRecord]) -> None:
        models = frozenset[str]().union(*(models_of(one.spec) for one in launches))
        async with self._db.write() as conn:
            await declare(conn, job_id, launches[0].owned_by, models)
