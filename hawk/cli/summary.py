"""What came of a run: the scores as the warehouse has them, where the logs are, and what to type next."""

from __future__ import annotations

import asyncio

from hawk.cli.following import patiently
from hawk.cli.output import say, show
from hawk.cli.rendering.evals import eval_table
from hawk.cli.rendering.job import ended_line, next_command
from hawk.cli.rendering.values import plural
from hawk.cli.session import JobSession
from hawk.cli.text import one_line
from hawk.jobs.types import JobDetail
from hawk.results.types import EvalList

_MOST = 100
IMPORTED_WITHIN = 10.0
"""Seconds to wait for what a server's worker has yet to read of a job that has just ended."""
_PAUSE = 0.5


async def print_summary(session: JobSession, job: JobDetail) -> None:
    """Print an ended job: its state and reason, its evals, its logs."""
    evals = await _evals(session, job)
    show(ended_line(job))
    if evals.items:
        show("\n" + "\n".join(eval_table(evals.items, ids=False)))
    elif job.tail:
        show("\n" + "\n".join(f"  {one_line(line)}" for line in job.tail))
    if evals.next:
        say(f"The first {_MOST} evals are shown; hawk list evals shows more.")
    session.say_pending()
    show(f"\nLogs: {one_line(job.log_dir)}")
    if job.samples.errors:
        errors = plural(job.samples.errors, "sample")
        say(f"{errors} ended in error: hawk list samples {job.id} --status error")
    say(f"Next: {next_command(job)}")


async def _evals(session: JobSession, job: JobDetail) -> EvalList:
    """The job's evals; on this machine asking imports them, a server's worker takes a moment."""
    deadline = asyncio.get_running_loop().time() + IMPORTED_WITHIN
    while True:
        evals = await patiently(lambda: session.client.evals(eval_set=job.id, limit=_MOST))
        late = asyncio.get_running_loop().time() > deadline
        if session.url is None or late or not _are_coming(job, evals):
            return evals
        await asyncio.sleep(_PAUSE)


def _are_coming(job: JobDetail, evals: EvalList) -> bool:
    if not evals.items:
        return bool(job.tasks)
    return any(one.status == "started" for one in evals.items)
