"""Makes a job's row say what its backend has evidence for: level-triggered, at any time, by anybody.

Nothing here trusts that an earlier step was finished: a launch that never reached its backend, a
stop that was recorded and not delivered, an end that nobody saw are all settled here.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.engine import RowMapping

from hawk.backends.execution.protocol import ExecutionBackend, Observation
from hawk.clock import utc_now
from hawk.jobs import store
from hawk.jobs.records import Records
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import JobStatus
from hawk.specs.control import Desired
from hawk.warehouse.engine import Database


class Reconciler:
    """Settles jobs against the evidence of their backends."""

    def __init__(self, db: Database, backends: dict[str, ExecutionBackend], records: Records) -> None:
        self._db = db
        self._backends = backends
        self._records = records

    async def settle_all(self) -> None:
        """Settle every job that is not at an end."""
        async with self._db.read() as conn:
            active = await store.active_ids(conn)
        for job_id in active:
            await self.settle(job_id)

    async def settle(self, job_id: str) -> None:
        """Settle one job; one that is unknown or at an end stays as it is."""
        async with self._db.read() as conn:
            row = await store.get(conn, job_id)
            launch = await store.newest_launch(conn, job_id) if row else None
        if row is None or launch is None or row["status"] in TERMINAL:
            return
        backend = self._backends.get(row["backend"])
        if backend is None:
            return
        seen = await backend.observe(job_id)
        if seen is None or seen.launch < row["launch"]:
            await self._settle_unseen(row, launch)
            return
        await self._deliver(backend, row, seen)
        await self._apply(row, launch, seen)

    async def _settle_unseen(self, row: RowMapping, launch: RowMapping) -> None:
        """The backend has no trace of the launch: it never arrived, or was removed there."""
        now = utc_now()
        if not launch["launched"] and launch["lease_until"] > now:
            return
        status, reason = _never_arrived() if not launch["launched"] else _vanished(row["backend"])
        async with self._db.write() as conn:
            ended = {"completed_at": now, "stopping": False}
            await store.transition(conn, row["id"], status, reason, now, launch=row["launch"], values=ended)

    async def _deliver(self, backend: ExecutionBackend, row: RowMapping, seen: Observation) -> None:
        """Say again what is wanted of a run: the one who asked may have died before it was heard."""
        desired = wanted(row)
        if desired is not None and seen.state not in TERMINAL:
            await backend.control(row["id"], desired)

    async def _apply(self, row: RowMapping, launch: RowMapping, seen: Observation) -> None:
        if seen.lock is not None and launch["lock_kept"] is False:
            await self._records.keep_lock(row["id"], seen.lock)
        if not _tells_something_new(row, launch, seen):
            return
        async with self._db.write() as conn:
            await self._write(conn, row, seen)

    async def _write(self, conn: store.AsyncConnection, row: RowMapping, seen: Observation) -> None:
        now, job_id = utc_now(), row["id"]
        await store.mark_launched(conn, job_id, row["launch"], lock_kept=seen.lock is not None)
        await store.put_attempts(conn, job_id, seen.attempts)
        values = observed_values(seen, now)
        status = JobStatus(seen.state)
        reason = seen.reason or _REASONS[status]
        moved = await store.transition(
            conn, job_id, status, reason, seen.since or now, launch=seen.launch, values=values
        )
        current = await store.get(conn, job_id)
        if not moved and current is not None and current["status"] == status:
            await store.set_values(conn, job_id, {**values, "reason": reason})


def wanted(row: RowMapping) -> Desired | None:
    """What a user asked of the job's newest launch, None where nothing was asked."""
    if row["desired"] is None:
        return None
    desired = msgspec.convert(row["desired"], Desired)
    return desired if desired.launch == row["launch"] else None


def observed_values(seen: Observation, now: datetime) -> dict[str, object]:
    """The columns that an observation fills, the state aside."""
    values: dict[str, object] = {"updated_at": now}
    if seen.progress is not None and seen.progress.launch == seen.launch:
        values |= store.progress_values(seen.progress)
    mine = [attempt for attempt in seen.attempts if attempt.launch == seen.launch]
    if mine:
        values |= {"attempt": mine[-1].attempt, "started_at": mine[0].started_at}
        values["exit_code"] = mine[-1].exit_code
    if seen.state in TERMINAL:
        values |= {"completed_at": seen.since or now, "stopping": False}
    return values


def _tells_something_new(row: RowMapping, launch: RowMapping, seen: Observation) -> bool:
    """Whether the row would change: a command that only looks must not wait for the write lock."""
    progress = msgspec.to_builtins(seen.progress) if seen.progress else row["progress"]
    return (
        not launch["launched"]
        or row["status"] != seen.state
        or (seen.reason is not None and row["reason"] != seen.reason)
        or progress != row["progress"]
        or sum(1 for one in seen.attempts if one.launch == row["launch"]) > row["attempt"]
    )


def _never_arrived() -> tuple[JobStatus, str]:
    return JobStatus.FAILED, (
        "The submission was interrupted before its secrets reached the backend, and was not repeated."
        " Submit it again, or resume it."
    )


def _vanished(backend: str) -> tuple[JobStatus, str]:
    return JobStatus.LOST, f"The {backend} backend has no trace of it any more."


_REASONS: dict[JobStatus, str] = {
    JobStatus.QUEUED: "Waiting for a free slot.",
    JobStatus.STARTING: "Preparing its environment and loading its tasks.",
    JobStatus.RUNNING: "Running.",
    JobStatus.SUCCEEDED: "All evals succeeded.",
    JobStatus.FAILED: "It failed.",
    JobStatus.STOPPED: "Stopped.",
    JobStatus.LOST: "Its processes are gone, and no end was recorded.",
}
