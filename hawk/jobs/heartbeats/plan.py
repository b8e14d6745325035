"""The plan of a launch, for its runner."""

from __future__ import annotations

from hawk.auth.caller import Caller
from hawk.errors import Forbidden, NotFound
from hawk.jobs import store
from hawk.jobs.backends import Backends
from hawk.jobs.heartbeats.service import Heartbeats
from hawk.jobs.plans import Plans
from hawk.jobs.records import Records
from hawk.specs.plan import RunPlan
from hawk.warehouse.engine import Database


class RunnerPlans:
    """Gives a runner its plan."""

    def __init__(
        self, db: Database, records: Records, plans: Plans, backends: Backends, heartbeats: Heartbeats
    ) -> None:
        self._db = db
        self._records = records
        self._plans = plans
        self._backends = backends
        self._heartbeats = heartbeats

    async def plan(self, job_id: str, caller: Caller) -> RunPlan:
        """The plan of the launch that the token is for. Raises Forbidden where it is over."""
        if caller.job is None:
            raise Forbidden("Only the runner of a job may do this.")
        await self._heartbeats.require_alive(caller.job)
        async with self._db.read() as conn:
            launch = await store.newest_launch(conn, job_id)
        if launch is None:
            raise NotFound(f"There is no job {job_id}.")
        record = await self._records.launch(launch)
        return await self._plans.plan(job_id, record, self._backends.require(job_id, record.backend))
