"""Logging in without a person: OAuth's client credentials (RFC 6749 §4.4)."""

from __future__ import annotations

import time

import httpx

from hawk.client.login.place import Endpoints, LoginPlace
from hawk.client.login.record import Login
from hawk.client.login.token_endpoint import Granted, ask, lifetime_of
from hawk.errors import NotLoggedIn

_OF_PEOPLE = frozenset({"openid", "profile", "email", "offline_access"})
"""Scopes that a robot has no use for; some providers refuse them."""


async def robot_login(
    http: httpx.AsyncClient, server: str, endpoints: Endpoints, place: LoginPlace, secret: str
) -> Login:
    """A login by a client's own secret. Raises NotLoggedIn where the provider refuses it."""
    form = {"grant_type": "client_credentials"}
    if place.audience:
        form["audience"] = place.audience
    if scope := " ".join(one for one in place.scopes.split() if one not in _OF_PEOPLE):
        form["scope"] = scope
    answer = await ask(http, endpoints.token_endpoint, form, (place.client_id, secret))
    if not isinstance(answer, Granted):
        raise NotLoggedIn(
            f"{place.issuer} refuses the client {place.client_id}: {answer.words}.",
            fix="Check HAWK_CLIENT_ID and HAWK_CLIENT_SECRET.",
        )
    lifetime = lifetime_of(answer)
    return Login(
        server=server,
        issuer=place.issuer,
        client_id=place.client_id,
        token_endpoint=endpoints.token_endpoint,
        access_token=answer.access_token,
        expires_at=time.time() + lifetime,
        lifetime=lifetime,
        robot=True,
    )
