"""``hawk spec``."""

from __future__ import annotations

import yaml

from hawk.cli.faults import problem_line
from hawk.cli.options import Id, Json, Server
from hawk.cli.output import say, show, show_json
from hawk.cli.session import job_session


async def spec(job_id: Id = None, /, *, server: Server = None, json: Json = False) -> None:
    """Print the config of a job, as a file that `hawk eval-set` takes."""
    async with job_session(job_id, server) as session:
        saved = await session.client.spec(session.job_id)
        if json:
            show_json(saved)
            return
        show(yaml.safe_dump(saved.spec, sort_keys=False, allow_unicode=True, width=100).rstrip())
        for warning in saved.warnings:
            say(f"warning: {problem_line(warning, None)}")
