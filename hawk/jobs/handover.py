"""Hands a launch that is entered to its backend, with its secrets."""

from __future__ import annotations

from collections.abc import Mapping

from hawk.auth.job_tokens import JobTokens
from hawk.backends.execution.protocol import Launch, TerminalSize
from hawk.errors import Conflict, HawkError
from hawk.jobs.backends import Backends
from hawk.jobs.entries import Entries
from hawk.jobs.plans import Plans
from hawk.jobs.records import LaunchRecord
from hawk.specs.plan import JOB_TOKEN


class Handover:
    """From a row to a backend that runs it."""

    def __init__(self, entries: Entries, backends: Backends, plans: Plans, tokens: JobTokens) -> None:
        self._entries = entries
        self._backends = backends
        self._plans = plans
        self._tokens = tokens

    async def hand_over(
        self,
        job_id: str,
        record: LaunchRecord,
        secrets: Mapping[str, str],
        terminal: TerminalSize | None,
    ) -> None:
        """Launch, and note that it is. A launch that its backend refuses ends as failed.

        Raises Conflict where the job was ended or deleted before the launch arrived: it is ended then.
        """
        try:
            await self._launch(job_id, record, secrets, terminal)
        except HawkError as error:
            await self._entries.fail(job_id, record.launch, error.message)
            raise
        if not await self._entries.confirm(job_id, record.launch):
            await self._take_back(job_id, record)
            raise _too_late(job_id)

    async def _launch(
        self,
        job_id: str,
        record: LaunchRecord,
        secrets: Mapping[str, str],
        terminal: TerminalSize | None,
    ) -> None:
        backend = self._backends.require(job_id, record.backend)
        plan = await self._plans.plan(job_id, record, backend)
        if plan.channel is not None:
            secrets = {**secrets, JOB_TOKEN: await self._tokens.for_launch(job_id, record.launch)}
        if not await self._entries.lease(job_id, record.launch):
            raise _too_late(job_id)
        await backend.launch(Launch(plan=plan, secrets=secrets, terminal=terminal))

    async def _take_back(self, job_id: str, record: LaunchRecord) -> None:
        backend = self._backends.require(job_id, record.backend)
        await backend.terminate(job_id, record.launch)
        if not await self._entries.has_job(job_id):
            await backend.remove(job_id)


def _too_late(job_id: str) -> Conflict:
    return Conflict(
        f"{job_id} was ended or deleted before it was launched.", fix=f"See: hawk status {job_id}"
    )
