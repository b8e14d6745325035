"""``hawk resume``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hawk.cli.options import Id, Server
from hawk.cli.submission.options import LaunchOptions
from hawk.cli.submission.resume import run_resume

_DEFAULTS = LaunchOptions()


async def resume(
    job_id: Id = None,
    /,
    *,
    config: Annotated[Path | None, Parameter(help="A config in place of the saved one.")] = None,
    errors_only: Annotated[bool, Parameter(help="Run again only samples that ended in error.")] = False,
    server: Server = None,
    options: LaunchOptions = _DEFAULTS,
) -> int:
    """Launch an ended job again. Finished samples are kept; secrets have to be given again."""
    return await run_resume(job_id, config, options, server, errors_only=errors_only)
