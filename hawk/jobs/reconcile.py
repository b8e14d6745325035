"""Makes a job's row say what its backend has evidence for: level-triggered, at any time, by anybody.

Nothing here trusts that an earlier step was finished: a launch that never reached its backend, a
stop that was recorded and not delivered, an end that nobody saw are all settled here.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.engine import RowMapping

from hawk.backends.execution.protocol import ExecutionBackend, Observation
from hawk.clock import utc_now
from hawk.errors import HawkError
from hawk.jobs import store
from hawk.jobs.admission import Admission
from hawk.jobs.backends import Backends
from hawk.jobs.evidence import observed_values, reason_of, said_to, tells_something_new, wanted
from hawk.jobs.heard import with_heartbeat
from hawk.jobs.heartbeats import store as heartbeats
from hawk.jobs.host import Host
from hawk.jobs.records import Records
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import JobStatus
from hawk.warehouse.engine import Database

logger = logging.getLogger(__name__)


class Reconciler:
    """Settles jobs against the evidence of their backends, those of other machines aside."""

    def __init__(
        self, db: Database, backends: Backends, records: Records, admission: Admission, host: Host
    ) -> None:
        self._db = db
        self._backends = backends
        self._records = records
        self._admission = admission
        self._host = host

    async def look(self, job_id: str | None = None) -> None:
        """Settle one job, or all, as well as may be now: what can't be settled is shown as it was known.

        For whoever is about to show jobs: a database that another process holds, or a backend that
        doesn't answer, must not hide what is known. What hinders it is logged.
        """
        try:
            await (self.settle_all() if job_id is None else self.settle(job_id))
        except (HawkError, OSError):
            logger.warning("%s can't be settled now", job_id or "jobs", exc_info=True)

    async def look_at(self, *, here: bool) -> None:
        """Settle the jobs of this machine alone, or (``here`` False) those that are on no one machine.

        Of several workers, one on each machine has the former to do, and one of all the latter.
        """
        try:
            await self._settle_of([self._host.id] if here else [None])
        except (HawkError, OSError):
            logger.warning("jobs can't be settled now", exc_info=True)

    async def settle_all(self) -> None:
        """Settle every job that is not at an end; one that can't be observed doesn't hinder the others."""
        await self._settle_of([self._host.id, None])

    def is_elsewhere(self, row: RowMapping) -> bool:
        """Whether only another machine can see a job."""
        return row["host"] not in {None, self._host.id}

    async def advance(self) -> None:
        """Let jobs that wait for a limit go on, where others have ended."""
        async with self._db.read() as conn:
            if not await store.waiting(conn):
                return
        await self.settle_all()

    async def sweep(self) -> int:
        """Remove what this machine keeps of jobs that were deleted from elsewhere. Returns how many."""
        count = 0
        for backend in self._backends.of_this_machine():
            for job_id, seen in (await backend.observe_all()).items():
                async with self._db.read() as conn:
                    row = await store.get(conn, job_id)
                if row is None and await self._records.is_deleted(job_id):
                    await backend.terminate(job_id, seen.launch)
                    await backend.remove(job_id, seen.launch)
                    count += 1
        return count

    async def _settle_of(self, hosts: Sequence[str | None]) -> None:
        async with self._db.read() as conn:
            rows, launches = await store.unsettled(conn, hosts), await store.unsettled_launches(conn)
            heard = await heartbeats.of_active(conn)
        for row in rows:
            if row["id"] in launches:
                seen = await self._observed(row)
                await self._settle(row, launches[row["id"]], seen, heard.get(row["id"]))
        if await self._admission.admit():
            await self._release(hosts)

    async def _release(self, hosts: Sequence[str | None]) -> None:
        """Give the word to those that were let go on just now; what fails comes again with the next look."""
        async with self._db.read() as conn:
            rows = await store.unsettled(conn, hosts)
        for row in rows:
            if row["status"] == JobStatus.QUEUED and (evidence := await self._observed(row)) is not None:
                backend, seen = evidence
                if seen is not None and seen.held:
                    await self._deliver(backend, row, seen)

    async def settle(self, job_id: str) -> None:
        """Settle one job; one that is unknown or at an end stays as it is."""
        async with self._db.read() as conn:
            row = await store.get(conn, job_id)
            launch = await store.newest_launch(conn, job_id) if row else None
            heard = await heartbeats.newest(conn, job_id)
        if row is None or launch is None or (row["status"] in TERMINAL and not row["deleting"]):
            return
        backend = self._backends.get(row["backend"])
        if backend is None or self.is_elsewhere(row):
            return
        await self._settle(row, launch, (backend, await backend.observe(job_id)), heard)
        if row["waits_for"] is not None and await self._admission.admit():
            await self._release([self._host.id, None])

    async def _observed(self, row: RowMapping) -> _Seen | None:
        backend = self._backends.get(row["backend"])
        try:
            return (backend, await backend.observe(row["id"])) if backend is not None else None
        except (HawkError, OSError):
            logger.warning("%s can't be observed now", row["id"], exc_info=True)
            return None

    async def _settle(
        self, row: RowMapping, launch: RowMapping, evidence: _Seen | None, heard: RowMapping | None
    ) -> None:
        if evidence is None:
            return
        backend, seen = evidence
        if row["deleting"]:
            await self._delete(backend, row)
            return
        if seen is None or seen.launch != row["launch"]:
            await self._settle_unseen(row, launch, seen)
            return
        await self._deliver(backend, row, seen)
        await self._apply(row, launch, with_heartbeat(seen, row, heard))

    async def _settle_unseen(self, row: RowMapping, launch: RowMapping, other: Observation | None) -> None:
        """The backend has no trace of the launch: it never arrived, or was removed there."""
        if not launch["launched"] and launch["lease_until"] > utc_now():
            return
        if launch["launched"] and await self._records.is_deleted(row["id"]):
            await self._forget(row)
            return
        status, reason = _unseen(row, launch, other)
        await self._end_unseen(row, launch, status, reason)

    async def _delete(self, backend: ExecutionBackend, row: RowMapping) -> None:
        """Whoever deleted it can't reach it, or died over it."""
        try:
            await clear(self._db, backend, row)
        except (HawkError, OSError):
            logger.warning("%s can't be deleted now", row["id"], exc_info=True)
            return
        await self._forget(row)

    async def _forget(self, row: RowMapping) -> None:
        async with self._db.write() as conn:
            await store.forget(conn, row["id"], row["launch"])

    async def _end_unseen(self, row: RowMapping, launch: RowMapping, status: JobStatus, reason: str) -> None:
        now, before = utc_now(), (launch["launched"], launch["lease_until"])
        async with self._db.write() as conn:
            await store.held(conn, row["id"])
            current = await store.newest_launch(conn, row["id"])
            # A retry may have taken the launch up, or brought it to its end, since it was looked at.
            if current is None or (current["launched"], current["lease_until"]) != before:
                return
            ended = {"completed_at": now, "stopping": False, "phase": None}
            await store.transition(conn, row["id"], status, reason, now, launch=row["launch"], values=ended)

    async def _deliver(self, backend: ExecutionBackend, row: RowMapping, seen: Observation) -> None:
        """Say again what is wanted of a run: the one who asked may have died before it was heard."""
        if seen.state not in TERMINAL and (wanted(row) is not None or seen.held):
            await backend.control(row["id"], said_to(row))

    async def _apply(self, row: RowMapping, launch: RowMapping, seen: Observation) -> None:
        if not tells_something_new(row, launch, seen, utc_now()):
            return
        keeps = seen.lock is not None and not launch["lock_kept"]
        if seen.lock is not None and keeps:
            await self._records.keep_lock(row["id"], seen.lock)
        async with self._db.write() as conn:
            current = await store.held(conn, row["id"])
            if current is None:
                return
            if keeps or not launch["launched"]:
                noted = {"launched": True, **({"lock_kept": True} if keeps else {})}
                await store.set_launch(conn, row["id"], row["launch"], noted)
            await self._write(conn, current, seen)

    async def _write(self, conn: store.AsyncConnection, current: RowMapping, seen: Observation) -> None:
        now, status, job_id = utc_now(), JobStatus(seen.state), current["id"]
        await store.put_attempts(conn, job_id, seen.attempts)
        values = {**observed_values(seen, current, now), "updated_at": now}
        if current["status"] == status and current["launch"] == seen.launch and status not in TERMINAL:
            await store.set_values(conn, job_id, values)
            return
        reason, since = reason_of(seen, current), seen.since or now
        await store.transition(conn, job_id, status, reason, since, launch=seen.launch, values=values)


