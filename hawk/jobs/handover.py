"""Hands a launch that is entered to its backend, with its secrets."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from hawk.auth.job_tokens import JobTokens
from hawk.backends.execution.protocol import Launch, TerminalSize
from hawk.errors import Busy, Conflict, HawkError
from hawk.jobs.backends import Backends
from hawk.jobs.entries import Entries
from hawk.jobs.host import Host
from hawk.jobs.plans import Plans
from hawk.jobs.records import LaunchRecord, Records
from hawk.specs.plan import JOB_TOKEN


class Handover:
    """From a row to a backend that runs it."""

    def __init__(
        self,
        entries: Entries,
        records: Records,
        backends: Backends,
        plans: Plans,
        tokens: JobTokens,
        host: Host,
    ) -> None:
        self._entries = entries
        self._records = records
        self._backends = backends
        self._plans = plans
        self._tokens = tokens
        self._host = host

    def host_of(self, backend: str) -> Host | None:
        """The machine that a launch on a backend will be on; None where the backend is no machine's own."""
        found = self._backends.get(backend)
        return self._host if found is not None and found.capabilities.runs_beside_server else None

    async def hand_over(
        self,
        job_id: str,
        record: LaunchRecord,
        secrets: Mapping[str, str],
        terminal: TerminalSize | None,
    ) -> None:
        """Launch, and note that it is. A launch that its backend refuses ends as failed.

        Raises Conflict where the job was ended or deleted before the launch arrived: it is ended then. Raises
        Busy where nobody can tell whether it arrived: it is on its way on another machine, or on a slow one.
        """
        try:
            await self._launch(job_id, record, secrets, terminal)
        except Busy:
            raise  # Not for it to decide: the launch may have been begun.
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
        backend, host = self._backends.require(job_id, record.backend), self.host_of(record.backend)
        plan = await self._plans.plan(job_id, record, backend)
        if plan.channel is not None:
            secrets = {**secrets, JOB_TOKEN: await self._tokens.for_launch(job_id, record.launch)}
        row = await self._entries.lease(job_id, record.launch, host)
        if row is None:
            raise _too_late(job_id)
        if host != record.host:
            # The machine that took the submission got no further: a rebuild must look on this one.
            await self._records.write(job_id, msgspec.structs.replace(record, host=host))
        held = row["waits_for"] is not None
        await backend.launch(Launch(plan=plan, secrets=secrets, terminal=terminal, held=held))

    async def _take_back(self, job_id: str, record: LaunchRecord) -> None:
        backend = self._backends.require(job_id, record.backend)
        await backend.terminate(job_id, record.launch)
        if not await self._entries.has_job(job_id):
            await backend.remove(job_id, record.launch)


def _too_late(job_id: str) -> Conflict:
    return Conflict(
        f"{job_id} was ended or deleted before it was launched.", fix=f"See: hawk status {job_id}"
    )
