"""``hawk transcripts``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from hawk.cli.options import Id, OutputDir, Server
from hawk.cli.output import say, show
from hawk.cli.rendering.values import plural
from hawk.cli.samples import sample_text, write_sample
from hawk.cli.session import JobSession, job_session
from hawk.client.pages import items_of
from hawk.results.types import Sample, SampleList

_LINE = "=" * 80


async def transcripts(
    job_id: Id = None,
    /,
    *,
    output_dir: OutputDir = None,
    limit: Annotated[
        int | None, Parameter(help="The most samples (all of them).", validator=Number(gte=1))
    ] = None,
    raw: Annotated[bool, Parameter(help="Inspect's JSON, one sample a line.")] = False,
    server: Server = None,
) -> None:
    """Print every sample of a job, or write each into a file of its own."""
    async with job_session(job_id, server) as session:
        count = 0
        async for sample in _samples(session, limit):
            name = sample.uuid or sample.id
            indent = 2 if output_dir else None
            text = await sample_text(session.client, name, raw=raw, indent=indent)
            if output_dir is not None:
                write_sample(output_dir, name, text, raw=raw)
            else:
                show(text if raw else f"{_LINE}\n{name}\n{_LINE}\n\n{text}\n")
            count += 1
        session.say_pending()
        if not count:
            say(f"No samples of {session.job_id} yet.")
        elif output_dir is not None:
            say(f"Wrote {plural(count, 'transcript')} to {output_dir}.")


def _samples(session: JobSession, limit: int | None) -> AsyncIterator[Sample]:
    async def page(size: int, cursor: str | None) -> SampleList:
        return await session.client.samples(eval_set=session.job_id, limit=size, cursor=cursor)

    return items_of(page, limit)
