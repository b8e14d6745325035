"""Once a job is started: stay with it, watch it, or leave it; always with the next command."""

from __future__ import annotations

import os
import sys

from hawk.backends.execution.protocol import TerminalSize
from hawk.cli.foreground import foreground
from hawk.cli.interrupts import Interrupts, stays
from hawk.cli.output import is_terminal, say, show, show_json
from hawk.cli.session import JobSession, Session
from hawk.cli.submission.options import LaunchOptions
from hawk.jobs.types import BackendInfo, JobDetail, ServerInfo


async def after_start(
    session: Session, server: ServerInfo, job: JobDetail, options: LaunchOptions, interrupts: Interrupts
) -> int:
    """Do what the user wants next. Returns the exit code of the command."""
    verb = "Started" if job.launch == 1 else "Resumed"
    about = JobSession(session.settings, session.client, session.url, session.used, job.id, assumed=False)
    say(f"{verb} {job.id} {session.where}.")
    if stays(options, server):
        await interrupts.attach(about)
        return await foreground(about, job, interrupts, terminal=on_terminal(), json=options.json)
    if options.watch:
        from hawk.cli.watching import watch_job

        return await watch_job(about)
    if options.json:
        show_json(job)
    else:
        show(job.id)
    say(f"Next: hawk watch {job.id}    hawk logs -f {job.id}    hawk stop {job.id}")
    return 0


def terminal_size(server: ServerInfo, backend: BackendInfo, options: LaunchOptions) -> TerminalSize | None:
    """The size of the terminal that a run gets, None where there is none or it runs out of sight."""
    if not (stays(options, server) and backend.capabilities.terminal and on_terminal()):
        return None
    size = os.get_terminal_size(sys.stdout.fileno())
    return TerminalSize(size.lines, size.columns)


def on_terminal() -> bool:
    """Whether somebody sits at both ends."""
    return sys.stdin.isatty() and is_terminal(sys.stdout)
