"""The rows of a job out of its records: what they said before the database was lost, the state aside.

A state is evidence, not decision, so it isn't recorded: a job comes back as queued, and whoever
replays it settles it against its backend.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.clock import utc_now
from hawk.jobs import store
from hawk.jobs.entries import LAUNCH_LEASE, launch_row, new_row
from hawk.jobs.records import EndRecord, LaunchRecord
from hawk.jobs.service import with_stop
from hawk.jobs.types import JobStatus, Stop
from hawk.specs.control import Desired
from hawk.specs.model_names import models_of
from hawk.warehouse.eval_sets import declare
from hawk.warehouse.tables.jobs import job_transitions

History = Sequence[LaunchRecord | EndRecord]


class Replay(msgspec.Struct, frozen=True):
    """What a job's records come to. ``launches`` has one of each number, oldest first."""

    launches: tuple[LaunchRecord, ...]
    desired: Desired | None
    deleted: bool

    @property
    def newest(self) -> LaunchRecord:
        """The launch that the job is at."""
        return self.launches[-1]


def replay_of(history: History) -> Replay | None:
    """What records come to; None where a job was never launched."""
    deleted = bool(history) and history[-1].decision == "deleted"
    living = _since_deletion(history[:-1] if deleted else history)
    launches = {one.launch: one for one in living if isinstance(one, LaunchRecord)}
    if not launches:
        return None
    newest = max(launches)
    stops = [one for one in living if isinstance(one, EndRecord) and one.launch == newest]
    desired: Desired | None = None
    for one in stops:
        stop = Stop(sample=one.sample, action=one.action or "score", now=one.now)
        desired = with_stop(desired or Desired(launch=newest), stop, one.user)
    return Replay(tuple(launches[number] for number in sorted(launches)), desired, deleted)


async def enter(conn: AsyncConnection, job_id: str, replay: Replay, log_dir: str) -> None:
    """Put the rows of a job in place of what it has, inside the caller's write transaction."""
    await store.forget(conn, job_id)
    first, newest = replay.launches[0], replay.newest
    await store.add_job(conn, _job_row(job_id, replay, log_dir), f"Submitted by {first.user}.")
    for record in replay.launches:
        # A submission may be on its way to its backend just now; any other launch got there, or never will.
        arrived = record is not newest or record.time + LAUNCH_LEASE < utc_now()
        row = launch_row(job_id, record, record.body)
        noted: dict[str, Any] = {"lease_until": record.time + LAUNCH_LEASE, "launched": arrived}
        if await store.launch_by_key(conn, record.owned_by, record.key) is not None:
            # Two requests by one key came at once, and one of them got no further than its record.
            noted["key"] = f"{record.key} {job_id} {record.launch}"
        await store.add_launch(conn, {**row, **noted})
        await declare(conn, job_id, first.owned_by, models_of(record.spec))
    for record in replay.launches[1:]:
        reason = f"Resumed by {record.user}."
        values = {"job_id": job_id, "time": record.time, "status": JobStatus.QUEUED, "reason": reason}
        await conn.execute(insert(job_transitions).values(values))


def _job_row(job_id: str, replay: Replay, log_dir: str) -> dict[str, Any]:
    first, newest = replay.launches[0], replay.newest
    desired = replay.desired
    return {
        **new_row(job_id, first, log_dir),
        "name": next((r.spec["name"] for r in reversed(replay.launches) if r.spec.get("name")), job_id),
        "backend": newest.backend,
        "launch": newest.launch,
        "priority": newest.priority,
        "host": newest.host.id if newest.host else None,
        "host_name": newest.host.name if newest.host else None,
        "updated_at": newest.time,
        "desired": None if desired is None else msgspec.to_builtins(desired),
        "deleting": replay.deleted,
        "stopping": desired is not None and desired.state == "stop",
    }


def _since_deletion(history: History) -> History:
    deletions = [number for number, one in enumerate(history) if one.decision == "deleted"]
    return history[deletions[-1] + 1 :] if deletions else history
