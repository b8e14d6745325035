"""``hawk list jobs``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from hawk.cli.listing import DEFAULTS, ListOptions, print_list
from hawk.cli.options import Search, Server, Since
from hawk.cli.rendering.table import Column, table
from hawk.cli.rendering.times import stamp
from hawk.cli.rendering.values import counts, tokens
from hawk.cli.session import open_session
from hawk.jobs.types import Job, JobList, JobStatus

_COLUMNS = (
    Column("ID"),
    Column("STATUS", status=True),
    Column("SAMPLES", right=True),
    Column("ERRORS", right=True),
    Column("TOKENS", right=True),
    Column("CREATED"),
    Column("BY", elastic=True),
    Column("REASON", elastic=True),
)


async def list_jobs(
    *,
    mine: Annotated[bool, Parameter(help="Only those that you started.")] = False,
    since: Since = None,
    status: Annotated[JobStatus | None, Parameter(help="Only those in this state.")] = None,
    search: Search = None,
    server: Server = None,
    options: ListOptions = DEFAULTS,
) -> None:
    """List jobs, newest first."""
    async with open_session(server) as session:

        async def page(size: int, cursor: str | None) -> JobList:
            return await session.client.jobs(
                mine=mine, since=since, status=status, search=search, limit=size, cursor=cursor
            )

        nothing = f"No jobs {session.where}. Start one with: hawk eval-set CONFIG"
        await print_list(page, options, _render, shape=Job, nothing=nothing)


def _render(jobs: Sequence[Job]) -> list[str]:
    return table(_COLUMNS, [_row(job) for job in jobs])


def _row(job: Job) -> list[str]:
    return [
        job.id,
        "stopping" if job.stopping else job.status.value,
        counts(job.samples),
        str(job.samples.errors or "-"),
        tokens(job.tokens),
        stamp(job.created_at),
        job.created_by,
        job.reason or "",
    ]
