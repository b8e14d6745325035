"""Sessions of browsers: begun by a login, renewed at the provider, ended by a logout."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import RowMapping

from hawk.auth.caller import Caller
from hawk.auth.groups import normal_groups
from hawk.auth.oidc.authenticator import Users
from hawk.auth.oidc.faults import invalid
from hawk.auth.oidc.provider import Provider
from hawk.auth.web.attempts import Attempt
from hawk.auth.web.cookies import SESSION, csrf_of, new_secret, read_cookie, session_id
from hawk.auth.web.grants import Granted, Grants
from hawk.auth.web.sealing import seal, unseal
from hawk.clock import utc_now
from hawk.errors import Busy, InvalidToken
from hawk.warehouse.engine import Database
from hawk.warehouse.lease import holding
from hawk.warehouse.tables.callers import web_sessions

RENEWED_LATELY = timedelta(seconds=20)
"""Two pages that renew one session at once get the same answer: the provider takes a refresh token once."""

_LEASE, _PATIENCE, _PAUSE = 15.0, 10.0, 0.1
_OVER = "Your login is over."
_LOG_IN = "Log in again."


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its browser gets it: the cookie's value, what pages repeat, and its life in seconds."""

    secret: str
    csrf: str
    seconds: float


class Sessions:
    """The sessions of an installation: an authenticator by a browser's cookie."""

    def __init__(self, db: Database, provider: Provider, users: Users) -> None:
        self._db = db
        self._users = users
        self._settings = provider.settings
        self.grants = Grants(provider)

    async def begin(self, granted: Granted, attempt: Attempt) -> Session:
        """A session of the user who logged in. Raises InvalidToken where the tokens are not of this login."""
        if granted.id_token is None:
            raise invalid("The login provider sent no id token.", fix=_LOG_IN)
        identity = await self._users.tokens.identity(granted.id_token, self.grants.client_id, attempt.nonce)
        caller = await self._users.caller(granted.access_token)
        if identity["sub"] != caller.owner:
            raise invalid("The login provider's tokens are of two users.", fix=_LOG_IN)
        secret, now = new_secret(), utc_now()
        whole = timedelta(days=self._settings.session_days)
        values = {
            "id": session_id(secret),
            "created_at": now,
            "expires_at": now + whole,
            **_of_user(caller),
            "refresh": _sealed(secret, granted),
        }
        async with self._db.write() as conn:
            await conn.execute(insert(web_sessions).values(values))
        return Session(secret=secret, csrf=csrf_of(secret), seconds=whole.total_seconds())

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Whose browser it is; None where it has no session. Raises InvalidToken for one that is over."""
        secret = read_cookie(headers, SESSION)
        if secret is None:
            return None
        row = await self._row(secret)
        until: datetime = row["access_until"]
        if until + timedelta(seconds=self._settings.leeway) <= utc_now():
            raise InvalidToken("Your session must be renewed.", fix="POST /auth/refresh, or log in again.")
        groups = frozenset[str](row["groups"])
        return Caller(
            name=row["name"],
            subject=row["subject"],
            groups=groups,
            admin=bool(groups & normal_groups(self._settings.admin_groups)),
            csrf=csrf_of(secret),
            expires_at=until.timestamp(),
        )

    async def renew(self, secret: str) -> None:
        """Ask the provider what it says of the user now. Raises InvalidToken where the login is over."""
        give_up = time.monotonic() + _PATIENCE
        while time.monotonic() < give_up:
            async with holding(self._db, f"session {session_id(secret)}", uuid.uuid4().hex, _LEASE) as lease:
                if lease is not None:
                    await self._renew(secret, await self._row(secret))
                    return
            await asyncio.sleep(_PAUSE)
        raise Busy("Another page is renewing this session.", fix="Try again.")

    async def end(self, secret: str) -> None:
        """End a session here and at the provider. One that is over already stays so."""
        async with self._db.write() as conn:
            mine = web_sessions.c.id == session_id(secret)
            gone = (
                await conn.execute(delete(web_sessions).where(mine).returning(web_sessions.c.refresh))
            ).scalar()
        token = unseal(secret, gone) if gone else None
        if token is not None:
            await self.grants.revoke(token)

    async def _renew(self, secret: str, row: RowMapping) -> None:
        if row["renewed_at"] is not None and utc_now() - row["renewed_at"] < RENEWED_LATELY:
            return
        token = unseal(secret, row["refresh"]) if row["refresh"] else None
        if token is None:
            raise InvalidToken("This session can't be renewed.", fix=_LOG_IN)
        try:
            granted = await self.grants.refresh(token)
            caller = await self._users.caller(granted.access_token)
        except InvalidToken:
            await self.end(secret)
            raise
        if caller.owner != row["subject"]:
            await self.end(secret)
            raise invalid("The login provider renewed another user's login.", fix=_LOG_IN)
        values = {**_of_user(caller), "renewed_at": utc_now()}
        if granted.refresh_token is not None:
            values["refresh"] = _sealed(secret, granted)
        async with self._db.write() as conn:
            mine = web_sessions.c.id == session_id(secret)
            await conn.execute(update(web_sessions).where(mine).values(values))

    async def _row(self, secret: str) -> RowMapping:
        async with self._db.read() as conn:
            mine = select(web_sessions).where(web_sessions.c.id == session_id(secret))
            row = (await conn.execute(mine)).mappings().first()
        if row is None or row["expires_at"] <= utc_now():
            raise InvalidToken(_OVER, fix=_LOG_IN)
        return row


def _of_user(caller: Caller) -> dict[str, Any]:
    return {
        "subject": caller.owner,
        "name": caller.name,
        "groups": sorted(caller.groups),
        "access_until": datetime.fromtimestamp(caller.expires_at or 0, UTC),
    }


def _sealed(secret: str, granted: Granted) -> str | None:
    return None if granted.refresh_token is None else seal(secret, granted.refresh_token)
