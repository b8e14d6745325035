"""Whose an eval set is, and which models it and its logs need: written here, and nowhere else.

A set of models only grows. Where jobs ran, the eval set has one for all: whoever may see the job may see
each of its logs, and the other way round. Elsewhere (imported, or another Hawk's) each log has its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, delete, insert, literal, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.warehouse.model_sets import intern, models_of
from hawk.warehouse.tables.access import eval_sets, log_model_sets
from hawk.warehouse.tables.results import logs
from hawk.warehouse.turns import take_turn


async def declare(conn: AsyncConnection, eval_set_id: str, user: str, models: Iterable[str]) -> None:
    """A job of ``user`` runs in an eval set, and its config names these models.

    Those that the logs in it have already are added, and all of them become the logs'. An id that
    nobody owns is the user's from now on.
    """
    row = await _held(conn, eval_set_id)
    declared = frozenset(models)
    values = {"created_by": row["created_by"] or user, "of_jobs": True}
    await _set(conn, eval_set_id, values)
    known = await _set_ids_of_logs(conn, eval_set_id)
    before = await models_of(conn, [*known, row["model_set_id"]])
    if declared or known or row["model_set_id"] is not None:
        await _share(conn, eval_set_id, row, declared | before)


async def claim(conn: AsyncConnection, eval_set_id: str, user: str) -> str:
    """An eval set that nobody owns yet is the user's from now on. Returns who owns it."""
    row = await _held(conn, eval_set_id)
    if row["created_by"] is not None:
        return row["created_by"]
    await _set(conn, eval_set_id, {"created_by": user})
    return user


async def show_models(
    conn: AsyncConnection, log_id: int, eval_set_id: str, models: frozenset[str] | None
) -> None:
    """A log has these models now; None where it can't be read, so that only its eval set's are known."""
    row = await _held(conn, eval_set_id)
    if row["of_jobs"]:
        shared = row["model_set_id"]
        if models is not None or shared is not None:
            known = await models_of(conn, [shared])
            await _share(conn, eval_set_id, row, known | (models or frozenset()))
    elif models is not None:
        before = await _set_of_log(conn, log_id)
        known = await models_of(conn, [before])
        await _put(conn, log_id, before, await intern(conn, known | models))


async def owner_of(conn: AsyncConnection, eval_set_id: str) -> str | None:
    """Who may change an eval set; None where nobody but an admin may, or where there is none."""
    row = await _find(conn, eval_set_id)
    return None if row is None else row["created_by"]


async def _share(conn: AsyncConnection, eval_set_id: str, row: RowMapping, models: frozenset[str]) -> None:
    """Make these the models of an eval set and of every log of it."""
    set_id = await intern(conn, models)
    if set_id != row["model_set_id"]:
        await _set(conn, eval_set_id, {"model_set_id": set_id})
    mine = select(logs.c.id).where(logs.c.eval_set_id == eval_set_id)
    same = select(log_model_sets.c.log_id).where(log_model_sets.c.model_set_id == set_id)
    others = mine.where(logs.c.id.not_in(same))
    await conn.execute(delete(log_model_sets).where(log_model_sets.c.log_id.in_(others)))
    await conn.execute(insert(log_model_sets).from_select(["log_id", "model_set_id"], _with(others, set_id)))


def _with(chosen: Select[Any], set_id: int) -> Select[Any]:
    return chosen.add_columns(literal(set_id))


async def _put(conn: AsyncConnection, log_id: int, before: int | None, set_id: int) -> None:
    if before is None:
        await conn.execute(insert(log_model_sets).values(log_id=log_id, model_set_id=set_id))
    elif before != set_id:
        mine = log_model_sets.c.log_id == log_id
        await conn.execute(update(log_model_sets).where(mine).values(model_set_id=set_id))


async def _held(conn: AsyncConnection, eval_set_id: str) -> RowMapping:
    """The row of an eval set, made if need be, which nobody else changes until this transaction ends."""
    found = await _find(conn, eval_set_id, hold=True)
    if found is None:
        await take_turn(conn, _turn_of(eval_set_id))
        found = await _find(conn, eval_set_id, hold=True)
    if found is None:
        added = insert(eval_sets).values(id=eval_set_id).returning(eval_sets)
        found = (await conn.execute(added)).mappings().one()
    return found


async def _find(conn: AsyncConnection, eval_set_id: str, *, hold: bool = False) -> RowMapping | None:
    chosen = select(eval_sets).where(eval_sets.c.id == eval_set_id)
    return (await conn.execute(chosen.with_for_update() if hold else chosen)).mappings().first()


async def _set(conn: AsyncConnection, eval_set_id: str, values: dict[str, Any]) -> None:
    await conn.execute(update(eval_sets).where(eval_sets.c.id == eval_set_id).values(values))


async def _set_of_log(conn: AsyncConnection, log_id: int) -> int | None:
    chosen = select(log_model_sets.c.model_set_id).where(log_model_sets.c.log_id == log_id)
    return (await conn.execute(chosen)).scalar()


async def _set_ids_of_logs(conn: AsyncConnection, eval_set_id: str) -> set[int]:
    chosen = (
        select(log_model_sets.c.model_set_id)
        .distinct()
        .join(logs, logs.c.id == log_model_sets.c.log_id)
        .where(logs.c.eval_set_id == eval_set_id)
    )
    return set((await conn.execute(chosen)).scalars())


def _turn_of(eval_set_id: str) -> str:
    return f"row of {eval_set_id}"
