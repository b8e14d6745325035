"""What the API says of logging in: the same structs on the server, in the client and as JSON."""

from __future__ import annotations

from datetime import datetime

import msgspec


class AuthConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a client needs to log its user in. ``issuer`` is None where nobody logs in.

    ``scopes`` are separated by spaces. The rest is in the issuer's discovery document.
    """

    issuer: str | None = None
    client_id: str | None = None
    audience: str | None = None
    scopes: str = ""


class WhoAmI(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the server takes the caller for. ``expires_at`` is when the token ends that says so."""

    name: str
    subject: str
    groups: tuple[str, ...] = ()
    admin: bool = False
    expires_at: datetime | None = None


class Denial(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal: who asked for what, and why not. ``times`` is how often within the same seconds."""

    id: int
    time: datetime
    caller: str | None = None
    subject: str | None = None
    route: str
    thing: str
    status: int
    why: str
    times: int = 1


class DenialList(msgspec.Struct, frozen=True):
    """A page of denials, newest first."""

    items: tuple[Denial, ...]
    next: str | None = None
