"""Makes the rows of jobs again: from their records, then from what their backends or logs tell."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from hawk.backends.execution.protocol import Observation
from hawk.errors import Conflict, HawkError
from hawk.jobs import store
from hawk.jobs.backends import Backends
from hawk.jobs.evidence import wanted
from hawk.jobs.reconcile import Reconciler
from hawk.jobs.records import Records
from hawk.jobs.replay import Replay, enter, replay_of
from hawk.jobs.types import JobStatus
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.jobs import jobs
from hawk.warehouse.tables.results import evals

logger = logging.getLogger(__name__)

_RACES = 5
_NEVER = datetime.min.replace(tzinfo=UTC)


class JobRows:
    """The rows of all jobs. ``log_dir`` gives a job's folder of logs."""

    def __init__(
        self,
        db: Database,
        records: Records,
        backends: Backends,
        log_dir: Callable[[str], str],
        reconciler: Reconciler,
    ) -> None:
        self._db = db
        self._records = records
        self._backends = backends
        self._reconciler = reconciler
        self._log_dir = log_dir

    async def rebuild(self) -> int:
        """Put every job's rows in place as its records have them, and settle it. Returns how many there are.

        The results of the logs are there already: they tell of jobs that no backend knows any more.
        """
        known: set[str] = set()
        for job_id in await self._records.job_ids():
            if await self._replace(job_id):
                known.add(job_id)
                await self._settle(job_id)
        await self._remove_others(known)
        return len(known)

    async def _replace(self, job_id: str) -> bool:
        """Whether there is such a job. One that is being launched or changed meanwhile is read again."""
        for _ in range(_RACES):
            before = await self._stamp(job_id)
            replay = replay_of(await self._records.history(job_id))
            if replay is None or (replay.deleted and await self._observed(job_id, replay) is None):
                return False
            async with self._db.write() as conn:
                if _stamp_of(await store.held(conn, job_id)) == before:
                    await enter(conn, job_id, replay, self._log_dir(job_id))
                    return True
        raise Conflict(f"{job_id} is being changed all the time.", fix="Try again.")

    async def _settle(self, job_id: str) -> None:
        async with self._db.read() as conn:
            row, launch = await store.get(conn, job_id), await store.newest_launch(conn, job_id)
        backend = self._backends.get(row["backend"]) if row is not None else None
        if row is None or launch is None or backend is None or self._reconciler.is_elsewhere(row):
            return
        try:
            seen = await backend.observe(job_id)
            if seen is not None:
                await self._reconciler.settle(job_id)
            elif launch["launched"]:
                await self._end_by_logs(row)
        except (HawkError, OSError):
            # What can't be settled now is settled when somebody looks at it.
            logger.warning("%s can't be settled now", job_id, exc_info=True)

    async def _end_by_logs(self, row: RowMapping) -> None:
        """Nothing is left of a job but its logs."""
        async with self._db.write() as conn:
            chosen = select(evals).where(evals.c.eval_set_id == row["id"])
            newest = _newest((await conn.execute(chosen)).mappings().all())
            status, reason = _told_by(newest, row)
            ended = max((one["completed_at"] for one in newest if one["completed_at"]), default=None)
            values = {**_counts(newest), "completed_at": ended or row["updated_at"], "stopping": False}
            time = ended or row["updated_at"]
            await store.transition(conn, row["id"], status, reason, time, launch=row["launch"], values=values)

    async def _remove_others(self, known: set[str]) -> None:
        """Rows without a record are none of this storage's, but for what was submitted since."""
        async with self._db.read() as conn:
            rows = (await conn.execute(select(jobs.c.id))).all()
        for job_id in {row.id for row in rows} - known:
            replay = replay_of(await self._records.history(job_id))
            if replay is not None and not replay.deleted:
                continue
            async with self._db.write() as conn:
                await store.forget(conn, job_id)

    async def _observed(self, job_id: str, replay: Replay) -> Observation | None:
        backend = self._backends.get(replay.newest.backend)
        return await backend.observe(job_id) if backend is not None else None

    async def _stamp(self, job_id: str) -> tuple[Any, ...] | None:
        async with self._db.read() as conn:
            return _stamp_of(await store.get(conn, job_id))


def _stamp_of(row: RowMapping | None) -> tuple[Any, ...] | None:
    return None if row is None else (row["launch"], row["updated_at"], row["status"])


def _newest(rows: Sequence[RowMapping]) -> list[RowMapping]:
    """Of several logs of one task the newest: a retry's."""
    newest: dict[str, RowMapping] = {}
    for row in sorted(rows, key=lambda row: (row["created_at"] or _NEVER, row["location"])):
        newest[row["task_id"]] = row
    return list(newest.values())


def _told_by(newest: list[RowMapping], row: RowMapping) -> tuple[JobStatus, str]:
    desired, statuses = wanted(row), {one["status"] for one in newest}
    if statuses == {"success"}:
        return JobStatus.SUCCEEDED, "All evals succeeded: so say its logs, which are all that is left of it."
    if desired is not None and desired.state == "stop":
        return JobStatus.STOPPED, f"Stopped by {desired.by}."
    if "error" in statuses:
        return (
            JobStatus.FAILED,
            "Some evals ended in error: so say its logs, which are all that is left of it.",
        )
    if "cancelled" in statuses:
        return JobStatus.STOPPED, "Evals were cancelled: so say its logs, which are all that is left of it."
    left = "its logs don't tell its end" if newest else "it left no logs"
    return JobStatus.LOST, f"The {row['backend']} backend has no trace of it any more, and {left}."


def _counts(newest: list[RowMapping]) -> dict[str, Any]:
    names = ("tokens_input", "tokens_output", "tokens_total", "samples_done", "samples_errors")
    totals = [one["samples_total"] for one in newest]
    known = bool(totals) and None not in totals
    return {
        **{name: sum(one[name] for one in newest) for name in names},
        "samples_total": sum(totals) if known else None,
    }