async def clear(db: Database, backend: ExecutionBackend, row: RowMapping) -> None:
    """End a job that is to be deleted, and remove all that its backend keeps of it.

    A launch that the backend has and the row doesn't know of goes too, if the row is still to be deleted:
    then the database was put back to an earlier state. Else the id was taken anew, by another job.
    """
    launch, seen = row["launch"], await backend.observe(row["id"])
    if seen is not None and seen.launch > launch:
        async with db.read() as conn:
            now = await store.get(conn, row["id"])
        if now is not None and now["deleting"] and now["launch"] == launch:
            launch = seen.launch
    await backend.terminate(row["id"], launch)
    await backend.remove(row["id"], launch)


_Seen = tuple[ExecutionBackend, Observation | None]


def _unseen(row: RowMapping, launch: RowMapping, other: Observation | None) -> tuple[JobStatus, str]:
    desired = wanted(row)
    if not launch["launched"] and desired is not None and desired.state == "stop":
        return JobStatus.STOPPED, "It was stopped before it reached its backend."
    if not launch["launched"]:
        return JobStatus.FAILED, (
            "The submission was interrupted before its secrets reached the backend, and was not repeated."
            " Submit it again, or resume it."
        )
    if other is not None:
        return JobStatus.LOST, (
            f"The {row['backend']} backend is at launch {other.launch} and this is launch {row['launch']}:"
            " the database or the backend's files were put back to an earlier state. Resume it."
        )
    return JobStatus.LOST, f"The {row['backend']} backend has no trace of it any more."
