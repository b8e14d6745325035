"""The execution protocol: what a backend must be able to do with a job.

All calls are idempotent by job id (and launch number), and none of them opens the database. A
backend reports evidence; what it means for a job's state is decided in ``hawk.jobs``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from hawk.specs.control import Desired, Progress
from hawk.specs.plan import RunPlan

ObservedState = Literal["queued", "starting", "running", "succeeded", "failed", "stopped", "lost"]


class Capabilities(msgspec.Struct, frozen=True):
    """What a backend has, so that a request it can't honour is refused at submit.

    ``channel`` is how its runners and Hawk speak: by files that both see, or by HTTP to a server.
    ``holds``: it can keep a launch with its secrets and start it when it is told to.
    ``runs_beside_server``: each machine has its own, and nobody else sees what is on it.
    """

    images: bool = False
    resources: bool = False
    sandboxes: tuple[str, ...] = ()
    terminal: bool = False
    runs_beside_server: bool = False
    channel: Literal["files", "http"] = "files"
    holds: bool = False


class TerminalSize(msgspec.Struct, frozen=True):
    """Size of a terminal, in characters."""

    rows: Annotated[int, msgspec.Meta(ge=0, le=65_535)]
    columns: Annotated[int, msgspec.Meta(ge=0, le=65_535)]


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A launch of a job. ``secrets`` go to the backend's secret object and nowhere else.

    With ``terminal`` set, a backend that can gives the run a pseudo-terminal of that size. One that is
    ``held`` starts nothing until :meth:`ExecutionBackend.control` says ``run``.
    """

    plan: RunPlan
    secrets: Mapping[str, str] = {}
    terminal: TerminalSize | None = None
    held: bool = False


class AttemptEvidence(msgspec.Struct, frozen=True):
    """One start of a runner: when, and how it ended. ``exit_code`` is negative for a signal."""

    launch: int
    attempt: int
    started_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    cause: str | None = None


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What a backend knows of the newest launch of a job, all launches' attempts included.

    ``lost`` means: the backend has proof that nothing of the job runs any more and no end was
    recorded; what was left of it has been ended before this is said. ``held``: it waits for the word
    to run.
    """

    job_id: str
    launch: int
    state: ObservedState
    reason: str | None = None
    since: datetime | None = None
    attempts: tuple[AttemptEvidence, ...] = ()
    progress: Progress | None = None
    lock: str | None = None
    held: bool = False


class LogLine(msgspec.Struct, frozen=True):
    """One line of a job's output, without its line end. ``time`` is when the backend got it."""

    time: datetime
    attempt: int
    text: str


class LogPage(msgspec.Struct, frozen=True):
    """Lines of a job's output; ``next`` is the cursor (opaque to callers) to read on from."""

    items: tuple[LogLine, ...]
    next: int


class ExecutionBackend(Protocol):
    """A place where jobs run."""

    @property
    def name(self) -> str:
        """What ``--backend`` calls it."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it has, the same for its whole life."""
        ...

    async def launch(self, launch: Launch) -> None:
        """Start a launch, or see that it is started already. Returns once the secrets are held."""
        ...

    async def observe(self, job_id: str) -> Observation | None:
        """The evidence about one job, None where this backend has never seen it."""
        ...

    async def observe_all(self) -> dict[str, Observation]:
        """The evidence about every job that this installation has on this backend."""
        ...

    async def control(self, job_id: str, desired: Desired) -> None:
        """Tell the newest launch what is wanted of it. Lasts until it is replaced."""
        ...

    async def logs(self, job_id: str, *, after: int | None = None, last: int | None = None) -> LogPage:
        """Output after the cursor ``after``, or the ``last`` N lines; at most 1,000 lines a page."""
        ...

    async def terminate(self, job_id: str, launch: int) -> None:
        """End every process of the launch, now. Returns when none is left."""
        ...

    async def remove(self, job_id: str, launch: int) -> None:
        """Remove all that the backend keeps of a job, which ended with ``launch``.

        One that it has at a later launch stays. Inspect's logs are not the backend's.
        """
        ...
