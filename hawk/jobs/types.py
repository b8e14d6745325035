"""What the jobs API takes and answers: the same structs on the server, in the client and as JSON."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from hawk.backends.execution.protocol import Capabilities, LogLine, TerminalSize
from hawk.errors import FieldProblem
from hawk.specs.control import IdleSample, ModelProgress, Phase, SampleStop, TaskProgress, TokenCounts
from hawk.specs.plan import JobKind

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Priority = Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)]
SecretName = Annotated[str, msgspec.Meta(pattern=r"^[^=\x00]+$")]
SecretValue = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]
Uuid = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
SHA256 = r"^[0-9a-f]{64}$(?!\n)"
WHEEL_NAME = r"^[A-Za-z0-9][A-Za-z0-9._+!-]{0,200}\.whl$(?!\n)"
Sha256 = Annotated[str, msgspec.Meta(pattern=SHA256)]
WheelName = Annotated[str, msgspec.Meta(pattern=WHEEL_NAME)]


class JobStatus(StrEnum):
    """The states of a job; the last four are terminal, and only a user's resume leaves them."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"


class Counts(msgspec.Struct, frozen=True):
    """Samples done, of how many (None: not known yet)."""

    done: int = 0
    total: int | None = None
    errors: int = 0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as lists show it. ``stopping`` is set from the moment a stop is asked until the end."""

    id: str
    kind: JobKind
    name: str
    status: JobStatus
    reason: str | None = None
    stopping: bool = False
    backend: str
    created_by: str
    launch: int
    attempt: int = 0
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    samples: Counts = Counts()
    tokens: TokenCounts = TokenCounts()


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One start of the job's runner, and its end."""

    launch: int
    attempt: int
    started_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    cause: str | None = None


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a job's state."""

    time: datetime
    status: JobStatus
    reason: str


class JobDetail(Job, frozen=True, kw_only=True):
    """A job with all that explains its state. ``tail`` is there where it failed.

    ``host`` is the machine that it is on, where its backend is a machine's own.

    ``exit_code`` is the runner's last one, which ``hawk wait`` turns into its own. ``heartbeat_at`` is when
    the runner last said how it stands, ``silent_seconds`` how long ago that is where it is too long.
    """

    phase: Phase | None = None
    attempts: tuple[Attempt, ...] = ()
    transitions: tuple[Transition, ...] = ()
    tasks: tuple[TaskProgress, ...] = ()
    models: tuple[ModelProgress, ...] = ()
    idle: IdleSample | None = None
    heartbeat_at: datetime | None = None
    silent_seconds: float | None = None
    exit_code: int | None = None
    log_dir: str = ""
    tail: tuple[str, ...] = ()
    host: str | None = None


class UploadedWheel(msgspec.Struct, frozen=True):
    """A wheel that was put to ``/api/packages/{sha256}/{filename}`` before the submission."""

    sha256: Sha256
    filename: WheelName


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A new job. ``key`` is made by the client: the same key with the same body is the same job.

    ``spec`` is the config as plain data, ``requirements`` and ``lock`` what ``hawk.packages`` made
    of it on the submitting machine (``lock`` None where validation was skipped).
    """

    key: Key
    kind: JobKind
    spec: dict[str, Any]
    requirements: tuple[str, ...] = ()
    lock: str | None = None
    packages: tuple[UploadedWheel, ...] = ()
    secrets: dict[SecretName, SecretValue] = {}
    backend: str | None = None
    image_tag: str | None = None
    log_dir_allow_dirty: bool = False
    priority: Priority = 0
    terminal: TerminalSize | None = None


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """A new launch of an ended job. ``spec`` replaces the saved config where it is given."""

    key: Key
    secrets: dict[SecretName, SecretValue] = {}
    spec: dict[str, Any] | None = None
    requirements: tuple[str, ...] | None = None
    lock: str | None = None
    packages: tuple[UploadedWheel, ...] = ()
    errors_only: bool = False
    terminal: TerminalSize | None = None


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to end a job, or (``sample``) one of its running samples by uuid."""

    sample: Uuid | None = None
    action: SampleStop = "score"
    now: bool = False


class JobSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The saved config of a job, with the warnings that it gives."""

    id: str
    kind: JobKind
    spec: dict[str, Any]
    warnings: tuple[FieldProblem, ...] = ()


class Logs(msgspec.Struct, frozen=True):
    """A page of a job's output. ``complete`` says that the job has ended and this was the rest."""

    items: tuple[LogLine, ...]
    next: int
    complete: bool


class JobList(msgspec.Struct, frozen=True):
    """A page of jobs, newest first."""

    items: tuple[Job, ...]
    next: str | None = None
    total: int | None = None


class BackendInfo(msgspec.Struct, frozen=True):
    """A backend of this server."""

    name: str
    capabilities: Capabilities


class RunnerInfo(msgspec.Struct, frozen=True):
    """What jobs will run on: to resolve their packages for, before the request.

    ``requirements`` are the runner's own, which the resolution must include; ``python`` is
    a full version such as ``3.11.7``; ``platform`` is a target of ``uv pip compile --python-platform``.
    """

    python: str
    platform: str
    requirements: tuple[str, ...]


class WebConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What pages need to know. ``api_base_url`` None is where this was asked; ``viewer`` None is nowhere.

    ``oidc_*`` is the login of browsers; without an issuer nobody logs in. Paths are under the issuer; those
    that are None are in its discovery document.
    """

    viewer: str | None = None
    api_base_url: str | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_scopes: str | None = None
    oidc_authorize_path: str | None = None
    oidc_token_path: str | None = None


class ServerInfo(msgspec.Struct, frozen=True):
    """Who answers. ``location`` is what ``on …`` says: a URL, or ``this machine``."""

    version: str
    api_version: int
    location: str
    installation: str
    embedded: bool
    default_backend: str
    backends: tuple[BackendInfo, ...]
    runner: RunnerInfo
