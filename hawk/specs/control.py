"""The control channel: what a runner reports, and what it is asked to do.

Where a job and Hawk share a folder these are files, replaced atomically; elsewhere they are the
body and the reply of a heartbeat. Every one carries the launch it belongs to, so a process that is
not the newest can tell that it is not meant.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Phase = Literal["installing", "loading", "running", "finishing"]
AT_WORK: frozenset[Phase] = frozenset({"running", "finishing"})
"""The phases in which samples may run."""
SampleStop = Literal["score", "error"]


class TokenCounts(msgspec.Struct, frozen=True):
    """Tokens used, over all models."""

    input: int = 0
    output: int = 0
    total: int = 0


class SampleProgress(msgspec.Struct, frozen=True):
    """Samples by state; ``total`` counts every epoch of every sample."""

    done: int = 0
    total: int = 0
    running: int = 0
    errors: int = 0


class TaskProgress(msgspec.Struct, frozen=True):
    """One task on one model (and one solver), as far as its newest try has come."""

    task: str
    model: str | None = None
    solver: str | None = None
    eval_id: str | None = None
    status: str = "pending"
    samples: SampleProgress = SampleProgress()
    tokens: TokenCounts = TokenCounts()


class ModelProgress(msgspec.Struct, frozen=True):
    """What a model's provider did to the calls of this job. ``waited`` is in seconds."""

    model: str
    calls: int = 0
    retries: int = 0
    rate_limited: int = 0
    waited: float = 0.0


class IdleSample(msgspec.Struct, frozen=True):
    """The running sample that has shown no event for the longest time (``seconds``)."""

    task: str
    sample_id: str
    epoch: int
    seconds: float
    uuid: str | None = None


class Progress(msgspec.Struct, frozen=True):
    """A snapshot of a run, a few hundred bytes to a few kilobytes; ``time`` is when it was taken."""

    job_id: str
    launch: int
    attempt: int
    time: datetime
    phase: Phase
    message: str | None = None
    tasks: tuple[TaskProgress, ...] = ()
    models: tuple[ModelProgress, ...] = ()
    idle: IdleSample | None = None
    tokens: TokenCounts = TokenCounts()
    running_since: datetime | None = None
    """When its first task began to run; None before that."""


class StopSample(msgspec.Struct, frozen=True):
    """End one running sample: ``score`` what it has so far, or mark it as an ``error``."""

    uuid: str
    action: SampleStop = "score"


class Desired(msgspec.Struct, frozen=True):
    """What Hawk wants of a launch. ``now`` leaves the runner no time to finish.

    ``hold`` is for a launch that its backend is not to start yet; ``run`` lets it go, for good.

    ``score`` says what a stop does with samples that are under way: score what they have so far,
    or record them as cancelled. ``by`` is who asked for the stop.
    """

    launch: int
    state: Literal["run", "stop", "hold"] = "run"
    now: bool = False
    score: bool = True
    samples: tuple[StopSample, ...] = ()
    by: str | None = None


class Outcome(msgspec.Struct, frozen=True):
    """How an attempt ended, in the runner's own words, written just before it exits.

    ``exit_code``: 0 all evals succeeded; 1 some ended in error; 78 the config or its packages can
    never work. ``reason`` is one or two sentences for the user. ``stopped`` says that a stop cut
    the run short: work was left undone because somebody asked for it.
    """

    launch: int
    attempt: int
    exit_code: int
    reason: str | None = None
    stopped: bool = False


HEARTBEAT_VERSION = 1
"""The form of heartbeats and their replies. Fields are only ever added, with defaults: what is unknown is
passed over, so a runner and a server of different ages understand each other."""

Ordinal = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the runner of one attempt says of itself, every few seconds.

    ``seq`` grows from one to the next: one that is overtaken changes nothing. ``progress`` is left out by
    a runner whose progress the server did not understand. ``outcome`` comes once, with the last.
    """

    attempt: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    seq: Ordinal
    version: Ordinal = HEARTBEAT_VERSION
    progress: Progress | None = None
    outcome: Outcome | None = None


class HeartbeatReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What Hawk wants of the attempt. ``interval`` is the seconds until the next heartbeat.

    ``ended``: the job is at an end, or a newer attempt runs, so this one must end. ``token`` replaces the
    one that the runner has.
    """

    desired: Desired
    version: int = HEARTBEAT_VERSION
    ended: bool = False
    interval: float = 10.0
    token: str | None = None
