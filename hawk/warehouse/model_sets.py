"""Sets of models, each stored once: a set is one number, and the same set always the same number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.warehouse.documents import REPLACEMENT
from hawk.warehouse.numbers import among
from hawk.warehouse.tables.access import model_sets
from hawk.warehouse.turns import take_turn

_TURN = "model sets"
_NO_MODEL = {"", "none", "none/none"}
"""What logs write where an eval had no model."""


async def intern(conn: AsyncConnection, models: Iterable[str]) -> int:
    """The number of a set, inside the caller's write transaction. Others may ask for the same set at once."""
    names = named(models)
    key = _key(names)
    found = await _find(conn, key)
    if found is None:
        # One writer of sets at a time: two that wait for each other's new sets would wait for ever.
        await take_turn(conn, _TURN)
        found = await _find(conn, key)
    if found is None:
        added = insert(model_sets).values(key=key, models=names).returning(model_sets.c.id)
        found = (await conn.execute(added)).scalar_one()
    return found


async def models_of(conn: AsyncConnection, set_ids: Iterable[int | None]) -> frozenset[str]:
    """The models of some sets, together; None is a set that isn't known."""
    known = {one for one in set_ids if one is not None}
    found = await conn.execute(select(model_sets.c.models).where(among(model_sets.c.id, known)))
    return frozenset(name for names in found.scalars() for name in names)


def named(models: Iterable[str]) -> list[str]:
    """The names of a set in their order, without those that stand for no model."""
    clean = {name.strip().replace("\0", REPLACEMENT) for name in models}
    return sorted(clean - _NO_MODEL)


def _key(names: list[str]) -> str:
    return hashlib.sha256(msgspec.json.encode(names)).hexdigest()


async def _find(conn: AsyncConnection, key: str) -> int | None:
    return (await conn.execute(select(model_sets.c.id).where(model_sets.c.key == key))).scalar()
