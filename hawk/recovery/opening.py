"""Opens what an operator's commands work on: the storage and the database of this machine's settings."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec

from hawk.backends.storage.store import Places, open_storage
from hawk.jobs.admission import Admission
from hawk.jobs.backends import Backends
from hawk.jobs.host import this_host
from hawk.jobs.plans import log_dir
from hawk.jobs.reconcile import Reconciler
from hawk.jobs.records import Records
from hawk.plugins import execution_backends
from hawk.recovery.eval_sets import EvalSetRows
from hawk.recovery.jobs import JobRows
from hawk.settings import Settings
from hawk.warehouse.engine import Database


class Opened(msgspec.Struct, frozen=True):
    """One installation, without a server."""

    db: Database
    places: Places
    records: Records
    eval_sets: EvalSetRows
    jobs: JobRows


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Opened]:
    """Open them for as long as the ``with`` lasts. Raises Unavailable with the reason."""
    places = open_storage(settings)
    db = await Database.open(settings.database_url)
    try:
        records = Records(places.root)
        backends = Backends(execution_backends(settings, inherit_environment=False), settings.backend)
        admission = Admission(db, settings.limits)
        reconciler = Reconciler(db, backends, records, admission, this_host(settings.home))
        jobs = JobRows(db, records, backends, lambda job_id: log_dir(settings, job_id), reconciler)
        yield Opened(db, places, records, EvalSetRows(db, records, places.root), jobs)
    finally:
        await db.close()
