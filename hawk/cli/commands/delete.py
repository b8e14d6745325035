"""``hawk delete``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from hawk.cli.asking import can_ask, confirm
from hawk.cli.insisting import insist_on_absence
from hawk.cli.options import Id, Server
from hawk.cli.output import say
from hawk.cli.session import JobSession, job_session
from hawk.errors import NotFound, UsageFault
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import JobDetail


async def delete(
    job_id: Id = None,
    /,
    *,
    yes: Annotated[bool, Parameter(alias="-y", help="Don't ask, even if it is running.")] = False,
    server: Server = None,
) -> None:
    """End a job and forget it. Its eval logs, and what was read from them, are kept."""
    async with job_session(job_id, server) as session:
        job = await session.client.job(session.job_id)
        if job.status not in TERMINAL and not yes:
            _ask(job)
        await insist_on_absence(session, lambda: session.client.delete(job.id))
        if (left := await _left(session)) is not None:
            say(f"{left.id} runs on the machine {left.host}: it is ended there, and then deleted.")
            say(f"Next: hawk status {job.id}")
            return
        say(f"Deleted {job.id} {session.where}; its eval logs are kept in {job.log_dir}.")
        say(f"Next: hawk list evals {job.id}")


async def _left(session: JobSession) -> JobDetail | None:
    """The job, where another machine has yet to end it."""
    try:
        job = await session.client.job(session.job_id)
    except NotFound:
        return None
    return job if job.host is not None else None


def _ask(job: JobDetail) -> None:
    fix = f"To end and delete it: hawk delete {job.id} --yes"
    if not can_ask():
        raise UsageFault(f"{job.id} is {job.status}.", fix=fix)
    if not confirm(f"{job.id} is {job.status}. End and delete it?", default=False):
        raise UsageFault(f"{job.id} was not deleted.", fix=fix)
