"""``hawk wait``."""

from __future__ import annotations

import asyncio

from hawk.cli.following import left_running, until_ended
from hawk.cli.options import Id, Json, Server, Timeout
from hawk.cli.output import say, show_json
from hawk.cli.rendering.job import ended_line
from hawk.cli.session import job_session
from hawk.errors import JobFailed
from hawk.jobs.states import exit_code_of


async def wait(
    job_id: Id = None, /, *, most: Timeout = None, server: Server = None, json: Json = False
) -> int:
    """Wait for a job's end, and exit as it did: 0 succeeded, 1 failed, 2 its config can't work."""
    async with job_session(job_id, server) as session:
        try:
            with left_running(session, "hawk wait"):
                async with asyncio.timeout(most):
                    job = await until_ended(session)
        except TimeoutError as error:
            raise JobFailed(
                f"{session.job_id} has not ended within {most:g} seconds.",
                fix=f"See how it stands with: hawk status {session.job_id}",
            ) from error
        if json:
            show_json(job)
        else:
            say(ended_line(job))
        return exit_code_of(job.status, job.exit_code)
