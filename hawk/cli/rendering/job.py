"""One job, with all that explains its state."""

from __future__ import annotations

from collections.abc import Iterator

from hawk.cli.output import paint
from hawk.cli.rendering.progress import model_lines, task_table
from hawk.cli.rendering.table import Column, status_text, table
from hawk.cli.rendering.times import duration, since, stamp
from hawk.cli.rendering.values import counts, plural
from hawk.cli.text import one_line
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import Attempt, JobDetail

_ATTEMPTS = (
    Column("LAUNCH", right=True),
    Column("ATTEMPT", right=True),
    Column("STARTED"),
    Column("LASTED", right=True),
    Column("EXIT", right=True),
    Column("CAUSE", elastic=True),
)


_GOES_ON = ("by ", "before ", "while ", "after ", "with ")
"""How the rest of a reason begins that goes on from the word ``stopped``."""


def job_lines(job: JobDetail) -> Iterator[str]:
    """State and reason first, then what happened, then what is going on, then what it said last."""
    yield f"{paint(job.id, 'bold')}  {_state(job)}"
    if job.reason:
        yield f"  {one_line(job.reason)}"
    yield ""
    yield from _facts(job)
    if job.tasks:
        yield from ("", *task_table(job.tasks))
    if len(job.attempts) > 1 or any(attempt.cause for attempt in job.attempts):
        yield from ("", *table(_ATTEMPTS, [_attempt(attempt) for attempt in job.attempts]))
    yield from model_lines(job.models)
    yield from _idle(job)
    if job.tail:
        yield from ("", "Its last lines:", *(f"  {one_line(line)}" for line in job.tail))


def ended_line(job: JobDetail) -> str:
    """``ID succeeded after 7s. All evals succeeded.``"""
    reason = one_line(job.reason or "")
    if reason.lower().startswith(job.status.value):
        reason = reason[len(job.status.value) :].lstrip(" .:")
    said = f"{job.id} {status_text(job.status.value)}{_lasted(job)}"
    if job.status == "stopped" and reason.startswith(_GOES_ON):
        return f"{said} {reason}"
    return f"{said}: {reason}" if reason else f"{said}."


def next_command(job: JobDetail) -> str:
    """What to type next, by the state."""
    if job.status not in TERMINAL:
        return f"hawk watch {job.id}"
    if job.status == "succeeded":
        return f"hawk list samples {job.id}"
    if job.status == "stopped":
        return f"hawk list samples {job.id}    or go on with: hawk resume {job.id}"
    return f"hawk logs {job.id}    or, when it is mended: hawk resume {job.id}"


def _state(job: JobDetail) -> str:
    ended = job.status in TERMINAL
    changed = job.transitions[-1].time if job.transitions else (job.completed_at or job.created_at)
    word = "stopping" if job.stopping and not ended else job.status.value
    phase = f" ({job.phase})" if job.phase and not ended and job.phase != job.status.value else ""
    when = f"since {stamp(changed)}, {since(changed)}{' ago' if ended else ''}"
    return f"{status_text(word)}{phase} {when}{_silence(job)}"


def _silence(job: JobDetail) -> str:
    if job.silent_seconds is None:
        return ""
    return f", {paint(f'no heartbeat for {duration(job.silent_seconds)}', 'red')}"


def _facts(job: JobDetail) -> Iterator[str]:
    yield f"  samples   {counts(job.samples)} done" + (
        f", {plural(job.samples.errors, 'error')}" if job.samples.errors else ""
    )
    if job.tokens.total:
        yield f"  tokens    {job.tokens.total:,} ({job.tokens.input:,} in, {job.tokens.output:,} out)"
    where = f"the {job.backend} backend" + (f" of {one_line(job.host)}" if job.host else "")
    yield f"  created   {stamp(job.created_at)} by {one_line(job.created_by)}, on {where}"
    if lasted := _lasted(job):
        yield f"  lasted    {lasted.removeprefix(' after ')}"
    if job.log_dir:
        yield f"  logs in   {one_line(job.log_dir)}"


def _lasted(job: JobDetail) -> str:
    if job.started_at is None or job.completed_at is None:
        return ""
    return f" after {duration((job.completed_at - job.started_at).total_seconds())}"


def _attempt(attempt: Attempt) -> list[str]:
    lasted = (attempt.ended_at - attempt.started_at).total_seconds() if attempt.ended_at else None
    return [
        str(attempt.launch),
        str(attempt.attempt),
        stamp(attempt.started_at),
        "-" if lasted is None else duration(lasted),
        "-" if attempt.exit_code is None else str(attempt.exit_code),
        attempt.cause or "",
    ]


def _idle(job: JobDetail) -> Iterator[str]:
    if job.idle is None or job.status in TERMINAL:
        return
    idle = job.idle
    name = one_line(f"{idle.task}, sample {idle.sample_id}, epoch {idle.epoch}")
    yield f"  longest idle   {name}: nothing for {duration(idle.seconds)}"
    if idle.uuid and idle.seconds > 300:
        yield f"                 end it with: hawk stop {job.id} --sample {one_line(idle.uuid)}"
