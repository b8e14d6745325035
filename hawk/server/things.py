"""What the path of a request names, and whether its caller may see or change it: the one place to tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.access import Access, Accesses
from hawk.auth.caller import Caller
from hawk.auth.visibility import sees_eval_set, sees_job, sees_log, sees_sample
from hawk.errors import Forbidden, Hidden, NotFound
from hawk.warehouse.engine import Database
from hawk.warehouse.eval_sets import owner_of
from hawk.warehouse.tables.access import eval_sets
from hawk.warehouse.tables.results import logs, samples


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of thing that paths name: how its viewers are told, and how its eval set is found."""

    name: str
    sees: Callable[[AsyncConnection, Access, str], Awaitable[bool]]
    eval_set: Callable[[str], Select[Any]]
    fix: str


def _of_id(eval_set_id: str) -> Select[Any]:
    known = select(eval_sets.c.id).where(eval_sets.c.id == eval_set_id)
    return (
        known.union(select(logs.c.eval_set_id).where(logs.c.eval_set_id == eval_set_id)).subquery().select()
    )


def _of_log(location: str) -> Select[Any]:
    return select(logs.c.eval_set_id).where(logs.c.location == location.removeprefix("/"))


def _of_sample(name: str) -> Select[Any]:
    named: ColumnElement[bool] = or_(samples.c.uuid == name, samples.c.id == name)
    return select(samples.c.eval_set_id).where(named).order_by(samples.c.current.desc(), samples.c.pk)


async def _sees_log(conn: AsyncConnection, access: Access, location: str) -> bool:
    return await sees_log(conn, access, location.removeprefix("/"))


_KINDS = {
    "job_id": Kind(name="job", sees=sees_job, eval_set=_of_id, fix="`hawk list jobs` shows what there is."),
    "eval_set_id": Kind(
        name="eval set",
        sees=sees_eval_set,
        eval_set=_of_id,
        fix="`hawk list eval-sets` shows those there are.",
    ),
    "location": Kind(
        name="log", sees=_sees_log, eval_set=_of_log, fix="`hawk list evals --json` shows where logs are."
    ),
    "uuid": Kind(
        name="sample",
        sees=sees_sample,
        eval_set=_of_sample,
        fix="`hawk list samples` shows those there are.",
    ),
}
"""By the name of the parameter in a path."""


class Things:
    """The jobs, eval sets, logs and samples of one installation, as paths name them."""

    def __init__(self, db: Database, accesses: Accesses) -> None:
        self._db = db
        self._accesses = accesses

    async def check_view(self, caller: Caller, params: Mapping[str, Any]) -> None:
        """Raise NotFound where the caller may not know of what the path names, or where it isn't there."""
        if caller.admin:
            return
        kind, name = _named(params)
        async with self._db.read() as conn:
            access = await self._accesses.of(conn, caller)
            if not access.everything and not await kind.sees(conn, access, name):
                raise _missing(Hidden if await _eval_set(conn, kind, name) else NotFound, kind, name)

    async def check_change(self, caller: Caller, params: Mapping[str, Any]) -> None:
        """Raise NotFound as for a view, Forbidden where the caller sees the thing and doesn't own it.

        An eval set that isn't there yet is anybody's to make.
        """
        if caller.admin:
            return
        kind, name = _named(params)
        async with self._db.read() as conn:
            eval_set_id = await _eval_set(conn, kind, name)
            if eval_set_id is None:
                if kind.name == "eval set":
                    return
                raise _missing(NotFound, kind, name)
            if not await kind.sees(conn, await self._accesses.of(conn, caller), name):
                raise _missing(Hidden, kind, name)
            owner = await owner_of(conn, eval_set_id)
        if owner != caller.owner:
            raise Forbidden(f"The {kind.name} {name} is not yours.", fix="Ask its owner, or an admin.")


def names_a_thing(params: set[str]) -> bool:
    """Whether a path with these parameters names something that has an owner and viewers."""
    return not params.isdisjoint(_KINDS)


def _named(params: Mapping[str, Any]) -> tuple[Kind, str]:
    """What a path names. Raises NotFound for a name that nothing in a database can have."""
    param = next(param for param in _KINDS if param in params)
    kind, name = _KINDS[param], str(params[param])
    if "\x00" in name or any("\ud800" <= char <= "\udfff" for char in name):
        raise _missing(NotFound, kind, name)
    return kind, name


async def _eval_set(conn: AsyncConnection, kind: Kind, name: str) -> str | None:
    """The eval set of a thing; None where there is no such thing."""
    return (await conn.execute(kind.eval_set(name).limit(1))).scalar()


def _missing(error: type[NotFound], kind: Kind, name: str) -> NotFound:
    return error(f"There is no {kind.name} {name.removeprefix('/')!r}.", fix=kind.fix)
