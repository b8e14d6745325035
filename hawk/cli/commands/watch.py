"""``hawk watch``."""

from __future__ import annotations

from hawk.cli.options import Id, Server
from hawk.cli.session import job_session
from hawk.cli.watching import watch_job


async def watch(job_id: Id = None, /, *, server: Server = None) -> int:
    """Show a job's progress live until it ends, and exit as it did. Ctrl-C leaves the job running."""
    async with job_session(job_id, server) as session:
        return await watch_job(session)
