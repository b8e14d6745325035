"""Submitting and resuming: decided, recorded in storage, entered as a row, launched, in that order.

A crash between any two of these leaves nothing that runs unknown: a record without a row is
history, a row without a launch is settled by reconcile, a launch is idempotent by its number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy.engine import RowMapping

from hawk.backends.execution.protocol import ExecutionBackend, Launch, TerminalSize
from hawk.backends.storage.store import Storage
from hawk.clock import utc_now
from hawk.errors import Conflict, HawkError, InvalidConfig, NotFound, Unsupported
from hawk.jobs import store
from hawk.jobs.checks import check_request, check_secrets, decoded
from hawk.jobs.packages import Packages
from hawk.jobs.plans import Plans
from hawk.jobs.reconcile import Reconciler
from hawk.jobs.records import LaunchRecord, Records
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import JobStatus, Resume, Submission
from hawk.settings import Settings
from hawk.specs.ids import make_id
from hawk.warehouse.engine import Database

LAUNCH_LEASE = timedelta(seconds=60)
"""How long a submission may take to reach its backend before reconcile calls it interrupted."""


class Launcher:
    """Starts launches of jobs."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        places: tuple[Storage, Storage],
        backends: Mapping[str, ExecutionBackend],
        installation: str,
        reconciler: Reconciler,
    ) -> None:
        self._settings = settings
        self._db = db
        self._root, self._evals = places
        self._backends = backends
        self._records = Records(self._root)
        self._reconciler = reconciler
        self._plans = Plans(settings, Packages(settings, self._root), installation)

    async def submit(self, submission: Submission, user: str) -> str:
        """Start a new job, or find the one that the same key started. Returns its id."""
        body = _body_hash(submission)
        known = await self._known(user, submission.key, body)
        if known is not None:
            await self._launch_again(known, submission.secrets, submission.terminal)
            return known["job_id"]
        spec = decoded(submission.spec, submission.kind)
        backend = self.backend(submission.backend)
        check_request(submission, backend)
        check_secrets(spec, submission.secrets)
        job_id = spec.eval_set_id or make_id(spec.name)
        record = LaunchRecord(
            decision="submitted",
            time=utc_now(),
            user=user,
            launch=await self._next_launch(job_id, user, submission, chosen=spec.eval_set_id is not None),
            key=submission.key,
            kind=submission.kind,
            backend=backend.name,
            spec=submission.spec,
            requirements=submission.requirements,
            lock=submission.lock,
            packages=submission.packages,
            secret_names=tuple(submission.secrets),
            log_dir_allow_dirty=submission.log_dir_allow_dirty,
            priority=submission.priority,
        )
        await self._start(job_id, record, body, submission.secrets, submission.terminal)
        return job_id

    async def resume(self, job_id: str, resume: Resume, user: str) -> None:
        """Launch an ended job again, with its saved config unless another is given."""
        body = _body_hash(resume)
        known = await self._known(user, resume.key, body)
        if known is not None:
            await self._launch_again(known, resume.secrets, resume.terminal)
            return
        await self._reconciler.settle(job_id)
        async with self._db.read() as conn:
            row = await store.get(conn, job_id)
        before = await self._records.newest_launch(job_id)
        if row is None or before is None:
            raise NotFound(f"There is no job {job_id}.", fix="`hawk list jobs` shows what there is.")
        _refuse_running(row)
        record = await self._resumed(before, resume, user, launch=row["launch"] + 1)
        spec = decoded(record.spec, record.kind)
        if spec.eval_set_id not in {None, job_id}:
            raise InvalidConfig(
                f"The config's eval_set_id is {spec.eval_set_id}, and the job's is {job_id}.",
                fix="Take eval_set_id out of the config, or submit it as a job of its own.",
            )
        check_secrets(spec, resume.secrets)
        await self._start(job_id, record, body, resume.secrets, resume.terminal)

    def backend(self, name: str | None) -> ExecutionBackend:
        """The backend of that name, or the default one."""
        wanted = name or self._settings.backend
        if wanted not in self._backends:
            raise Unsupported(
                f"There is no backend {wanted!r} here.",
                fix=f"Use one of: {', '.join(sorted(self._backends))}.",
            )
        return self._backends[wanted]

    async def _known(self, user: str, key: str, body: str) -> RowMapping | None:
        async with self._db.read() as conn:
            known = await store.launch_by_key(conn, user, key)
        if known is not None and known["body_hash"] != body:
            raise Conflict(
                "This submission key was used before, for another request.", fix="Make a new key for it."
            )
        return known

    async def _launch_again(
        self, known: RowMapping, secrets: Mapping[str, str], terminal: TerminalSize | None
    ) -> None:
        """A request came a second time: its first may have died before the backend had the secrets."""
        record = await self._records.newest_launch(known["job_id"])
        if not known["launched"] and record is not None and record.launch == known["launch"]:
            await self._hand_over(known["job_id"], record, secrets, terminal)

    async def _next_launch(self, job_id: str, user: str, submission: Submission, *, chosen: bool) -> int:
        """The launch number of a submission; raises where its id is not free for it."""
        if not chosen:
            return 1
        await self._reconciler.settle(job_id)
        async with self._db.read() as conn:
            row = await store.get(conn, job_id)
        if row is not None:
            _refuse_running(row)
        before = await self._records.newest_launch(job_id)
        if before is not None:
            _refuse_foreign(job_id, before, user)
            return before.launch + 1
        if not submission.log_dir_allow_dirty and await self._evals.list(f"{job_id}/"):
            raise Conflict(
                f"The folder of {job_id} has logs that Hawk did not run.",
                fix="Choose another eval_set_id, or add --log-dir-allow-dirty to use the folder as it is.",
            )
        return 1

    async def _resumed(self, before: LaunchRecord, resume: Resume, user: str, *, launch: int) -> LaunchRecord:
        same = resume.spec is None
        lock = before.lock or await self._kept_lock(before) if same else resume.lock
        return msgspec.structs.replace(
            before,
            decision="resumed",
            time=utc_now(),
            user=user,
            launch=launch,
            key=resume.key,
            spec=before.spec if resume.spec is None else resume.spec,
            requirements=before.requirements if same else resume.requirements or (),
            lock=lock,
            packages=before.packages if same else resume.packages,
            secret_names=tuple(resume.secrets),
            errors_only=resume.errors_only,
        )

    async def _kept_lock(self, before: LaunchRecord) -> str | None:
        async with self._db.read() as conn:
            launch = await store.launch_by_key(conn, before.user, before.key)
        return await self._records.lock(launch["job_id"]) if launch is not None else None

    async def _start(
        self,
        job_id: str,
        record: LaunchRecord,
        body: str,
        secrets: Mapping[str, str],
        terminal: TerminalSize | None,
    ) -> None:
        await self._records.write(job_id, record)
        await self._records.write_newest(job_id, record)
        await self._enter(job_id, record, body)
        await self._hand_over(job_id, record, secrets, terminal)

    async def _enter(self, job_id: str, record: LaunchRecord, body: str) -> None:
        async with self._db.write() as conn:
            row = await store.get(conn, job_id)
            if row is None:
                await store.add_job(conn, self._new_row(job_id, record), f"Submitted by {record.user}.")
            else:
                await self._relaunch(conn, row, record)
            await store.add_launch(conn, _launch_row(job_id, record, body))

    async def _relaunch(self, conn: store.AsyncConnection, row: RowMapping, record: LaunchRecord) -> None:
        moved = await store.transition(
            conn,
            row["id"],
            JobStatus.QUEUED,
            f"Resumed by {record.user}.",
            record.time,
            launch=record.launch,
            relaunch=True,
            values=_relaunch_values(record),
        )
        if not moved:
            raise Conflict(
                f"{row['id']} was launched by another command at the same time.",
                fix=f"See how it stands with: hawk status {row['id']}",
            )

    def _new_row(self, job_id: str, record: LaunchRecord) -> dict[str, Any]:
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
            "log_dir": self._plans.log_dir(job_id),
            "priority": record.priority,
        }

    async def _hand_over(
        self,
        job_id: str,
        record: LaunchRecord,
        secrets: Mapping[str, str],
        terminal: TerminalSize | None,
    ) -> None:
        try:
            plan = await self._plans.plan(job_id, record)
            launch = Launch(plan=plan, secrets=secrets, terminal=terminal)
            await self._backends[record.backend].launch(launch)
        except HawkError as error:
            await self._fail(job_id, record.launch, error.message)
            raise
        async with self._db.write() as conn:
            await store.mark_launched(conn, job_id, record.launch)

    async def _fail(self, job_id: str, launch: int, reason: str) -> None:
        now = utc_now()
        async with self._db.write() as conn:
            ended = {"completed_at": now}
            await store.transition(conn, job_id, JobStatus.FAILED, reason, now, launch=launch, values=ended)


