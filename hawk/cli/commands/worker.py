"""``hawk worker``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from hawk.cli.session import current_settings
from hawk.client.connect import server_part

Once = Annotated[bool, Parameter(help="Do one round over everything and exit; 1 where logs failed.")]
Poll = Annotated[
    float | None,
    Parameter(help="Seconds between two looks at what is being written.", validator=Number(gte=0.1)),
]


def worker(*, once: Once = False, poll: Poll = None) -> int:
    """Keep the warehouse as the storage is: import logs as they grow, settle jobs, clean up.

    Any number of workers share the work. They need no server, and commands work beside them.
    """
    settings = current_settings()
    if poll is not None:
        changed = msgspec.structs.replace(settings.worker, poll_seconds=poll)
        settings = msgspec.structs.replace(settings, worker=changed)
    with server_part():
        from hawk.worker.worker import run_worker
    return run_worker(settings, once=once)
