"""``hawk download``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hawk.cli.downloading.command import chosen_files, download_logs
from hawk.cli.options import Id, Json, Server
from hawk.cli.scope import eval_set_scope


async def download(
    job_id: Id = None,
    /,
    *,
    eval_id: Annotated[str | None, Parameter(name="--eval", help="Only the log of this eval.")] = None,
    output_dir: Annotated[
        Path | None,
        Parameter(name=("--output-dir", "-o"), help="The folder to write into (one named as the eval set)."),
    ] = None,
    force: Annotated[bool, Parameter(help="Replace files that are there and differ.")] = False,
    server: Server = None,
    json: Json = False,
) -> int:
    """Fetch the logs of an eval set as files, and print their folder. Logs that are there are skipped."""
    scope = eval_set_scope(job_id, server, all_of_them=eval_id is not None and not job_id)
    async with scope as (session, eval_set):
        files = await chosen_files(session, eval_set, eval_id)
        folder = output_dir or Path(files[0].log.partition("/")[0])
        return await download_logs(session, files, folder, force=force, json=json)
