"""All SQL of jobs. A job's state changes in :func:`transition` and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.backends.execution.protocol import AttemptEvidence
from hawk.errors import Conflict
from hawk.jobs.states import ACTIVE, allowed
from hawk.jobs.types import JobStatus
from hawk.specs.control import Progress
from hawk.warehouse.tables.jobs import job_attempts, job_launches, job_transitions, jobs

Rows = Sequence[RowMapping]

_ACTIVE = jobs.c.status.in_(sorted(ACTIVE))
_UNSETTLED = or_(_ACTIVE, jobs.c.deleting)
_NEWEST = and_(job_launches.c.job_id == jobs.c.id, job_launches.c.launch == jobs.c.launch)


async def get(conn: AsyncConnection, job_id: str) -> RowMapping | None:
    """The row of a job."""
    found = await conn.execute(select(jobs).where(jobs.c.id == job_id))
    return found.mappings().first()


async def held(conn: AsyncConnection, job_id: str) -> RowMapping | None:
    """The row of a job, which nobody else changes until this write transaction ends.

    Whoever reads a job to decide what to write of it holds it first: its other rows follow it.
    """
    found = await conn.execute(select(jobs).where(jobs.c.id == job_id).with_for_update())
    return found.mappings().first()


async def unsettled(conn: AsyncConnection, hosts: Iterable[str | None]) -> Rows:
    """The rows of the jobs not at an end, or not gone, on some machines (None: on no one machine)."""
    mine = or_(*(jobs.c.host == host for host in hosts))  # None is made IS NULL
    found = await conn.execute(select(jobs).where(_UNSETTLED, mine))
    return found.mappings().all()


async def waiting(conn: AsyncConnection) -> Rows:
    """The jobs that a limit holds back, in the order in which they may go: by priority, then age.

    With the ``owner`` of the launch, as :func:`running`.
    """
    held_back = and_(_ACTIVE, jobs.c.waits_for.is_not(None), ~jobs.c.stopping)
    order = (jobs.c.priority.desc(), job_launches.c.created_at, jobs.c.id)
    return (await conn.execute(_launched().where(held_back).order_by(*order))).mappings().all()


async def running(conn: AsyncConnection) -> Rows:
    """The jobs that no limit holds back, and that are not at an end."""
    return (await conn.execute(_launched().where(_ACTIVE, jobs.c.waits_for.is_(None)))).mappings().all()


def _launched() -> Select[Any]:
    return select(jobs, job_launches.c.created_by.label("owner")).join(job_launches, _NEWEST)


async def set_waiting(conn: AsyncConnection, job_id: str, launch: int, reason: str | None) -> None:
    """Say what a launch waits for; None: it may run, which nothing takes back."""
    mine = and_(jobs.c.id == job_id, jobs.c.launch == launch, jobs.c.waits_for.is_not(None))
    said = reason or "Its turn has come."
    await conn.execute(update(jobs).where(mine).values(waits_for=reason, reason=said))


def is_active(row: RowMapping, launch: int) -> bool:
    """Whether a job is at ``launch``, and that is not at an end."""
    return row["launch"] == launch and row["status"] in ACTIVE


async def unsettled_launches(conn: AsyncConnection) -> dict[str, RowMapping]:
    """The newest launch of each job that is not at an end, or not gone, by the job's id."""
    chosen = select(job_launches).join(jobs, _NEWEST).where(_UNSETTLED)
    return {row["job_id"]: row for row in (await conn.execute(chosen)).mappings()}


async def add_job(conn: AsyncConnection, values: dict[str, Any], reason: str) -> None:
    """Add a job in its first state, with the record of how it came to be."""
    await conn.execute(insert(jobs).values(values))
    await _record(conn, values["id"], values["created_at"], JobStatus(values["status"]), reason)


async def add_launch(conn: AsyncConnection, values: dict[str, Any]) -> None:
    """Add a launch: who asked for it, by which key."""
    await conn.execute(insert(job_launches).values(values))


async def launch_by_key(conn: AsyncConnection, owner: str, key: str) -> RowMapping | None:
    """The launch that a user's key stands for."""
    chosen = select(job_launches).where(job_launches.c.created_by == owner, job_launches.c.key == key)
    return (await conn.execute(chosen)).mappings().first()


async def newest_launch(conn: AsyncConnection, job_id: str) -> RowMapping | None:
    """The row of a job's newest launch."""
    chosen = (
        select(job_launches)
        .where(job_launches.c.job_id == job_id)
        .order_by(job_launches.c.launch.desc())
        .limit(1)
    )
    return (await conn.execute(chosen)).mappings().first()


async def set_launch(conn: AsyncConnection, job_id: str, launch: int, values: dict[str, Any]) -> None:
    """Change columns of a launch."""
    mine = and_(job_launches.c.job_id == job_id, job_launches.c.launch == launch)
    await conn.execute(update(job_launches).where(mine).values(values))


