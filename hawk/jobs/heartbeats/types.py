"""What a server has in memory of jobs and their runners."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from hawk.jobs.states import TERMINAL
from hawk.jobs.store import progress_values
from hawk.jobs.types import JobStatus
from hawk.specs.control import Desired, Heartbeat, Outcome, Progress

_MOST_SAMPLES, _MOST_TOKENS = 2**31 - 1, 2**62


class Standing(msgspec.Struct, frozen=True):
    """How a job stood when it was last looked at. ``attempt`` is the newest of its launch that was heard of.

    ``desired`` is what a user asked of the launch.
    """

    launch: int
    status: JobStatus
    attempt: int = 0
    desired: Desired | None = None

    def has_ended(self, launch: int, attempt: int) -> bool:
        """Whether an attempt is to end: its launch is over, or it has a successor.

        A database that was put back may know less than the runner: that ends nothing.
        """
        if self.launch != launch:
            return self.launch > launch
        return self.status in TERMINAL or self.attempt > attempt


class Heard(msgspec.Struct, frozen=True):
    """One heartbeat, as it is written. ``progress`` is JSON, whose counts are columns as well."""

    job_id: str
    launch: int
    attempt: int
    seq: int
    heard_at: datetime
    progress: Progress | None = None
    outcome: Outcome | None = None

    @property
    def order(self) -> tuple[int, int, int]:
        """What says which of two is the newer."""
        return self.launch, self.attempt, self.seq

    @property
    def running_since(self) -> datetime:
        """When it began to run, by its own clock where it says that in full."""
        since = self.progress.running_since if self.progress else None
        return since if since is not None and since.tzinfo is not None else self.heard_at

    def columns(self) -> dict[str, Any]:
        """The columns of the job that its progress fills: none where it has none."""
        if self.progress is None:
            return {}
        values = progress_values(self.progress)
        counts = {name: _bounded(name, value) for name, value in values.items() if isinstance(value, int)}
        return {**values, **counts, "phase": self.progress.phase}


def heard_of(job_id: str, launch: int, beat: Heartbeat, now: datetime) -> Heard:
    """A heartbeat that came now. What a runner says of other jobs than its own is passed over."""
    progress, outcome = beat.progress, beat.outcome
    mine = (launch, beat.attempt)
    if progress is not None and (progress.job_id, progress.launch, progress.attempt) != (job_id, *mine):
        progress = None
    if outcome is not None and (outcome.launch, outcome.attempt) != mine:
        outcome = None
    return Heard(job_id, launch, beat.attempt, beat.seq, now, progress, outcome)


def newest_of_each(beats: Iterable[Heard]) -> list[Heard]:
    """The newest of each job, in the order of their ids; an attempt's word on its end is kept."""
    newest: dict[str, Heard] = {}
    for beat in sorted(beats, key=lambda beat: (beat.job_id, beat.order)):
        newest[beat.job_id] = _after(newest.get(beat.job_id), beat)
    return list(newest.values())


def _after(before: Heard | None, beat: Heard) -> Heard:
    if before is None or beat.outcome is not None or before.order[:2] != beat.order[:2]:
        return beat
    return msgspec.structs.replace(beat, outcome=before.outcome)


def _bounded(name: str, count: int) -> int:
    """A count that its column can hold: a job may say what it likes, and others are written with it."""
    return min(max(count, 0), _MOST_TOKENS if name.startswith("tokens") else _MOST_SAMPLES)
