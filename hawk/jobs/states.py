"""The states of a job and the moves between them, as one table.

Everything that changes a job's state asks :func:`allowed` first, and changes it in one place
(``hawk.jobs.store.transition``), so a state can never be reached in another way.
"""

from __future__ import annotations

from hawk.jobs.types import JobStatus

QUEUED, STARTING, RUNNING = JobStatus.QUEUED, JobStatus.STARTING, JobStatus.RUNNING
SUCCEEDED, FAILED, STOPPED, LOST = (
    JobStatus.SUCCEEDED,
    JobStatus.FAILED,
    JobStatus.STOPPED,
    JobStatus.LOST,
)

TERMINAL = frozenset({SUCCEEDED, FAILED, STOPPED, LOST})
ACTIVE = frozenset({QUEUED, STARTING, RUNNING})

OBSERVED: dict[JobStatus, frozenset[JobStatus]] = {
    QUEUED: frozenset({STARTING, RUNNING}) | TERMINAL,
    STARTING: frozenset({QUEUED, RUNNING}) | TERMINAL,
    RUNNING: frozenset({STARTING, QUEUED}) | TERMINAL,
    SUCCEEDED: frozenset(),
    FAILED: frozenset(),
    STOPPED: frozenset(),
    LOST: frozenset(),
}
"""What evidence may change within one launch. RUNNING goes back to STARTING when an attempt
crashed and the next one installs and loads; both go back to QUEUED when a backend preempts."""

RELAUNCHED: dict[JobStatus, JobStatus] = dict.fromkeys(TERMINAL, QUEUED)
"""What a user's resume does: the only way out of a terminal state, always with a new launch."""


def allowed(before: JobStatus, after: JobStatus, *, relaunch: bool = False) -> bool:
    """Whether a job may move from one state to another, by evidence or by a user's relaunch."""
    if relaunch:
        return RELAUNCHED.get(before) == after
    return after in OBSERVED[before]


def exit_code_of(status: JobStatus, runner_exit: int | None) -> int:
    """What a command ends with that waited for a job: 0, 1 it failed, 2 its config can't work."""
    if status == SUCCEEDED:
        return 0
    return 2 if status == FAILED and runner_exit == 78 else 1
