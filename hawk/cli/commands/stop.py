"""``hawk stop``."""

from __future__ import annotations

import asyncio
from typing import Annotated

from cyclopts import Parameter

from hawk.cli.following import until_ended
from hawk.cli.insisting import insist
from hawk.cli.options import Id, Json, Server, Timeout
from hawk.cli.output import say, show_json
from hawk.cli.rendering.job import ended_line, next_command
from hawk.cli.session import JobSession, job_session
from hawk.cli.text import one_line
from hawk.errors import JobFailed
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import JobDetail, Stop


async def stop(
    job_id: Id = None,
    /,
    *,
    sample: Annotated[str | None, Parameter(help="End only this running sample (its uuid).")] = None,
    now: Annotated[bool, Parameter(help="Leave the job no time to finish anything.")] = False,
    no_wait: Annotated[bool, Parameter(help="Don't wait for the end.")] = False,
    most: Timeout = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """End a job, or one of its samples. What is done is kept, and what is under way is scored."""
    async with job_session(job_id, server) as session:
        before = await session.client.job(session.job_id)
        if before.status in TERMINAL:
            _tell(before, f"{before.id} had ended already: {before.status}.", json=json)
            return
        wish = Stop(sample=sample, now=now)
        job = await insist(session, lambda: session.client.stop(session.job_id, wish))
        if sample is not None:
            _tell(job, f"Asked {job.id} {session.where} to end sample {one_line(sample)}.", json=json)
            say(f"Next: hawk status {job.id}")
            return
        if no_wait:
            _tell(job, f"Asked {job.id} to stop {session.where}.", json=json)
            say(f"Next: hawk status {job.id}")
            return
        say(f"Stopping {job.id} {session.where}.")
        job = await _until_ended(session, most)
        _tell(job, ended_line(job), json=json)
        say(f"Next: {next_command(job)}")


async def _until_ended(session: JobSession, most: float | None) -> JobDetail:
    try:
        async with asyncio.timeout(most):
            return await until_ended(session)
    except TimeoutError as error:
        raise JobFailed(
            f"{session.job_id} was asked to stop and has not ended within {most:g} seconds.",
            fix=f"Wait on: hawk wait {session.job_id}    End it now: hawk stop {session.job_id} --now",
        ) from error


def _tell(job: JobDetail, text: str, *, json: bool) -> None:
    if json:
        show_json(job)
    else:
        say(text)
