"""A login under way: kept by the browser that began it, so that strangers who begin many cost nothing."""

from __future__ import annotations

import msgspec

from hawk.auth.oidc.encoding import base64url, from_base64url
from hawk.auth.web.cookies import new_secret
from hawk.auth.web.paths import own_path

SECONDS = 600
"""How long a login at the provider may take."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """``state``, ``nonce`` and PKCE ``verifier`` of one login; ``back`` is where it goes on afterwards."""

    state: str
    nonce: str
    verifier: str
    back: str


def new_attempt(back: str | None) -> Attempt:
    """A login that begins now."""
    return Attempt(state=new_secret(), nonce=new_secret(), verifier=new_secret(), back=own_path(back))


def written(attempt: Attempt) -> str:
    """As a cookie holds it."""
    return base64url(msgspec.json.encode(attempt))


def read_attempt(text: str | None) -> Attempt | None:
    """What a cookie holds; None for anything else."""
    if text is None:
        return None
    try:
        attempt = msgspec.json.decode(from_base64url(text), type=Attempt)
    except (ValueError, msgspec.DecodeError):
        return None
    return msgspec.structs.replace(attempt, back=own_path(attempt.back))
