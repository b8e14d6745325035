"""Rows as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.engine import RowMapping

from hawk.clock import utc_now
from hawk.jobs.heard import kept_progress, silent_seconds
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import Attempt, Counts, Job, JobDetail, JobStatus, Transition
from hawk.specs.control import Progress, TaskProgress, TokenCounts


def job_of(row: RowMapping) -> Job:
    """A row as a list shows it."""
    return Job(**_common(row))


def detail_of(
    row: RowMapping,
    attempts: Sequence[RowMapping],
    transitions: Sequence[RowMapping],
    tail: tuple[str, ...],
    heard: RowMapping | None,
) -> JobDetail:
    """A row with all that explains its state. ``heard`` is its newest heartbeat over HTTP."""
    ended = row["status"] in TERMINAL
    progress = kept_progress(row["progress"])
    heard_at = _heard_at(row, progress, heard)
    tasks = progress.tasks if progress else ()
    return JobDetail(
        **_common(row),
        phase=row["phase"],
        attempts=tuple(_attempt(one) for one in attempts),
        transitions=tuple(_transition(one) for one in transitions),
        tasks=tuple(map(_at_rest, tasks)) if ended else tasks,
        models=progress.models if progress else (),
        idle=progress.idle if progress and not ended else None,
        heartbeat_at=heard_at,
        silent_seconds=silent_seconds(heard_at, utc_now()) if _should_speak(row, progress, heard) else None,
        exit_code=row["exit_code"],
        log_dir=row["log_dir"],
        tail=tail,
        host=row["host_name"],
    )


def _heard_at(row: RowMapping, progress: Progress | None, heard: RowMapping | None) -> datetime | None:
    """When its runner last said something: by the server's clock where it came over HTTP."""
    if heard is not None and heard["launch"] == row["launch"]:
        return heard["heard_at"]
    return progress.time if progress else None


def _should_speak(row: RowMapping, progress: Progress | None, heard: RowMapping | None) -> bool:
    """Whether the job's newest attempt is at work, and has begun to say how it stands."""
    said = [progress.attempt] if progress and progress.launch == row["launch"] else []
    said += [heard["attempt"]] if heard is not None and heard["launch"] == row["launch"] else []
    at_work = row["status"] in {JobStatus.STARTING, JobStatus.RUNNING}
    return at_work and max(said, default=0) >= max(row["attempt"], 1)


def _at_rest(task: TaskProgress) -> TaskProgress:
    """A task as it is when nothing runs any more: the last report may have come before that."""
    return msgspec.structs.replace(task, samples=msgspec.structs.replace(task.samples, running=0))


def _common(row: RowMapping) -> dict[str, Any]:
    names = ("id", "kind", "name", "reason", "stopping", "backend", "created_by", "launch", "attempt")
    times = ("created_at", "started_at", "completed_at")
    return {
        **{name: row[name] for name in (*names, *times)},
        "status": JobStatus(row["status"]),
        "samples": Counts(done=row["samples_done"], total=row["samples_total"], errors=row["samples_errors"]),
        "tokens": TokenCounts(
            input=row["tokens_input"], output=row["tokens_output"], total=row["tokens_total"]
        ),
    }


def _attempt(row: RowMapping) -> Attempt:
    return Attempt(**{name: row[name] for name in Attempt.__struct_fields__})


def _transition(row: RowMapping) -> Transition:
    return Transition(time=row["time"], status=JobStatus(row["status"]), reason=row["reason"])
