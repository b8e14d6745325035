"""The filter of every query: which logs, eval sets and jobs a caller may see.

Nothing reads what logs or jobs say without one of these, and the structs of filters can't be made
without an :class:`Access`, so that no route can forget it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.access import Access
from hawk.warehouse.numbers import among
from hawk.warehouse.tables.access import eval_sets, log_model_sets
from hawk.warehouse.tables.results import logs, samples

Conditions = tuple[ColumnElement[bool], ...]


def visible(access: Access, log_id: ColumnElement[int]) -> Conditions:
    """Which logs, by their ids: nothing for a caller who may see everything.

    Those whose models the caller has all; and of the caller's own eval sets those whose models aren't
    known yet, or that they took in and of which the map doesn't know some model.
    """
    if access.everything:
        return ()
    return (or_(log_id.in_(_of_models(access)), log_id.in_(_own(access))),)


def visible_eval_sets(access: Access, eval_set_id: ColumnElement[str]) -> Conditions:
    """Which eval sets that jobs ran in, and so which jobs, by their ids."""
    if access.everything:
        return ()
    mine = eval_sets.alias("sets_of_jobs")
    unknown = and_(mine.c.model_set_id.is_(None), mine.c.created_by == access.name)
    chosen = select(mine.c.id).where(mine.c.of_jobs, or_(among(mine.c.model_set_id, access.sets), unknown))
    return (eval_set_id.in_(chosen),)


async def sees_log(conn: AsyncConnection, access: Access, location: str) -> bool:
    """Whether the caller may see the log at a place. One that isn't imported yet is the admins' alone."""
    if access.everything:
        return True
    return await _any(conn, select(logs.c.id).where(logs.c.location == location, *visible(access, logs.c.id)))


async def sees_eval_set(conn: AsyncConnection, access: Access, eval_set_id: str) -> bool:
    """Whether the caller may see anything of an eval set, or of the job of its id."""
    if access.everything:
        return True
    mine = logs.c.eval_set_id == eval_set_id
    if await _any(conn, select(logs.c.id).where(mine, *visible(access, logs.c.id))):
        return True
    known = select(eval_sets.c.id).where(eval_sets.c.id == eval_set_id)
    without_jobs = and_(~eval_sets.c.of_jobs, eval_sets.c.created_by == access.name)
    return await _any(conn, known.where(or_(without_jobs, *visible_eval_sets(access, eval_sets.c.id))))


async def sees_job(conn: AsyncConnection, access: Access, job_id: str) -> bool:
    """Whether the caller may see what ran as a job of this id, deleted since or not."""
    if access.everything:
        return True
    known = select(eval_sets.c.id).where(eval_sets.c.id == job_id)
    return await _any(conn, known.where(*visible_eval_sets(access, eval_sets.c.id)))


async def sees_sample(conn: AsyncConnection, access: Access, name: str) -> bool:
    """Whether the caller may see a sample of this uuid, or this id of Hawk's."""
    if access.everything:
        return True
    named = or_(samples.c.uuid == name, samples.c.id == name)
    return await _any(conn, select(samples.c.pk).where(named, *visible(access, samples.c.log_id)))


def _of_models(access: Access) -> Select[Any]:
    of = log_model_sets.alias("visible")
    return select(of.c.log_id).where(among(of.c.model_set_id, access.sets)).correlate(None)


def _own(access: Access) -> Select[Any]:
    own, whose, of = logs.alias("own"), eval_sets.alias("whose"), log_model_sets.alias("own_sets")
    unmapped = and_(~whose.c.of_jobs, among(of.c.model_set_id, access.partial))
    joined = own.join(whose, whose.c.id == own.c.eval_set_id).outerjoin(of, of.c.log_id == own.c.id)
    chosen = select(own.c.id).select_from(joined).where(whose.c.created_by == access.name)
    return chosen.where(or_(of.c.model_set_id.is_(None), unmapped)).correlate(None)


async def _any(conn: AsyncConnection, chosen: Select[Any]) -> bool:
    return (await conn.execute(chosen.limit(1))).first() is not None
