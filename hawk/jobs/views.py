"""Rows as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.engine import RowMapping

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
) -> JobDetail:
    """A row with all that explains its state."""
    ended = row["status"] in TERMINAL
    progress = _progress(row["progress"])
    tasks = progress.tasks if progress else ()
    return JobDetail(
        **_common(row),
        phase=row["phase"],
        attempts=tuple(_attempt(one) for one in attempts),
        transitions=tuple(_transition(one) for one in transitions),
        tasks=tuple(map(_at_rest, tasks)) if ended else tasks,
        models=progress.models if progress else (),
        idle=progress.idle if progress and not ended else None,
        heartbeat_at=progress.time if progress else None,
        exit_code=row["exit_code"],
        log_dir=row["log_dir"],
        tail=tail,
    )


def _progress(kept: object) -> Progress | None:
    try:
        return msgspec.convert(kept, Progress) if kept else None
    except msgspec.ValidationError:
        return None  # Another Hawk's runner wrote it: the counts in the row's own columns are still good.


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
