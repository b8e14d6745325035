"""``hawk local eval-set``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hawk.cli.submission.eval_set import run_eval_set
from hawk.cli.submission.options import SubmitOptions
from hawk.client.connect import HERE

_DEFAULTS = SubmitOptions()


def local_eval_set(
    config: Annotated[Path, Parameter(help="The YAML file of the eval set.")],
    /,
    *,
    direct: Annotated[
        bool, Parameter(help="Run in this process and environment, as a debugger needs.")
    ] = False,
    options: SubmitOptions = _DEFAULTS,
) -> int:
    """Run the eval set of a config on this machine: the same as `hawk eval-set --backend local`."""
    if direct:
        from hawk.cli.direct import run_here

        return run_here(config, options)
    return asyncio.run(run_eval_set(config, options, HERE, "local"))
