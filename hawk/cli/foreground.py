"""A run in the foreground: Inspect's own display on a terminal, plain lines where there is none."""

from __future__ import annotations

import asyncio

from hawk.cli.following import until_ended
from hawk.cli.interrupts import Interrupts
from hawk.cli.output import show_json
from hawk.cli.plain_progress import PlainProgress
from hawk.cli.session import JobSession
from hawk.cli.summary import print_summary
from hawk.errors import EXIT_INTERRUPTED, Interrupted
from hawk.jobs.states import TERMINAL, exit_code_of
from hawk.jobs.types import JobDetail


async def foreground(
    session: JobSession, started: JobDetail, interrupts: Interrupts, *, terminal: bool, json: bool
) -> int:
    """Show the run until it ends, then what came of it. The run goes on if this command dies."""
    try:
        if terminal:
            await _relay(session, started.launch, interrupts)
        job = await _until_end_or_left(session, interrupts, quiet=terminal)
    except Interrupted:
        return EXIT_INTERRUPTED
    if job.status not in TERMINAL:
        return EXIT_INTERRUPTED
    if json:
        show_json(job)
    else:
        await print_summary(session, job)
    return EXIT_INTERRUPTED if interrupts.count else exit_code_of(job.status, job.exit_code)


async def _relay(session: JobSession, launch: int, interrupts: Interrupts) -> None:
    from hawk.backends.execution.local.places import job_folder
    from hawk.backends.execution.local.terminal import relay

    await relay(job_folder(session.settings.home, session.job_id), launch, interrupts.on_interrupt)


async def _until_end_or_left(session: JobSession, interrupts: Interrupts, *, quiet: bool) -> JobDetail:
    progress = PlainProgress(quiet=quiet)
    following = asyncio.ensure_future(until_ended(session, progress.show))
    leaving = asyncio.ensure_future(interrupts.left.wait())
    try:
        await asyncio.wait({following, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            return following.result()
        raise Interrupted("Left.")
    finally:
        for task in (following, leaving):
            task.cancel()
