"""What an observation means for a job's row: pure functions of what was seen."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.engine import RowMapping

from hawk.backends.execution.protocol import AttemptEvidence, Observation
from hawk.jobs import store
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import JobStatus
from hawk.specs.control import Desired, Progress


def wanted(row: RowMapping) -> Desired | None:
    """What a user asked of the job's newest launch, None where nothing was asked."""
    if row["desired"] is None:
        return None
    desired = msgspec.convert(row["desired"], Desired)
    return desired if desired.launch == row["launch"] else None


def said_to(row: RowMapping) -> Desired:
    """What the backend is to be told of the job's newest launch."""
    desired = wanted(row) or Desired(launch=row["launch"])
    held = row["waits_for"] is not None and desired.state == "run"
    return msgspec.structs.replace(desired, state="hold") if held else desired


def observed_values(seen: Observation, row: RowMapping, now: datetime) -> dict[str, object]:
    """The columns of a job's row that an observation fills, the state and the time of the change aside."""
    attempts = [attempt for attempt in seen.attempts if attempt.launch == seen.launch]
    progress = _progress(seen)
    values: dict[str, object] = {
        "reason": reason_of(seen, row),
        "phase": _phase(seen, attempts, progress),
    }
    if progress is not None:
        values |= store.progress_values(progress)
    if attempts:
        newest = max(attempts, key=lambda one: one.attempt)
        values |= {"attempt": newest.attempt, "exit_code": newest.exit_code}
        values["started_at"] = min(attempt.started_at for attempt in attempts)
    if seen.state in TERMINAL:
        values |= {"completed_at": seen.since or now, "stopping": False}
    return values


def reason_of(seen: Observation, row: RowMapping) -> str:
    """Why a job is in its state: a stop that was asked, a limit, else the backend's words, else Hawk's."""
    desired = wanted(row)
    if seen.state == "stopped" and desired is not None and desired.state == "stop" and desired.by:
        return f"Stopped by {desired.by}{_when_stopped(seen)}."
    if seen.state == "queued" and row["waits_for"] is not None:
        return row["waits_for"]
    return seen.reason or _REASONS[JobStatus(seen.state)]


def tells_something_new(row: RowMapping, launch: RowMapping, seen: Observation, now: datetime) -> bool:
    """Whether rows would change: a command that only looks must not wait for the write lock."""
    if not launch["launched"] or row["status"] != seen.state or (seen.lock and not launch["lock_kept"]):
        return True
    values = observed_values(seen, row, now)
    return any(row[name] != value for name, value in values.items())


def _when_stopped(seen: Observation) -> str:
    """How far a stopped launch had come."""
    if not any(attempt.launch == seen.launch for attempt in seen.attempts):
        return " before it started"
    progress = _progress(seen)
    if progress is None or progress.phase in _PREPARING:
        return f" while its {_PREPARING[progress.phase if progress else 'installing']}"
    samples = [task.samples for task in progress.tasks]
    done, total = sum(one.done for one in samples), sum(one.total for one in samples)
    return (
        f"; {done} of {total} sample{'s' * (total != 1)} {'was' if done == 1 else 'were'} done"
        if total
        else ""
    )


def _progress(seen: Observation) -> Progress | None:
    return seen.progress if seen.progress and seen.progress.launch == seen.launch else None


def _phase(seen: Observation, attempts: list[AttemptEvidence], progress: Progress | None) -> str | None:
    """The phase of the newest attempt; what an older one was at says nothing any more."""
    newest = max((attempt.attempt for attempt in attempts), default=0)
    if progress is None or progress.attempt < newest or seen.state in TERMINAL:
        return None
    return progress.phase


_PREPARING = {
    "installing": "packages were being installed",
    "loading": "tasks were being loaded",
}

_REASONS: dict[JobStatus, str] = {
    JobStatus.QUEUED: "Waiting for a free slot.",
    JobStatus.STARTING: "Preparing its environment and loading its tasks.",
    JobStatus.RUNNING: "Running.",
    JobStatus.SUCCEEDED: "All evals succeeded.",
    JobStatus.FAILED: "It failed.",
    JobStatus.STOPPED: "Stopped.",
    JobStatus.LOST: "Its processes are gone, and no end was recorded.",
}