def _relaunch_values(record: LaunchRecord) -> dict[str, Any]:
    return {
        "launch": record.launch,
        "backend": record.backend,
        "completed_at": None,
        "exit_code": None,
        "attempt": 0,
        "phase": None,
        "desired": None,
        "stopping": False,
        "priority": record.priority,
    }


def _launch_row(job_id: str, record: LaunchRecord, body: str) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "launch": record.launch,
        "created_by": record.user,
        "key": record.key,
        "body_hash": body,
        "created_at": record.time,
        "lease_until": record.time + LAUNCH_LEASE,
        "launched": False,
        "lock_kept": record.lock is not None,
    }


def _body_hash(body: Submission | Resume) -> str:
    """A hash of a request without its secrets and the size of a terminal, which a retry may change."""
    bare = msgspec.structs.replace(body, secrets={}, terminal=None)
    return hashlib.sha256(msgspec.json.encode(bare, order="deterministic")).hexdigest()


def _refuse_running(row: RowMapping) -> None:
    if row["status"] not in TERMINAL:
        raise Conflict(
            f"{row['id']} is {row['status']}; a job is launched again when it has ended.",
            fix=f"Wait for it with `hawk watch {row['id']}`, or end it with `hawk stop {row['id']}`.",
        )


def _refuse_foreign(job_id: str, before: LaunchRecord, user: str) -> None:
    if before.user != user:
        raise Conflict(f"The id {job_id} belongs to {before.user}.", fix="Choose another eval_set_id.")
