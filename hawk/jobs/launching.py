"""Submitting and resuming: decided, recorded in storage, entered as a row, launched, in that order.

A crash between any two of these leaves nothing that runs unknown: a record without a row is
history, a row without a launch is settled by reconcile, a launch is idempotent by its number.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from hawk.auth.access import Access
from hawk.auth.caller import Caller
from hawk.auth.job_tokens import JobTokens
from hawk.backends.execution.protocol import TerminalSize
from hawk.backends.storage.store import Storage
from hawk.clock import utc_now
from hawk.errors import Conflict, NotFound
from hawk.jobs import store
from hawk.jobs.admission import Admission
from hawk.jobs.backends import Backends
from hawk.jobs.checks import check_request, check_secrets, decoded
from hawk.jobs.entries import Entries
from hawk.jobs.handover import Handover
from hawk.jobs.host import Host
from hawk.jobs.packages import Packages
from hawk.jobs.plans import Plans
from hawk.jobs.reconcile import Reconciler
from hawk.jobs.records import LaunchRecord, Records
from hawk.jobs.requests import (
    body_hash,
    id_of,
    refuse_dirty,
    refuse_foreign,
    refuse_other_id,
    refuse_running,
    resumed,
)
from hawk.jobs.types import Resume, Submission
from hawk.specs.eval_set import EvalSetSpec
from hawk.specs.model_names import models_of
from hawk.warehouse.engine import Database
from hawk.warehouse.eval_sets import owner_of


class Launcher:
    """Starts launches of jobs."""

    def __init__(
        self,
        db: Database,
        evals: Storage,
        records: Records,
        backends: Backends,
        plans: Plans,
        packages: Packages,
        reconciler: Reconciler,
        tokens: JobTokens,
        admission: Admission,
        host: Host,
    ) -> None:
        self._db = db
        self._evals = evals
        self._records = records
        self._backends = backends
        self._plans = plans
        self._packages = packages
        self._reconciler = reconciler
        self._entries = Entries(db)
        self._admission = admission
        self._handover = Handover(self._entries, records, backends, plans, tokens, host)

    async def submit(self, submission: Submission, user: Caller, access: Access) -> str:
        """Start a new job, or find the one that the same key started. Returns its id.

        Raises Forbidden where ``access`` doesn't have every model of the config.
        """
        body = body_hash(submission)
        known = await self._taken_up(submission, body, user)
        if known is not None:
            return known
        spec = decoded(submission.spec, submission.kind)
        access.require_models(models_of(submission.spec))
        backend = self._backends.chosen(submission.backend)
        check_request(submission, backend)
        check_secrets(spec, submission.secrets)
        await self._packages.check(submission.packages)
        job_id = id_of(spec, user.owner, submission.key)
        try:
            launch = await self._free_launch(job_id, spec, submission, user)
        except Conflict:
            # Its twin may have been entered since.
            known = await self._taken_up(submission, body, user)
            if known is None:
                raise
            return known
        record = LaunchRecord(
            decision="submitted",
            time=utc_now(),
            user=user.name,
            owner=user.owner,
            launch=launch,
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
            host=self._handover.host_of(backend.name),
        )
        await self._start(job_id, record, body, submission.secrets, submission.terminal)
        return job_id

    async def resume(self, job_id: str, resume: Resume, user: Caller, access: Access) -> None:
        """Launch an ended job again, with its saved config unless another is given.

        Raises Forbidden where ``access`` doesn't have every model of that config.
        """
        body = body_hash(resume, job_id)
        if await self._taken_up(resume, body, user) is not None:
            return
        await self._reconciler.settle(job_id)
        async with self._db.read() as conn:
            row, launch = await store.get(conn, job_id), await store.newest_launch(conn, job_id)
        if row is None or launch is None:
            raise NotFound(f"There is no job {job_id}.", fix="`hawk list jobs` shows what there is.")
        try:
            refuse_running(row)
        except Conflict:
            # Its twin may be what made it run.
            if await self._taken_up(resume, body, user) is None:
                raise
            return
        before = await self._records.launch(launch)
        self._backends.require(job_id, before.backend)
        lock = before.lock or (await self._records.lock(job_id) if launch["lock_kept"] else None)
        record = resumed(
            before,
            resume,
            lock,
            time=utc_now(),
            user=user.name,
            owner=user.owner,
            launch=row["launch"] + 1,
            host=self._handover.host_of(before.backend),
        )
        spec = decoded(record.spec, record.kind)
        access.require_models(models_of(record.spec))
        refuse_other_id(job_id, spec)
        check_secrets(spec, resume.secrets)
        await self._packages.check(record.packages)
        await self._start(job_id, record, body, resume.secrets, resume.terminal)

    async def _taken_up(self, request: Submission | Resume, body: str, user: Caller) -> str | None:
        """The job that a request of the same key started, brought on its way; None where there is none."""
        known = await self._entries.known(user.owner, request.key, body)
        if known is None:
            return None
        await self._again(known, request.secrets, request.terminal)
        return known["job_id"]

    async def _again(
        self, known: store.RowMapping, secrets: Mapping[str, str], terminal: TerminalSize | None
    ) -> None:
        """A request came a second time: its first may have died before the backend had the secrets."""
        job_id = known["job_id"]
        async with self._db.read() as conn:
            row = await store.get(conn, job_id)
        if known["launched"] or row is None or not store.is_active(row, known["launch"]):
            return
        record = await self._records.launch(known)
        check_secrets(decoded(record.spec, record.kind), secrets)
        await self._handover.hand_over(job_id, record, secrets, terminal)

    async def _free_launch(self, job_id: str, spec: EvalSetSpec, submission: Submission, user: Caller) -> int:
        """The launch number of a submission; raises where its id is not free for it."""
        await self._reconciler.settle(job_id)
        async with self._db.read() as conn:
            row, owner = await store.get(conn, job_id), await owner_of(conn, job_id)
        before = await self._records.newest_launch(job_id)
        refuse_foreign(job_id, owner or (before.owned_by if before else None), user)
        if row is not None:
            refuse_running(row)
            return row["launch"] + 1
        if before is not None:
            return await self._launch_after(job_id, before, submission.key)
        if spec.eval_set_id and await self._evals.list(f"{job_id}/"):
            refuse_dirty(job_id, submission, user, owner)
        return 1

    async def _launch_after(self, job_id: str, before: LaunchRecord, key: str) -> int:
        """The number of a launch whose job has records and no row: it was deleted, or never entered."""
        if before.key != key:
            return before.launch + 1
        if await self._records.is_deleted(job_id):
            raise Conflict(f"{job_id} was started by this key, and deleted.", fix="Make a new key for it.")
        return before.launch

    async def _start(
        self,
        job_id: str,
        record: LaunchRecord,
        body: str,
        secrets: Mapping[str, str],
        terminal: TerminalSize | None,
    ) -> None:
        record = msgspec.structs.replace(record, body=body)
        backend = self._backends.require(job_id, record.backend)
        waits_for = await self._admission.waits_for(backend, record)
        await self._records.write(job_id, record)
        known = await self._entries.enter(job_id, record, body, self._plans.log_dir(job_id), waits_for)
        if known is not None:
            await self._again(known, secrets, terminal)
            return
        await self._records.write_newest(job_id, record)
        await self._handover.hand_over(job_id, record, secrets, terminal)
