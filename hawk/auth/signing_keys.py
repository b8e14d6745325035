"""The keys of this installation: in its database, so that all its servers sign and check with the same."""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import and_, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.clock import utc_now
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.jobs import job_launches, jobs
from hawk.warehouse.tables.signing_keys import signing_keys
from hawk.warehouse.turns import take_turn

FRESH = 30.0
"""Seconds that a server signs with the key that it knows, before it looks for a newer one."""

SETTLED = timedelta(minutes=5)
"""How long after a rotation some server may still sign with the key before: :data:`FRESH`, and clocks."""

_LOOK_AGAIN = 1.0
_TURN = "signing-keys"

if TYPE_CHECKING:
    from joserfc.jwk import ECKey  # Heavy, and a command that lists needs none of it.


class Key(msgspec.Struct, frozen=True):
    """A key and its name, which tokens carry in their head (``kid``)."""

    id: str
    key: ECKey


class SigningKeys:
    """Finds keys. An unknown name is looked up at most once a second, whoever sends how many."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[str, ECKey] = {}
        self._current: Key | None = None
        self._looked = -1e9
        self._looking = asyncio.Lock()

    async def current(self) -> Key:
        """The key to sign with; made where there is none yet."""
        if self._current is None or time.monotonic() - self._looked > FRESH:
            await self._look(FRESH)
        if self._current is None:
            await self._make_first()
        assert self._current is not None  # noqa: S101 - for the type checker: the line before made it
        return self._current

    async def find(self, key_id: str) -> ECKey | None:
        """The key of a name; None where it is no key of this installation, or one that is gone."""
        if key_id not in self._known or time.monotonic() - self._looked > FRESH:
            await self._look(_LOOK_AGAIN)
        return self._known.get(key_id)

    async def _look(self, age: float) -> None:
        async with self._looking:
            if time.monotonic() - self._looked <= age:
                return
            async with self._db.read() as conn:
                rows = (await conn.execute(select(signing_keys))).mappings().all()
            self._known = {row["id"]: _imported(row["private"]) for row in rows}
            current = max(
                (row for row in rows if row["retired_at"] is None),
                key=lambda row: row["created_at"],
                default=None,
            )
            self._current = Key(current["id"], self._known[current["id"]]) if current else None
            self._looked = time.monotonic()

    async def _make_first(self) -> None:
        async with self._db.write() as conn:
            await take_turn(conn, _TURN)
            active = select(signing_keys.c.id).where(signing_keys.c.retired_at.is_(None))
            if (await conn.execute(active)).first() is None:
                await _add(conn)
        self._looked = -1e9
        await self._look(0)


async def rotate(db: Database) -> str:
    """Sign with a new key from now on; the ones before check what they signed. Returns the key's name."""
    async with db.write() as conn:
        await take_turn(conn, _TURN)
        still = signing_keys.c.retired_at.is_(None)
        await conn.execute(update(signing_keys).where(still).values(retired_at=utc_now()))
        return await _add(conn)


async def remove_dead(db: Database) -> int:
    """Remove the keys that no living token is signed with: every job of their time is at its end.

    Returns how many there were.
    """
    async with db.write() as conn:
        await take_turn(conn, _TURN)
        retired = select(signing_keys).where(signing_keys.c.retired_at < utc_now() - SETTLED)
        dead = [
            row["id"]
            for row in (await conn.execute(retired)).mappings()
            if not await _is_used(conn, row["retired_at"] + SETTLED)
        ]
        await conn.execute(delete(signing_keys).where(signing_keys.c.id.in_(dead)))
    return len(dead)


async def _is_used(conn: AsyncConnection, until: object) -> bool:
    newest = and_(job_launches.c.job_id == jobs.c.id, job_launches.c.launch == jobs.c.launch)
    going_on = and_(jobs.c.completed_at.is_(None), job_launches.c.created_at < until)
    chosen = select(jobs.c.id).join(job_launches, newest).where(going_on)
    return bool((await conn.execute(select(exists(chosen)))).scalar_one())


async def _add(conn: AsyncConnection) -> str:
    from joserfc.jwk import ECKey

    key, name = ECKey.generate_key("P-256"), secrets.token_hex(8)
    private = msgspec.json.encode(key.as_dict(private=True)).decode()
    await conn.execute(insert(signing_keys).values(id=name, private=private, created_at=utc_now()))
    return name


def _imported(private: str) -> ECKey:
    from joserfc.jwk import ECKey

    return ECKey.import_key(msgspec.json.decode(private, type=dict[str, str | list[str]]))
