"""Eval sets or evals side by side."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.access import Access
from hawk.errors import HawkError, NotFound, UsageFault
from hawk.results.comparison import queries
from hawk.results.comparison.arms import Gathered, arm_of, gather
from hawk.results.comparison.pairing import compare, counterpart
from hawk.results.comparison.queries import Named
from hawk.results.comparison.types import Arm, Comparison
from hawk.results.service import Fresh
from hawk.warehouse.engine import Database

Side = tuple[Named, list[Gathered]]
Place = tuple[str, int, bool]


async def compare_all(
    db: Database, fresh: Fresh, access: Access, ids: Sequence[str], *, scorer: str | None, flips: bool
) -> Comparison:
    """Every arm of the ids, those of the others against the first's.

    Raises UsageFault where an id is there twice, NotFound for an id or a scorer that isn't there.
    """
    if twice := next((one for one in ids if ids.count(one) > 1), None):
        raise UsageFault(f"{twice!r} is there twice.", fix="Give each id once.")
    await _freshen(db, fresh, access, ids)
    async with db.read() as conn:
        sides = [(named, await _gather(conn, named, scorer)) for named in await _find_all(conn, access, ids)]
        if scorer is not None and not any(one.numbers() for _, arms in sides for one in arms):
            await _require_scorer(conn, [named for named, _ in sides], scorer)
    return Comparison(tuple(ids), tuple(_arms(sides, flips=flips)))


async def _freshen(db: Database, fresh: Fresh, access: Access, ids: Sequence[str]) -> None:
    """Bring up to date the eval sets that the ids are of; all of them if one of the ids isn't known."""
    async with db.read() as conn:
        known = [await queries.find(conn, access, one) for one in ids]
    if None in known:
        await fresh(None)
        return
    for eval_set in dict.fromkeys(one.eval_set_id for one in known if one is not None):
        await fresh(eval_set)


async def _find_all(conn: AsyncConnection, access: Access, ids: Sequence[str]) -> list[Named]:
    found = [(one, await queries.find(conn, access, one)) for one in ids]
    for name, named in found:
        if named is None:
            raise await _unknown(conn, access, name)
    return [named for _, named in found if named is not None]


async def _unknown(conn: AsyncConnection, access: Access, name: str) -> HawkError:
    if await queries.is_job(conn, access, name):
        return NotFound(f"{name} has no results yet.", fix=f"`hawk status {name}` says how it stands.")
    return NotFound(
        f"There is no eval set or eval {name!r}.",
        fix="`hawk list eval-sets` and `hawk list evals --all` show those there are.",
    )


async def _require_scorer(conn: AsyncConnection, compared: Sequence[Named], scorer: str) -> None:
    """A scorer without one number is either unknown or gives no numbers; only the first is an error."""
    names = await queries.scorer_names(conn, compared)
    if scorer not in names:
        there = f"Those there are: {', '.join(names)}." if names else "None of their samples is scored yet."
        raise NotFound(f"No sample of these has a score by {scorer!r}.", fix=there)


async def _gather(conn: AsyncConnection, named: Named, scorer: str | None) -> list[Gathered]:
    rows = await queries.read_samples(conn, named, scorer)
    return gather(await queries.read_evals(conn, named), rows, scorer)


def _arms(sides: Sequence[Side], *, flips: bool) -> list[Arm]:
    """By task, and within a task by the first id's arm that each is compared with; the rest behind.

    Among those of one such arm the same model comes before others.
    """
    first = sides[0][1]
    placed = [
        ((one.eval.task, number, False), arm_of(one, sides[0][0].id)) for number, one in enumerate(first)
    ]
    for named, arms in sides[1:]:
        placed += [_placed(arm_of(one, named.id), one, first, flips=flips) for one in arms]
    return [arm for _, arm in sorted(placed, key=lambda pair: pair[0])]


def _placed(arm: Arm, one: Gathered, first: Sequence[Gathered], *, flips: bool) -> tuple[Place, Arm]:
    other = counterpart(one, first)
    if isinstance(other, str):
        return (arm.task, len(first), False), msgspec.structs.replace(arm, unpaired=other)
    place = arm.task, first.index(other), other.eval.model != arm.model
    return place, msgspec.structs.replace(arm, against=compare(other, one, flips=flips))
