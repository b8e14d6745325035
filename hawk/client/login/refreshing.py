"""An access token that is good now: replaced before its end, by one command at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Final

from hawk.client.login.place import provider_http
from hawk.client.login.record import Login
from hawk.client.login.store import Logins
from hawk.client.login.token_endpoint import Granted, ask, renewed
from hawk.errors import NotLoggedIn, Unavailable

MOMENT: Final = 10.0
"""Seconds that Ctrl-C waits for a refresh that is under way."""


async def fresh(logins: Logins, login: Login, refused: str | None = None) -> Login:
    """``login``, or what took its place, with a token that is good now and wasn't ``refused``.

    Raises NotLoggedIn where only a person can get one, Unavailable where the provider is away.
    """
    if is_fine(login, refused):
        return login
    try:
        async with logins.locked(login.server):
            # Another command may have been here first: its refresh token is used up by now.
            current = logins.find(login.server, lambda one: one.key == login.key)
            if current is None:
                raise _expired()
            if is_fine(current, refused):
                return current
            return await _to_its_end(_refreshed(logins, current, refused))
    except OSError as error:
        # A home that can't be written: a refresh token is good once, so none is used up there.
        return _as_it_is(login, refused, error)


async def _to_its_end(work: Coroutine[None, None, Login]) -> Login:
    """Ctrl-C must not come between the provider's answer and the store: it is heard a moment later."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=MOMENT)
        raise


async def _refreshed(logins: Logins, login: Login, refused: str | None) -> Login:
    """A login after a refresh, kept before it is used. Who calls holds the lock."""
    if login.refresh_token is None:
        return _as_it_is(login, refused, _expired())
    form = {
        "grant_type": "refresh_token",
        "refresh_token": login.refresh_token,
        "client_id": login.client_id,
    }
    try:
        # A disk that takes nothing more is to be found out before the refresh token is used up.
        logins.put(login)
        async with provider_http() as http:
            answer = await ask(http, login.token_endpoint, form)
    except Unavailable as error:
        return _as_it_is(login, refused, error)
    if not isinstance(answer, Granted):
        return _as_it_is(login, refused, _expired())
    new = renewed(login, answer)
    logins.put(new)
    return new


def is_fine(login: Login, refused: str | None = None) -> bool:
    """Whether a login's token will do, and isn't one that was refused."""
    return login.access_token != refused and not login.is_due(time.time())


def _as_it_is(login: Login, refused: str | None, error: Exception) -> Login:
    """The login for as long as its token still lasts; then raises the error."""
    if login.access_token != refused and login.is_valid(time.time()):
        return login
    raise error


def _expired() -> NotLoggedIn:
    return NotLoggedIn("Your login has expired.", fix="Log in with: hawk login")
