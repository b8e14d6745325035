"""A login: what is kept of it between commands."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import httpx
import msgspec

from hawk.errors import UsageFault

MARGIN = 300.0
"""Seconds before its end at which an access token is replaced."""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens of one user (or robot) for one server. Never to be printed.

    ``expires_at`` is when the access token ends, in seconds since 1970 by this machine's clock (counted from
    when it was issued, so that the clock needn't be right); ``lifetime`` how long it was good for then. A
    ``robot`` logs in with a secret of its own.
    """

    server: str
    issuer: str
    client_id: str
    token_endpoint: str
    revocation_endpoint: str | None = None
    access_token: str
    refresh_token: str | None = None
    expires_at: float
    lifetime: float
    robot: bool = False

    def __repr__(self) -> str:
        return f"Login(server={self.server!r}, issuer={self.issuer!r}, client_id={self.client_id!r})"

    @property
    def key(self) -> tuple[str, str]:
        """What tells this login from others to the same server."""
        return self.issuer, self.client_id

    def is_due(self, now: float) -> bool:
        """Whether the access token is to be replaced: it ends within five minutes, or the last quarter of a
        short life."""
        return self.expires_at - now <= min(MARGIN, self.lifetime / 4)

    def is_valid(self, now: float) -> bool:
        """Whether the access token is still good, if not for long."""
        return now < self.expires_at


def origin_of(url: str) -> str:
    """A server's URL in the one way in which logins are kept by it. Raises UsageFault."""
    try:
        return str(httpx.URL(url)).rstrip("/")
    except httpx.InvalidURL as error:
        raise UsageFault(
            f"{url!r} is not the URL of a server: {error}.", fix="Check HAWK_API_URL."
        ) from error


def claims_of(token: str) -> dict[str, Any]:
    """What a JWT says, unverified: for talk, never for a decision. Nothing where it is no JWT."""
    body = token.split(".")[1:2]
    try:
        padded = (body[0] if body else "").encode() + b"=="
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=dict[str, Any])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return {}


def name_in(token: str) -> str | None:
    """Who a token is about, as people call them."""
    claims = claims_of(token)
    found = (claims.get(claim) for claim in ("email", "preferred_username", "sub"))
    return next((one for one in found if isinstance(one, str) and one), None)
