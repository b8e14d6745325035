"""All SQL of heartbeats: many at once, in the two statements that both kinds of database take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, select, text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.jobs.heartbeats.types import Heard, Standing
from hawk.jobs.states import ACTIVE
from hawk.jobs.types import JobStatus
from hawk.specs.control import Desired
from hawk.warehouse.columns import time_text
from hawk.warehouse.documents import to_json_without_nul
from hawk.warehouse.tables.heartbeats import heartbeats
from hawk.warehouse.tables.jobs import jobs
from hawk.warehouse.turns import take_turn


async def active(conn: AsyncConnection) -> dict[str, Standing]:
    """How every job stands that is not at an end."""
    found = await conn.execute(_STANDINGS.where(jobs.c.status.in_(sorted(ACTIVE))))
    return {row[0]: _standing(row) for row in found}


async def standing(conn: AsyncConnection, job_id: str) -> Standing | None:
    """How one job stands; None where there is none."""
    row = (await conn.execute(_STANDINGS.where(jobs.c.id == job_id))).first()
    return _standing(row) if row is not None else None


async def newest(conn: AsyncConnection, job_id: str) -> RowMapping | None:
    """The newest heartbeat of a job."""
    return (await conn.execute(select(heartbeats).where(heartbeats.c.job_id == job_id))).mappings().first()


async def of_active(conn: AsyncConnection) -> dict[str, RowMapping]:
    """The newest heartbeat of each job that is not at an end, by the job's id."""
    mine = heartbeats.c.job_id == jobs.c.id
    chosen = select(heartbeats).join(jobs, mine).where(jobs.c.status.in_(sorted(ACTIVE)))
    return {row["job_id"]: row for row in (await conn.execute(chosen)).mappings()}


async def put(conn: AsyncConnection, beats: Sequence[Heard]) -> set[str]:
    """Write heartbeats, one of each job at most. Returns the jobs whose heartbeat counted.

    One that is older than what is there, or whose launch is over, changes nothing.
    """
    # Two servers that write the same rows in another order would wait for each other.
    await take_turn(conn, "heartbeats")
    kind = conn.dialect.name
    heads = [_head(beat) for beat in beats]
    taken = {row[0] for row in await conn.execute(_PUT[kind], {"beats": to_json_without_nul(heads)})}
    changed = [_head(beat) | beat.columns() for beat in beats if beat.job_id in taken and beat.progress]
    if changed:
        await conn.execute(_PROGRESS[kind], {"beats": to_json_without_nul(changed)})
    return taken


def _head(beat: Heard) -> dict[str, Any]:
    row = {name: getattr(beat, name) for name in ("job_id", "launch", "attempt", "seq", "outcome")}
    return {**row, "heard_at": time_text(beat.heard_at)}


def _standing(row: Sequence[Any]) -> Standing:
    _, launch, status, desired, heard_launch, attempt = row
    return Standing(
        launch=launch,
        status=JobStatus(status),
        attempt=attempt if heard_launch == launch else 0,
        desired=_desired(desired, launch),
    )


def _desired(kept: Mapping[str, Any] | None, launch: int) -> Desired | None:
    desired = msgspec.convert(kept, Desired) if kept else None
    return desired if desired is not None and desired.launch == launch else None


_STANDINGS = select(
    jobs.c.id, jobs.c.launch, jobs.c.status, jobs.c.desired, heartbeats.c.launch, heartbeats.c.attempt
).outerjoin(heartbeats, and_(heartbeats.c.job_id == jobs.c.id))

_HEAD = {
    "job_id": "text",
    "launch": "integer",
    "attempt": "integer",
    "seq": "bigint",
    "heard_at": "timestamptz",
    "outcome": "jsonb",
}
_FILLED = {
    "phase": "text",
    "progress": "jsonb",
    "samples_done": "integer",
    "samples_total": "integer",
    "samples_errors": "integer",
    "tokens_input": "bigint",
    "tokens_output": "bigint",
    "tokens_total": "bigint",
}
_TOLD = {"job_id": "text", "launch": "integer", "heard_at": "timestamptz", **_FILLED}
_ACTIVE = ", ".join(f"'{status.value}'" for status in sorted(ACTIVE))


def _source(kind: str, columns: Mapping[str, str]) -> str:
    """The heartbeats as a table. No value of a caller's is in any text: they are one parameter, as JSON."""
    if kind == "postgresql":
        named = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        return f"jsonb_to_recordset(CAST(:beats AS jsonb)) AS beat({named})"
    named = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {named} FROM json_each(:beats)) AS beat"  # noqa: S608


# The plus keeps SQLite from going through all jobs of a status, and through all heartbeats for each.
_IS_ACTIVE = {"postgresql": f"jobs.status IN ({_ACTIVE})", "sqlite": f"+jobs.status IN ({_ACTIVE})"}
_PUT = {
    kind: text(f"""
        INSERT INTO heartbeats (job_id, launch, attempt, seq, heard_at, outcome)
        SELECT beat.job_id, beat.launch, beat.attempt, beat.seq, beat.heard_at, beat.outcome
        FROM {_source(kind, _HEAD)} JOIN jobs ON jobs.id = beat.job_id AND jobs.launch = beat.launch
        WHERE {_IS_ACTIVE[kind]}
        ON CONFLICT (job_id) DO UPDATE SET launch = excluded.launch, attempt = excluded.attempt,
            seq = excluded.seq, heard_at = excluded.heard_at,
            outcome = CASE WHEN (heartbeats.launch, heartbeats.attempt) = (excluded.launch, excluded.attempt)
                THEN COALESCE(excluded.outcome, heartbeats.outcome) ELSE excluded.outcome END
        WHERE (heartbeats.launch, heartbeats.attempt, heartbeats.seq)
            < (excluded.launch, excluded.attempt, excluded.seq)
        RETURNING job_id""")  # noqa: S608
    for kind in _IS_ACTIVE
}
_PROGRESS = {
    kind: text(f"""
        UPDATE jobs SET updated_at = beat.heard_at, {", ".join(f"{name} = beat.{name}" for name in _FILLED)}
        FROM {_source(kind, _TOLD)}
        WHERE jobs.id = beat.job_id AND jobs.launch = beat.launch AND {_IS_ACTIVE[kind]}""")  # noqa: S608
    for kind in _IS_ACTIVE
}
