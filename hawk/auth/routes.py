"""The API of who is who: decode, call, encode."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from hawk.auth.caller import Caller
from hawk.auth.denials import list_denials
from hawk.auth.permission import Permission, needs
from hawk.auth.types import AuthConfig, DenialList, WhoAmI
from hawk.settings import AuthSettings
from hawk.warehouse.engine import Database

Limit = Annotated[int, QueryParameter(ge=1, le=500)]
Before = Annotated[
    int | None,
    QueryParameter(name="cursor", ge=1, le=2**63 - 1, description="The `next` of the page before."),
]


@get("/auth/config", summary="Where to log in", opt=needs(Permission.PUBLIC))
async def auth_config(login: NamedDependency[AuthSettings]) -> AuthConfig:
    """All that a command needs to know to log its user in."""
    if not login.issuer:
        return AuthConfig()
    return AuthConfig(
        issuer=login.issuer,
        client_id=login.client_id or None,
        audience=login.audience,
        scopes=" ".join(login.scopes),
    )


@get("/auth/whoami", summary="Whom the server takes the caller for", opt=needs(Permission.LOGIN))
async def who_am_i(caller: NamedDependency[Caller]) -> WhoAmI:
    """By the token or the session that came with the request."""
    until = caller.expires_at
    return WhoAmI(
        name=caller.name,
        subject=caller.owner,
        groups=tuple(sorted(caller.groups)),
        admin=caller.admin,
        expires_at=None if until is None else datetime.fromtimestamp(until, UTC),
    )


@get("/denials", summary="Who was refused what, newest first", opt=needs(Permission.ADMIN))
async def show_denials(db: NamedDependency[Database], limit: Limit = 50, cursor: Before = None) -> DenialList:
    """A refusal is here within a second; equal ones of the same moment are one."""
    async with db.read() as conn:
        return await list_denials(conn, before=cursor, limit=limit)


auth_router = Router(path="/api", route_handlers=[auth_config, who_am_i, show_denials])
