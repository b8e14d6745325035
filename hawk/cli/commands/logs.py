"""``hawk logs``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from hawk.backends.execution.protocol import LogLine
from hawk.cli.following import left_running
from hawk.cli.options import Id, JsonLines, Server
from hawk.cli.output import show, show_json_line
from hawk.cli.output_lines import follow, last_lines
from hawk.cli.rendering.times import stamp
from hawk.cli.session import job_session
from hawk.cli.text import one_line


async def logs(
    job_id: Id = None,
    /,
    *,
    lines: Annotated[
        int, Parameter(alias="-n", help="How many of the last lines (100).", validator=Number(gte=0))
    ] = 100,
    following: Annotated[
        bool, Parameter(name="--follow", alias="-f", help="Go on with what comes, until the job ends.")
    ] = False,
    server: Server = None,
    json: JsonLines = False,
) -> None:
    """Print a job's output: the last lines, or all that comes until the job ends."""
    async with job_session(job_id, server) as session:
        page = await last_lines(session, lines)
        for line in page.items:
            _show(line, json=json)
        if following and not page.complete:
            with left_running(session, "hawk logs -f"):
                async for line in follow(session, page.next):
                    _show(line, json=json)


def _show(line: LogLine, *, json: bool) -> None:
    if json:
        show_json_line(line)
    else:
        show(f"[{stamp(line.time)}] {one_line(line.text)}")
