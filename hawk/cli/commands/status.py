"""``hawk status``."""

from __future__ import annotations

from hawk.cli.options import Id, Json, Server
from hawk.cli.output import say, show, show_json
from hawk.cli.rendering.job import job_lines, next_command
from hawk.cli.session import job_session


async def status(job_id: Id = None, /, *, server: Server = None, json: Json = False) -> None:
    """Show how a job stands and why: its attempts, tasks, rate limits, and its last lines if it failed."""
    async with job_session(job_id, server) as session:
        job = await session.client.job(session.job_id)
        if json:
            show_json(job)
            return
        show("\n".join(job_lines(job)))
        say(f"\nNext: {next_command(job)}")