async def transition(
    conn: AsyncConnection,
    job_id: str,
    after: JobStatus,
    reason: str,
    now: datetime,
    *,
    launch: int,
    relaunch: bool = False,
    values: dict[str, Any] | None = None,
) -> bool:
    """Move a job to another state, with its time and reason, inside the caller's write transaction.

    Nothing happens (False) where the state is there already, where the table of states does not
    allow the move, or where ``launch`` is not the launch that the job is at: evidence that came late
    changes nothing. ``values`` are columns that change along with the state.
    """
    row = await held(conn, job_id)
    if row is None or row["status"] == after:
        return False
    expected = launch - 1 if relaunch else launch
    if row["launch"] != expected or not allowed(JobStatus(row["status"]), after, relaunch=relaunch):
        return False
    changed = {"status": after, "reason": reason, "updated_at": now, **(values or {})}
    await conn.execute(update(jobs).where(jobs.c.id == job_id).values(changed))
    await _record(conn, job_id, now, after, reason)
    return True


async def set_values(conn: AsyncConnection, job_id: str, values: dict[str, Any]) -> None:
    """Change columns of a job that are not its state."""
    await conn.execute(update(jobs).where(jobs.c.id == job_id).values(values))


async def put_attempts(conn: AsyncConnection, job_id: str, seen: Sequence[AttemptEvidence]) -> None:
    """Make the rows of a job's attempts say what the backend saw."""
    known = {(row["launch"], row["attempt"]): row for row in await attempts(conn, job_id)}
    for one in seen:
        values = msgspec.structs.asdict(one)
        before = known.get((one.launch, one.attempt))
        if before is None:
            await conn.execute(insert(job_attempts).values(job_id=job_id, **values))
        elif before["ended_at"] is None and any(before[name] != value for name, value in values.items()):
            await conn.execute(update(job_attempts).where(_attempt(job_id, one)).values(values))


async def attempts(conn: AsyncConnection, job_id: str) -> Sequence[RowMapping]:
    """A job's attempts in order."""
    order = (job_attempts.c.launch, job_attempts.c.attempt)
    found = await conn.execute(select(job_attempts).where(job_attempts.c.job_id == job_id).order_by(*order))
    return found.mappings().all()


async def transitions(conn: AsyncConnection, job_id: str) -> Sequence[RowMapping]:
    """A job's changes of state in order."""
    mine = select(job_transitions).where(job_transitions.c.job_id == job_id).order_by(job_transitions.c.id)
    return (await conn.execute(mine)).mappings().all()


async def forget(conn: AsyncConnection, job_id: str, launch: int | None = None) -> None:
    """Remove a job's rows, if it is still at ``launch``. Its records in storage stay.

    Of two who delete a job, one may be done when its id is taken anew, by a later launch.
    """
    row = await held(conn, job_id)
    if launch is not None and (row is None or row["launch"] != launch):
        return
    for table in (job_attempts, job_transitions, job_launches):
        await conn.execute(delete(table).where(table.c.job_id == job_id))
    await conn.execute(delete(jobs).where(jobs.c.id == job_id))


async def page(
    conn: AsyncConnection,
    *,
    where: Sequence[ColumnElement[bool]],
    after: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Jobs, newest first, from behind ``after`` (the time and id of the last one seen)."""
    chosen = select(jobs).where(*where).order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit)
    if after is not None:
        time, job_id = after
        older = jobs.c.created_at < time
        chosen = chosen.where(or_(older, and_(jobs.c.created_at == time, jobs.c.id < job_id)))
    return (await conn.execute(chosen)).mappings().all()


async def count(conn: AsyncConnection, *, where: Sequence[ColumnElement[bool]]) -> int:
    """How many jobs there are on all pages."""
    return (await conn.execute(select(func.count()).select_from(jobs).where(*where))).scalar_one()


def progress_values(progress: Progress) -> dict[str, Any]:
    """The columns that a progress report fills, whichever attempt it is from."""
    total = sum(task.samples.total for task in progress.tasks)
    return {
        "progress": msgspec.to_builtins(progress),
        "samples_done": sum(task.samples.done for task in progress.tasks),
        "samples_total": total or None,
        "samples_errors": sum(task.samples.errors for task in progress.tasks),
        "tokens_input": progress.tokens.input,
        "tokens_output": progress.tokens.output,
        "tokens_total": progress.tokens.total,
    }


async def require(conn: AsyncConnection, job_id: str, launch: int) -> RowMapping:
    """The row of a job that must still be at ``launch``, held."""
    row = await held(conn, job_id)
    if row is None or row["launch"] != launch:
        raise Conflict(f"{job_id} was changed by somebody else meanwhile.", fix="Look at it and try again.")
    return row


async def _record(conn: AsyncConnection, job_id: str, time: datetime, status: JobStatus, reason: str) -> None:
    await conn.execute(insert(job_transitions).values(job_id=job_id, time=time, status=status, reason=reason))


def _attempt(job_id: str, one: AttemptEvidence) -> ColumnElement[bool]:
    return and_(
        job_attempts.c.job_id == job_id,
        job_attempts.c.launch == one.launch,
        job_attempts.c.attempt == one.attempt,
    )
