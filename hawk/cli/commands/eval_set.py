"""``hawk eval-set``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hawk.cli.options import Server
from hawk.cli.submission.eval_set import run_eval_set
from hawk.cli.submission.options import SubmitOptions

_DEFAULTS = SubmitOptions()


async def eval_set(
    config: Annotated[Path, Parameter(help="The YAML file of the eval set.")],
    /,
    *,
    server: Server = None,
    backend: Annotated[str | None, Parameter(help="Where the job runs: local, or another by name.")] = None,
    options: SubmitOptions = _DEFAULTS,
) -> int:
    """Run the eval set of a config: in the foreground on this machine, detached on a server."""
    return await run_eval_set(config, options, server, backend)
