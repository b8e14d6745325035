"""The rows of a launch: entered, leased while it is on its way, and confirmed once it has arrived."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import IntegrityError

from hawk.clock import utc_now
from hawk.errors import Busy, Conflict
from hawk.jobs import store
from hawk.jobs.host import Host
from hawk.jobs.records import LaunchRecord
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import JobStatus
from hawk.specs.model_names import models_of
from hawk.warehouse.engine import Database
from hawk.warehouse.eval_sets import declare

LAUNCH_LEASE = timedelta(seconds=60)
"""How long a submission may take to reach its backend before reconcile calls it interrupted."""

_RACES = 2


class Entries:
    """Launches as rows."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def known(self, owner: str, key: str, body: str) -> RowMapping | None:
        """The launch that a key stands for. Raises Conflict where it stood for another request."""
        async with self._db.read() as conn:
            return _same(await store.launch_by_key(conn, owner, key), body)

    async def enter(
        self, job_id: str, record: LaunchRecord, body: str, log_dir: str, waits_for: str | None = None
    ) -> RowMapping | None:
        """Add a launch and move its job to ``queued``; gives the launch that the same key made meanwhile.

        ``waits_for`` is the limit that may hold it back, None where none does.

        Raises Conflict where the job was launched by another request since the record was made.
        """
        for _ in range(_RACES):
            # Another server entered the same job or key between the look and the row.
            with suppress(IntegrityError):
                return await self._enter(job_id, record, body, log_dir, waits_for)
        return await self._enter(job_id, record, body, log_dir, waits_for)

    async def _enter(
        self, job_id: str, record: LaunchRecord, body: str, log_dir: str, waits_for: str | None
    ) -> RowMapping | None:
        async with self._db.write() as conn:
            row = await store.held(conn, job_id)
            known = _same(await store.launch_by_key(conn, record.owned_by, record.key), body)
            if known is not None:
                return known
            if row is None:
                values = {**new_row(job_id, record, log_dir), "waits_for": waits_for}
                await store.add_job(conn, values, f"Submitted by {record.user}.")
            else:
                await _relaunch(conn, row, record, {"log_dir": log_dir, "waits_for": waits_for})
            await store.add_launch(conn, launch_row(job_id, record, body))
            await declare(conn, job_id, record.owned_by, models_of(record.spec))
        return None

    async def lease(self, job_id: str, launch: int, host: Host | None) -> RowMapping | None:
        """Take the time that a launch needs to reach its backend, on ``host`` if that is a machine's own.

        Gives the job's row; None where it is too late for the launch. Raises Busy where it was on its way
        on another machine: nobody else can tell whether it arrived.
        """
        async with self._db.write() as conn:
            row = await store.held(conn, job_id)
            if row is None or row["launch"] != launch or row["status"] in TERMINAL or row["deleting"]:
                return None
            if host is not None and row["host"] not in {None, host.id}:
                raise _elsewhere(row)
            await store.set_launch(conn, job_id, launch, {"lease_until": utc_now() + LAUNCH_LEASE})
            if host is not None:
                await store.set_values(conn, job_id, {"host": host.id, "host_name": host.name})
        return row

    async def confirm(self, job_id: str, launch: int) -> bool:
        """Note that the backend has a launch; False where the job was ended or deleted meanwhile."""
        async with self._db.write() as conn:
            row, entry = await store.held(conn, job_id), await store.newest_launch(conn, job_id)
            if row is None or entry is None or row["launch"] != launch:
                return False
            if row["status"] in TERMINAL and not entry["launched"]:
                return False
            await store.set_launch(conn, job_id, launch, {"launched": True})
        return True

    async def has_job(self, job_id: str) -> bool:
        """Whether a job has a row: one that was deleted has none."""
        async with self._db.read() as conn:
            return await store.get(conn, job_id) is not None

    async def fail(self, job_id: str, launch: int, reason: str) -> None:
        """End a launch that its backend did not take, unless another request has brought it there."""
        now = utc_now()
        ended = {"completed_at": now, "stopping": False}
        async with self._db.write() as conn:
            await store.held(conn, job_id)
            entry = await store.newest_launch(conn, job_id)
            if entry is None or (entry["launch"], entry["launched"]) != (launch, False):
                return
            await store.transition(conn, job_id, JobStatus.FAILED, reason, now, launch=launch, values=ended)


def _same(known: RowMapping | None, body: str) -> RowMapping | None:
    if known is not None and known["body_hash"] != body:
        raise Conflict(
            "This submission key was used before, for another request.", fix="Make a new key for it."
        )
    return known


def _elsewhere(row: RowMapping) -> Busy:
    return Busy(
        f"{row['id']} was on its way on the machine {row['host_name']}, which has not confirmed it.",
        fix="Try again in a minute.",
    )


async def _relaunch(
    conn: store.AsyncConnection, row: RowMapping, record: LaunchRecord, values: dict[str, Any]
) -> None:
    if row["deleting"]:
        raise Conflict(f"{row['id']} is being deleted.", fix="Choose another eval_set_id, or wait a little.")
    moved = await store.transition(
        conn,
        row["id"],
        JobStatus.QUEUED,
        f"Resumed by {record.user}.",
        record.time,
        launch=record.launch,
        relaunch=True,
        values={**_relaunch_values(record), **values},
    )
    if not moved:
        raise Conflict(
            f"{row['id']} was launched by another command at the same time.",
            fix=f"See how it stands with: hawk status {row['id']}",
        )


def new_row(job_id: str, record: LaunchRecord, log_dir: str) -> dict[str, Any]:
    """The columns of a job that was just submitted."""
    return {
        "id": job_id,
        "kind": record.kind,
        "name": record.spec.get("name") or job_id,
        "status": JobStatus.QUEUED,
        "reason": f"Submitted by {record.user}.",
        "backend": record.backend,
        "created_by": record.user,
        "launch": record.launch,
        "created_at": record.time,
        "updated_at": record.time,
        "log_dir": log_dir,
        "priority": record.priority,
    }


def _relaunch_values(record: LaunchRecord) -> dict[str, Any]:
    return {
        "launch": record.launch,
        "backend": record.backend,
        "name": record.spec.get("name") or store.jobs.c.name,
        "started_at": None,
        "completed_at": None,
        "exit_code": None,
        "attempt": 0,
        "phase": None,
        "progress": None,
        "desired": None,
        "stopping": False,
        "priority": record.priority,
        "host": None,
        "host_name": None,
    }


def launch_row(job_id: str, record: LaunchRecord, body: str) -> dict[str, Any]:
    """The columns of a launch that is on its way to its backend."""
    return {
        "job_id": job_id,
        "launch": record.launch,
        "created_by": record.owned_by,
        "key": record.key,
        "body_hash": body,
        "created_at": record.time,
        "lease_until": utc_now() + LAUNCH_LEASE,
        "launched": False,
        "lock_kept": record.lock is not None,
    }
