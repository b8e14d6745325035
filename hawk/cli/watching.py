"""A live table of a job that runs elsewhere; plain lines where there is no terminal."""

from __future__ import annotations

import sys

from hawk.cli.following import left_running, until_ended
from hawk.cli.output import is_terminal
from hawk.cli.plain_progress import PlainProgress
from hawk.cli.session import JobSession
from hawk.cli.summary import print_summary
from hawk.jobs.states import exit_code_of
from hawk.jobs.types import JobDetail


async def watch_job(session: JobSession) -> int:
    """Watch until the end and exit as the job did; Ctrl-C leaves it running."""
    with left_running(session, "hawk watch"):
        job = await _watch(session)
    await print_summary(session, job)
    return exit_code_of(job.status, job.exit_code)


async def _watch(session: JobSession) -> JobDetail:
    if not is_terminal(sys.stdout):
        return await until_ended(session, PlainProgress().show)
    from rich.console import Console
    from rich.live import Live

    from hawk.cli.rendering.live import live_view

    with Live(console=Console(), auto_refresh=False, transient=True) as live:
        return await until_ended(session, lambda job: live.update(live_view(job), refresh=True))
