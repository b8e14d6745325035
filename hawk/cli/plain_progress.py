"""Progress as lines, for files and pipes: one for each change of state, and now and then the counts."""

from __future__ import annotations

import time

from hawk.cli.output import say
from hawk.cli.rendering.values import counts, plural
from hawk.cli.text import one_line
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import JobDetail, JobStatus

EVERY = 5.0
"""Seconds between two lines of counts."""


class PlainProgress:
    """Says what is new of a job, each time it is shown one. ``quiet`` waits a little before it begins:
    after a display on a terminal the end is but a moment away."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._state: str = ""
        self._line: str = ""
        self._said_at = time.monotonic() if quiet else 0.0
        self._quiet_until = time.monotonic() + EVERY if quiet else 0.0

    def show(self, job: JobDetail) -> None:
        """Say what changed since the last time."""
        now = time.monotonic()
        if now < self._quiet_until or job.status in TERMINAL:
            return
        state, line = _state(job), _line(job)
        if line != self._line and (state != self._state or now - self._said_at >= EVERY):
            say(line)
            self._state, self._line, self._said_at = state, line, now


_PHASES = {"installing": "installing its packages", "loading": "loading its tasks"}


def _state(job: JobDetail) -> str:
    word = "stopping" if job.stopping else job.status.value
    return f"{word}, attempt {job.attempt}" if job.attempt > 1 else word


def _line(job: JobDetail) -> str:
    if job.status is not JobStatus.RUNNING or not job.samples.total:
        doing = _PHASES.get(job.phase or "") if job.status is not JobStatus.QUEUED else None
        return f"{_state(job)}: {doing or one_line(job.reason or '')}"
    errors = f", {plural(job.samples.errors, 'error')}" if job.samples.errors else ""
    used = f", {job.tokens.total:,} tokens" if job.tokens.total else ""
    return f"{_state(job)}: {counts(job.samples)} samples{errors}{used}"
