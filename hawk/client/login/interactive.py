"""A person's login, from where to what is kept; and its end."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import httpx

from hawk.client.login.place import Endpoints, LoginPlace, discover, provider_http
from hawk.client.login.record import Login
from hawk.client.login.store import Logins
from hawk.client.login.token_endpoint import Granted, lifetime_of
from hawk.settings import LoginSettings

Method = Callable[[httpx.AsyncClient, Endpoints, LoginPlace], Awaitable[Granted]]


async def log_in(
    logins: Logins, server: str, place: LoginPlace, said: LoginSettings, method: Method
) -> Login:
    """Log in at a place by a method, and keep the login."""
    async with provider_http() as http:
        endpoints = await discover(http, place.issuer, said)
        granted = await method(http, endpoints, place)
    lifetime = lifetime_of(granted)
    login = Login(
        server=server,
        issuer=place.issuer,
        client_id=place.client_id,
        token_endpoint=endpoints.token_endpoint,
        revocation_endpoint=endpoints.revocation_endpoint,
        access_token=granted.access_token,
        refresh_token=granted.refresh_token,
        expires_at=time.time() + lifetime,
        lifetime=lifetime,
    )
    async with logins.locked(server):
        logins.put(login)
    return login


async def log_out(logins: Logins, server: str) -> tuple[Login, ...]:
    """Forget all logins for a server, and have their tokens revoked (RFC 7009).

    Returns those whose provider could not be told: they are good elsewhere until they expire.
    """
    async with logins.locked(server):
        kept = logins.all(server)
        logins.clear(server)
    return tuple([one for one in kept if not (one.robot or await _revoked(one))])


async def _revoked(login: Login) -> bool:
    token, hint = (
        (login.refresh_token, "refresh_token")
        if login.refresh_token
        else (login.access_token, "access_token")
    )
    if login.revocation_endpoint is None:
        return False
    form = {"token": token, "token_type_hint": hint, "client_id": login.client_id}
    try:
        async with provider_http() as http:
            answer = await http.post(login.revocation_endpoint, data=form)
    except httpx.TransportError:
        return False
    return answer.is_success
