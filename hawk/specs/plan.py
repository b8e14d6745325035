"""What a runner is told: everything about a launch but its secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

JobKind = Literal["eval-set", "scan"]

EXIT_SUCCEEDED = 0
EXIT_SOME_FAILED = 1
EXIT_NEVER_WORKS = 78

WHEEL_SCHEME = "hawk-wheel:"
"""In a requirement or a lock, ``name @ hawk-wheel:SHA256/FILE`` stands for a wheel that travels
with the job: ``<plan.wheels>/<SHA256>/<FILE>`` on the machine that runs it."""


JOB_TOKEN = "HAWK_JOB_TOKEN"  # noqa: S105 - a name
"""The name among a launch's secrets of what its runner shows to the server."""


class HttpChannel(msgspec.Struct, frozen=True, tag="http"):
    """The control channel over HTTP, to the server at ``url`` (without a slash at its end)."""

    url: str


class RunPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One launch of a job, as the backend hands it to the runner (``plan.json``).

    ``spec`` is the config as JSON data, already validated at submit; the runner decodes it again.
    ``lock`` is the text of the resolved requirements (None: the runner resolves, and leaves what it
    found as ``requirements.lock`` beside the plan). ``hawk_wheel`` is installed without its
    dependencies, which ``requirements`` and ``lock`` already name.
    ``max_restarts`` counts the attempts after the first. ``errors_only`` runs again just what ended
    in error, and starts nothing that never ran. ``channel`` says how the runner and Hawk speak: by files in
    the job's folder alone (None), or over HTTP as well.
    """

    job_id: str
    kind: JobKind
    launch: int
    installation: str
    spec: dict[str, Any]
    log_dir: str
    created_by: str
    created_at: datetime
    requirements: tuple[str, ...]
    lock: str | None
    hawk_wheel: str
    python: str
    environments: str
    wheels: str
    log_dir_allow_dirty: bool = False
    errors_only: bool = False
    max_restarts: int = 3
    priority: int = 0
    channel: HttpChannel | None = None
